"""A webhook body of digital-form-builder becomes one record whose answers are found by the key of their field."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.sources.form_builder import read
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]


@pytest.fixture
def body(valid: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(valid["form_builder"])
    return found


def items(document: object, **settings: Any) -> list[SourceRecord | Fault]:
    return list(read(io.BytesIO(json.dumps(document).encode()), ReadOptions(settings=settings)))


def record(document: object, **settings: Any) -> SourceRecord:
    first = items(document, **settings)[0]
    assert isinstance(first, SourceRecord)
    return first


def test_answers_of_any_type_are_found_by_key(body: dict[str, Any]) -> None:
    answers: Any = record(body).data["answers"]

    assert answers["name"]["question_text"] == "Your name"
    assert (answers["agreed"]["answer"], answers["age"]["answer"], answers["other"]["answer"]) == (True, 7, None)


def test_a_section_that_repeats_is_a_list_of_rounds(body: dict[str, Any]) -> None:
    found = record(body, sections=["children"]).data
    sections: Any = found["sections"]
    answers: Any = found["answers"]

    assert [list(each) for each in sections["children"]] == [["child"], ["age"]]
    assert "child" not in answers


def test_rounds_out_of_order_are_refused(body: dict[str, Any], refusal: Refusal) -> None:
    body["questions"][1]["index"] = 4

    assert "index" in refusal(lambda: items(body, sections=["children"])).faults[0].expected


def test_a_key_that_comes_twice_keeps_both_answers(body: dict[str, Any]) -> None:
    body["questions"].append({"fields": [{"key": "name", "title": "Name", "type": "text", "answer": "Tomos"}]})
    found, fault = items(body)

    assert isinstance(found, SourceRecord)
    assert isinstance(fault, Fault)
    assert found.data["answers"]["name (2)"]["answer"] == "Tomos"  # type: ignore[index,call-overload]
    assert (fault.kind, fault.pointer) == ("doubtful", "/answers/name (2)")


def test_the_reference_is_the_entry_of_metadata_that_is_named(body: dict[str, Any]) -> None:
    body["metadata"]["session"] = 77

    assert (record(body).key, record(body, reference="session").key, record(body, reference="none").key) == (
        "EHA-1", "77", "",
    )  # fmt: skip


def test_no_ip_address_comes_in(body: dict[str, Any]) -> None:
    body["clientIp"] = "192.0.2.7"

    assert "192.0.2.7" not in repr(record(body).data)


def test_another_form_is_refused(body: dict[str, Any], refusal: Refusal) -> None:
    assert record(body, form_name="early help  assessment")
    assert refusal(lambda: items(body, form_name="Young Carers Form"))


@pytest.mark.parametrize("question", [7, {}, {"fields": [{"title": "?"}]}, {"fields": {}}])
def test_a_question_that_is_none_is_refused(question: object, body: dict[str, Any], refusal: Refusal) -> None:
    error = refusal(lambda: items({**body, "questions": [question]}))

    assert error.faults[0].position.startswith("question 1")


def test_the_body_that_the_builders_own_tests_expect_is_read(outside: Path) -> None:
    content = (outside / "digital-form-builder" / "webhook_expected.json").read_bytes()
    (found,) = read(io.BytesIO(content), ReadOptions())

    assert isinstance(found, SourceRecord)
    answers: Any = found.data["answers"]
    assert found.form == "My Service"
    assert answers["approximate"]["answer"] == "2000-01"
    assert answers["fullDate"] == {
        "question_text": "full date",
        "category": "aSection",
        "question": "Second page",
        "type": "date",
        "answer": "2000-12-11",
    }
