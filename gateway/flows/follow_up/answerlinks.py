"""Lets whoever reads a mailbox say what became of one message by a link in the mail, without signing in (settled 46).

A link is for one message to one hub, for fourteen days, and says nothing of a family: our own ids, an instant and a
keyed digest. Opening it does nothing; what is sent from its page goes the way that a hub's own system goes. It ends
before its time when somebody at the council ends it (`flows.delivery.linkends`), and `PUT_RIGHT` after an outcome was
told. One that has ended, is not ours, or is about what is no longer there, looks the same as any other.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final, Literal

import orjson
from sqlalchemy import Connection, bindparam, select

from contracts.council import Council, HubSettings, MailedLinks, Registration
from contracts.errors import NotFound
from contracts.events import BY_LINK, EVENTS, OUTCOMES, TOLD
from contracts.outcomes import outcomes_of
from gateway.config.catalogue import Catalogue
from gateway.flows.access import Caller, Role
from gateway.flows.follow_up.happened import ASKED
from gateway.flows.follow_up.outcomes import READ, tell_event, tell_outcome
from gateway.flows.gateway import Gateway
from gateway.path.alarms import NEVER
from gateway.settings import Settings
from gateway.store.keys import browser_token
from gateway.store.tables import DELIVERY, EVENT, LINK_END, REFERRAL

LASTS: Final = 14 * 24 * 3_600_000
"""Milliseconds for which a link counts."""
PATH: Final = "/outcome/"
DIGEST: Final = 40
"""Hex digits of the keyed digest that a link carries: 160 bits."""

Mailbox = Literal["hub", "team"]
BY: Final[Mapping[str, str]] = {"hub": "a link sent to the hub's mailbox", "team": "a link sent to the team's mailbox"}
"""Whose mailbox a link went to → who told what came by it, as the record names them."""

PUT_RIGHT: Final = 3_600_000
"""Milliseconds after an outcome was told in which a link still counts: whoever pressed the wrong one puts it right."""
GOES_ON: Final = ("to_panel",)
"""Outcomes after which the same hub decides again: they end no link."""
AT_HUBS: Final = frozenset({"hub_duty", "hub_manager", "team_manager", "front_door"})
"""Teams that work where messages arrive, and know what became of them: they are mailed links too."""

_REFUSED: Final = (
    "This link does not count any more, or was not copied whole. Look for a newer e-mail about the same reference, "
    "or ring the council."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be given. value: `outcome:CODE` or `event:CODE`; needs: `words`, `lead`."""

    value: str
    title: str
    needs: tuple[str, ...] = ()

    @property
    def asks_lead(self) -> bool:
        """Whether who leads must be said with it."""
        return "lead" in self.needs


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as it is given. value: of a Choice; words and lead: "" for none."""

    value: str
    words: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One answer that was given before. at: ms UTC."""

    title: str
    at: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What one link asks. reference: our id of what it is about; until: ms UTC, when the link ends."""

    council: Council
    hub: HubSettings
    delivery: str
    reference: str
    mailbox: Mailbox
    until: int
    test: bool
    outcomes: tuple[Choice, ...]
    events: tuple[Choice, ...]
    said: tuple[Said, ...]


def mailed(catalogue: Catalogue, settings: Settings) -> Catalogue:
    """The catalogue in which each council knows whom this deployment mails links: nobody, where no page can be opened
    from outside or no mail leaves."""
    if not (settings.public_url and settings.mail_relay):
        return catalogue
    councils = {name: replace(one, links=_mailed(one)) for name, one in catalogue.councils.items()}
    return replace(catalogue, councils=councils)


def _mailed(council: Council) -> MailedLinks:
    hubs = frozenset(name for name, hub in council.hubs.items() if hub.adapter == _BY_MAIL and hub.confirmed)
    return MailedLinks(hubs, frozenset(name for name in AT_HUBS if name in council.roles and council.roles[name].mail))


def link(gateway: Gateway, council: str, hub: str, delivery: str, mailbox: Mailbox = "hub") -> str:
    """The address of the page; "" where people can open no page of this deployment."""
    public = gateway.settings.public_url
    return f"{public}{path(gateway, council, hub, delivery, mailbox)}" if public else ""


def path(gateway: Gateway, council: str, hub: str, delivery: str, mailbox: Mailbox = "hub") -> str:
    """Its path, from now on for `LASTS`."""
    until = (gateway.now() + LASTS) // 1000
    digest = _digest(gateway, council, hub, delivery, mailbox, until)
    return f"{PATH}{council}.{delivery}.{mailbox}.{until}.{digest}"


async def opened(gateway: Gateway, token: str) -> Asked:
    """What the link asks. Changes nothing. Raises NotFound, always with the same words."""
    council, delivery, mailbox, until, digest = _parts(token)
    if council not in gateway.keys or council not in gateway.catalogue.councils:
        raise NotFound(_REFUSED)
    about = {"council": council, "delivery": delivery}

    def read(connection: Connection) -> tuple[Any, tuple[Any, ...], int]:
        row = connection.execute(_ABOUT, about).first()
        said = said_before(connection, council, delivery) if row is not None else ()
        return row, said, connection.execute(_ENDED, about).scalar() or 0

    row, said, ended_at = await gateway.store.ask(council, read)
    home = gateway.council(council)
    # Without a row there is still a digest to compare with, so that neither answer takes longer than the other.
    right = _digest(gateway, council, row.hub if row is not None else "", delivery, mailbox, until)
    signed = hmac.compare_digest(right.encode(), digest.encode())
    given_at, last = until * 1000 - LASTS, min(until * 1000, ends_with_outcome(said))
    if not signed or row is None or row.hub not in home.hubs or last < gateway.now() or given_at <= ended_at:
        raise NotFound(_REFUSED)
    outcomes, events = outcomes_for(home, row.hub, row.kind), events_for(row.kind)
    told = in_words(home, row.hub, said)
    hub, test = home.hubs[row.hub], bool(row.test)
    return Asked(home, hub, delivery, row.referral, mailbox, last, test, outcomes, events, told)


async def answer(gateway: Gateway, token: str, once: str, value: str, words: str = "", lead: str = "") -> str:
    """Record one answer as the hub's own system would. Returns what to say.

    once  of the form it was sent from: sent twice, it is recorded once

    Raises NotFound; InvalidMessage, with a pointer to `/outcome`, `/event`, `/words` or `/lead`; NotSentYet.
    """
    asked = await opened(gateway, token)
    return await tell(gateway, _caller(asked), asked.delivery, f"{once}\n{token}", Given(value, words, lead))


async def tell(gateway: Gateway, caller: Caller, delivery: str, once: str, given: Given) -> str:
    """Record one answer about one message, whoever gives it. Returns what to say. Raises as `answer` does."""
    kind, _, code = given.value.partition(":")
    beside = (("words", given.words), ("lead", given.lead if kind == "outcome" else ""))
    body = orjson.dumps({kind if kind == "event" else "outcome": code} | {name: text for name, text in beside if text})
    key = sha256(f"{once}\n".encode() + body).hexdigest()
    told = await (tell_event if kind == "event" else tell_outcome)(gateway, caller, delivery, key, body)
    return str(orjson.loads(told.body)["say"])


def said_before(connection: Connection, council: str, delivery: str) -> tuple[Any, ...]:
    """What was told of this message so far, the earliest first: kind, code and when it happened."""
    return tuple(connection.execute(_SAID, {"council": council, "delivery": delivery}).all())


def ends_with_outcome(events: Iterable[Any]) -> int:
    """When the links of a message end because its outcome was told, ms UTC; the far future while none was."""
    told = (one.at for one in events if one.kind == "outcome" and one.code not in GOES_ON)
    return min((at + PUT_RIGHT for at in told), default=NEVER)


def _parts(token: str) -> tuple[str, str, Mailbox, int, str]:
    council, delivery, mailbox, until, digest = (*token.split("."), *[""] * 5)[:5]
    # What of it cannot be ours is made into something that is never signed.
    at = int(until) if until.isascii() and until.isdecimal() and len(until) < 12 else 0
    plain = token.isascii() and token.isprintable() and token.count(".") == 4
    delivery, digest = (delivery, digest) if plain else ("", "")
    return council, delivery, "team" if mailbox == "team" else "hub", at, digest


def _digest(gateway: Gateway, council: str, hub: str, delivery: str, mailbox: str, until: int) -> str:
    text = f"outcome link {delivery} {hub} {mailbox} {until}"
    return browser_token(gateway.keys[council], text)[:DIGEST]


def outcomes_for(council: Council, hub: str, kind: str) -> tuple[Choice, ...]:
    """What this hub may have decided about a message of this kind."""
    known = {} if kind in _ASKS_NOTHING else outcomes_of(council.outcomes, hub)
    return tuple(Choice(f"outcome:{code}", one.title, one.needs) for code, one in known.items())


def events_for(kind: str) -> tuple[Choice, ...]:
    """What may have happened to it while nothing is decided."""
    codes = _ASKS_NOTHING.get(kind, BY_LINK)
    return tuple(Choice(f"event:{code}", TOLD[code], ("words",) if code == ASKED else ()) for code in codes)


def in_words(council: Council, hub: str, said: Iterable[Any]) -> tuple[Said, ...]:
    """What was told before, in the council's own words."""
    known = outcomes_of(council.outcomes, hub)

    def title(one: Any) -> str:
        if one.kind != "outcome":
            return EVENTS.get(one.code, str(one.code))
        return known[one.code].title if one.code in known else OUTCOMES.get(one.code, str(one.code))

    return tuple(Said(title(one), one.happened_at) for one in said)


def _caller(asked: Asked) -> Caller:
    """Whoever holds the link: it speaks for this one hub, of this one message, and may do nothing else."""
    registration = Registration(
        sender=BY[asked.mailbox],
        council=asked.council.name,
        title=asked.hub.title,
        sender_type="council",
        may=("deliveries.outcome",),
        hubs=(asked.hub.name,),
    )
    return Caller(Role.HUB, registration, test=asked.test)


_BY_MAIL: Final = "secure_mail"
_ASKS_NOTHING: Final[Mapping[str, tuple[str, ...]]] = {
    "notice": (READ,),
    "envelope": ("acknowledged",),
    "alike": ("acknowledged",),
}
"""Kinds of messages that ask for no decision → what can be said of them."""

_ABOUT: Final = (
    select(DELIVERY.c.referral, DELIVERY.c.hub, DELIVERY.c.kind, REFERRAL.c.test)
    .join_from(DELIVERY, REFERRAL, DELIVERY.c.referral == REFERRAL.c.id)
    .where(DELIVERY.c.council == bindparam("council"), DELIVERY.c.id == bindparam("delivery"))
)
_SAID: Final = (
    select(EVENT.c.kind, EVENT.c.code, EVENT.c.happened_at, EVENT.c.at)
    .where(EVENT.c.council == bindparam("council"), EVENT.c.delivery == bindparam("delivery"))
    .order_by(EVENT.c.happened_at, EVENT.c.seq)
)
_ENDED: Final = select(LINK_END.c.at).where(
    LINK_END.c.council == bindparam("council"), LINK_END.c.delivery == bindparam("delivery")
)
