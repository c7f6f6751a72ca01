"""Where a referral was written, how fresh that is, what it was copied from, and what it said that no field holds."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from contracts.model import Code, Line, Part, Text


class Freshness(StrEnum):
    """How often a source draws the data it sends: what a hub reads may be that much older than its sending."""

    AT_ONCE = "at_once"
    NIGHTLY = "nightly"
    WEEKLY = "weekly"
    BY_HAND = "by_hand"


class SourceRef(Part):
    """Where this referral was written (rules 2.6)."""

    system: Code
    form: Code | None = None
    record_id: Line | None = None
    submitted_at: datetime | None = None
    data_as_of: date | None = Field(default=None, description="the day the source's own data was drawn")
    freshness: Freshness | None = Field(default=None, description="how old the data of this source may be")
    hub_received_at: datetime | None = Field(default=None, description="KE-T02")
    district_received_at: datetime | None = Field(default=None, description="KE-T01")
    language: Code | None = None
    test: bool = False


class OtherAnswer(Part):
    """A question nobody mapped, in the sender's words: never lost to the hub (settled 37)."""

    question: Line
    answer: Text
    pointer: Line | None = None


class Provenance(Part):
    """Where a part of this referral was copied from (KE-C12, KE L146)."""

    pointer: Line
    copied_from: Line
    on_date: date | None = None
    by: Line | None = None
