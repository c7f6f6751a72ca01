"""The published schemas say what the models say, and what they describe is what goes in and out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.payload import PayloadBody
from contracts.referral import Referral
from gateway.config.published import FOLDER, schemas
from tests.builders import a_referral


def published(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / name).read_bytes())


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_published_schema_is_the_models_own(name: str):
    assert (FOLDER / name).read_bytes() == schemas()[name], "run: python -m gateway.config.published"


def test_nothing_else_of_ours_is_published_by_hand():
    names = {"referral.json", "payload.json", "alike.json", "envelope.json", "notice.json"}
    ours = {path.name for path in FOLDER.glob("*.json")} & names
    assert ours == set(schemas())


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_published_schema_is_a_schema(name: str):
    Draft202012Validator.check_schema(published(name))


def test_a_referral_is_valid_under_its_published_schema():
    Draft202012Validator(published("referral.json")).validate(json.loads(a_referral().model_dump_json()))


@pytest.mark.parametrize(
    "change",
    [
        {"surprise": 1},
        {"people": [{"id": "child", "date_of_birth": 20150314}]},
        {"anonymous": "yes"},
        {"council": None},
    ],
)
def test_what_the_model_refuses_its_schema_refuses(change: dict[str, Any]):
    whole = json.loads(a_referral().model_dump_json()) | change
    with pytest.raises(ValueError):
        Referral.model_validate_json(json.dumps(whole))
    assert not Draft202012Validator(published("referral.json")).is_valid(whole)


def test_a_copy_may_lack_any_part_of_a_referral():
    required = {name for name, part in published("payload.json")["$defs"].items() if "required" in part}
    assert required == {"Safety", "About", "DueDate", "HowToAnswer"}


def test_a_payload_needs_each_thing_a_worker_reads_first():
    needed = set(published("payload.json")["required"])
    assert {"reference", "council", "hub", "outcome", "urgent", "test", "flags", "safety", "withheld"} <= needed
    left_out = {"schema_version", "about", "due", "freshness", "labels", "your_answer"}
    assert set(PayloadBody.model_fields) - needed == left_out
