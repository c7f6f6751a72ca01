"""How many files one person of a council may take out in a day, and what is said to whoever has (reliability 5.5).

A report taken out, evidence, a sharing receipt and a subject access pack are one each, whatever role they act in. It is
counted from what is there: the exports, and the entries that say who took what. Whoever works at the command line has
the machine with the store, and is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import Select, select, union_all

from contracts.errors import NoSuchAnswer
from gateway.flows.access import PEOPLE
from gateway.flows.acting import HOW, Acting
from gateway.flows.entry import READER, write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.looked import EVIDENCE, PACK, RECEIPT, REFUSED
from gateway.path.telling import in_london
from gateway.store.tables import EXPORT, READING
from gateway.store.transaction import Tx

DAY: Final = 86_400_000
COUNTED: Final = (EVIDENCE, RECEIPT, PACK)
"""Types of entry that say that a file left, beside the exports of reports, which have a table."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refused:
    """What somebody is told who has taken out as much as one person may."""

    say: str


def spent(gateway: Gateway, tx: Tx, who: Acting, purpose: str) -> Refused | None:
    """None where they may take one more; or what to tell them, once the record says that they asked.

    Call it last, before the first write: with an answer, nothing else may be written.
    """
    most = gateway.settings.exports_a_day
    if who.how == HOW or who.sender:
        return None
    taken = tx.execute(_newest(who, gateway.now() - DAY, most)).scalars().all()
    if len(taken) < most:
        return None
    again = int(taken[-1]) + DAY
    said = who.said | {"purpose": purpose.strip(), "count": len(taken), "until": again}
    write_entry(tx, who.council.name, "", REFUSED, said, section=READER)
    files = "1 file" if most == 1 else f"{most} files"
    return Refused(
        f"You have taken out {files} within 24 hours, and that is as many as one person may. The next one is possible "
        f"from {in_london(again)}. If it cannot wait, ask {_others(who)}. That you asked is recorded."
    )


def unless_refused(answer: T | Refused) -> T:
    """The answer of a transaction that asked `spent`. Raises NoSuchAnswer."""
    if isinstance(answer, Refused):
        raise NoSuchAnswer(answer.say)
    return answer


def _newest(who: Acting, since: int, many: int) -> Select[Any]:
    """When they took the newest of a time, ms UTC, the newest first: from the index of each table by time."""
    council, name = who.council.name, who.name
    made = select(EXPORT.c.at).where(
        EXPORT.c.council == council, EXPORT.c.at > since, EXPORT.c.by == name, EXPORT.c.state != "failed"
    )
    took = select(READING.c.at).where(
        READING.c.council == council, READING.c.at > since, READING.c.person == name, READING.c.type.in_(COUNTED)
    )
    both = union_all(made, took).subquery()
    return select(both.c.at).order_by(both.c.at.desc()).limit(many)


def _others(who: Acting) -> str:
    """Who else may take such a file, by their roles."""
    council = who.council
    titles = [
        f"the {role.title}"
        for name, role in council.roles.items()
        if (name, "") in PEOPLE["log.export"] and any(one != who.name for one in role.people)
    ]
    return " or ".join([*titles, "whoever runs this gateway"])
