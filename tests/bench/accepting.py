"""P1 to P5: how fast referrals are accepted, beside the same rows without the gateway's work."""

from __future__ import annotations

from contextlib import ExitStack
from statistics import median

from tests.bench import load, packages
from tests.bench.goals import GOALS, Measured, pairs
from tests.bench.load import Load
from tests.bench.processes import Process, running
from tests.bench.stand import TOKEN, Stand

MANY = 32
SLOW = 150.0
"""Milliseconds that the 99th percentile may pass in one round of five."""


def measure(stand: Stand) -> list[Measured]:
    """Every variant in turn, round after round. The hub is away, so that nothing but accepting goes on."""
    with ExitStack() as stack:
        variants = {mode: stack.enter_context(running(stand.floor(mode))) for mode in ("raw", "parsed", "one", "group")}
        variants["ours"] = stack.enter_context(running(stand.gateway(stand.store("accept"), hub="")))
        for process in variants.values():
            stand.warm(process)
        many = _rounds(stand, variants, MANY)
        alone = _rounds(stand, {name: variants[name] for name in ("one", "ours")}, 1)
    return [*_rates(many), _tail(many), _alone(alone)]


def sheets(stand: Stand) -> list[Measured]:
    """P5: a school's sheet beside an XML export, and the same sheet and pupil beside a CSV export, in turn."""
    found: dict[str, list[float]] = {kind: [] for kind in packages.KINDS}
    with running(stand.gateway(stand.store("sheets"), hub="")) as process:
        for turn in range(-1, stand.scale.rounds):
            for kind, rates in found.items():
                stand.say(f"accepting sheets, round {turn + 1}: {kind}")
                seconds = stand.scale.seconds if turn >= 0 else 0.5
                seen = load.send(
                    process.port, clients=MANY, seconds=seconds, token=TOKEN, path=packages.PATH, kind=kind
                )
                rates += [seen.rate] if turn >= 0 else []
    xml, csv = (found[kind] for kind in ("xml", "csv"))
    note = "Nobody sends a whole referral as XML: a school's export of its pupils comes so, in a zip with its sheet."
    return [Measured(GOALS["P5"], a_second(xml), a_second(csv), pairs(xml, csv), note)]


def _rounds(stand: Stand, variants: dict[str, Process], clients: int) -> dict[str, list[Load]]:
    found: dict[str, list[Load]] = {name: [] for name in variants}
    for turn in range(stand.scale.rounds):
        for name, process in variants.items():
            stand.say(f"accepting from {clients}, round {turn + 1}: {name}")
            found[name].append(load.send(process.port, clients=clients, seconds=stand.scale.seconds, token=TOKEN))
    return found


def _rates(found: dict[str, list[Load]]) -> list[Measured]:
    rates = {name: [one.rate for one in seen] for name, seen in found.items()}
    ours, lines = rates["ours"], []
    for goal, floor in (("P1", "group"), ("P1 one", "one"), ("P2", "parsed"), ("P2 raw", "raw")):
        ratios = pairs(ours, rates[floor])
        note = _refusals(found["ours"]) if goal == "P1" else ""
        lines.append(Measured(GOALS[goal], a_second(ours), a_second(rates[floor]), ratios, note))
    return lines


def _tail(found: dict[str, list[Load]]) -> Measured:
    ours, group = ([one.p99 for one in found[name]] for name in ("ours", "group"))
    slow = sum(value > SLOW for value in ours)
    note = f"{slow} of {len(ours)} rounds over {SLOW:g} ms; one in five may be."
    return Measured(GOALS["P3"], milliseconds(ours), milliseconds(group), pairs(ours, group), note)


def _alone(found: dict[str, list[Load]]) -> Measured:
    ours, one = ([seen.p50 for seen in found[name]] for name in ("ours", "one"))
    return Measured(GOALS["P4"], milliseconds(ours), milliseconds(one), pairs(ours, one))


def _refusals(seen: list[Load]) -> str:
    refused = {status for one in seen for status in one.others}
    if not refused:
        return ""
    counts = ", ".join(f"{status}: {sum(one.others.get(status, 0) for one in seen)}" for status in sorted(refused))
    return f"answers other than 202 ({counts}); they are not counted."


def a_second(rates: list[float]) -> str:
    """A rate in words."""
    return f"{median(rates):,.0f}/s"


def milliseconds(times: list[float]) -> str:
    """A time in words."""
    return f"{median(times):.1f} ms"
