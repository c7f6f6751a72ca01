"""What is published is what is served: schemas are current, and every example in the document is valid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gateway.doors.openapi import document
from gateway.doors.published import published, stale, write_published
from tests.running import HULL, ROOT, Door, as_bytes

DOCUMENT = document()
REFERRAL = {"$ref": "#/components/schemas/Referral", "components": DOCUMENT["components"]}
OPERATIONS = [(path, method, item) for path, methods in DOCUMENT["paths"].items() for method, item in methods.items()]


def named(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}


def examples() -> list[tuple[str, Any, Any]]:
    """Operation, schema and example of everything in the document that has one."""
    return [
        (item["operationId"], content["schema"], content["example"])
        for _, _, item in OPERATIONS
        for body in (item.get("requestBody", {}), *item["responses"].values())
        for content in body.get("content", {}).values()
        if "example" in content
    ]


def test_the_published_files_are_current() -> None:
    assert stale(ROOT / "contracts" / "schemas") == []


def test_a_published_file_that_was_edited_is_stale(tmp_path: Path) -> None:
    write_published(tmp_path)
    (tmp_path / "openapi.json").write_text("{}")
    (tmp_path / "payload.json").unlink()
    assert stale(tmp_path) == ["payload.json", "openapi.json"]
    assert len(published()) == 11


def test_there_are_examples() -> None:
    assert {name for name, _, _ in examples()} >= {"submit_referral", "preview_referral"}


@pytest.mark.parametrize(("schema", "example"), [case[1:] for case in examples()], ids=[case[0] for case in examples()])
def test_every_example_is_valid(schema: dict[str, Any], example: Any) -> None:
    jsonschema.Draft202012Validator(schema | {"components": DOCUMENT["components"]}).validate(example)


def test_the_example_is_accepted_as_it_stands(door: Door) -> None:
    (example,) = {str(example): example for name, _, example in examples() if name == "submit_referral"}.values()
    assert door.refer(as_bytes(example | {"council": "hull"}), key=HULL).status_code == 202


def test_a_receipt_and_a_problem_are_as_the_document_says(door: Door) -> None:
    jsonschema.Draft202012Validator(named("Accepted")).validate(door.refer().json())
    jsonschema.Draft202012Validator(named("Problem")).validate(door.refer(b"{", once="second").json())


@pytest.mark.parametrize(("path", "method", "item"), OPERATIONS, ids=[item["operationId"] for _, _, item in OPERATIONS])
def test_every_parameter_in_a_path_is_described(path: str, method: str, item: dict[str, Any]) -> None:
    described = {one["name"] for one in item.get("parameters", ()) if one["in"] == "path"}
    assert {part[1:-1] for part in path.split("/") if part.startswith("{")} == described


def test_the_document_is_served_to_everyone(door: Door) -> None:
    assert door.get("/openapi.json", key=None).json() == DOCUMENT
