"""A sender's own people see what they sent, and nobody else's; nothing is opened before the record says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.errors import NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.acting import acting
from gateway.flows.holds.opening import READ
from gateway.flows.oversight.looked import CHILD, COPY
from gateway.flows.senders import ownnotices, ownpapers, ownreading, ownrequest, ownrequests
from tests.builders import a_child, a_mother
from tests.flows.owners import WHY, person, run, stranger
from tests.flows.returned import arrived, event, outcome, sent
from tests.running import Door, a_hull_referral, on_sqlite, rows


def listed(door: Door) -> dict[str, ownrequests.Own]:
    return {one.id: one for one in run(ownrequests.listed(door.gateway, person(door.gateway, "office"), None)).rows}


def entries(door: Door, kind: str) -> list[dict[str, Any]]:
    return [row for row in rows(door.gateway, "entry") if row["type"] == kind]


def test_a_request_is_listed_by_initials_its_own_reference_and_a_state_in_words(door: Door) -> None:
    referral, delivery = sent(door)
    one = listed(door)[referral]
    assert (one.child, one.reference, one.days) == ("M F", "T-first", 0)
    assert one.standing.say == "At the hub’s system. Nobody has confirmed reading it."
    outcome(door, delivery, "allocated")
    assert listed(door)[referral].standing.title == "Answered"


def test_what_is_asked_of_them_comes_first_and_by_its_time(door: Door) -> None:
    _, delivery = sent(door)
    event(door, delivery, "more_information_asked", words="Which mornings?")
    (ask,) = run(ownrequests.asked(door.gateway, person(door.gateway)))
    assert ask.question
    assert ask.request.standing.yours
    assert "Which mornings" not in repr(ask)


def test_p27_another_sender_s_request_and_none_are_the_same(door: Door) -> None:
    referral, _ = sent(door)
    who, told = stranger(door.gateway), set[str]()
    for one in (referral, "0f" * 16):
        for ask in (
            ownrequest.show(door.gateway, who, one),
            ownreading.opened(door.gateway, who, one, WHY),
            ownpapers.copy(door.gateway, who, one, WHY),
        ):
            with pytest.raises(NotFound) as error:
                run(ask)
            told.add(str(error.value))
    assert len(told) == 1
    assert run(ownrequests.listed(door.gateway, stranger(door.gateway), None)).count == 0
    assert not entries(door, READ)


def test_what_was_sent_is_opened_by_a_lead_who_says_why_and_the_record_says_so_first(door: Door) -> None:
    referral, delivery = sent(door)
    event(door, delivery, "more_information_asked", words="Which mornings?")
    with pytest.raises(NotYourRole):
        run(ownreading.opened(door.gateway, person(door.gateway, "office"), referral, WHY))
    with pytest.raises(NoSuchAnswer):
        run(ownreading.opened(door.gateway, person(door.gateway), referral, "why"))
    assert not entries(door, READ)
    found = run(ownreading.opened(door.gateway, person(door.gateway), referral, WHY))
    assert found["referral"]["people"][0]["surname"] == "Fernsby"
    assert list(found["questions"].values()) == ["Which mornings?"]
    assert len(entries(door, READ)) == 1


@on_sqlite
def test_a_page_that_opens_nothing_holds_no_name_and_nothing_that_a_hub_wrote(door: Door) -> None:
    referral, delivery = sent(door)
    event(door, delivery, "more_information_asked", words="Zqwhich mornings?")
    outcome(door, delivery, "advice_given", words="Zqadvice for them.")
    told = json.dumps(run(ownrequest.show(door.gateway, person(door.gateway), referral)), default=str)
    assert not [word for word in ("Fernsby", "Maya", "2017-03-14", "Zq", "07700") if word in told]


@on_sqlite
def test_all_of_one_child_is_shown_together_and_nothing_of_another_sender(door: Door) -> None:
    first, _ = sent(door)
    second = door.accepted(a_hull_referral(reason="Late again."), once="second")
    other = [a_child(first_name="Ada", surname="Quill", date_of_birth="2016-01-02"), a_mother(first_name="Eve")]
    third = door.accepted(a_hull_referral(people=other), once="third")
    found = run(ownreading.together(door.gateway, person(door.gateway), first, 0, WHY))
    assert {one.id for one in found.requests} == {first, second}
    assert third not in {of for _, _, of in found.lines}
    assert {row["referral"] for row in entries(door, CHILD)} == {first, second}
    with pytest.raises(NotFound):
        run(ownreading.together(door.gateway, person(door.gateway), first, 1, WHY))


@on_sqlite
def test_a_copy_is_taken_out_only_once_the_record_says_who_took_it(door: Door) -> None:
    referral, _ = sent(door)
    found = run(ownpapers.copy(door.gateway, person(door.gateway), referral, WHY))
    assert found["referral"]["people"][0]["surname"] == "Fernsby"
    assert [row["referral"] for row in entries(door, COPY)] == [referral]
    assert "augusta.fennimore" not in json.dumps(found["record"])


@on_sqlite
def test_a_receipt_is_of_a_message_about_this_request(door: Door) -> None:
    first, _ = sent(door)
    second = door.accepted(a_hull_referral(reason="Late again."), once="second")
    theirs = arrived(door, second)
    with pytest.raises(NotFound, match="about this request"):
        run(ownpapers.receipt(door.gateway, person(door.gateway), first, theirs, WHY))


def test_word_that_came_back_is_marked_once_by_a_lead_and_its_system_hears_it_no_more(door: Door) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated")
    (word,) = run(ownnotices.unread(door.gateway, person(door.gateway, "office"))).words
    with pytest.raises(NotYourRole):
        run(ownnotices.read(door.gateway, person(door.gateway, "office"), word.id))
    with pytest.raises(NotFound):
        run(ownnotices.read(door.gateway, stranger(door.gateway), word.id))
    run(ownnotices.read(door.gateway, person(door.gateway), word.id))
    assert run(ownnotices.unread(door.gateway, person(door.gateway))).words == ()
    assert door.get("/v1/notices").json()["notices"] == []


@on_sqlite
def test_the_councils_own_people_are_no_sender(door: Door) -> None:
    hull = door.gateway.council("hull")
    who = acting(hull, hull.roles["hub_duty"].people[0], "hub_duty")
    with pytest.raises(NotYourRole, match="people of a sender"):
        _ = who.caller
