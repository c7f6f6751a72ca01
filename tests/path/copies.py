"""Makes one hub's copy of an invented referral, and reads what is in it: for every test of trimming."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from contracts.council import HubSettings
from contracts.decision import Candidate, Decision, Facts, Outcome, Payload
from contracts.referral import Referral
from gateway.config.groups import load_groups
from gateway.config.published import schemas
from gateway.config.screens import load_screens
from gateway.path.groups import groups_for
from gateway.path.payload import Told
from gateway.path.screening import Screening, screen
from gateway.path.trimming import trim
from gateway.path.withholding import Terms
from tests.builders import a_hub

MAPPINGS = Path(__file__).parents[2] / "mappings"
GROUPING = load_groups(MAPPINGS / "sharing" / "groups.yaml")
SCREENS = load_screens(MAPPINGS / "screens.yaml")
TOLD = Told("R-1", date(2026, 11, 2), "the office of Invented Primary School on 020 7946 0123", ("A flag.",))
HUB = a_hub(groups={})
VALID = Draft202012Validator(json.loads(schemas()["payload.json"]))
OUTCOMES = (Outcome.SHARE, Outcome.SHARE_MINIMISED, Outcome.ADVICE_ONLY, Outcome.DIVERT)


def decided(
    referral: Referral, outcome: Outcome, hub: HubSettings = HUB, subject: str = "child", **facts: str
) -> Decision:
    values = Facts({"agreement": "in_scope", "narrative": "needs_reading", "human": "none"} | facts)
    groups = groups_for(GROUPING, outcome, hub, values, referral, {"school_attendance": ()})
    candidate = Candidate(subject, hub.name, "early_help", "right_hub", "")
    return Decision(candidate, outcome, hub.name, values, (), (), (), groups, "0" * 64)


def sent(
    referral: Referral,
    outcome: Outcome = Outcome.SHARE,
    hub: HubSettings = HUB,
    screening: Screening | None = None,
    subject: str = "child",
    subjects: tuple[str, ...] = (),
    **facts: str,
) -> Payload:
    seen = screen(referral, SCREENS) if screening is None else screening
    decision = decided(referral, outcome, hub, subject, **facts)
    return trim(referral, decision, hub, Terms(GROUPING, SCREENS, seen), TOLD, subjects)


def body(payload: Payload) -> dict[str, Any]:
    return json.loads(payload.body)


def referral_of(payload: Payload) -> dict[str, Any]:
    return body(payload)["referral"]


def why(payload: Payload) -> dict[str, tuple[str, str]]:
    return {one.pointer: (one.reason, one.rule) for one in payload.withheld}


def person_of(payload: Payload, name: str) -> dict[str, Any] | None:
    return next((person for person in referral_of(payload).get("people", ()) if person.get("id") == name), None)


def a_brother(**changes: Any) -> dict[str, Any]:
    return {
        "id": "brother",
        "roles": ["sibling"],
        "first_name": "Tolly",
        "date_of_birth": "2014-11-03",
        "education": {"setting_name": "Elsewhere School"},
    } | changes


def an_uncle(**changes: Any) -> dict[str, Any]:
    return {"id": "uncle", "roles": ["alleged_harm"], "first_name": "Corvin", "surname": "Thackwray"} | changes
