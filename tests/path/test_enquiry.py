"""What a person is asked on a council's own form, and what becomes of what they type."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import orjson
import pytest
from hypothesis import given as given_
from hypothesis import settings
from hypothesis import strategies as st

from contracts.enquiry import AskedPage
from gateway.config.asking import load_asking
from gateway.config.councils import load_councils
from gateway.config.groups import load_groups
from gateway.path.asking import pages_of
from gateway.path.drafted import Field, Shown, fields_of, mark_of, rows_of, take, typed_page
from gateway.path.household import joined, left, names_of, next_child, on_page
from gateway.path.placed import Document
from gateway.path.reading import read_referral
from gateway.path.typed import Typed, Wrong

MAPPINGS = Path(__file__).parents[2] / "mappings"
COUNCILS = ("derby", "hull", "kent", "leicester", "tower_hamlets")
TODAY = date(2026, 11, 23)
ASKING = load_asking(MAPPINGS)
GROUPS = load_groups(MAPPINGS / "sharing" / "groups.yaml").titles
PURPOSES = ("request", "step_down", "safeguarding", "general_enquiry")
NOT_FOR_A_SENDER = ("/due", "/referral/source", "/labels", "/about", "/referral/attachments", "/referral/provenance")
"""What no sender is asked: the council's own times and labels, and documents, which travel beside a referral."""


@cache
def councils():
    return load_councils(MAPPINGS / "councils")


def pages(council: str, purpose: str = "request") -> tuple[AskedPage, ...]:
    return pages_of(councils()[council], ASKING, purpose, PURPOSES, GROUPS, False)


def begun(council: str, purpose: str = "request") -> Document:
    return {"council": council, "purpose": purpose, "referrer": {"kind": "professional", "agency": "Invented School"}}


def completed(document: Document) -> bytes:
    return orjson.dumps(document | {"source": {"system": "enquiry", "record_id": "d"}})


def rows(document: Document, page: AskedPage, person: str = "") -> tuple[Shown, ...]:
    return rows_of(page, ASKING, document, person)


def saved(document: Document, page: AskedPage, typed: Typed, person: str = "") -> Document:
    new, wrong = take(rows(document, page, person), document, typed, TODAY)
    assert wrong == ()
    return new


def refused(document: Document, page: AskedPage, typed: Typed, person: str = "") -> tuple[Wrong, ...]:
    return take(rows(document, page, person), document, typed, TODAY)[1]


def with_somebody(council: str = "hull") -> tuple[Document, AskedPage, str]:
    document = begun(council)
    page = next(one for one in pages(council) if one.people)
    document, person = joined(document, page)
    return document, page, person


# Which questions stand where ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("council", COUNCILS)
def test_settled_31_danger_is_asked_before_everything_else(council: str) -> None:
    first, *others = pages(council)
    assert first.questions[0].name == "harm-level"
    assert not any(one.name.startswith("harm") for page in others for one in page.questions)


@pytest.mark.parametrize("council", COUNCILS)
def test_settled_56_the_parts_are_the_councils_own_in_its_order(council: str) -> None:
    form = [section.title for section in councils()[council].form.sections]
    asked = [page.title for page in pages(council)[1:]]
    assert asked == [title for title in form if title in asked]
    assert len(asked) <= 12


@pytest.mark.parametrize("council", COUNCILS)
def test_every_field_of_the_councils_form_that_a_sender_can_answer_is_asked(council: str) -> None:
    every = {
        one.path for purpose in (*PURPOSES, "step_up") for page in pages(council, purpose) for one in page.questions
    }
    unasked = [
        of
        for section in councils()[council].form.sections
        for row in section.rows
        for of in (f"{section.each}{one}".replace("/*", "") for one in row.of)
        if not any(f"/{path}/".startswith(f"{of}/") for path in every) and not of.startswith(NOT_FOR_A_SENDER)
    ]
    assert [of for of in unasked if of.rpartition("/")[2] not in LEFT_TO_SYSTEMS] == []


LEFT_TO_SYSTEMS = frozenset(
    {"id", "full_name", "preferred_surname", "nationality", "address", "agency", "kind", "agency_kind"}
    | {"relationship_to_child", "anonymous", "locality", "cluster", "district", "other_answers", "employment"}
)
"""What the session or the registration says, what only a system would know, and names of areas that are not used."""


@pytest.mark.parametrize("council", COUNCILS)
def test_no_question_is_asked_twice(council: str) -> None:
    plain = [one.name for page in pages(council) if not page.people for one in page.questions]
    assert len(plain) == len(set(plain))
    for page in pages(council):
        assert len(page.questions) == len({one.name for one in page.questions})


@pytest.mark.parametrize("council", COUNCILS)
def test_an_enquiry_without_names_asks_for_no_name(council: str) -> None:
    named = {one.path.rpartition("/")[2] for page in pages(council, "general_enquiry") for one in page.questions}
    assert not named & {"first_name", "surname", "date_of_birth", "postcode", "lines", "emails", "value"}


def test_what_a_step_down_brings_is_asked_for_a_step_down_alone() -> None:
    assert not any("step_down" in one.path for page in pages("kent") for one in page.questions)
    assert any("Step down" in page.title for page in pages("kent", "step_down"))


# What is typed --------------------------------------------------------------------------------------------------------

LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), min_size=0, max_size=30)
SOME = st.sampled_from([*range(1, 28)])


def answers(field: Field) -> st.SearchStrategy[dict[str, tuple[str, ...]]]:
    """What somebody could send for one field, or leave out."""
    match field.question.control:
        case "date":
            days = st.dates(date(1950, 1, 1), TODAY)
            typed = days.map(
                lambda day: dict(zip(("day", "month", "year"), (day.day, day.month, day.year), strict=True))
            )
            some = typed.map(lambda parts: {f"{field.name}-{part}": (str(n),) for part, n in parts.items()})
        case "yes_no" | "tick":
            some = st.sampled_from(("yes", "no")).map(lambda one: {field.name: (one,)})
        case "one" | "person":
            some = st.sampled_from(sorted(field.choices) or [""]).map(lambda one: {field.name: (one,)})
        case "several":
            some = st.lists(st.sampled_from(sorted(field.choices)), max_size=3, unique=True).map(
                lambda many: {field.name: tuple(many)}
            )
        case _:
            some = LINES.map(lambda text: {field.name: (text,), f"sure-{field.name}": (text.strip(),)})
    return st.one_of(st.just({}), some)


@st.composite
def written(draw: st.DrawFn) -> Document:
    """A draft that somebody filled in, in any council, for any purpose, with anybody in it."""
    council = draw(st.sampled_from(COUNCILS))
    document = begun(council, draw(st.sampled_from(PURPOSES)))
    for page in pages(council, document["purpose"]):
        people = [""]
        if page.people:
            people = []
            for _ in range(draw(st.integers(0, 2))):
                document, person = joined(document, page)
                people.append(person)
        for person in people:
            typed: dict[str, tuple[str, ...]] = {}
            for field in fields_of(rows(document, page, person)):
                typed |= draw(answers(field))
            new, wrong = take(rows(document, page, person), document, typed, TODAY)
            document = document if wrong else new
    return document


@given_(written())
@settings(max_examples=14, deadline=None)
def test_any_completed_draft_makes_a_valid_canonical_referral(document: Document) -> None:
    referral = read_referral(completed(document))
    assert str(referral.council) == document["council"]


@given_(written())
@settings(max_examples=8, deadline=None)
def test_a_page_saved_as_it_was_opened_changes_nothing(document: Document) -> None:
    for page in pages(document["council"], document["purpose"]):
        people = [one["id"] for one in on_page(document, page, pages(document["council"], document["purpose"]))]
        for person in people if page.people else [""]:
            shown = rows(document, page, person)
            held = typed_page(shown, document)
            sure = {f"sure-{name}": values for name, values in held.items()}
            assert take(shown, document, held | sure, TODAY) == (document, ())


@given_(written())
@settings(max_examples=8, deadline=None)
def test_the_next_child_of_a_family_brings_none_of_the_first_ones_needs_and_no_agreement(document: Document) -> None:
    new = next_child(document)
    read_referral(completed(new))
    assert not {"needs", "reason", "views", "harm", "strengths"} & set(new)
    assert not any("child" in one["roles"] for one in new.get("people", ()))
    assert not any(one.get("status") for one in new.get("agreements", ()))


def test_a_brother_chosen_as_the_next_child_is_the_child_of_it() -> None:
    document, page, first = with_somebody()
    document, second = joined(document, page)
    new = next_child(document, second)
    assert {one["id"]: one["roles"] for one in new["people"]} == {first: ["sibling"], second: ["child"]}


@given_(written())
@settings(max_examples=8, deadline=None)
def test_whoever_leaves_a_request_is_named_nowhere_in_it(document: Document) -> None:
    for one in document.get("people", ()):
        new = left(document, one["id"])
        read_referral(completed(new))
        assert f'"{one["id"]}"' not in orjson.dumps(new).decode()


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("31", "2", "2015"), "Date of birth must be a real date, such as 27 3 2015."),
        (("3", "", "2015"), "Date of birth must include a month."),
        (("", "", "2015"), "Date of birth must include a day and a month."),
        (("3", "May", "2015"), "Date of birth: the month must be a number, such as 3."),
        (("3", "5", "15"), "Date of birth: the year must include 4 numbers."),
        (("24", "11", "2026"), "Date of birth must be today or in the past."),
    ],
)
def test_a_date_that_is_none_is_named_with_its_remedy(parts: tuple[str, str, str], said: str) -> None:
    document, page, person = with_somebody()
    names = ("day", "month", "year")
    typed = {f"people-date_of_birth-{part}": (text,) for part, text in zip(names, parts, strict=True)}
    (wrong,) = refused(document, page, typed, person)
    assert wrong.say == said


def test_a_doubtful_nhs_number_is_told_once_and_kept_when_it_is_saved_again() -> None:
    document, page, person = with_somebody()
    name = "people-identifiers-nhs_number-value"
    typed = {name: ("999 000 0011",)}
    (wrong,) = refused(document, page, typed, person)
    assert wrong.name == name
    assert wrong.say.startswith("NHS number: we expected")
    assert wrong.say.endswith("save it again.")
    new = saved(document, page, typed | {f"sure-{name}": ("999 000 0011",)}, person)
    assert new["people"][0]["identifiers"] == [{"system": "nhs_number", "value": "999 000 0011"}]


def test_a_field_longer_than_the_model_takes_is_told_before_it_is_kept() -> None:
    document, page, person = with_somebody()
    (wrong,) = refused(document, page, {"people-first_name": ("x" * 501,)}, person)
    assert wrong.say == "First name must be 500 characters or fewer. You have 501."


def test_groups_that_are_kept_back_are_said_in_words_too() -> None:
    page = next(one for one in pages("hull") if any(q.name == "sharing_limits-what" for q in one.questions))
    (wrong,) = refused(begun("hull"), page, {"sharing_limits-groups": ("health_send",)})
    assert wrong.name == "sharing_limits-what"


def test_a_page_that_somebody_changed_has_another_mark() -> None:
    document, page, person = with_somebody()
    before = mark_of(typed_page(rows(document, page, person), document))
    new = saved(document, page, {"people-first_name": ("Maya",), "people-roles": ("child",)}, person)
    assert mark_of(typed_page(rows(new, page, person), new)) != before
    assert names_of(new) == {person: "Maya"}
