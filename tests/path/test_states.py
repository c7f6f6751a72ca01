"""What may become of a delivery (settled 5, P13)."""

from __future__ import annotations

from itertools import product

import pytest

from contracts.delivery import DeliveryState, HubClass, Result
from gateway.path.states import BLOCKED, CHANGES, ENDED, Who, after, may_change


def reachable(start: DeliveryState, *who: Who) -> set[DeliveryState]:
    """States a delivery can come to by any number of changes."""
    seen: set[DeliveryState] = set()
    edge = {start}
    while edge:
        edge = {to for state in edge for one in who for to in CHANGES[one].get(state, frozenset())} - seen
        seen |= edge
    return seen


@pytest.mark.parametrize("state", sorted(ENDED))
@pytest.mark.parametrize("who", ["machine", "person", "condition"])
def test_nothing_leads_out_of_a_state_that_has_ended(state: DeliveryState, who: Who) -> None:
    assert not CHANGES[who].get(state)


@pytest.mark.parametrize("state", [s for s in DeliveryState if s not in ENDED])
def test_every_other_state_has_a_way_to_an_end(state: DeliveryState) -> None:
    assert reachable(state, "machine", "person") >= ENDED


@pytest.mark.parametrize("state", [DeliveryState.UNCERTAIN, DeliveryState.DEAD])
def test_only_a_person_moves_what_waits_for_a_person(state: DeliveryState) -> None:
    assert reachable(state, "machine", "condition") == set()


@pytest.mark.parametrize("state", sorted(BLOCKED))
def test_a_person_may_send_again_or_end_what_is_blocked(state: DeliveryState) -> None:
    assert CHANGES["person"][state] == {DeliveryState.DUE, DeliveryState.CANCELLED}


def test_nothing_is_sent_but_what_was_due() -> None:
    sources = {state for who in CHANGES.values() for state, to in who.items() if DeliveryState.SENDING in to}
    assert sources == {DeliveryState.DUE}


@pytest.mark.parametrize(("result", "hub_class", "tries_left"), list(product(Result, HubClass, [True, False])))
def test_what_follows_an_attempt_is_an_allowed_change(result: Result, hub_class: HubClass, tries_left: bool) -> None:
    assert may_change(DeliveryState.SENDING, after(result, hub_class, tries_left), "machine")


@pytest.mark.parametrize("tries_left", [True, False])
def test_p13_an_uncertain_attempt_waits_for_a_person_where_nothing_is_known_of_the_hub(tries_left: bool) -> None:
    assert after(Result.UNCERTAIN, HubClass.C, tries_left) is DeliveryState.UNCERTAIN


@pytest.mark.parametrize("hub_class", [HubClass.A, HubClass.B])
def test_p13_a_hub_that_drops_repeats_or_can_be_asked_has_its_uncertain_one_due_again(hub_class: HubClass) -> None:
    assert after(Result.UNCERTAIN, hub_class, True) is DeliveryState.DUE


@pytest.mark.parametrize("hub_class", list(HubClass))
def test_an_uncertain_attempt_is_never_called_dead(hub_class: HubClass) -> None:
    assert after(Result.UNCERTAIN, hub_class, False) is DeliveryState.UNCERTAIN


@pytest.mark.parametrize("hub_class", list(HubClass))
@pytest.mark.parametrize(
    ("result", "tries_left", "state"),
    [
        (Result.DELIVERED, True, DeliveryState.DELIVERED),
        (Result.DELIVERED, False, DeliveryState.DELIVERED),
        (Result.NOT_SENT, True, DeliveryState.DUE),
        (Result.NOT_SENT, False, DeliveryState.DEAD),
        (Result.REFUSED_FOR_NOW, True, DeliveryState.DUE),
        (Result.REFUSED_FOR_NOW, False, DeliveryState.DEAD),
        (Result.REFUSED, True, DeliveryState.DEAD),
        (Result.LANE_HELD, True, DeliveryState.HELD),
    ],
)
def test_every_definite_result_leads_to_one_state(
    result: Result, tries_left: bool, state: DeliveryState, hub_class: HubClass
) -> None:
    assert after(result, hub_class, tries_left) is state
