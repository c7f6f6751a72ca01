"""Settled 52: what keeps a council from going live is said on one page, and nothing is left out of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from contracts.council import Council, DutyRole
from gateway.flows.gateway import Gateway
from gateway.flows.golive import PARTS, Point, points

TODAY = date(2026, 11, 23)


def found(gateway: Gateway, council: Council, *, published: bool = True, today: date = TODAY) -> tuple[Point, ...]:
    with gateway.store.read(council.name) as connection:
        policy = gateway.policy(council.name)
        return points(gateway.settings, council, policy, published, connection, today)


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
