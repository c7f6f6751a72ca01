"""Order about one child, slots of one hub, and a hub that fails: it backs off alone and loses nothing (P18, P16)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.delivery import HubClass, Result
from gateway.flows.decisions.permit import Terms
from gateway.flows.delivery.claim import Claimed
from gateway.flows.delivery.lanes import LONGEST, LONGEST_ASKED, LONGEST_DOUBTFUL, TRIP, Lane, after
from gateway.flows.delivery.outbox import DIVERT_SLOTS
from gateway.flows.delivery.release import open_lane
from gateway.flows.delivery.settle import settle
from gateway.path.answers import Reading
from gateway.path.schedule import DIVERTS, MOST_ATTEMPTS
from gateway.store.tables import LANE
from gateway.store.writer import Write
from tests.conftest import Store
from tests.flows.delivery.test_settle import came_to
from tests.flows.outbox import (
    COUNCIL,
    a_stub,
    change,
    claim_now,
    delivery,
    entries,
    forwarding,
    hub_at,
    in_state,
    lane,
    promise,
    state,
    terms_for,
    until,
)


def names(claimed: tuple[Claimed, ...]) -> list[str]:
    return [one.permit.delivery_id for one in claimed]


def settle_all(store: Store, terms: Terms, claimed: tuple[Claimed, ...], result: Result, why: str = "http_503") -> None:
    attempts = [came_to(one, result, why) for one in claimed]
    store.writer.run(Write(lambda tx: settle(tx, terms, attempts)))


# Order ----------------------------------------------------------------------------------------------------------------


def test_p18_messages_about_one_child_leave_in_the_order_of_acceptance(store: Store) -> None:
    """Each waits for the one before to be delivered, though the hub has slots for all."""
    made = [promise(store, f"d-{n}", subject="maya") for n in range(4)]
    stub = a_stub("ok", script=["busy"])

    async def go() -> None:
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub)})):
            await until(lambda: state(store, "d-0") == ("due", "http_503"))
            change(store, "d-0", due_at=0)
            await until(in_state(store, made, "delivered"))

    asyncio.run(go())
    assert stub.took == ["d-0", *made]


@pytest.mark.parametrize("blocked", ["uncertain", "held", "dead", "due", "sending"])
def test_p18_a_blocked_head_blocks_its_own_lane_and_no_other(store: Store, blocked: str) -> None:
    promise(store, "d-1", subject="maya", state=blocked, due_at=2**42, lease_until=2**42)
    promise(store, "d-2", subject="maya")
    promise(store, "d-3", subject="omar")
    assert names(claim_now(store, terms_for({"early_help": {}}))) == ["d-3"]


@pytest.mark.parametrize("ended", ["delivered", "cancelled"])
def test_p18_a_lane_goes_on_behind_what_has_ended(store: Store, ended: str) -> None:
    promise(store, "d-1", subject="maya", state=ended)
    promise(store, "d-2", subject="maya")
    assert names(claim_now(store, terms_for({"early_help": {}}))) == ["d-2"]


def test_a_divert_overtakes_everything_and_waits_behind_nothing(store: Store) -> None:
    promise(store, "d-1", subject="maya", state="uncertain")
    promise(store, "d-2", subject="omar")
    promise(store, "d-3", subject="maya", urgent=DIVERTS, kind="divert")
    assert names(claim_now(store, terms_for({"early_help": {"in_flight": 1}}))) == ["d-3", "d-2"]


def test_a_divert_keeps_no_ordinary_message_back(store: Store) -> None:
    promise(store, "d-1", subject="maya", urgent=DIVERTS, kind="divert", state="uncertain")
    promise(store, "d-2", subject="maya")
    assert names(claim_now(store, terms_for({"early_help": {}}))) == ["d-2"]


def test_a_hub_gets_no_more_at_once_than_it_can_take(store: Store) -> None:
    for n in range(5):
        promise(store, f"d-{n}", urgent=n % 2)  # what is urgent overtakes, and takes no more slots
    terms = terms_for({"early_help": {"in_flight": 3}})
    first = claim_now(store, terms)
    assert (len(first), claim_now(store, terms)) == (3, ())
    settle_all(store, terms, first[:2], Result.DELIVERED, "acknowledged")
    assert len(claim_now(store, terms)) == 2


def test_settled_33_a_divert_has_slots_of_its_own_where_the_hubs_are_all_taken(store: Store) -> None:
    for n in range(3):
        promise(store, f"d-{n}", urgent=n % 2)
    terms = terms_for({"early_help": {"in_flight": 1}})
    assert len(claim_now(store, terms)) == 1
    for n in range(DIVERT_SLOTS + 1):
        promise(store, f"x-{n}", urgent=DIVERTS, kind="divert")
    assert names(claim_now(store, terms)) == [f"x-{n}" for n in range(DIVERT_SLOTS)]
    assert claim_now(store, terms) == ()


def test_settled_33_diverts_under_way_take_no_slot_of_anything_else(store: Store) -> None:
    promise(store, "x", urgent=DIVERTS, kind="divert")
    promise(store, "d")
    assert names(claim_now(store, terms_for({"early_help": {"in_flight": 1}}))) == ["x", "d"]


def test_one_hubs_long_queue_keeps_no_other_hub_back(store: Store) -> None:
    """Each hub of each council has a lane: what one could take at once, and no more, is taken of each."""
    for n in range(300):
        promise(store, f"many-{n}", hub="busy")
    promise(store, "one", hub="quiet")
    claimed = names(claim_now(store, terms_for({"busy": {"in_flight": 4}, "quiet": {"in_flight": 4}})))
    assert (len(claimed), "one" in claimed) == (5, True)


def test_one_councils_long_queue_keeps_no_other_council_back(store: Store) -> None:
    """Nor does it take more than its own hub's slots, however long it is."""
    for n in range(300):
        promise(store, f"many-{n}")
    promise(store, "one", council="leicester", due_at=2**41)
    change(store, "one", due_at=0)
    terms = terms_for({"early_help": {"in_flight": 4}})
    both = dict(terms.councils) | {"leicester": replace(terms.councils[COUNCIL], name="leicester")}
    claimed = names(claim_now(store, replace(terms, councils=both)))
    assert (len(claimed), "one" in claimed) == (5, True)


def test_what_was_due_first_leaves_first(store: Store) -> None:
    for n, due in enumerate([30, 10, 20]):
        promise(store, f"d-{n}", due_at=due)
    assert names(claim_now(store, terms_for({"early_help": {}}))) == ["d-1", "d-2", "d-0"]


# Failing hubs ---------------------------------------------------------------------------------------------------------


def test_p18_a_dead_hub_never_delays_another(store: Store) -> None:
    """One hub drips, one refuses connections, and both have a queue in front of the third."""
    for n in range(6):
        promise(store, f"slow-{n}", hub="slow")
        promise(store, f"down-{n}", hub="down")
    good = [promise(store, f"good-{n}", hub="good") for n in range(6)]

    async def go() -> float:
        async with a_stub("drip") as slow, a_stub() as down, a_stub() as well:
            await down.down()
            hubs = {
                "slow": hub_at(slow, in_flight=2),
                "down": hub_at(down, in_flight=2),
                "good": hub_at(well, in_flight=2),
            }
            started = asyncio.get_running_loop().time()
            async with forwarding(store, terms_for(hubs), grace=0.1):
                await until(in_state(store, good, "delivered"))
                return asyncio.get_running_loop().time() - started

    assert asyncio.run(go()) < 1.5


def test_a_failing_hub_is_left_alone_and_then_tried_with_one_delivery(store: Store) -> None:
    for n in range(TRIP + 3):
        promise(store, f"d-{n}", due_at=n)
    terms = terms_for({"early_help": {"in_flight": TRIP}})
    settle_all(store, terms, claim_now(store, terms), Result.REFUSED_FOR_NOW)
    assert lane(store).failures == TRIP
    assert claim_now(store, terms) == ()
    store.writer.run(Write(lambda tx: tx.execute(LANE.update().values(open_at=0)) and None))
    assert names(claim_now(store, terms)) == [f"d-{TRIP}"]
    assert claim_now(store, terms) == ()


def test_a_divert_is_itself_a_try_whether_the_hub_is_back(store: Store) -> None:
    for n in range(TRIP):
        promise(store, f"d-{n}")
    terms = terms_for({"early_help": {}})
    settle_all(store, terms, claim_now(store, terms), Result.REFUSED_FOR_NOW)
    promise(store, "d-x", urgent=DIVERTS, kind="divert")
    assert names(claim_now(store, terms)) == ["d-x"]


def test_p13_after_an_outage_everything_is_delivered_at_once_and_nothing_twice(store: Store) -> None:
    made = [promise(store, f"d-{n}") for n in range(20)]
    stub = a_stub("busy")

    async def go() -> float:
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub, HubClass.C)})):
            await until(lambda: len(stub.arrivals) > TRIP)
            stub.behaviour = "ok"
            started = asyncio.get_running_loop().time()
            await until(in_state(store, made, "delivered"))
            return asyncio.get_running_loop().time() - started

    assert asyncio.run(go()) < 3
    assert sorted(stub.effects) == sorted(made)
    assert set(stub.effects.values()) == {1}


def recovered(store: Store, terms: Terms) -> None:
    """The hub was away, and a divert that it takes shows that it is back."""
    for n in range(TRIP):
        promise(store, f"d-{n}", rungs=1)
    settle_all(store, terms, claim_now(store, terms), Result.REFUSED_FOR_NOW)
    promise(store, "probe", urgent=DIVERTS)
    settle_all(store, terms, claim_now(store, terms), Result.DELIVERED, "acknowledged")


def test_when_a_hub_is_back_everything_is_brought_forward_but_what_it_named_a_time_for(store: Store) -> None:
    late: dict[str, Any] = {"state": "due", "due_at": 2**42}
    promise(store, "asked", rungs=1, why="asked_to_wait", **late)
    promise(store, "doubt", rungs=1, why="doubtful", **late)
    promise(store, "last", rungs=MOST_ATTEMPTS - 1, why="http_503", **late)
    promise(store, "again", rungs=3, early=3, why="http_503", **late)
    recovered(store, terms_for({"early_help": {}}))
    waits = {name for name in ("asked", "doubt", "last", "again") if delivery(store, name).due_at == 2**42}
    assert waits == {"asked", "again"}
    assert delivery(store, "d-0").due_at <= delivery(store, "probe").ended_at


def test_a_try_that_was_brought_forward_and_fails_leaves_the_ladder_as_it_was(store: Store) -> None:
    promise(store, "d", rungs=5, due_at=2**42, why="http_503")
    terms = terms_for({"early_help": {}})
    recovered(store, terms)
    early = [one for one in claim_now(store, terms) if one.permit.delivery_id == "d"]
    settle_all(store, terms, tuple(early), Result.REFUSED_FOR_NOW)
    row = delivery(store, "d")
    assert (row.state, row.rungs, row.early, row.due_at, row.planned_at) == ("due", 5, 5, 2**42, None)


def test_a_changed_door_holds_the_lane_until_a_person_opens_it(store: Store) -> None:
    promise(store, "d-1")
    promise(store, "d-2")
    terms = terms_for({"early_help": {"in_flight": 1}})
    settle_all(store, terms, claim_now(store, terms), Result.LANE_HELD, "http_401")
    assert (lane(store).state, lane(store).why) == ("held", "http_401")
    assert state(store, "d-1") == ("held", "lane_held")
    assert claim_now(store, terms) == ()
    assert state(store, "d-2") == ("due", "")
    assert store.writer.run(Write(lambda tx: open_lane(tx, COUNCIL, "early_help", "manager"))) == 1
    assert names(claim_now(store, terms)) == ["d-2"]
    assert state(store, "d-1") == ("due", "")
    assert entries(store, "d-1") == ["permit", "attempt", "release"]


def test_a_divert_does_not_pass_a_held_lane(store: Store) -> None:
    promise(store, "d-1")
    terms = terms_for({"early_help": {}})
    settle_all(store, terms, claim_now(store, terms), Result.LANE_HELD, "certificate")
    promise(store, "d-2", urgent=DIVERTS)
    assert claim_now(store, terms) == ()


# The lane, purely -----------------------------------------------------------------------------------------------------

READINGS = st.builds(
    Reading,
    st.sampled_from([result for result in Result if result is not Result.LANE_HELD]),
    st.sampled_from(["http_503", "timeout", "connect"]),
    st.none() | st.integers(0, 86_400),
)


@settings(max_examples=50)
@given(readings=st.lists(READINGS), hub_class=st.sampled_from(HubClass))
def test_a_hub_is_left_alone_for_a_bounded_time(readings: list[Reading], hub_class: HubClass) -> None:
    now, one = 1_000_000, Lane("hull", "early_help")
    for reading in readings:
        one = after(one, reading, hub_class, now)
        assert one.open_at <= now + max(LONGEST_DOUBTFUL, LONGEST_ASKED)
        now += 10


@pytest.mark.parametrize(
    ("result", "hub_class", "longest"),
    [
        (Result.NOT_SENT, HubClass.C, LONGEST),
        (Result.REFUSED_FOR_NOW, HubClass.C, LONGEST),
        (Result.UNCERTAIN, HubClass.A, LONGEST),
        (Result.UNCERTAIN, HubClass.C, LONGEST_DOUBTFUL),
    ],
)
def test_tries_at_a_failing_hub_grow_apart_to_a_limit(result: Result, hub_class: HubClass, longest: int) -> None:
    one, waits = Lane("hull", "early_help"), []
    for now in range(0, 60_000_000, 1_000_000):
        one = after(one, Reading(result, "timeout"), hub_class, now)
        waits.append(max(0, one.open_at - now))
    assert waits[: TRIP - 1] == [0] * (TRIP - 1)
    assert waits == sorted(waits)
    assert waits[-1] == longest


@pytest.mark.parametrize("why", ["worker_lost", "stopped", "permit_spent"])
def test_our_own_troubles_are_not_the_hubs(why: str) -> None:
    one = Lane("hull", "early_help", failures=2)
    assert after(one, Reading(Result.UNCERTAIN, why), HubClass.A, 0) == one


@pytest.mark.parametrize("result", [Result.DELIVERED, Result.REFUSED])
def test_a_definite_word_from_the_hub_ends_its_failures(result: Result) -> None:
    one = Lane("hull", "early_help", failures=9, open_at=99)
    assert after(one, Reading(result, "acknowledged"), HubClass.A, 0) == Lane("hull", "early_help")
