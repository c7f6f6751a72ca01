"""What every adapter keeps to, in sentences: whoever adds one runs this file first.

Bytes of nothing, of other systems, cut short or changed are in `test_sources.py`; ten thousand mutations of each in
`tests/mutations`.
"""

from __future__ import annotations

import inspect
import io
from itertools import islice
from pathlib import Path

import pytest

from adapters import SOURCES, enriching
from contracts.adapter import About, Fault, ReadOptions, SourceRecord
from tests.adapters.conftest import OPTIONS, VALID

NAMES = sorted(SOURCES)


def items(name: str, file: io.BufferedIOBase | io.BytesIO) -> list[SourceRecord | Fault]:
    return list(SOURCES[name].read(file, OPTIONS.get(name, ReadOptions())))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_a_source_says_what_it_is_and_what_it_cannot_do(name: str) -> None:
    about = SOURCES[name].ABOUT
    assert isinstance(about, About)
    assert about.title
    assert about.format
    assert about.limits.endswith(".")


@pytest.mark.parametrize("name", [name for name in NAMES if enriching(name)])
def test_of_an_export_of_pupils_the_bytes_are_never_kept(name: str) -> None:
    assert SOURCES[name].KEEPS_BYTES is False


@pytest.mark.parametrize("name", NAMES)
def test_reading_gives_one_record_after_another_and_not_a_list(name: str) -> None:
    found = SOURCES[name].read(io.BytesIO(VALID[name]), OPTIONS.get(name, ReadOptions()))
    assert inspect.isgenerator(found) or (hasattr(found, "__next__") and not isinstance(found, list))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_on_disk_reads_as_the_same_bytes_in_memory(name: str, tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(VALID[name])
    with (tmp_path / "sent").open("rb") as file:
        assert items(name, file) == items(name, io.BytesIO(VALID[name]))


@pytest.mark.parametrize("name", NAMES)
def test_the_file_stays_open_and_unchanged_for_whoever_opened_it(name: str) -> None:
    file = io.BytesIO(VALID[name])
    items(name, file)
    assert not file.closed
    assert file.getvalue() == VALID[name]


@pytest.mark.parametrize("name", NAMES)
def test_whoever_stops_half_way_can_read_the_file_again(name: str) -> None:
    file = io.BytesIO(VALID[name])
    reading = SOURCES[name].read(file, OPTIONS.get(name, ReadOptions()))
    first = list(islice(reading, 1))
    if inspect.isgenerator(reading):
        reading.close()
    file.seek(0)
    assert items(name, file)[:1] == first


@pytest.mark.parametrize("name", NAMES)
def test_each_record_has_a_place_of_its_own(name: str) -> None:
    places = [item.position for item in items(name, io.BytesIO(VALID[name])) if isinstance(item, SourceRecord)]
    assert places
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("name", NAMES)
def test_no_place_and_no_form_is_a_name_or_an_address(name: str) -> None:
    said = ("Quillfeather", "Marrowby", "Pennyworth", "ZZ99", "Made-Up", ".example")
    for item in items(name, io.BytesIO(VALID[name])):
        told = f"{item.position} {item.form}" if isinstance(item, SourceRecord) else f"{item}"
        assert [word for word in said if word in told] == []


@pytest.mark.parametrize("name", [name for name in NAMES if enriching(name)])
def test_an_export_is_told_from_every_other_by_its_beginning(name: str) -> None:
    adapter = enriching(name)
    assert adapter is not None
    options = OPTIONS.get(name, ReadOptions())
    assert adapter.fits(VALID[name][:65_536], options)
    assert [other for other in NAMES if other != name and adapter.fits(VALID[other][:65_536], options)] == []


@pytest.mark.parametrize("name", [name for name in NAMES if enriching(name)])
@pytest.mark.parametrize("head", [b"", b"\x00", b"\xff\xfe", b"{", b"<", b"PK\x03\x04", b'"'])
def test_looking_at_a_beginning_never_raises(name: str, head: bytes) -> None:
    adapter = enriching(name)
    assert adapter is not None
    assert adapter.fits(head, OPTIONS.get(name, ReadOptions())) is False
