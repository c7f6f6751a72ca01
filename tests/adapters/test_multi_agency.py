"""The multi-agency referral form and the MASH object are read under the names they have, slips included."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from adapters.sources.multi_agency import read
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]

MASH: dict[str, Any] = {
    "id": "61-a",
    "referrer": "Invented Police",
    "requestedSupport": "Early Help",
    "mashResidents": [{"id": 5, "firstName": "Nia", "dateOfBirth": "2015-03-14T00:00:00.000Z"}],
}


@pytest.fixture
def form(valid: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(valid["multi_agency"])
    return found


def items(document: object, **settings: Any) -> list[SourceRecord | Fault]:
    return list(read(io.BytesIO(json.dumps(document).encode()), ReadOptions(settings=settings)))


def record(document: object, **settings: Any) -> SourceRecord:
    first = items(document, **settings)[0]
    assert isinstance(first, SourceRecord)
    return first


def test_each_shape_is_named_and_keyed(form: dict[str, Any]) -> None:
    assert (record(form).form, record(form).key) == ("referral_form", "MA-1")
    assert (record(MASH).form, record(MASH).key) == ("mash_referral", "61-a")


def test_keys_with_slips_keep_their_names(form: dict[str, Any]) -> None:
    data = record(form).data

    assert (data["Your Involvemnt"], data["Fathers_DOB"]) == ("School", None)


@pytest.mark.parametrize("text", ["EDD 12/05/2026", "edd: 12/05/2026", "12/05/2026 EDD", "12/05/2026 (EDD)"])
def test_an_expected_date_stands_apart_from_a_date_of_birth(text: str, form: dict[str, Any]) -> None:
    form["childReffered"][1]["date_of_birth"] = text
    children: Any = record(form).data["childReffered"]

    assert (children[1]["expected_date_of_birth"], children[1]["unborn"]) == ("12/05/2026", True)
    assert "date_of_birth" not in children[1]
    assert children[0]["date_of_birth"] == "2015-03-14"


@pytest.mark.parametrize(
    "text", ["2015-03-14T00:00:00.000Z", "2015-03-14T00:00:00Z", "2015-03-14T00:00", "2015-03-14 00:00:00+01:00"]
)
def test_a_date_and_time_at_midnight_is_not_doubted(text: str) -> None:
    assert len(items({**MASH, "mashResidents": [{"dateOfBirth": text}]})) == 1


@pytest.mark.parametrize("text", ["2015-03-13T23:00:00.000Z", "2015-03-14T00:00:01Z", "2015-03-14T10:00"])
def test_a_date_of_birth_that_is_not_midnight_is_kept_and_doubted(text: str) -> None:
    found, fault = items({**MASH, "mashResidents": [{"dateOfBirth": text}]})

    assert isinstance(found, SourceRecord)
    assert isinstance(fault, Fault)
    residents: Any = found.data["mashResidents"]
    assert residents[0]["dateOfBirth"] == text
    assert (fault.kind, fault.pointer) == ("doubtful", "/mashResidents/0/dateOfBirth")


def test_a_parents_date_of_birth_is_doubted_alike(form: dict[str, Any]) -> None:
    _, fault = items({**form, "Fathers_DOB": "1980-03-31T23:00:00Z"})

    assert isinstance(fault, Fault)
    assert fault.pointer == "/Fathers_DOB"


def test_no_ip_address_comes_in_and_other_keys_stay(form: dict[str, Any]) -> None:
    data = record({**form, "remote_ip": "192.0.2.1", "added_later": 3}).data

    assert (data.get("remote_ip"), data["added_later"]) == (None, 3)


def test_the_shape_that_the_mapping_is_not_for_is_refused(form: dict[str, Any], refusal: Refusal) -> None:
    assert record(form, form_name="referral_form")
    assert refusal(lambda: items(form, form_name="mash_referral"))


def test_the_reference_is_the_key_that_is_named(form: dict[str, Any]) -> None:
    assert record({**form, "case_number": 12}, reference="case_number").key == "12"


def test_the_others_of_a_list_go_on(form: dict[str, Any]) -> None:
    assert [type(item) for item in items([form, {"x": 1}, MASH])] == [SourceRecord, Fault, SourceRecord]
