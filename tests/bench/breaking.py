"""P12 and P13: killed under load, and a hub that refuses everything for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from gateway.demo.doors import IN_FLIGHT
from tests.bench import load
from tests.bench.delivering import end_to_end
from tests.bench.goals import GOALS, Measured
from tests.bench.load import Load
from tests.bench.processes import running
from tests.bench.stand import TOKEN, Stand
from tests.bench.written import open_store

CLIENTS = 16
LIMIT = 60.0
"""Seconds to wait for what was promised."""


def kill(stand: Stand) -> list[Measured]:
    """Kill the gateway in the middle of its work, start it again, and count."""
    stand.say("killing the gateway under load")
    store, keep, seen = stand.store("kill"), stand.folder / "accepted", list[Load]()
    process = stand.gateway(store)
    try:
        process.wait_open()
        stand.warm(process)
        stand.hub.reset()
        stand.hub.slow(250)
        senders = threading.Thread(target=lambda: seen.append(_send(process.port, keep)))
        senders.start()
        time.sleep(1.0)
    finally:
        process.kill()
    senders.join()
    stand.hub.slow(0)
    before = stand.hub.ids()
    stand.hub.reset()
    began = time.monotonic()
    with running(stand.gateway(store)):
        promised, unknown = _promised(store, seen[0].answers)
        _until(lambda: promised <= before.keys() | stand.hub.ids().keys(), LIMIT)
        first, after = stand.hub.arrived().first, stand.hub.ids()
    missing = len(promised - before.keys() - after.keys())
    twice = sum(after.values()) + sum(before.values()) - len(before.keys() | after.keys())
    note = f"{len(seen[0].answers)} were accepted, {len(before)} had arrived before the kill."
    if missing:
        note += f" {missing} had not arrived {LIMIT:g} s later."
    back = first - began if first else LIMIT
    return [
        Measured(GOALS["P12 lost"], f"{unknown + missing}", "", (float(unknown + missing),), note),
        Measured(GOALS["P12 twice"], f"{twice}", f"{IN_FLIGHT}", (twice / IN_FLIGHT,)),
        Measured(GOALS["P12 back"], f"{back:.1f} s", "3 s", (back / 3,)),
    ]


def outage(stand: Stand) -> list[Measured]:
    """Refuse everything while referrals arrive, then take everything."""
    stand.say("measuring the rate before an outage")
    with running(stand.gateway(stand.store("outage"))) as process:
        end_to_end(stand, process, 0.5)
        rate = end_to_end(stand, process, stand.scale.seconds).rate
        stand.hub.reset()
        stand.hub.down()
        stand.say(f"the hub refuses everything for {stand.scale.outage:g} s")
        began = time.monotonic()
        seen = load.send(process.port, clients=4, seconds=min(stand.scale.outage, 2.5), token=TOKEN)
        time.sleep(max(0.0, began + stand.scale.outage - time.monotonic()))
        stand.hub.up()
        recovered = time.monotonic()
        came = stand.hub.settled(seen.accepted, LIMIT, quiet=20)
    missing = seen.accepted - came.distinct
    took = came.last - recovered if came.last and not missing else LIMIT
    allowed = 2 + seen.accepted / rate if rate else 2
    note = f"{seen.accepted} waited when the hub recovered; {came.refused} tries were refused before."
    return [
        Measured(GOALS["P13 lost"], f"{missing}", "", (float(missing),), note),
        Measured(GOALS["P13"], f"{took:.1f} s", f"{allowed:.1f} s", (took / allowed,)),
    ]


def _send(port: int, keep: Path) -> Load:
    return load.send(port, clients=CLIENTS, seconds=2.0, token=TOKEN, keep=keep)


def _promised(store: Path, referrals: list[str]) -> tuple[set[str], int]:
    """Deliveries of these referrals in the store, and how many of the referrals the store does not know."""
    connection = open_store(store)
    try:
        rows = connection.execute("SELECT referral, id FROM delivery WHERE kind = 'referral'").fetchall()
    finally:
        connection.close()
    known = dict(rows)
    return {known[one] for one in referrals if one in known}, sum(one not in known for one in referrals)


def _until(true: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
