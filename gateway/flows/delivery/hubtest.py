"""`gateway hub test`: somebody has a hub tried out, and the record keeps who, when, and what was found."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from adapters import HUBS
from contracts.council import HubSettings
from contracts.errors import NoSuchAnswer
from gateway.flows.acting import Acting
from gateway.flows.connections.destinations import destinations_of
from gateway.flows.connections.outbound import Relay, WayOut
from gateway.flows.connections.posting import relay_of
from gateway.flows.connections.secretfiles import read_secret
from gateway.flows.connections.transport import CheckedTransport
from gateway.flows.decisions.permit import Held, opened
from gateway.flows.decisions.words import cause
from gateway.flows.delivery.conforming import Finding, Trial, conform
from gateway.flows.delivery.hubs import named
from gateway.flows.delivery.tried import KIND, way_of
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.store.chance import new_id
from gateway.store.transaction import Tx
from gateway.store.writer import Write


async def tried_out(gateway: Gateway, who: Acting, name: str, *, for_tests: bool) -> dict[str, Any]:
    """Send one hub test messages about nobody, and keep and tell what it got right and wrong.

    for_tests  somebody has said that its address is one for tests; a demonstration's always is (settled 53)

    Raises NotYourRole, NotFound, NoSuchAnswer.
    """
    who.must_be_let("hubs.test")
    council, settings, hub = who.council, gateway.settings, named(who, name)
    _must_be_for_tests(hub, for_tests or settings.demo)

    def secret(of: str) -> str:
        return read_secret(settings.secrets, of)

    relay = relay_of(settings, secret)
    way_in = opened(secret, relay.sender if relay else "", council, hub)
    if isinstance(way_in, Held):
        raise NoSuchAnswer(" ".join(cause(way_in.why)))
    mark = f"test-{new_id()}"
    async with _way_out(gateway, relay) as way:
        found = await conform(Trial(way, way_in, mark, time.time))

    def keep(tx: Tx) -> str:
        verdicts = {one.check: one.verdict for one in found}
        detail = {"hub": name, "door": way_in.digest, "way": way_of(hub), "found": verdicts}
        return write_entry(tx, council.name, "", KIND, who.said | detail, section="human")

    entry = await gateway.writer.submit(Write(keep))
    return {
        "hub": name,
        "title": hub.title,
        "class": hub.hub_class.value,
        "say": _summary(found),
        "found": [{"check": one.check, "verdict": one.verdict, "say": one.say, "do": one.do} for one in found],
        "fit": all(one.verdict != "wrong" for one in found),
        "entry": entry,
    }


def _must_be_for_tests(hub: HubSettings, sure: bool) -> None:
    if HUBS[hub.adapter].SCHEMES and not hub.url:
        raise NoSuchAnswer("The hub has no address yet. The council's hubs.yaml names it: its `url`.")
    if not sure:
        raise NoSuchAnswer(
            "Test messages go to a test address only. If the address in hubs.yaml is one, and nobody acts on what "
            "comes there, say so: --yes-this-is-a-test-address"
        )


def _summary(found: tuple[Finding, ...]) -> str:
    wrong = sum(one.verdict == "wrong" for one in found)
    right = sum(one.verdict == "right" for one in found)
    if wrong:
        return f"It is not ready: {wrong} to put right, {right} right."
    return f"Nothing wrong was found: {right} right." if right else "Nothing could be tried."


@asynccontextmanager
async def _way_out(gateway: Gateway, relay: Relay | None) -> AsyncIterator[WayOut]:
    """A way out of its own: what a hub does wrong here touches nothing that is sent."""
    settings, destinations = gateway.settings, destinations_of(gateway.settings, gateway.catalogue)
    transport = CheckedTransport(destinations)
    way = WayOut(transport, deadline=settings.send_deadline, demo=settings.demo, destinations=destinations)
    try:
        yield replace(way, relay=relay)
    finally:
        await transport.aclose()
