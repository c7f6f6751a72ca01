"""Rehearses a proposed policy on what a council decided before: who would have been treated differently. Sends nothing.

That somebody looked, at which days and why, is an entry of the record, for it reads what was decided about families.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, func, select

from gateway.config.policy import Policy
from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.flows.policy.policies import check, note
from gateway.path.rehearsing import Case, Rehearsal, rehearse
from gateway.store.engine import Opened
from gateway.store.tables import DECISION
from gateway.store.writer import Write

_WHICH: Final = (
    DECISION.c.council == bindparam("council"),
    DECISION.c.at >= bindparam("since"),
    DECISION.c.at < bindparam("until"),
)
_MANY: Final = select(func.count()).where(*_WHICH)
_CASES: Final = (
    select(DECISION.c.id, DECISION.c.referral, DECISION.c.facts).where(*_WHICH).order_by(DECISION.c.at, DECISION.c.id)
)
_STEP: Final = 1_000

Told = Callable[[int, int], None]
"""Called with how many cases are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Days:
    """Which decisions: those made from `since` to before `until`, ms UTC."""

    since: int
    until: int


def rehearsed(
    store: Opened, council: str, now: Policy, proposal: Policy, days: Days, told: Told = lambda done, of: None
) -> Rehearsal:
    """What `proposal` would have changed against `now`, on the stored facts of those days. Writes nothing."""
    bounds = {"council": council, "since": days.since, "until": days.until}
    rehearsal = Rehearsal()
    with store.read(council) as connection:
        of = connection.execute(_MANY, bounds).scalar_one()
        rows = connection.execute(_CASES.execution_options(yield_per=_STEP), bounds)
        steps = rehearse((Case(row.id, row.referral, row.facts) for row in rows), now, proposal)
        for place, step in enumerate(steps, 1):
            rehearsal = step
            if place % _STEP == 0:
                told(place, of)
    return rehearsal


def said_of(done: Rehearsal, purpose: str, days: Days) -> dict[str, object]:
    """What the record keeps of a rehearsal: why, over which days, and how many; no case."""
    return {
        "purpose": purpose,
        "days": [days.since, days.until],
        "replayed": done.replayed,
        "cannot": done.cannot,
        "different": done.differing,
        "counts": {f"{was}>{would}": many for (was, would), many in sorted(done.counts.items())},
    }


async def record_rehearsal(gateway: Gateway, person: Acting, text: str, said: Mapping[str, object]) -> str:
    """Record who rehearsed which words, over which days, why and with what result. Returns the policy's SHA-256.

    Raises ConfigError, NotYourRole.
    """
    person.must_be_let("policy.rehearse")
    proposal = await asyncio.to_thread(check, text)
    await gateway.writer.submit(Write(lambda tx: note(gateway, tx, person, proposal, "rehearsed", said)))
    return proposal.digest
