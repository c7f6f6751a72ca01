"""What every source keeps to: plain data out, a refusal that can be acted on for anything else, never a crash."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import HUBS, SOURCES, enriching
from adapters.formats.zip import members
from contracts.adapter import Fault, Plain, ReadOptions, SourceRecord
from contracts.errors import GatewayError, UnreadablePayload
from tests.adapters.conftest import OPTIONS

Refusal = Callable[[Callable[[], object]], UnreadablePayload]
Zip = Callable[[Mapping[str, str | bytes]], bytes]

NAMES = sorted(SOURCES)


WITHOUT_AN_END = ("mis_csv",)
"""Sources of bare CSV: whole rows of it are a table, wherever it was cut."""


def read(name: str, content: bytes) -> list[SourceRecord | Fault]:
    return list(SOURCES[name].read(io.BytesIO(content), OPTIONS.get(name, ReadOptions())))


def is_plain(value: Plain) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and is_plain(part) for key, part in value.items())
    if isinstance(value, list):
        return all(is_plain(part) for part in value)
    return value is None or type(value) in (str, int, bool)


def test_every_adapter_is_listed_under_its_own_name() -> None:
    assert all(name == adapter.NAME for adapters in (SOURCES, HUBS) for name, adapter in adapters.items())


@pytest.mark.parametrize("name", NAMES)
def test_every_source_names_the_media_types_it_reads(name: str) -> None:
    assert SOURCES[name].MEDIA_TYPES


@pytest.mark.parametrize("name", NAMES)
def test_a_valid_input_gives_records_of_its_kind_and_of_plain_data(name: str, valid: dict[str, bytes]) -> None:
    records = [item for item in read(name, valid[name]) if isinstance(item, SourceRecord)]

    assert records
    kind = "enrichment" if enriching(name) else "referral"
    assert all(record.kind == kind and record.position for record in records)
    assert all(record.key for record in records if record.kind == "referral")
    assert all(is_plain(record.data) for record in records)


@pytest.mark.parametrize("name", NAMES)
def test_reading_twice_gives_the_same(name: str, valid: dict[str, bytes]) -> None:
    assert read(name, valid[name]) == read(name, valid[name])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "content",
    [
        b"", b" ", b"\x00" * 64, b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf", b"PK\x03\x04", b"PK\x05\x06" + bytes(18),
        b"{}", b"[]", b"null", b"[" * 200_000, b'{"a":' * 200_000, b'{"a": NaN}', b'{"a": 1, "a": 2}', b'"\\ud800"',
        b'"\\u0000"', b"a,b\n1,2\n", b'"unclosed', b"<?xml version='1.0'?><CTfile/>", b"%PDF-1.7", b"caf\xe9,x\n1,2\n",
    ],
    ids=lambda content: repr(content[:12]),
)  # fmt: skip
def test_bytes_of_nothing_it_knows_are_refused(name: str, content: bytes, refusal: Refusal) -> None:
    assert refusal(lambda: read(name, content))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_another_sources_bytes_are_refused(name: str, other: str, valid: dict[str, bytes], refusal: Refusal) -> None:
    if name != other:
        assert refusal(lambda: read(name, valid[other]))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITHOUT_AN_END])
def test_bytes_cut_short_anywhere_give_no_record(name: str, valid: dict[str, bytes]) -> None:
    content = valid[name].rstrip()

    for cut in range(0, len(content), max(1, len(content) // 40)):
        with pytest.raises(UnreadablePayload):
            read(name, content[:cut])


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITHOUT_AN_END])
def test_no_refusal_repeats_a_value(name: str, valid: dict[str, bytes]) -> None:
    content = valid[name][:-3]

    with pytest.raises(UnreadablePayload) as caught:
        read(name, content)

    told = f"{caught.value} {caught.value.faults}"
    assert not any(value in told for value in ("Quillfeather", "Marrowby", "Pennyworth", "ZZ99"))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=100)
def test_changed_bytes_give_plain_data_faults_or_a_named_error(
    name: str, data: st.DataObject, valid: dict[str, bytes]
) -> None:
    content = bytearray(valid[name])
    places = st.integers(0, len(content) - 1)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)):
        content[place] = byte
    items: list[SourceRecord | Fault] = []

    try:
        items = read(name, bytes(content))
    except GatewayError as error:
        items = list(error.faults)

    assert items
    assert all(is_plain(item.data) for item in items if isinstance(item, SourceRecord))
    assert all(item.expected and item.remedy for item in items if isinstance(item, Fault))


@pytest.mark.parametrize("part", ["zip", "json"])
@given(text=st.text(max_size=60))
@settings(max_examples=50)
def test_any_text_alone_or_as_every_table_is_refused(part: str, text: str, zipped: Zip) -> None:
    body = text.encode(errors="replace")
    content = zipped({"referral.csv": body, "DIM_PERSON.csv": body}) if part == "zip" else body

    for name in NAMES:
        with pytest.raises(UnreadablePayload):
            read(name, content)


@pytest.mark.parametrize("name", ["early_help_extract", "liquidlogic", "covering_sheet", "mosaic_tables", "ssd_tables"])
@given(data=st.data())
@settings(max_examples=100)
def test_changed_bytes_within_a_table_give_plain_data_faults_or_a_named_error(
    name: str, data: st.DataObject, valid: dict[str, bytes], zipped: Zip
) -> None:
    files = {entry: bytearray(body) for entry, body in members(io.BytesIO(valid[name]))}
    body = files[data.draw(st.sampled_from(sorted(files)))]
    changes = st.tuples(st.integers(0, len(body) - 1), st.sampled_from(b'",;\n\r\0-1=\xe2\xff aZ'))
    for place, byte in data.draw(st.lists(changes, min_size=1, max_size=4)):
        body[place] = byte
    items: list[SourceRecord | Fault] = []

    try:
        items = read(name, zipped({entry: bytes(changed) for entry, changed in files.items()}))
    except GatewayError as error:
        items = list(error.faults)

    assert items
    assert all(is_plain(item.data) for item in items if isinstance(item, SourceRecord))
    assert all(item.expected and item.remedy for item in items if isinstance(item, Fault))


OUTSIDE = {
    "annex-a/Annex_A.xlsx": "",
    "ctf-atf-xml/ATFile.xml": "ctf",
    "digital-form-builder/webhook_expected.json": "form_builder",
    "liquidlogic-ssd/ssd_ddl_reference_systemc.csv": "",
    "moj-forms/valid_submission.json": "moj_forms",
}
"""Files that other people published, and the source that reads each."""


@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name in NAMES for path in OUTSIDE if OUTSIDE[path] != name]
)
def test_outside_files_of_other_systems_are_refused(name: str, path: str, outside: Path, refusal: Refusal) -> None:
    content = (outside / path).read_bytes()

    assert refusal(lambda: read(name, content))
