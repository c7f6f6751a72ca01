"""A hub is tried out before it goes live: what a good one gets right, and what each bad one gets wrong, in words."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.council import HubSettings
from contracts.delivery import HubClass
from contracts.errors import NoSuchAnswer, NotFound, NotYourRole
from gateway.config.catalogue import Catalogue
from gateway.demo.doors import on_stubs, stub_doors
from gateway.demo.hub import Behaviour, StubHub
from gateway.doors.cli import queues
from gateway.flows import desk
from gateway.flows.connections.destinations import Destinations
from gateway.flows.connections.outbound import Relay, WayOut
from gateway.flows.connections.transport import CheckedTransport
from gateway.flows.decisions.permit import Door as WayIn
from gateway.flows.decisions.permit import opened
from gateway.flows.delivery.conforming import LARGE, Finding, Trial, conform
from tests.builders import a_council, a_hub
from tests.flows.delivery.test_fhir_hub import TOKEN, Peer, named
from tests.flows.folders import HOST, OURS, HubFolder, acknowledges, leaves, serving
from tests.flows.outbox import SECRET, a_stub
from tests.flows.relay import a_relay
from tests.running import on_sqlite, rows, running

WHO = {"council": "hull", "by": "sunny.vale", "role": "hub_manager"}


def tried(hub: HubSettings, way: WayOut, secret: str = SECRET) -> Trial:
    way_in = opened(lambda name: secret, way.relay.sender if way.relay else "", a_council(), hub)
    assert isinstance(way_in, WayIn)
    return Trial(way, way_in, "test-1", time.time)


async def found_of(hub: HubSettings, secret: str = SECRET, deadline: float = 3.0, relay: Relay | None = None) -> Any:
    private = frozenset({f"{relay.host}:{relay.port}"}) if relay else frozenset()
    destinations = Destinations(private, demo=True)
    transport = CheckedTransport(destinations)
    try:
        way = WayOut(transport, deadline, 0.01, demo=True, destinations=destinations, relay=relay)
        return await conform(tried(hub, way, secret))
    finally:
        await transport.aclose()


def findings(stub: StubHub, *, down: bool = False, deadline: float = 3.0, **hub: Any) -> dict[str, Finding]:
    """What is found about a hub that behaves so, by check."""

    async def go() -> tuple[Finding, ...]:
        async with stub:
            if down:
                await stub.down()
            return await found_of(a_hub(url=stub.url, **hub), deadline=deadline)

    return {one.check: one for one in asyncio.run(go())}


def wrong(found: dict[str, Finding]) -> set[str]:
    return {check for check, one in found.items() if one.verdict == "wrong"}


def test_a_good_hub_gets_everything_right() -> None:
    stub = a_stub()
    found = findings(stub)
    assert wrong(found) == set()
    right = {check for check, one in found.items() if one.verdict == "right"}
    assert right == {
        "reached", "acknowledges", "in_time", "repeats", "wrong_signature", "old_timestamp", "rotation", "large",
    }  # fmt: skip
    assert stub.effects["test-1-first"] == 1


def test_everything_it_is_sent_says_that_it_is_a_test_about_nobody() -> None:
    stub = a_stub()
    findings(stub)
    told = [json.loads(arrival.body) for arrival in stub.arrivals]
    assert len(told) == 4
    assert all(one["test"] and one["referral"]["source"]["test"] for one in told)
    assert max(len(arrival.body) for arrival in stub.arrivals) == LARGE


def test_p13_a_hub_that_can_be_asked_says_what_it_has_and_what_not() -> None:
    stub = a_stub()
    found = findings(stub, hub_class=HubClass.B, settings={"ask": "/{id}"})
    assert (found["asks"].verdict, found["repeats"].verdict) == ("right", "not_tested")
    assert stub.took.count("test-1-first") == 1


def test_p13_a_hub_of_class_c_is_sent_nothing_twice() -> None:
    stub = a_stub()
    found = findings(stub, hub_class=HubClass.C)
    assert wrong(found) == set()
    assert max(stub.took.count(name) for name in stub.took) == 1


OK: Behaviour = "ok"


@pytest.mark.parametrize(
    ("stub", "hub", "check", "says"),
    [
        (lambda: a_stub("nonsense"), {}, "acknowledges", "did not say that it has it"),
        (lambda: a_stub("wrong_id"), {}, "acknowledges", "did not say that it has it"),
        (lambda: a_stub("unauthorised"), {}, "acknowledges", "does not know our key"),
        (lambda: a_stub("moved"), {}, "no_redirect", "sends us elsewhere"),
        (lambda: a_stub("reset"), {}, "reached", "ended while it was sent"),
        (lambda: a_stub("slow", delay=0.5), {}, "in_time", "It answered after"),
        (lambda: a_stub("ok", script=[OK, "refused"]), {}, "repeats", "did not say that it has it"),
        (lambda: a_stub("ok", script=[OK] * 4 + ["refused"]), {}, "rotation", "only at the first"),
        (lambda: a_stub("ok", script=[OK] * 5 + ["refused"]), {}, "large", "1 MiB"),
        (lambda: a_stub(), {"hub_class": HubClass.B}, "asks", "nothing says where"),
    ],
)
def test_a_hub_that_gets_one_thing_wrong_is_told_so(stub: Any, hub: dict[str, Any], check: str, says: str) -> None:
    found = findings(stub(), deadline=1.2 if check == "in_time" else 3.0, **hub)
    assert wrong(found) == {check}
    assert says in found[check].say
    assert found[check].do


def test_a_hub_that_checks_no_signature_is_told_that_anybody_could_send_to_it() -> None:
    assert wrong(findings(StubHub())) == {"wrong_signature", "old_timestamp"}


def test_a_hub_that_does_not_answer_when_asked_is_told_so() -> None:
    stub = a_stub()
    stub.answers = False
    assert wrong(findings(stub, hub_class=HubClass.B, settings={"ask": "/{id}"})) == {"asks"}


def test_a_hub_that_is_not_there_is_not_tried_further() -> None:
    found = findings(a_stub(), down=True)
    assert (wrong(found), found["rest"].verdict) == ({"reached"}, "not_tested")


def test_a_hub_that_comes_for_its_messages_cannot_be_tried() -> None:
    (one,) = asyncio.run(found_of(a_hub(adapter="pick_up", url="")))
    assert (one.verdict, "comes for its messages" in one.say) == ("not_tested", True)


def test_a_fhir_hub_is_tried_for_its_acknowledgement_and_our_token() -> None:
    peer = Peer(lambda sent: (200, named(sent)))

    async def go() -> tuple[Finding, ...]:
        async with peer.listening() as url:
            return await found_of(a_hub(adapter="fhir_message", url=url), secret=TOKEN)

    found = {one.check: one for one in asyncio.run(go())}
    # This peer takes any token.
    assert wrong(found) == {"wrong_signature"}
    assert found["acknowledges"].verdict == found["repeats"].verdict == "right"


@pytest.mark.parametrize(("act", "verdict"), [(acknowledges, "right"), (leaves, "not_tested")])
def test_files_are_put_and_an_acknowledgement_is_looked_for(tmp_path: Path, act: Any, verdict: str) -> None:
    (tmp_path / "in").mkdir()
    folder = HubFolder(tmp_path / "in", act)

    async def go() -> tuple[Finding, ...]:
        async with serving(folder, HOST):
            return await found_of(a_hub(**folder.hub()), secret=OURS.export_private_key().decode().strip())

    found = {one.check: one.verdict for one in asyncio.run(go())}
    assert found == {"put": "right", "acknowledges": verdict}


def test_a_mail_is_accepted_and_no_more_can_be_said(tmp_path: Path) -> None:
    async def go() -> tuple[tuple[Finding, ...], int]:
        async with a_relay(tmp_path, "ok") as post:
            settings = {"secure_domain": "secure.hull.example"}
            hub = a_hub(adapter="secure_mail", url="mailto:west@secure.hull.example", secrets=(), settings=settings)
            return await found_of(hub, relay=post.relay()), len(post.mails)

    (one,), mails = asyncio.run(go())
    assert (one.check, one.verdict, mails) == ("accepted", "right", 1)


# At the desk ----------------------------------------------------------------------------------------------------------


def asked(
    catalogue: Catalogue, folder: Path, urls: tuple[str, str], *, demo: bool = True, **said: str
) -> tuple[Any, list[dict[str, Any]]]:
    """What somebody who has Hull's western hub tried out is answered, and the record's entries of that."""

    async def go() -> tuple[Any, list[dict[str, Any]]]:
        async with stub_doors(catalogue, folder / "secrets") as doors:
            standing = on_stubs(catalogue, {name: stub.url for name, stub in doors.items()})
            with running(standing, folder, urls) as gateway:
                live = replace(gateway, settings=gateway.settings.model_copy(update={"demo": demo}))
                told = await desk.ask(live, "hub_test", WHO | {"hub": "locality_west"} | said)
                return told, await asyncio.to_thread(rows, gateway, "entry")

    return asyncio.run(go())


def test_the_record_keeps_who_tried_a_hub_out_and_when(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    told, entries = asked(catalogue, tmp_path, demo_urls)
    assert told["fit"]
    assert [(row["type"], row["council"]) for row in entries] == [("hub.tested", "hull")]
    queues.tested(told)
    printed = capsys.readouterr().out
    assert printed.startswith("locality_west  ")
    assert "Nothing wrong was found: 8 right." in printed


@on_sqlite
def test_settled_53_no_test_goes_to_an_address_that_nobody_said_is_for_tests(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    with pytest.raises(NoSuchAnswer, match="--yes-this-is-a-test-address"):
        asked(catalogue, tmp_path, demo_urls, demo=False)


@on_sqlite
def test_only_whoever_runs_hubs_has_one_tried_out_and_only_one_that_there_is(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    with pytest.raises(NotYourRole):
        asked(catalogue, tmp_path, demo_urls, by="dale.frost", role="practice_manager")
    with pytest.raises(NotFound, match="It has: "):
        asked(catalogue, tmp_path, demo_urls, hub="nowhere")
