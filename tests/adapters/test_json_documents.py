"""One JSON text, a list of them or JSON Lines: each document by itself, and a bad one spoils no other."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats.batch import Item
from adapters.formats.json_documents import ONE_OF_MANY, Document, documents, each_document
from contracts.adapter import Fault, Plain, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
OBJECTS = st.dictionaries(TEXT, TEXT | st.integers(-9, 9) | st.none(), max_size=4)


def found(content: bytes) -> list[Document | Fault]:
    return list(documents(io.BytesIO(content)))


def values(content: bytes) -> list[object]:
    return [item.value for item in found(content) if isinstance(item, Document)]


def one(document: Document) -> Iterator[Item]:
    yield SourceRecord(document.position, "", "", "referral", {"value": document.value})


@given(st.lists(OBJECTS, max_size=6), st.sampled_from([None, 1]))
@settings(max_examples=50)
def test_a_list_gives_each_of_its_elements(elements: list[dict[str, object]], indent: int | None) -> None:
    assert values(json.dumps(elements, indent=indent, ensure_ascii=False).encode()) == elements


@given(st.lists(OBJECTS, min_size=2, max_size=6))
@settings(max_examples=50)
def test_json_lines_give_each_line(lines: list[dict[str, object]]) -> None:
    assert values("\n".join(map(json.dumps, lines)).encode()) == lines


@given(OBJECTS, st.sampled_from([None, 1]))
@settings(max_examples=50)
def test_a_text_alone_is_one_document(value: dict[str, Plain], indent: int | None) -> None:
    assert found(json.dumps(value, indent=indent).encode()) == [Document("line 1, column 1", value, alone=True)]


def test_a_bad_element_is_named_where_it_stands_and_the_others_go_on() -> None:
    first, fault, last = found(b'[{"a": "],"},\n {"b": 1,\n  "b": 2},\n {"c": 3}]')

    assert isinstance(first, Document)
    assert isinstance(fault, Fault)
    assert isinstance(last, Document)
    assert (first.value, last.value, last.position) == ({"a": "],"}, {"c": 3}, "record 3, line 4")
    assert fault.position == "record 2, line 3, column 3"


def test_a_bad_line_is_named_and_the_others_go_on() -> None:
    assert [type(item) for item in found(b'{"a": 1}\n\n{"b":\n{"c": 3}\n')] == [Document, Fault, Document]


def test_a_bad_first_line_spoils_no_other() -> None:
    assert values(b'{"a":\n{"b": 2}\n') == [{"b": 2}]


@pytest.mark.parametrize("end", [b"", b",", b', {"b": [1', b', {"b": "open', b', {"b": "\\'])
def test_a_list_cut_short_gives_what_came_whole_and_says_so(end: bytes) -> None:
    first, fault = found(b'[{"a": 1}, {"c": 2}' + end)[0], found(b'[{"a": 1}, {"c": 2}' + end)[-1]

    assert isinstance(first, Document)
    assert isinstance(fault, Fault)
    assert fault.expected == "the end of the list"


def test_what_follows_a_list_is_named() -> None:
    assert [type(item) for item in found(b'[{"a": 1}] {"b": 2}')] == [Document, Fault]


@pytest.mark.parametrize("opening", [b'[{"a": "', b'{"a": 1}\n{"a": "'])
def test_an_element_without_end_is_given_up_early(opening: bytes) -> None:
    fault = found(opening + b"x" * (ONE_OF_MANY + 100_000))[-1]

    assert isinstance(fault, Fault)
    assert "at most" in fault.expected


def test_a_list_of_many_is_read_in_parts() -> None:
    element = json.dumps({"text": "x" * 1000}).encode()
    content = io.BytesIO(b"[" + b",".join([element] * 3_000) + b"]")
    tracemalloc.start()

    count = sum(1 for _ in documents(content))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 3_000
    assert peak < 2**20


@pytest.mark.parametrize("content", [b"[]", b"[ ]", b'[{"a": 1, "a": 2}]', b'[{"a": "b'])
def test_a_file_without_any_record_is_refused_whole(content: bytes, refusal: Refusal) -> None:
    assert refusal(lambda: list(each_document(io.BytesIO(content), one)))


def test_a_document_that_is_refused_beside_others_is_told_as_its_faults() -> None:
    def odd(document: Document) -> Iterator[Item]:
        if document.value == 2:
            raise UnreadablePayload("No.", (Fault(document.at("part 1"), "", "an odd number", "Send another."),))
        yield from one(document)

    first, fault, last = each_document(io.BytesIO(b"[1,\n2,\n3]"), odd)

    assert isinstance(first, SourceRecord)
    assert isinstance(last, SourceRecord)
    assert isinstance(fault, Fault)
    assert fault.position == "record 2, line 2, part 1"
