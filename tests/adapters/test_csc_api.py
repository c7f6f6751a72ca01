"""The social care record gives who the child is and what is open today, and nothing that is sealed or over."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources import csc_api
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]

DETAILS = {"first_name": "Nia", "surname": "Quillfeather", "date_of_birth": "2015-03-14", "disabilities": ["VIS"]}


def read(document: object) -> list[SourceRecord | Fault]:
    return list(csc_api.read(io.BytesIO(json.dumps(document).encode()), ReadOptions()))


def opened(*episodes: object) -> dict[str, Any]:
    (record,) = read({"la_child_id": "INV-1", "child_details": DETAILS, "social_care_episodes": list(episodes)})
    assert isinstance(record, SourceRecord)
    return cast("dict[str, Any]", record.data["open"])


def test_a_child_is_one_enrichment_with_the_councils_number_as_its_key() -> None:
    (record,) = read({"la_child_id": "INV-1", "child_details": {**DETAILS, "uasc_flag": True, "purge": False}})

    assert isinstance(record, SourceRecord)
    assert (record.key, record.kind) == ("INV-1", "enrichment")
    assert record.data == {"child": {"la_child_id": "INV-1", "mis_child_id": None, **DETAILS}, "open": {}}


@pytest.mark.parametrize(
    ("episode", "expected"),
    [
        ({"child_in_need_plans": [{"start_date": "2026-01-05"}]},
         {"plans": [{"kind": "child_in_need_plan", "start_date": "2026-01-05"}]}),
        ({"child_in_need_plans": [{"start_date": "2026-01-05", "end_date": "2026-02-01"}]}, {}),
        ({"child_in_need_plans": [{"start_date": "2026-01-05", "end_date": ""}]},
         {"plans": [{"kind": "child_in_need_plan", "start_date": "2026-01-05"}]}),
        ({"child_in_need_plans": [{"start_date": "2026-01-05", "purge": True}]}, {}),
        ({"child_in_need_plans": [{"start_date": "2026-01-05"}], "closure_date": "2026-02-01"}, {}),
        ({"child_in_need_plans": [{"start_date": "2026-01-05"}], "purge": True}, {}),
        ({"child_in_need_plans": [{"start_date": "a"}], "child_protection_plans": [{"start_date": "b"}]},
         {"plans": [{"kind": "child_protection_plan", "start_date": "b"},
                    {"kind": "child_in_need_plan", "start_date": "a"}]}),
        ({"child_looked_after_placements": [{"start_date": "2026-01-05", "postcode": "AA9 7AA"}]},
         {"looked_after": True}),
        ({"child_looked_after_placements": [{"start_date": "2026-01-05", "end_date": "2026-02-01"}]}, {}),
        ({"child_and_family_assessments": [{"start_date": "2026-01-05", "authorisation_date": "2026-02-01"},
                                           {"start_date": "2025-01-05", "authorisation_date": "2025-02-01"}]},
         {"assessment": {"start_date": "2026-01-05", "authorisation_date": "2026-02-01"}}),
        ({"section_47_assessments": [{"start_date": "2026-01-05"}], "adoption": {"matched_date": "2026-01-05"}}, {}),
        ({"child_in_need_plans": "words", "child_protection_plans": [None, 3]}, {}),
    ],
)  # fmt: skip
def test_only_what_is_open_today_gets_in(episode: object, expected: object) -> None:
    assert opened(episode) == expected


def test_without_an_open_placement_nothing_is_said_of_being_looked_after() -> None:
    assert "looked_after" not in opened({"referral_date": "2026-01-05"})


@pytest.mark.parametrize("marked", [{"purge": True}, {"child_details": {**DETAILS, "purge": True}}])
def test_what_is_to_be_deleted_is_not_read(marked: dict[str, object]) -> None:
    kept = {"la_child_id": "INV-1", "child_details": DETAILS}
    record, fault = sorted(read([kept, {**kept, **marked}]), key=lambda item: isinstance(item, Fault))

    assert isinstance(record, SourceRecord)
    assert isinstance(fault, Fault)
    assert (fault.kind, "deleted" in fault.remedy, "Nia" in str(fault)) == ("unreadable", True, False)


@pytest.mark.parametrize("document", [{}, [], 3, {"la_child_id": "INV-1"}, {"child_details": []}, [{"a": 1}]])
def test_what_is_no_childs_record_is_refused(document: object, refusal: Refusal) -> None:
    assert refusal(lambda: read(document))


@pytest.mark.parametrize(
    ("head", "fitting"),
    [(b'[\n {"la_child_id" : "x"', True), (b'{"mis_child_id": "y", "la_child_id": "x"}', True), (b'{"a": 1}', False),
     (b'"la_child_id": 1', False), (b"la_child_id,upn\n", False), (b"", False)],
)  # fmt: skip
def test_a_record_is_known_by_the_councils_number(head: bytes, fitting: bool) -> None:
    assert csc_api.fits(head, ReadOptions()) is fitting


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["start_date", "end_date", "purge", "child_in_need_plans", "social_care_episodes", "child_details"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(episodes=PLAIN, details=PLAIN)
@settings(max_examples=50)
def test_any_shape_gives_records_or_a_refusal(episodes: object, details: object) -> None:
    record = {"la_child_id": "INV-1", "child_details": details, "social_care_episodes": episodes}
    items: list[SourceRecord | Fault] = []
    try:
        items = read(record)
    except UnreadablePayload as problem:
        items = list(problem.faults)

    assert len(items) == 1


def test_the_outside_record_gives_its_child(outside: Path) -> None:
    content = (outside / "dfe-csc-api" / "sample_child.json").read_bytes()
    (record,) = csc_api.read(io.BytesIO(content), ReadOptions())

    assert csc_api.fits(content, ReadOptions())
    assert isinstance(record, SourceRecord)
    assert cast("dict[str, Any]", record.data["child"])["surname"] == "Doe"
    assert record.data["open"] == {}
