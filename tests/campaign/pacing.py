"""O15: no message is tried earlier or more often than its schedule says, however often what sends it is restarted."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.campaign.stored import Row, Stored

_SECOND: Final = 1_000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_HOURS: Final = (2, 5, 10, 14, 20, 24, 24, 24)

LADDER: Final = (5 * _SECOND, _MINUTE, 5 * _MINUTE, 30 * _MINUTE, *(hours * _HOUR for hours in _HOURS))
"""Milliseconds that the schedule says between one try and the next, at least: written down here once more."""
AFTER_LOSS: Final = (5 * _SECOND, _MINUTE, 5 * _MINUTE)
"""The same, after tries that we lost ourselves; the last of them ever after."""
OURS: Final = frozenset({"worker_lost", "worker_failed", "stopped", "permit_spent"})
"""Why codes of those."""
JITTER: Final = 0.2
"""Share by which a wait may be longer."""
SLACK: Final = 100
"""Milliseconds by which two clocks of one machine may differ."""

TRIP: Final = 5
"""Failures in a row after which a hub is known to be down."""
BETWEEN: Final = 500
"""Milliseconds between tries at it from then on, at least."""
SLOTS: Final = 32
"""Messages on their way to one hub at once, in a demonstration."""
BEFORE_ANYTHING: Final = 2
"""How urgent a divert is: it does not wait for a hub to recover."""


@dataclass(slots=True)
class Storm:
    """What a storm did, ms UTC.

    restarts  when nothing of the gateway was left; down: from when to when its hubs took nothing
    queued    deliveries that waited when it began
    """

    restarts: list[int] = field(default_factory=list)
    down: tuple[int, int] = (0, 0)
    queued: int = 0


@dataclass(slots=True)
class _Course:
    """How far up its schedule one message is.

    opens    ms UTC before which it is not tried, but once at each step when its hub is back
    planned  when it would have been, had it not been brought forward; hurried: the step at which it last was
    doubtful it was tried within the jitter of its wait, just after its hub came back: on time or brought forward
    """

    rungs: int = 0
    lost: int = 0
    waited: int = 0
    opens: int = 0
    planned: int | None = None
    hurried: int = 0
    doubtful: bool = False

    def may(self, at: int, back: bool) -> bool:
        """Whether it may be tried at this instant. back: its hub took something since the last try."""
        hurries = back and self.rungs > self.hurried
        if at + SLACK >= self.opens:
            self.doubtful = hurries and at < self.opens + self.waited * JITTER
            return True
        if hurries:
            self.planned, self.hurried = self.opens, self.rungs
        return hurries

    def tried(self, attempt: Row) -> None:
        """It was tried, and not delivered."""
        ended, planned = int(attempt["ended_at"]), self.planned
        if attempt["why"] in OURS:
            self.lost += 1
            self._wait(ended, AFTER_LOSS[min(self.lost, len(AFTER_LOSS)) - 1])
            return
        self.lost, self.planned = 0, None
        if planned is not None and planned > ended:
            self.opens, self.waited = planned, 0  # it was brought forward: that used up nothing
        elif self.doubtful:
            self._wait(ended, 0)
        else:
            self.rungs += 1
            self._wait(ended, LADDER[min(self.rungs, len(LADDER)) - 1])
        self.doubtful = False

    def _wait(self, since: int, step: int) -> None:
        self.opens, self.waited = since + step, step


def on_schedule(stored: Stored) -> Iterator[str]:
    """Each message by itself: its tries, each against the one before."""
    attempts = {(row["delivery"], row["fence"]): row for row in stored.rows["attempt"]}
    taken, permits = _taken(stored), stored.by("permit", "delivery")
    for delivery in stored.rows["delivery"]:
        course, name, before = _Course(), f"delivery {delivery['id']}", None
        hub = taken[delivery["council"], delivery["hub"]]
        for n, permit in enumerate(sorted(permits[delivery["id"]], key=lambda row: row["fence"]), 1):
            if before is not None and before["result"] == "delivered":
                yield f"{name} was tried again after it was delivered"
            elif before is not None:
                back = bisect_right(hub, permit["at"] + SLACK) > bisect_right(hub, before["started_at"])
                opens = course.opens
                if not course.may(permit["at"], back):
                    yield f"{name} was tried for the {n}. time {opens - permit['at']} ms before its schedule said"
            before = attempts.get((delivery["id"], permit["fence"]))
            if before is not None and before["result"] != "delivered":
                course.tried(before)


def _taken(stored: Stored) -> dict[tuple[str, str], list[int]]:
    """Council and hub → when something of theirs was taken, ms UTC, oldest first."""
    whose = {row["id"]: (row["council"], row["hub"]) for row in stored.rows["delivery"]}
    taken: dict[tuple[str, str], list[int]] = defaultdict(list)
    for attempt in stored.rows["attempt"]:
        if attempt["result"] == "delivered":
            taken[whose[attempt["delivery"]]].append(attempt["ended_at"])
    for times in taken.values():
        times.sort()
    return taken


def one_at_a_time(stored: Stored, down: tuple[int, int], restarts: Sequence[int]) -> Iterator[str]:
    """A hub known to be down is tried by one message at a time, and a restart does not forget that it is.

    down  ms UTC, from when to when it took nothing; restarts: of the whole gateway, each of which may lose one try
    """
    since, until = down
    whose = {row["id"]: row for row in stored.rows["delivery"] if row["urgent"] != BEFORE_ANYTHING}
    failed, tried = defaultdict(list), defaultdict(list)
    for attempt in stored.rows["attempt"]:
        if attempt["delivery"] in whose and attempt["why"] not in OURS and since <= attempt["ended_at"] <= until:
            failed[_hub(whose[attempt["delivery"]])].append(attempt["ended_at"])
    for permit in stored.rows["permit"]:
        if permit["delivery"] in whose:
            tried[_hub(whose[permit["delivery"]])].append(permit["at"])
    for hub, ended in failed.items():
        if len(ended) < TRIP:
            continue
        known = sorted(ended)[TRIP - 1]
        times = sum(known < at < until for at in tried[hub])
        most = SLOTS + (until - known) // BETWEEN + sum(known < at < until for at in restarts)
        if times > most:
            yield f"{hub} was down and was tried {times} times, and at most {most} were to be expected"


def recovered_first(stored: Stored, restarts: Sequence[int]) -> Iterator[str]:
    """After each restart, what was lost is settled before anything new is permitted. For a store with one worker."""
    order = {entry["rid"]: entry["seq"] for entry in stored.entries}
    permits = sorted((order.get(row["entry"], 0), row["at"]) for row in stored.rows["permit"])
    given = {(row["delivery"], row["fence"]): row["at"] for row in stored.rows["permit"]}
    for attempt in stored.rows["attempt"]:
        at = given.get((attempt["delivery"], attempt["fence"]))
        if attempt["why"] != "worker_lost" or at is None:
            continue
        died = next((when for when in sorted(restarts) if when >= at), None)
        told = order.get(attempt["entry"], 0)
        if died is not None and any(seq < told and died < when for seq, when in permits):
            yield f"delivery {attempt['delivery']} was lost, and something was sent before that was settled"


def _hub(delivery: Row) -> str:
    return f"{delivery['council']}/{delivery['hub']}"
