"""What people recorded about a referral: facts that stand, and proposals that wait for a second person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import orjson
from sqlalchemy import Connection, update

from contracts.recorded import PersonFact
from gateway.store import content
from gateway.store.tables import REFERRAL
from gateway.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one person would record once another confirms it. clock: the hold or task it answers; answer: its code."""

    clock: str
    answer: str
    fact: PersonFact


@dataclass(frozen=True, slots=True)
class Recorded:
    """Everything people recorded about one referral, oldest first."""

    facts: tuple[PersonFact, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    def proposed(self, clock: str) -> Proposal | None:
        """The newest proposal for this hold or task, if one waits."""
        return next((one for one in reversed(self.proposals) if one.clock == clock), None)

    def without(self, clock: str) -> Recorded:
        """The same, with nothing proposed for this hold or task."""
        return replace(self, proposals=tuple(one for one in self.proposals if one.clock != clock))


def read(connection: Connection | Tx, council: str, kept: str) -> Recorded:
    """What a referral's `facts_by_people` holds; nothing for none, and once it is erased."""
    body = content.get(connection, council, kept) if kept else None
    if body is None:
        return Recorded()
    told = orjson.loads(body)
    proposals = (Proposal(one["clock"], one["answer"], PersonFact(**one["fact"])) for one in told["proposals"])
    return Recorded(tuple(PersonFact(**fact) for fact in told["facts"]), tuple(proposals))


def keep(tx: Tx, council: str, referral: str, before: str, recorded: Recorded) -> str:
    """Keep it in place of what was kept before. Returns its content id."""
    body = {"facts": _plain(recorded.facts), "proposals": [asdict(one) for one in recorded.proposals]}
    kept = content.put(tx, council, "filed", orjson.dumps(body))
    tx.execute(update(REFERRAL).where(REFERRAL.c.id == referral).values(facts_by_people=kept))
    if before:
        content.erase(tx, council, [before])
    return kept


def _plain(facts: Iterable[PersonFact]) -> list[dict[str, object]]:
    return [asdict(fact) for fact in facts]
