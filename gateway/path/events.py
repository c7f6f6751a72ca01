"""What the gateway sees happen by itself when it decides, and when: events that start and stop a council's timers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from contracts.council import HubSettings
from contracts.decision import Decision
from contracts.referral import Purpose, Referral
from gateway.path.calendar import start_of

FOLLOWS: Final = "signed_form_to_follow"
"""The flag of what was shared on the word that a signed form comes later (TH-C05)."""

_ASSESSED: Final = "eha"


@dataclass(frozen=True, slots=True)
class Seen:
    """One event, and when it happened in ms UTC.

    stated  whether the sender said when, so that the instant itself is part of the referral
    """

    event: str
    at: int
    stated: bool = False


def seen(
    referral: Referral,
    decided: Iterable[tuple[Decision, HubSettings | None]],
    now: int,
    before: Mapping[str, int] = MappingProxyType({}),
) -> tuple[Seen, ...]:
    """What this referral and its decisions show. An event happens once: `before` says when those seen earlier did.

    What the sender says of the future has not happened yet, so it counts from `now`, in ms UTC.
    """
    sent = [(decision, hub) for decision, hub in decided if hub is not None and decision.outcome.sends]
    found: dict[str, Seen] = {}

    def add(event: str, stated: int | None = None) -> None:
        at = before.get(event, now) if stated is None else min(stated, now)
        found[event] = Seen(event, at, stated is not None)

    spoke = referral.harm.first_contact_at
    rang = int(spoke.timestamp() * 1000) if spoke is not None else None
    if rang is not None:
        add("first_contact", rang)
    if any(hub.front_door for _, hub in sent):
        add("contact_to_front_door", rang)
    if sent and referral.purpose is Purpose.STEP_DOWN:
        add("stepped_down", _start(referral.step_down.stepped_down_on if referral.step_down else None))
    if any(o.kind == "flag" and o.code == FOLLOWS for decision, _ in sent for o in decision.obligations):
        add("shared_without_signed_form")
    days = [one.completed_on for one in referral.assessments if one.kind == _ASSESSED and one.completed_on]
    if days:
        add("assessment_completed", _start(max(days)))
    return tuple(found.values())


def _start(day: date | None) -> int | None:
    return start_of(day) if day is not None else None
