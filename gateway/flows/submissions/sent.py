"""What one sender sent once, and what it is told."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.flows.access import Caller


@dataclass(frozen=True, slots=True)
class Confirmed:
    """That a person looked at these children, one by one, and means each of them (settled 55).

    by        who, as the sender names them
    children  the tokens that `confirming` gave for their records
    """

    by: str
    children: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sent:
    """What one sender sent once.

    key   its idempotency key
    name  of the file, if it came as one: it never travels further than the reader
    corrects  id of the referral it is a corrected version of, as the sender named it; "" for none
    """

    caller: Caller
    council: str
    source: str
    key: str
    content: bytes
    content_type: str
    name: str = ""
    confirmed: Confirmed | None = None
    corrects: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told. `replayed`: it was told the same before, and nothing happened now."""

    status: int
    body: bytes
    replayed: bool = False
