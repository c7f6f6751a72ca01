"""Every fact has a value of its vocabulary, sources and an end; harm, sender, notice, and what people record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.adapter import Fault
from contracts.council import Registration
from contracts.council_facts import COUNCIL_FACTS
from contracts.decision import VOCABULARY
from contracts.recorded import PersonFact
from contracts.referral import HarmLevel, Purpose
from gateway.path.answered import PERSONS_MAY
from gateway.path.facts import DERIVATIONS
from gateway.path.screening import NOT_RUN, Screening
from tests.builders import NOW, a_child, a_mother, a_registration, an_agreement
from tests.path.deriving import COUNCILS, derived, fact, midnight, with_settings

CONTENT = "c" * 64
HARM_SEEN = Screening(ran=True, harm=("/reason",))
NO = {"status": "refused"}


def a_decision(**changes: Any) -> PersonFact:
    decision = PersonFact(
        "human",
        "refused",
        "recorded",
        "child",
        "early_help",
        CONTENT,
        "iris.voss",
        "practice_manager",
        "It helps.",
        NOW,
    )
    return replace(decision, **changes)


def test_every_fact_of_the_vocabularies_is_derived() -> None:
    assert list(DERIVATIONS) == [*VOCABULARY, *COUNCIL_FACTS]


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(sorted(COUNCILS)),
    st.sampled_from(tuple(Purpose)),
    st.booleans(),
    st.sampled_from([None, *HarmLevel]),
    st.sampled_from([None, "2026-01-01", "2013-01-01", "2009-01-01", "2001-01-01", "2030-01-01"]),
    st.sampled_from([Screening(ran=True), HARM_SEEN, NOT_RUN]),
)
def test_every_value_is_one_of_its_fact(
    council: str, purpose: Purpose, anonymous: bool, harm: HarmLevel | None, born: str | None, screening: Screening
) -> None:
    found, _ = derived(
        council=COUNCILS[council],
        screening=screening,
        purpose=purpose.value,
        anonymous=anonymous,
        harm={"level": harm},
        people=[a_child(date_of_birth=born)],
    )
    known = {**VOCABULARY, **COUNCIL_FACTS}
    assert {name: value for name, value in found.values.items() if value not in known[name]} == {}


def test_facts_hold_no_value_of_the_record() -> None:
    found, _ = derived()
    told = f"{found.values} {found.sources}"
    assert "Fernsby" not in told
    assert "07700" not in told


def test_a_fact_says_where_it_came_from() -> None:
    found, _ = derived(registration=a_registration())
    assert found.sources["agreement"] == ("/agreements/0",)
    assert found.sources["dsa"] == ("registration",)
    assert found.sources["subject"] == ("/people/0",)


# --- harm and duty ---


@pytest.mark.parametrize(
    ("level", "screening", "expected"),
    [
        ("none_declared", Screening(ran=True), "none_declared"),
        ("none_declared", HARM_SEEN, "possible"),
        ("not_asked", HARM_SEEN, "possible"),
        (None, Screening(ran=True), "not_asked"),
        (None, HARM_SEEN, "possible"),
        ("possible", Screening(ran=True), "possible"),
        ("significant", HARM_SEEN, "significant"),
        ("immediate", Screening(ran=True), "immediate"),
        ("none_declared", NOT_RUN, "none_declared"),
    ],
)
def test_a_screen_raises_to_possible_and_never_lowers(level: str | None, screening: Screening, expected: str) -> None:
    assert fact("harm", harm={"level": level}, screening=screening) == expected


@pytest.mark.parametrize(("level", "expected"), [(None, "possible"), ("significant", "significant")])
def test_a_question_about_harm_in_other_words_may_hold_a_yes_settled_31(level: str | None, expected: str) -> None:
    reworded = Fault("", "/answers/harm", "the question about harm", "Read it.", "reworded")
    found, _ = derived(faults=[reworded], harm={"level": level} if level else {})
    assert found.values["harm"] == expected
    assert found.values["complete"] == "yes"


def test_a_ticked_need_is_no_duty_settled_32() -> None:
    assert fact("duty", needs=[{"code": "fgm"}, {"code": "cse"}, {"code": "radicalisation"}]) == "none"


def test_a_stated_duty_applies_settled_32() -> None:
    assert fact("duty", harm={"level": "none_declared", "duties": ["known_fgm"]}) == "applies"


def test_nobody_can_record_harm_away_alone() -> None:
    lower = a_decision(fact="harm", was="possible", value="none_declared")
    assert fact("harm", harm={"level": "possible"}, persons=[lower], content=CONTENT) == "possible"
    twice = a_decision(fact="harm", was="possible", value="none_declared", second=lower.by)
    assert fact("harm", harm={"level": "possible"}, persons=[twice], content=CONTENT) == "possible"


def test_two_people_together_may_say_that_a_possible_harm_is_none() -> None:
    lower = a_decision(fact="harm", was="possible", value="none_declared", second="robin.hale")
    assert fact("harm", harm={"level": "possible"}, persons=[lower], content=CONTENT) == "none_declared"


def test_nobody_records_away_a_harm_that_was_declared() -> None:
    lower = a_decision(fact="harm", was="significant", value="none_declared", second="robin.hale")
    assert fact("harm", harm={"level": "significant"}, persons=[lower], content=CONTENT) == "significant"


@pytest.mark.parametrize("declared", ["none_declared", "not_asked", "possible"])
def test_anybody_may_always_raise_harm(declared: str) -> None:
    higher = a_decision(fact="harm", was=declared, value="significant")
    assert fact("harm", harm={"level": declared}, persons=[higher], content=CONTENT) == "significant"


@pytest.mark.parametrize(
    ("status", "expected"), [("refused", "refused"), ("withdrawn", "withdrawn"), (None, "in_scope")]
)
def test_a_no_is_never_turned_into_a_yes_by_telephone(status: str | None, expected: str) -> None:
    given = [an_agreement(status=status)] if status else []
    told = a_decision(fact="agreement", was=status or "unknown", value="in_scope")
    assert fact("agreement", agreements=given, persons=[told], content=CONTENT) == expected


# --- path and purpose ---


@pytest.mark.parametrize(
    ("changes", "path", "purpose"),
    [
        ({}, "early_help", "early_help"),
        ({"corrects": "r-1"}, "update", "early_help"),
        ({"purpose": "safeguarding"}, "safeguarding", "safeguarding"),
        ({"purpose": "general_enquiry", "anonymous": True}, "advice", "advice"),
        ({"purpose": "general_enquiry"}, "advice", "advice"),
        ({"purpose": "consultation", "anonymous": True}, "early_help", "early_help"),
        ({"anonymous": True}, "early_help", "early_help"),
        ({"purpose": "other"}, "early_help", "other"),
    ],
)
def test_path_and_purpose(changes: dict[str, Any], path: str, purpose: str) -> None:
    assert (fact("path", **changes), fact("purpose", **changes)) == (path, purpose)


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.OTHER])
def test_no_other_purpose_is_other_settled_50(purpose: Purpose) -> None:
    assert fact("purpose", purpose=purpose.value) != "other"


# --- sender and sharing agreement ---


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "authorised"),
        ({"active": False}, "not_authorised"),
        ({"council": "elsewhere"}, "not_authorised"),
        ({"purposes": ("step_down",)}, "not_authorised"),
        ({"until": date(2026, 11, 1)}, "not_authorised"),
        ({"until": date(2026, 11, 2)}, "authorised"),
    ],
)
def test_a_sender_may_send_what_it_is_registered_for(changes: dict[str, Any], expected: str) -> None:
    assert fact("sender", registration=a_registration(**changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "in_force"),
        ({"agreement_until": None}, "in_force"),
        ({"agreement_until": date(2026, 11, 2)}, "in_force"),
        ({"agreement_until": date(2026, 11, 1)}, "lapsed"),
        ({"agreement": ""}, "none"),
    ],
)
def test_a_sharing_agreement_lapses_at_midnight_vector_26(changes: dict[str, Any], expected: str) -> None:
    assert fact("dsa", registration=a_registration(**changes)) == expected


def test_an_own_request_needs_no_sharing_agreement_or_notice_settled_41() -> None:
    bare = a_registration(agreement="", notice_to_every_family="", article_6="")
    changes: dict[str, Any] = {"registration": bare, "referrer": {"kind": "family_self"}, "notices": []}
    assert [fact(name, **changes) for name in ("dsa", "notice", "basis")] == ["in_force", "given", "complete"]


def test_facts_hold_until_the_sharing_agreement_ends() -> None:
    registration = a_registration(agreement_until=date(2026, 12, 31))
    assert derived(registration=registration)[1] == midnight(date(2027, 1, 1))


# --- notice ---


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "given", id="in the record"),
        pytest.param({"notices": []}, "given", id="registered"),
        pytest.param({"notices": [{"given": False}]}, "missing", id="the record overrides"),
        pytest.param({"notices": [{"given": False, "exemption": "Unsafe."}]}, "safe_reason", id="vector 29"),
        pytest.param({"informed": [{"who": "parents", "told": False}]}, "missing", id="not told"),
        pytest.param(
            {"informed": [{"who": "parents", "told": False, "reason_code": "increases_risk"}]},
            "safe_reason",
            id="TH-C17",
        ),
        pytest.param({"informed": [{"who": "child", "told": False}]}, "given", id="the child was not told"),
        pytest.param(
            {"notices": [{"given": False, "exemption": "Unsafe."}, {"given": False}]}, "missing", id="one has no reason"
        ),
    ],
)
def test_notice(changes: dict[str, Any], expected: str) -> None:
    assert fact("notice", **changes) == expected


@pytest.mark.parametrize("changes", [{"notice_to_every_family": ""}, {"notice_until": date(2026, 11, 1)}])
def test_no_notice_is_missing_vector_30(changes: dict[str, Any]) -> None:
    assert fact("notice", notices=[], registration=a_registration(**changes)) == "missing"


def test_a_notice_dated_ahead_has_not_been_given() -> None:
    registration = a_registration(notice_to_every_family="")
    assert fact("notice", notices=[{"given": True, "on_date": "2026-12-01"}], registration=registration) == "missing"


# --- the sender's override ---

OVERRIDE = {
    "reason": "He will not be safe without it.",
    "decided_by": "Sam Okoro",
    "decided_on": "2026-11-01",
    "agreement_state": "refused",
    "recipient": "early_help",
}


@pytest.mark.parametrize(
    ("changes", "override", "human"),
    [
        pytest.param({}, "answers", "recorded", id="vector 4"),
        pytest.param({"agreement_state": "unknown"}, "void", "none", id="another state"),
        pytest.param({"recipient": "front_door"}, "void", "none", id="another recipient"),
        pytest.param({"agreement_state": None}, "incomplete", "none", id="no state"),
        pytest.param({"decided_by": None}, "incomplete", "none", id="nobody"),
        pytest.param({"reason": None}, "incomplete", "none", id="no reason"),
        pytest.param({"decided_on": "2026-12-01"}, "incomplete", "none", id="dated ahead"),
    ],
)
def test_an_override_answers_one_thing_settled_36(changes: dict[str, Any], override: str, human: str) -> None:
    given: dict[str, Any] = {"agreements": [an_agreement(**NO)], "override": OVERRIDE | changes}
    assert (fact("override", **given), fact("human", **given)) == (override, human)


# --- what people record ---


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "recorded", id="answers"),
        pytest.param({"was": "withdrawn"}, "none", id="another state"),
        pytest.param({"hub": "front_door"}, "none", id="another recipient"),
        pytest.param({"subject": "sibling"}, "none", id="another child"),
        pytest.param({"content": "d" * 64}, "none", id="another version"),
        pytest.param({"until": NOW}, "none", id="over"),
        pytest.param({"at": NOW + 1}, "none", id="from the future"),
        pytest.param({"value": "none"}, "none", id="nothing recorded"),
    ],
)
def test_a_persons_decision_is_void_once_anything_differs_settled_36(changes: dict[str, Any], expected: str) -> None:
    given: dict[str, Any] = {"persons": [a_decision(**changes)], "content": CONTENT}
    assert fact("human", agreements=[an_agreement(**NO)], **given) == expected


def test_without_the_contents_digest_no_persons_fact_stands() -> None:
    assert fact("human", agreements=[an_agreement(**NO)], persons=[a_decision(content="")]) == "none"


def test_a_person_may_record_a_one_off_reason_A_206() -> None:
    one_off = a_decision(fact="dsa", was="none", value="one_off_recorded")
    registration = a_registration(agreement="")
    assert fact("dsa", registration=registration, persons=[one_off], content=CONTENT) == "one_off_recorded"


def test_facts_hold_until_a_persons_fact_ends() -> None:
    found, until = derived(agreements=[an_agreement(**NO)], persons=[a_decision(until=NOW + 5000)], content=CONTENT)
    assert found.sources["human"] == ("person",)
    assert until == NOW + 5000


@pytest.mark.parametrize(
    ("name", "was", "value", "by"),
    [
        ("basis", "incomplete", "complete", {"sender_type": "academy", "article_6": "6_1_ea"}),
        ("special", "unconditioned", "conditioned", {"article_9": ()}),
        ("criminal", "unconditioned", "conditioned", {"article_10": ""}),
    ],
)
def test_a_person_may_write_down_the_basis_and_the_conditions_that_are_missing_B_401_B_402_B_403(
    name: str, was: str, value: str, by: dict[str, Any]
) -> None:
    about: dict[str, Any] = {
        "people": [a_child(health="Asthma"), a_mother()],
        "criminal": "An allegation of assault.",
        "registration": a_registration(**by),
    }
    assert fact(name, **about) == was
    written = a_decision(fact=name, was=was, value=value)
    assert fact(name, persons=[written], content=CONTENT, **about) == value
    assert fact(name, persons=[a_decision(fact=name, was=value, value=value)], content=CONTENT, **about) == was


@pytest.mark.parametrize("name", ["duty", "sender", "path", "purpose", "recipient"])
def test_a_person_cannot_record_these_in_place_of_the_record(name: str) -> None:
    assert name not in PERSONS_MAY


# --- faults of reading ---


@pytest.mark.parametrize(
    ("kind", "name", "good", "bad"),
    [
        ("missing", "complete", "yes", "no"),
        ("unknown_code", "codes", "known", "unknown"),
        ("doubtful", "identifiers", "sound", "doubtful"),
    ],
)
def test_a_fault_is_a_fact_settled_4(kind: Any, name: str, good: str, bad: str) -> None:
    found, _ = derived(faults=[Fault("", "/reason", "an answer", "Give one.", kind)])
    assert (found.values[name], found.sources[name]) == (bad, ("/reason",))
    assert fact(name) == good


# --- properties ---

REGISTRATIONS: list[dict[str, Any]] = [{}, {"agreement": ""}, {"article_6": ""}, {"active": False}]


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(REGISTRATIONS), st.sampled_from(["significant", "immediate"]), st.booleans())
def test_declared_harm_stands_whatever_else_is_wrong(registered: dict[str, Any], level: str, refused: bool) -> None:
    sender: Registration = a_registration(**registered)
    said = [an_agreement(**NO)] if refused else []
    assert fact("harm", registration=sender, harm={"level": level}, agreements=said, people=[a_mother()]) == level


def test_the_advice_path_is_off_unless_the_council_switched_it_on() -> None:
    council = with_settings(advice=())
    assert fact("path", council=council, purpose="general_enquiry", anonymous=True) == "early_help"
