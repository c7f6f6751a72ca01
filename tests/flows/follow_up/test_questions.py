"""A hub asks for more, and the sender answers on the same referral (settled 46, KE-R02)."""

from __future__ import annotations

import json
from typing import Any

from tests.builders import a_child, a_mother
from tests.flows.returned import arrived, deliveries, event, sent, status, tell
from tests.running import HULL, Door, a_hull_referral, counts, on_sqlite, rows

QUESTION = "Which days is she late?"


def asked(door: Door, once: str = "first", **changes: Any) -> tuple[str, str, str]:
    """A referral, its message, and the question that the hub has asked about it."""
    referral, delivery = sent(door, once, **changes)
    told = event(door, delivery, "more_information_asked", once=f"asked-{once}", words=QUESTION)
    assert told.status_code == 202, told.text
    return referral, delivery, str(told.json()["question"])


def answer(door: Door, referral: str, words: str = "On Mondays.", once: str = "answer", **more: Any) -> Any:
    return tell(door, f"/v1/referrals/{referral}/answers", {"words": words, **more}, once=once, key=HULL)


def bodies(door: Door, referral: str, kind: str) -> list[dict[str, Any]]:
    contents = {row["id"]: bytes(row["body"]) for row in rows(door.gateway, "content")}
    return [json.loads(contents[row["payload"]]) for row in deliveries(door, referral, kind)]


def clock(door: Door, question: str) -> dict[str, Any]:
    (found,) = [row for row in rows(door.gateway, "clock") if row["id"] == question]
    return found


def test_ke_r02_a_question_is_open_with_its_sender_under_a_clock(door: Door) -> None:
    referral, _, question = asked(door)
    row = clock(door, question)
    assert (row["kind"], row["owner"], row["state"]) == ("task:answer_the_hub", "referrer", "running")
    (told,) = status(door, referral)["questions"]
    assert (told["question"], told["state"], told["words"]) == (question, "open", QUESTION)
    assert told["answer_to"] == f"/v1/referrals/{referral}/answers"


def test_ke_r02_the_answer_goes_to_the_hub_that_asked_as_a_message_of_its_own(door: Door) -> None:
    referral, delivery, question = asked(door)
    told = answer(door, referral)
    assert (told.status_code, told.json()["question"]) == (202, question), told.text
    assert "goes to Hull Locality Hub, West" in told.json()["say"]
    (update,) = deliveries(door, referral, "update")
    assert (update["hub"], update["state"]) == ("locality_west", "due")
    assert update["id"] != delivery
    (body,) = bodies(door, referral, "update")
    assert [one["answer"] for one in body["other_answers"]] == ["On Mondays."]
    assert body["your_answer"]["delivery"] == update["id"]


def test_an_answer_closes_its_question_and_stops_its_clock(door: Door) -> None:
    referral, _, question = asked(door)
    answer(door, referral)
    assert (clock(door, question)["state"], clock(door, question)["why"]) == ("stopped", "more_information_given")
    told = status(door, referral)
    assert [one["state"] for one in told["questions"]] == ["answered"]
    assert [one["event"] for one in told["happened"]] == ["more_information_asked", "more_information_given"]


def test_p5_an_answer_twice_under_its_key_is_one_answer(door: Door) -> None:
    referral, _, _ = asked(door)
    first, before = answer(door, referral), counts(door.gateway)
    assert (answer(door, referral).content, counts(door.gateway)) == (first.content, before)


@on_sqlite
def test_an_answer_to_nothing_is_refused(door: Door) -> None:
    referral, _ = sent(door)
    told = answer(door, referral)
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, "/question")


@on_sqlite
def test_where_two_questions_are_open_the_answer_names_one(door: Door) -> None:
    referral, delivery, question = asked(door)
    event(door, delivery, "more_information_asked", once="more", words="And who brings her?")
    unsaid = answer(door, referral)
    assert question in unsaid.json()["errors"][0]["remedy"]
    assert answer(door, referral, once="b", question=question).status_code == 202
    assert [one["state"] for one in status(door, referral)["questions"]] == ["answered", "open"]


@on_sqlite
def test_an_answer_that_speaks_of_harm_goes_to_the_front_door_or_under_an_urgent_flag(door: Door) -> None:
    referral, _, _ = asked(door)
    answer(door, referral, "She says that her stepfather beats her with a belt.")
    standing = [row for row in rows(door.gateway, "decision") if row["state"] == "promised"]
    assert any("S-1" in row["deciding"] or "harm" in row["flags"] for row in standing)


@on_sqlite
def test_after_a_withdrawal_an_answer_is_kept_and_goes_nowhere(door: Door) -> None:
    referral, _, _ = asked(door)
    door.post(f"/v1/referrals/{referral}/withdrawal")
    told = answer(door, referral)
    assert (told.status_code, "do not let it go" in told.json()["say"]) == (202, True)
    assert deliveries(door, referral, "update") == []


@on_sqlite
def test_an_answer_never_carries_what_the_family_keeps_from_this_hub(door: Door) -> None:
    hidden = {"lines": ["9 Hidden Way"], "postcode": "ZZ9 9ZZ", "protected": True}
    referral, _, _ = asked(door, people=[a_child(addresses=[hidden]), a_mother()])
    answer(door, referral, "She is late because 9 Hidden Way is far.")
    assert "Hidden Way" not in json.dumps(bodies(door, referral, "update"))


@on_sqlite
def test_a_correction_answers_what_was_asked(door: Door) -> None:
    record = {"system": "canonical", "record_id": "T-9"}
    _, _, question = asked(door, source=record)
    door.accepted(a_hull_referral(source=record, reason="Late on Mondays."), once="b")
    assert clock(door, question)["state"] == "stopped"


@on_sqlite
def test_an_answer_may_name_any_version(door: Door) -> None:
    first = door.accepted(a_hull_referral(source={"system": "canonical", "record_id": "T-9"}))
    arrived(door, first)
    second = door.accepted(a_hull_referral(source={"system": "canonical", "record_id": "T-9"}, reason="M."), once="b")
    delivery = arrived(door, second)
    event(door, delivery, "more_information_asked", words=QUESTION)
    assert answer(door, first).status_code == 202
    assert deliveries(door, second, "update")


# Kent ----------------------------------------------------------------------------------------------------------------


@on_sqlite
def test_ke_r03_advice_after_a_regrade_comes_back_with_its_reason(door: Door) -> None:
    kent = a_hull_referral(council="kent", family={}, requested_services=[])
    referral = door.accepted(kent, key="demo-kent-school")
    path = f"/v1/deliveries/{arrived(door, referral)}/outcome"
    reason = "The school's own family worker can help, because only attendance is affected."
    bare, told = ({"outcome": "advice_given"} | more for more in ({}, {"words": reason}))
    assert tell(door, path, bare, key="demo-kent-hub").json()["errors"][0]["pointer"] == "/words"
    assert tell(door, path, told, once="b", key="demo-kent-hub").status_code == 202
    (back,) = status(door, referral, key="demo-kent-school")["outcomes"]
    assert (back["say"], back["words"]) == ("Level 2. Advice for whoever asked", reason)
