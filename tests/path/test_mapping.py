"""A record becomes a referral by its mapping: nothing lost, nothing guessed, every leaf accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.adapter import SourceRecord
from gateway.config.codes import load_codes
from gateway.config.mappings import load_mapping
from gateway.path.leaves import flattened, spoken
from gateway.path.mapping import CompiledMapping, compile_mapping, to_referral

LISTS = load_codes(Path(__file__).parents[2] / "mappings" / "codes")

HEAD = """source: forms
form: help
version: "1"
adapter: govuk_forms
purpose: request
"""
CHILD = "- to: people\n  fields:\n  - {to: id, value: child}\n  - {to: roles, value: [child]}\n"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory):
    def make(rows: str, ignore: str = "", safety: str = "none") -> CompiledMapping:
        path = tmp_path_factory.mktemp("mappings") / "forms" / "help.yaml"
        path.parent.mkdir()
        path.write_text(f"{HEAD}safety_question: {safety}\nfields:\n{rows}{ignore}", encoding="utf-8")
        return compile_mapping(load_mapping(path, LISTS)[0])

    return make


def a_record(data: dict[str, Any], kind: Any = "referral", key: str = "R1") -> SourceRecord:
    return SourceRecord("row 2", "help", key, kind, data)


@pytest.fixture
def mapped(compiled):
    def run(rows: str, data: dict[str, Any], ignore: str = "", safety: str = "none") -> tuple[Any, dict, list]:
        referral, ledger, faults = to_referral(compiled(rows, ignore, safety), a_record(data), "hull")
        assert referral is not None
        assert [line.source for line in ledger] == list(flattened(data)[0])
        return referral, {line.source: line for line in ledger}, list(faults)

    return run


def test_an_answer_that_should_be_there_is_told_and_the_record_goes_on(mapped):
    _, _, faults = mapped("- {to: reason, from: /why, required: warn}\n", {"else": "Yes"})
    assert [(fault.kind, fault.pointer) for fault in faults] == [("advised", "/why")]


# What a row does


def test_the_header_says_how_old_the_data_may_be(tmp_path: Path):
    path = tmp_path / "forms" / "help.yaml"
    path.parent.mkdir()
    rows = "fields:\n- {to: source.data_as_of, from: /drawn, as: date_of_datetime}\n"
    path.write_text(f"{HEAD}freshness: nightly\nsafety_question: none\n{rows}", encoding="utf-8")
    record = a_record({"drawn": "2026-03-09 02:00:00.000"})

    referral, _, _ = to_referral(compile_mapping(load_mapping(path, LISTS)[0]), record, "hull")

    assert referral is not None
    assert (referral.source.freshness, str(referral.source.data_as_of)) == ("nightly", "2026-03-09")


def test_the_header_says_where_a_referral_comes_from(mapped):
    referral, _, _ = mapped("- {to: reason, from: /why}\n", {"why": "Help, please"})
    assert (referral.council, referral.purpose, referral.source.system) == ("hull", "request", "forms")
    assert (referral.source.form, referral.source.record_id, referral.source.test) == ("help", "R1", False)


def test_a_test_submission_says_so_everywhere_it_goes(compiled):
    referral, _, _ = to_referral(compiled("- {to: reason, from: /why}\n"), a_record({"why": "x"}), "hull", test=True)
    assert referral.source.test is True


def test_text_is_carried_without_the_white_space_around_it(mapped):
    referral, ledger, _ = mapped("- {to: reason, from: /why}\n", {"why": "  Two\n\nlines \n"})
    assert referral.reason == "Two\n\nlines"
    assert (ledger["/why"].state, ledger["/why"].to) == ("mapped", "/reason")


def test_a_name_with_a_slash_or_tilde_is_pointed_at_as_rfc_6901_says(mapped):
    referral, _, _ = mapped("- {to: reason, from: /a~1b/c~0d}\n", {"a/b": {"c~d": "found"}})
    assert referral.reason == "found"


def test_a_transform_makes_a_leaf_translated(mapped):
    rows = CHILD + "  - {to: date_of_birth, from: /dob, as: uk_date}\n"
    referral, ledger, _ = mapped(rows, {"dob": "14/03/2015"})
    assert referral.people[0].date_of_birth.isoformat() == "2015-03-14"
    assert (ledger["/dob"].state, ledger["/dob"].to) == ("translated", "/people/0/date_of_birth")


@pytest.mark.parametrize("leaf", [True, "yes", "TRUE"])
def test_yes_is_read_from_words_and_from_json(mapped, leaf):
    assert mapped("- {to: anonymous, from: /a, as: yes_no}\n", {"a": leaf})[0].anonymous is True


def test_a_group_adds_one_item_with_its_constants(mapped):
    referral, _, _ = mapped(CHILD + "  - {to: surname, from: /s}\n", {"s": "Okafor-Lind"})
    assert [(person.id, person.roles, person.surname) for person in referral.people] == [
        ("child", ("child",), "Okafor-Lind")
    ]


@pytest.mark.parametrize("data", [{}, {"s": ""}, {"s": None}, {"s": " \n"}])
def test_a_group_the_source_says_nothing_for_is_left_out(mapped, data):
    assert mapped(CHILD + "  - {to: surname, from: /s}\n", data)[0].people == ()


def test_each_adds_one_item_for_each_element_and_numbers_it(mapped):
    rows = (
        "- to: people\n  each: /kids\n  fields:\n  - {to: id, value: 'sibling-#'}\n  - {to: first_name, from: /f}\n"
        "- to: relationships\n  each: /kids\n  fields:\n  - {to: person, value: 'sibling-#'}\n"
        "  - {to: to, value: sibling-1}\n  - {to: as_stated, from: /r}\n"
    )
    data = {"kids": [{"f": "Ash", "r": "self"}, {"f": "", "r": ""}, {"f": "Bryn", "r": "half-brother"}]}
    referral, ledger, _ = mapped(rows, data)
    assert [person.id for person in referral.people] == ["sibling-1", "sibling-3"]
    assert [part.person for part in referral.relationships] == ["sibling-1", "sibling-3"]
    assert ledger["/kids/2/f"].to == "/people/1/first_name"


@pytest.mark.parametrize("needs", [["Bullying", "Debt"], "Bullying"])
def test_each_takes_one_answer_as_a_list_of_one(mapped, needs):
    rows = "- {to: needs, each: /n, fields: [{to: code, from: '', codes: need}]}\n"
    found = [need.code for need in mapped(rows, {"n": needs})[0].needs]
    assert found == ["bullying", "financial_hardship"][: len(found)]
    assert found


def test_each_splits_one_cell_into_items(mapped):
    rows = "- {to: needs, each: /n, as: split_semicolon, fields: [{to: code, from: '', codes: need}]}\n"
    referral, ledger, faults = mapped(rows, {"n": "Bullying; Debt;No lift"})
    assert [(need.code, need.as_stated) for need in referral.needs] == [
        ("bullying", "Bullying"),
        ("financial_hardship", "Debt"),
        (None, "No lift"),
    ]
    assert ledger["/n"].to == "/needs/0/code, /needs/1/code, /needs/2/as_stated"
    assert [fault.kind for fault in faults] == ["unknown_code"]


def test_one_leaf_may_fill_two_fields_and_has_one_line(mapped):
    rows = "- {to: reason, from: /w}\n- {to: outcome_sought, from: /w}\n"
    referral, ledger, _ = mapped(rows, {"w": "rest"})
    assert (referral.reason, referral.outcome_sought) == ("rest", "rest")
    assert ledger["/w"].to == "/reason, /outcome_sought"


def test_several_answers_fill_a_list_in_their_order(mapped):
    rows = CHILD + "  - to: addresses\n    fields:\n    - {to: lines, from: [/a1, /a2, /more]}\n"
    referral, _, _ = mapped(rows, {"a1": "Flat 9", "a2": "", "more": ["Wharf", "Quay"]})
    assert referral.people[0].addresses[0].lines == ("Flat 9", "Wharf", "Quay")


def test_lines_joins_several_answers_into_one_text(mapped):
    referral, ledger, _ = mapped("- {to: reason, from: [/a, /b], as: lines}\n", {"a": "one", "b": "two"})
    assert referral.reason == "one\ntwo"
    assert ledger["/b"].state == "translated"


# What is not there


def test_a_required_answer_that_is_missing_is_named_by_its_pointer(mapped):
    rows = "- {to: referrer.name, from: /who, required: true}\n"
    _, _, faults = mapped(rows, {"who": " "})
    assert [(fault.kind, fault.pointer, fault.position) for fault in faults] == [("missing", "/who", "row 2")]
    assert "referrer.name" in faults[0].expected


def test_in_a_group_required_counts_only_when_the_group_has_something(mapped):
    rows = CHILD + "  - {to: surname, from: /s}\n  - {to: first_name, from: /f, required: true}\n"
    assert mapped(rows, {})[2] == []
    assert [fault.pointer for fault in mapped(rows, {"s": "Vane"})[2]] == ["/f"]


def test_a_required_group_has_to_be_there(mapped):
    rows = "- to: people\n  required: true\n  fields:\n  - {to: surname, from: /s}\n  - {to: id, value: child}\n"
    assert [(fault.kind, fault.expected) for fault in mapped(rows, {})[2]] == [("missing", "an answer, for people")]


def test_an_empty_answer_is_ignored_as_no_answer(mapped):
    _, ledger, faults = mapped("- {to: reason, from: /why}\n", {"why": "", "other": None})
    assert {(line.state, line.why) for line in ledger.values()} == {("ignored", "no answer was given")}
    assert faults == []


def test_a_person_the_record_does_not_speak_of_is_not_named(mapped):
    rows = (
        "- to: agreements\n  fields:\n  - {to: giver, value: carer}\n"
        "  - {to: status, from: /c, codes: agreement_status}\n"
        "- to: people\n  fields:\n  - {to: id, value: carer}\n  - {to: full_name, from: /n}\n"
        "- to: requested_services\n  fields:\n  - {to: for_whom, value: [carer, child]}\n"
        "  - {to: as_stated, from: /s}\n"
    )
    without = mapped(rows, {"c": "Agreed", "s": "a"})[0]
    assert (without.agreements[0].giver, without.requested_services[0].for_whom) == (None, ())
    named = mapped(rows, {"c": "Agreed", "n": "Nell Marchbanks", "s": "a"})[0]
    assert (named.agreements[0].giver, named.requested_services[0].for_whom) == ("carer", ("carer",))


def test_a_form_that_does_not_ask_about_harm_says_that_nobody_asked(mapped):
    assert mapped("- {to: reason, from: /why}\n", {"why": "x"})[0].harm.level == "not_asked"


def test_a_form_that_asks_about_harm_never_says_that_nobody_asked(mapped):
    rows = "- {to: harm.level, from: /h, codes: harm_level, required: true}\n"
    assert mapped(rows, {"h": "Yes"}, safety="/h")[0].harm.level == "significant"
    referral, _, faults = mapped(rows, {"h": ""}, safety="/h")
    assert referral.harm.level is None
    assert [fault.kind for fault in faults] == ["missing"]


# What cannot be read


def test_an_unknown_code_keeps_the_senders_words_beside_the_field(mapped):
    referral, ledger, faults = mapped("- {to: level.canonical, from: /l, codes: level_kent}\n", {"l": "Level 9"})
    assert (referral.level.canonical, referral.level.council_label) == (None, "Level 9")
    assert (ledger["/l"].state, ledger["/l"].to) == ("mapped", "/level/council_label")
    assert [(fault.kind, fault.expected) for fault in faults] == [("unknown_code", "a value of the list level_kent")]
    assert "Level 9" not in str(faults)


def test_a_known_code_keeps_the_senders_words_too(mapped):
    referral, _, _ = mapped("- {to: level.canonical, from: /l, codes: level_kent}\n", {"l": "level three"})
    assert (referral.level.canonical, referral.level.council_label) == ("targeted.intensive", "level three")


def test_an_unknown_code_without_such_a_field_is_kept_among_the_other_answers(mapped):
    rows = CHILD + "  - {to: sex, from: /sex, codes: sex}\n  - {to: surname, from: /s}\n"
    referral, ledger, faults = mapped(rows, {"sex": "ask them", "s": "Vane"})
    assert [(other.question, other.answer) for other in referral.other_answers] == [("sex", "ask them")]
    assert (ledger["/sex"].state, ledger["/sex"].to) == ("unmapped", "/other_answers/0")
    assert [fault.kind for fault in faults] == ["unknown_code"]


def test_what_a_row_cannot_read_travels_although_all_around_it_is_ignored(mapped):
    rows = CHILD + "  - {to: sex, from: /pupil/sex, codes: sex}\n  - {to: surname, from: /pupil/s}\n"
    ignore = "ignore: [{from: /pupil, why: not asked for}]\n"
    referral, ledger, _ = mapped(rows, {"pupil": {"sex": "ask them", "s": "Vane", "meal": "vegan"}}, ignore)
    assert [other.answer for other in referral.other_answers] == ["ask them"]
    assert (ledger["/pupil/meal"].state, ledger["/pupil/meal"].why) == ("ignored", "not asked for")


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("{to: date_of_birth, from: /x, as: uk_date}", "doubtful"),
        ("{to: education.sessions_possible, from: /x, as: whole_number}", "doubtful"),
        ("{to: looked_after, from: /x, as: yes_no}", "unknown_code"),
        ("{to: looked_after, from: /x, codes: yes_no}", "unknown_code"),
    ],
)
def test_an_answer_that_does_not_read_so_is_kept_and_told(mapped, row, kind):
    referral, _, faults = mapped(f"{CHILD}  - {row}\n", {"x": "spring, I think"})
    assert [other.answer for other in referral.other_answers] == ["spring, I think"]
    assert [(fault.kind, fault.pointer) for fault in faults] == [(kind, "/x")]


@pytest.mark.parametrize("reads", ["uk_date", "uk_or_iso_date", "written_date"])
def test_excels_number_for_a_day_is_named_as_such_without_the_day(mapped, reads):
    _, _, faults = mapped(f"{CHILD}  - {{to: date_of_birth, from: /x, as: {reads}}}\n", {"x": "42552"})
    (fault,) = faults
    assert fault.remedy.startswith("This is how Excel counts days. Format the column as a date")
    assert "42552" not in fault.remedy
    assert "2016" not in fault.remedy


def test_a_number_that_is_no_day_of_excel_is_told_as_any_other_answer(mapped):
    _, _, (fault,) = mapped(f"{CHILD}  - {{to: date_of_birth, from: /x, as: uk_date}}\n", {"x": "426"})
    assert "Excel" not in fault.remedy


def test_whoever_wrote_what_a_short_list_has_not_is_told_what_it_has(mapped):
    _, _, (fault,) = mapped("- {to: level.canonical, from: /l, codes: level_kent}\n", {"l": "Level 9"})
    assert fault.remedy.endswith("Write one of these: Level 2; Level 3; Children's Social Work; Risk of harm.")


@pytest.mark.parametrize(
    "rows",
    [
        "- {to: referrer.agency_kind, from: /x, codes: contact_source}\n",
        "- to: notices\n  fields:\n  - {to: given, from: /x, as: yes_no}\n",
    ],
)
def test_no_remedy_names_a_file_that_the_sender_never_sees(mapped, rows):
    _, _, (fault,) = mapped(rows, {"x": "in no list at all"})
    assert "mappings/" not in fault.remedy
    assert "_" not in fault.remedy


def test_an_answer_nobody_can_read_is_not_missing(mapped):
    rows = "- {to: referrer.kind, from: /k, codes: referrer_kind, required: true}\n"
    assert [fault.kind for fault in mapped(rows, {"k": "Football coach"})[2]] == ["unknown_code"]


def test_an_identifier_is_carried_as_written_and_doubted(mapped):
    rows = CHILD + "  - to: identifiers\n    fields:\n    - {to: system, value: upn}\n"
    rows += "    - {to: value, from: /upn, as: upn}\n"
    referral, ledger, faults = mapped(rows, {"upn": "A211999925001"})
    assert referral.people[0].identifiers[0].value == "A211999925001"
    assert ledger["/upn"].state == "mapped"
    assert [fault.kind for fault in faults] == ["doubtful"]
    assert mapped(rows, {"upn": "E211999925001"})[2] == []


def test_part_of_a_list_that_cannot_be_read_keeps_the_whole_original(mapped):
    rows = CHILD + "  - {to: education.sen_needs, from: /sen, as: split_semicolon, codes: sen_need}\n"
    referral, ledger, faults = mapped(rows, {"sen": "ASD; very shy"})
    assert referral.people[0].education.sen_needs == ("ASD",)
    assert [other.answer for other in referral.other_answers] == ["ASD; very shy"]
    assert ledger["/sen"].state == "translated"
    assert [fault.kind for fault in faults] == ["unknown_code"]


def test_an_answer_too_long_for_its_field_is_kept_whole_and_doubted(mapped):
    text = "n" * 501
    referral, ledger, faults = mapped("- {to: referrer.name, from: /n}\n", {"n": text})
    assert referral.referrer.name is None
    assert [other.answer for other in referral.other_answers] == [text]
    assert ledger["/n"].state == "unmapped"
    assert [(fault.kind, fault.pointer) for fault in faults] == [("doubtful", "/n")]
    assert "/referrer/name" in faults[0].expected


def test_a_narrative_of_any_length_is_kept_in_parts(mapped):
    text = "abcdefghij" * 4_500
    referral, _, _ = mapped("- {to: reason, from: /why}\n", {"why": text})
    assert referral.reason is None
    assert "".join(other.answer for other in referral.other_answers) == text


def test_more_people_than_a_referral_holds_are_kept_as_other_answers(mapped):
    rows = "- to: people\n  each: /p\n  fields:\n  - {to: id, value: 'p-#'}\n  - {to: surname, from: /s}\n"
    referral, _, faults = mapped(rows, {"p": [{"s": f"Name {number}"} for number in range(61)]})
    assert len(referral.people) == 60
    assert [other.answer for other in referral.other_answers] == ["Name 60"]
    assert faults[0].expected == "at most 60 in people"


def test_half_a_relationship_is_no_relationship_and_its_words_are_kept(mapped):
    rows = (
        "- to: relationships\n  fields:\n  - {to: person, value: carer}\n  - {to: to, value: child}\n"
        "  - {to: as_stated, from: /r}\n" + CHILD + "  - {to: surname, from: /s}\n"
    )
    referral, _, faults = mapped(rows, {"r": "Nan", "s": "Vane"})
    assert referral.relationships == ()
    assert [other.answer for other in referral.other_answers] == ["Nan"]
    assert [(fault.kind, fault.pointer) for fault in faults] == [("doubtful", "/r")]


# What nobody mapped


def test_an_answer_nobody_mapped_travels_with_its_question(mapped):
    data = {"answers": {"7": {"question_text": "Any pets?", "answer_text": "Two dogs", "first_name": "Rex"}}}
    ignore = "ignore: [{from: '/answers/*/question_text', why: the wording}]\n"
    referral, ledger, _ = mapped("- {to: reason, from: /why}\n", data, ignore)
    assert [(other.question, other.answer, other.pointer) for other in referral.other_answers] == [
        ("Any pets?", "Two dogs", "/answers/7/answer_text"),
        ("Any pets? (first name)", "Rex", "/answers/7/first_name"),
    ]
    assert ledger["/answers/7/question_text"].state == "ignored"


@pytest.mark.parametrize(
    ("data", "question"),
    [
        ({"answers": {"Any pets?": {"answer": "x"}}}, "Any pets?"),
        ({"answers": {"9": {"question_text": "Who?", "repeats": [{"last_name": "x"}]}}}, "Who? (1, last name)"),
        ({"pupil": {"Pupil premium": "x"}}, "pupil / Pupil premium"),
        ({"rows": [{"a/b": "x"}]}, "rows / 1 / a/b"),
        ({"": "x"}, "-"),
        ({"q" * 600: "x"}, "q" * 499 + "…"),
    ],
)
def test_the_question_is_its_wording_or_the_names_that_lead_to_it(mapped, data, question):
    others = mapped("- {to: reason, from: /why}\n", data)[0].other_answers
    assert [other.question for other in others if other.answer == "x"] == [question]


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ("/a/b", {"/a/bc", "/a/c/b", "/d"}),
        ("/a", {"/d"}),
        ("/*/b", {"/a/bc", "/a/c/b", "/d"}),
        ("/a/*/b", {"/a/b", "/a/bc", "/d"}),
    ],
)
def test_ignore_takes_a_leaf_or_all_under_it_and_a_star_for_one_name(mapped, ignored, left):
    ignore = f"ignore: [{{from: '{ignored}', why: on purpose}}]\n"
    _, ledger, _ = mapped("- {to: reason, from: /w}\n", {"a": {"b": "1", "bc": "2", "c": {"b": "3"}}, "d": "4"}, ignore)
    assert {pointer for pointer, line in ledger.items() if line.state == "unmapped"} == left
    assert {line.why for line in ledger.values() if line.state == "ignored"} == {"on purpose"}


def test_a_row_takes_its_leaf_before_ignore_does(mapped):
    ignore = "ignore: [{from: /a, why: on purpose}]\n"
    referral, ledger, _ = mapped("- {to: reason, from: /a/b}\n", {"a": {"b": "kept", "c": "gone"}}, ignore)
    assert referral.reason == "kept"
    assert [line.state for line in ledger.values()] == ["mapped", "ignored"]


# What can be no referral


def test_an_export_alone_is_never_a_referral(compiled):
    record = a_record({"pupil": "x"}, kind="enrichment")
    referral, ledger, faults = to_referral(compiled("- {to: reason, from: /pupil}\n"), record, "hull")
    assert referral is None
    assert [line.source for line in ledger] == ["/pupil"]
    assert [fault.kind for fault in faults] == ["unreadable"]


def test_text_that_is_not_unicode_is_told_and_makes_no_referral(compiled):
    record = a_record({"why": "\ud800"})
    referral, ledger, faults = to_referral(compiled("- {to: reason, from: /why}\n"), record, "hull")
    assert referral is None
    assert [line.source for line in ledger] == ["/why"]
    assert faults[-1].expected == "text that is Unicode throughout"


def test_depth_is_no_reason_to_fail(mapped):
    data: dict[str, Any] = {"x": "deep"}
    for _ in range(5_000):
        data = {"x": data}
    assert mapped("- {to: reason, from: /why}\n", data)[0].other_answers[0].answer == "deep"


# For any record at all

ROWS = (
    "- {to: reason, from: /why}\n"
    "- {to: harm.level, from: /harm, codes: harm_level, required: true}\n"
    "- {to: referrer.name, from: /who/name}\n"
    "- {to: anonymous, from: /flag, as: yes_no}\n"
    "- {to: source.submitted_at, from: /at, as: iso_datetime}\n"
    "- {to: plan.outcomes, from: [/why, /who], as: lines}\n"
    "- {to: needs, each: /list, fields: [{to: code, from: '', codes: need}, {to: evidence, from: /why}]}\n"
    "- {to: meetings, each: /at, as: split_lines, fields: [{to: kind, from: '', codes: plan_kind}]}\n"
    "- to: people\n  each: /list\n  fields:\n  - {to: id, value: 'p-#'}\n"
    "  - {to: surname, from: /name, required: true}\n"
    "  - {to: date_of_birth, from: /at, as: uk_or_iso_date}\n  - {to: emails, from: /list}\n"
    "  - {to: sex, from: /flag, codes: sex}\n  - to: phones\n    fields: [{to: number, from: /who}]\n"
    "- to: relationships\n  each: /list\n  fields: [{to: person, value: 'p-#'}, {to: to, value: p-1},"
    " {to: as_stated, from: /why}]\n"
)
IGNORE = "ignore: [{from: '/*/harm', why: on purpose}, {from: /who/list, why: on purpose}]\n"
NAMES = st.sampled_from(["why", "harm", "who", "name", "flag", "at", "list", "a/b", "~", "", "question_text"])
TEXTS = st.sampled_from(["", " ", "Yes", "No", "Bullying", "14/03/2015", "2026-01-01T09:00:00Z", "CIN\nCP", "x" * 501])
LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | TEXTS | st.text(max_size=8)
PLAIN = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=20
)
RECORDS = st.dictionaries(NAMES, PLAIN, max_size=8)


@pytest.fixture(scope="module")
def tangled(compiled) -> CompiledMapping:
    return compiled(ROWS, IGNORE, "/harm")


@given(data=RECORDS)
@settings(max_examples=50, deadline=None)
def test_the_ledger_accounts_for_every_leaf_of_any_record_and_no_word_is_lost(tangled, data):
    referral, ledger, faults = to_referral(tangled, a_record(data), "hull")
    leaves = flattened(data)[0]
    assert [line.source for line in ledger] == list(leaves)
    assert referral is not None or faults[-1].kind == "unreadable"
    if referral is None:
        return
    travelled = {other.pointer: other.answer for other in referral.other_answers}
    for line in ledger:
        said = spoken(leaves[line.source])
        if line.state == "ignored":
            assert line.why == "on purpose" or not said
        if line.state == "unmapped":
            assert travelled[line.source] == said
        if line.state in ("mapped", "translated"):
            assert line.to.startswith("/")


@given(data=RECORDS)
@settings(max_examples=30, deadline=None)
def test_flattening_loses_no_leaf_and_keeps_the_order(data):
    def walk(value: Any, pointer: str) -> Any:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from walk(inner, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                yield from walk(inner, f"{pointer}/{index}")
        else:
            yield pointer, value

    assert list(flattened(data)[0].items()) == list(walk(data, ""))
