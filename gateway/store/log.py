"""The sharing log: decisions of one council, the newest first, by what an IG lead may ask for (governance 2.5).

Questions are answered from one index that holds all that can be asked for (`ix_decision_log`), and rows are read only
for what is shown. However rare the answer and however large the store, one question looks at `LOOKED` entries of it at
most, and says how far back it came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, or_, select
from sqlalchemy import Row as Found

from gateway.store.tables import DECISION, DELIVERY, REFERRAL
from gateway.store.transaction import Tx

MOST: Final = 1_000
"""Decisions that are counted at most: nobody reads further, and counting more would cost more than the page."""

LOOKED: Final = 100_000
"""Decisions that one question is asked of at most, the newest of its days: more of them would take too long."""

Row = dict[str, Any]
"""A decision's columns, with `received` of its referral, and `carried` and `kind` of its delivery."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which decisions. Times are ms UTC; every other field is codes, and empty where it is all the same.

    since, until  made from `since` to before `until`
    senders       of these; None is all the same, () is of none
    hubs          to these, or to none yet; None is all the same
    rule          this one decided; human: yes or no, whether somebody recorded why it must be shared
    protect       a value of the fact, or `any` but `none`
    tests         "" leaves out what test keys sent; `with` takes it too; `only` takes nothing else
    """

    since: int
    until: int
    senders: tuple[str, ...] | None = None
    hubs: frozenset[str] | None = None
    hub: str = ""
    outcome: str = ""
    rule: str = ""
    agreement: str = ""
    human: str = ""
    protect: str = ""
    tests: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """After which decision a page begins: its instant and its id."""

    at: int
    id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Some of the decisions that were asked for, the newest first.

    count     how many there are, up to one more than `MOST`, as far back as was looked for them
    counted   the instant as far back as which they were counted, ms UTC; None where that is all of them
    following where the next page begins; None after the last
    reached   the instant back to which this page was looked for, where it is not full and there may be older ones
    """

    rows: tuple[Row, ...]
    count: int
    counted: int | None
    following: Place | None
    reached: int | None


def listed(
    connection: Connection, council: str, which: Which, after: Place | None, limit: int, looked: int = LOOKED
) -> Answer:
    """So many decisions. `looked`: how many are asked at most."""
    floor = _floor(connection, council, which, None, looked)
    found = _places(connection, council, which, None, floor, MOST + 1)
    count, counted = len(found), floor if floor > which.since and len(found) <= MOST else None
    if after is not None:
        floor = _floor(connection, council, which, after, looked)
        found = _places(connection, council, which, after, floor, limit + 1)
    rows = tuple(_rows(connection, council, [one.id for one in found[:limit]]))
    if len(found) > limit:
        last = found[limit - 1]
        return Answer(rows, count, counted, Place(last.at, last.id), None)
    if floor > which.since:
        return Answer(rows, count, counted, Place(floor, _BEFORE), floor)
    return Answer(rows, count, counted, None, None)


def counted(connection: Connection, council: str, which: Which) -> int:
    """How many there are, up to one more than `MOST`, among the newest `LOOKED` of their days."""
    return len(_places(connection, council, which, None, _floor(connection, council, which, None, LOOKED), MOST + 1))


def one(connection: Connection | Tx, council: str, decision: str) -> Row | None:
    """One decision, or None where this council has none of that id."""
    found = connection.execute(
        select(DECISION, REFERRAL.c.at.label("received"))
        .join_from(DECISION, REFERRAL, DECISION.c.referral == REFERRAL.c.id)
        .where(DECISION.c.council == council, DECISION.c.id == decision)
    )
    row = found.mappings().first()
    return None if row is None else dict(row)


def chosen(council: str, which: Which) -> Select[Any]:
    """Asks for every decision that was meant, in no order."""
    return (
        select(DECISION, REFERRAL.c.at.label("received"))
        .join_from(DECISION, REFERRAL, DECISION.c.referral == REFERRAL.c.id)
        .where(*meant(council, which))
    )


def meant(council: str, which: Which) -> Iterator[ColumnElement[bool]]:
    """What a decision must be to be one that was asked for. `ix_decision_log` has every column of it."""
    yield DECISION.c.council == council
    yield from _between(which.since, which.until)
    yield from _marked(which)
    for name in ("hub", "outcome", "agreement"):
        if value := getattr(which, name):
            yield DECISION.c[name] == value
    if which.hubs is not None:
        yield DECISION.c.hub.in_(sorted(which.hubs | {""}))
    if which.senders is not None:
        yield DECISION.c.sender.in_(which.senders)
    if which.rule:
        yield ("," + DECISION.c.deciding + ",").contains(f",{which.rule},", autoescape=True)
    if which.human:
        yield DECISION.c.human == ("recorded" if which.human == "yes" else "none")
    if which.protect == "any":
        yield DECISION.c.protect != "none"
    elif which.protect:
        yield DECISION.c.protect == which.protect


def _marked(which: Which) -> Iterator[ColumnElement[bool]]:
    if which.tests != "with":
        yield DECISION.c.test == int(which.tests == "only")


_BEFORE: Final = "0"
"""An id that comes before every other: of decisions of one instant, nothing follows it."""


def _floor(connection: Connection, council: str, which: Which, after: Place | None, looked: int) -> int:
    """The instant back to which so many decisions are looked at, whatever they are; `since` where there are fewer."""
    days = select(DECISION.c.at).where(
        DECISION.c.council == council, *_between(which.since, _end(which, after)), *_later(after)
    )
    found = connection.execute(days.order_by(DECISION.c.at.desc()).offset(looked).limit(1)).scalar()
    return which.since if found is None else int(found)


def _places(
    connection: Connection, council: str, which: Which, after: Place | None, floor: int, limit: int
) -> list[Found[Any]]:
    """Instant and id of so many that were meant, from the index alone."""
    # One bound at each end: SQLite seeks by one, and would ask every row about another.
    within = replace(which, since=floor, until=_end(which, after))
    asked = select(DECISION.c.at, DECISION.c.id).where(*meant(council, within), *_later(after))
    return list(connection.execute(asked.order_by(DECISION.c.at.desc(), DECISION.c.id.desc()).limit(limit)))


def _between(since: int, until: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return DECISION.c.at >= since, DECISION.c.at < until


def _end(which: Which, after: Place | None) -> int:
    return which.until if after is None else min(which.until, after.at + 1)


def _later(after: Place | None) -> Iterator[ColumnElement[bool]]:
    """What follows a place, of what was not made after it."""
    if after is not None:
        yield or_(DECISION.c.at < after.at, DECISION.c.id < after.id)


def _rows(connection: Connection, council: str, ids: list[str]) -> Iterator[Row]:
    if not ids:
        return
    wanted = (
        select(DECISION, REFERRAL.c.at.label("received"), DELIVERY.c.state.label("carried"), DELIVERY.c.kind)
        .join_from(DECISION, REFERRAL, DECISION.c.referral == REFERRAL.c.id)
        .outerjoin(DELIVERY, DELIVERY.c.id == DECISION.c.delivery)
        .where(DECISION.c.council == council, DECISION.c.id.in_(ids))
    )
    found = {row["id"]: dict(row) for row in connection.execute(wanted).mappings()}
    yield from (found[one] for one in ids)
