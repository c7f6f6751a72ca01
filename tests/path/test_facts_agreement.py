"""The facts `agreement` and `young`: who said what, how long it stands, and whose answer it is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.adapter import Fault
from contracts.council_settings import AgreementTerms
from gateway.path.agreement_fact import CAUTION
from gateway.path.screening import NOT_RUN, Screening
from tests.builders import a_child, a_mother, a_registration, an_agreement
from tests.path.deriving import at, derived, fact, midnight, with_settings

FATHER = a_mother(id="father", first_name="Ned")
BY_FATHER = an_agreement(giver="father")
BY_CHILD = an_agreement(giver="child", capacity="young_person", holds_parental_responsibility=None)
COMPETENT = {"assessed": True, "assessed_by": "Sam Okoro", "assessed_on": "2026-10-19"}
BORN_2011 = a_child(date_of_birth="2011-05-05")
BORN_2009 = a_child(date_of_birth="2009-05-05")


def agreed(*said: dict[str, Any], **changes: Any) -> str:
    people = changes.pop("people", [a_child(), a_mother(), FATHER])
    return fact("agreement", agreements=list(said), people=people, **changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "in_scope", id="vector 1"),
        pytest.param({"status": "refused"}, "refused", id="vector 3"),
        pytest.param({"withdrawn_on": "2026-11-01"}, "withdrawn", id="vector 7"),
        pytest.param({"withdrawn_on": "2026-12-01"}, "withdrawn", id="withdrawn ahead"),
        pytest.param({"on_date": "2025-09-01"}, "stale", id="vector 8"),
        pytest.param({"scope": {"categories": ["child_identity"]}}, "partial_scope", id="vector 9"),
        pytest.param({"holds_parental_responsibility": False}, "giver_doubt", id="vector 10"),
        pytest.param({"status": "not_sought", "not_sought": "unsafe"}, "not_sought_unsafe", id="vector 29"),
        pytest.param({"status": "not_sought", "not_sought": "other"}, "not_sought_other", id="vector 36"),
        pytest.param({"status": "not_sought"}, "not_sought_other", id="not sought, no reason"),
        pytest.param({"status": None}, "unknown", id="no answer"),
        pytest.param({"doubt": "He was in the room."}, "giver_doubt", id="coercion"),
        pytest.param({"capacity": "other", "holds_parental_responsibility": None}, "giver_doubt", id="other"),
        pytest.param({"capacity": "other"}, "in_scope", id="other with responsibility"),
        pytest.param({"giver": "nobody"}, "giver_doubt", id="a giver who is not in the record"),
        pytest.param({"giver": None, "capacity": None}, "giver_doubt", id="nobody says who"),
        pytest.param({"giver": None, "giver_as_stated": "Mum"}, "in_scope", id="in the sender's word"),
        pytest.param({"on_date": "2026-11-03"}, "unknown", id="dated ahead"),
        pytest.param({"until": "2026-11-01"}, "stale", id="ended yesterday"),
        pytest.param({"until": "2026-11-02"}, "in_scope", id="ends today"),
        pytest.param({"scope": {"agencies": []}}, "refused", id="agreed to nobody"),
        pytest.param({"scope": {"categories": []}}, "refused", id="agreed to nothing"),
        pytest.param({"scope": {"sharing": False, "support": True}}, "refused", id="LE-C09 no sharing"),
        pytest.param({"scope": {"agencies": ["testham early help hub"]}}, "in_scope", id="agreed to this hub"),
        pytest.param({"scope": {"agencies": ["Housing"]}}, "unknown", id="agreed to others only"),
        pytest.param({"scope": {"purposes": ["request"]}}, "in_scope", id="agreed to this purpose"),
        pytest.param({"scope": {"purposes": ["research"]}}, "unknown", id="agreed to another purpose"),
    ],
)
def test_one_answer(changes: dict[str, Any], expected: str) -> None:
    assert agreed(an_agreement(**changes), relationships=[]) == expected


def test_no_answer_at_all_is_unknown() -> None:
    assert agreed() == "unknown"


def test_an_answer_without_a_date_is_as_old_as_the_submission() -> None:
    source = {"system": "canonical", "submitted_at": "2026-04-01T09:00:00Z"}
    assert agreed(an_agreement(on_date=None), source=source) == "stale"


UNDATED: dict[str, Any] = {"source": {"system": "canonical"}, "agreements": [an_agreement(on_date=None)]}


def test_an_answer_without_any_date_counts_from_the_day_it_came_G_504() -> None:
    assert fact("agreement", **UNDATED) == "in_scope"
    assert fact("agreement_record", **UNDATED) == "undated"
    came = at("2026-04-30T10:00")
    assert fact("agreement", received=came, now=at("2026-10-30T23:59"), **UNDATED) == "in_scope"
    assert fact("agreement", received=came, now=at("2026-10-31T00:00"), **UNDATED) == "stale"


def test_an_answer_without_any_date_is_stale_where_a_signed_or_written_one_is_asked_for_G_504() -> None:
    signed = with_settings(agreement={"any": AgreementTerms(form="signed")})
    assert fact("agreement", council=signed, **UNDATED) == "stale"


def test_a_day_that_nobody_can_read_may_be_an_old_one_G_504() -> None:
    unread = Fault("", "/agreed_on", "a date", "Write it again.", "doubtful")
    assert fact("agreement", faults=[unread], **UNDATED) == "stale"


GATE: dict[str, Any] = {"agreement_of_every_family": "Do you have the family's consent?"}


def test_a_form_that_cannot_be_sent_without_the_familys_yes_is_its_yes() -> None:
    by = a_registration(**GATE)
    assert fact("agreement", registration=by, agreements=[]) == "in_scope"
    assert fact("agreement", registration=by, agreements=[], sharing_limits=[{"what": "His job."}]) == "partial_scope"
    assert fact("agreement_record", registration=by, agreements=[]) == "by_the_form"


def test_what_a_family_is_said_to_have_said_counts_for_more_than_the_forms_own_question() -> None:
    by = a_registration(**GATE)
    assert fact("agreement", registration=by, agreements=[an_agreement(status="refused")]) == "refused"
    assert fact("agreement_record", registration=by) == "stated"


@pytest.mark.parametrize("seen", [Screening(ran=True, harm=("/reason",)), NOT_RUN])
def test_what_a_forms_question_stands_for_ends_where_the_text_may_tell_of_harm(seen: Screening) -> None:
    assert fact("agreement", registration=a_registration(**GATE), agreements=[], screening=seen) == "unknown"


def test_what_a_forms_question_stands_for_ends_with_its_registration() -> None:
    by = a_registration(**GATE, agreement_asked_until=date(2026, 10, 1))
    assert fact("agreement", registration=by, agreements=[]) == "unknown"


@pytest.mark.parametrize(
    ("both", "expected"),
    [
        pytest.param((an_agreement(), an_agreement(giver="father", status="refused")), "disputed", id="vector 11"),
        pytest.param(
            (an_agreement(status="refused"), an_agreement(giver="father", status="refused")), "refused", id="both"
        ),
        pytest.param((an_agreement(), an_agreement(giver="father", withdrawn_on="2026-11-01")), "withdrawn", id="back"),
        pytest.param((an_agreement(), an_agreement(giver="father", on_date="2025-01-01")), "stale", id="one is old"),
        pytest.param((an_agreement(), an_agreement(giver="father", scope={"categories": ["needs"]})), "partial_scope"),
    ],
)
def test_the_most_cautious_giver_counts(both: tuple[dict[str, Any], ...], expected: str) -> None:
    assert agreed(*both) == expected
    assert agreed(*reversed(both)) == expected


def test_the_newest_answer_of_one_giver_counts() -> None:
    before = an_agreement(status="refused", on_date="2026-09-01")
    assert agreed(before, an_agreement()) == "in_scope"
    assert agreed(an_agreement(on_date="2026-09-01"), an_agreement(status="refused")) == "refused"


def test_an_undated_refusal_is_never_taken_for_the_older_answer() -> None:
    undated = an_agreement(status="refused", on_date=None)
    assert agreed(an_agreement(), undated, source={"system": "canonical"}) == "disputed"


def test_an_answer_dated_ahead_does_not_hide_a_refusal() -> None:
    assert agreed(an_agreement(status="refused"), an_agreement(on_date="2026-12-01")) == "refused"


def test_responsibility_stated_with_the_relationship_counts() -> None:
    relation = {"person": "mother", "to": "child", "parental_responsibility": False}
    assert agreed(an_agreement(holds_parental_responsibility=None), relationships=[relation]) == "giver_doubt"


def test_somebody_said_to_have_harmed_cannot_agree() -> None:
    people = [a_child(), a_mother(roles=["parent", "alleged_harm"])]
    assert agreed(an_agreement(), people=people) == "giver_doubt"


def test_a_sharing_limit_makes_the_scope_partial_HU_C03() -> None:
    assert agreed(an_agreement(), sharing_limits=[{"what": "Her health"}]) == "partial_scope"


def test_a_siblings_refusal_decides_about_the_sibling() -> None:
    sibling = a_child(id="sibling", first_name="Ivo", roles=["sibling"])
    people = [a_child(), a_mother(), sibling]
    assert agreed(an_agreement(), an_agreement(giver="sibling", status="refused"), people=people) == "in_scope"


@pytest.mark.parametrize("kind", ["family_self", "child_self"])
def test_an_own_request_is_itself_agreement_settled_41(kind: str) -> None:
    assert agreed(referrer={"kind": kind}) == "in_scope"
    assert agreed(an_agreement(status="refused"), referrer={"kind": kind}) == "refused"


def test_a_member_of_the_public_does_not_agree_for_a_family() -> None:
    assert agreed(referrer={"kind": "public"}) == "unknown"


# --- young people ---


@pytest.mark.parametrize(
    ("born", "competence", "expected"),
    [
        pytest.param("2009-05-05", None, "in_scope", id="17"),
        pytest.param("2011-05-05", None, "giver_doubt", id="15"),
        pytest.param("2011-05-05", COMPETENT, "in_scope", id="15 and competent"),
        pytest.param("2011-05-05", {"assessed": True}, "giver_doubt", id="nobody says who assessed"),
        pytest.param(None, None, "giver_doubt", id="age unknown"),
    ],
)
def test_a_young_person_alone_may_agree_from_16_or_if_competent(
    born: str | None, competence: dict[str, Any] | None, expected: str
) -> None:
    assert agreed(BY_CHILD | {"competence": competence}, people=[a_child(date_of_birth=born)]) == expected


def test_a_council_may_ask_for_more_years_TH_C07() -> None:
    assert agreed(BY_CHILD, people=[BORN_2009], council=with_settings(young_alone=18)) == "giver_doubt"


def test_a_parents_agreement_lapses_when_the_child_is_18() -> None:
    assert agreed(an_agreement(), people=[a_child(date_of_birth="2008-11-02"), a_mother()]) == "stale"
    assert agreed(an_agreement(), people=[a_child(date_of_birth="2008-11-03"), a_mother()]) == "in_scope"


def test_an_adult_who_agrees_is_not_stopped_by_a_parents_lapsed_agreement_TH_C26() -> None:
    people = [a_child(date_of_birth="2005-06-15"), a_mother()]
    assert agreed(an_agreement(), BY_CHILD, people=people) == "in_scope"
    assert agreed(an_agreement(), BY_CHILD | {"status": "refused"}, people=people) == "refused"
    assert agreed(an_agreement(status="refused"), BY_CHILD, people=people) == "refused"


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("2014-11-03", "not_needed"),
        ("2014-11-02", "silent_12_15"),
        ("2010-11-03", "silent_12_15"),
        ("2010-11-02", "silent_16_17"),
        ("2008-11-02", "silent_16_17"),
        (None, "silent_16_17"),
        ("2027-01-01", "silent_16_17"),
    ],
)
def test_age_on_the_day_of_the_decision_says_whose_view_is_asked_for(born: str | None, expected: str) -> None:
    assert fact("young", people=[a_child(date_of_birth=born), a_mother()]) == expected


def test_18_is_reached_on_1_march_by_somebody_born_on_29_february() -> None:
    people = [a_child(date_of_birth="2012-02-29"), a_mother()]
    assert fact("young", people=people, now=at("2028-02-28T12:00")) == "silent_12_15"
    assert fact("young", people=people, now=at("2028-02-29T00:00")) == "silent_16_17"
    said = an_agreement(on_date="2030-02-01")
    assert agreed(said, people=people, now=at("2030-02-28T23:59")) == "in_scope"
    assert agreed(said, people=people, now=at("2030-03-01T00:00")) == "stale"


def test_midnight_in_summer_time_is_london_midnight() -> None:
    people = [a_child(date_of_birth="2010-07-01"), a_mother()]
    assert fact("young", people=people, now=at("2026-06-30T23:59")) == "silent_12_15"
    assert fact("young", people=people, now=at("2026-07-01T00:00")) == "silent_16_17"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"agreements": [an_agreement(), BY_CHILD]}, "agrees", id="agrees"),
        pytest.param({"agreements": [an_agreement(), BY_CHILD | {"status": "refused"}]}, "refuses", id="vector 12"),
        pytest.param({"views": [{"whose": "child", "agrees_with_request": True}]}, "agrees", id="view"),
        pytest.param({"views": [{"whose": "child", "agrees_with_request": False}]}, "refuses", id="against it"),
        pytest.param({"views": [{"whose": "child", "said": "I like school."}]}, "silent_12_15", id="vector 13"),
        pytest.param({"views": [{"whose": "parent", "agrees_with_request": True}]}, "silent_12_15", id="a parent's"),
        pytest.param(
            {"agreements": [an_agreement(), BY_CHILD], "views": [{"whose": "child", "agrees_with_request": False}]},
            "refuses",
            id="both ways",
        ),
        pytest.param({"agreements": [BY_CHILD | {"on_date": "2025-01-01"}]}, "silent_12_15", id="an old yes"),
        pytest.param({"agreements": [BY_CHILD | {"doubt": "She was told to."}]}, "silent_12_15", id="a doubted yes"),
        pytest.param({"referrer": {"kind": "child_self"}}, "agrees", id="asks for herself"),
    ],
)
def test_what_a_young_person_said(changes: dict[str, Any], expected: str) -> None:
    assert fact("young", people=[BORN_2011, a_mother()], **changes) == expected


def test_a_refusal_counts_at_any_age() -> None:
    assert fact("young", views=[{"whose": "child", "agrees_with_request": False}]) == "refuses"


def test_an_unborn_child_is_not_asked() -> None:
    unborn = a_child(date_of_birth=None, unborn=True, expected_date_of_birth="2027-01-05")
    assert fact("young", people=[unborn, a_mother()]) == "not_needed"


def test_a_young_persons_own_yes_is_no_weaker_for_an_aunts_beside_it() -> None:
    aunt = an_agreement(giver="father", holds_parental_responsibility=False)
    assert agreed(aunt, BY_CHILD, people=[BORN_2009, FATHER]) == "in_scope"
    assert agreed(aunt, BY_CHILD, people=[BORN_2011, FATHER]) == "giver_doubt"


def test_a_yes_that_somebody_was_pressed_to_stays_in_doubt_beside_a_young_persons_own() -> None:
    pressed = an_agreement(giver="father", doubt="He was in the room.")
    assert agreed(pressed, BY_CHILD, people=[BORN_2009, FATHER]) == "giver_doubt"


def test_a_young_mother_answers_for_her_baby() -> None:
    mother = a_child(id="mother", date_of_birth="2010-01-01", roles=["child", "parent"])
    assert agreed(an_agreement(), people=[a_child(date_of_birth="2026-09-01"), mother]) == "in_scope"


# --- agreement not required ---


def duty(*said: dict[str, Any], **changes: Any) -> str:
    council = with_settings(duties={"school_attendance": ("attendance",)})
    return agreed(*said, council=council, statutory_duties=[{"code": "school_attendance"}], **changes)


def test_a_listed_duty_needs_no_agreement_TH_C02() -> None:
    assert duty() == "not_required"
    assert duty(an_agreement(on_date="2020-01-01")) == "not_required"


def test_a_duty_the_council_does_not_list_is_none() -> None:
    assert agreed(statutory_duties=[{"code": "school_attendance"}]) == "unknown"


@pytest.mark.parametrize("changes", [{"status": "refused"}, {"withdrawn_on": "2026-11-01"}, {"doubt": "He pushed."}])
def test_a_duty_never_overrides_what_somebody_said_settled_7(changes: dict[str, Any]) -> None:
    assert duty(an_agreement(**changes)) != "not_required"


def test_an_agreement_goes_before_a_duty() -> None:
    assert duty(an_agreement()) == "in_scope"


def test_a_purpose_may_need_no_agreement_settled_7() -> None:
    council = with_settings(agreement={"step_down": AgreementTerms(required=False)})
    assert agreed(council=council, purpose="step_down") == "not_required"
    assert agreed(council=council) == "unknown"


# --- how long it stands ---


def test_it_stands_until_it_is_stale() -> None:
    assert derived()[1] == midnight(date(2027, 4, 20))


def test_it_stands_until_the_day_it_was_given_until() -> None:
    assert derived(agreements=[an_agreement(until="2026-12-24")])[1] == midnight(date(2026, 12, 25))


@pytest.mark.parametrize(("born", "birthday"), [("2010-12-24", date(2026, 12, 24)), ("2008-12-24", date(2026, 12, 24))])
def test_it_stands_until_the_16th_or_18th_birthday(born: str, birthday: date) -> None:
    assert derived(people=[a_child(date_of_birth=born), a_mother()])[1] == midnight(birthday)


def test_what_changes_at_the_end_has_not_changed_before() -> None:
    end = derived()[1]
    assert end is not None
    assert fact("agreement", now=end - 1) == "in_scope"
    assert fact("agreement", now=end) == "stale"


STATUS = st.sampled_from(["given", "refused", "withdrawn", "not_sought", None])
DATES = st.sampled_from([None, "2025-01-01", "2026-10-01", "2026-10-19", "2026-12-01"])
SAID = st.builds(
    lambda giver, status, day: an_agreement(giver=giver, status=status, on_date=day),
    st.sampled_from(["mother", "father"]),
    STATUS,
    DATES,
)
SHARES = ("in_scope", "partial_scope", "not_required")


@settings(max_examples=50, deadline=None)
@given(st.lists(SAID, max_size=4))
def test_withdrawing_never_loosens(said: list[dict[str, Any]]) -> None:
    withdrawn = [*said, an_agreement(giver="father", withdrawn_on="2026-11-02")]
    assert agreed(*withdrawn) == "withdrawn"


@settings(max_examples=50, deadline=None)
@given(st.lists(SAID, min_size=1, max_size=4), st.integers(0, 3))
def test_an_unknown_answer_is_never_better_than_what_it_replaces(said: list[dict[str, Any]], place: int) -> None:
    unknown = [item | {"status": None} if index == place else item for index, item in enumerate(said)]
    if agreed(*said) not in SHARES:
        assert agreed(*unknown) not in SHARES


@settings(max_examples=50, deadline=None)
@given(st.lists(SAID, max_size=3), SAID)
def test_another_givers_answer_never_makes_it_better(said: list[dict[str, Any]], other: dict[str, Any]) -> None:
    mothers = [item | {"giver": "mother"} for item in said]
    if mothers:
        before, after = agreed(*mothers), agreed(*mothers, other | {"giver": "father"})
        assert CAUTION.index(after) <= CAUTION.index(before)
