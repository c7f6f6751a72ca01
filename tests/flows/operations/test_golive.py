"""Settled 52: what keeps a council from going live is said on one page, and nothing is left out of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contracts.audits import AUDITOR
from contracts.complaints import Complaints
from contracts.council import Council, DutyRole, HubSettings
from contracts.delivery import HubClass
from contracts.form import NO_FORM
from gateway.config.retention import Schedule
from gateway.flows.delivery.tried import KIND, way_of
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.operations.golive import PARTS, Point, points
from gateway.store.writer import Write

TODAY = date(2026, 11, 23)
NO_SCHEDULE = Schedule({})
WEST = "locality_west"


def found(
    gateway: Gateway,
    council: Council,
    *,
    published: bool = True,
    today: date = TODAY,
    schedule: Schedule = NO_SCHEDULE,
) -> tuple[Point, ...]:
    with gateway.store.read(council.name) as connection:
        policy = gateway.policy(council.name)
        return points(gateway.settings, council, policy, schedule, published, connection, today)


@pytest.fixture
def hull(gateway: Gateway) -> Council:
    return gateway.council("hull")


def said(told: tuple[Point, ...], part: str) -> str:
    return " ".join(one.say for one in told if one.part == part)


def test_settled_52_every_point_stands_under_a_heading(gateway: Gateway, hull: Council) -> None:
    assert {one.part for one in found(gateway, hull)} <= set(PARTS)


def test_settled_11_each_unanswered_question_is_asked_in_words(gateway: Gateway, hull: Council) -> None:
    asked = said(found(gateway, hull), "Questions")
    assert [ask.question for ask in hull.unanswered() if ask.question not in asked] == []


def test_settled_33_a_drill_that_nobody_saw_keeps_a_council_back(gateway: Gateway, hull: Council) -> None:
    assert "drill" in said(found(gateway, hull), "The way to safety")


def test_a_door_that_nobody_confirmed_is_named(gateway: Gateway, hull: Council) -> None:
    name, hub = next(iter(hull.hubs.items()))
    shut = replace(hull, hubs={**hull.hubs, name: replace(hub, confirmed=False)})
    assert f"{hub.title}: its address is not confirmed." in said(found(gateway, shut), "Doors")


def test_settled_44_a_role_without_anybody_or_without_cover_is_named(gateway: Gateway, hull: Council) -> None:
    alone = replace(hull, roles={"hub_duty": DutyRole("Worker on duty")})
    people = said(found(gateway, alone), "People")
    assert "Nobody is named as Worker on duty." in people
    assert "Nobody else covers for the Worker on duty" in people


def test_nobody_is_asked_to_cover_for_an_auditor(gateway: Gateway, hull: Council) -> None:
    assert hull.roles[AUDITOR].title not in said(found(gateway, hull), "People")


def test_a_council_that_names_no_way_to_complain_is_asked_for_one(gateway: Gateway, hull: Council) -> None:
    reached = replace(hull, complaints=Complaints(telephone="01632 960155"))
    asked = "Nobody has said where families complain."
    assert [asked in said(found(gateway, one), "People") for one in (hull, reached)] == [True, False]


def test_settled_11_a_policy_that_nobody_published_keeps_a_council_back(gateway: Gateway, hull: Council) -> None:
    assert "No policy is published." in said(found(gateway, hull, published=False), "Approvals")
    assert "No policy is published." not in said(found(gateway, hull), "Approvals")


def test_a_sharing_agreement_that_ended_is_named(gateway: Gateway, hull: Council) -> None:
    name, sender = next((name, one) for name, one in hull.senders.items() if not one.hubs)
    old = replace(sender, demo=False, keys=("0" * 64,), agreement_until=date(2026, 11, 1))
    told = found(gateway, replace(hull, senders={name: old}))
    assert f"{sender.title}: its sharing agreement ended on 1 November 2026." in said(told, "Senders")


def test_what_is_only_worth_knowing_keeps_nobody_back(gateway: Gateway, hull: Council) -> None:
    assert not any(one.must for one in found(gateway, hull) if one.part == "Worth knowing")


def tried_out(gateway: Gateway, hub: HubSettings, verdict: str = "right", **changes: str) -> None:
    """Somebody has tried this hub out, and this was found."""
    said = {"hub": hub.name, "door": "d", "way": way_of(hub), "found": {"takes": verdict}} | changes
    gateway.writer.run(Write(lambda tx: write_entry(tx, "hull", "", KIND, said, section="human") and None))


def west(told: tuple[Point, ...], title: str) -> list[str]:
    return [one.say.removeprefix(f"{title}: ") for one in told if one.part == "Doors" and title in one.say]


def test_p13_a_door_that_was_never_tried_out_keeps_a_council_back(gateway: Gateway, hull: Council) -> None:
    hub = replace(hull.hubs[WEST], confirmed=True, secrets=(), hub_class=HubClass.C)
    told = found(gateway, replace(hull, hubs={**hull.hubs, WEST: hub}))
    assert west(told, hub.title) == ["it is said to be of class C, and was never tried out."]
    assert all(one.must for one in told if one.part == "Doors")


def test_p13_what_was_found_last_is_what_counts(gateway: Gateway, hull: Council) -> None:
    hub = replace(hull.hubs[WEST], confirmed=True, secrets=())
    changed = replace(hull, hubs={**hull.hubs, WEST: hub})
    tried_out(gateway, hub, "wrong")
    (say,) = west(found(gateway, changed), hub.title)
    assert "one thing was wrong when it was tried out on" in say
    tried_out(gateway, hub)
    assert west(found(gateway, changed), hub.title) == []


@pytest.mark.parametrize(
    "changes", [{"hub_class": HubClass.B}, {"settings": {"ask": "/{id}"}}, {"adapter": "fhir_message"}]
)
def test_p13_a_trial_of_other_settings_proves_nothing(gateway: Gateway, hull: Council, changes: dict[str, Any]) -> None:
    hub = replace(hull.hubs[WEST], confirmed=True, secrets=())
    tried_out(gateway, hub)
    (say,) = west(found(gateway, replace(hull, hubs={**hull.hubs, WEST: replace(hub, **changes)})), hub.title)
    assert "its settings or its class have changed since" in say


def test_a_trial_at_another_address_proves_the_class_and_is_worth_knowing(gateway: Gateway, hull: Council) -> None:
    (gateway.settings.secrets / "west").parent.mkdir(exist_ok=True)
    (gateway.settings.secrets / "west").write_text("whsec_" + "c2VjcmV0" * 4)
    hub = replace(hull.hubs[WEST], confirmed=True, secrets=("west",))
    tried_out(gateway, hub)
    told = found(gateway, replace(hull, hubs={**hull.hubs, WEST: hub}))
    assert west(told, hub.title) == []
    assert f"{hub.title}: it was tried out at another address" in said(told, "Worth knowing")


@pytest.mark.parametrize(
    ("codes", "left"),
    [
        ({}, ["decisions", "asked for", "who has looked"]),
        ({"decision": "ask", "request": "CS-12", "access": "CS-9"}, ["decisions"]),
        ({"decision": "CS-4", "request": "CS-12", "access": "CS-9"}, []),
    ],
)
def test_settled_52_a_retention_code_that_nobody_entered_is_asked_for(
    gateway: Gateway, hull: Council, codes: dict[str, str], left: list[str]
) -> None:
    told = [one for one in found(gateway, hull, schedule=Schedule({}, codes)) if one.part == "How long things are kept"]
    assert [any(word in one.say for one in told) for word in left] == [True] * len(left)
    assert len(told) == len(left)
    assert [one.must for one in told if "decisions" in one.say] == [True] * ("decisions" in left)


def test_settled_56_a_council_without_a_form_of_its_own_is_told(gateway: Gateway, hull: Council) -> None:
    assert "No form of the council's own" in said(found(gateway, replace(hull, form=NO_FORM)), "Worth knowing")
    assert "No form of the council's own" not in said(found(gateway, hull), "Worth knowing")
