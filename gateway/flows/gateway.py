"""What every flow is handed: the catalogue, the store, the keys and the clock, built once by `gateway.main`."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from contracts.council import Council
from contracts.errors import NotFound
from gateway.config.catalogue import Catalogue
from gateway.config.policy import Policy
from gateway.flows.access import Caller
from gateway.flows.inforce import InForce
from gateway.flows.mapping.sources import Reader
from gateway.flows.measures import Measures
from gateway.flows.traces import Traces
from gateway.path.course import Rules
from gateway.settings import Settings
from gateway.store.chance import salt
from gateway.store.engine import Opened
from gateway.store.keys import CouncilKeys
from gateway.store.sealer import Sealer
from gateway.store.writer import Writer

if TYPE_CHECKING:
    from gateway.flows.submissions.prepared import Prepared
    from gateway.flows.submissions.sent import Sent


def _now() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Gateway:
    """One running gateway.

    callers  SHA-256 of a key → whom it belongs to
    wake     tells the forwarder that something is due
    cut      ends what is being sent of one referral (P12)
    colleague works out elsewhere what was sent, or answers None (`submissions.colleague`); None where there is nobody
    now      ms UTC
    salt     32 random bytes for a section of the record
    measures what this process counts
    traces   what it did and how long that took; kept nowhere unless a collector is told (`flows.operations.telemetry`)
    """

    settings: Settings
    catalogue: Catalogue
    reader: Reader
    rules: Mapping[str, Rules]
    store: Opened
    writer: Writer
    sealer: Sealer
    keys: Mapping[str, CouncilKeys]
    callers: Mapping[str, Caller]
    wake: Callable[[], None] = field(default=lambda: None)
    cut: Callable[[str], int] = field(default=lambda referral: 0)
    colleague: Callable[[Sent], Awaitable[Prepared | None]] | None = None
    now: Callable[[], int] = field(default=_now)
    salt: Callable[[], bytes] = field(default=salt)
    measures: Measures = field(default_factory=Measures)
    traces: Traces = field(default_factory=Traces)

    def council(self, name: str) -> Council:
        """A council this gateway serves. Raises NotFound."""
        try:
            return self.catalogue.councils[name]
        except KeyError:
            raise NotFound("This gateway serves no council of that name.") from None

    def policy_of(self, council: str, digest: str) -> Policy:
        """The sharing policy that an earlier decision names: its words stay those it was decided by."""
        rules = self.rules
        return rules.of(council, digest).policy if isinstance(rules, InForce) else rules[council].policy

    def policy(self, council: str) -> Policy:
        """The sharing policy in force for a council."""
        return self.rules[council].policy

    def has_published(self, council: str) -> bool:
        """Whether a council decides by a policy that it published."""
        return isinstance(self.rules, InForce) and self.rules.published(council)
