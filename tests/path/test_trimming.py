"""What one hub gets, what stays and why: on the bytes that leave, for every kind of outcome, flag and limit."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from contracts.council import HubSettings
from contracts.decision import Candidate, Decision, Facts, Outcome, Payload
from contracts.referral import Referral
from gateway.config.groups import load_groups
from gateway.config.published import schemas
from gateway.config.screens import load_screens
from gateway.path.copying import REASONS
from gateway.path.groups import groups_for
from gateway.path.payload import Told
from gateway.path.screening import NOT_RUN, Screening, screen
from gateway.path.taint import squeezed
from gateway.path.trimming import trim
from gateway.path.withholding import Terms
from tests.builders import a_child, a_hub, a_mother, a_referral, an_agreement
from tests.path.planted import is_planted, leaves, planted, read

MAPPINGS = Path(__file__).parents[2] / "mappings"
GROUPING = load_groups(MAPPINGS / "sharing" / "groups.yaml")
SCREENS = load_screens(MAPPINGS / "screens.yaml")
TOLD = Told("R-1", date(2026, 11, 2), "the office of Invented Primary School on 020 7946 0123", ("A flag.",))
HUB = a_hub(groups={})
VALID = Draft202012Validator(json.loads(schemas()["payload.json"]))
OUTCOMES = (Outcome.SHARE, Outcome.SHARE_MINIMISED, Outcome.ADVICE_ONLY, Outcome.DIVERT)


def decided(
    referral: Referral, outcome: Outcome, hub: HubSettings = HUB, subject: str = "child", **facts: str
) -> Decision:
    values = Facts({"agreement": "in_scope", "narrative": "needs_reading", "human": "none"} | facts)
    groups = groups_for(GROUPING, outcome, hub, values, referral, {"school_attendance": ()})
    candidate = Candidate(subject, hub.name, "early_help", "right_hub", "")
    return Decision(candidate, outcome, hub.name, values, (), (), (), groups, "0" * 64)


def sent(
    referral: Referral,
    outcome: Outcome = Outcome.SHARE,
    hub: HubSettings = HUB,
    screening: Screening | None = None,
    subject: str = "child",
    subjects: tuple[str, ...] = (),
    **facts: str,
) -> Payload:
    seen = screen(referral, SCREENS) if screening is None else screening
    decision = decided(referral, outcome, hub, subject, **facts)
    return trim(referral, decision, hub, Terms(GROUPING, SCREENS, seen), TOLD, subjects)


def body(payload: Payload) -> dict[str, Any]:
    return json.loads(payload.body)


def referral_of(payload: Payload) -> dict[str, Any]:
    return body(payload)["referral"]


def why(payload: Payload) -> dict[str, tuple[str, str]]:
    return {one.pointer: (one.reason, one.rule) for one in payload.withheld}


def person_of(payload: Payload, name: str) -> dict[str, Any] | None:
    return next((person for person in referral_of(payload).get("people", ()) if person.get("id") == name), None)


def a_brother(**changes: Any) -> dict[str, Any]:
    return {
        "id": "brother",
        "roles": ["sibling"],
        "first_name": "Tolly",
        "date_of_birth": "2014-11-03",
        "education": {"setting_name": "Elsewhere School"},
    } | changes


def an_uncle(**changes: Any) -> dict[str, Any]:
    return {"id": "uncle", "roles": ["alleged_harm"], "first_name": "Corvin", "surname": "Thackwray"} | changes


# --- properties -------------------------------------------------------------------------------------------------------

SEEDS = st.integers(0, 10_000)
WHICH = st.sampled_from(OUTCOMES)
READ = st.sampled_from(("needs_reading", "read"))


def gone(plain: dict[str, Any], payload: Payload) -> list[tuple[str, Any]]:
    """Pointer and value of every leaf that the list says was withheld."""
    held = {one.pointer for one in payload.withheld}
    return [(pointer, value) for pointer, value in leaves(plain) if any(under(pointer, part) for part in held)]


def under(pointer: str, part: str) -> bool:
    return pointer == part or pointer.startswith(f"{part}/")


def went(payload: Payload) -> list[tuple[str, Any]]:
    """The leaves in the message that come from the referral: an age in years is reckoned, so not among them."""
    message = body(payload)
    whole = message["referral"] | ({"other_answers": message["other_answers"]} if message["other_answers"] else {})
    return [(pointer, value) for pointer, value in leaves(whole) if not pointer.endswith("/age")]


def dumped(referral: Referral) -> dict[str, Any]:
    return referral.model_dump(mode="json", exclude_defaults=True)


@given(SEEDS, WHICH, READ, st.sampled_from(["", "upn"]))
@settings(max_examples=50, deadline=None)
def test_nothing_withheld_is_in_the_bytes_in_any_spelling(seed: int, outcome: Outcome, narrative: str, system: str):
    referral = read(planted(seed))
    payload = sent(referral, outcome, a_hub(groups={}, identifier=system), narrative=narrative)
    text = payload.body.decode()
    lower, joined = text.lower(), squeezed(text)
    for pointer, value in gone(dumped(referral), payload):
        if is_planted(value):
            assert value not in text, pointer
            assert value.lower() not in lower, pointer
            if value.startswith("ZK"):
                assert squeezed(value) not in joined, pointer


@given(SEEDS, WHICH, READ)
@settings(max_examples=50, deadline=None)
def test_every_leaf_is_in_the_message_or_in_the_list(seed: int, outcome: Outcome, narrative: str):
    referral = read(planted(seed))
    payload = sent(referral, outcome, narrative=narrative)
    plain = dumped(referral)
    held, here = gone(plain, payload), went(payload)
    assert Counter(map(repr, (value for _, value in leaves(plain)))) == Counter(
        map(repr, [value for _, value in held] + [value for _, value in here])
    )


@given(SEEDS, WHICH, READ)
@settings(max_examples=25, deadline=None)
def test_every_message_is_as_published_and_canonical(seed: int, outcome: Outcome, narrative: str):
    payload = sent(read(planted(seed)), outcome, narrative=narrative)
    VALID.validate(body(payload))
    assert payload.body == rfc8785.dumps(body(payload))


@given(SEEDS, WHICH)
@settings(max_examples=25, deadline=None)
def test_every_reason_is_one_that_can_be_said_in_words(seed: int, outcome: Outcome):
    payload = sent(read(planted(seed)), outcome)
    assert {one.reason for one in payload.withheld} <= REASONS.keys()
    assert all(one.rule for one in payload.withheld)


@given(
    SEEDS,
    st.sampled_from(OUTCOMES[:3]),
    READ,
    st.sampled_from(["address", "do_not_inform", "sealed"]),
    st.integers(0, 5),
)
@settings(max_examples=50, deadline=None)
def test_adding_protection_never_adds_anything_but_the_flag(
    seed: int, outcome: Outcome, narrative: str, flag: str, place: int
):
    plain = planted(seed, protect=False)
    before = sent(read(plain), outcome, narrative=narrative)
    plain["people"][place]["protection"] = [flag]
    after = sent(read(plain), outcome, narrative=narrative)
    assert {value for _, value in went(after) if value != flag and value is not True and value is not False} <= {
        value for _, value in went(before)
    }


@given(SEEDS, st.sampled_from(OUTCOMES[:3]), READ, st.data())
@settings(max_examples=50, deadline=None)
def test_adding_a_sharing_limit_never_adds_anything(seed: int, outcome: Outcome, narrative: str, data: st.DataObject):
    plain = planted(seed, protect=False)
    before = sent(read(plain), outcome, narrative=narrative)
    pointer = data.draw(st.sampled_from([pointer for pointer, _ in leaves(plain)]))
    after = sent(read(plain | {"sharing_limits": [{"what": "w", "pointers": [pointer]}]}), outcome, narrative=narrative)
    assert {value for _, value in went(after)} <= {value for _, value in went(before)}


@given(SEEDS, st.sampled_from(OUTCOMES[:3]), READ, st.data())
@settings(max_examples=50, deadline=None)
def test_widening_a_hubs_groups_never_removes_anything(
    seed: int, outcome: Outcome, narrative: str, data: st.DataObject
):
    most = sorted(GROUPING.most(outcome))
    wide = data.draw(st.sets(st.sampled_from(most)))
    narrow = wide & data.draw(st.sets(st.sampled_from(most)))
    referral = read(planted(seed))
    less, more = (
        sent(referral, outcome, a_hub(groups={outcome: tuple(groups)}), narrative=narrative)
        for groups in (narrow, wide)
    )
    assert {value for _, value in went(less)} <= {value for _, value in went(more)}


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_hu_c07_a_divert_sends_everything_whatever_the_family_withheld(seed: int):
    referral = read(planted(seed))
    payload = sent(referral, Outcome.DIVERT, a_hub(groups={"divert": ()}))
    assert payload.withheld == ()
    assert Counter(map(repr, (value for _, value in went(payload)))) == Counter(
        map(repr, (value for _, value in leaves(dumped(referral))))
    )


@given(SEEDS, READ)
@settings(max_examples=25, deadline=None)
def test_i_301_a_nameless_enquiry_holds_no_person(seed: int, narrative: str):
    payload = sent(read(planted(seed)), Outcome.ADVICE_ONLY, subject="", narrative=narrative)
    message = body(payload)
    assert "people" not in message["referral"]
    assert "referrer" not in {name for name in message["referral"] if name != "referrer"}
    assert all(set(one) <= {"roles", "age_band", "sector"} for one in message["about"])


SPELLINGS = (str, str.lower, str.upper, lambda text: text.replace(" ", ""), lambda text: " ".join(text))


@given(
    SEEDS, st.sampled_from(OUTCOMES[:2]), st.sampled_from(SPELLINGS), st.sampled_from(["reason", "criminal", "impact"])
)
@settings(max_examples=50, deadline=None)
def test_m_604_text_that_repeats_a_protected_value_stays_whole(seed: int, outcome: Outcome, spell: Any, where: str):
    plain = planted(seed, density=0.8, protect=False)
    child = plain["people"][0]
    child["protection"] = ["address"]
    child["addresses"] = [{"lines": ["9 Quillfeather Road"], "postcode": "ZK77 7QV"}]
    for value in ("9 Quillfeather Road", "ZK77 7QV"):
        text = f"KxHere they went to {spell(value)} on Monday"
        payload = sent(read(plain | {where: text}), outcome, narrative="read")
        assert "KxHere" not in payload.body.decode()
        assert f"/{where}" in why(payload)


# --- outcomes ---------------------------------------------------------------------------------------------------------


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


# --- agreement and duty -----------------------------------------------------------------------------------------------


def test_g_511_only_agreed_categories_go_and_always_the_agreement_and_safety():
    agreed = an_agreement(scope={"categories": ["child_identity", "education"]})
    child = a_child(health="KxAsthma", education={"year_group": "4"})
    payload = sent(a_referral(people=[child, a_mother()], agreements=[agreed]), Outcome.SHARE_MINIMISED)
    assert set(referral_of(payload)) >= {"harm", "council"}
    assert b"KxAsthma" not in payload.body
    assert why(payload)["/people/0/health"] == ("not_agreed", "health_send")
    assert why(payload)["/people/1"] == ("not_agreed", "carers")


def test_g_511_an_empty_list_is_nothing_and_no_list_is_no_limit():
    nothing = a_referral(agreements=[an_agreement(scope={"categories": []})])
    assert set(decided(nothing, Outcome.SHARE).groups) == GROUPING.always
    assert set(decided(a_referral(), Outcome.SHARE).groups) == GROUPING.given["share"]


def test_g_511_the_newest_agreement_of_each_giver_counts_and_everybody_must_have_agreed():
    old = an_agreement(scope={"categories": ["education"]}, on_date="2026-01-05")
    new = an_agreement(scope={"categories": ["education", "health_send", "language"]})
    own = an_agreement(giver="child", scope={"categories": ["language", "narrative"]})
    referral = a_referral(agreements=[new, old, own])
    assert set(decided(referral, Outcome.SHARE).groups) == GROUPING.always | {"language"}


def test_g_514_a_recorded_decision_to_share_sends_no_health_nobody_agreed_to():
    refused = a_referral(people=[a_child(health="KxAsthma")], agreements=[an_agreement(status="refused")])
    payload = sent(refused, Outcome.SHARE_MINIMISED, agreement="refused", human="recorded")
    assert why(payload)["/people/0/health"] == ("not_agreed", "health_send")
    assert person_of(payload, "child") is not None


def test_s01_th_c02_a_duty_sends_attendance_and_whom_it_is_about_and_nothing_else():
    child = a_child(health="KxAsthma", education={"setting_name": "Invented Primary", "attendance_as_stated": "71%"})
    referral = a_referral(
        people=[child, a_mother(health="KxDepressed")],
        agreements=[],
        statutory_duties=[{"code": "school_attendance", "family_told": True}],
        needs=[{"code": "KxHousing"}],
    )
    payload = sent(referral, Outcome.SHARE_MINIMISED, agreement="not_required")
    text = payload.body.decode()
    assert not any(word in text for word in ("KxAsthma", "KxDepressed", "KxHousing", "Joan", "Invented Row", "late"))
    only = person_of(payload, "child")
    assert only is not None
    assert only["education"] == child["education"]
    assert referral_of(payload)["statutory_duties"] == [{"code": "school_attendance", "family_told": True}]


def test_a_duty_the_council_does_not_list_releases_nothing_of_its_own():
    referral = a_referral(statutory_duties=[{"code": "another_duty"}])
    assert set(decided(referral, Outcome.SHARE_MINIMISED, agreement="not_required").groups) == (
        GROUPING.given["share_minimised"] - GROUPING.if_agreed
    )


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if not outcome.sends])
def test_what_is_not_sent_has_no_groups(outcome: Outcome):
    assert decided(a_referral(), outcome).groups == ()


def test_a_decision_without_groups_sends_only_what_always_goes():
    referral = a_referral()
    decision = decided(referral, Outcome.SHARE)
    bare = Decision(
        decision.candidate, Outcome.SHARE, HUB.name, decision.facts, (), (), (), groups=(), inputs=decision.inputs
    )
    payload = trim(referral, bare, HUB, Terms(GROUPING, SCREENS, screen(referral, SCREENS)), TOLD)
    assert "people" not in referral_of(payload)
    assert referral_of(payload)["harm"] == {"level": "none_declared"}


# --- protection -------------------------------------------------------------------------------------------------------

AT_HOME = {"lines": ["9 Quillfeather Road"], "town": "Faraway", "postcode": "ZK77 7QV"}


def protected(**changes: Any) -> Referral:
    child = a_child(addresses=[AT_HOME], protection=["address"], phones=[{"number": "07700 900555"}])
    return a_referral(**({"people": [child, a_mother(addresses=[AT_HOME], lives_with_child=True)]} | changes))


@pytest.mark.parametrize("outcome", OUTCOMES[:2])
def test_m_604_an_address_its_telephone_and_its_school_stay_and_the_flag_travels(outcome: Outcome):
    payload = sent(protected(), outcome)
    child = person_of(payload, "child")
    assert child is not None
    assert child["protection"] == ["address"]
    assert body(payload)["safety"]["protection"] == ["address"]
    assert not any(word in payload.body for word in (b"Quillfeather", b"7QV", b"900555", b"Faraway"))
    assert why(payload)["/people/0/addresses/0/postcode"] == ("protected", "M-604")


def test_m_604_the_address_of_those_who_live_there_stays_too():
    assert why(sent(protected()))["/people/1/addresses/0/postcode"] == ("protected", "M-604")


def test_m_604_the_father_who_lives_elsewhere_keeps_his():
    father = {"id": "father", "roles": ["non_resident_parent"], "addresses": [{"postcode": "ZK11 1QV"}]}
    payload = sent(protected(people=[a_child(addresses=[AT_HOME], protection=["address"]), father]))
    kept = person_of(payload, "father")
    assert kept is not None
    assert kept["addresses"] == [{"postcode": "ZK11 1QV"}]


def test_m_604_one_protected_address_or_a_refuge_is_enough():
    for address in (AT_HOME | {"protected": True}, AT_HOME | {"kind": "refuge"}):
        assert b"Quillfeather" not in sent(a_referral(people=[a_child(addresses=[address])])).body


def test_m_604_a_hub_whose_roles_may_see_it_sees_it_with_the_flag():
    payload = sent(protected(), hub=a_hub(groups={}, masked_roles_may_see_address=True))
    assert b"Quillfeather" in payload.body
    assert body(payload)["safety"]["protection"] == ["address"]


@pytest.mark.parametrize(
    "text",
    [
        "They stay at 9 Quillfeather Road now.",
        "near quillfeather rd",
        "in ZK77 somewhere",
        "moved to faraway",
        "zk777qv",
        "ring +44 7700 900 555",
    ],
)
@pytest.mark.parametrize(
    "where",
    [
        {"reason": "{}"},
        {"staff_risk": {"what": "{}"}},
        {"other_answers": [{"question": "{}", "answer": "no"}]},
        {"attachments": [{"sha256": "0", "name": "{}.pdf"}]},
        {"needs": [{"as_stated": "{}"}]},
        {"agreements": [{"reason": "{}"}]},
        {"family": {"summary": "{}"}},
    ],
    ids=lambda where: next(iter(where)) if isinstance(where, dict) else where,
)
def test_settled_10_a_protected_value_taints_every_text_that_repeats_it(text: str, where: dict[str, Any]):
    changes = json.loads(json.dumps(where).replace("{}", text))
    payload = sent(protected(**changes), narrative="read")
    assert text not in payload.body.decode()
    assert ("holds_protected", "M-604") in why(payload).values()


def test_settled_10_a_document_named_after_a_protected_value_stays_whole():
    documents = [{"sha256": "KxDigest", "name": "9 Quillfeather Road.pdf"}, {"sha256": "KxOther", "name": "plan.pdf"}]
    payload = sent(protected(attachments=documents), narrative="read")
    assert referral_of(payload)["attachments"] == [documents[1]]


def test_m_605_who_must_not_be_told_is_named_without_a_way_to_tell_them():
    father = a_mother(id="father", protection=["do_not_inform"], phones=[{"number": "07700 900777"}])
    payload = sent(a_referral(people=[a_child(), father], reason="His number is 07700900777."), narrative="read")
    kept = person_of(payload, "father")
    assert kept is not None
    assert (kept["surname"], kept["protection"]) == ("Fernsby", ["do_not_inform"])
    assert b"900777" not in payload.body


def test_m_601_a_sealed_persons_former_names_stay_wherever_they_stand():
    child = a_child(protection=["sealed"], former_names=["Oriel Bramblecote"])
    payload = sent(a_referral(people=[child], reason="Once called Oriel."), narrative="read")
    assert b"Oriel" not in payload.body
    assert why(payload)["/reason"] == ("holds_protected", "M-601")


@pytest.mark.parametrize(
    "changes",
    [
        {"people": [a_child(protection=["address"]), a_mother()]},
        {"people": [a_child(), a_mother(protection=["do_not_inform"])]},
        {"sharing_limits": [{"what": "something"}]},
        {"people": [a_child(), a_brother()], "agreements": [{"giver": "brother", "status": "refused"}]},
        {"people": [a_child(), a_brother()], "agreements": [{"giver": "brother", "withdrawn_on": "2026-10-20"}]},
    ],
    ids=["address", "do-not-inform", "limit", "refusing-sibling", "withdrawing-sibling"],
)
def test_settled_35_text_and_documents_wait_for_a_reader_and_fields_go(changes: dict[str, Any]):
    more = {"attachments": [{"sha256": "KxDigest"}], "needs": [{"code": "KxNeed", "evidence": "KxEvidence"}]}
    referral = a_referral(staff_risk={"what": "A loose dog."}, **more, **changes)
    payload = sent(referral)
    held = why(payload)
    assert {held[pointer][0] for pointer in ("/reason", "/attachments/0", "/needs/0/evidence")} == {"unread"}
    assert referral_of(payload)["needs"] == [{"code": "KxNeed"}]
    assert referral_of(payload)["staff_risk"] == {"what": "A loose dog."}
    read_by_somebody = sent(referral, narrative="read")
    assert "reason" in referral_of(read_by_somebody)
    assert "attachments" in referral_of(read_by_somebody)


def test_a_refusing_siblings_details_stay_whatever_the_record_says_of_why():
    brother = a_brother(why_needed="They share a room.")
    refusal = [{"giver": "brother", "status": "refused"}]
    payload = sent(a_referral(people=[a_child(), a_mother(), brother], agreements=refusal), narrative="read")
    assert person_of(payload, "brother") == {"id": "brother", "roles": ["sibling"], "age": 11}
    assert why(payload)["/people/2/first_name"] == ("refused", "siblings_detail")


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/people/1/surname", "Thistlecroft"),
        ("/people/1/phones/0/number", "07700 900321"),
        ("/people/1/employment", "lion tamer"),
    ],
)
def test_hu_c03_what_the_family_keeps_back_stays_in_every_place(pointer: str, value: str):
    mother = a_mother(surname="Thistlecroft", phones=[{"number": "07700 900321"}], employment="lion tamer")
    limits = [{"what": "KxWhat", "pointers": [pointer]}]
    referral = a_referral(people=[a_child(), mother], sharing_limits=limits, reason=f"We know {value.upper()} well.")
    payload = sent(referral, narrative="read")
    assert value not in payload.body.decode()
    assert why(payload)[pointer] == ("family_limit", "HU-C03")
    assert why(payload)["/reason"] == ("holds_protected", "HU-C03")


def test_hu_c03_a_whole_group_stays_and_text_that_repeats_it():
    child = a_child(gp="Dr Pennywhistle")
    limits = [{"what": "health", "groups": ["health_send"]}]
    payload = sent(
        a_referral(people=[child], sharing_limits=limits, reason="Seen by Dr. Pennywhistle."), narrative="read"
    )
    assert b"Pennywhistle" not in payload.body
    assert why(payload)["/people/0/gp"] == ("family_limit", "HU-C03")


def test_hu_c03_a_person_the_family_keeps_back_is_not_in_the_copy():
    limits = [{"what": "him", "pointers": ["/people/2"]}]
    people = [a_child(), a_mother(), a_brother()]
    related = [{"person": "brother", "to": "child", "kind": "SIB"}]
    payload = sent(a_referral(people=people, relationships=related, sharing_limits=limits))
    assert b"brother" not in payload.body
    assert why(payload)["/people/2"] == ("family_limit", "HU-C03")


@pytest.mark.parametrize("pointer", ["/harm", "/harm/level", "/staff_risk/what", "/agreements", ""])
def test_hu_c03_no_limit_hides_harm_a_risk_to_staff_or_the_agreement(pointer: str):
    referral = a_referral(sharing_limits=[{"what": "w", "pointers": [pointer]}], staff_risk={"what": "A loose dog."})
    kept = referral_of(sent(referral))
    assert kept["harm"] == {"level": "none_declared"}
    assert kept["staff_risk"] == {"what": "A loose dog."}
    assert kept["agreements"][0]["status"] == "given"


def test_s21_hu_c07_a_divert_carries_what_the_family_held_back_and_the_reason_for_not_telling():
    referral = a_referral(
        sharing_limits=[{"what": "w", "groups": ["narrative"], "pointers": ["/people/1"]}],
        informed=[{"who": "parents", "told": False, "reason_code": "increases_risk"}],
    )
    kept = referral_of(sent(referral, Outcome.DIVERT))
    assert kept["reason"] == referral.reason
    assert kept["informed"] == [{"who": "parents", "told": False, "reason_code": "increases_risk"}]
    assert len(kept["people"]) == 2


def test_where_a_part_came_from_stays_with_the_part():
    sources = [{"pointer": "/criminal", "copied_from": "KxPolice"}, {"pointer": "/reason", "copied_from": "KxForm"}]
    payload = sent(a_referral(criminal="KxCrime", provenance=sources))
    assert referral_of(payload)["provenance"] == [sources[1]]
    assert why(payload)["/provenance/0"] == ("points_at_withheld", "provenance")


# --- nameless enquiries -----------------------------------------------------------------------------------------------


def an_enquiry(**changes: Any) -> Referral:
    fields: dict[str, Any] = {
        "purpose": "general_enquiry",
        "anonymous": True,
        "people": [{"id": "x", "roles": ["child"], "age_as_stated": "9", "education": {"year_group": "4"}}],
        "relationships": [],
        "agreements": [],
        "notices": [],
        "reason": "A parent struggles with routines and asks what help there is.",
    }
    return a_referral(**(fields | changes))


def advice(referral: Referral, screening: Screening | None = None) -> Payload:
    return sent(referral, Outcome.ADVICE_ONLY, screening=screening, subject="")


def test_s12_a_clean_enquiry_sends_its_text_an_age_band_and_a_sector():
    payload = advice(an_enquiry())
    assert referral_of(payload)["reason"].startswith("A parent struggles")
    assert body(payload)["about"] == [{"roles": ["child"], "age_band": "5 to 10", "sector": "primary"}]


def test_s11_text_in_which_somebody_is_named_stays_whole():
    payload = advice(an_enquiry(reason="My neighbour Jamie Okafor at number 12", impact="Rent is hard."))
    assert b"Okafor" not in payload.body
    assert why(payload)["/reason"] == ("screened_out", "I-302")
    assert referral_of(payload)["impact"] == "Rent is hard."


def test_i_303_nothing_that_was_not_screened_goes():
    payload = advice(an_enquiry(needs=[{"code": "housing", "as_stated": "KxLabel"}]), NOT_RUN)
    assert why(payload)["/reason"] == ("not_screened", "I-303")
    assert referral_of(payload)["needs"] == [{"code": "housing"}]


def test_a_line_that_holds_a_name_by_design_stays():
    assessment = [{"kind": "eha", "completed_by": "KxWorker", "completed_on": "2026-05-01", "as_stated": "an EHA"}]
    payload = advice(an_enquiry(assessments=assessment))
    assert referral_of(payload)["assessments"] == [{"kind": "eha", "as_stated": "an EHA"}]


@pytest.mark.parametrize(
    ("person", "band"),
    [
        ({"age_as_stated": "4"}, "under 5"),
        ({"age_as_stated": "15"}, "11 to 15"),
        ({"age_as_stated": "17"}, "16 to 17"),
        ({"age_as_stated": "24"}, "18 or over"),
        ({"date_of_birth": "2015-11-03"}, "5 to 10"),
        ({"date_of_birth": "2015-11-02"}, "11 to 15"),
        ({"unborn": True}, "unborn"),
        ({"age_as_stated": "nearly nine"}, None),
    ],
)
def test_an_age_is_told_as_a_band(person: dict[str, Any], band: str | None):
    payload = advice(an_enquiry(people=[{"id": "x", "roles": ["child"]} | person]))
    assert body(payload)["about"][0].get("age_band") == band
