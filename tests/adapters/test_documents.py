"""Documents looked at before anybody opens them: their type, macros, passwords and programs (settled 54)."""

from __future__ import annotations

import time

import pytest

from adapters.formats.documents import DOCX, PDF, TYPES, XLSX, check_document, type_of_name
from contracts.errors import UnreadablePayload
from tests.adapters.conftest import pack

_WORD = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<document/>"}
_MACROS = '<Types><Override PartName="/word/notes.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
GOOD = {
    PDF: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF",
    DOCX: pack(_WORD),
    XLSX: pack({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}),
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00",
    "image/tiff": b"II*\x00\x08\x00",
    "image/heic": b"\x00\x00\x00\x18ftypheic",
    "text/plain": "A note, in Zoë’s words.\r\n".encode(),
}
BAD = {
    "nothing": (b"", "text/plain", "something in it"),
    "an old Word file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", DOCX, "current format"),
    "macros in Word": (pack(_WORD | {"word/vbaProject.bin": "x"}), DOCX, "without macros"),
    "macros in capitals": (pack(_WORD | {"word/VBAPROJECT.BIN": "x"}), DOCX, "without macros"),
    "macros in Excel": (pack({"[Content_Types].xml": "", "xl/a.xml": "", "xl/vbaProject.bin": "x"}), XLSX, "macros"),
    "macros under another name": (
        pack(_WORD | {"[Content_Types].xml": _MACROS, "word/notes.bin": "x"}),
        DOCX,
        "without macros",
    ),
    "macros listed in UTF-16": (
        pack(_WORD | {"[Content_Types].xml": _MACROS.encode("utf-16")}),
        DOCX,
        "without macros",
    ),
    "an object inside": (pack(_WORD | {"word/embeddings/a.bin": "x"}), DOCX, "without others inside"),
    "a control inside": (pack(_WORD | {"word/activeX/a.xml": "x"}), DOCX, "without others inside"),
    "a program": (b"MZ\x90\x00", PDF, "not a program"),
    "a program named as text": (b"\x7fELF\x02", "text/plain", "not a program"),
    "a script": (b"#!/bin/sh\n", "text/plain", "not a program"),
    "an archive": (b"Rar!\x1a\x07", PDF, "not an archive"),
    "a zip named as a PDF": (pack(_WORD), PDF, "of the type that it says"),
    "a zip that is no Word file": (pack({"a.txt": "x"}), DOCX, "of the type that it says"),
    "a Word file named as Excel": (pack(_WORD), XLSX, "of the type that it says"),
    "a picture named as another": (GOOD["image/png"], "image/jpeg", "of the type that it says"),
    "bytes named as text": (b"a\x00b", "text/plain", "of the type that it says"),
    "a PDF with a password": (GOOD[PDF] + b"/Encrypt 5 0 R", PDF, "without a password"),
    "a PDF that starts something": (GOOD[PDF] + b"/S /Launch", PDF, "starts nothing"),
    "a web page": (b"<html>", "text/html", "a PDF, a picture"),
    "no type": (b"x", "", "a PDF, a picture"),
}


@pytest.mark.parametrize("kind", TYPES)
def test_settled_54_a_document_of_each_type_is_taken_as_what_it_is(kind: str) -> None:
    assert check_document(GOOD[kind], kind) == kind


@pytest.mark.parametrize("why", BAD)
def test_settled_54_what_may_not_be_carried_is_refused_with_a_remedy(why: str) -> None:
    body, claimed, expected = BAD[why]
    with pytest.raises(UnreadablePayload) as refused:
        check_document(body, claimed)
    (fault,) = refused.value.faults
    assert (expected in fault.expected, bool(fault.remedy)) == (True, True)


def test_a_name_claims_a_type_by_its_ending() -> None:
    named = {name: type_of_name(name) for name in ("Form.PDF", "a.b.docx", "photo.jpeg", "macro.docm", "none")}
    assert named == {"Form.PDF": PDF, "a.b.docx": DOCX, "photo.jpeg": "image/jpeg", "macro.docm": "", "none": ""}


def test_a_long_text_is_looked_at_in_no_time() -> None:
    text = b"a" * 20_000_000
    began = time.process_time()
    check_document(text, "text/plain")
    assert time.process_time() - began < 0.2
