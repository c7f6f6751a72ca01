"""What people may ask about what is kept of them: by when each is answered, what stops its time, how it may end.

One calendar month, or the working day after it (UK GDPR Articles 12 and 12A); a complaint is acknowledged within 30
days, the day it came counted as the first (Data Protection Act 2018, section 164A).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from contracts.council import Hours
from gateway.path.calendar import add_months, is_working_day, next_working_day

CLOCK: Final = "right"
"""Kinds of clock begin so; what follows is the kind of request, or `progress`."""
PROGRESS: Final = "progress"
OWNER: Final = "ig_lead"
TELLS: Final = ("data_protection_officer",)

_IDENTITY: Final = "identity"
_BACK: Final = {"taken_back": "They took it back"}


@dataclass(frozen=True, slots=True)
class Right:
    """One kind of request.

    title, law  in words; stops: keys of STOPS; outcomes: code → in words
    pauses      whether nothing but safeguarding is sent about this person while it is open
    """

    title: str
    law: str
    outcomes: Mapping[str, str]
    stops: tuple[str, ...] = (_IDENTITY, "fee")
    pauses: bool = False


KINDS: Final[Mapping[str, Right]] = {
    "access": Right(
        "See what is kept about them",
        "UK GDPR Article 15",
        {
            "given": "Everything was given",
            "given_in_part": "Given, and something was left out",
            "nothing_kept": "Nothing is kept about them",
            "refused": "Refused",
        }
        | _BACK,
        (_IDENTITY, "clarification", "fee"),
    ),
    "rectification": Right(
        "Put right what is wrong",
        "UK GDPR Article 16",
        {
            "put_right": "Put right",
            "put_right_in_part": "Put right in part",
            "not_wrong": "It is not wrong; what they say is kept beside it",
            "refused": "Refused",
        }
        | _BACK,
    ),
    "objection": Right(
        "Stop using it",
        "UK GDPR Article 21",
        {"upheld": "Upheld: nothing more is sent for Early Help", "not_upheld": "Not upheld: it goes on"} | _BACK,
        pauses=True,
    ),
    "restriction": Right(
        "Keep it, and do not use it",
        "UK GDPR Article 18",
        {"restricted": "Restricted: nothing more is sent for Early Help", "refused": "Refused: it goes on"} | _BACK,
        pauses=True,
    ),
    "erasure": Right(
        "Delete it",
        "UK GDPR Article 17",
        {
            "erased": "Deleted",
            "erased_in_part": "Deleted in part",
            "refused": "Refused: the council must keep it",
        }
        | _BACK,
    ),
    "complaint": Right(
        "Complain",
        "Data Protection Act 2018, section 164A",
        {"upheld": "Upheld", "upheld_in_part": "Upheld in part", "not_upheld": "Not upheld"} | _BACK,
        (),
    ),
}
"""Kind → what it is."""

STOPS: Final[Mapping[str, str]] = {
    _IDENTITY: "Waits for proof of who they are",
    "clarification": "Waits to hear what they are looking for",
    "fee": "Waits for a fee that may be asked for",
}
"""Why the time of a request stands still (Article 12A)."""

STAYS: Final = ("upheld", "restricted")
"""Outcomes of a kind that pauses after which it goes on pausing, until somebody lifts it."""
LIFTED: Final = "lifted"
PAUSING: Final = tuple(kind for kind, right in KINDS.items() if right.pauses)


def outcome_words(kind: str, outcome: str) -> str:
    """How it ended, in words; "" while it is open."""
    return "Lifted: it goes on" if outcome == LIFTED else KINDS[kind].outcomes.get(outcome, "")


def due(kind: str, received: date, hours: Hours) -> date:
    """The last day on which a request that came on this day is answered, or a complaint acknowledged."""
    if kind == "complaint":
        return received + timedelta(days=29)
    return worked(add_months(received, 1), hours)


def extended(received: date, stood: int, hours: Hours) -> date:
    """The last day where two months more are taken. stood: days that its time stood still."""
    return worked(add_months(received, 3) + timedelta(days=stood), hours)


def worked(day: date, hours: Hours) -> date:
    """That day, or the first after it on which the council works."""
    return day if is_working_day(day, hours) else next_working_day(day, hours)


def say_of(code: str) -> tuple[str, str]:
    """What a clock of this code waits for, and what is to be done."""
    if code == PROGRESS:
        return (
            "Somebody who complained has not heard how it goes.",
            "Tell them how it goes, and write that down; or end it.",
        )
    if code == "complaint":
        return (
            "A complaint has not been acknowledged.",
            "Acknowledge it in writing, and write down that you did.",
        )
    return (
        f"Somebody's request has not been answered: {KINDS[code].title.lower()}.",
        "Answer it, or write down why its time stands still or is longer.",
    )
