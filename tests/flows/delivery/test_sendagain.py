"""People over messages that have not arrived: list, send again, cancel, let others first; each act in the record."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.delivery.sendagain import AGAIN
from gateway.flows.gateway import Gateway
from gateway.path.schedule import DIVERTS
from gateway.store.tables import DELIVERY
from gateway.store.writer import Write
from tests.conftest import Store
from tests.flows.delivery.test_lanes import names
from tests.flows.desks import HUB, IG, MANAGER, PRACTICE, Desk
from tests.flows.outbox import claim_now, promise, terms_for
from tests.running import Door, on_sqlite, rows

WHY = "The hub has put its form right since."
ADMIN = ("ruth.lane", "council_admin")
FRONT = ("ines.pike", "front_door")


def set_to(gateway: Gateway, **values: Any) -> None:
    gateway.writer.run(Write(lambda tx: tx.execute(update(DELIVERY).values(**values)) and None))


def one(gateway: Gateway) -> dict[str, Any]:
    (row,) = rows(gateway, "delivery")
    return row


@pytest.fixture
def dead(door: Door) -> tuple[Desk, str]:
    """A message that the hub refused, and the desk."""
    door.accepted()
    set_to(door.gateway, state="dead", why="http_422", attempts=3, fence=3, rungs=3, lost=2, early=1)
    return Desk(door.gateway), one(door.gateway)["id"]


# Again ---------------------------------------------------------------------------------------------------------------


def test_a_dead_letter_is_sent_again_as_the_same_id_with_a_schedule_of_its_own(dead: tuple[Desk, str]) -> None:
    desk, name = dead
    assert "sent again, under the same reference" in desk.ask("replay", MANAGER, delivery=name[:8], reason=WHY)["say"]
    row = one(desk.gateway)
    assert (row["id"], row["state"], row["why"], row["rungs"], row["lost"], row["early"]) == (name, "due", "", 0, 0, 0)
    assert (row["attempts"], row["fence"]) == (3, 3)
    assert desk.entries(row["referral"])[-1] == "replay"


def test_asked_twice_it_goes_once(dead: tuple[Desk, str]) -> None:
    desk, name = dead
    desk.ask("replay", MANAGER, delivery=name, reason=WHY)
    assert "waits to be sent already" in desk.ask("replay", MANAGER, delivery=name, reason=WHY)["say"]
    assert desk.entries(one(desk.gateway)["referral"]).count("replay") == 1


@on_sqlite
@pytest.mark.parametrize(("state", "say"), [("sending", "just now"), ("delivered", "It has arrived")])
def test_what_moves_or_has_arrived_is_not_sent_again(dead: tuple[Desk, str], state: str, say: str) -> None:
    desk, name = dead
    set_to(desk.gateway, state=state)
    assert say in desk.ask("replay", MANAGER, delivery=name, reason=WHY)["say"]
    assert one(desk.gateway)["state"] == state


@on_sqlite
@pytest.mark.parametrize("why", ["decided_again", "agreement_withdrawn", "lane_held", "door_not_confirmed"])
def test_what_is_held_for_a_decision_or_a_door_is_not_sent_again_by_hand(dead: tuple[Desk, str], why: str) -> None:
    desk, name = dead
    set_to(desk.gateway, state="held", why=why)
    with pytest.raises(NoSuchAnswer, match="It is held"):
        desk.ask("replay", MANAGER, delivery=name, reason=WHY)
    assert one(desk.gateway)["state"] == "held"


@on_sqlite
@pytest.mark.parametrize("why", AGAIN)
def test_what_was_held_by_a_fault_may_be_sent_again(dead: tuple[Desk, str], why: str) -> None:
    desk, name = dead
    set_to(desk.gateway, state="held", why=why)
    desk.ask("replay", MANAGER, delivery=name, reason=WHY)
    assert one(desk.gateway)["state"] == "due"


@on_sqlite
def test_whoever_looks_after_doors_sends_again_what_was_refused_and_not_what_is_in_doubt(
    dead: tuple[Desk, str],
) -> None:
    desk, name = dead
    set_to(desk.gateway, state="uncertain", why="timeout")
    with pytest.raises(NotYourRole, match="hub_duty"):
        desk.ask("replay", ADMIN, delivery=name, reason=WHY)
    set_to(desk.gateway, state="dead")
    desk.ask("replay", ADMIN, delivery=name, reason=WHY)


@on_sqlite
@pytest.mark.parametrize("verb", ["replay", "cancel", "skip"])
def test_each_act_takes_a_role_a_reason_and_one_message(dead: tuple[Desk, str], verb: str) -> None:
    desk, name = dead
    with pytest.raises(NotYourRole):
        desk.ask(verb, IG, delivery=name, reason=WHY)
    with pytest.raises(NoSuchAnswer, match="in a sentence"):
        desk.ask(verb, MANAGER, delivery=name, reason="")
    for wrong in ("", name[:4], "ffffff"):
        with pytest.raises(NotFound):
            desk.ask(verb, MANAGER, delivery=wrong, reason=WHY)


# Many ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(door: Door) -> Desk:
    """Three that were refused, of which one went to a hub nobody could ask and is in doubt."""
    for once in ("a", "b", "c"):
        door.accepted(once=once)
    set_to(door.gateway, state="dead", why="http_422", hub_class="C")
    last = max(rows(door.gateway, "delivery"), key=lambda row: row["seq"])["id"]
    door.gateway.writer.run(
        Write(lambda tx: tx.execute(update(DELIVERY).where(DELIVERY.c.id == last).values(state="uncertain")) and None)
    )
    return Desk(door.gateway)


def test_many_are_shown_before_any_is_sent(many: Desk) -> None:
    shown = many.ask("replay_preview", MANAGER)
    assert (shown["many"], shown["singly"], sum(shown["hubs"].values())) == (2, 1, 2)
    assert shown["oldest"] == min(row["at"] for row in rows(many.gateway, "delivery"))
    assert [line["why"] for line in shown["lines"]] == ["http_422"] * 2
    assert {row["state"] for row in rows(many.gateway, "delivery")} == {"dead", "uncertain"}


def test_exactly_what_was_shown_is_sent_and_nobody_sends_in_bulk_what_may_arrive_twice(many: Desk) -> None:
    mark = many.ask("replay_preview", MANAGER)["mark"]
    assert many.ask("replay_all", MANAGER, mark=mark, reason=WHY)["many"] == 2
    assert sorted(row["state"] for row in rows(many.gateway, "delivery")) == ["due", "due", "uncertain"]
    assert [row["type"] for row in rows(many.gateway, "entry")].count("replay") == 2
    with pytest.raises(AnsweredAlready, match="Nothing was sent"):
        many.ask("replay_all", MANAGER, mark=mark, reason=WHY)


@on_sqlite
@pytest.mark.parametrize("mark", ["", "ffffffff"])
def test_without_the_mark_of_what_was_shown_nothing_is_sent(many: Desk, mark: str) -> None:
    with pytest.raises(AnsweredAlready):
        many.ask("replay_all", MANAGER, mark=mark, reason=WHY)
    assert "due" not in {row["state"] for row in rows(many.gateway, "delivery")}


@on_sqlite
@pytest.mark.parametrize(("asked", "many_found"), [({"why": "http_413"}, 0), ({"hub": "nowhere"}, 0), ({}, 2)])
def test_a_preview_is_narrowed_to_one_cause_or_one_hub(many: Desk, asked: dict[str, str], many_found: int) -> None:
    assert many.ask("replay_preview", MANAGER, **asked)["many"] == many_found


# Cancel --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["due", "dead", "uncertain", "held"])
def test_a_person_cancels_what_has_not_arrived_and_it_is_never_sent(dead: tuple[Desk, str], state: str) -> None:
    desk, name = dead
    set_to(desk.gateway, state=state)
    said = desk.ask("cancel", MANAGER, delivery=name, reason=WHY)["say"]
    assert ("may have it" in said) is (state == "uncertain")
    row = one(desk.gateway)
    assert (row["state"], row["why"]) == ("cancelled", "by_a_person")
    assert row["ended_at"] is not None
    assert desk.entries(row["referral"])[-1] == "cancel"
    with pytest.raises(AnsweredAlready):
        desk.ask("replay", MANAGER, delivery=name, reason=WHY)


@on_sqlite
@pytest.mark.parametrize("state", ["sending", "delivered", "cancelled"])
def test_what_is_under_way_or_has_ended_is_not_cancelled(dead: tuple[Desk, str], state: str) -> None:
    desk, name = dead
    set_to(desk.gateway, state=state)
    with pytest.raises(AnsweredAlready):
        desk.ask("cancel", MANAGER, delivery=name, reason=WHY)
    assert one(desk.gateway)["state"] == state


@on_sqlite
def test_only_those_who_answer_for_safety_cancel_a_safeguarding_contact(dead: tuple[Desk, str]) -> None:
    desk, name = dead
    set_to(desk.gateway, urgent=DIVERTS, kind="divert")
    with pytest.raises(NotYourRole):
        desk.ask("cancel", PRACTICE, delivery=name, reason=WHY)
    desk.ask("cancel", FRONT, delivery=name, reason=WHY)
    assert one(desk.gateway)["state"] == "cancelled"


@on_sqlite
def test_p20_after_every_act_accepted_is_the_sum_of_all_states(many: Desk) -> None:
    first, second, third = sorted(rows(many.gateway, "delivery"), key=lambda row: int(row["seq"]))
    many.ask("cancel", MANAGER, delivery=first["id"], reason=WHY)
    many.ask("replay", MANAGER, delivery=second["id"], reason=WHY)
    counted: dict[str, int] = {}
    for row in rows(many.gateway, "delivery"):
        counted[row["state"]] = counted.get(row["state"], 0) + 1
    assert counted == {"cancelled": 1, "due": 1, "uncertain": 1}
    resting = {name: n for one in many.ask("hubs", HUB)["hubs"] for name, n in one["rests"].items()}
    assert sum(resting.values()) + counted["cancelled"] == 3
    assert third["state"] == "uncertain"


# First ---------------------------------------------------------------------------------------------------------------


def test_p18_a_person_lets_the_next_of_the_same_child_go_first(store: Store) -> None:
    promise(store, "d-1", subject="maya", state="dead")
    promise(store, "d-2", subject="maya")
    terms = terms_for({"early_help": {}})
    assert claim_now(store, terms) == ()
    store.writer.run(
        Write(lambda tx: tx.execute(update(DELIVERY).where(DELIVERY.c.id == "d-1").values(passed=1)) and None)
    )
    assert names(claim_now(store, terms)) == ["d-2"]


def test_letting_others_first_is_kept_with_its_reason_and_leaves_the_message_where_it_is(door: Door) -> None:
    door.accepted()
    desk, row = Desk(door.gateway), one(door.gateway)
    behind = {name: value for name, value in row.items() if name != "seq"} | {"id": "f" * 32}
    door.gateway.writer.run(Write(lambda tx: tx.insert(DELIVERY, behind)))
    set_to(door.gateway, state="due")
    assert "goes first now: 1" in desk.ask("skip", HUB, delivery=row["id"], reason=WHY)["say"]
    desk.ask("skip", HUB, delivery=row["id"], reason=WHY)
    assert desk.entries(row["referral"]).count("passed") == 1
    assert {one["id"]: one["passed"] for one in rows(door.gateway, "delivery")} == {row["id"]: 1, "f" * 32: 0}


@on_sqlite
def test_nothing_is_let_first_where_nothing_waits(dead: tuple[Desk, str]) -> None:
    desk, name = dead
    with pytest.raises(NoSuchAnswer, match="Nothing waits behind it"):
        desk.ask("skip", MANAGER, delivery=name, reason=WHY)
