"""What a sender's people tell goes the way their system's key would go, and the record keeps who it was."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.agreement import AgreementForm, AgreementStatus
from contracts.errors import InvalidMessage, NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.senders import owntelling
from gateway.flows.senders.owntelling import Said
from tests.flows.desks import HUB, MANAGER, Desk
from tests.flows.owners import WHY, person, run, stranger
from tests.flows.returned import event, sent, status
from tests.running import Door, on_sqlite, rows

QUESTION = {"event": "more_information_asked", "words": "Which mornings?"}


def test_an_answer_goes_to_the_hub_once_and_says_who_wrote_it(door: Door) -> None:
    referral, delivery = sent(door)
    question = event(door, delivery, QUESTION["event"], words=QUESTION["words"]).json()["question"]
    lead = person(door.gateway)
    with pytest.raises(NotYourRole):
        run(owntelling.answer(door.gateway, person(door.gateway, "office"), referral, question, "Mondays.", "once"))
    with pytest.raises(NoSuchAnswer):
        run(owntelling.answer(door.gateway, lead, referral, question, " ", "once"))
    for _ in range(2):
        assert "goes to" in run(owntelling.answer(door.gateway, lead, referral, question, "Mondays.", "once"))
    with pytest.raises(InvalidMessage):
        run(owntelling.answer(door.gateway, lead, referral, question, "Tuesdays.", "twice"))
    assert [one["state"] for one in status(door, referral)["questions"]] == ["answered"]


def test_a_chase_is_put_before_the_hub_once_and_ends_when_somebody_there_says_so(door: Door) -> None:
    referral, _ = sent(door)
    assert "Asked, and kept in the record" in run(owntelling.chase(door.gateway, person(door.gateway), referral))
    with pytest.raises(NoSuchAnswer, match="asked already"):
        run(owntelling.chase(door.gateway, person(door.gateway), referral))
    with pytest.raises(NotFound):
        run(owntelling.chase(door.gateway, stranger(door.gateway), referral))
    desk = Desk(door.gateway)
    desk.ask("done", HUB, hold=desk.hold(referral, "task:tell_the_sender"), note="I rang them.")
    assert "The hub has spoken with the sender." in [one["say"] for one in status(door, referral)["timeline"]]
    assert "Asked" in run(owntelling.chase(door.gateway, person(door.gateway), referral))


def test_a_no_is_read_by_the_hubs_manager_and_by_nobody_on_duty(door: Door) -> None:
    referral, _ = sent(door)
    said = "He needs somebody now, not in January."
    run(owntelling.disagree(door.gateway, person(door.gateway), referral, said))
    desk = Desk(door.gateway)
    task = desk.hold(referral, "task:answer_the_disagreement")
    with pytest.raises(NotYourRole):
        desk.ask("open", HUB, hold=task, purpose=WHY)
    found = desk.ask("open", MANAGER, hold=task, purpose=WHY)
    assert found["said"] == [said]
    with pytest.raises(NoSuchAnswer):
        run(owntelling.disagree(door.gateway, person(door.gateway), referral, "No."))


@on_sqlite
def test_what_a_mother_takes_back_later_stops_what_she_agreed_to(door: Door) -> None:
    referral = door.accepted()
    said = Said(1, AgreementStatus.WITHDRAWN, AgreementForm.VERBAL, date(2026, 10, 20))
    assert "recorded" in run(owntelling.agree(door.gateway, person(door.gateway), referral, said, "once"))
    assert status(door, referral)["deliveries"][0]["state"] != "due"


@on_sqlite
def test_the_family_no_longer_agrees_and_the_record_says_how_they_know(door: Door) -> None:
    referral = door.accepted()
    with pytest.raises(NoSuchAnswer):
        run(owntelling.withdraw(door.gateway, person(door.gateway), referral, "yes"))
    say = run(owntelling.withdraw(door.gateway, person(door.gateway), referral, "Her mother rang us this morning."))
    assert "Nothing more goes" in say
    (row,) = [row for row in rows(door.gateway, "entry") if row["type"] == "agreement.withdrawn"]
    assert row["referral"] == referral
