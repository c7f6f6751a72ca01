"""What comes back after the hand-over, as hubs and senders write it: an event, an outcome, an answer, an agreement."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from contracts.agreement import Agreement, Informed, Notice, SharingLimit
from contracts.model import Code, Line, Part, Text


class EventTold(Part):
    """Something that happened to what a hub was sent (settled 46).

    Words are for the sender, and for nobody else. They are kept back where they hold what somebody protects.
    """

    event: Code = Field(description="a key of contracts.events.TOLD: opened, allocated, more_information_asked, …")
    happened_at: datetime | None = Field(default=None, description="with its offset; when it is left out, now")
    words: Text | None = Field(
        default=None, description="what the sender should read of it; the question that is asked"
    )


class OutcomeTold(Part):
    """What a hub decided about what it was sent. A later one stands instead of an earlier one; both are kept."""

    outcome: Code = Field(description="one that the council's outcomes.yaml lists for this hub: allocated, declined, …")
    happened_at: datetime | None = Field(default=None, description="with its offset; when it is left out, now")
    words: Text | None = Field(default=None, description="the reason, or the advice that is given")
    lead: Line | None = Field(default=None, description="who leads, where the answer names somebody (TH-R07, TH-R08)")


class AnswerTold(Part):
    """A sender's answer to a hub that asked for more information."""

    words: Text
    question: Line | None = Field(
        default=None, description="id of the question; where only one is open, none is needed"
    )


class AgreementTold(Part):
    """What the family said later: it agrees, refuses, takes back, limits, or can now answer for itself.

    A list of sharing limits stands instead of the one before it: an empty one lifts them all.
    """

    agreement: Agreement | None = Field(
        default=None, description="what one person said; it counts with what others said"
    )
    sharing_limits: tuple[SharingLimit, ...] | None = Field(
        default=None, description="HU-C03: what is not to be shared"
    )
    informed: tuple[Informed, ...] = ()
    notices: tuple[Notice, ...] = ()
