"""Invented referrals, councils and senders for every test: a clean one, and whatever the test changes about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel

from contracts.council import Council, DutyRole, HubSettings, Registration, Route
from contracts.council_settings import AgreementTerms, Settings
from contracts.delivery import HubClass
from contracts.referral import Referral

NOW = int(datetime(2026, 11, 2, 10, 0, tzinfo=UTC).timestamp() * 1000)
"""Monday 2 November 2026, 10:00 in London, in ms UTC."""

GROUPS = ("identity", "household", "needs", "narrative", "agreement")


def a_child(**changes: Any) -> dict[str, Any]:
    """A child of 9 on `NOW`, as JSON would give it."""
    return {
        "id": "child",
        "roles": ["child"],
        "first_name": "Maya",
        "surname": "Fernsby",
        "date_of_birth": "2017-03-14",
        "addresses": [{"lines": ["4 Invented Row"], "town": "Testham", "postcode": "ZZ1 1ZZ"}],
    } | changes


def a_mother(**changes: Any) -> dict[str, Any]:
    """Her mother, living with her."""
    return {
        "id": "mother",
        "roles": ["parent"],
        "first_name": "Joan",
        "surname": "Fernsby",
        "phones": [{"number": "07700 900123"}],
        "why_needed": "She asks for the help and agrees to it.",
    } | changes


def an_agreement(**changes: Any) -> dict[str, Any]:
    """The mother's signed agreement of a fortnight before `NOW`."""
    return {
        "giver": "mother",
        "capacity": "parent",
        "holds_parental_responsibility": True,
        "status": "given",
        "form": "signed",
        "on_date": "2026-10-19",
    } | changes


def a_referral(**changes: Any) -> Referral:
    """A complete request for one child, agreed, told and clean. `changes` are top-level fields, plain or as models."""
    fields: dict[str, Any] = {
        "council": "testham",
        "purpose": "request",
        "source": {"system": "canonical", "submitted_at": "2026-11-01T09:00:00Z"},
        "referrer": {"kind": "professional", "name": "Sam Okoro", "agency": "Invented Primary School"},
        "people": [a_child(), a_mother()],
        "relationships": [{"person": "mother", "to": "child", "kind": "PAM", "parental_responsibility": True}],
        "harm": {"level": "none_declared"},
        "reason": "Maya is late most mornings and her mother asks for help with routines.",
        "agreements": [an_agreement()],
        "notices": [{"person": "mother", "given": True, "version": "2026-09", "on_date": "2026-10-19"}],
    }
    return Referral.model_validate_json(json.dumps(fields | changes, default=_plain))


def a_hub(**changes: Any) -> HubSettings:
    """An Early Help hub on a stub address."""
    fields: dict[str, Any] = {
        "name": "early_help",
        "title": "Testham Early Help Hub",
        "adapter": "webhook",
        "url": "https://early-help.example/referrals",
        "hub_class": HubClass.A,
        "confirmed": True,
        "secrets": ("testham_early_help",),
        "groups": dict.fromkeys(("share", "share_minimised", "advice_only", "divert"), GROUPS),
        "purposes": ("request", "general_enquiry", "consultation", "step_down", "redirect"),
        "telephone": "020 7946 0100",
    }
    return HubSettings(**(fields | changes))


def a_front_door(**changes: Any) -> HubSettings:
    """The safeguarding front door of the same council."""
    fields: dict[str, Any] = {
        "name": "front_door",
        "title": "Testham Front Door",
        "url": "https://front-door.example/contacts",
        "secrets": ("testham_front_door",),
        "purposes": ("safeguarding", "step_up"),
        "telephone": "020 7946 0111",
        "out_of_hours": "020 7946 0999",
        "front_door": True,
    }
    return a_hub(**(fields | changes))


def a_council(**changes: Any) -> Council:
    """A council with one hub, one front door and one sender."""
    fields: dict[str, Any] = {
        "name": "testham",
        "title": "Testham",
        "gss": "E09000099",
        "hubs": {hub.name: hub for hub in (a_hub(), a_front_door())},
        "routes": (
            Route("TX-R01", {"purpose": ("request", "step_down", "redirect")}, "early_help", "Requests go to the hub."),
            Route("TX-R02", {"purpose": ("general_enquiry", "consultation")}, "early_help", "So do enquiries."),
            Route("TX-R03", {"purpose": ("safeguarding", "step_up")}, "front_door", "Safety goes to the front door."),
        ),
        "settings": Settings(
            agreement={"any": AgreementTerms()},
            advice=("general_enquiry",),
            duty_16la_from=date(2026, 9, 30),
        ),
        "senders": {"invented_school": a_registration()},
        "roles": {"routing_desk": DutyRole("Routing desk", ("pat.lowe",))},
        "clocks": {},
        "front_door": "front_door",
        "emergency": "If a child is in immediate danger, ring 999.",
        "digest": "0" * 64,
    }
    return Council(**(fields | changes))


def a_registration(**changes: Any) -> Registration:
    """A maintained school that may do everything a school may, with nothing lapsing before 2028."""
    until = date(2027, 12, 31)
    fields: dict[str, Any] = {
        "sender": "invented_school",
        "council": "testham",
        "title": "Invented Primary School",
        "sender_type": "maintained_school",
        "keys": ("a" * 64,),
        "test_keys": (),
        "sources": ("canonical", "govuk_forms"),
        "purposes": ("request", "general_enquiry", "consultation", "step_down", "redirect", "safeguarding"),
        "may": ("submit", "preview", "status", "withdraw"),
        "agreement": "DSA-1",
        "agreement_until": until,
        "article_6": "6_1_e",
        "power": "Children Act 2004 section 10",
        "article_9": ("9_2_g",),
        "schedule_1": "para_6",
        "article_10": "",
        "necessity": "The hub cannot offer help without knowing who needs it and why.",
        "notice_to_every_family": "2026-09",
        "notice_until": until,
        "contact": "ig@invented-school.example",
    }
    return Registration(**(fields | changes))


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a test cannot write a {type(value).__name__} as JSON")
