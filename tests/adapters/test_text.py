"""Bytes are read in the encoding that was declared, or refused at the byte that does not fit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters.formats.text import decode
from contracts.errors import ConfigError, UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("Siân O’Brien".encode(), "utf-8"),
        ("Siân O’Brien".encode("utf-8-sig"), "utf-8"),
        ("Siân O’Brien".encode("utf-8-sig"), "utf-8-sig"),
        ("Siân O’Brien".encode("cp1252"), "cp1252"),
        ("Siân O’Brien".encode("cp1252"), "Windows-1252"),
    ],
)
def test_text_in_its_declared_encoding_is_read(content: bytes, encoding: str) -> None:
    assert decode(content, encoding) == "Siân O’Brien"


def test_windows_1252_under_a_utf_8_declaration_is_named_with_its_place(refusal: Refusal) -> None:
    fault = refusal(lambda: decode(b"\xef\xbb\xbfname\nSi\xe2n\n")).faults[0]

    assert fault.position == "line 2, column 3"
    assert "Windows-1252" in fault.remedy


def test_utf_8_under_a_windows_1252_declaration_is_named_with_its_place(refusal: Refusal) -> None:
    fault = refusal(lambda: decode("name\nSiân\n".encode(), "cp1252")).faults[0]

    assert fault.position == "line 2, column 3"
    assert "utf-8" in fault.remedy


def test_a_byte_that_windows_1252_does_not_have_is_refused(refusal: Refusal) -> None:
    assert refusal(lambda: decode(b"a\x81", "cp1252")).faults[0].position == "line 1, column 2"


def test_a_byte_of_neither_encoding_is_refused(refusal: Refusal) -> None:
    fault = refusal(lambda: decode(b"a\x81\xff")).faults[0]

    assert fault.position == "line 1, column 2"
    assert "Windows-1252" not in fault.remedy


def test_nul_is_refused_with_its_place(refusal: Refusal) -> None:
    assert refusal(lambda: decode(b"a,b\r\nc\x00,d")).faults[0].position == "line 2, column 2"


def test_utf_16_is_named(refusal: Refusal) -> None:
    assert "UTF-16" in refusal(lambda: decode("a,b".encode("utf-16"))).faults[0].remedy


def test_an_encoding_that_mappings_may_not_declare_is_the_mappings_fault() -> None:
    with pytest.raises(ConfigError, match="cp1252"):
        decode(b"a", "latin-9")


def test_a_character_across_the_edge_of_a_chunk_is_read() -> None:
    text = "a" * 65_535 + "é" * 10

    assert decode(text.encode()) == text
