"""A referral of "Connect families to support" is read in whichever case its names come."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.sources.family_hubs import read
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]


@pytest.fixture
def body(valid: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(valid["family_hubs"])
    return found


def items(document: object) -> list[SourceRecord | Fault]:
    return list(read(io.BytesIO(json.dumps(document).encode()), ReadOptions(form="connect")))


def renamed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {change(key): renamed(part, change) for key, part in value.items()}
    return [renamed(part, change) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda name: name[0].lower() + name[1:]])
def test_names_are_matched_in_any_case(change: Callable[[str], str], body: dict[str, Any]) -> None:
    assert items(renamed(body, change)) == items(body)


def test_a_referral_without_its_wrapper_is_read_alike(body: dict[str, Any]) -> None:
    (bare,), (wrapped,) = items(body["Referral"]), items({"Referral": body["Referral"]})

    assert bare == wrapped


def test_the_record_is_keyed_by_the_id_and_by_nothing_while_there_is_none(body: dict[str, Any]) -> None:
    (first,) = items(body)
    body["Referral"]["Id"] = 0
    (second,) = items(body)

    assert isinstance(first, SourceRecord)
    assert isinstance(second, SourceRecord)
    assert (first.key, first.form, second.key) == ("41", "connect", "")


def test_blanks_say_nothing_and_names_that_are_not_published_stay(body: dict[str, Any]) -> None:
    body["Referral"]["preferredLanguage"] = "Somali"
    (found,) = items(body)

    assert isinstance(found, SourceRecord)
    referral: Any = found.data["Referral"]
    assert (referral["RecipientDto"]["Email"], referral["preferredLanguage"]) == (None, "Somali")


def test_a_name_that_comes_twice_in_different_cases_is_refused(body: dict[str, Any], refusal: Refusal) -> None:
    body["Referral"]["reasonForSupport"] = "Another"

    assert "each name once" in refusal(lambda: items(body)).faults[0].expected


def test_the_others_of_a_list_go_on(body: dict[str, Any]) -> None:
    found = items([body, {"Referral": {"Status": {}}}, body])

    assert [type(item) for item in found] == [SourceRecord, Fault, SourceRecord]


def test_the_values_of_dfes_own_tests_are_read(outside: Path) -> None:
    content = (outside / "dfe-family-hubs" / "create_referral_request.json").read_bytes()
    (found,) = read(io.BytesIO(content), ReadOptions())

    assert isinstance(found, SourceRecord)
    referral: Any = found.data["Referral"]
    assert (found.key, referral["ReasonForSupport"], referral["RecipientDto"]["PostCode"]) == (
        "3", "Reason For Support", "B31 2TV",
    )  # fmt: skip
