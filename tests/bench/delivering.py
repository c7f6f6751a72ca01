"""P7, P8 and P10: accepted and delivered end to end, what that costs, and how fast a backlog goes out."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from tests.bench import client, load, nodered
from tests.bench.accepting import a_second
from tests.bench.goals import GOALS, Measured, pairs
from tests.bench.processes import PROC, Process, running
from tests.bench.stand import TOKEN, Stand, first_202

CLIENTS = 16
IN_FLIGHT = 32


@dataclass(frozen=True, slots=True)
class Sent:
    """One turn: deliveries a second from the first request to the last arrival, and processor seconds for each."""

    rate: float
    cpu: float
    accepted: int
    missing: int


def end_to_end(stand: Stand, process: Process, seconds: float) -> Sent:
    """Load one process, and wait until the hub has it all."""
    stand.hub.reset()
    before = process.cpu()
    seen = load.send(process.port, clients=CLIENTS, seconds=seconds, token=TOKEN)
    came = stand.hub.settled(seen.accepted, seconds * 10 + 10)
    cpu = process.cpu() - before
    if not came.distinct:
        return Sent(0, 0, seen.accepted, seen.accepted)
    rate = came.distinct / (came.last - seen.began)
    return Sent(rate, cpu / came.distinct, seen.accepted, seen.accepted - came.distinct)


def measure(stand: Stand) -> list[Measured]:
    """P7 and P8: the gateway, both references and, where it is on the machine, Node-RED, in turn."""
    found: dict[str, list[Sent]] = {}
    missing = ""
    with ExitStack() as stack:
        variants = {mode: stack.enter_context(running(stand.floor(mode))) for mode in ("ref", "ref_bare")}
        variants["ours"] = stack.enter_context(running(stand.gateway(stand.store("end-to-end"))))
        try:
            peer = stack.enter_context(running(nodered.node_red(stand.new("node-red"), stand.hub.url)))
            first_202(peer, 30)
            variants["node-red"] = peer
        except nodered.NotHere as nothing:
            missing = str(nothing)
        found = {name: [] for name in variants}
        for process in variants.values():
            end_to_end(stand, process, 0.5)
        for turn in range(stand.scale.rounds):
            for name, process in variants.items():
                stand.say(f"end to end, round {turn + 1}: {name}")
                found[name].append(end_to_end(stand, process, stand.scale.seconds))
    return [*_lines(found), *_peer(found, missing)]


def drain(stand: Stand) -> list[Measured]:
    """P10: a backlog that waits in the store when the gateway starts, beside the bare client."""
    ours, bare = [], []
    for turn in range(stand.scale.rounds):
        stand.say(f"sending a backlog, round {turn + 1}")
        bare.append(client.post(stand.hub.url, stand.scale.drain, IN_FLIGHT, stand.payload))
        store = stand.queued(stand.scale.drain)
        stand.hub.reset()
        with running(stand.gateway(store)):
            came = stand.hub.settled(stand.scale.drain, 60, quiet=10)
        span = came.last - came.first
        ours.append(came.distinct / span if span else 0.0)
    return [Measured(GOALS["P10"], a_second(ours), a_second(bare), pairs(ours, bare))]


def _lines(found: dict[str, list[Sent]]) -> list[Measured]:
    rates = {name: [one.rate for one in sent] for name, sent in found.items()}
    missing = sum(one.missing for one in found["ours"])
    note = f"{missing} accepted had not arrived when time was up." if missing else ""
    ours = rates["ours"]
    lines = [
        Measured(GOALS["P7"], a_second(ours), a_second(rates["ref"]), pairs(ours, rates["ref"]), note),
        Measured(GOALS["P7 bare"], a_second(ours), a_second(rates["ref_bare"]), pairs(ours, rates["ref_bare"])),
    ]
    if not PROC:
        return [*lines, Measured(GOALS["P8"], "", "", (), "this system does not say what a process uses; Linux does.")]
    cost, least = ([one.cpu * 1e6 for one in found[name]] for name in ("ours", "ref"))
    return [*lines, Measured(GOALS["P8"], f"{median(cost):,.0f} µs", f"{median(least):,.0f} µs", pairs(cost, least))]


def _peer(found: dict[str, list[Sent]], missing: str) -> list[Measured]:
    """Beside Node-RED with SQLite, which does less for each."""
    if missing:
        return [Measured(GOALS[goal], "", "", not_run=missing) for goal in ("P7 peer", "P8 peer")]
    ours, peer = found["ours"], found["node-red"]
    rates, theirs = [one.rate for one in ours], [one.rate for one in peer]
    lost = sum(one.missing for one in peer)
    note = f"{lost} that Node-RED accepted had not arrived when time was up." if lost else ""
    lines = [Measured(GOALS["P7 peer"], a_second(rates), a_second(theirs), pairs(rates, theirs), note)]
    if PROC:
        cost, least = [one.cpu * 1e6 for one in ours], [one.cpu * 1e6 for one in peer]
        told = f"{median(cost):,.0f} µs", f"{median(least):,.0f} µs"
        lines.append(Measured(GOALS["P8 peer"], *told, pairs(cost, least)))
    return lines
