"""Reads what a form sent: text by name, and files within a limit (reliability 5.5)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from contracts.errors import SenderError, WrongMediaType

FORM: Final = "application/x-www-form-urlencoded"
WITH_FILES: Final = "multipart/form-data"
MOST_FIELDS: Final = 400
_UNREADABLE: Final = f"This form could not be read, or has more than {MOST_FIELDS} fields. Open the page again."


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that somebody chose. `name` is what the browser calls it; it is never kept, and stands in no log."""

    name: str = field(repr=False)
    body: bytes = field(repr=False)


async def read_files(
    headers: Headers, body: bytes
) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[Chosen, ...]]]:
    """What a form sent, text and files, each name with everything given for it; a plain form has no files.

    A field in which nothing was chosen is left out of the files. Raises WrongMediaType, SenderError.
    """
    if headers.get("content-type", "").partition(";")[0].strip().lower() != WITH_FILES:
        return await read_form(headers, body), {}

    parser = MultiPartParser(
        headers, _once(body), max_files=MOST_FIELDS, max_fields=MOST_FIELDS, max_part_size=len(body) + 1
    )
    parser.spool_max_size = len(body) + 1  # a family's file is never laid down on a disk unsealed
    try:
        sent = await parser.parse()
    except (ValueError, MultiPartException):
        raise SenderError(_UNREADABLE) from None
    try:
        parts = sent.multi_items()
        if not parts or len(parts) > MOST_FIELDS:
            raise SenderError(_UNREADABLE)
        text, files = dict[str, tuple[str, ...]](), dict[str, tuple[Chosen, ...]]()
        for name, given in parts:
            if isinstance(given, str):
                text[name] = (*text.get(name, ()), given)
            elif given.filename:
                files[name] = (*files.get(name, ()), Chosen(given.filename, await given.read()))
        return text, files
    finally:
        await sent.close()


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
    yield b""


async def read_form(headers: Headers, body: bytes) -> Mapping[str, tuple[str, ...]]:
    """Each name with everything given for it. Raises WrongMediaType, SenderError."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise WrongMediaType("Send the form as the page does.")

    try:
        form = await FormParser(headers, _once(body)).parse()
    except ValueError:
        raise SenderError("This form could not be read. Open the page again.") from None
    if len(form.multi_items()) > MOST_FIELDS:
        raise SenderError(f"A form has at most {MOST_FIELDS} fields.")
    return {name: tuple(value for value in form.getlist(name) if isinstance(value, str)) for name in form}
