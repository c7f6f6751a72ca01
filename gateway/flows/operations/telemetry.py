"""Tells an OpenTelemetry collector of this process's spans, by OTLP over HTTPS, through the one guarded way out.

The collector is one of the destinations the deployment names, and has to show a certificate. Nothing ever waits for it:
spans wait in a short queue, are sent every few seconds by a task of its own, and are dropped where it stays away.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from contracts.errors import ConfigError
from contracts.hub import HubAnswer, HubMessage
from gateway.flows.connections.destinations import Destinations, place_of
from gateway.flows.connections.outbound import WayOut, may_send_to, send
from gateway.flows.connections.transport import CheckedTransport
from gateway.flows.connections.trust import Trust, context_of
from gateway.flows.meanwhile import meanwhile
from gateway.flows.traces import Span, Traces
from gateway.settings import Settings

_LOG: Final = logging.getLogger(__name__)

EVERY: Final = 5.0
"""Seconds between two messages to the collector."""
TOGETHER: Final = 1_024
"""Spans in one message at most."""
DEADLINE: Final = 5.0
"""Seconds one message may take."""
LAST_WORDS: Final = 2.0
"""Seconds the last messages may take, when the process stops."""
PATH: Final = "/v1/traces"
"""Where a collector takes spans, under its address (OTLP 1.5, OTLP/HTTP request)."""
_LATER: Final = (429, 502, 503, 504)
"""What a collector answers that may take the same message later (OTLP 1.5, retryable response codes)."""

Encode = Callable[[Sequence[Span]], bytes]


@asynccontextmanager
async def telling(settings: Settings, traces: Traces) -> AsyncIterator[None]:
    """Tell the collector of these spans for as long as this is entered, and once more at its end.

    Raises ConfigError for an address that cannot be used, and where the libraries for it are not installed.
    """
    encode, trust = encoder(settings.origin), _trust(settings)
    destinations = Destinations(
        frozenset(settings.private_destinations), settings.demo, frozenset((place_of(settings.telemetry),))
    )
    transport = CheckedTransport(destinations, trust)
    way = WayOut(transport, deadline=DEADLINE, demo=settings.demo, destinations=destinations)
    teller = Teller(traces, way, settings.telemetry, trust, encode)
    try:
        async with meanwhile(teller.run()):
            yield
    finally:
        await teller.tell_last()
        await transport.aclose()


@dataclass(slots=True)
class Teller:
    """Whom to tell of which spans. `waiting`: a message that the collector has not taken yet, and how many spans."""

    traces: Traces
    way: WayOut
    url: str
    trust: Trust
    encode: Encode
    waiting: tuple[bytes, int] = (b"", 0)
    away: bool = False

    async def run(self) -> None:
        """Tell of what waits every few seconds."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                while await self.tell(DEADLINE):
                    pass
            except Exception as error:
                # Whatever it was, it must not end the telling without a word.
                _LOG.error("The collector could not be told", extra={"error": type(error).__name__})

    async def tell_last(self) -> None:
        """Tell of what is left, for as long as a process that stops may still take."""
        end = time.monotonic() + LAST_WORDS
        while time.monotonic() < end and await self.tell(end - time.monotonic()):
            pass

    async def tell(self, within: float) -> bool:
        """One message, of what the collector did not take before or of the spans that wait now: whether it was taken.

        within  seconds it may take
        """
        body, n = self.waiting
        if not n:
            spans = self.traces.take(TOGETHER)
            if not spans:
                return False
            # In a thread, so that nothing that is sent or received waits for it.
            body, n = await asyncio.to_thread(self.encode, spans), len(spans)
        self.waiting = (body, n)
        message = HubMessage("POST", PATH, {"content-type": "application/x-protobuf"}, body)
        answer = await send(self.way, self.url, message, time.monotonic() + within, trust=self.trust)
        if not isinstance(answer, HubAnswer):
            self._is_away(answer.why)
        elif answer.status in _LATER:
            self._is_away(str(answer.status))
        else:
            self.waiting, self.away = (b"", 0), False
            if answer.status >= 300:
                _LOG.warning("The collector refused spans", extra={"status": answer.status, "n": n})
        self._count_dropped()
        return not self.waiting[1]

    def _is_away(self, why: str) -> None:
        if not self.away:
            _LOG.warning("The collector takes no spans", extra={"why": why})
        self.away = True

    def _count_dropped(self) -> None:
        dropped, self.traces.dropped = self.traces.dropped, 0
        if dropped:
            _LOG.warning("Spans were dropped", extra={"n": dropped})


def _trust(settings: Settings) -> Trust:
    """What the collector has to show. Raises ConfigError for an address or a file that cannot be used."""
    if not may_send_to(settings.telemetry, settings.demo) or urlsplit(settings.telemetry).path not in ("", "/"):
        raise ConfigError("GATEWAY_TELEMETRY: write the collector's address as https://host:port, without a path.")
    trust = Trust(settings.telemetry_ca)
    try:
        context_of(trust)
    except OSError:
        raise ConfigError(
            "GATEWAY_TELEMETRY_CA: write the path of a PEM file of authorities that can be read."
        ) from None
    return trust


def encoder(service: str) -> Encode:
    """Spells spans as OTLP protobuf. Raises ConfigError where the libraries for it are not installed."""
    try:
        from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.trace import SpanContext, Status, StatusCode
    except ImportError:
        raise ConfigError(
            "GATEWAY_TELEMETRY needs OpenTelemetry, which is not installed. Run: .venv/bin/pip install '.[telemetry]'"
        ) from None
    # Not `Resource.create`, which adds what the environment says.
    resource = Resource({"service.name": "early-help-gateway", "service.namespace": service})

    def spelt(span: Span) -> ReadableSpan:
        return ReadableSpan(
            span.name,
            context=SpanContext(span.trace, span.number, is_remote=False),
            parent=SpanContext(span.trace, span.parent, is_remote=False) if span.parent else None,
            resource=resource,
            attributes=span.said,
            status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
            start_time=span.begun,
            end_time=span.ended,
        )

    return lambda spans: encode_spans([spelt(span) for span in spans]).SerializeToString()
