"""What the store answers: rows as values, one kind for each table that a door reads.

Times are ms UTC. Each has its table's columns by name, less what no door may show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """What a sender sent once, and the answer it got."""

    id: str
    council: str
    sender: str
    fingerprint: str
    source: str
    state: str
    status: int
    answer: bytes
    raw: str | None
    test: int
    at: int


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """One referral; `filed` is where its content is."""

    id: str
    council: str
    sender: str
    source: str
    submission: str
    version: int
    epoch: int
    filed: str
    facts_by_people: str
    purpose: str
    test: int
    at: int
    supersedes: str | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision about one candidate. `deciding` and `flags` are comma-separated ids."""

    id: str
    referral: str
    version: int
    subject: str
    hub: str
    purpose: str
    outcome: str
    state: str
    deciding: str
    flags: str
    facts: str
    policy: str
    inputs: str
    valid_until: int | None
    delivery: str | None
    entry: str
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One promise to put one payload into one hub."""

    id: str
    seq: int
    referral: str
    hub: str
    kind: str
    urgent: int
    lane: str
    state: str
    due_at: int
    attempts: int
    schedule: str
    hub_class: str
    rungs: int
    lost: int
    early: int
    planned_at: int | None
    passed: int
    fence: int
    lease_until: int | None
    payload: str
    digest: str
    inputs: str
    why: str
    at: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class PermitRow:
    """Leave to send one delivery once."""

    delivery: str
    fence: int
    at: int
    inputs: str
    destination: str
    epoch: int
    attempt: int
    entry: str


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One try at a delivery, and what came of it."""

    delivery: str
    fence: int
    n: int
    started_at: int
    ended_at: int
    result: str
    status: int | None
    why: str
    entry: str


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock: a hold, a timer or an alarm."""

    id: str
    kind: str
    referral: str
    decision: str
    delivery: str
    owner: str
    taken_by: str
    state: str
    rung: int
    started_at: int
    due_at: int
    next_at: int
    ended_at: int | None
    ended_by: str
    why: str
    needed: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One thing that happened after the hand-over. `said` is where what was written beside it is kept."""

    id: str
    referral: str
    delivery: str
    kind: str
    code: str
    by: str
    happened_at: int
    at: int
    said: str
    entry: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry of the record, without its sections. `idx` is None while it waits for its checkpoint."""

    rid: str
    type: str
    ts: int
    referral: str
    idx: int | None


@dataclass(frozen=True, slots=True)
class LaneRow:
    """What is known of one hub's way in."""

    hub: str
    state: str
    why: str
    failures: int
    open_at: int
    at: int
    stopped: str
    until: int | None
    last: int
    diverts: int
    by: str
    said: str


@dataclass(frozen=True, slots=True)
class ReferralView:
    """One referral with all that became of it, each part in the order in which it came about.

    superseded_by  id of the newer version that followed it; "" if none did
    """

    referral: ReferralRow
    submission: SubmissionRow
    decisions: tuple[DecisionRow, ...]
    deliveries: tuple[DeliveryRow, ...]
    permits: tuple[PermitRow, ...]
    attempts: tuple[AttemptRow, ...]
    clocks: tuple[ClockRow, ...]
    events: tuple[EventRow, ...]
    entries: tuple[EntryRow, ...]
    superseded_by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How many rest in one state, and since when the oldest does (ms UTC)."""

    count: int
    oldest: int


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """What rests where (P20). Each is a state or kind → its standing; what is absent is empty.

    deliveries  by state, of those not ended
    held        decisions waiting for a named person, by outcome
    clocks      running and rung clocks, by kind
    unsealed    entries waiting for their checkpoint, by type
    """

    deliveries: Mapping[str, Standing]
    held: Mapping[str, Standing]
    clocks: Mapping[str, Standing]
    unsealed: Mapping[str, Standing]
