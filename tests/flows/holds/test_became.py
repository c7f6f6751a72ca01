"""Settled 46: a council's people say what became of a message that has arrived, where no system of the hub does."""

from __future__ import annotations

import asyncio
import json

import pytest

from contracts.errors import InvalidMessage, NotFound, NotYourRole
from gateway.flows.acting import Acting, may_act
from gateway.flows.follow_up.answerlinks import Given
from gateway.flows.holds import became
from gateway.store.evidence import entry_of
from tests.flows.returned import sent, status
from tests.running import Door, on_sqlite, rows

DUTY = "hub_duty"


def who(door: Door, role: str = DUTY, council: str = "hull") -> Acting:
    of = door.gateway.council(council)
    return Acting(of, may_act(of, role)[0], role)


def tell(door: Door, delivery: str, value: str, words: str = "", once: str = "a", **of: str) -> str:
    given = Given(value, words)
    return asyncio.run(became.answer(door.gateway, who(door, **of), delivery, once, given))


def test_an_outcome_typed_here_reaches_the_sender_and_the_record_says_who_typed_it(door: Door) -> None:
    referral, delivery = sent(door)
    tell(door, delivery, "outcome:allocated", "The West team has it.")
    (said,) = status(door, referral)["outcomes"]
    assert (said["say"], said["words"]) == ("Targeted Early Help response", "The West team has it.")
    (event,) = rows(door.gateway, "event")
    assert (event["kind"], event["code"], event["by"]) == ("outcome", "allocated", "a named person")
    with door.gateway.store.read("hull") as connection:
        entry = entry_of(connection, "hull", event["entry"])
    assert entry is not None
    parts = {part.name: json.loads(part.value or "null") for part in entry.sections}
    assert (parts["human"]["by"], parts["human"]["role"]) == ("bram.ellis", DUTY)


@on_sqlite
def test_p5_the_same_form_twice_is_one_answer_and_what_was_said_is_shown(door: Door) -> None:
    _, delivery = sent(door)
    for once, value in (("a", "event:opened"), ("a", "event:opened"), ("b", "outcome:to_panel")):
        tell(door, delivery, value, once=once)
    asked = asyncio.run(became.asked(door.gateway, who(door), delivery))
    assert [one.title for one in asked.said] == ["It was opened.", "To the Early Help Action Meeting"]


@on_sqlite
def test_what_an_answer_needs_is_asked_for_and_nothing_is_recorded(door: Door) -> None:
    _, delivery = sent(door)
    with pytest.raises(InvalidMessage) as told:
        tell(door, delivery, "outcome:advice_given")
    assert [fault.pointer for fault in told.value.faults] == ["/words"]
    assert rows(door.gateway, "event") == []


@on_sqlite
@pytest.mark.parametrize("role", ["ig_lead", "front_door", "routing_desk"])
def test_who_does_not_run_cases_may_not(door: Door, role: str) -> None:
    _, delivery = sent(door)
    with pytest.raises(NotYourRole):
        tell(door, delivery, "event:opened", role=role)


@on_sqlite
def test_p27_another_councils_message_and_none_look_the_same(door: Door) -> None:
    _, delivery = sent(door)
    with pytest.raises(NotFound) as theirs:
        tell(door, delivery, "event:opened", council="kent")
    with pytest.raises(NotFound) as nobodys:
        tell(door, "0f" * 16, "event:opened")
    assert str(theirs.value) == str(nobodys.value)
