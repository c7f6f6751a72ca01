"""What a process did and how long it took, as spans: names and values from lists written down here, never an id.

A span says that a step was taken, for which council, hub and source, and what came of it. What it may say is closed: a
name or a value that is not listed is not kept, so a careless call, or a sender who chose an address, leaks nothing. No
trace is carried on from a sender or passed to a hub. Spans wait in a queue; when it is full, new ones are dropped.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from contracts.delivery import Result
from contracts.errors import GatewayError

if TYPE_CHECKING:
    from gateway.config.catalogue import Catalogue

NAMES: Final = frozenset(("request", "accept", "read", "decide", "keep", "claim", "send", "settle", "tick"))
"""The only spans there are.

request  one request to the HTTP door, by the template of its route
accept   what was sent once, with in it: read (and mapped), decide (facts, rules, trimming, promises), keep (the commit)
claim    deliveries taken with their permits, with a send for each in it
settle   what attempts came to, kept
tick     a look at the clocks
"""

ATTRIBUTES: Final = frozenset(("council", "hub", "source", "outcome", "result", "route"))
"""The only things a span says."""

OUTCOMES: Final = frozenset(("accepted", "repeated", "rejected"))
"""What became of what was sent."""

OTHER: Final = "other"
"""What is said in place of a value that is not listed: it may be one that a sender chose."""

ROOM: Final = 16_384
"""Spans that wait to be told at most."""

_WITHIN: Final[ContextVar[Span | None]] = ContextVar("_WITHIN", default=None)


@dataclass(slots=True)
class Span:
    """One step. `begun` and `ended` in ns since 1970; `kept` is False for one that is not worth telling."""

    name: str
    trace: int
    number: int
    parent: int
    begun: int
    known: Mapping[str, frozenset[str]] = field(repr=False)
    said: dict[str, str] = field(default_factory=dict)
    ended: int = 0
    failed: bool = False
    kept: bool = True

    def say(self, **attributes: str) -> None:
        """Add what it says. A name that is not listed is dropped, and a value is told as `other`."""
        for name, value in attributes.items():
            if name in ATTRIBUTES:
                self.said[name] = value if value in self.known.get(name, ()) else OTHER


class Traces:
    """The spans of one process. `known`: the values each attribute may have; None where nobody is told of any.

    dropped  spans that found no room since `take` last asked
    """

    def __init__(self, known: Mapping[str, frozenset[str]] | None = None, room: int = ROOM) -> None:
        self._known, self._room = known, room
        self._waiting: deque[Span] = deque()
        self.dropped = 0

    @contextmanager
    def span(self, name: str, **attributes: str) -> Iterator[Span]:
        """A span around what is done meanwhile, within the span it is done in. Raises ValueError for a name not listed.

        What is raised ends it as failed, unless it is the sender's to put right; never by its words.
        """
        if self._known is None:
            yield _NOBODY
            return
        if name not in NAMES:
            raise ValueError(name)
        around, clock = _WITHIN.get(), time.monotonic_ns()
        trace, parent = (around.trace, around.number) if around else (secrets.randbits(128) or 1, 0)
        span = Span(name, trace, secrets.randbits(64) or 1, parent, time.time_ns(), self._known)
        span.say(**attributes)
        before = _WITHIN.set(span)
        try:
            yield span
        except BaseException as error:
            span.failed = not (isinstance(error, GatewayError) and error.status < 500)
            raise
        finally:
            _WITHIN.reset(before)
            span.ended = span.begun + time.monotonic_ns() - clock
            self._keep(span)

    def take(self, most: int) -> tuple[Span, ...]:
        """The spans that have waited longest, which then wait no more."""
        return tuple(self._waiting.popleft() for _ in range(min(most, len(self._waiting))))

    def _keep(self, span: Span) -> None:
        if not span.kept:
            return
        if len(self._waiting) >= self._room:
            self.dropped += 1
            return
        self._waiting.append(span)


def known_in(catalogue: Catalogue) -> dict[str, frozenset[str]]:
    """What spans may say of what is configured, and codes of our own."""
    councils = catalogue.councils.values()
    sources = {source for council in councils for sender in council.senders.values() for source in sender.sources}
    return {
        "council": frozenset(catalogue.councils),
        "hub": frozenset(hub for council in councils for hub in council.hubs),
        "source": frozenset(sources | {"canonical"}),
        "outcome": OUTCOMES,
        "result": frozenset(result.value for result in Result),
    }


_NOBODY: Final = Span("", 0, 0, 0, 0, {}, kept=False)
