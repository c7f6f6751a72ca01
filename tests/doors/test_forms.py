"""What a page's form sends: text by name, and files, which are never known by the names their owner gave them."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from starlette.datastructures import Headers

from contracts.errors import SenderError, WrongMediaType
from gateway.doors.pages.forms import MOST_FIELDS, read_files

Given = list[tuple[str, tuple[str | None, bytes]]]


def sent(parts: Given) -> tuple[Headers, bytes]:
    request = httpx2.Request("POST", "http://localhost/", files=parts)  # type: ignore[arg-type]
    return Headers({"content-type": request.headers["content-type"]}), request.read()


def test_text_and_files_come_apart() -> None:
    parts: Given = [("why", (None, b"Because")), ("files", ("a.yaml", b"a: 1")), ("files", ("b.yaml", b"b: 2"))]
    text, files = asyncio.run(read_files(*sent(parts)))
    assert dict(text) == {"why": ("Because",)}
    assert [(one.name, one.body) for one in files["files"]] == [("a.yaml", b"a: 1"), ("b.yaml", b"b: 2")]


def test_a_field_in_which_nothing_was_chosen_has_no_file() -> None:
    headers, body = sent([("why", (None, b"Because")), ("files", ("a", b""))])
    text, files = asyncio.run(read_files(headers, body.replace(b'filename="a"', b'filename=""')))
    assert (dict(text), dict(files)) == ({"why": ("Because",)}, {})


def test_what_a_file_is_called_and_holds_is_not_shown_by_its_repr() -> None:
    _, files = asyncio.run(read_files(*sent([("files", ("Fernsby.yaml", b"Zqcanary"))])))
    assert "Fernsby" not in repr(files)
    assert "Zqcanary" not in repr(files)


@pytest.mark.parametrize("content", [bytes(range(256)) * 40, b"", b"\r\n\r\n", b"--", b"\xef\xbb\xbfid: \xc3\xa9\r"])
def test_bytes_come_as_they_were_sent(content: bytes) -> None:
    _, files = asyncio.run(read_files(*sent([("files", ("a.zip", content))])))
    assert files["files"][0].body == content


def test_a_form_without_its_parts_is_refused() -> None:
    headers, _ = sent([("files", ("a.yaml", b"a: 1"))])
    with pytest.raises(SenderError, match="could not be read"):
        asyncio.run(read_files(headers, b"nothing of the kind"))


def test_too_many_fields_are_refused() -> None:
    many: Given = [("why", (None, b"x")) for _ in range(MOST_FIELDS + 1)]
    with pytest.raises(SenderError, match="more than"):
        asyncio.run(read_files(*sent(many)))


def test_another_kind_of_body_is_no_form() -> None:
    with pytest.raises(WrongMediaType):
        asyncio.run(read_files(Headers({"content-type": "application/json"}), b"{}"))
