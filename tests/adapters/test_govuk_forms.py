"""A GOV.UK Forms submission becomes one record whose answers are found by question id."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.sources.govuk_forms import read
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]


def only(submission: dict[str, Any], **options: Any) -> SourceRecord:
    (record,) = read(io.BytesIO(json.dumps(submission).encode()), ReadOptions(**options))
    assert isinstance(record, SourceRecord)
    return record


def test_the_record_is_keyed_by_the_submission_reference(submission: dict[str, Any]) -> None:
    record = only(submission)

    assert (record.key, record.form, record.kind) == ("QX7R2M9K", "Early Help Enquiry Form", "referral")


def test_the_form_is_the_one_the_options_name(submission: dict[str, Any]) -> None:
    assert only(submission, form="enquiry").form == "enquiry"


def test_answers_are_found_by_question_id(submission: dict[str, Any]) -> None:
    answers: Any = only(submission).data["answers"]

    assert answers["11"] == {"question_text": "Who is asking?", "answer_text": "A professional"}


def test_the_rest_of_the_submission_is_kept_without_its_schema(submission: dict[str, Any]) -> None:
    record = only({**submission, "added_later": {"x": 1}})

    assert set(record.data) == {
        "form_name", "submission_reference", "submitted_at", "language", "answers", "added_later"
    }  # fmt: skip


def test_a_part_left_empty_is_a_leaf_that_says_nothing(submission: dict[str, Any]) -> None:
    answers: Any = only(submission).data["answers"]

    assert answers["12"]["address2"] is None
    assert answers["15"]["answer_text"] is None


def test_a_repeatable_question_becomes_a_list_of_objects(submission: dict[str, Any]) -> None:
    answers: Any = only(submission).data["answers"]

    assert answers["13"] == {
        "question_text": "Children in the family",
        "can_have_multiple_answers": True,
        "repeats": [
            {"first_name": "Nia", "last_name": "Quillfeather", "answer_text": "Nia Quillfeather"},
            {"first_name": "Tomos", "last_name": "Quillfeather", "answer_text": "Tomos Quillfeather"},
        ],
    }


def test_a_repeatable_choice_of_many_is_a_list_in_each_repeat(submission: dict[str, Any]) -> None:
    answers: Any = only(submission).data["answers"]

    assert [repeat["selections"] for repeat in answers["14"]["repeats"]] == [["Parenting", "Youth work"], []]


def test_a_choice_of_many_that_is_not_repeatable_stays_a_list(submission: dict[str, Any]) -> None:
    submission["answers"] = [
        {"question_id": "1", "question_text": "?", "selections": ["A", "B"], "answer_text": "A, B"}
    ]

    answers: Any = only(submission).data["answers"]

    assert answers["1"]["selections"] == ["A", "B"]


def test_a_blank_repeatable_question_has_no_repeats(submission: dict[str, Any]) -> None:
    submission["answers"] = [{"question_id": "1", "question_text": "?", "first_name": [], "answer_text": []}]

    answers: Any = only(submission).data["answers"]

    assert answers["1"] == {"question_text": "?", "repeats": []}


def test_parts_that_do_not_align_are_kept_and_named(submission: dict[str, Any]) -> None:
    submission["answers"] = [
        {"question_id": "a/b", "question_text": "?", "first_name": ["Nia"], "answer_text": ["Nia Q", "Tomos Q"]}
    ]

    record, fault = read(io.BytesIO(json.dumps(submission).encode()), ReadOptions())

    assert isinstance(record, SourceRecord)
    assert isinstance(fault, Fault)
    answers: Any = record.data["answers"]
    assert answers["a/b"]["first_name"] == ["Nia"]
    assert answers["a/b"]["repeats"] == [{"answer_text": "Nia Q"}, {"answer_text": "Tomos Q"}]
    assert (fault.kind, fault.position, fault.pointer) == ("doubtful", "answer 1", "/answers/a~1b/first_name")


@pytest.mark.parametrize(
    ("change", "settings"),
    [({"submission_reference": "test_QX7R2M9K"}, {}), ({}, {"file_name": "test_govuk_forms_enquiry_QX7R2M9K.json"})],
)
def test_a_preview_is_refused(
    change: dict[str, Any], settings: dict[str, Any], submission: dict[str, Any], refusal: Refusal
) -> None:
    error = refusal(lambda: only({**submission, **change}, settings=settings))

    assert "preview" in error.faults[0].remedy


def test_an_uploaded_file_called_test_makes_no_preview(submission: dict[str, Any]) -> None:
    submission["answers"][0]["answer_text"] = "test_QX7R2M9K.txt"

    assert only(submission).key == "QX7R2M9K"


def test_the_form_of_the_mapping_is_matched_by_its_name(submission: dict[str, Any], refusal: Refusal) -> None:
    assert only(submission, settings={"form_name": "early help  enquiry form"})

    fault = refusal(lambda: only(submission, settings={"form_name": "Young Carers Form"})).faults[0]
    assert "Young Carers Form" in fault.expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"answers": {}}, "a list of answers"),
        ({"submission_reference": None}, "submission_reference"),
        ({"form_name": 7}, "form_name"),
        ({"answers": ["x"]}, "question_id"),
        ({"answers": [{"question_text": "x"}]}, "question_id"),
        ({"answers": [{"question_id": True}]}, "question_id"),
        ({"answers": [{"question_id": "1"}, {"question_id": 1}]}, "each question_id once"),
    ],
)
def test_what_is_no_submission_is_refused(
    change: dict[str, Any], expected: str, submission: dict[str, Any], refusal: Refusal
) -> None:
    assert expected in refusal(lambda: only({**submission, **change})).faults[0].expected


def test_a_submission_of_the_programs_own_tests_is_read(outside: Path) -> None:
    content = (outside / "govuk-forms" / "spec_expected_single.json").read_bytes()

    (record,) = read(io.BytesIO(content), ReadOptions())

    assert isinstance(record, SourceRecord)
    answers: Any = record.data["answers"]
    assert record.key == "ABCD1234"
    assert answers["2"]["first_name"] == "Alice"
    assert answers["4"]["address2"] is None
    assert answers["5"]["selections"] == ["Option 1", "Option 2"]


@pytest.mark.parametrize(
    "name", ["all_question_types_form.json", "json_submission_schema_v1.json", "spec_expected_batch.csv"]
)
def test_files_beside_a_submission_are_not_taken_for_one(name: str, outside: Path, refusal: Refusal) -> None:
    content = (outside / "govuk-forms" / name).read_bytes()

    assert refusal(lambda: list(read(io.BytesIO(content), ReadOptions())))


def test_the_others_of_a_list_go_on_beside_a_preview(submission: dict[str, Any]) -> None:
    preview = {**submission, "submission_reference": "test_QX7R2M9K"}
    content = json.dumps([submission, preview, {**submission, "submission_reference": "AB12CD34"}]).encode()

    first, fault, last = read(io.BytesIO(content), ReadOptions())

    assert isinstance(first, SourceRecord)
    assert isinstance(last, SourceRecord)
    assert isinstance(fault, Fault)
    assert (first.key, last.key, fault.position) == ("QX7R2M9K", "AB12CD34", "record 2, line 1")


def test_a_submission_in_welsh_has_the_same_pointers(submission: dict[str, Any]) -> None:
    submission["language"] = "cy"
    submission["answers"][0] |= {"question_text": "Pwy sy'n gofyn?", "answer_text": "Gweithiwr proffesiynol"}

    data: Any = only(submission).data

    assert (data["language"], data["answers"]["11"]["answer_text"]) == ("cy", "Gweithiwr proffesiynol")


def test_a_repeat_of_which_only_some_have_a_part_is_kept_and_named(submission: dict[str, Any]) -> None:
    submission["answers"] = [
        {"question_id": "1", "question_text": "?", "none_of_the_above_answer": ["Rabbits"], "answer_text": ["A", "B"]}
    ]

    record, fault = read(io.BytesIO(json.dumps(submission).encode()), ReadOptions())

    assert isinstance(record, SourceRecord)
    assert isinstance(fault, Fault)
    assert fault.pointer == "/answers/1/none_of_the_above_answer"
