"""A form's definition is told apart from what somebody answered, and how to export answers is said."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters import SOURCES
from adapters.formats.definitions import refuse_definition
from contracts.adapter import Plain, ReadOptions
from contracts.errors import UnreadablePayload
from gateway.flows.mapping.drafting import choose

Refusal = Callable[[Callable[[], object]], UnreadablePayload]

DEFINITIONS: dict[str, Plain] = {
    "GOV.UK Forms": {"form_id": "7", "steps": [{"id": 1, "data": {"question_text": "Why?", "answer_type": "text"}}]},
    "GOV.UK Forms, older": {"id": 7, "pages": [{"id": 1, "question_text": "Why?", "answer_type": "text"}]},
    "MoJ Forms": {"_id": "service.base", "_type": "service.base", "pages": [{"_type": "page.start"}]},
    "digital-form-builder": {"startPage": "/why", "pages": [{"path": "/why", "components": [{"type": "TextField"}]}]},
    "a JSON Schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"reason": {}}},
}
OF_FORMS = ("govuk_forms", "moj_forms", "form_builder", "multi_agency", "family_hubs", "csc_api")


@pytest.mark.parametrize("adapter", OF_FORMS)
@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS)
def test_a_definition_is_refused_as_one_by_every_reader_of_documents(
    adapter: str, definition: Plain, refusal: Refusal
) -> None:
    content = json.dumps(definition).encode()
    (fault,) = refusal(lambda: list(SOURCES[adapter].read(io.BytesIO(content), ReadOptions()))).faults
    assert fault.expected == "answers that somebody gave"
    assert "holds nobody's answers. Send a submission" in fault.remedy


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS)
def test_no_mapping_is_drafted_from_a_definition_and_the_words_say_from_what(
    definition: Plain, refusal: Refusal
) -> None:
    (fault,) = refusal(lambda: choose(io.BytesIO(json.dumps(definition).encode()), "form")).faults
    assert "export a few test submissions and draft a mapping from those" in fault.remedy


@pytest.mark.parametrize(
    "submission",
    [
        {"$schema": "https://forms.example/json-submissions/v1/schema", "answers": []},
        {"pages": [{"heading": "Why", "answers": []}]},
        {"name": "Request", "questions": [{"fields": []}]},
        {"steps": "three of them", "answers": []},
        {"pages": 4},
        [],
    ],
)
def test_what_somebody_answered_is_no_definition(submission: Plain) -> None:
    refuse_definition("line 1, column 1", submission)


def test_every_published_definition_is_known_and_every_published_submission_is_not(
    outside: Path, refusal: Refusal
) -> None:
    for name in ("all_question_types_form.json", "json_submission_schema_v1.json"):
        refusal(lambda name=name: refuse_definition("", json.loads((outside / "govuk-forms" / name).read_bytes())))
    for path in ("govuk-forms/spec_expected_single.json", "moj-forms/submission_payload.json",
                 "moj-forms/valid_submission.json", "digital-form-builder/webhook_expected.json",
                 "dfe-family-hubs/create_referral_request.json", "dfe-csc-api/sample_child.json"):  # fmt: skip
        refuse_definition("", json.loads((outside / path).read_bytes()))
