"""The facts of one changed referral, by the names of their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from contracts.adapter import Fault
from contracts.council import Council, Registration
from contracts.council_settings import Settings
from contracts.decision import Facts
from contracts.recorded import PersonFact
from gateway.config.councils import load_councils
from gateway.config.tables import load_policy
from gateway.path.calendar import LONDON
from gateway.path.deciding import Verdict, evaluate
from gateway.path.facts import derive
from gateway.path.routing import choose
from gateway.path.screening import Screening
from tests.builders import NOW, a_council, a_referral, a_registration

MAPPINGS = Path(__file__).parents[2] / "mappings"
COUNCILS = load_councils(MAPPINGS / "councils")
POLICIES = {
    name: load_policy(MAPPINGS / "sharing", MAPPINGS / "councils" / name / "rules.yaml") for name in sorted(COUNCILS)
}
SEEN = Screening(ran=True)


def derived(
    council: Council | None = None,
    registration: Registration | None = None,
    faults: Sequence[Fault] = (),
    screening: Screening = SEEN,
    persons: Sequence[PersonFact] = (),
    now: int = NOW,
    content: str = "",
    received: int | None = None,
    **changes: Any,
) -> tuple[Facts, int | None]:
    """Facts and end of validity of the first candidate of `a_referral(**changes)`."""
    by = council or a_council()
    referral = a_referral(**({"council": by.name} | changes))
    candidate = choose(referral, by, now, persons)[0]
    sender = registration or a_registration(council=by.name)
    return derive(referral, candidate, by, sender, faults, screening, persons, now, content, received)


def fact(name: str, **changes: Any) -> str:
    """One fact's value."""
    return derived(**changes)[0].values[name]


def decided(name: str, **changes: Any) -> Verdict:
    """What the base tables and this council's rows say."""
    return evaluate(POLICIES[name], derived(council=COUNCILS[name], **changes)[0])


def flags(verdict: Verdict) -> set[str]:
    """Codes of the flags a verdict carries."""
    return {each.code for each in verdict.obligations if each.kind == "flag"}


def with_settings(**changes: Any) -> Council:
    """`a_council` with other answers."""
    settings: Settings = a_council().settings
    return a_council(settings=replace(settings, **changes))


def at(text: str) -> int:
    """An instant in London, in ms UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC).timestamp() * 1000)


def midnight(day: date) -> int:
    """The first instant of a day in London, in ms UTC."""
    return at(f"{day.isoformat()}T00:00")
