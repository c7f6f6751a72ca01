"""Whether each registration of `senders.yaml` can be meant as it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field

from contracts.adapter import Fault
from contracts.calls import TAKES_CALLS, OtherDoor
from contracts.council import SENDER_TYPES
from contracts.enquiry import SOURCE
from contracts.people import ReferrerKind
from contracts.webhook import Webhook
from gateway.config.yamlfile import Loaded, Part, unknown

if TYPE_CHECKING:
    from gateway.config.councilfiles import SenderRow, SendersFile

RESERVED: Final = ("gateway_drill",)
"""Names of senders that the gateway itself sends as: nobody can be registered under them."""


class WebhookPart(Part):
    """Where notices are pushed to. No secret stands here: `secrets` are names of the deployment's, newest first."""

    url: str
    secrets: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")], ...] = Field(min_length=1)

    def plain(self) -> Webhook:
        """The same for the flows."""
        return Webhook(self.url, self.secrets)


class OtherDoorPart(Part):
    """Where callers of these kinds are sent first, as the council's document has it."""

    who: tuple[ReferrerKind, ...] = Field(min_length=1)
    say: Annotated[str, Field(min_length=1, max_length=500)]
    rules: tuple[str, ...] = Field(min_length=1)

    def plain(self) -> OtherDoor:
        """The same for the flows."""
        return OtherDoor(tuple(map(str, self.who)), self.say, self.rules)


def sender_faults(
    senders: Loaded[SendersFile], hubs: Collection[str], roles: Collection[str] = TAKES_CALLS
) -> Iterator[Fault]:
    """What is wrong in `senders.yaml`, in the order of the file. hubs, roles: names of `hubs.yaml`, `people.yaml`."""
    owners = dict[str, str]()
    takers = dict[str, str]()
    for name, row in senders.model.senders.items():
        at = ("senders", name)
        if name in RESERVED:
            remedy = "The gateway sends its own drills under it. Choose another."
            yield Fault(senders.at_name(*at), "", "a name that is free", remedy)
        if row.type not in SENDER_TYPES:
            yield senders.fault(*at, "type", expected="a kind of sender", remedy=unknown(row.type, SENDER_TYPES))
        yield from _key_faults(senders, name, row, owners)
        for place, hub in enumerate(row.hubs):
            if hub not in hubs:
                yield senders.fault(*at, "hubs", place, expected="a hub of hubs.yaml", remedy=unknown(hub, hubs))
        if row.webhook is not None:
            yield from _webhook_faults(senders, name, row, row.webhook)
        yield from _call_faults(senders, name, row, roles, takers)


def _call_faults(
    senders: Loaded[SendersFile], name: str, row: SenderRow, roles: Collection[str], takers: dict[str, str]
) -> Iterator[Fault]:
    """Calls that nobody could write down, or in two names. takers: role → registration, added to."""
    at = ("senders", name)
    if row.taken_by and SOURCE not in row.sources:
        remedy = f"Add `{SOURCE}` to `sources`: what callers say is written on the gateway's own pages."
        yield senders.fault(*at, "taken_by", expected=f"a sender with the source `{SOURCE}`", remedy=remedy)
    for place, role in enumerate(row.taken_by):
        if role not in roles:
            yield senders.fault(*at, "taken_by", place, expected="a role of people.yaml", remedy=unknown(role, roles))
        if takers.setdefault(role, name) != name:
            remedy = f"It writes calls down for `{takers[role]}`. Leave it to one of the two."
            yield senders.fault(*at, "taken_by", place, expected="a role of one such sender", remedy=remedy)
    if row.other_doors and not row.taken_by:
        remedy = "It is shown to whoever writes calls down: add `taken_by`, or take `other_doors` away."
        yield senders.fault(*at, "other_doors", expected="a sender with `taken_by`", remedy=remedy)


def _key_faults(senders: Loaded[SendersFile], name: str, row: SenderRow, owners: dict[str, str]) -> Iterator[Fault]:
    """A key that opens two doors. owners: key → registration, added to."""
    for kind, keys in (("keys", row.keys), ("test_keys", row.test_keys)):
        for place, key in enumerate(keys):
            if key in owners:
                remedy = f"It is also `{owners[key]}`'s. Each registration, and each of live and test, has its own."
                yield senders.fault("senders", name, kind, place, expected="a key of its own", remedy=remedy)
            owners.setdefault(key, name)


def _webhook_faults(senders: Loaded[SendersFile], name: str, row: SenderRow, hook: WebhookPart) -> Iterator[Fault]:
    """Somewhere nothing could be pushed to, or that may not have it."""
    at = ("senders", name, "webhook")
    if not _plain_https(hook.url):
        remedy = "Write a whole address without user, query and fragment: https://school-system.org.uk/notices."
        yield senders.fault(*at, "url", expected="an https address", remedy=remedy)
    if row.hubs:
        remedy = "What a hub is told goes to its address in hubs.yaml."
        yield senders.fault(*at, expected="a sender, not a hub's system", remedy=remedy)
    elif "status" not in row.may:
        remedy = "Add `status` to `may`: it is what lets a sender hear what came back. Or take `webhook` away."
        yield senders.fault(*at, expected="a sender that may ask for the status", remedy=remedy)


def _plain_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    whole = parts.scheme == "https" and bool(parts.hostname) and (port or 1) > 0
    return whole and url.isascii() and url.isprintable() and not set(url) & set(" ?#@\\")
