"""Whether each hub of a council is told all that its way of speaking needs, and nothing it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from adapters import HUBS, can_be_asked
from contracts.adapter import Fault
from contracts.delivery import HubClass
from contracts.hub import Hub, Particular
from gateway.config.councilfiles import HubsFile
from gateway.config.yamlfile import Loaded, unknown

TRUST: Final = ("ca", "pin")
"""What any hub that is reached by TLS may say of its certificate, beside the settings of its adapter."""
_BY_TLS: Final = ("http",)
_NO_PIN: Final = f"sha256/{'A' * 43}="
_PIN: Final = re.compile(r"sha256/[A-Za-z0-9+/]{43}=")
_WITHIN: Final = re.compile(r"[1-9][0-9]* (minute|hour|working hour|day|working day|week|month)s?")
_NOBODYS: Final = re.compile(r"\.example(/|:|$)")


def hub_faults(hubs: Loaded[HubsFile]) -> Iterator[Fault]:
    """What is wrong in `hubs.yaml`, in the order of the file."""
    for name, hub in hubs.model.hubs.items():
        if hub.adapter not in HUBS:
            remedy = unknown(hub.adapter, HUBS)
            yield hubs.fault("hubs", name, "adapter", expected="a way of speaking to a hub", remedy=remedy)
        else:
            yield from _way_faults(hubs, name, HUBS[hub.adapter])
        other = hubs.model.hubs.get(hub.pair)
        if hub.pair and (other is None or hub.pair == name or not set(hub.purposes) <= set(other.purposes)):
            expected, remedy = "another hub that takes the same purposes", unknown(hub.pair, hubs.model.hubs)
            yield hubs.fault("hubs", name, "pair", expected=expected, remedy=remedy)
        if hub.confirmed and _NOBODYS.search(hub.url):
            remedy = "An example address is nobody's. Enter the council's own, or take `confirmed` away."
            yield hubs.fault("hubs", name, "url", expected="the address the council confirmed", remedy=remedy)


def _way_faults(hubs: Loaded[HubsFile], name: str, way: Hub) -> Iterator[Fault]:
    hub, known = hubs.model.hubs[name], (*way.NEEDS, *way.MAY, *(TRUST if way.CARRIED in _BY_TLS else ()))
    if hub.url.partition(":")[0] not in (way.SCHEMES or ("",)):
        expected = f"an address that begins with {' or '.join(way.SCHEMES)}" if way.SCHEMES else "no address"
        yield hubs.fault("hubs", name, "url", expected=expected, remedy=f"`{hub.adapter}` takes nothing else.")
    if way.SIGNS and not hub.secrets:
        remedy = "Name the secret here; its value stays in the deployment's folder of secrets."
        yield hubs.fault("hubs", name, "secrets", expected="at least one secret", remedy=remedy)
    for missing in sorted(set(way.NEEDS) - hub.settings.keys()):
        yield hubs.fault("hubs", name, expected=f"the setting `{missing}`", remedy=f"`{hub.adapter}` needs it.")
    for given in sorted(hub.settings.keys() - set(known)):
        remedy = unknown(given, known) if known else f"`{hub.adapter}` has no settings."
        yield hubs.fault("hubs", name, "settings", given, expected="a setting of this adapter", remedy=remedy)
    yield from _trust_faults(hubs, name)
    if way.CARRIED == "smtp" and hub.url.rpartition("@")[2] != hub.settings.get("secure_domain", ""):
        remedy = "Name the domain that the council confirmed to be secure: there is no other way to this mailbox."
        yield hubs.fault("hubs", name, "url", expected="a mailbox of `secure_domain`", remedy=remedy)
    yield from _own_faults(hubs, name, way)


def _own_faults(hubs: Loaded[HubsFile], name: str, way: Hub) -> Iterator[Fault]:
    """What cannot be meant of the adapter's own settings, and of the class that they allow."""
    hub = hubs.model.hubs[name]
    for setting in ("taken_within", "urgent_taken_within"):
        if setting in way.MAY and not _WITHIN.fullmatch(str(hub.settings.get(setting, "1 day"))):
            remedy = "Write it as `15 minutes` or `1 working day`."
            yield hubs.fault("hubs", name, "settings", setting, expected="a time", remedy=remedy)
    if isinstance(way, Particular):
        for setting, expected, remedy in way.amiss(hub.settings):
            yield hubs.fault("hubs", name, "settings", setting, expected=expected, remedy=remedy)
    if hub.class_ is HubClass.B and not can_be_asked(hub.adapter, hub.settings):
        remedy = "Say in the setting `ask` where it answers, or declare it class C."
        yield hubs.fault("hubs", name, "class", expected="a hub that can be asked what it has", remedy=remedy)


def _trust_faults(hubs: Loaded[HubsFile], name: str) -> Iterator[Fault]:
    """What is wrong in what a hub says of its certificate."""
    hub = hubs.model.hubs[name]
    if not _PIN.fullmatch(str(hub.settings.get("pin", _NO_PIN))):
        remedy = "The base64 of the SHA-256 of its public key, in 44 characters."
        yield hubs.fault("hubs", name, "settings", "pin", expected="sha256/ and a digest", remedy=remedy)
    if not str(hub.settings.get("ca", "/")).startswith("/"):
        remedy = "Write the whole path of a PEM file."
        yield hubs.fault("hubs", name, "settings", "ca", expected="a file of this machine", remedy=remedy)
