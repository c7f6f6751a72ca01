"""What a process counts and what the store holds, as Prometheus reads them: never an id, a name or a word of a family.

Labels are council, hub, state, outcome and result, and what they may hold is configuration or a code. What the store
holds reads the same from every process; what is counted is each process's own, and a scrape of all of them adds up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, Connection, func, select

from contracts.errors import StoreUnavailable
from gateway.store.restored import restored_in
from gateway.store.tables import (
    CHECKPOINT,
    CLOCK,
    CLOCK_RUNS,
    DECISION,
    DECISION_OPEN,
    DELIVERY,
    DELIVERY_OPEN,
    ENTRY,
    WITNESSED,
)

if TYPE_CHECKING:
    from gateway.flows.delivery.settle import Settled
    from gateway.flows.gateway import Gateway

LABELS: Final = frozenset({"council", "hub", "state", "outcome", "result"})
"""The only labels there are."""

disable_created_metrics()  # type: ignore[no-untyped-call]

_DELIVERIES: Final = (
    select(DELIVERY.c.hub, DELIVERY.c.state, func.count(), func.min(DELIVERY.c.at))
    .where(DELIVERY_OPEN)
    .group_by(DELIVERY.c.hub, DELIVERY.c.state)
)
_HOLDS: Final = (
    select(DECISION.c.outcome, func.count(), func.min(DECISION.c.at)).where(DECISION_OPEN).group_by(DECISION.c.outcome)
)
_CLOCKS: Final = select(func.count(), func.count().filter(CLOCK.c.rung > 0)).where(CLOCK_RUNS)
_UNSEALED: Final = select(func.min(ENTRY.c.ts)).where(ENTRY.c.idx.is_(None))
_SEALED: Final = select(func.max(CHECKPOINT.c.size))
_WITNESSED: Final = select(func.max(WITNESSED.c.size))
_UNWITNESSED: Final = select(func.min(CHECKPOINT.c.at))


class Measures:
    """What one process counts as it works. `registry` is what Prometheus is shown."""

    def __init__(self) -> None:
        self.registry: Final = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._attempts: Final = Counter(
            "gateway_attempts", "Attempts to deliver, by what each came to.", ("council", "hub", "result"),
            registry=self.registry,
        )  # fmt: skip
        self._batch: Final = Histogram(
            "gateway_writer_batch_items", "Writes that one transaction held.", registry=self.registry,
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
        )  # fmt: skip
        self._commit: Final = Histogram(
            "gateway_writer_commit_seconds", "Seconds from a batch's first statement to its commit.",
            registry=self.registry, buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        )  # fmt: skip

    def attempted(self, settled: Sequence[Settled]) -> None:
        """Count what attempts came to."""
        for one in settled:
            self._attempts.labels(one.council, one.hub, one.attempt.result.value).inc()

    def committed(self, items: int, seconds: float) -> None:
        """Count one transaction of the writer. From the writer's thread."""
        self._batch.observe(items)
        self._commit.observe(seconds)

    def show(self, gateway: Gateway) -> None:
        """Have the store's own state shown as well."""
        self.registry.register(_Store(gateway))


class _Store(Collector):
    """Reads the store each time it is asked. A store that does not answer is told as such, and nothing else of it."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing beforehand: the store is not read to register."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every gauge of every council."""
        up = GaugeMetricFamily("gateway_store_up", "Whether the store answers.")
        gauges = _Gauges(bool(self._gateway.settings.witnesses))
        try:
            for council in self._gateway.catalogue.councils:
                with self._gateway.store.read(council) as connection:
                    gauges.read(connection, council, self._gateway.now())
            up.add_metric((), 1)
            yield from gauges.all
        except StoreUnavailable:
            up.add_metric((), 0)
        yield up
        yield _per_council("gateway_record_not_sealing", "Records that cannot be signed.", self._gateway.sealer.alarms)


class _Gauges:
    """One reading of the store. `witnessed`: whether there are witnesses to wait for."""

    def __init__(self, witnessed: bool) -> None:
        hub, hold = ("council", "hub", "state"), ("council", "outcome")
        self.open = GaugeMetricFamily("gateway_deliveries_open", "Deliveries that have not ended.", labels=hub)
        self.age = GaugeMetricFamily("gateway_deliveries_oldest_seconds", "Age of the oldest of them.", labels=hub)
        self.holds = GaugeMetricFamily("gateway_holds_open", "Decisions that wait for a named person.", labels=hold)
        self.held = GaugeMetricFamily("gateway_holds_oldest_seconds", "Age of the oldest of them.", labels=hold)
        self.clocks = _gauge("gateway_clocks_running", "Clocks of holds, tasks and silence.")
        self.alarms = _gauge("gateway_alarms_rung", "Of those, how many have rung.")
        self.unsealed = _gauge("gateway_record_unsealed_seconds", "Age of the oldest entry that is not signed for.")
        self.unwitnessed = _gauge(
            "gateway_record_unwitnessed_seconds", "Age of the oldest checkpoint that no witness has signed."
        )
        self.entries = _gauge("gateway_record_entries", "Entries that are signed for.")
        self.sending = GaugeMetricFamily("gateway_sending_held", "1 while nothing is sent because of a restore.")
        self._told, self._witnessed = False, witnessed

    @property
    def all(self) -> tuple[GaugeMetricFamily, ...]:
        """Each of them."""
        return (
            self.open, self.age, self.holds, self.held, self.clocks, self.alarms, self.unsealed, self.unwitnessed,
            self.entries, self.sending,
        )  # fmt: skip

    def read(self, connection: Connection, council: str, now: int) -> None:
        """Add one council's. `now` in ms UTC."""
        if not self._told:
            self._told, known = True, restored_in(connection)
            self.sending.add_metric((), float(known is not None and known.holds))
        for hub, state, count, oldest in _each(connection, _DELIVERIES, DELIVERY.c.council == council):
            self.open.add_metric((council, hub, state), count)
            self.age.add_metric((council, hub, state), _seconds(now, oldest))
        for outcome, count, oldest in _each(connection, _HOLDS, DECISION.c.council == council):
            self.holds.add_metric((council, outcome), count)
            self.held.add_metric((council, outcome), _seconds(now, oldest))
        for running, rung in _each(connection, _CLOCKS, CLOCK.c.council == council):
            self.clocks.add_metric((council,), running)
            self.alarms.add_metric((council,), rung)
        waiting = connection.scalar(_UNSEALED.where(ENTRY.c.council == council))
        self.unsealed.add_metric((council,), _seconds(now, waiting))
        ours = CHECKPOINT.c.council == council
        self.entries.add_metric((council,), connection.scalar(_SEALED.where(ours)) or 0)
        if self._witnessed:
            seen = connection.scalar(_WITNESSED.where(WITNESSED.c.council == council)) or 0
            oldest = connection.scalar(_UNWITNESSED.where(ours, CHECKPOINT.c.size > seen))
            self.unwitnessed.add_metric((council,), _seconds(now, oldest))


def _each(connection: Connection, statement: Any, where: ColumnElement[bool]) -> Iterator[Any]:
    yield from connection.execute(statement.where(where))


def _gauge(name: str, say: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, say, labels=("council",))


def _per_council(name: str, say: str, councils: Iterable[str]) -> GaugeMetricFamily:
    gauge = _gauge(name, say)
    for council in councils:
        gauge.add_metric((council,), 1)
    return gauge


def _seconds(now: int, since: int | None) -> float:
    return 0.0 if since is None else max(0, now - since) / 1000
