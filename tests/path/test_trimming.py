"""What each outcome sends, of whom and in what words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.decision import Outcome, Withheld
from gateway.config.groups import Branch, Leaf
from gateway.path.copying import Copy, Scope
from gateway.path.screening import screen
from gateway.path.trimming import trim
from gateway.path.withholding import Terms
from tests.builders import a_child, a_hub, a_mother, a_referral
from tests.path.copies import (
    GROUPING,
    HUB,
    OUTCOMES,
    SCREENS,
    TOLD,
    a_brother,
    an_uncle,
    body,
    decided,
    person_of,
    referral_of,
    sent,
    why,
)


def test_a_clean_share_withholds_nothing_and_says_so():
    payload = sent(a_referral())
    assert payload.withheld == ()
    assert body(payload)["withheld"] == ""


def test_the_message_says_what_it_is():
    message = body(sent(a_referral()))
    assert (message["reference"], message["council"], message["hub"]) == ("R-1", "testham", "early_help")
    assert (message["outcome"], message["urgent"], message["test"], message["flags"]) == (
        "share",
        False,
        False,
        ["A flag."],
    )


def test_settled_53_a_test_is_marked():
    assert body(sent(a_referral(source={"system": "canonical", "test": True})))["test"] is True


@pytest.mark.parametrize("harm", [{}, {"level": "not_asked"}])
def test_settled_31_nobody_asked_is_never_none(harm: dict[str, Any]):
    safety = body(sent(a_referral(harm=harm)))["safety"]
    assert (safety["harm"], safety["says"]) == ("not_asked", "Nobody was asked about harm.")


def test_settled_31_what_the_sender_declared_is_said_as_that():
    assert body(sent(a_referral()))["safety"]["says"] == "The sender declared no concern about harm."


def test_settled_40_the_recipient_learns_that_something_stayed_and_whom_to_ask_and_no_more():
    referral = a_referral(criminal="KxCrime", sharing_limits=[{"what": "KxLimit", "groups": ["health_send"]}])
    payload = sent(referral)
    text = payload.body.decode()
    assert body(payload)["withheld"] == f"Some information was not sent. Ask {TOLD.ask}."
    assert not any(word in text for word in ("KxCrime", "KxLimit", "criminal", "sharing_limits", "health_send"))


def test_settled_37_other_answers_go_where_narrative_goes():
    answers = [{"question": "Pets?", "answer": "A goat."}]
    assert body(sent(a_referral(other_answers=answers)))["other_answers"] == answers
    unread = sent(a_referral(other_answers=answers), Outcome.SHARE_MINIMISED)
    assert body(unread)["other_answers"] == []
    assert why(unread)["/other_answers/0"][0] == "unread"


def test_governance_1_6_a_minimised_copy_names_carers_and_no_more_of_them():
    mother = person_of(sent(a_referral(), Outcome.SHARE_MINIMISED), "mother")
    assert mother is not None
    assert set(mother) == {"id", "roles", "first_name", "surname"}


def test_governance_1_6_a_minimised_copy_gives_a_sibling_as_age_and_relationship():
    brother = [{"person": "brother", "to": "child", "kind": "SIB"}]
    referral = a_referral(
        people=[a_child(), a_mother(), a_brother(why_needed="Same school run.")], relationships=brother
    )
    payload = sent(referral, Outcome.SHARE_MINIMISED)
    assert person_of(payload, "brother") == {"id": "brother", "roles": ["sibling"], "age": 11}
    assert referral_of(payload)["relationships"] == brother


def test_a_siblings_age_is_not_reckoned_from_a_birthday_the_family_keeps_back():
    limits = [{"what": "his age", "pointers": ["/people/2/date_of_birth"]}]
    referral = a_referral(people=[a_child(), a_mother(), a_brother()], sharing_limits=limits)
    assert person_of(sent(referral, Outcome.SHARE_MINIMISED), "brother") == {"id": "brother", "roles": ["sibling"]}


def test_a_siblings_details_go_only_where_the_record_says_why():
    for reason, name in ((None, None), ("They share a room.", "Tolly")):
        payload = sent(a_referral(people=[a_child(), a_mother(), a_brother(why_needed=reason)]))
        brother = person_of(payload, "brother")
        assert brother is not None
        assert brother.get("first_name") == name
        assert ("/people/2/first_name" in why(payload)) is (name is None)


def test_settled_1_a_child_of_another_decision_is_a_sibling_in_this_copy():
    other = a_child(id="second", first_name="Tamsin", date_of_birth="2015-05-01")
    referral = a_referral(people=[a_child(), other, a_mother()])
    assert person_of(sent(referral), "second") == {"id": "second", "roles": ["child"], "age": 11}
    both = person_of(sent(referral, subjects=("child", "second")), "second")
    assert both is not None
    assert both["first_name"] == "Tamsin"


def test_a_need_of_somebody_else_goes_only_with_their_details():
    needs = [{"code": "KxOurs", "whose": "child"}, {"code": "KxHis", "whose": "brother"}]
    referral = a_referral(people=[a_child(), a_mother(), a_brother()], needs=needs)
    payload = sent(referral)
    assert [need["code"] for need in referral_of(payload)["needs"]] == ["KxOurs"]
    assert why(payload)["/needs/1"] == ("about_somebody", "siblings_detail")


@pytest.mark.parametrize("outcome", OUTCOMES[:2])
def test_who_may_have_harmed_is_not_in_the_copy_nor_in_its_text(outcome: Outcome):
    referral = a_referral(
        people=[a_child(), a_mother(), an_uncle()],
        reason="Her mother is afraid of corvin.",
        impact="It is hard at home.",
        relationships=[{"person": "uncle", "to": "child", "as_stated": "uncle"}],
    )
    payload = sent(referral, outcome, narrative="read")
    assert "corvin" not in payload.body.decode().lower()
    assert "uncle" not in payload.body.decode()
    assert why(payload)["/reason"] == ("holds_protected", "alleged_harm")
    assert why(payload)["/relationships/0"] == ("names_somebody", "relationships")
    assert referral_of(payload)["impact"] == "It is hard at home."


def test_the_hub_is_told_to_ring_before_it_contacts_a_family_that_hides_harm():
    assert body(sent(a_referral(people=[a_child(), an_uncle()])))["safety"]["ring"].startswith(f"Ring {TOLD.ask}")
    assert "ring" not in body(sent(a_referral()))["safety"]


def test_a_surname_that_the_child_shares_does_not_hide_the_childs_own():
    referral = a_referral(
        people=[a_child(), a_mother(), an_uncle(surname="Fernsby")], reason="The Fernsby family is late."
    )
    payload = sent(referral, narrative="read")
    assert referral_of(payload)["reason"] == "The Fernsby family is late."
    child = person_of(payload, "child")
    assert child is not None
    assert child["surname"] == "Fernsby"


def test_who_may_have_harmed_goes_in_full_where_the_record_says_why():
    uncle = person_of(sent(a_referral(people=[a_child(), an_uncle(why_needed="He may call at the house.")])), "uncle")
    assert uncle is not None
    assert uncle["surname"] == "Thackwray"


@pytest.mark.parametrize(("system", "kept"), [("", []), ("upn", ["U-1"]), ("nhs_number", ["N-1"])])
def test_only_the_identifier_the_agreement_names_goes(system: str, kept: list[str]):
    numbers = [{"system": "upn", "value": "U-1"}, {"system": "nhs_number", "value": "N-1"}]
    payload = sent(a_referral(people=[a_child(identifiers=numbers)]), hub=a_hub(groups={}, identifier=system))
    child = person_of(payload, "child")
    assert child is not None
    assert [number["value"] for number in child.get("identifiers", [])] == kept


def test_a_member_of_the_publics_name_stays():
    referral = a_referral(referrer={"kind": "public", "name": "KxNeighbour", "phone": "KxPhone"})
    assert referral_of(sent(referral))["referrer"] == {"kind": "public"}


def test_on_request_a_group_goes_only_where_the_hubs_file_names_it():
    referral = a_referral(people=[a_child(religion="KxFaith")])
    assert b"KxFaith" not in sent(referral).body
    asked = (*GROUPING.given["share"], "protected_characteristics")
    assert b"KxFaith" in sent(referral, hub=a_hub(groups={"share": asked})).body


def test_a_hub_that_takes_less_gets_less_and_the_list_says_it_is_the_hub():
    payload = sent(a_referral(people=[a_child(health="KxAsthma")]), hub=a_hub(groups={"share": ("child_identity",)}))
    assert why(payload)["/people/0/health"] == ("not_for_hub", "health_send")


def test_no_hubs_file_can_ask_for_what_an_outcome_never_sends():
    payload = sent(a_referral(criminal="KxCrime"), hub=a_hub(groups={"share": ("criminal",)}))
    assert why(payload)["/criminal"] == ("not_for_outcome", "criminal")


def test_no_decision_can_send_what_its_outcome_never_does():
    referral = a_referral(criminal="KxCrime")
    decision = replace(decided(referral, Outcome.SHARE), groups=("criminal", "child_identity"))
    payload = trim(referral, decision, HUB, Terms(GROUPING, SCREENS, screen(referral, SCREENS)), TOLD)
    assert why(payload)["/criminal"] == ("not_for_outcome", "criminal")
    assert person_of(payload, "child") is not None


def test_a_field_that_points_at_somebody_who_is_not_in_the_copy_stays():
    branch = Branch({"led_by": Leaf("request", "ref"), "size": Leaf("request", "number")})
    copy = Copy(frozenset({"request"}), {}, frozenset(), careful=True, absent=("uncle",))
    kept = copy.part({"led_by": "uncle", "size": 3}, branch, "/group", Scope(copy.allowed))
    assert kept == {"size": 3}
    assert copy.withheld == [Withheld("/group/led_by", "names_somebody", "people")]
