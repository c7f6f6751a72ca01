"""Writes the body of one message to one hub: safety first, then what may go, then that something did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson

from contracts.council import HubSettings
from contracts.decision import Decision, Outcome
from contracts.people import Person
from contracts.referral import Referral
from gateway.path.dues import Due
from gateway.path.freshness import freshness
from gateway.path.labels import NO_LABELS, Labels
from gateway.path.protection import covering
from gateway.path.withholding import Shown

HARM: Final[Mapping[str, str]] = {
    "none_declared": "The sender declared no concern about harm.",
    "not_asked": "Nobody was asked about harm.",
    "possible": "Something here may mean harm. Nobody has ruled it out.",
    "significant": "The sender says that a child may suffer significant harm.",
    "immediate": "The sender says that somebody is in danger now.",
}
"""What a hub reads of each answer. No answer is never "none" (settled 31)."""

SECTORS: Final[Mapping[str, str]] = (
    dict.fromkeys(("E1", "E2", "N1", "N2"), "early years")
    | dict.fromkeys(("R", "1", "2", "3", "4", "5", "6"), "primary")
    | dict.fromkeys(("7", "8", "9", "10", "11"), "secondary")
    | dict.fromkeys(("12", "13", "14"), "post-16")
)
"""CBDS national curriculum year → sector."""

BANDS: Final = ((5, "under 5"), (11, "5 to 10"), (16, "11 to 15"), (18, "16 to 17"))
"""Age below which a band applies, and its name; above them all it is `18 or over`."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the message says besides the referral.

    reference  our id, which the hub quotes
    on         the day it is made, in London
    ask        whom to ask about what was not sent: "the safeguarding lead of Elm School on 01632 960001"
    labels     the council's own words
    flags      sentences that sender and recipient both see
    due        by when the council's document wants something done
    """

    reference: str
    on: date
    ask: str = "the sender"
    flags: tuple[str, ...] = ()
    urgent: bool = False
    labels: Labels = NO_LABELS
    due: tuple[Due, ...] = ()


def body(
    referral: Referral,
    decision: Decision,
    hub: HubSettings,
    told: Told,
    kept: dict[str, Any],
    about: Sequence[Mapping[str, Any]],
    *,
    ring: bool,
    partial: bool,
) -> bytes:
    """The message as canonical JSON (RFC 8785). Its shape is `contracts.payload.PayloadBody`.

    ring     somebody who may have harmed a child is not in the copy: the hub must speak to a person first
    partial  something was not sent
    """
    whole: dict[str, Any] = {
        "schema_version": "1",
        "reference": told.reference,
        "council": referral.council,
        "hub": hub.name,
        "outcome": decision.outcome.value,
        "urgent": told.urgent,
        "test": referral.source.test,
        "flags": list(told.flags),
        "safety": _safety(referral, decision, told, ring),
        "other_answers": kept.pop("other_answers", []),
        "referral": kept,
        "withheld": f"Some information was not sent. Ask {told.ask}." if partial else "",
    }
    if called := _called(kept, told.labels):
        whole["labels"] = called
    if about:
        whole["about"] = list(about)
    if told.due:
        whole["due"] = [_due(one, partial) for one in told.due]
    if fresh := freshness(referral.source):
        whole["freshness"] = fresh
    return orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)


def addressed(written: bytes, delivery: str) -> bytes:
    """A message with the id of its delivery, and how the hub's system says what became of it.

    The name sorts last, so that nothing before it is read or written again.
    """
    at = f"/v1/deliveries/{delivery}"
    answer = {"delivery": delivery, "events": f"{at}/events", "outcome": f"{at}/outcome"}
    return written[:-1] + b"," + orjson.dumps({"your_answer": answer})[1:]


def about(referral: Referral, shown: Sequence[Shown], on: date) -> list[dict[str, Any]]:
    """All that a nameless enquiry says of people: a child's age band and sector, a carer's role (governance 1.6)."""
    told: list[dict[str, Any]] = []
    for person, one in zip(referral.people, shown, strict=True):
        if one.kind == "child":
            told.append({"roles": ["child"], **_child(person, on)})
        elif one.kind == "carer":
            told.append({"roles": ["parent"]})
    return told


def _called(kept: Mapping[str, Any], labels: Labels) -> dict[str, str]:
    """The council's own words for what the copy holds: who leads, and the level (rules 3.1, 10.1 row 17)."""
    called: dict[str, str] = {}
    if labels.lead and any(each.get("lead") for each in kept.get("professionals", ())):
        called["lead"] = labels.lead
    if labels.level and kept.get("level", {}).get("canonical"):
        called["level"] = labels.level
    return called


def _due(due: Due, partial: bool) -> dict[str, Any]:
    """One due date. What only the sender said stays unsaid where not all of what they said was sent."""
    said: dict[str, Any] = {"what": due.what, "within": due.within, "since": due.since}
    if due.by is not None and not (partial and due.stated):
        said["by"] = datetime.fromtimestamp(due.by / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return said


def age_on(born: date, day: date) -> int:
    """Age in whole years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def age_band(person: Person, on: date) -> str:
    """A child's age as a nameless copy gives it, "" if nobody knows it."""
    stated = (person.age_as_stated or "").strip()
    if person.date_of_birth is not None:
        return _band(age_on(person.date_of_birth, on))
    if stated.isdecimal() and len(stated) < 3:
        return _band(int(stated))
    return "unborn" if person.unborn else ""


def _child(person: Person, on: date) -> dict[str, str]:
    band = age_band(person, on)
    said = {"age_band": band} if band else {}
    year = person.education.year_group if person.education else None
    if year is not None and year in SECTORS:
        said["sector"] = SECTORS[year]
    return said


def _band(age: int) -> str:
    return next((band for below, band in BANDS if age < below), "18 or over")


def _safety(referral: Referral, decision: Decision, told: Told, ring: bool) -> dict[str, Any]:
    harm = referral.harm.level.value if referral.harm.level else "not_asked"
    said: dict[str, Any] = {"harm": harm, "says": HARM[harm], "protection": []}
    if decision.outcome is not Outcome.ADVICE_ONLY:
        said["protection"] = sorted({flag.value for flags in covering(referral) for flag in flags})
    if ring:
        said["ring"] = f"Ring {told.ask} before anybody contacts the family."
    return said
