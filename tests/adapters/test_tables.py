"""Tables that travel together are read under their system's names, and only the rows that are asked for are kept."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Final

from adapters.formats.tables import Bundle, Layout, choosing, read_tables
from contracts.adapter import ReadOptions
from contracts.errors import UnreadablePayload

Zip = Callable[[Mapping[str, str | bytes]], bytes]
Refusal = Callable[[Callable[[], object]], UnreadablePayload]

LAYOUT: Final = Layout(
    "invented tables", {"people": ("id",), "notes": ("id",)}, lambda _, text: text == "-1", str.lower
)


def bundle(content: bytes, **options: object) -> Bundle:
    return read_tables(io.BytesIO(content), ReadOptions(**options), LAYOUT)  # type: ignore[arg-type]


def test_a_zip_and_an_object_of_arrays_say_the_same(zipped: Zip) -> None:
    packed = bundle(zipped({"People.csv": "ID,Name\n1,Nia\n2,-1\n"}))
    spelled = bundle(json.dumps({"PEOPLE": [{"id": "1", "NAME": "Nia"}, {"id": "2", "name": "-1"}]}).encode())

    cells = [[dict(line.cells) for line in read.rows("people")] for read in (packed, spelled)]
    assert cells[0] == cells[1] == [{"id": "1", "name": "Nia"}, {"id": "2", "name": None}]


def test_a_table_can_be_read_again(zipped: Zip) -> None:
    read = bundle(zipped({"people.csv": "id\n1\n2\n"}))

    assert len(list(read.rows("people"))) == len(list(read.rows("people"))) == 2


def test_a_row_that_cannot_be_read_is_told_once_however_often_it_is_met(zipped: Zip) -> None:
    read = bundle(zipped({"people.csv": "id,name\n1\n2,Nia\n"}))
    for _ in range(3):
        list(read.rows("people"))

    assert [fault.position for fault in read.faults] == ["people, row 2"]


def test_a_byte_order_mark_is_no_part_of_the_first_column(zipped: Zip) -> None:
    assert [line.id("id") for line in bundle(zipped({"people.csv": b"\xef\xbb\xbfid\n7\n"})).rows("people")] == ["7"]


def test_an_identifier_that_a_spreadsheet_wrote_as_a_decimal_joins() -> None:
    assert bundle(b'{"people": [{"id": 7.0}]}').index("people", "id", {"7"})


def test_the_setting_choose_names_columns_and_their_values(zipped: Zip) -> None:
    read = bundle(zipped({"people.csv": "id,kind\n1,Open\n2,Closed\n"}))
    chosen = choosing(ReadOptions(settings={"choose": {"KIND": ["open "]}}), LAYOUT)

    assert [line.id("id") for line in read.rows("people") if chosen(line)] == ["1"]


def test_memory_does_not_grow_with_the_rows_that_nobody_asked_for(zipped: Zip) -> None:
    filler = "".join(f"{number},{'x' * 200}\n" for number in range(30_000))
    content = zipped({"notes.csv": f"id,note\n{filler}a,kept\n"})

    tracemalloc.start()
    kept = bundle(content).index("notes", "id", {"a"})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert list(kept) == ["a"]
    assert peak < len(filler) / 4


def test_a_damaged_table_is_refused_before_any_of_it_is_used(zipped: Zip, refusal: Refusal) -> None:
    content = bytearray(zipped({"people.csv": "id\n" + "1\n" * 400}))
    start = content.index(b"people.csv") + len("people.csv")
    content[start + 3] ^= 0xFF

    assert refusal(lambda: bundle(bytes(content))).faults[0].expected in ("a whole file", "text in UTF-8")
