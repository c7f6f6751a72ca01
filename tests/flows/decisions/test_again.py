"""Deciding again moves only what changed, sends nothing that may no longer go, and restarts no clock (settled 12)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import update

from contracts.delivery import DeliveryState
from gateway.flows.decisions.again import StandingJudge, decide_again, load
from gateway.flows.decisions.permit import Held, Permitted, Promised
from gateway.flows.gateway import Gateway
from gateway.path.course import Matter
from gateway.store.tables import DELIVERY
from gateway.store.writer import Tx, Write
from tests.running import Door, a_hull_referral, on_sqlite, rows

SIBLINGS = [
    {"id": "child", "roles": ["child"], "first_name": "Maya", "surname": "Fernsby", "date_of_birth": "2017-03-14"},
    {"id": "other", "roles": ["child"], "first_name": "Theo", "surname": "Fernsby", "date_of_birth": "2019-05-02"},
]


def again(gateway: Gateway, referral: str, changed: Callable[[Matter], Matter] = lambda matter: matter) -> None:
    """Decide a Hull referral again, with whatever the test changes about it."""

    def work(tx: Tx) -> None:
        row, matter = load(gateway, tx, "hull", referral)
        decide_again(gateway, tx, row, changed(matter))

    gateway.writer.run(Write(work))


def set_state(gateway: Gateway, **values: Any) -> None:
    gateway.writer.run(Write(lambda tx: tx.execute(update(DELIVERY).values(**values)) and None))


def without_agreement(matter: Matter) -> Matter:
    return replace(matter, referral=matter.referral.model_copy(update={"agreements": ()}))


def entry_types(gateway: Gateway) -> list[str]:
    return sorted(row["type"] for row in rows(gateway, "entry"))


def test_the_same_facts_leave_the_delivery_as_it_was(door: Door) -> None:
    referral = door.accepted()
    before = rows(door.gateway, "delivery")
    again(door.gateway, referral)
    assert rows(door.gateway, "delivery") == before


def test_the_decision_before_is_superseded_and_stays_in_the_store(door: Door) -> None:
    referral = door.accepted()
    again(door.gateway, referral)
    states = [(row["version"], row["state"]) for row in rows(door.gateway, "decision")]
    assert sorted(states) == [(1, "superseded"), (2, "promised")]


def test_the_new_decision_carries_the_delivery_that_stands(door: Door) -> None:
    referral = door.accepted()
    again(door.gateway, referral)
    (delivery,) = rows(door.gateway, "delivery")
    assert {row["delivery"] for row in rows(door.gateway, "decision")} == {delivery["id"]}


def test_what_may_no_longer_go_is_held_and_told(door: Door) -> None:
    referral = door.accepted()
    again(door.gateway, referral, without_agreement)
    delivery, envelope = rows(door.gateway, "delivery")
    assert (delivery["state"], delivery["why"]) == ("held", "decided_again")
    assert (envelope["kind"], envelope["state"]) == ("envelope", "due")
    assert entry_types(door.gateway) == ["decision.machine", "decision.machine", "hold"]


def test_what_was_held_for_a_decision_goes_on_once_it_may_and_the_record_says_so(door: Door) -> None:
    referral = door.accepted()
    again(door.gateway, referral, without_agreement)
    again(door.gateway, referral)
    delivery, envelope = rows(door.gateway, "delivery")
    assert (delivery["state"], delivery["why"]) == ("due", "")
    assert (envelope["state"], envelope["why"]) == ("cancelled", "no_longer_held")
    assert entry_types(door.gateway) == ["decision.machine"] * 3 + ["envelope.cancelled", "hold", "release"]


@on_sqlite
def test_a_held_delivery_is_not_held_twice(door: Door) -> None:
    referral = door.accepted()
    again(door.gateway, referral, without_agreement)
    again(door.gateway, referral, without_agreement)
    assert entry_types(door.gateway).count("hold") == 1


@on_sqlite
def test_a_delivery_held_for_its_hub_stays_held_for_its_hub(door: Door) -> None:
    referral = door.accepted()
    set_state(door.gateway, state=DeliveryState.HELD, why="lane_held")
    again(door.gateway, referral)
    (delivery,) = rows(door.gateway, "delivery")
    assert (delivery["state"], delivery["why"]) == ("held", "lane_held")


@on_sqlite
def test_what_left_already_stays_as_it_is(door: Door) -> None:
    for state in (DeliveryState.DELIVERED, DeliveryState.UNCERTAIN, DeliveryState.DEAD, DeliveryState.CANCELLED):
        referral = door.accepted(once=state)
        set_state(door.gateway, state=state, why="")
        again(door.gateway, referral, without_agreement)
        assert {row["state"] for row in rows(door.gateway, "delivery") if row["referral"] == referral} == {state}


@on_sqlite
def test_bytes_on_their_way_are_not_exchanged_under_the_worker(door: Door) -> None:
    referral = door.accepted()
    set_state(door.gateway, state=DeliveryState.SENDING)
    before = rows(door.gateway, "delivery")
    again(
        door.gateway, referral, lambda m: replace(m, referral=m.referral.model_copy(update={"reason": "Other words."}))
    )
    assert rows(door.gateway, "delivery") == before


@on_sqlite
def test_a_changed_payload_goes_into_the_delivery_that_stands(door: Door) -> None:
    referral = door.accepted()
    (before,) = rows(door.gateway, "delivery")
    again(
        door.gateway, referral, lambda m: replace(m, referral=m.referral.model_copy(update={"reason": "Other words."}))
    )
    (after,) = rows(door.gateway, "delivery")
    assert (after["id"], after["state"]) == (before["id"], "due")
    assert after["digest"] != before["digest"]


@on_sqlite
def test_a_promise_to_another_hub_is_a_delivery_of_its_own(door: Door) -> None:
    referral = door.accepted()
    east = {"family": a_hull_referral()["family"] | {"locality": "East"}}
    again(door.gateway, referral, lambda m: replace(m, referral=type(m.referral).model_validate(moved(m, east))))
    assert {(row["hub"], row["state"]) for row in rows(door.gateway, "delivery")} == {
        ("locality_west", "held"),
        ("locality_east", "due"),
    }


def moved(matter: Matter, changes: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(matter.referral.model_dump_json(exclude_defaults=True))
    return dict(type(matter.referral).model_validate_json(json.dumps(document | changes)))


@on_sqlite
def test_a_clock_that_was_running_keeps_its_start(door: Door) -> None:
    referral = door.accepted(a_hull_referral(agreements=[]))
    before = {row["kind"]: (row["started_at"], row["due_at"]) for row in rows(door.gateway, "clock")}
    again(door.gateway, referral)
    running = [row for row in rows(door.gateway, "clock") if row["state"] == "running"]
    assert before
    assert {row["kind"]: (row["started_at"], row["due_at"]) for row in running} == before


@on_sqlite
def test_a_clock_whose_reason_has_passed_stops(door: Door) -> None:
    referral = door.accepted(a_hull_referral(agreements=[]))
    agreed = type(load_matter(door.gateway, referral).referral).model_validate_json(json_of(a_hull_referral()))
    again(door.gateway, referral, lambda m: replace(m, referral=agreed))
    assert not [row for row in rows(door.gateway, "clock") if row["state"] == "running" and "hold" in row["kind"]]


def json_of(document: object) -> str:
    return json.dumps(document)


def load_matter(gateway: Gateway, referral: str) -> Matter:
    return gateway.writer.run(Write(lambda tx: load(gateway, tx, "hull", referral)[1]))


# The permit's judge --------------------------------------------------------------------------------------------------


def promised(gateway: Gateway) -> Promised:
    (row,) = rows(gateway, "delivery")
    (referral,) = rows(gateway, "referral")
    (decision,) = [one for one in rows(gateway, "decision") if one["state"] != "superseded"]
    return Promised(
        *(row[name] for name in ("id", "council", "hub", "referral")),
        sender=referral["sender"],
        **{name: row[name] for name in ("kind", "attempts", "fence", "payload", "digest", "inputs", "why")},
        urgent=bool(row["urgent"]),
        epoch=referral["epoch"],
        valid_until=decision["valid_until"],
    )


@on_sqlite
def test_settled_12_what_was_promised_stands_on_the_same_inputs(door: Door) -> None:
    door.accepted()
    standing = promised(door.gateway)
    judge = StandingJudge(door.gateway)
    assert door.gateway.writer.run(Write(lambda tx: judge.inputs(tx, standing))) == standing.inputs


@on_sqlite
def test_settled_12_a_withdrawal_changes_the_inputs(door: Door) -> None:
    door.accepted()
    standing = promised(door.gateway)
    judge = StandingJudge(door.gateway)
    withdrawn = replace(standing, epoch=1)
    assert door.gateway.writer.run(Write(lambda tx: judge.inputs(tx, withdrawn))) != standing.inputs


@on_sqlite
def test_the_judge_permits_what_the_rules_still_allow(door: Door) -> None:
    door.accepted()
    standing = promised(door.gateway)
    judge = StandingJudge(door.gateway)
    verdict = door.gateway.writer.run(Write(lambda tx: judge.redecide(tx, standing)))
    assert verdict == Permitted(standing.inputs, standing.payload, standing.digest)


@on_sqlite
def test_the_judge_holds_for_a_sender_nobody_knows_any_more(door: Door) -> None:
    door.accepted()
    standing = promised(door.gateway)
    hull = door.gateway.rules["hull"]
    struck = replace(hull, council=replace(hull.council, senders={}, digest="f" * 64))
    councils = dict(door.gateway.catalogue.councils) | {"hull": struck.council}
    gateway = replace(
        door.gateway,
        rules=dict(door.gateway.rules) | {"hull": struck},
        catalogue=replace(door.gateway.catalogue, councils=councils),
    )
    verdict = gateway.writer.run(Write(lambda tx: StandingJudge(gateway).redecide(tx, standing)))
    assert isinstance(verdict, Held)


@on_sqlite
def test_the_claim_tells_the_record_of_the_hold_it_asked_about(door: Door) -> None:
    door.accepted()
    standing = promised(door.gateway)

    def work(tx: Tx) -> None:
        row, matter = load(door.gateway, tx, "hull", standing.referral)
        decide_again(door.gateway, tx, row, without_agreement(matter), claimed=standing.id)

    door.gateway.writer.run(Write(work))
    assert "hold" not in entry_types(door.gateway)
