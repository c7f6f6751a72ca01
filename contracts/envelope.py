"""What a hub is told at once of a referral that waits for a person: all but who it is about (settled 43)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from contracts.model import Code, Line, Part, Text


class Waiting(Part):
    """One child's part of it, and what it waits for."""

    age_band: Line = Field(
        description='"under 5", "5 to 10", "11 to 15", "16 to 17", "18 or over", "unborn"; "" unknown'
    )
    waits_for: tuple[Line, ...] = Field(description="classes of hold, in words")
    why: tuple[Text, ...] = Field(description="the rules that hold it, in words")
    urgent: bool = Field(description="something may mean harm")


class EnvelopeBody(Part):
    """One envelope to one hub. Canonical JSON: sorted keys, no spaces, UTF-8. It names nobody of the family.

    reference  our id; quote it
    since      when it was received here
    ring       whom to ask, by role and agency; telephone: theirs, "" if they gave none
    """

    schema_version: Literal["1"] = "1"
    kind: Literal["envelope"] = "envelope"
    reference: Line
    council: Code
    hub: Code
    test: bool = Field(description="a test: nobody is to act on it (settled 53)")
    sender: Line
    purpose: Code
    since: datetime
    waiting: tuple[Waiting, ...]
    ring: Line
    telephone: Line
    says: Text
    emergency: Text
