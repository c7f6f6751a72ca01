"""Writes the envelope of what waits for a person: what its hub may know at once, and nobody's name (settled 43)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson

from contracts.council import FAMILY, HubSettings
from contracts.decision import Decision, Outcome
from contracts.people import ReferrerKind
from gateway.config.policy import Policy
from gateway.path.calendar import day_of
from gateway.path.course import Course, Matter, Rules
from gateway.path.payload import age_band
from gateway.path.whom import may_be_said, whom_to_ask

SAYS: Final = (
    "A request for Early Help waits for a person, and you may know this much of it. "
    "Do not try to find out who it is about. If you worry, ring whoever sent it."
)
_SEALED: Final = "sealed"
_PROFESSIONALS: Final = (ReferrerKind.PROFESSIONAL, ReferrerKind.SOCIAL_WORKER)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One envelope to one hub. inputs: those of the decisions it tells of (`Decision.inputs`)."""

    hub: HubSettings
    inputs: str
    body: bytes


def envelopes(matter: Matter, courses: Iterable[Course], rules: Rules, since: int) -> tuple[Envelope, ...]:
    """One envelope for each hub that would get what is held. `since` in ms UTC: when it was received.

    None for a sealed file, nor for a nameless enquiry that may name somebody: of these the hub sees nothing (I-302).
    None once the family has taken its agreement back: then nothing more goes (P12). None to a panel on which the
    family sits: why something waits may be what it must not learn (settled 50).
    """
    held: dict[str, list[Course]] = {}
    for course in courses:
        hub, decision = course.hub, course.decision
        if (
            hub is not None
            and FAMILY not in hub.members
            and decision.outcome is Outcome.HOLD
            and _may_be_told(decision)
        ):
            held.setdefault(hub.name, []).append(course)
    return tuple(_envelope(matter, group, rules, since) for group in held.values())


def classes(decision: Decision) -> tuple[str, ...]:
    """The classes of hold that a decision waits in."""
    return tuple(dict.fromkeys(o.code for o in decision.obligations if o.kind == "hold"))


def why_held(decision: Decision) -> tuple[str, ...]:
    """The rules that hold it, in words."""
    return tuple(hit.say for hit in decision.hits if hit.outcome in (Outcome.HOLD, Outcome.RETURN))


def age_of(matter: Matter, subject: str, now: int) -> str:
    """The age band of the child with this id, "" if there is none or nobody knows."""
    return next((age_band(child, day_of(now)) for child in matter.referral.people if child.id == subject), "")


def _may_be_told(decision: Decision) -> bool:
    values = decision.facts.values
    return _SEALED not in classes(decision) and values["path"] != "advice" and values["agreement"] != "withdrawn"


def _envelope(matter: Matter, group: Sequence[Course], rules: Rules, since: int) -> Envelope:
    hub, referrer, streets = group[0].hub, matter.referral.referrer, rules.screens.streets
    assert hub is not None
    phone = referrer.phone or ""
    told = {
        "schema_version": "1",
        "kind": "envelope",
        "reference": matter.reference,
        "council": rules.council.name,
        "hub": hub.name,
        "test": matter.referral.source.test,
        "sender": matter.registration.title if matter.registration else "",
        "purpose": matter.referral.purpose.value,
        "since": datetime.fromtimestamp(since / 1000, UTC),
        "waiting": list(_waiting(matter, group, rules.policy, since)),
        "ring": whom_to_ask(matter.referral, matter.registration.title if matter.registration else "", streets),
        "telephone": phone if referrer.kind in _PROFESSIONALS and may_be_said(matter.referral, phone, streets) else "",
        "says": SAYS,
        "emergency": rules.council.emergency,
    }
    body = orjson.dumps(told, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    return Envelope(hub, group[0].decision.inputs, body)


def _waiting(matter: Matter, group: Sequence[Course], policy: Policy, since: int) -> Iterable[dict[str, object]]:
    said: list[dict[str, object]] = []
    for course in group:
        decision = course.decision
        flags = {o.code for o in decision.obligations if o.kind == "flag"}
        one: dict[str, object] = {
            "age_band": age_of(matter, decision.candidate.subject, since),
            "waits_for": [policy.holds[code].title for code in classes(decision)],
            "why": list(why_held(decision)),
            "urgent": "harm_possible" in flags,
        }
        if one not in said:
            said.append(one)
    return said
