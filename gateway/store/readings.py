"""Who read, counted by the store for each role: nobody's name leaves it but to say who watches them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, select

from gateway.store.tables import GLASS, READING, REFERRAL

_ONCE: Final = func.count()
_REQUESTS: Final = func.count(func.nullif(READING.c.referral, "").distinct())
_PEOPLE: Final = func.count(READING.c.person.distinct())


def by_role(connection: Connection, council: str, since: int, until: int) -> list[Any]:
    """For each role and kind of reading in a time, ms UTC: role, type, readings, requests and people."""
    by = READING.c.role, READING.c.type
    asked = select(*by, _ONCE.label("readings"), _REQUESTS.label("requests"), _PEOPLE.label("people"))
    return list(connection.execute(asked.where(*_meant(council, since, until)).group_by(*by).order_by(*by)))


def by_rules(connection: Connection, council: str, since: int, until: int) -> list[Any]:
    """For each role, person and set of rules that a reading met: role, person, flags (NULL: not asked yet) and many."""
    by = READING.c.role, READING.c.person, READING.c.flags
    asked = select(*by, _ONCE.label("many")).where(*_meant(council, since, until))
    return list(connection.execute(asked.group_by(*by).order_by(*by)))


def broken(connection: Connection, council: str, since: int, until: int) -> list[Any]:
    """Each break-glass that began in a time, ms UTC, in order, but those about what a test key sent."""
    test = select(REFERRAL.c.id).where(REFERRAL.c.id == GLASS.c.referral, REFERRAL.c.test == 1).exists()
    asked = select(GLASS).where(GLASS.c.council == council, GLASS.c.at >= since, GLASS.c.at < until, ~test)
    return list(connection.execute(asked.order_by(GLASS.c.at, GLASS.c.id)))


def _meant(council: str, since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    """Readings of a time, but those of what a test key sent."""
    test = select(REFERRAL.c.id).where(REFERRAL.c.id == READING.c.referral, REFERRAL.c.test == 1).exists()
    return and_(READING.c.council == council, READING.c.at >= since, READING.c.at < until), ~test
