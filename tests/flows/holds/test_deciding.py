"""A person records a fact and the engine decides again; only refusing and closing are direct (settled 9, 36)."""

from __future__ import annotations

import json

import pytest

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound, NotYourRole
from tests.flows.desks import GROUNDS, HUB, IG, MANAGER, NO, PRACTICE, REASON, Desk, refused, unasked
from tests.flows.pages import sign_in
from tests.running import Door, a_hull_referral, on_sqlite, rows

SIBLINGS = [
    {"id": f"child-{place}", "roles": ["child"], "first_name": name, "surname": "Fernsby", "date_of_birth": born}
    for place, (name, born) in enumerate((("Maya", "2017-03-14"), ("Theo", "2019-05-02"), ("Ada", "2021-01-09")))
]
MOTHER = a_hull_referral()["people"][1]


def human(desk: Desk, referral: str) -> list[dict[str, object]]:
    """What the record keeps of persons' decisions on a referral."""
    found = []
    for row in rows(desk.gateway, "entry"):
        if row["referral"] == referral and row["type"] == "decision.human":
            body = next(one["body"] for one in rows(desk.gateway, "content") if one["id"] == row["sections"])
            found.append(json.loads(json.loads(body)["human"]["value"]))
    return found


# A fact that releases ------------------------------------------------------------------------------------------------


def test_settled_9_an_agreement_by_telephone_releases_what_waited_for_it(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    told = desk.decide(desk.hold(referral), "family_agrees")
    assert (told["outcome"], told["hub"]) == ("share", "Hull Locality Hub, West")
    assert desk.standing(referral) == [("share", "promised")]
    assert desk.deliveries(referral) == [("locality_west", "due", "")]


def test_it_is_one_decision_of_a_person_and_one_entry(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    desk.decide(desk.hold(referral), "family_agrees")
    assert desk.entries(referral).count("decision.human") == 1
    (decision,) = [row for row in rows(desk.gateway, "decision") if row["version"] == 2]
    assert decision["by"] == "bram.ellis"


@on_sqlite
def test_the_record_keeps_who_why_and_what_the_machine_had_said(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    desk.decide(desk.hold(referral), "family_agrees")
    (said,) = human(desk, referral)
    assert (said["by"], said["role"], said["how"]) == (*HUB, "asserted at the command line")
    assert (said["was"], said["value"], said["reason"]) == ("unknown", "in_scope", REASON)
    assert said["machine"] == {"outcome": "hold", "rules": ["G-506"]}


@on_sqlite
def test_the_hold_ends_by_the_person_and_its_needed_is_asked(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    hold = desk.hold(referral)
    assert "needed" in desk.decide(hold, "family_agrees")["ask"]
    (clock,) = [row for row in rows(desk.gateway, "clock") if row["id"] == hold]
    assert (clock["state"], clock["ended_by"], clock["why"]) == ("stopped", "bram.ellis", "family_agrees")


@on_sqlite
def test_a_hold_of_two_rules_goes_on_with_its_time_when_one_is_answered(door: Door) -> None:
    told = [{"person": "mother", "given": False}]
    desk = Desk(door.gateway)
    referral = door.accepted(a_hull_referral(agreements=[], notices=told))
    first = desk.hold(referral)
    before = next(row for row in rows(desk.gateway, "clock") if row["id"] == first)
    assert desk.decide(first, "family_agrees")["outcome"] == "hold"
    after = next(row for row in rows(desk.gateway, "clock") if row["id"] == desk.hold(referral))
    assert (after["started_at"], after["due_at"]) == (before["started_at"], before["due_at"])
    assert next(row for row in rows(desk.gateway, "clock") if row["id"] == first)["why"] == "continued"


@on_sqlite
def test_the_page_of_a_hold_that_goes_on_leads_to_it_and_does_not_ask_whether_it_was_needed(door: Door) -> None:
    told = [{"person": "mother", "given": False}]
    desk = Desk(door.gateway)
    referral = door.accepted(a_hull_referral(agreements=[], notices=told))
    first = desk.hold(referral)
    desk.decide(first, "family_agrees")
    page = sign_in(door, "hub_duty").get(f"/holds/{first}").text
    assert f'href="/holds/{desk.hold(referral)}"' in page
    assert "Was this hold needed?" not in page


@on_sqlite
def test_settled_1_a_person_chooses_the_hub_and_it_goes_there_once(door: Door) -> None:
    desk = Desk(door.gateway)
    referral = door.accepted(a_hull_referral(family={"locality": "Elsewhere"}))
    desk.decide(desk.hold(referral), "route", hub="locality_east")
    assert desk.deliveries(referral) == [("locality_east", "due", "")]


@on_sqlite
def test_a_205_of_two_councils_a_person_says_whose_child_it_is(door: Door) -> None:
    desk = Desk(door.gateway)
    family = {"locality": "West", "home_council": "York"}
    referral = door.accepted(a_hull_referral(family=family))
    assert desk.standing(referral) == [("hold", "open")]
    desk.decide(desk.hold(referral), "route", hub="locality_west")
    assert desk.deliveries(referral) == [("locality_west", "due", "")]


# A second person -----------------------------------------------------------------------------------------------------


def test_until_a_second_person_confirms_nothing_changes(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    told = desk.decide(desk.hold(referral), "share_anyway", **GROUNDS)
    assert told["state"] == "proposed"
    assert (desk.standing(referral), desk.deliveries(referral)) == ([("hold", "open")], [])
    assert desk.entries(referral)[-1] == "decision.proposed"


def test_g_514_what_two_people_decide_goes_minimised_and_is_looked_at_afterwards(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    hold = desk.hold(referral)
    desk.decide(hold, "share_anyway", **GROUNDS)
    desk.ask("confirm", MANAGER, hold=hold)
    assert desk.standing(referral) == [("share_minimised", "promised")]
    (said,) = human(desk, referral)
    assert (said["by"], said["second_person"]) == ("bram.ellis", "sunny.vale")
    assert desk.hold(referral, "task:sample_decision")


@on_sqlite
def test_nobody_confirms_what_they_proposed(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    hold = desk.hold(referral)
    desk.decide(hold, "share_anyway", **GROUNDS)
    with pytest.raises(NotYourRole, match="Somebody else"):
        desk.ask("confirm", hold=hold)


@on_sqlite
def test_nobody_confirms_what_nobody_proposed(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    with pytest.raises(NoSuchAnswer):
        desk.ask("confirm", MANAGER, hold=desk.hold(referral))


@on_sqlite
def test_settled_36_a_proposal_is_void_once_the_family_says_something_else(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    hold = desk.hold(referral)
    desk.decide(hold, "share_anyway", **GROUNDS)
    door.post(f"/v1/referrals/{referral}/withdrawal")
    with pytest.raises(AnsweredAlready):
        desk.ask("confirm", MANAGER, hold=hold)
    assert desk.deliveries(referral) == []


@on_sqlite
def test_nobody_looks_at_their_own_decision_afterwards(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    hold = desk.hold(referral)
    desk.decide(hold, "share_anyway", PRACTICE, **GROUNDS)
    desk.ask("confirm", MANAGER, hold=hold)
    with pytest.raises(NotYourRole, match="own decision"):
        desk.ask("done", PRACTICE, hold=desk.hold(referral, "task:sample_decision"))


# What voids a fact ---------------------------------------------------------------------------------------------------


def test_settled_36_a_withdrawal_after_the_decision_voids_it_before_the_permit(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    hold = desk.hold(referral)
    desk.decide(hold, "share_anyway", **GROUNDS)
    desk.ask("confirm", MANAGER, hold=hold)
    door.post(f"/v1/referrals/{referral}/withdrawal")
    assert desk.standing(referral) == [("hold", "open")]
    assert desk.deliveries(referral) == [("locality_west", "held", "decided_again")]


# Refusing and closing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "state"), [("refuse", "refused"), ("close", "closed")])
def test_settled_9_a_person_may_decide_not_to_share(door: Door, answer: str, state: str) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    desk.decide(desk.hold(referral), answer, review="2030-01-07")
    assert desk.standing(referral) == [("refuse", state)]
    assert desk.deliveries(referral) == []
    (review,) = [row for row in rows(desk.gateway, "clock") if row["kind"] == "review:not_shared"]
    assert (review["state"], review["referral"], review["owner"]) == ("running", referral, "practice_manager")


@on_sqlite
def test_deciding_again_does_not_undo_a_refusal(door: Door) -> None:
    desk = Desk(door.gateway)
    referral = door.accepted(a_hull_referral(people=[*SIBLINGS, MOTHER], agreements=[]))
    holds = [row["id"] for row in rows(desk.gateway, "clock") if row["kind"].startswith("hold:")]
    desk.decide(holds[0], "refuse", review="2030-01-07")
    left = [
        row["id"] for row in rows(desk.gateway, "clock") if row["kind"][:5] == "hold:" and row["state"] == "running"
    ]
    desk.decide(left[0], "family_agrees")
    assert sorted(desk.standing(referral)) == [("hold", "open"), ("refuse", "refused"), ("share", "promised")]


@on_sqlite
def test_what_was_held_for_a_refused_case_is_cancelled(door: Door) -> None:
    desk, referral = Desk(door.gateway), door.accepted()
    door.post(f"/v1/referrals/{referral}/withdrawal")
    assert desk.deliveries(referral) == [("locality_west", "held", "decided_again")]
    desk.decide(desk.hold(referral), "refuse", review="2030-01-07")
    assert desk.deliveries(referral) == [("locality_west", "cancelled", "not_shared")]


@on_sqlite
@pytest.mark.parametrize("review", ["", "2020-01-01", "tomorrow"])
def test_a_decision_not_to_share_names_the_day_it_is_looked_at_again(door: Door, review: str) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    with pytest.raises(NoSuchAnswer):
        desk.decide(desk.hold(referral), "refuse", review=review)
    assert desk.standing(referral) == [("hold", "open")]


@on_sqlite
def test_settled_31_a_refusal_never_stands_in_the_way_of_safety(door: Door) -> None:
    desk = Desk(door.gateway)
    referral = door.accepted(a_hull_referral(agreements=NO, harm={"level": "possible"}))
    desk.decide(desk.hold(referral), "refuse", review="2030-01-07")
    look = desk.hold(referral, "task:look_at_possible_harm")
    desk.decide(look, "front_door")
    assert desk.deliveries(referral, "divert") == [("ehash", "due", "")]


# Safety --------------------------------------------------------------------------------------------------------------


def test_a_person_may_always_raise_harm_and_all_of_it_goes_at_once(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    told = desk.decide(desk.hold(referral), "front_door")
    assert told["outcome"] == "divert"
    assert desk.deliveries(referral, "divert") == [("ehash", "due", "")]
    assert desk.hold(referral, "clock:divert_acknowledged")


@on_sqlite
def test_to_lower_a_harm_takes_reading_it_and_a_second_person(door: Door) -> None:
    desk = Desk(door.gateway)
    referral = door.accepted(a_hull_referral(harm={"level": "possible"}))
    look = desk.hold(referral, "task:look_at_possible_harm")
    with pytest.raises(NoSuchAnswer, match="Read it first"):
        desk.decide(look, "no_harm_after_all")
    desk.ask("open", hold=look, purpose="To see whether it is a sign of harm")
    assert desk.decide(look, "no_harm_after_all")["state"] == "proposed"
    desk.ask("confirm", MANAGER, hold=look)
    (facts,) = [json.loads(row["facts"]) for row in rows(desk.gateway, "decision") if row["version"] == 2]
    assert facts["harm"] == "none_declared"


# Who may, and what cannot be -----------------------------------------------------------------------------------------


@on_sqlite
def test_settled_44_ig_leads_release_no_case_hold(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    with pytest.raises(NotYourRole, match="hub_duty"):
        desk.decide(desk.hold(referral), "family_agrees", IG)


@on_sqlite
@pytest.mark.parametrize("who", [("nobody", "hub_duty"), ("bram.ellis", "hub_manager"), ("bram.ellis", "made_up")])
def test_settled_27_only_who_is_listed_acts_in_a_role(door: Door, who: tuple[str, str]) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    with pytest.raises(NotYourRole):
        desk.decide(desk.hold(referral), "family_agrees", who)


@on_sqlite
def test_whoever_covers_for_a_role_may_act_in_it(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    assert desk.decide(desk.hold(referral), "family_agrees", ("sunny.vale", "hub_duty"))["outcome"] == "share"


@on_sqlite
def test_a_refusal_of_the_family_cannot_be_answered_with_an_agreement_by_telephone(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    with pytest.raises(NoSuchAnswer, match="front_door, share_anyway, refuse, close"):
        desk.decide(desk.hold(referral), "family_agrees")


@on_sqlite
def test_an_answer_without_what_it_asks_for_changes_nothing(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    for given, missing in (({"reason": " "}, "reason"), ({}, "--ground"), ({"ground": "It is needed"}, "--basis")):
        with pytest.raises(NoSuchAnswer, match=missing):
            desk.decide(desk.hold(referral), "share_anyway", **given)
    assert desk.entries(referral) == ["decision.machine"]


@on_sqlite
def test_what_has_ended_is_not_decided_twice(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    hold = desk.hold(referral)
    desk.decide(hold, "family_agrees")
    with pytest.raises(AnsweredAlready):
        desk.decide(hold, "family_agrees")


@on_sqlite
def test_another_councils_hold_is_not_there(door: Door) -> None:
    hold = Desk(door.gateway).hold(unasked(door))
    leicester = Desk(door.gateway, "leicester")
    with pytest.raises(NotFound):
        leicester.decide(hold, "family_agrees", ("cora.penn", "hub_duty"))


# Siblings ------------------------------------------------------------------------------------------------------------


def test_one_form_three_siblings_of_whom_one_refuses_is_three_decisions(door: Door) -> None:
    said = [
        dict(a_hull_referral()["agreements"][0]),
        {"giver": "child-1", "capacity": "young_person", "status": "refused"},
    ]
    desk = Desk(door.gateway)
    referral = door.accepted(a_hull_referral(people=[*SIBLINGS, MOTHER], agreements=said))
    assert len(desk.standing(referral)) == 3
    waiting = [row for row in rows(desk.gateway, "clock") if row["kind"].startswith("hold:")]
    subjects = {row["subject"]: row["outcome"] for row in rows(desk.gateway, "decision")}
    assert subjects["/people/1"] == "hold"
    assert {subjects["/people/0"], subjects["/people/2"]} == {"share"}
    assert len(waiting) == 1
    (body,) = [
        json.loads(one["body"])
        for row in rows(desk.gateway, "delivery")
        if row["kind"] == "referral"
        for one in rows(desk.gateway, "content")
        if one["id"] == row["payload"]
    ]
    assert "theo" not in json.dumps(body["referral"]).casefold()


@on_sqlite
def test_the_decision_on_one_sibling_is_the_machines_for_the_others(door: Door) -> None:
    desk = Desk(door.gateway)
    referral = door.accepted(a_hull_referral(people=[*SIBLINGS, MOTHER], agreements=[]))
    hold = next(row["id"] for row in rows(desk.gateway, "clock") if row["kind"].startswith("hold:"))
    desk.decide(hold, "family_agrees")
    standing = [row for row in rows(desk.gateway, "decision") if row["state"] != "superseded"]
    assert sorted(row["by"] for row in standing) == ["bram.ellis", "machine", "machine"]
    assert sorted(desk.standing(referral)) == [("hold", "open"), ("hold", "open"), ("share", "promised")]


# What the sender is told ----------------------------------------------------------------------------------------------


@on_sqlite
def test_the_sender_reads_that_a_person_decided_and_not_why(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    desk.decide(desk.hold(referral), "refuse", review="2030-01-07")
    told = door.get(f"/v1/referrals/{referral}").json()
    (decision,) = told["decisions"]
    assert decision["say"] == "Refused: A named person decided not to share this, and wrote why."
    assert REASON not in json.dumps(told)


@on_sqlite
def test_the_sender_is_told_that_the_hub_knows_that_something_waits(door: Door) -> None:
    referral = refused(door)
    (delivery,) = door.get(f"/v1/referrals/{referral}").json()["deliveries"]
    assert delivery["kind"] == "envelope"
    assert delivery["say"] == "The hub is about to be told that this waits, and not who it is about."


@on_sqlite
def test_who_decided_and_why_stays_closed_to_the_sender_and_can_still_be_proven(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    hold = desk.hold(referral)
    desk.ask("open", hold=hold, purpose="To see what the family says")
    desk.decide(hold, "family_agrees")
    told = [door.get(f"/v1/referrals/{referral}{part}").text for part in ("", "/receipt")]
    assert [word for word in ("bram.ellis", REASON, "To see what") for one in told if word in one] == []
    entries = json.loads(told[1])["entries"]
    assert {"content.read", "decision.human"} <= {entry["type"] for entry in entries}
    assert [entry["type"] for entry in entries if {"human", "reader"} & entry["sections"].keys()] == []


# Looking at it again --------------------------------------------------------------------------------------------------


def test_what_was_not_shared_can_be_opened_again_from_its_review(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    desk.decide(desk.hold(referral), "refuse", review="2030-01-07")
    review = desk.hold(referral, "review:")
    desk.ask("open", MANAGER, hold=review, purpose="To look at this decision again")
    shown = desk.ask("show", MANAGER, hold=review)
    assert (shown["decided"][0]["title"], shown["decided"][0]["reason"]) == ("Decided not to share this", REASON)
    assert shown["direct"] == ["reopen"]
    desk.decide(review, "reopen", MANAGER)
    assert desk.standing(referral) == [("hold", "open")]
    assert desk.hold(referral)
    assert not [row for row in rows(desk.gateway, "clock") if row["id"] == review and row["state"] == "running"]


@on_sqlite
def test_a_refusal_that_stands_is_only_looked_at(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    desk.decide(desk.hold(referral), "refuse", review="2030-01-07")
    desk.ask("done", MANAGER, hold=desk.hold(referral, "review:"), note="I read it, and it holds.")
    assert desk.standing(referral) == [("refuse", "refused")]


@on_sqlite
def test_a_hold_is_not_opened_again(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    with pytest.raises(NoSuchAnswer, match="from its review"):
        desk.decide(desk.hold(referral), "reopen")


@on_sqlite
def test_a_reason_is_read_by_whoever_opened_it_and_by_nobody_who_oversees(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    hold = desk.hold(referral)
    desk.decide(hold, "share_anyway", **GROUNDS)
    assert desk.ask("show", IG, hold=hold)["proposed"]["reason"] == ""
    assert desk.ask("show", HUB, hold=hold)["proposed"]["reason"] == REASON  # their own
    assert desk.ask("show", MANAGER, hold=hold)["proposed"]["reason"] == ""
    desk.ask("open", MANAGER, hold=hold, purpose="To confirm what was proposed")
    assert desk.ask("show", MANAGER, hold=hold)["proposed"]["reason"] == REASON
