"""What is told by mail, to whom, and in which words: digests, alarms, and word to senders. Nothing of a person in any.

A team has one digest at 9am and one at 2pm, and at once what cannot wait (settled 45). A sender hears that something
came back, never what: that stands where the sender's key reads it (settled 40). Whoever works at a hub also gets, for
each message about it, the page where they say what became of it (settled 46).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, exists, select

from contracts.council import Council
from contracts.delivery import DeliveryState
from contracts.hub import HubMail
from gateway.flows.follow_up import answerlinks
from gateway.flows.gateway import Gateway
from gateway.flows.telling.alarms import Telling, lines, tellings
from gateway.path.telling import SENDERS, role_title
from gateway.store.chance import new_id
from gateway.store.tables import ALARM, CLOCK, DELIVERY, EVENT, LETTER, REFERRAL
from gateway.store.transaction import Tx

SINCE: Final = 24 * 3_600_000
"""Milliseconds back to which anything is told: a mail server that comes late brings no flood of old alarms."""

PUSHED: Final = "push"
"""Kind of what goes to a sender's own system, and to no mailbox (`flows.telling.pushing`)."""

_CHECK: Final = "task:check_sender"
"""The clock that runs where a sender tried what its key or its registration no longer allows (settled 34)."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail that is to go. recipient: `role:NAME` or `sender:NAME`; tell_at and now in ms UTC."""

    id: str
    council: str
    kind: str
    recipient: str
    referral: str
    tell_at: int
    attempts: int


def write_due(gateway: Gateway, tx: Tx) -> int:
    """Put down each letter that is due and not yet put down. Returns how many."""
    now, many = gateway.now(), 0
    for name in gateway.catalogue.councils:
        bounds = {"council": name, "since": now - SINCE, "now": now}
        wanted = {row["key"]: row for row in _wanted(tx, bounds)}
        if not wanted:
            continue
        known = {row.key for row in tx.execute(_KNOWN, {"council": name, "keys": list(wanted)})}
        for key in wanted.keys() - known:
            tx.insert(LETTER, _row(gateway.council(name), wanted[key], now))
            many += 1
    return many


def address_of(council: Council, recipient: str) -> str:
    """The mailbox of a team, of whoever covers for it, or of a sender's own people; "" where there is none."""
    kind, _, name = recipient.partition(":")
    if kind == "sender":
        sender = council.senders.get(name)
        return sender.contact if sender is not None and "@" in sender.contact and " " not in sender.contact else ""
    seen: set[str] = set()
    while name in council.roles and name not in seen:
        if council.roles[name].mail:
            return council.roles[name].mail
        seen.add(name)
        name = council.roles[name].cover
    return ""


async def written(gateway: Gateway, letter: Letter, sender: str) -> HubMail | None:
    """The mail itself; None where nothing is left to say, or nobody can be written to.

    sender  the address that mail of this deployment comes from
    """
    council = gateway.council(letter.council)
    recipient = address_of(council, letter.recipient)
    words = await _words(gateway, council, letter)
    if not recipient or not words:
        return None
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("Early Help Gateway", addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = _SUBJECTS[letter.kind]
    message["Date"] = format_datetime(datetime.fromtimestamp(gateway.now() / 1000, UTC))
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join((*words, council.emergency, _NOBODY)) + "\n", cte="quoted-printable")
    return HubMail(sender, recipient, message.as_bytes())


def _wanted(tx: Tx, bounds: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in tx.execute(_ALARMS, bounds).all():
        told = f"sender:{row.sender}" if row.role in SENDERS else f"role:{row.role}"
        if row.interrupts:
            yield _letter(f"alarm:{row.id}", "alarm", told, row.referral, row.tell_at)
        else:
            yield _letter(f"digest:{told}:{row.tell_at}", "digest", told, "", row.tell_at)
    for row in tx.execute(_BACK, bounds).all():
        yield _letter(f"back:{row.id}", "back", f"sender:{row.sender}", row.referral, row.at)
    for row in tx.execute(_LAPSED, bounds).all():
        yield _letter(f"lapsed:sender:{row.id}", "lapsed", f"sender:{row.sender}", row.referral, row.started_at)
        yield _letter(f"lapsed:council:{row.id}", "lapsed", f"role:{row.owner}", row.referral, row.started_at)


def _letter(key: str, kind: str, recipient: str, referral: str, tell_at: int) -> dict[str, Any]:
    return {"key": key, "kind": kind, "recipient": recipient, "referral": referral, "tell_at": tell_at}


def _row(council: Council, wanted: dict[str, Any], now: int) -> dict[str, Any]:
    reached = bool(address_of(council, wanted["recipient"]))
    return wanted | {
        "id": new_id(),
        "council": council.name,
        "state": "due" if reached else "unsent",
        "due_at": now,
        "attempts": 0,
        "why": "" if reached else "no_address",
        "at": now,
        "ended_at": None if reached else now,
    }


async def _words(gateway: Gateway, council: Council, letter: Letter) -> tuple[str, ...]:
    """Its paragraphs; () where what it was to tell of has ended meanwhile."""
    about = f"Our reference is {letter.referral}." if letter.referral else ""
    if letter.kind == "back":
        return "Something has come back about a referral that you sent.", about, _ASK
    if letter.kind == "lapsed":
        return "A sender tried something that its key or its registration does not allow now.", about, _LAPSED_ASK
    found = _meant(await tellings(gateway, council.name), letter)
    if not found:
        return ()
    kind, _, name = letter.recipient.partition(":")
    team = role_title(name, council) if kind == "role" else council.senders[name].title
    head = "This cannot wait." if letter.kind == "alarm" else "This is what waits for you."
    told = "\n".join(lines(tuple(found), council, gateway.now()))
    at_hub = kind == "role" and name in answerlinks.AT_HUBS
    where = await _answered_where(gateway, council, {one.referral for one in found}) if at_hub else ()
    return f"For {team}. {head}", told, *where


async def _answered_where(gateway: Gateway, council: Council, referrals: set[str]) -> tuple[str, ...]:
    """For each message about these that a hub has and has not decided on, the page where somebody says what it did."""
    asked = {"council": council.name, "of": sorted(referrals - {""})}
    if not asked["of"] or not gateway.settings.public_url:
        return ()

    def read(connection: Connection) -> tuple[Any, ...]:
        return tuple(connection.execute(_UNDECIDED, asked).all())

    found = [row for row in await gateway.store.ask(council.name, read) if row.hub in council.hubs]
    told = (
        f"{row.referral}, sent to {council.hubs[row.hub].title}:\n"
        f"{answerlinks.link(gateway, council.name, row.hub, row.id, 'team')}"
        for row in found
    )
    return (_WHERE, *told) if found else ()


def _meant(all_of_them: Iterable[Telling], letter: Letter) -> list[Telling]:
    kind, _, name = letter.recipient.partition(":")
    mine = (
        one
        for one in all_of_them
        if (one.role == name if kind == "role" else one.role in SENDERS and one.sender == name)
    )
    if letter.kind == "alarm":
        return [one for one in mine if one.interrupts and one.referral == letter.referral]
    return [one for one in mine if not one.interrupts and one.tell_at <= letter.tell_at]


_SUBJECTS: Final = {
    "digest": "Early Help Gateway: what waits for you",
    "alarm": "URGENT: Early Help Gateway: somebody must look now",
    "back": "Early Help Gateway: something came back",
    "lapsed": "Early Help Gateway: a sender is not registered for what it tried",
}
_NOBODY: Final = "Do not answer this e-mail: nobody reads the mailbox it came from. It names nobody on purpose."
_WHERE: Final = (
    "Do you know what became of one of these? Say so on its page. It needs no password, is about this one message, and "
    "stops working after fourteen days, or an hour after somebody has said what was decided."
)
_ASK: Final = "Ask your own system, or the gateway with your key, for what it is. It is not said here."
_LAPSED_ASK: Final = (
    "Sender: ring the council, and send nothing else that way until they have put it right. "
    "Council: find out why. `gateway alarms` lists it until then."
)
_KNOWN: Final = select(LETTER.c.key).where(
    LETTER.c.council == bindparam("council"), LETTER.c.key.in_(bindparam("keys", expanding=True))
)
_ALARMS: Final = (
    select(ALARM.c.id, ALARM.c.role, ALARM.c.interrupts, ALARM.c.referral, ALARM.c.tell_at, REFERRAL.c.sender)
    .join_from(ALARM, REFERRAL, REFERRAL.c.id == ALARM.c.referral, isouter=True)
    .where(
        ALARM.c.council == bindparam("council"),
        ALARM.c.tell_at > bindparam("since"),
        ALARM.c.tell_at <= bindparam("now"),
    )
)
_BACK: Final = (
    select(EVENT.c.id, EVENT.c.referral, EVENT.c.at, REFERRAL.c.sender)
    .join_from(EVENT, REFERRAL, REFERRAL.c.id == EVENT.c.referral)
    .where(
        EVENT.c.council == bindparam("council"),
        EVENT.c.at > bindparam("since"),
        (EVENT.c.kind == "outcome") | (EVENT.c.code == "more_information_asked"),
        REFERRAL.c.test == 0,
    )
)
_LAPSED: Final = (
    select(CLOCK.c.id, CLOCK.c.referral, CLOCK.c.owner, CLOCK.c.started_at, REFERRAL.c.sender)
    .join_from(CLOCK, REFERRAL, REFERRAL.c.id == CLOCK.c.referral)
    .where(CLOCK.c.council == bindparam("council"), CLOCK.c.kind == _CHECK, CLOCK.c.started_at > bindparam("since"))
)
_decided = EVENT.alias("decided")
_UNDECIDED: Final = (
    select(DELIVERY.c.id, DELIVERY.c.referral, DELIVERY.c.hub)
    .where(
        DELIVERY.c.council == bindparam("council"),
        DELIVERY.c.referral.in_(bindparam("of", expanding=True)),
        DELIVERY.c.kind.in_(("referral", "update", "divert")),
        DELIVERY.c.state == DeliveryState.DELIVERED,
        ~exists(select(_decided.c.seq).where(_decided.c.delivery == DELIVERY.c.id, _decided.c.kind == "outcome")),
    )
    .order_by(DELIVERY.c.referral, DELIVERY.c.hub, DELIVERY.c.seq)
)
