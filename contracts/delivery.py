"""A promise to put something into a hub, and one try at it (settled 5, 12, 13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class DeliveryState(StrEnum):
    """due → sending → delivered | due | uncertain | held | dead; the last three → due | cancelled, by a person."""

    DUE = "due"  # waiting for its time
    SENDING = "sending"  # claimed, with a permit and a lease
    DELIVERED = "delivered"  # the hub acknowledged it
    UNCERTAIN = "uncertain"  # bytes left and nobody said they arrived
    HELD = "held"  # the decision no longer allows it, or the hub's lane is held
    DEAD = "dead"  # refused for good, or the schedule ran out: a person must act
    CANCELLED = "cancelled"  # a person ended it


class Result(StrEnum):
    """What one attempt came to (settled 13)."""

    DELIVERED = "delivered"
    NOT_SENT = "not_sent"  # definitely no content byte left: retry
    REFUSED_FOR_NOW = "refused_for_now"  # 425, 429, 503: retry
    REFUSED = "refused"  # other 4xx, 501: dead letter
    LANE_HELD = "lane_held"  # 401/403, 3xx, 410, bad certificate: nothing more to this hub until a person looks
    UNCERTAIN = "uncertain"


class HubClass(StrEnum):
    """What a hub does with the same message twice (P13). Unknown is C."""

    A = "A"  # drops it: safe to send again
    B = "B"  # can be asked whether it has it
    C = "C"  # neither: a person decides


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to send one delivery once: committed before the first content byte, spent within two seconds (P8)."""

    delivery_id: str
    fence: int
    at: int  # ms UTC
    inputs: str  # digest of what was true (Decision.inputs)
    destination: str  # digest of the hub's address and keys
    attempt: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try and what came of it. Times are ms UTC; retry_after is in seconds, None if the hub named none.

    back  each earlier message whose files were to be taken away again, and what became of them
    """

    delivery_id: str
    fence: int
    n: int
    started_at: int
    ended_at: int
    result: Result
    status: int | None
    why: str
    retry_after: int | None = None
    back: Mapping[str, str] = field(default_factory=dict)
