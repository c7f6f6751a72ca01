"""A family may tell a hub or the council's people that it no longer agrees, and the same follows (governance 1.8.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.errors import NoSuchAnswer, NotFound, NotYourRole
from tests.flows.desks import HUB, IG, Desk
from tests.flows.returned import HUB as HUBS_KEY
from tests.flows.returned import sent
from tests.running import Door, a_hull_referral, on_sqlite, rows

REASON = "Her mother rang on Monday and said that she has changed her mind."


def at_hub(door: Door, delivery: str, key: str = HUBS_KEY) -> Any:
    return door.post(f"/v1/deliveries/{delivery}/withdrawal", key=key)


def types(door: Door) -> list[str]:
    return [row["type"] for row in sorted(rows(door.gateway, "entry"), key=lambda row: row["seq"])]


def test_a_hub_that_is_told_records_it_once_and_everything_is_held(door: Door) -> None:
    referral, delivery = sent(door)
    first, second = at_hub(door, delivery), at_hub(door, delivery)
    assert (first.status_code, second.status_code) == (202, 202)
    assert types(door).count("agreement.withdrawn") == 1
    assert "recorded already" in second.json()["say"]
    (standing,) = [row for row in rows(door.gateway, "decision") if row["state"] != "superseded"]
    assert standing["outcome"] == "hold"
    assert "G-501" in standing["deciding"]
    assert referral == first.json()["referral"]


def test_the_hub_that_has_it_is_sent_the_notice_and_reads_of_nobody_else(door: Door) -> None:
    _, delivery = sent(door)
    told = at_hub(door, delivery).json()
    notices = [row["hub"] for row in rows(door.gateway, "delivery") if row["kind"] == "notice"]
    assert notices == ["locality_west"]
    assert told.keys() == {"delivery", "referral", "say", "emergency"}


@on_sqlite
def test_another_hub_and_the_sender_cannot_say_it_of_this_message(door: Door) -> None:
    _, delivery = sent(door)
    assert at_hub(door, delivery, "demo-derby-hub").status_code == 404
    assert at_hub(door, delivery, "demo-hull-school").status_code in (403, 404)
    assert "agreement.withdrawn" not in types(door)


def test_one_of_the_councils_people_records_what_they_were_told_on_the_telephone(door: Door) -> None:
    referral = door.accepted()
    told = Desk(door.gateway).ask("withdraw", referral=referral, reason=REASON)
    assert told["new"]
    assert told["say"].startswith("The family no longer agrees. Nothing more goes to anyone.")
    (entry,) = [row for row in rows(door.gateway, "entry") if row["type"] == "agreement.withdrawn"]
    (body,) = [row["body"] for row in rows(door.gateway, "content") if row["id"] == entry["sections"]]
    said = {name: json.loads(part["value"]) for name, part in json.loads(bytes(body)).items()}
    assert said["human"] == {
        "by": HUB[0], "role": HUB[1], "how": "asserted at the command line", "reason": REASON,
    }  # fmt: skip
    assert said["actors"] == {"client": "a named person"}


def test_said_twice_it_is_recorded_once_and_told_the_same(door: Door) -> None:
    referral, desk = door.accepted(), Desk(door.gateway)
    first = desk.ask("withdraw", referral=referral, reason=REASON)
    second = desk.ask("withdraw", referral=referral, reason=REASON)
    assert (first["new"], second["new"]) == (True, False)
    assert {**first, "new": False} == second


@on_sqlite
@pytest.mark.parametrize(
    ("who", "reason", "error"), [(IG, REASON, NotYourRole), (HUB, " ", NoSuchAnswer)], ids=["an IG lead", "no reason"]
)
def test_who_may_and_what_must_be_said(door: Door, who: tuple[str, str], reason: str, error: type[Exception]) -> None:
    referral = door.accepted()
    with pytest.raises(error):
        Desk(door.gateway).ask("withdraw", who, referral=referral, reason=reason)
    assert "agreement.withdrawn" not in types(door)


@on_sqlite
def test_a_referral_of_another_council_and_none_look_the_same(door: Door) -> None:
    referral = door.accepted()
    with pytest.raises(NotFound):
        Desk(door.gateway, "derby").ask("withdraw", ("willa.brook", "hub_duty"), referral=referral, reason=REASON)


@on_sqlite
def test_a_divert_still_goes_and_the_hub_is_told_so(door: Door) -> None:
    danger = {"harm": {"level": "significant", "declared_by": "Pastoral lead"}}

    referral = door.accepted(a_hull_referral(**danger))
    told = Desk(door.gateway).ask("withdraw", referral=referral, reason=REASON)
    assert "A child's safety comes first" in told["say"]
