"""An MoJ Forms submission becomes one record whose answers are found by field id, and its actions are never seen."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.sources.moj_forms import read
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]


@pytest.fixture
def payload(valid: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(valid["moj_forms"])
    return found


HOOK: dict[str, Any] = {
    "serviceSlug": "request-for-support",
    "submissionId": "S-9",
    "submissionAnswers": {"name_text_1": "Nia Quillfeather", "needs_checkboxes_1": ["Attendance"], "empty_text_1": ""},
    "attachments": [{"url": "http://files.example/1", "key": "k3y"}],
}


def items(document: object, **settings: Any) -> list[SourceRecord | Fault]:
    return list(read(io.BytesIO(json.dumps(document).encode()), ReadOptions(settings=settings)))


def record(document: object, **settings: Any) -> SourceRecord:
    first = items(document, **settings)[0]
    assert isinstance(first, SourceRecord)
    return first


def test_the_record_is_keyed_by_the_reference_number_and_named_by_the_slug(payload: dict[str, Any]) -> None:
    assert (record(payload).key, record(payload).form) == ("M-1", "request-for-support")


def test_answers_of_all_pages_are_found_by_field_id(payload: dict[str, Any]) -> None:
    answers: Any = record(payload).data["answers"]

    assert answers["name_text_1"] == {
        "question_text": "Your name", "heading": "About you", "answer": "Nia Quillfeather"
    }  # fmt: skip
    assert answers["needs_checkboxes_1"]["answer"] == ["Attendance", "Bereavement"]
    assert answers["home_address_1"]["answer"]["address_line_two"] is None


@pytest.mark.parametrize("document", ["payload", "hook"])
def test_no_action_address_or_key_leaves_the_adapter(document: str, payload: dict[str, Any]) -> None:
    told = repr(items(payload if document == "payload" else HOOK))

    assert not any(secret in told for secret in ("inbox.example", "k3y", "files.example", "actions"))


def test_a_document_that_is_only_listed_is_named_without_its_name(payload: dict[str, Any]) -> None:
    _, fault = items(payload)

    assert isinstance(fault, Fault)
    assert (fault.kind, fault.pointer) == ("doubtful", "/attachments/0")
    assert "Quillfeather" not in repr(fault)


def test_the_decrypted_webhook_has_the_same_pointers() -> None:
    found = record(HOOK)

    assert (found.key, found.form) == ("S-9", "request-for-support")
    assert found.data["answers"]["name_text_1"] == {"answer": "Nia Quillfeather"}  # type: ignore[index,call-overload]
    assert found.data["answers"]["empty_text_1"] == {"answer": None}  # type: ignore[index,call-overload]


def test_a_webhook_still_encrypted_is_refused(refusal: Refusal) -> None:
    sealed = b"eyJhbGciOiJSU0EtT0FFUCJ9.AAAA.BBBB.CCCC.DDDD"

    assert "Decrypt" in refusal(lambda: list(read(io.BytesIO(sealed), ReadOptions()))).faults[0].remedy


def test_a_field_id_that_comes_twice_keeps_both_answers(payload: dict[str, Any]) -> None:
    payload["pages"][1]["answers"].append({"field_id": "name_text_1", "field_name": "Name", "answer": "Tomos"})
    found, fault, _ = items(payload)

    assert isinstance(found, SourceRecord)
    assert isinstance(fault, Fault)
    assert found.data["answers"]["name_text_1 (2)"]["answer"] == "Tomos"  # type: ignore[index,call-overload]
    assert (fault.pointer, fault.position) == ("/answers/name_text_1 (2)", "page 2, answer 2")


def test_keys_that_the_schema_does_not_have_stay(payload: dict[str, Any]) -> None:
    payload["added_later"] = {"x": 1}

    assert record(payload).data["added_later"] == {"x": 1}


def test_another_service_is_refused(payload: dict[str, Any], refusal: Refusal) -> None:
    assert record(payload, form_name="Request-for-support")
    assert refusal(lambda: items(payload, form_name="young-carers"))


@pytest.mark.parametrize(
    ("page", "expected"),
    [(7, "list of answers"), ({"heading": ""}, "list of answers"), ({"answers": [{}]}, "field_id")],
)
def test_a_page_that_is_none_is_refused(page: object, expected: str, payload: dict[str, Any], refusal: Refusal) -> None:
    assert expected in refusal(lambda: items({**payload, "pages": [page]})).faults[0].expected


def test_the_others_of_a_list_go_on(payload: dict[str, Any]) -> None:
    found = items([payload, {"pages": 3}, HOOK])

    assert [item.key for item in found if isinstance(item, SourceRecord)] == ["M-1", "S-9"]
    assert any(isinstance(item, Fault) and item.position.startswith("record 2") for item in found)


def test_the_programs_own_valid_submission_is_read(outside: Path) -> None:
    content = (outside / "moj-forms" / "valid_submission.json").read_bytes()
    found, fault = read(io.BytesIO(content), ReadOptions())

    assert isinstance(found, SourceRecord)
    assert isinstance(fault, Fault)
    answers: Any = found.data["answers"]
    assert (found.form, found.key, fault.pointer) == ("mos-eisley", "", "/attachments/0")
    assert answers["burgers_checkboxes_1"]["answer"] == ["Beef, cheese, tomato", "Mozzarella, cheddar, feta"]
    assert answers["postal-address_address_1"]["answer"]["city"] == "ruby town"
    assert "needa" not in repr(found.data["answers"]).replace("Captain Needa", "")


def test_its_schema_is_refused(outside: Path, refusal: Refusal) -> None:
    content = (outside / "moj-forms" / "submission_payload.json").read_bytes()

    assert refusal(lambda: list(read(io.BytesIO(content), ReadOptions())))
