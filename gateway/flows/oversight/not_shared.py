"""Lists and counts decisions not to share, as first-class as shares: reason, who, and the day of the review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select

from adapters.formats.spreadsheet import written
from contracts.decision import Outcome
from contracts.errors import SenderError
from gateway.flows.holds.ending import KIND
from gateway.path.answered import REFUSALS
from gateway.path.calendar import day_of, start_of
from gateway.store.tables import CLOCK, DECISION, REFERRAL

COLUMNS: Final = ("Decided on", "Request", "Recipient", "Rules", "Reason", "Decided by", "Stands", "Review on")

MACHINE: Final = "the council's rules"

_BY_A_PERSON: Final = frozenset(hit.rule for hit in REFUSALS.values())

_REVIEW: Final = (
    select(func.min(CLOCK.c.due_at))
    .where(CLOCK.c.council == bindparam("council"), CLOCK.c.referral == DECISION.c.referral)
    .where(CLOCK.c.kind == KIND, CLOCK.c.state == "running")
    .scalar_subquery()
)
_NOT_SHARED: Final = (
    select(
        DECISION.c.at,
        DECISION.c.referral,
        DECISION.c.subject,
        DECISION.c.hub,
        DECISION.c.deciding,
        DECISION.c.by,
        DECISION.c.state,
        _REVIEW.label("review"),
    )
    .join_from(DECISION, REFERRAL, DECISION.c.referral == REFERRAL.c.id)
    .where(
        DECISION.c.council == bindparam("council"),
        DECISION.c.outcome == str(Outcome.REFUSE),
        DECISION.c.at >= bindparam("since"),
        DECISION.c.at < bindparam("until"),
        REFERRAL.c.test == 0,
    )
    .order_by(DECISION.c.at, DECISION.c.id)
)


@dataclass(frozen=True, slots=True)
class NotShared:
    """One decision not to share. It names nobody of the family, and holds none of what a person wrote as the reason.

    hub     name of the hub it was for, "" where no route was found
    rules   ids of the deciding rules; reason: what they say
    by      the council's rules, or the name with which somebody signs in
    stands  whether it stands still; review: next day on which the request is looked at again, None where none is set
    """

    on: date
    referral: str
    hub: str
    rules: tuple[str, ...]
    reason: str
    by: str
    stands: bool
    review: date | None


def not_shared(
    connection: Connection, council: str, says: Mapping[str, str], first: date, last: date
) -> tuple[NotShared, ...]:
    """Every decision not to share made on these days in London, both included, the oldest first; tests are left out.

    says  rule id → its sentence

    The same decision made again about the same child and hub is one. Raises SenderError.
    """
    if last < first:
        raise SenderError("The last day comes before the first.")
    days = {"since": start_of(first), "until": start_of(last + timedelta(days=1))}
    rows = connection.execute(_NOT_SHARED, {"council": council} | days).all()
    same: dict[tuple[str, ...], list[Any]] = {}
    for row in rows:
        same.setdefault((row.referral, row.subject, row.hub, row.deciding), []).append(row)
    return tuple(_told(group, says) for group in same.values())


def _told(rows: list[Any], says: Mapping[str, str]) -> NotShared:
    """One decision, as it was made first and as it stands: to make it again does not make it the machine's."""
    first, last = rows[0], rows[-1]
    rules = tuple(rule for rule in first.deciding.split(",") if rule)
    reason = " ".join(dict.fromkeys(says[rule] for rule in rules if rule in says))
    by = next((row.by for row in rows if row.by != "machine"), MACHINE)
    stands = last.state != "superseded"
    review = day_of(last.review) if stands and last.review and _BY_A_PERSON.intersection(rules) else None
    return NotShared(day_of(first.at), first.referral, first.hub, rules, reason, by, stands, review)


def counted(decisions: tuple[NotShared, ...]) -> tuple[tuple[str, str, int], ...]:
    """(rules, what they say, how many), the most frequent first."""
    many = Counter((", ".join(one.rules), one.reason) for one in decisions)
    return tuple((*which, count) for which, count in sorted(many.items(), key=lambda one: (-one[1], one[0])))


def as_csv(decisions: tuple[NotShared, ...]) -> bytes:
    """The list for a spreadsheet, safe from formulas."""
    return written(
        COLUMNS,
        (
            (
                one.on.isoformat(),
                one.referral,
                one.hub,
                " ".join(one.rules),
                one.reason,
                one.by,
                "yes" if one.stands else "no",
                one.review.isoformat() if one.review else "",
            )
            for one in decisions
        ),
    )
