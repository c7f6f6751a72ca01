"""The sharing log: decisions of one council, the newest first, by what an IG lead may ask for (governance 2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from gateway.store.tables import DECISION, DELIVERY, REFERRAL
from gateway.store.transaction import Tx

MOST: Final = 1_000
"""Decisions that are counted at most: nobody reads further, and counting more would cost more than the page."""

Row = dict[str, Any]
"""A decision's columns, with `sender` and `received` of its referral, and `carried` and `kind` of its delivery."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which decisions. Times are ms UTC; every other field is codes, and empty where it is all the same.

    since, until  made from `since` to before `until`
    senders       of these; None is all the same, () is of none
    hubs          to these, or to none yet; None is all the same
    rule          this one decided; human: yes or no, whether somebody recorded why it must be shared
    protect       a value of the fact, or `any` but `none`
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


@dataclass(frozen=True, slots=True)
class Place:
    """After which decision a page begins: its instant and its id."""

    at: int
    id: str


def listed(connection: Connection, council: str, which: Which, after: Place | None, limit: int) -> list[Row]:
    """So many decisions, the newest first. What test keys sent is left out."""
    statement = chosen(council, which).add_columns(DELIVERY.c.state.label("carried"), DELIVERY.c.kind)
    statement = statement.outerjoin(DELIVERY, DELIVERY.c.id == DECISION.c.delivery)
    if after is not None:
        later = or_(DECISION.c.at < after.at, DECISION.c.id < after.id)
        statement = statement.where(and_(DECISION.c.at <= after.at, later))
    statement = statement.order_by(DECISION.c.at.desc(), DECISION.c.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(statement).mappings()]


def counted(connection: Connection, council: str, which: Which) -> int:
    """How many there are, up to one more than `MOST`."""
    found = chosen(council, which).with_only_columns(DECISION.c.id).limit(MOST + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def one(connection: Connection | Tx, council: str, decision: str) -> Row | None:
    """One decision, or None where this council has none of that id."""
    found = connection.execute(
        select(DECISION, REFERRAL.c.sender, REFERRAL.c.at.label("received"))
        .join_from(DECISION, REFERRAL, DECISION.c.referral == REFERRAL.c.id)
        .where(DECISION.c.council == council, DECISION.c.id == decision)
    )
    row = found.mappings().first()
    return None if row is None else dict(row)


def chosen(council: str, which: Which) -> Select[Any]:
    """Asks for every decision that was meant, in no order."""
    return (
        select(DECISION, REFERRAL.c.sender, REFERRAL.c.at.label("received"))
        .join_from(DECISION, REFERRAL, DECISION.c.referral == REFERRAL.c.id)
        .where(DECISION.c.council == council, DECISION.c.at >= which.since, DECISION.c.at < which.until)
        .where(REFERRAL.c.test == 0, *_asked(which))
    )


def _asked(which: Which) -> Iterator[ColumnElement[bool]]:
    for name in ("hub", "outcome"):
        if value := getattr(which, name):
            yield DECISION.c[name] == value
    if which.hubs is not None:
        yield DECISION.c.hub.in_(sorted(which.hubs | {""}))
    if which.senders is not None:
        yield REFERRAL.c.sender.in_(which.senders)
    if which.rule:
        yield ("," + DECISION.c.deciding + ",").contains(f",{which.rule},", autoescape=True)
    if which.agreement:
        yield _fact("agreement", which.agreement)
    if which.human:
        yield _fact("human", "recorded" if which.human == "yes" else "none")
    if which.protect == "any":
        yield ~_fact("protect", "none")
    elif which.protect:
        yield _fact("protect", which.protect)


def _fact(name: str, value: str) -> ColumnElement[bool]:
    """Facts are canonical JSON of codes: each stands in them in one spelling only."""
    return DECISION.c.facts.contains(f'"{name}":"{value}"', autoescape=True)
