"""P7, P8 and P10: accepted and delivered end to end, what that costs, and how fast a backlog goes out."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from tests.bench import client, load
from tests.bench.accepting import a_second
from tests.bench.goals import GOALS, Measured, pairs
from tests.bench.processes import PROC, Process, running
from tests.bench.stand import TOKEN, Stand

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
    """P7 and P8: the gateway and both references, in turn."""
    found: dict[str, list[Sent]] = {name: [] for name in ("ref", "ref_bare", "ours")}
    with ExitStack() as stack:
        variants = {mode: stack.enter_context(running(stand.floor(mode))) for mode in ("ref", "ref_bare")}
        variants["ours"] = stack.enter_context(running(stand.gateway(stand.store("end-to-end"))))
        for process in variants.values():
            end_to_end(stand, process, 0.5)
        for turn in range(stand.scale.rounds):
            for name, process in variants.items():
                stand.say(f"end to end, round {turn + 1}: {name}")
                found[name].append(end_to_end(stand, process, stand.scale.seconds))
    return _lines(found)


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
