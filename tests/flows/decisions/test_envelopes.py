"""A hub that would get what is held hears of it at once, and not of whom (settled 43)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.envelope import EnvelopeBody
from contracts.recorded import PersonFact
from gateway.config.catalogue import Catalogue
from gateway.flows.decisions import recorded
from gateway.flows.decisions.again import StandingJudge, load
from gateway.flows.decisions.permit import Held, Permitted, Promised
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.flows.desks import GROUNDS, MANAGER, NO, Desk, refused, unasked
from tests.running import Door, a_hull_referral, delivering, on_sqlite, rows, until

NAMES = ("maya", "fernsby", "joan", "2017", "invented row", "zz1", "07700", "late most mornings")


def body_of(desk: Desk, referral: str) -> dict[str, Any]:
    """The envelope of one referral as it would be sent."""
    (row,) = [one for one in rows(desk.gateway, "delivery") if (one["referral"], one["kind"]) == (referral, "envelope")]
    (content,) = [one for one in rows(desk.gateway, "content") if one["id"] == row["payload"]]
    told: dict[str, Any] = json.loads(content["body"])
    return told


def test_settled_43_a_held_referral_is_told_of_at_once(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    assert desk.deliveries(referral, "envelope") == [("locality_west", "due", "")]
    assert desk.deliveries(referral) == []


def test_it_says_who_sent_it_how_old_the_child_is_why_it_waits_and_whom_to_ring(door: Door) -> None:
    desk = Desk(door.gateway)
    told = EnvelopeBody.model_validate_json(json.dumps(body_of(desk, unasked(door))))
    assert (told.sender, told.ring) == ("Invented Academy, Hull", "Pastoral lead, Invented Academy")
    (waiting,) = told.waiting
    assert waiting.waits_for == ("Something is missing or does not fit",)
    assert waiting.why == ("Nothing shows that the family was asked. Ask them, or record why you must share.",)
    assert waiting.age_band == "5 to 10"


@on_sqlite
def test_it_names_nobody(door: Door) -> None:
    told = json.dumps(body_of(Desk(door.gateway), unasked(door))).casefold()
    assert [name for name in NAMES if name in told] == []


@on_sqlite
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"family": {"locality": "Elsewhere"}}, id="no hub is known"),
        pytest.param({}, id="nothing is held"),
        pytest.param({"harm": {"level": "significant"}, "agreements": NO}, id="all of it goes to the front door"),
        pytest.param(
            {"people": [a_hull_referral()["people"][0] | {"protection": ["sealed"]}, a_hull_referral()["people"][1]]},
            id="the file is sealed",
        ),
        pytest.param({"agreements": [dict(NO[0], status="withdrawn", withdrawn_on="2026-10-20")]}, id="taken back"),
    ],
)
def test_there_is_none_where(door: Door, changes: dict[str, Any]) -> None:
    assert Desk(door.gateway).deliveries(door.accepted(a_hull_referral(**changes)), "envelope") == []


@on_sqlite
def test_one_that_was_not_sent_is_taken_back_once_the_hold_is_answered(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    desk.decide(desk.hold(referral), "family_agrees")
    assert desk.deliveries(referral, "envelope") == [("locality_west", "cancelled", "no_longer_held")]
    assert desk.deliveries(referral) == [("locality_west", "due", "")]


@on_sqlite
def test_it_waits_in_a_lane_of_its_own_so_that_it_never_stands_before_what_it_tells_of(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    hold = desk.hold(referral)
    desk.decide(hold, "share_anyway", **GROUNDS)
    desk.ask("confirm", MANAGER, hold=hold)
    lanes = [row["lane"] for row in rows(desk.gateway, "delivery")]
    assert len(set(lanes)) == 2


@on_sqlite
def test_it_goes_out_signed_like_any_message_and_names_the_referral(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def story() -> None:
        async with delivering(catalogue, tmp_path, demo_urls) as (door, doors):
            how = {"content-type": "application/json", "idempotency-key": "first"}
            content = json.dumps(a_hull_referral(agreements=[])).encode()
            answer = await door.ask("POST", "/v1/referrals", content=content, headers=how)
            hub = doors["hull", "locality_west"]
            await until(lambda: hub.took)
            told = json.loads(hub.arrivals[0].body)
            assert (told["kind"], told["reference"]) == ("envelope", answer.json()["receipts"][0]["referral"])
            assert hub.unsigned == 0

    asyncio.run(story())


@on_sqlite
def test_one_that_no_longer_holds_when_its_turn_comes_ends_and_is_not_sent(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    (row,) = rows(desk.gateway, "delivery")
    (told,) = rows(desk.gateway, "referral")
    names = ("id", "council", "hub", "referral", "kind", "attempts", "fence", "payload", "digest", "inputs", "why")
    due = Promised(
        **{name: row[name] for name in names},
        sender=told["sender"],
        urgent=False,
        epoch=told["epoch"],
        valid_until=None,
    )
    agreed = PersonFact(
        "agreement", "unknown", "in_scope", "child", "locality_west", "", "bram.ellis", "hub_duty", "Told so.", 0
    )

    def work(tx: Tx) -> Held | Permitted:
        row, matter = load(desk.gateway, tx, "hull", referral)
        fact = replace(agreed, content=matter.content)
        recorded.keep(tx, "hull", referral, row["facts_by_people"], recorded.Recorded((fact,)))
        return StandingJudge(desk.gateway).redecide(tx, due)

    assert desk.gateway.writer.run(Write(work)) == Held("no_longer_held")
    assert desk.deliveries(referral, "envelope") == [("locality_west", "cancelled", "no_longer_held")]
    assert desk.deliveries(referral) == [("locality_west", "due", "")]
