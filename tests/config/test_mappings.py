"""A mapping is checked when it is loaded: each mistake with its line, its column and the nearest right name."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import ConfigError, UnknownSource
from gateway.config.codes import load_codes
from gateway.config.entries import FieldRow
from gateway.config.mappings import load_mappings
from gateway.config.targets import TRANSFORMS

LISTS = load_codes(Path(__file__).parents[2] / "mappings" / "codes")

HEAD = """source: forms
form: help
version: "1"
adapter: govuk_forms
purpose: request
safety_question: none
"""
ROWS_AT = HEAD.count("\n") + 2


@pytest.fixture
def written(tmp_path: Path):
    def write(rows: str, head: str = HEAD, name: str = "help") -> Path:
        (tmp_path / "forms").mkdir(exist_ok=True)
        (tmp_path / "forms" / f"{name}.yaml").write_text(f"{head}fields:\n{rows}", encoding="utf-8")
        return tmp_path

    return write


def faults(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_mappings(folder, LISTS)
    return [line.removeprefix(f"{folder}/forms/") for line in raised.value.detail.splitlines()]


def person(row: str) -> str:
    return f"- to: people\n  fields:\n  - {{to: id, value: child}}\n  - {{to: surname, from: /s}}\n  - {row}\n"


REASON = "- {to: reason, from: /why}\n"


def test_a_misspelt_target_is_told_with_line_column_and_the_nearest_right_name(written):
    told = faults(written(person("{to: frist_name, from: /f}")))
    line = ROWS_AT + 4
    assert told == [
        f"help.yaml:{line}:10: expected a field of a referral. "
        "A referral has no people.frist_name; did you mean people.first_name?"
    ]


@pytest.mark.parametrize(
    ("rows", "column", "wanted", "remedy"),
    [
        ("- {to: refferer.name, from: /n}\n", 8, "a field of a referral", "did you mean referrer.name?"),
        ("- {to: referrer.nmae, from: /n}\n", 8, "a field of a referral", "did you mean referrer.name?"),
        ("- {to: zebra, from: /n}\n", 8, "a field of a referral", "A referral has no zebra."),
        ("- {to: people.surname, from: /n}\n", 8, "outside a list", "Write `to: people`, and `to: surname`"),
        ("- {to: referrer, from: /n}\n", 8, "a list of the referral", "Write `to: referrer.…`"),
        ("- {to: reason, fields: [{to: x, from: /n}]}\n", 8, "one field without", "Write `to: reason`"),
        ("- {to: people}\n", 8, "a list of the referral", "Say what fills each of its fields"),
        ("- {to: council, from: /n}\n", 8, "a field that an answer fills", "The gateway fills `council` itself"),
        ("- {to: reason}\n", 8, "`from` or `value`", "Say what fills `reason`"),
        ("- {to: reason, from: why}\n", 22, "a pointer such as /answers/name", 'Begin it with "/"'),
        ('- {to: reason, from: ""}\n', 22, "a pointer such as", "Begin it"),
        ("- {to: reason, from: /a, value: b}\n", 22, "no `from` with a constant", "Take it away"),
        ("- {to: reason, from: [/a, /b]}\n", 22, "one pointer", "only with `as: lines`"),
        ("- {to: reason, from: /a, each: /b}\n", 32, "no `each` with one field", "Take it away"),
        ("- {to: reason, from: /a, as: uk_dte}\n", 30, "one of uk_date", "did you mean `uk_date`?"),
        ("- {to: reason, from: /a, as: uk_date}\n", 30, "a transform that gives text, or none", "takes a text"),
        ("- {to: reason, from: /a, codes: need}\n", 33, "a field that takes codes", "`reason` is no coded field"),
        ("- {to: step_down.joint_visit_on, from: /a}\n", 40, "`as: uk_date, iso_date", "takes a date"),
        ("- {to: step_down.joint_visit_on, from: /a, as: upper}\n", 48, "`as: uk_date", "takes a date"),
        ("- {to: source.submitted_at, from: /a, as: iso_date}\n", 43, "`as: iso_datetime`", "takes a datetime"),
        ("- {to: anonymous, from: /a}\n", 25, "`as: yes_no`", "takes a yes no"),
        ("- {to: harm.rung, from: /a, codes: sex}\n", 36, "a list within true, false", "`sex` also has F, M, U"),
        ("- {to: purpose, from: /a, codes: sex}\n", 34, "a list within request", "`sex` also has F, M, U"),
        ("- {to: purpose, from: /a}\n", 23, "`codes` beside `from`", "`purpose` takes codes"),
        ("- {to: urgency, from: /a, codes: urgncy}\n", 34, "a list of `mappings/codes/`", "`urgncy` is not known"),
        ("- {to: urgency, from: /a, codes: ned}\n", 34, "a list of `mappings/codes/`", "did you mean `need`?"),
        ("- {to: purpose, value: requst}\n", 24, "a value that `purpose` takes", "should be 'request'"),
        ("- {to: reason, from: /a, as: split_lines}\n", 30, "a field that is a list", "takes one answer"),
        ("- {to: reason, from: /a}\n- {to: reason, from: /b}\n", 8, "each field once", "`reason` is filled above"),
        ("- {to: reason, form: /a}\n", 16, "only as, codes", "did you mean `from`?"),
        ("- {to: needs, fields: [{to: scope, value: child}]}\n", 8, "something from the source", "A group of"),
        ("- {to: relationships, fields: [{to: as_stated, from: /a}]}\n", 8, "`relationships.person`", "needs it"),
        ("- {to: needs, as: upper, each: /n, fields: [{to: evidence, from: ''}]}\n", 19, "that splits", "Take `as`"),
    ],
)
def test_a_row_that_cannot_be_is_told_where_it_stands(written, rows, column, wanted, remedy):
    told = faults(written(rows))
    line = ROWS_AT + rows.count("\n") - 1
    assert any(
        text.startswith(f"help.yaml:{line}:{column}: ") and wanted in text and remedy in text for text in told
    ), told


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ("{to: date_of_birth, from: /d}", "`as: uk_date, iso_date"),
        ("{to: sex, from: /s}", "`codes` beside `from`"),
        ("{to: sex, from: /s, codes: relatonship}", "did you mean `relationship`?"),
        ("{to: roles, value: [chld]}", "should be 'child'"),
        ("{to: id, from: /i}", "each field once"),
        ("{to: education.sessions_possible, from: /i}", "`as: whole_number, count`"),
    ],
)
def test_the_same_checks_reach_into_groups(written, row, wanted):
    assert any(wanted in text for text in faults(written(person(row))))


def test_a_person_is_named_by_the_mapping_never_by_an_id_of_the_source(written):
    rows = "- to: people\n  fields:\n  - {to: id, from: /s}\n  - {to: surname, from: /s}\n"
    assert "A source's own ids stay in the source." in faults(written(rows))[0]


def test_people_of_a_list_need_a_number_in_their_names(written):
    rows = "- to: people\n  each: /p\n  fields:\n  - {to: id, value: sibling}\n  - {to: surname, from: /s}\n"
    assert "Write `sibling-#`: `#` becomes 1, 2 and so on." in faults(written(rows))[0]


def test_a_number_needs_a_list_to_count(written):
    rows = "- to: people\n  fields:\n  - {to: id, value: 'child-#'}\n  - {to: surname, from: /s}\n"
    assert "expected `#` only inside `each`" in faults(written(rows))[0]


def test_two_people_may_not_have_one_name(written):
    assert "`child` is already the name of another" in faults(written(person("{to: title, from: /t}") * 2))[0]


@pytest.mark.parametrize(
    ("question", "rows", "wanted"),
    [
        ("", REASON, "expected `safety_question` here. Add it."),
        ("safety_question: /harm\n", REASON, "expected a question that fills `harm.level`"),
        ("safety_question: none\n", "- {to: harm.level, from: /h, codes: harm_level}\n", "Name that question here"),
        ("safety_question: maybe\n", REASON, "text that matches"),
    ],
)
def test_every_mapping_names_its_safety_question_or_says_it_has_none(written, question, rows, wanted):
    told = faults(written(rows, HEAD.replace("safety_question: none\n", question)))
    assert any(wanted in text for text in told), told


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("source: form\n", "expected `forms`, the name of its folder"),
        ("freshness: hourly\n", "at_once"),
        ("purpose: reqest\n", "did you mean `request`?"),
        ("adapter: govuk_form\n", "did you mean `govuk_forms`?"),
        ("encoding: utf-16\n", "expected one of cp1252, utf-8"),
        ("delimiter: tab\n", "at most 1 character"),
        ("council: Tower Hamlets\n", "text that matches"),
        ("colour: red\n", "`colour` is not known here"),
        ("ignore: [{from: /x}]\n", "expected `why` here"),
    ],
)
def test_a_wrong_header_is_told(written, header, wanted):
    name = header.partition(":")[0]
    kept = "".join(line for line in HEAD.splitlines(True) if not line.startswith(f"{name}:"))
    assert any(wanted in text for text in faults(written(REASON, kept + header)))


def test_faults_of_all_files_are_told_at_once(written):
    written("- {to: reson, from: /a}\n")
    told = faults(written("- {to: imapct, from: /a}\n", name="other"))
    assert [text.partition(":")[0] for text in told] == ["help.yaml", "other.yaml"]


def test_a_form_has_one_mapping_for_each_council(written):
    written(REASON)
    assert "Another file maps this form for this council." in faults(written(REASON, name="other"))[0]


def test_forms_that_arrive_by_one_door_are_read_alike(written):
    written(REASON)
    told = faults(written(REASON, HEAD.replace("form: help", "form: other\nencoding: cp1252"), "other"))
    assert "expected adapter, encoding and settings of its neighbour" in told[0]


def headed(form: str, council: str, settings: str = "{}") -> str:
    return HEAD.replace("form: help", f"form: {form}\nsettings: {settings}\ncouncil: '{council}'")


def test_a_council_has_its_own_mapping_before_the_one_for_any(written):
    written(REASON)
    mappings = load_mappings(written(REASON, headed("help", "hull"), "hull"), LISTS)
    assert mappings.chosen("forms", "help", "hull").council == "hull"
    assert mappings.chosen("forms", "help", "derby").council == ""
    assert mappings.chosen("forms", "nothing", "hull") is None


def test_a_form_is_known_by_its_id_or_by_the_name_it_gives_itself(written):
    folder = written(REASON, headed("help", "hull", "{form_name: Help for Families}"))
    mappings = load_mappings(folder, LISTS)
    assert mappings.chosen("forms", "help  for families", "hull") is not None
    assert mappings.chosen("forms", "HELP", "hull") is not None


def test_one_form_is_read_with_its_own_options_and_several_with_what_they_share(written):
    folder = written(REASON, headed("help", "hull", "{form_name: Help}"))
    assert load_mappings(folder, LISTS).reading("forms", "hull")[1].form == "help"
    written(REASON, headed("more", "hull", "{form_name: More}"), "more")
    adapter, options = load_mappings(folder, LISTS).reading("forms", "hull")
    assert (adapter, options.form, dict(options.settings)) == ("govuk_forms", "", {})


def test_a_source_that_a_council_has_not_connected_is_unknown(written):
    with pytest.raises(UnknownSource, match="No mapping connects the source forms to the council derby"):
        load_mappings(written(REASON, headed("help", "hull")), LISTS).reading("forms", "derby")


def test_a_code_keeps_the_senders_words_beside_it_unless_a_row_fills_that_field(written):
    rows = "- {to: level.canonical, from: /l, codes: level_hull}\n"
    assert load_mappings(written(rows), LISTS).by_key["forms", "help", ""].entries[0].stated == "council_label"
    rows += "- {to: level.council_label, from: /label}\n"
    assert load_mappings(written(rows), LISTS).by_key["forms", "help", ""].entries[0].stated == ""


def test_the_page_for_analysts_names_every_word_and_every_transform():
    page = (Path(__file__).parents[2] / "mappings" / "README.md").read_text(encoding="utf-8")
    words = {info.alias or name for name, info in FieldRow.model_fields.items()} | {"ignore"}
    assert len(words) == 9
    assert [word for word in (*words, *TRANSFORMS) if f"`{word}`" not in page] == []
