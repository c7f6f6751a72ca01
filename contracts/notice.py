"""A notice: what a hub is told of something it was sent before, and what it must do about it (settled 15, P12)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from contracts.model import Code, Line, Part, Text
from contracts.payload import HowToAnswer


class NoticeBody(Part):
    """One notice to one hub: our reference and nothing else that could say who it is about.

    reference   our id of the referral, as on what was sent
    about       withdrawal: the family no longer agrees. agreement_changed: it agrees to less than it did.
                correction: a newer version stands, its id is `newer`. error: it should not have been sent.
    deliveries  ids of the messages that are meant
    take_back   those of them that rest on the family's agreement: where the hub has not taken one from a folder of its
                own, we take it away again. A safeguarding contact is never among them
    """

    schema_version: Literal["1"] = "1"
    kind: Literal["notice"] = "notice"
    reference: Line
    council: Code
    hub: Code
    about: Literal["withdrawal", "agreement_changed", "correction", "error"]
    test: bool = Field(description="a test: nobody is to act on it (settled 53)")
    says: Text
    do: Text = Field(description="what must be done, in words")
    by: datetime = Field(description="when it must be acknowledged at the latest")
    newer: Line = Field(default="", description="reference of the version that stands now; empty if none follows")
    deliveries: tuple[Line, ...] = ()
    take_back: tuple[Line, ...] = ()
    your_answer: HowToAnswer | None = None
