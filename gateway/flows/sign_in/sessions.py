"""Who is signed in: sessions in the store, by the digest of what the browser holds, so that each can be ended.

A session is one person in one role of one council. Idle for `IDLE` or older than `LONGEST` it has ended; so it has as
soon as the council's list of people says that they no longer act in that role (reliability 5.3), or an auditor's last
day has passed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import new as hmac
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from contracts.errors import NotYourRole
from gateway.flows.acting import PAPER, Acting, acting, roles_for
from gateway.flows.gateway import Gateway
from gateway.store.tables import GLASS, SESSION
from gateway.store.transaction import Tx
from gateway.store.writer import Write

IDLE: Final = 30 * 60_000
"""Milliseconds without a page after which a session has ended: those who review read slowly (governance 5.2)."""
LONGEST: Final = 8 * 3_600_000
"""Milliseconds after which everybody signs in again."""
STEPPED_UP: Final = 10 * 60_000
"""Milliseconds for which having just signed in again counts, for exports and the like."""
ON_PAPER_FOR: Final = 70 * 60_000
"""Milliseconds for which paper codes let somebody in: to find a child, and the hour that break-glass lasts."""
_SEEN_EVERY: Final = 60_000


@dataclass(frozen=True, slots=True)
class Session:
    """One person's visit. `token` is what the browser holds; the store knows only its digest.

    purpose     why they read records with names, as they said; "" while they have not
    stepped_up  ms UTC until which they count as having signed in again just now
    allowed     roles their sign-in lets them act in; () for all that list them
    glass       id of the break-glass of theirs that lasts, "" for none, and until when, ms UTC
    """

    token: str
    who: Acting
    started: int
    seen: int
    purpose: str = ""
    stepped_up: int = 0
    allowed: tuple[str, ...] = ()
    glass: tuple[str, int] = ("", 0)

    @property
    def ends(self) -> int:
        """When it ends if nothing is opened from now on, ms UTC."""
        return min(self.seen + IDLE, self.started + _longest(self.who.how))

    @property
    def csrf(self) -> str:
        """What every form of this session carries: it cannot be guessed, and is of no use in another."""
        return hmac(self.token.encode(), b"form", sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Standing:
    """One session as its own person sees it in a list. `name` is of no use to anybody else."""

    name: str
    role: str
    how: str
    started: int
    seen: int
    here: bool


async def sign_in(gateway: Gateway, who: Acting, before: str = "", allowed: tuple[str, ...] = ()) -> Session:
    """A new session, and the end of the one before it: an id from before a sign-in is never kept.

    Whoever came in on paper has just proved all they can.
    """
    token = _new_token(who.council.name)
    proven = gateway.now() + STEPPED_UP if who.how == PAPER else 0

    def work(tx: Tx) -> None:
        if before:
            tx.execute(delete(SESSION).where(SESSION.c.id == _digest(before)))
        _clear(tx)
        row = {
            "id": _digest(token),
            "council": who.council.name,
            "sender": who.sender,
            "person": who.name,
            "role": who.role,
            "how": who.how,
            "purpose": "",
            "started_at": tx.now,
            "seen_at": tx.now,
            "stepped_up_until": proven,
            "allowed": " ".join(allowed),
        }
        tx.execute(insert(SESSION).values(row))

    await gateway.writer.submit(Write(work))
    return Session(token, who, gateway.now(), gateway.now(), stepped_up=proven, allowed=allowed)


async def session_of(gateway: Gateway, token: str) -> Session | None:
    """The session behind what a browser holds; None if it never was, has ended, or its person no longer acts so."""
    name = token.partition(".")[0]
    council, now = gateway.catalogue.councils.get(name), gateway.now()
    if council is None:
        return None
    row, glass = await gateway.store.ask(name, lambda connection: _row(connection, name, token, now))
    if row is None or row.seen_at + IDLE < now or row.started_at + _longest(row.how) < now:
        return None
    allowed = tuple(row.allowed.split())
    try:
        who = acting(council, row.person, row.role, sender=row.sender, how=row.how, now=now)
    except NotYourRole:
        await sign_out(gateway, token)
        return None
    if row.seen_at + _SEEN_EVERY < now:
        await _change(gateway, token, seen_at=now)
    return Session(token, who, row.started_at, now, row.purpose, row.stepped_up_until, allowed, glass)


async def say_purpose(gateway: Gateway, session: Session, purpose: str) -> None:
    """Keep why this person reads records with names, for as long as they are signed in (governance 2.5)."""
    await _change(gateway, session.token, purpose=purpose)


async def step_up(gateway: Gateway, session: Session) -> Session:
    """They have just signed in again: the same session under a new id, that counts as proven for a while."""
    token, until = _new_token(session.who.council.name), gateway.now() + STEPPED_UP
    await _change(gateway, session.token, id=_digest(token), stepped_up_until=until)
    return replace(session, token=token, stepped_up=until)


def roles_of(session: Session) -> tuple[str, ...]:
    """The roles this person may act in, those that list them before those they cover for."""
    who = session.who
    return tuple(role for role in roles_for(who.council, who.name, who.sender, session.seen) if _allowed(session, role))


async def act_as(gateway: Gateway, session: Session, role: str) -> Session:
    """Go on in another role, in a new session. Raises NotYourRole."""
    if role not in roles_of(session):
        raise NotYourRole("You may not act in that role here. Choose one of those shown.")
    before = session.who
    who = acting(before.council, before.name, role, sender=before.sender, how=before.how, now=gateway.now())
    return await sign_in(gateway, who, session.token, session.allowed)


async def sessions_of(gateway: Gateway, session: Session) -> tuple[Standing, ...]:
    """Where this person is signed in, the latest first."""
    who, now = session.who, gateway.now()
    alive = (SESSION.c.seen_at >= now - IDLE) & (SESSION.c.started_at >= now - LONGEST)
    mine = select(SESSION).where(_of(who), alive).order_by(SESSION.c.seen_at.desc(), SESSION.c.id)
    rows = await gateway.store.ask(who.council.name, lambda connection: connection.execute(mine).all())
    here = _digest(session.token)
    return tuple(Standing(row.id, row.role, row.how, row.started_at, row.seen_at, row.id == here) for row in rows)


async def end_one(gateway: Gateway, session: Session, name: str) -> None:
    """End one of this person's own sessions; anybody else's stays as it is."""
    one = _of(session.who) & (SESSION.c.id == name)
    await gateway.writer.submit(Write(lambda tx: tx.execute(delete(SESSION).where(one))))


async def sign_out(gateway: Gateway, token: str) -> None:
    """End one session."""
    await gateway.writer.submit(Write(lambda tx: tx.execute(delete(SESSION).where(SESSION.c.id == _digest(token)))))


async def sign_out_everywhere(gateway: Gateway, who: Acting) -> None:
    """End every session of this person in this council."""
    await gateway.writer.submit(Write(lambda tx: tx.execute(delete(SESSION).where(_of(who)))))


def _of(who: Acting) -> ColumnElement[bool]:
    return (SESSION.c.council == who.council.name) & (SESSION.c.person == who.name) & (SESSION.c.sender == who.sender)


def _longest(how: str) -> int:
    return ON_PAPER_FOR if how == PAPER else LONGEST


def _allowed(session: Session, role: str) -> bool:
    return not session.allowed or role in session.allowed


def _new_token(council: str) -> str:
    return f"{council}.{secrets.token_urlsafe(32)}"


async def _change(gateway: Gateway, token: str, **values: object) -> None:
    statement = update(SESSION).where(SESSION.c.id == _digest(token)).values(**values)
    await gateway.writer.submit(Write(lambda tx: tx.execute(statement)))


def _clear(tx: Tx) -> None:
    """Take away the sessions that have ended, whoever's they were."""
    tx.execute(delete(SESSION).where((SESSION.c.seen_at < tx.now - IDLE) | (SESSION.c.started_at < tx.now - LONGEST)))


def _row(connection: Connection, council: str, token: str, now: int) -> tuple[Any, tuple[str, int]]:
    """The session's row, and the break-glass of its person that lasts at `now`, ms UTC: each page says so."""
    found = select(SESSION).where(SESSION.c.id == _digest(token), SESSION.c.council == council)
    row = connection.execute(found).one_or_none()
    if row is None or row.sender:
        return row, ("", 0)
    theirs = (GLASS.c.council == council, GLASS.c.person == row.person, GLASS.c.until > now)
    glass = connection.execute(select(GLASS.c.id, GLASS.c.until).where(*theirs).order_by(GLASS.c.until.desc())).first()
    return row, (glass.id, glass.until) if glass else ("", 0)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
