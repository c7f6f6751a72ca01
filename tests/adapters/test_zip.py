"""Archives are looked at before they are opened, and what is unsafe in them is refused by the entry's number."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping

import pytest

from adapters.formats.zip import members
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]
Zip = Callable[[Mapping[str, str | bytes]], bytes]


def archive(*entries: tuple[zipfile.ZipInfo | str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as writing:
        for info, body in entries:
            writing.writestr(info, body)
    return packed.getvalue()


def test_files_come_in_order_without_folders_and_what_a_mac_adds() -> None:
    content = archive(
        ("b/", b""), ("b\\two.csv", b"2"), ("__MACOSX/._two.csv", b"x"), (".DS_Store", b"x"), ("1.csv", b"1")
    )

    assert list(members(io.BytesIO(content))) == [("b/two.csv", b"2"), ("1.csv", b"1")]


def test_a_document_that_is_a_zip_by_its_format_passes_through(zipped: Zip) -> None:
    document = zipped({"word/document.xml": "<a/>"})

    assert list(members(io.BytesIO(zipped({"form.docx": document})))) == [("form.docx", document)]


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "C:/x.csv", "C:\\x.csv", "../x.csv", "a/../../x.csv", "a\\..\\x.csv", "\\\\host\\x"]
)
def test_a_name_that_leads_outside_is_refused(name: str, refusal: Refusal) -> None:
    fault = refusal(lambda: list(members(io.BytesIO(archive(("fine.csv", b"1"), (name, b"1")))))).faults[0]

    assert (fault.position, fault.expected) == ("entry 2 of the zip", "a plain relative file name")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_a_link_or_a_device_is_refused(kind: int, refusal: Refusal) -> None:
    info = zipfile.ZipInfo("x.csv")
    info.external_attr = (kind | 0o777) << 16

    assert (
        refusal(lambda: list(members(io.BytesIO(archive((info, b"/etc/passwd")))))).faults[0].expected
        == "a file or a folder"
    )


def test_names_that_differ_only_in_case_or_composition_are_refused(refusal: Refusal) -> None:
    fault = refusal(lambda: list(members(io.BytesIO(archive(("Siân.csv", b"1"), ("SIA\u0302N.csv", b"2")))))).faults[0]

    assert fault.position == "entry 2 of the zip"
    assert "Entry 1" in fault.remedy


def test_an_encrypted_entry_is_refused(refusal: Refusal) -> None:
    content = bytearray(archive(("x.csv", b"1")))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert "password" in refusal(lambda: list(members(io.BytesIO(bytes(content))))).faults[0].expected


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_compression_is_refused(method: int, refusal: Refusal) -> None:
    assert (
        "deflate"
        in refusal(lambda: list(members(io.BytesIO(archive(("x.csv", b"1"), method=method))))).faults[0].remedy
    )


def test_a_zip_bomb_is_refused_before_it_is_unpacked(refusal: Refusal) -> None:
    bomb = archive(("x.csv", bytes(20_000_000)))

    assert "100 times" in refusal(lambda: list(members(io.BytesIO(bomb)))).faults[0].expected


def test_a_bomb_that_lies_about_its_size_is_refused(refusal: Refusal) -> None:
    bomb = bytearray(archive(("x.csv", bytes(20_000_000))))
    central = bomb.index(b"PK\x01\x02")
    bomb[central + 24 : central + 28] = struct.pack("<I", 1000)

    assert refusal(lambda: list(members(io.BytesIO(bytes(bomb))))).faults[0].position == "entry 1 of the zip"


def test_many_files_that_are_too_much_together_are_refused(refusal: Refusal) -> None:
    content = archive(*((f"{number}.csv", bytes(6_000_000)) for number in range(6)), method=zipfile.ZIP_STORED)

    assert "33,554,432" in refusal(lambda: list(members(io.BytesIO(content)))).faults[0].expected


def test_too_many_entries_are_refused(refusal: Refusal) -> None:
    content = archive(*((f"{number}.csv", b"") for number in range(201)))

    assert "200 entries" in refusal(lambda: list(members(io.BytesIO(content)))).faults[0].expected


def test_a_zip_in_the_zip_is_refused(zipped: Zip, refusal: Refusal) -> None:
    content = zipped({"a.csv": "1", "more.csv": zipped({"b.csv": "2"})})

    assert refusal(lambda: list(members(io.BytesIO(content)))).faults[0].position == "entry 2 of the zip"


def test_entries_that_share_bytes_are_refused(refusal: Refusal) -> None:
    content = bytearray(archive(("a.csv", b"same"), ("b.csv", b"same"), method=zipfile.ZIP_STORED))
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<I", 0)

    assert "follow one another" in refusal(lambda: list(members(io.BytesIO(bytes(content))))).faults[0].expected


def test_a_name_that_differs_between_directory_and_entry_is_refused(refusal: Refusal) -> None:
    content = archive(("a.csv", b"1")).replace(b"a.csv", b"b.csv", 1)

    assert refusal(lambda: list(members(io.BytesIO(content)))).faults[0].position == "entry 1 of the zip"


@pytest.mark.parametrize("cut", [4, 20, 60, 100])
def test_a_zip_that_is_cut_short_is_refused(cut: int, zipped: Zip, refusal: Refusal) -> None:
    content = zipped({"a.csv": "1,2,3", "b.csv": "1"})

    assert refusal(lambda: list(members(io.BytesIO(content[:cut])))).faults[0].position == "the zip"


def test_what_is_no_zip_is_refused(refusal: Refusal) -> None:
    assert refusal(lambda: list(members(io.BytesIO(b"Rar!")))).faults[0].expected == "a zip archive"


def test_no_file_name_is_repeated(refusal: Refusal) -> None:
    error = refusal(lambda: list(members(io.BytesIO(archive(("Canary.csv", b"1"), ("../Canary.csv", b"2"))))))

    assert "Canary" not in f"{error} {error.faults} {error.__context__}"
