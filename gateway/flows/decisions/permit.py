"""What must be true in the transaction that gives leave to send: the door, the family, the rules (P8, settled 12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from random import uniform
from typing import Final, Protocol

from adapters import HUBS
from contracts.council import Council, HubSettings
from contracts.delivery import HubClass
from contracts.hub import Keyed, WriteOptions
from gateway.flows.decisions.doubt import class_of
from gateway.path.schedule import WIDEST_JITTER
from gateway.record.canonical import canonical
from gateway.store.transaction import Tx

DOOR_WHYS: Final = (
    "hub_unknown",
    "door_not_confirmed",
    "council_unanswered",
    "policy_not_published",
    "secret_missing",
    "secret_unfit",
    "no_mail_relay",
)
"""Why codes of deliveries that wait for their council or deployment; they go on when the door is there."""


OBJECTED: Final = "objected"
"""Why code of a delivery that waits while somebody's objection is open, or for as long as it is upheld."""

TAKEN_BACK: Final = "no_longer_held"
"""Why code of an envelope that ended before it was sent: what it tells of went on, or ended."""


@dataclass(frozen=True, slots=True)
class Promised:
    """A due delivery, and what its promise rests on.

    epoch        of the family's agreement, as it is now
    inputs       digest of what was true when it was promised (Decision.inputs)
    valid_until  ms UTC, the earliest of its decisions' dated facts; None if none is dated
    payload      content id; digest is the SHA-256 of those bytes, in hex
    """

    id: str
    council: str
    hub: str
    referral: str
    sender: str
    kind: str
    urgent: bool
    attempts: int
    fence: int
    payload: str
    digest: str
    inputs: str
    why: str
    epoch: int
    valid_until: int | None


@dataclass(frozen=True, slots=True)
class Permitted:
    """Decided again, and it may go: with these inputs, and this payload trimmed anew (content id, SHA-256 in hex)."""

    inputs: str
    payload: str
    digest: str


@dataclass(frozen=True, slots=True)
class Held:
    """It may not go now. `why` is a code; the decision that says so has its own entry."""

    why: str


class Judge(Protocol):
    """Who can say whether a promise still stands. Both are asked inside the transaction that would permit it."""

    def inputs(self, tx: Tx, promised: Promised) -> str:
        """Digest of what is true now, made as `Decision.inputs` is: policy, council, registration, route and
        `promised.epoch`. Asked for every delivery, so it does not read what it can remember."""
        ...

    def redecide(self, tx: Tx, promised: Promised) -> Permitted | Held:
        """The whole pure path again. Writes its decision and entry, and the new payload, in this transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What a worker claims, sends and settles by.

    councils  by name; a live mapping if configuration can change under it
    secret    a secret's value by its name; KeyError if the deployment has none
    published whether a council's policy is one that was published; one of its files alone sends nothing (settled 11)
    window    seconds a permit may be spent in; lease: seconds before another worker may take a delivery over
    demo      a demo's own answers and addresses count
    jitter    0 to 0.2, drawn for each wait
    mailbox   the address that mail of this deployment comes from, "" where it sends none
    """

    councils: Mapping[str, Council]
    judge: Judge
    secret: Callable[[str], str]
    window: float = 2.0
    lease: float = 90.0
    demo: bool = False
    published: Callable[[str], bool] = lambda council: True
    jitter: Callable[[], float] = lambda: uniform(0, WIDEST_JITTER)
    mailbox: str = ""

    def hub_class(self, council: str, hub: str) -> HubClass:
        """What this hub does with repeats; C if nobody knows."""
        known = self.councils.get(council)
        settings = known.hubs.get(hub) if known else None
        return class_of(settings) if settings else HubClass.C


@dataclass(frozen=True, slots=True)
class Door:
    """A hub that may be sent to: its settings, its secrets' values, what its adapter is told, and the digest of all."""

    hub: HubSettings
    secrets: tuple[str, ...]
    options: WriteOptions
    digest: str

    @property
    def collected(self) -> bool:
        """Whether the hub comes for its messages, so that no worker sends them."""
        return HUBS[self.hub.adapter].CARRIED == "collected"


def door(terms: Terms, council: str, hub: str) -> Door | Held:
    """The way in to a hub, or why there is none yet. No route is ever a default (P17)."""
    known = terms.councils.get(council)
    settings = known.hubs.get(hub) if known else None
    if known is None or settings is None or settings.adapter not in HUBS:
        return Held("hub_unknown")
    way = HUBS[settings.adapter]
    if (way.SCHEMES and not settings.url) or not settings.confirmed:
        return Held("door_not_confirmed")
    if known.unanswered(terms.demo):
        return Held("council_unanswered")
    if not terms.published(council):
        return Held("policy_not_published")
    return opened(terms.secret, terms.mailbox, known, settings)


def opened(secret: Callable[[str], str], mailbox: str, known: Council, settings: HubSettings) -> Door | Held:
    """The door itself: what its adapter needs to write to it; whether anything may go there yet is not asked."""
    way = HUBS[settings.adapter]
    try:
        secrets = tuple(secret(name) for name in settings.secrets)
    except KeyError:
        return Held("secret_missing")
    if way.SIGNS and not secrets:
        return Held("secret_missing")
    if not fit(settings.adapter, secrets):
        return Held("secret_unfit")
    if way.CARRIED == "smtp" and not mailbox:
        return Held("no_mail_relay")
    pinned = {
        "adapter": settings.adapter,
        "url": settings.url,
        "settings": settings.settings,
        "secrets": [sha256(value.encode()).hexdigest() for value in secrets],
    }
    options = WriteOptions(
        council=known.name,
        council_title=known.title,
        hub=settings.name,
        hub_title=settings.title,
        settings=settings.settings,
        address=settings.url,
        sender=mailbox,
        emergency=known.emergency,
        form=known.form,
    )
    return Door(settings, secrets, options, sha256(canonical(pinned)).hexdigest())


@lru_cache(maxsize=256)
def fit(adapter: str, secrets: tuple[str, ...]) -> bool:
    """Whether each of these secrets can be used: none is empty, or of a kind that this adapter does not sign with.

    Looked at once: each claim asks of every hub for which something waits.
    """
    way = HUBS[adapter]
    return all(secrets) and (not isinstance(way, Keyed) or all(map(way.may_sign, secrets)))


def stands(terms: Terms, tx: Tx, promised: Promised) -> Permitted | Held:
    """Leave for one delivery: as it was promised if nothing has changed, decided again if anything has."""
    still = promised.valid_until is None or tx.now < promised.valid_until
    if still and terms.judge.inputs(tx, promised) == promised.inputs:
        return Permitted(promised.inputs, promised.payload, promised.digest)
    return terms.judge.redecide(tx, promised)
