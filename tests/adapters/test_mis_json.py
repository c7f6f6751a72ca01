"""Pupils of an API are read one at a time, as strictly as a whole text is, and each vendor is known by its keys."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats.json_stream import elements, shape
from adapters.sources.mis_json import fits, read
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]
OPTIONS = ReadOptions(settings={"pupils": "/data", "known_by": ["id", "upn"], "agree": [["NCYear", "Year"]]})


def told(text: str | bytes, options: ReadOptions = OPTIONS) -> list[SourceRecord | Fault]:
    return list(read(io.BytesIO(text.encode() if isinstance(text, str) else text), options))


def wrapped(*pupils: dict[str, Any]) -> str:
    return json.dumps({"meta": {"data": [1]}, "data": [{"id": 1, "upn": None, **pupil} for pupil in pupils], "n": 1})


def test_each_pupil_is_a_record_by_its_number() -> None:
    assert [item.position for item in told(wrapped({}, {}))] == ["pupil 1", "pupil 2"]


def test_one_pupil_is_a_list_of_one() -> None:
    assert len(told('{"data": {"id": 1, "upn": "x"}}')) == 1


def test_the_whole_text_may_be_the_array_or_the_pupil() -> None:
    options = ReadOptions(settings={"known_by": ["id"]})

    assert len(told('[{"id": 1}, {"id": 2}]', options)) == 2
    assert len(told('{"id": 1}', options)) == 1


def test_a_number_that_is_not_whole_stays_text() -> None:
    (record,) = told('{"data": [{"id": 1, "upn": 1.50, "n": 12345678901234567890}]}')

    assert isinstance(record, SourceRecord)
    assert (record.data["upn"], record.data["n"]) == ("1.50", "12345678901234567890")


def test_keys_that_should_agree_and_do_not_are_doubted_straight_after_the_pupil() -> None:
    first, doubt, _ = told(wrapped({"Year": "7", "NCYear": "13"}, {"Year": "7", "NCYear": ""}))

    assert isinstance(first, SourceRecord)
    assert isinstance(doubt, Fault)
    assert (doubt.kind, doubt.pointer, doubt.position) == ("doubtful", "/NCYear", "pupil 1")


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ('{"id": 2, "id": 3}]}', "each key once in an object"),
        ('{"id": {"a": 1, "a": 1}}]}', "each key once in an object"),
        ("NaN]}", "well-formed JSON"),
        ('{"id": -Infinity}]}', "well-formed JSON"),
        ("3]}", "an object"),
        ("[]]}", "an object"),
        ('{"id": "\\u0000"}]}', "text without the NUL character"),
        ('{"id": ' + "[" * 40 + "]" * 40 + "}]}", "at most 32 levels"),
        ('{"id":' * 200_000, "at most 32 levels"),
        ('{"id": 2}', "well-formed JSON"),
        ('{"id": 2}]} more', "well-formed JSON"),
    ],
)
def test_what_is_wrong_is_told_after_which_pupil(rest: str, expected: str, refusal: Refusal) -> None:
    (fault,) = refusal(lambda: told('{"data": [{"id": 1, "upn": "x"}, ' + rest)).faults

    assert expected in fault.expected
    assert fault.position.startswith("after pupil ")


def test_bytes_that_are_not_utf_8_are_refused(refusal: Refusal) -> None:
    refusal(lambda: told(b'{"data": [{"id": 1, "upn": "x\xff"}]}'))


@pytest.mark.parametrize(
    "text", ['{"data": []}', '{"data": [{"id": 1}]}', '{"items": [{"id": 1, "upn": 2}]}', "[]", ""]
)
def test_another_vendors_text_neither_fits_nor_is_read(text: str, refusal: Refusal) -> None:
    assert not fits(text.encode(), OPTIONS)
    refusal(lambda: told(text))


@pytest.mark.parametrize("end", [20, 40, 60])
def test_a_head_that_ends_inside_the_first_pupil_shows_the_keys_so_far(end: int) -> None:
    assert shape(b'{"data": [{"id": 1, "upn": "x", "more": "' + b"y" * end, "/data")[1] >= {"id", "upn"}


def test_the_keys_of_a_mapping_without_any_fit_nothing() -> None:
    assert not fits(b'[{"id": 1}]', ReadOptions())


TEXT = st.characters(codec="utf-8", exclude_characters="\0")
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(TEXT),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc/~", min_size=1), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(st.lists(st.dictionaries(st.text("abc", min_size=1), PLAIN, max_size=4), max_size=4))
@settings(max_examples=50)
def test_what_was_written_is_what_is_read(pupils: list[dict[str, Any]]) -> None:
    assert list(elements(io.BytesIO(json.dumps({"a": {"b": pupils}}).encode()), "/a/b")) == pupils


def test_memory_does_not_grow_with_the_text(tmp_path: Path) -> None:
    def peak(pupils: int) -> int:
        path = tmp_path / f"{pupils}.json"
        path.write_text(wrapped(*({"name": f"Canary {number}"} for number in range(pupils))))
        tracemalloc.start()
        with path.open("rb") as file:
            assert sum(1 for _ in read(file, OPTIONS)) == pupils
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(20_000) < peak(5_000) + 200_000
