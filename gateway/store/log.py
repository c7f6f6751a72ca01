"""The sharing log: decisions of one council in the order of time, by what an IG lead may ask for (governance 2.5).

Questions are answered from one index that holds all that can be asked for (`ix_decision_log`), and rows are read only
for what is shown. However rare the answer and however large the store, one question looks at `LOOKED` entries of it at
most, and says how far it came. The index is read from either end: another order than that of time it does not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Select, or_, select
from sqlalchemy import Row as Found

from gateway.store.tables import DECISION, DELIVERY, REFERRAL
from gateway.store.transaction import Tx

MOST: Final = 1_000
"""Decisions that are counted at most: nobody reads further, and counting more would cost more than the page."""

LOOKED: Final = 100_000
"""Decisions that one question is asked of at most, the first in its order: more of them would take too long."""

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
    """Some of the decisions that were asked for, in the order that was asked for.

    count     how many there are, up to one more than `MOST`, as far as was looked for them
    counted   the instant as far as which they were counted, ms UTC; None where that is all of them
    following where the next page begins; None after the last
    reached   the instant as far as which this page was looked for, where it is not full and there may be more
    """

    rows: tuple[Row, ...]
    count: int
    counted: int | None
    following: Place | None
    reached: int | None


def listed(
    connection: Connection,
    council: str,
    which: Which,
    after: Place | None,
    limit: int,
    looked: int = LOOKED,
    *,
    oldest: bool = False,
) -> Answer:
    """So many decisions. `looked`: how many are asked at most; `oldest`: the oldest first, not the newest."""
    within = _within(connection, council, which, None, looked, oldest=oldest)
    found = _places(connection, council, within, None, MOST + 1, oldest=oldest)
    count = len(found)
    counted = _edge(within, oldest=oldest) if _is_cut(within, which, oldest=oldest) and count <= MOST else None
    if after is not None:
        within = _within(connection, council, which, after, looked, oldest=oldest)
        found = _places(connection, council, within, after, limit + 1, oldest=oldest)
    rows = tuple(_rows(connection, council, [one.id for one in found[:limit]]))
    if len(found) > limit:
        last = found[limit - 1]
        return Answer(rows, count, counted, Place(last.at, last.id), None)
    if _is_cut(within, which, oldest=oldest):
        beyond = Place(within.until if oldest else within.since, _BEFORE)
        return Answer(rows, count, counted, beyond, _edge(within, oldest=oldest))
    return Answer(rows, count, counted, None, None)


def counted(connection: Connection, council: str, which: Which) -> int:
    """How many there are, up to one more than `MOST`, among the newest `LOOKED` of their days."""
    return len(_places(connection, council, _within(connection, council, which, None, LOOKED), None, MOST + 1))


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
"""An id that comes before every other: of one instant nothing is older, and everything is newer."""


def _within(
    connection: Connection, council: str, which: Which, after: Place | None, looked: int, *, oldest: bool = False
) -> Which:
    """The same question of what follows a place, and of so many decisions at most, whatever they are.

    It has one bound at each end: SQLite seeks by one, and would ask every row about another.
    """
    rest = which
    if after is not None and oldest:
        rest = replace(which, since=max(which.since, after.at))
    elif after is not None:
        rest = replace(which, until=min(which.until, after.at + 1))
    days = select(DECISION.c.at).where(
        DECISION.c.council == council, *_between(rest.since, rest.until), *_following(after, oldest=oldest)
    )
    found = connection.execute(days.order_by(_in(DECISION.c.at, oldest)).offset(looked).limit(1)).scalar()
    if found is None:
        return rest
    return replace(rest, until=int(found) + 1) if oldest else replace(rest, since=int(found))


def _is_cut(within: Which, which: Which, *, oldest: bool) -> bool:
    """Whether there may be more beyond what was looked at."""
    return within.until < which.until if oldest else within.since > which.since


def _edge(within: Which, *, oldest: bool) -> int:
    """The last instant, in its order, of what was looked at."""
    return within.until - 1 if oldest else within.since


def _places(
    connection: Connection, council: str, within: Which, after: Place | None, limit: int, *, oldest: bool = False
) -> list[Found[Any]]:
    """Instant and id of so many that were meant, from the index alone."""
    asked = select(DECISION.c.at, DECISION.c.id).where(*meant(council, within), *_following(after, oldest=oldest))
    order = _in(DECISION.c.at, oldest), _in(DECISION.c.id, oldest)
    return list(connection.execute(asked.order_by(*order).limit(limit)))


def _in(column: Column[Any], oldest: bool) -> ColumnElement[Any]:
    return column.asc() if oldest else column.desc()


def _between(since: int, until: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return DECISION.c.at >= since, DECISION.c.at < until


def _following(after: Place | None, *, oldest: bool) -> Iterator[ColumnElement[bool]]:
    """What follows a place, of what does not come before its instant."""
    if after is not None and oldest:
        yield or_(DECISION.c.at > after.at, DECISION.c.id > after.id)
    elif after is not None:
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
