"""OpenTelemetry: a real collector on loopback hears of every step by TLS, and of no id and no word of a family."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Heard
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from contracts.errors import ConfigError, NotAllowed
from gateway.config.catalogue import Catalogue
from gateway.demo.doors import on_stubs, stub_doors
from gateway.doors.serving import traced, working
from gateway.flows.operations import telemetry
from gateway.flows.traces import ATTRIBUTES, NAMES, OTHER, Traces, known_in
from gateway.settings import Settings
from tests.doors.test_canaries import MARK, SENT, planted
from tests.doors.test_operator import ID
from tests.flows.connections.test_outbound import certificates
from tests.running import JSON, Door, on_sqlite, rows, running, until

KNOWN = {"council": frozenset({"hull"}), "outcome": frozenset({"accepted"})}


@dataclass
class Collector:
    """What one collector was sent. `answers`: statuses it gives before it takes anything."""

    answers: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    heads: list[tuple[str, str]] = field(default_factory=list)

    @property
    def spans(self) -> list[Heard]:
        """Every span it has heard of."""
        asked = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        scopes = [scope for one in asked for resource in one.resource_spans for scope in resource.scope_spans]
        return [span for scope in scopes for span in scope.spans]

    async def take(self, request: web.Request) -> web.Response:
        """One message over HTTP."""
        body = await request.read()
        if self.answers:
            return web.Response(status=self.answers.pop(0))
        self.bodies.append(body)
        self.heads.append((request.path, request.content_type))
        return web.Response()


@asynccontextmanager
async def listening(collector: Collector, folder: Path) -> AsyncIterator[dict[str, str]]:
    """The settings that name it. It speaks TLS and nothing else."""
    context, trust = certificates(folder)
    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/{path:.*}", collector.take)
    runner = web.AppRunner(app)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as door:
        await web.SockSite(runner, door, ssl_context=context).start()
        yield {"telemetry": f"https://localhost:{door.getsockname()[1]}", "telemetry_ca": trust.ca}
        await runner.cleanup()


def said(span: Heard) -> dict[str, str]:
    return {one.key: one.value.string_value for one in span.attributes}


def heard(
    catalogue: Catalogue, folder: Path, urls: tuple[str, str], do: Callable[[Door], Any], collector: Collector
) -> Collector:
    """What a collector hears of a gateway with its worker, in which `do` was done."""

    async def scenario() -> None:
        async with listening(collector, folder) as named, stub_doors(catalogue, folder / "secrets") as doors:
            standing = on_stubs(catalogue, {name: stub.url for name, stub in doors.items()})
            own = {**named, "private_destinations": (named["telemetry"].removeprefix("https://"),)}
            with running(standing, folder, urls, **own) as gateway:
                async with traced(gateway) as told, working(told, alone=True) as worked:
                    await do(Door(worked))

    asyncio.run(scenario())
    return collector


async def one_delivered(door: Door) -> None:
    await door.ask("POST", "/v1/referrals", json=planted(), headers={"idempotency-key": "1"})
    await until(lambda: [row for row in rows(door.gateway, "delivery") if row["state"] == "delivered"])


def test_every_step_of_a_referral_is_told_with_what_came_of_it(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    collector = heard(catalogue, tmp_path, demo_urls, one_delivered, Collector())
    assert set(collector.heads) == {("/v1/traces", "application/x-protobuf")}
    assert {span.name for span in collector.spans} == NAMES
    by_name = {span.name: span for span in collector.spans}
    assert said(by_name["request"]) == {"route": "/v1/referrals"}
    assert said(by_name["accept"]) == {"council": "hull", "source": "canonical", "outcome": "accepted"}
    sent = said(by_name["send"])
    assert (sent["council"], sent["result"]) == ("hull", "delivered")
    assert sent["hub"] in catalogue.councils["hull"].hubs
    for inner, outer in (("accept", "request"), ("read", "accept"), ("keep", "accept"), ("send", "claim")):
        assert by_name[inner].parent_span_id == by_name[outer].span_id
    assert all(span.end_time_unix_nano >= span.start_time_unix_nano > 0 for span in collector.spans)


@on_sqlite
def test_o11_no_id_and_no_word_of_a_family_is_told(
    catalogue: Catalogue, tmp_path: Path, store_urls: tuple[str, str]
) -> None:
    async def everything(door: Door) -> None:
        for number, (source, key, kind, content) in enumerate(SENT):
            path = "/v1/referrals" if source == "canonical" else f"/v1/submissions/{source}"
            headers = {
                "content-type": kind,
                "idempotency-key": f"zqkey{number}zq",
                "traceparent": f"00-{'a' * 32}-b-01",
            }
            await door.ask("POST", f"{path}?council=zqcouncilzq", content=content, key=key, headers=headers)
            await door.ask("POST", path, content=content, key=key, headers=headers)
        for path in ("/v1/referrals/zqidzq", "/zqpathzq?zqqueryzq=1", "/v1/deliveries/zqidzq"):
            await door.ask("GET", path)
        await one_delivered(door)

    collector = heard(catalogue, tmp_path, store_urls, everything, Collector())
    told = b"".join(collector.bodies).decode("latin-1")
    assert len(collector.spans) > len(SENT)
    assert not MARK.findall(told)
    assert "a" * 32 not in told
    assert not [span for span in collector.spans if span.events or span.links or span.status.message]
    for span in collector.spans:
        assert span.name in NAMES
        assert set(said(span)) <= ATTRIBUTES
        assert not [value for value in said(span).values() if ID.search(value)]


@on_sqlite
def test_a_collector_that_is_away_holds_nothing_up_and_is_told_when_it_is_back(
    catalogue: Catalogue, tmp_path: Path, store_urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "EVERY", 0.05)
    collector = Collector(answers=[503, 429, 503])

    async def delivered_and_told(door: Door) -> None:
        await one_delivered(door)
        await until(lambda: "accept" in {span.name for span in collector.spans})

    heard(catalogue, tmp_path, store_urls, delivered_and_told, collector)
    assert not collector.answers
    assert len([span for span in collector.spans if span.name == "accept"]) == 1


@on_sqlite
def test_a_collector_with_a_private_address_is_not_told_unless_it_is_permitted(
    catalogue: Catalogue, tmp_path: Path, store_urls: tuple[str, str]
) -> None:
    collector = Collector()

    async def scenario() -> None:
        async with listening(collector, tmp_path) as named:
            with running(catalogue, tmp_path, store_urls, **named) as gateway:
                async with traced(gateway) as told:
                    await Door(told).ask("GET", "/health/live")

    asyncio.run(scenario())
    assert not collector.bodies


@on_sqlite
def test_a_collector_with_a_certificate_nobody_trusts_is_told_nothing(
    catalogue: Catalogue, tmp_path: Path, store_urls: tuple[str, str]
) -> None:
    collector = Collector()

    async def scenario() -> None:
        async with listening(collector, tmp_path) as named:
            place = named["telemetry"].removeprefix("https://")
            own: dict[str, Any] = {"telemetry": named["telemetry"], "private_destinations": (place,)}
            with running(catalogue, tmp_path, store_urls, **own) as gateway:
                async with traced(gateway) as told:
                    await Door(told).ask("GET", "/health/live")

    asyncio.run(scenario())
    assert not collector.bodies


@pytest.mark.parametrize("address", ["http://collector.example:4318", "https://collector.example/v1", "collector"])
def test_an_address_that_is_not_https_and_a_place_alone_is_refused(address: str) -> None:
    with pytest.raises((ConfigError, ValueError), match=r"(?i)telemetry"):
        asyncio.run(entered(Settings(telemetry=address)))


def test_a_file_of_authorities_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    settings = Settings(telemetry="https://collector.example", telemetry_ca=str(tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match="GATEWAY_TELEMETRY_CA"):
        asyncio.run(entered(settings))


def test_without_the_libraries_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigError, match=r"pip install '\.\[telemetry\]'"):
        asyncio.run(entered(Settings(telemetry="https://collector.example")))


async def entered(settings: Settings) -> None:
    async with telemetry.telling(settings, Traces({})):
        pass


def test_the_framework_s_own_telemetry_stays_off_whatever_the_environment_says(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    seen, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(seen))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    assert door.get("/v1/referrals/zqidzq").status_code == 404
    trace.get_tracer("ours").start_span("it hears").end()
    assert [span.name for span in seen.get_finished_spans()] == ["it hears"]
    provider.shutdown()


def test_a_value_that_is_not_listed_is_told_as_other_and_a_name_not_at_all() -> None:
    traces = Traces(KNOWN)
    with traces.span("accept", council="zqcouncilzq", referral="zqidzq") as span:
        span.say(outcome="accepted")
    (kept,) = traces.take(9)
    assert kept.said == {"council": OTHER, "outcome": "accepted"}


def test_a_step_that_is_not_listed_is_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="zqstepzq"), Traces(KNOWN).span("zqstepzq"):
        pass


def test_a_step_that_failed_says_so_and_not_why() -> None:
    traces = Traces(KNOWN)
    with pytest.raises(RuntimeError), traces.span("keep"):
        raise RuntimeError("Zqfernsbyzq")
    with pytest.raises(NotAllowed), traces.span("keep"):
        raise NotAllowed("the sender's to put right")
    ours, theirs = traces.take(9)
    assert (ours.failed, theirs.failed) == (True, False)
    body = telemetry.encoder("gateway.example")([ours, theirs])
    assert b"Zqfernsbyzq" not in body
    told = ExportTraceServiceRequest.FromString(body).resource_spans[0].scope_spans[0].spans
    assert [span.status.code for span in told] == [Status.STATUS_CODE_ERROR, Status.STATUS_CODE_UNSET]


def test_a_full_queue_drops_what_is_new_and_counts_it() -> None:
    traces = Traces(KNOWN, room=2)
    for _ in range(5):
        with traces.span("keep"):
            pass
    assert (len(traces.take(9)), traces.dropped) == (2, 3)


def test_what_is_done_side_by_side_has_its_own_parent() -> None:
    traces = Traces(KNOWN)

    async def both() -> None:
        async def one() -> None:
            with traces.span("accept"):
                await asyncio.sleep(0)
                with traces.span("keep"):
                    await asyncio.sleep(0)

        await asyncio.gather(one(), one())

    asyncio.run(both())
    spans = traces.take(9)
    parents = {span.parent for span in spans if span.name == "keep"}
    assert parents == {span.number for span in spans if span.name == "accept"}
    assert len(parents) == len({span.trace for span in spans}) == 2


def test_without_a_collector_nothing_is_kept(gateway: Any) -> None:
    with gateway.traces.span("accept", council="hull"):
        pass
    assert gateway.traces.take(9) == ()


def test_every_source_hub_and_council_of_the_configuration_may_be_named(catalogue: Catalogue) -> None:
    known = known_in(catalogue)
    assert set(known) == ATTRIBUTES - {"route"}
    assert all(known.values())
    assert JSON not in known["source"]
