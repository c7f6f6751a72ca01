"""A person pauses, drains and resumes a hub: it takes effect at the next claim, and nothing is lost (P18)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from contracts.council import HubSettings
from contracts.errors import NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.delivery.hubs import say
from gateway.flows.delivery.lanes import DRAINING, PAUSED, Lane, Stop, stop
from gateway.flows.delivery.release import open_lane
from gateway.path.schedule import DIVERTS
from gateway.store.rows import LaneRow
from gateway.store.tables import LANE
from gateway.store.writer import Write
from tests.builders import a_hub
from tests.conftest import Store
from tests.flows.delivery.test_lanes import names
from tests.flows.desks import HUB, MANAGER, Desk
from tests.flows.outbox import COUNCIL, change, claim_now, delivery, promise, terms_for
from tests.running import Door, on_sqlite, rows

WHY = "They move to a new system today."
ADMIN = ("ruth.lane", "council_admin")


def stopped(store: Store, how: str, **more: Any) -> None:
    store.writer.run(Write(lambda tx: stop(tx, COUNCIL, "early_help", Stop(how, by="sunny.vale", **more))))


# At the claim --------------------------------------------------------------------------------------------------------


def test_nothing_leaves_for_a_paused_hub_from_the_next_claim_on(store: Store) -> None:
    terms = terms_for({"early_help": {}, "other": {}})
    promise(store, "d-1")
    promise(store, "o-1", hub="other")
    stopped(store, PAUSED)
    assert names(claim_now(store, terms)) == ["o-1"]
    promise(store, "d-2")
    assert claim_now(store, terms) == ()
    assert {delivery(store, name).state for name in ("d-1", "d-2")} == {"due"}


@pytest.mark.parametrize(("diverts", "left"), [(False, ["x"]), (True, [])])
def test_settled_33_a_pause_lets_safeguarding_contacts_go_unless_a_person_says_otherwise(
    store: Store, diverts: bool, left: list[str]
) -> None:
    promise(store, "urgent", urgent=1)
    promise(store, "x", urgent=DIVERTS, kind="divert")
    stopped(store, PAUSED, diverts=diverts)
    assert names(claim_now(store, terms_for({"early_help": {}}))) == left


def test_a_pause_with_an_end_ends_by_itself(store: Store) -> None:
    promise(store, "d-1")
    terms = terms_for({"early_help": {}})
    stopped(store, PAUSED, until=2**42)
    assert claim_now(store, terms) == ()
    store.writer.run(Write(lambda tx: tx.execute(update(LANE).values(until=tx.now)) and None))
    assert names(claim_now(store, terms)) == ["d-1"]


def test_a_draining_hub_gets_what_was_promised_before_and_nothing_newer(store: Store) -> None:
    promise(store, "before")
    stopped(store, DRAINING)
    promise(store, "after")
    promise(store, "x", urgent=DIVERTS, kind="divert")
    terms = terms_for({"early_help": {}})
    assert names(claim_now(store, terms)) == ["x", "before"]
    stopped(store, "")
    assert names(claim_now(store, terms)) == ["after"]


def test_resuming_tries_at_once_what_waited_for_the_hub(store: Store) -> None:
    promise(store, "d-1", rungs=7, due_at=2**42, why="connect")
    terms = terms_for({"early_help": {}})
    assert claim_now(store, terms) == ()
    store.writer.run(Write(lambda tx: open_lane(tx, COUNCIL, "early_help", "sunny.vale")))
    assert names(claim_now(store, terms)) == ["d-1"]


def test_what_a_hub_answers_does_not_end_a_pause(store: Store) -> None:
    promise(store, "d-1")
    terms = terms_for({"early_help": {}})
    (claimed,) = claim_now(store, terms)
    stopped(store, PAUSED)
    change(store, "d-1", state="due", due_at=0)
    assert claim_now(store, terms) == ()
    assert claimed.permit.attempt == 1


@pytest.mark.parametrize(
    ("lane", "urgent", "takes"),
    [
        (Lane("hull", "h"), 0, True),
        (Lane("hull", "h", stopped=PAUSED), 0, False),
        (Lane("hull", "h", stopped=PAUSED), DIVERTS, True),
        (Lane("hull", "h", stopped=PAUSED, diverts=True), DIVERTS, False),
        (Lane("hull", "h", stopped=PAUSED, until=99), 0, False),
        (Lane("hull", "h", stopped=PAUSED, until=100), 0, False),
        (Lane("hull", "h", stopped=PAUSED, until=50), 0, True),
        (Lane("hull", "h", stopped=DRAINING, last=7), 0, True),
        (Lane("hull", "h", stopped=DRAINING, last=6), 0, False),
    ],
)
def test_what_a_stopped_hub_takes(lane: Lane, urgent: int, takes: bool) -> None:
    assert (lane.takes_up_to(urgent, 50) >= 7) is takes


# At the desk ---------------------------------------------------------------------------------------------------------


def test_a_manager_pauses_a_hub_and_the_list_says_who_why_and_until_when(door: Door) -> None:
    desk = Desk(door.gateway)
    told = desk.ask("hub_pause", MANAGER, hub="locality_west", reason=WHY, until="2099-01-05T09:00")
    said = f"Paused: nothing goes to it but safeguarding contacts, until Mon 5 Jan 2099, 09:00. sunny.vale: {WHY}"
    assert said in told["say"]
    listed = {one["hub"]: one["say"] for one in desk.ask("hubs", HUB)["hubs"]}
    assert said in listed["locality_west"]
    assert [name for name, say in listed.items() if "Paused" in say] == ["locality_west"]


def test_each_act_on_a_hub_has_its_entry_and_why_is_kept_no_longer_than_it_stands(door: Door) -> None:
    desk = Desk(door.gateway)
    desk.ask("hub_pause", MANAGER, hub="locality_west", reason=WHY)
    desk.ask("hub_drain", MANAGER, hub="locality_west", reason=WHY)
    assert len([row for row in rows(door.gateway, "content") if row["kind"] == "said"]) == 1
    desk.ask("hub_resume", ADMIN, hub="locality_west", reason=WHY)
    assert [row for row in rows(door.gateway, "content") if row["kind"] == "said"] == []
    assert desk.entries("")[-3:] == ["hub.paused", "hub.draining", "hub.resumed"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"state": "held", "why": "http_401"}, "Nothing goes to it. The hub does not know our key."),
        ({"state": "held", "why": "certificate"}, "certificate does not prove that it is the hub"),
        ({"failures": 9}, "It does not answer: the last 9 tries failed."),
        ({"failures": 2}, "It takes messages. The last 2 failed."),
        ({"open_at": 2_000_000_000_000}, "It asked us to wait until Wed 18 May 2033, 04:33."),
        ({}, "It takes messages."),
    ],
)
def test_a_hub_in_trouble_is_described_in_words(row: dict[str, Any], said: str) -> None:
    known = {"hub": "early_help", "state": "open", "why": "", "failures": 0, "open_at": 0, "at": 0, "stopped": ""}
    lane = LaneRow(**known | {"until": None, "last": 0, "diverts": 0, "by": "", "said": ""} | row)
    assert said in say(a_hub(confirmed=True), lane, "", 1_700_000_000_000)


@pytest.mark.parametrize(
    ("hub", "said"), [(None, "has no such hub any more"), (a_hub(confirmed=False), "has not confirmed its address")]
)
def test_a_hub_that_nothing_can_go_to_says_so(hub: HubSettings | None, said: str) -> None:
    assert said in say(hub, None, "", 1_700_000_000_000)


@on_sqlite
def test_a_hub_says_how_much_rests_and_since_when(door: Door) -> None:
    door.accepted()
    (row,) = rows(door.gateway, "delivery")
    (resting,) = [one for one in Desk(door.gateway).ask("hubs", HUB)["hubs"] if one["rests"]]
    assert (resting["hub"], resting["rests"], resting["oldest"]) == (row["hub"], {"due": 1}, row["at"])


@on_sqlite
@pytest.mark.parametrize("verb", ["hub_pause", "hub_drain", "hub_resume"])
def test_stopping_a_hub_takes_a_role_a_reason_and_a_hub_that_there_is(door: Door, verb: str) -> None:
    desk = Desk(door.gateway)
    with pytest.raises(NotYourRole):
        desk.ask(verb, ("dale.frost", "practice_manager"), hub="locality_west", reason=WHY)
    with pytest.raises(NoSuchAnswer, match="in a sentence"):
        desk.ask(verb, MANAGER, hub="locality_west", reason="because")
    with pytest.raises(NotFound, match="It has: "):
        desk.ask(verb, MANAGER, hub="nowhere", reason=WHY)


@on_sqlite
def test_only_those_who_answer_for_safety_stop_safeguarding_contacts(door: Door) -> None:
    desk = Desk(door.gateway)
    with pytest.raises(NotYourRole):
        desk.ask("hub_pause", ADMIN, hub="locality_west", reason=WHY, diverts="yes")
    assert (
        "nothing goes to it, until somebody lets it go on"
        in desk.ask("hub_pause", MANAGER, hub="locality_west", reason=WHY, diverts="yes")["say"]
    )


@on_sqlite
@pytest.mark.parametrize(("until", "said"), [("tomorrow", "Write --until"), ("2020-01-01T09:00", "must lie ahead")])
def test_a_pause_ends_at_a_time_that_lies_ahead(door: Door, until: str, said: str) -> None:
    with pytest.raises(NoSuchAnswer, match=said):
        Desk(door.gateway).ask("hub_pause", MANAGER, hub="locality_west", reason=WHY, until=until)
