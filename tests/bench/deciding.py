"""P21: the middle of the path beside what it cannot do without, and beside an engine that only asks the tables.

Ours chooses the hub, derives every fact, asks every table and trims the copy, for one referral of each of four kinds:
shared whole, trimmed for a limit of the family, held, and sent to the front door. The floor reads the same referral
from its bytes and spells it again, once each: nobody can decide about what was not read, or send what is not spelt.
The other engine (zen, by GoRules) is given the facts and asks the tables of the same council, and does nothing else.
Counted is processor time, as nothing here waits for anything.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

import zen

from contracts.decision import Decision
from contracts.referral import Referral
from gateway.config.catalogue import load_catalogue
from gateway.config.policy import Policy
from gateway.path.course import Matter, Rules, consider, promises
from tests.bench.family import referral
from tests.bench.goals import GOALS, Measured, pairs
from tests.bench.processes import ROOT
from tests.bench.stand import Stand
from tests.policy.jdm import a_decision

TIMES: Final = 300
"""How often each referral is decided about in one turn."""

LIMITED: Final = {"sharing_limits": [{"what": "her health", "groups": ["health_send"]}]}
REFUSED: Final = {"agreements": [{"giver": "mother", "status": "refused", "on_date": "2026-10-19"}]}
IN_DANGER: Final = {"harm": {"level": "significant"}}
KINDS: Final[Sequence[dict[str, Any]]] = ({}, LIMITED, REFUSED, IN_DANGER)

NOW: Final = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp() * 1000)
"""Some days after the referral was written, in ms."""


def measure(stand: Stand, times: int = TIMES) -> list[Measured]:
    """Both sides in turn, as many rounds as asked for."""
    matters, rules = _matters(), _rules()
    facts = [decision.facts.values for decision in decisions()]
    engine = zen.ZenEngine().create_decision(json.dumps(a_decision(rules.policy)))
    sides: dict[str, Callable[[int], object]] = {
        "ours": lambda kind: _decide(matters[kind], rules),
        "floor": lambda kind: _spell(matters[kind]),
        "zen": lambda kind: engine.evaluate({"cases": [facts[kind]]}),
    }
    found: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(stand.scale.rounds):
        stand.say(f"deciding, round {turn + 1}")
        for name, side in sides.items():
            found[name].append(_seconds(side, times))
    ours, note = (
        _each(found["ours"]),
        f"{len(KINDS)} kinds of referral, {times} times each; Hull's rules; processor time.",
    )
    return [
        Measured(GOALS["P21"], ours, _each(found["floor"]), pairs(found["ours"], found["floor"]), note),
        Measured(GOALS["P21 engine"], ours, _each(found["zen"]), pairs(found["ours"], found["zen"])),
    ]


def decisions() -> list[Decision]:
    """What is decided about each kind of referral."""
    rules = _rules()
    return [consider(matter, rules, NOW)[0][0].decision for matter in _matters()]


def _decide(matter: Matter, rules: Rules) -> int:
    courses, screening = consider(matter, rules, NOW)
    return sum(len(promise.payload.body) for promise in promises(matter, courses, rules, screening, NOW))


def _spell(matter: Matter) -> bytes:
    return Referral.model_validate_json(matter.spelt).model_dump_json(exclude_defaults=True).encode()


def _seconds(side: Callable[[int], object], times: int) -> float:
    """For one referral, on average."""
    start = time.process_time()
    for _ in range(times):
        for kind in range(len(KINDS)):
            side(kind)
    return (time.process_time() - start) / times / len(KINDS)


def _each(seconds: Sequence[float]) -> str:
    return f"{median(seconds) * 1e6:,.0f} µs"


def policy() -> Policy:
    """The policy by which they are decided: Hull's."""
    return _rules().policy


def _rules() -> Rules:
    catalogue = load_catalogue(ROOT / "mappings")
    return Rules(catalogue.councils["hull"], catalogue.policies["hull"], catalogue.groups, catalogue.screens)


def _matters() -> list[Matter]:
    sender = _rules().council.senders["invented_academy"]
    spelt = [json.dumps(referral() | changes).encode() for changes in KINDS]
    return [
        Matter(Referral.model_validate_json(one), (), sender, f"R-{place}", "c" * 64, spelt=one)
        for place, one in enumerate(spelt)
    ]
