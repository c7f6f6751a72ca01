"""The body one hub receives: what is sent, in what order of importance, and whom to ask about the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from contracts.model import Code, Line, Part, Text
from contracts.referral import Referral
from contracts.source import OtherAnswer


class Safety(Part):
    """What a worker must know before anything else (settled 31).

    Never says "none": `none_declared` is what the sender declared, `not_asked` is that nobody was asked.
    """

    harm: Code = Field(description="none_declared, not_asked, possible, significant, immediate")
    says: Line = Field(description="the same in a sentence")
    protection: tuple[Code, ...] = Field(description="flags on anybody in the record: address, do_not_inform, sealed")
    ring: Line = Field(default="", description="whom to ring before anybody contacts the family; empty if nobody")


class About(Part):
    """All that a nameless enquiry says of one person (governance 1.6)."""

    roles: tuple[Code, ...]
    age_band: Line | None = None
    sector: Line | None = Field(default=None, description="early years, primary, secondary, post-16")


class Labels(Part):
    """The council's own words for codes of this message (rules 3.1, 10.1 row 17)."""

    lead: Line | None = Field(default=None, description="what this council calls whoever leads")
    level: Line | None = Field(default=None, description="this council's own label of the declared level")


class HowToAnswer(Part):
    """How the hub's own system says what became of a message."""

    delivery: Line = Field(description="our id of this message")
    events: Line = Field(description="path for what happens: opened, allocated, more information asked")
    outcome: Line = Field(default="", description="path for what was decided; empty where nothing is to be decided")


class DueDate(Part):
    """Something that the council's own document wants done by a time. The gateway does none of it (settled 45)."""

    what: Line
    within: Line = Field(description="how long, in the document's own unit: 10 working days")
    since: Line = Field(description="the event it counts from, in words")
    by: datetime | None = Field(default=None, description="when it is due; absent while nobody can say when it began")


class PayloadBody(Part):
    """One message to one hub. Canonical JSON: sorted keys, no spaces, UTF-8.

    reference  our id; quote it
    withheld   "" if all of it was sent; else that something was not, and whom to ask: never what, or why (settled 40)
    """

    schema_version: Literal["1"] = "1"
    reference: Line
    council: Code
    hub: Code
    outcome: Literal["share", "share_minimised", "advice_only", "divert"]
    urgent: bool
    test: bool = Field(description="a test: nobody is to act on it (settled 53)")
    flags: tuple[Text, ...] = Field(description="sentences that sender and recipient both see")
    safety: Safety
    freshness: Line = Field(default="", description="how old what the source sent may be, in words")
    labels: Labels = Field(default=Labels(), description="this council's own words for codes below")
    due: tuple[DueDate, ...] = Field(default=(), description="by when the council's document wants something done")
    about: tuple[About, ...] = Field(default=(), description="only in a nameless enquiry")
    referral: Referral = Field(description="the parts of the canonical referral that this recipient may have")
    other_answers: tuple[OtherAnswer, ...] = Field(description="answers to questions that have no field (settled 37)")
    withheld: Line
    your_answer: HowToAnswer | None = None
