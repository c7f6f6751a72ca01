"""Break-glass: one child's requests for an hour, to somebody whose work they are not (governance 5.4).

It lets a person read and tell the front door, and nothing else. That it began is in the record, with those who answer
for the child told at once, before anything is shown; it ends by itself; and somebody else reviews it. A sealed file
stays with those who are named for it, and what was sent as a test is not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, update

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound
from gateway.flows.acting import PAPER, Acting, must_say_why
from gateway.flows.decisions.timers import clock_row
from gateway.flows.decisions.tokens import name_token, number_token
from gateway.flows.entry import READER, sections_of, write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.asked import OUTCOMES
from gateway.flows.oversight.children import SYSTEMS, requests
from gateway.flows.oversight.looked import BROKEN, SEARCHED
from gateway.path.clocks import due
from gateway.store.chance import new_id
from gateway.store.tables import ALARM, CLOCK, DECISION, GLASS, PAPER_CODE
from gateway.store.transaction import Tx
from gateway.store.writer import Write

LASTS: Final = 60 * 60_000
"""Milliseconds after which it has ended."""

TASK: Final = "review_break_glass"
ENDED: Final = "glass.ended"
"""Type of the entry that says that a person ended it before its time."""

REASONS: Final = {
    "danger": "A child may be in danger now",
    "out_of_hours": "It is out of hours, and nobody whose work this is can be reached",
    "standing_in": "I stand in for somebody whose work this is",
    "asked_now": "The police, a hospital or another council asks about the child now",
}
"""Code of a reason → what it says."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A child, by a name and a day of birth or by a number: what is looked for is never kept."""

    name: str = ""
    born: date | None = None
    system: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Glass:
    """One break-glass as its own person sees it. Times are ms UTC; why: their own words."""

    id: str
    code: str
    why: str
    at: int
    until: int
    ended: bool
    requests: tuple[dict[str, Any], ...]


async def break_glass(gateway: Gateway, who: Acting, code: str, why: str, sought: Sought) -> str:
    """Begin. Returns its id; "" where no request names the child, which the record says too.

    Raises NotYourRole, NoSuchAnswer without a reason, or without a child to look for.
    """
    who.must_be_let("glass.break")
    must_say_why(why)
    if code not in REASONS:
        raise NoSuchAnswer("Choose why you need to read this now.")
    token, kind = _token(gateway, who, sought)

    def work(tx: Tx) -> str:
        if who.how == PAPER:
            _must_be_the_first(tx, who)
        found = requests(tx, who, token)
        if not found:
            said = who.said | {"purpose": why.strip(), "asked": kind, "count": 0}
            write_entry(tx, who.council.name, "", SEARCHED, said, section=READER)
            return ""
        return _begun(gateway, tx, who, (code, why.strip(), token), [str(row["id"]) for row in found])

    return await gateway.writer.submit(Write(work))


def _must_be_the_first(tx: Tx, who: Acting) -> None:
    """A pair of paper codes is for one child. Raises NoSuchAnswer."""
    came = select(func.max(PAPER_CODE.c.used_at)).where(
        PAPER_CODE.c.council == who.council.name, PAPER_CODE.c.used_by == who.name
    )
    since = tx.execute(came).scalar() or 0
    broke = select(GLASS.c.id).where(
        GLASS.c.council == who.council.name, GLASS.c.person == who.name, GLASS.c.at >= since
    )
    if tx.execute(broke.limit(1)).first() is not None:
        raise NoSuchAnswer("A pair of paper codes is for one child. Use another pair for another child.")


async def mine(gateway: Gateway, who: Acting, name: str) -> Glass:
    """One of this person's own, with the child's requests while it lasts. Raises NotYourRole, NotFound."""
    who.must_be_let("glass.break")
    now, council = gateway.now(), who.council.name

    def read(connection: Connection) -> Glass:
        row = own(connection, who, name)
        ended = row.until <= now
        found = [] if ended else [_standing(connection, who, one) for one in requests(connection, who, row.token)]
        return Glass(row.id, row.code, why_of(connection, row), row.at, row.until, ended, tuple(found))

    return await gateway.store.ask(council, read)


async def end(gateway: Gateway, who: Acting, name: str) -> None:
    """End it before its time. Raises NotYourRole, NotFound, AnsweredAlready once it has ended."""
    who.must_be_let("glass.break")

    def work(tx: Tx) -> None:
        row = lasting(tx, who, name, gateway.now())
        tx.execute(update(GLASS).where(GLASS.c.id == row.id).values(until=gateway.now()))
        write_entry(tx, who.council.name, row.referral, ENDED, who.said | {"glass": row.id}, section="human")

    await gateway.writer.submit(Write(work))


def own(connection: Connection | Tx, who: Acting, name: str) -> Row[Any]:
    """This person's own row. Raises NotFound: anybody else's looks like none."""
    found = select(GLASS).where(GLASS.c.council == who.council.name, GLASS.c.id == name, GLASS.c.person == who.name)
    row = connection.execute(found).one_or_none()
    if row is None:
        raise NotFound("There is nothing of that kind here.")
    return row


def lasting(connection: Connection | Tx, who: Acting, name: str, now: int) -> Row[Any]:
    """The same, while it lasts. `now` in ms UTC. Raises NotFound, AnsweredAlready once it has ended."""
    row = own(connection, who, name)
    if row.until <= now:
        raise AnsweredAlready("This break-glass has ended. Begin a new one if you still need to read.")
    return row


def why_of(connection: Connection | Tx, row: Row[Any]) -> str:
    """The words in which somebody said why; "" once they were disposed of."""
    return str(sections_of(connection, row.council, row.entry).get(READER, {}).get("purpose", ""))


def _token(gateway: Gateway, who: Acting, sought: Sought) -> tuple[str, str]:
    keys = gateway.keys[who.council.name]
    if sought.number and sought.system in SYSTEMS:
        return number_token(keys, sought.system, sought.number), sought.system
    if sought.name.strip() and sought.born is not None:
        return name_token(keys, sought.name, sought.born), "name_and_birth"
    raise NoSuchAnswer("Give a name with a date of birth, or a number and which number it is.")


def _begun(gateway: Gateway, tx: Tx, who: Acting, reason: tuple[str, str, str], referrals: Sequence[str]) -> str:
    """One row, one entry at each request, one task, and one alarm for each role that hears of it now."""
    (code, why, token), council, now, name = reason, who.council, gateway.now(), new_id()
    said = who.said | {"purpose": why, "code": code, "glass": name, "until": now + LASTS}
    entries = [write_entry(tx, council.name, one, BROKEN, said, section=READER) for one in referrals]
    task, newest = gateway.policy(council.name).tasks.get(TASK), referrals[0]
    owner, within = (task.owner, task.within) if task else ("ig_lead", "1 working day")
    clock = clock_row(council.name, f"task:{TASK}", newest, "", owner, now, due(within, now, council.hours), times=name)
    roles = dict.fromkeys((owner, *_answering(tx, who, referrals)))
    tx.insert(CLOCK, clock)
    for role in roles:
        _tell(tx, clock, role, entries[0], now)
    row = {"id": name, "council": council.name, "person": who.name, "role": who.role, "code": code, "token": token}
    more = {"at": tx.now, "until": now + LASTS, "clock": clock["id"], "entry": entries[0], "referral": newest}
    tx.insert(GLASS, row | more | {"found": "", "reviewed_by": "", "reviewed_at": None})
    return name


def _answering(tx: Tx, who: Acting, referrals: Sequence[str]) -> list[str]:
    """The roles whose turn it is at these requests; the hub's manager where it is nobody's."""
    turn = select(CLOCK.c.owner).where(CLOCK.c.referral.in_(referrals), CLOCK.c.state == "running").distinct()
    roles = [role for role in sorted(tx.execute(turn).scalars()) if role in who.council.roles]
    return roles or ["hub_manager"]


def _tell(tx: Tx, clock: dict[str, Any], role: str, entry: str, now: int) -> None:
    alarm = {name: clock[name] for name in ("council", "referral", "kind", "delivery")}
    told = {"role": role, "why": "began", "interrupts": 1, "at": now, "tell_at": now, "entry": entry}
    tx.insert(ALARM, {"id": new_id()} | alarm | told)


def _standing(connection: Connection, who: Acting, request: dict[str, Any]) -> dict[str, Any]:
    """A request with what has been decided of it so far."""
    stands = select(DECISION.c.outcome, DECISION.c.hub).where(
        DECISION.c.council == who.council.name,
        DECISION.c.referral == request["id"],
        DECISION.c.state != "superseded",
    )
    hubs = who.council.hubs
    became = [
        OUTCOMES[row.outcome] + (f", {hubs[row.hub].title}" if row.hub in hubs else "")
        for row in connection.execute(stands.order_by(DECISION.c.at)).all()
    ]
    return request | {"became": list(dict.fromkeys(became))}
