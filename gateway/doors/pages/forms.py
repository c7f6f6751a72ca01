"""Reads what a form sent: text by name, and files within a limit (reliability 5.5)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from typing import Final

from starlette.datastructures import Headers
from starlette.formparsers import FormParser

from contracts.errors import SenderError, WrongMediaType

FORM: Final = "application/x-www-form-urlencoded"
WITH_FILES: Final = "multipart/form-data"
MOST_FIELDS: Final = 400


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

    head = f"content-type: {headers['content-type']}\r\n\r\n".encode("latin-1")
    whole = message_from_bytes(head + body, policy=HTTP)
    parts = [part for part in whole.walk() if part is not whole]
    if not parts or len(parts) > MOST_FIELDS:
        raise SenderError(f"This form could not be read, or has more than {MOST_FIELDS} fields. Open the page again.")
    text, files = dict[str, tuple[str, ...]](), dict[str, tuple[Chosen, ...]]()
    for part in parts:
        name, called = part.get_param("name", "", "content-disposition"), part.get_filename()
        given = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(given, bytes):
            continue
        if called is None:
            text[name] = (*text.get(name, ()), given.decode("utf-8", "replace"))
        elif called:
            files[name] = (*files.get(name, ()), Chosen(called, given))
    return text, files


async def read_form(headers: Headers, body: bytes) -> Mapping[str, tuple[str, ...]]:
    """Each name with everything given for it. Raises WrongMediaType, SenderError."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise WrongMediaType("Send the form as the page does.")

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    try:
        form = await FormParser(headers, stream()).parse()
    except ValueError:
        raise SenderError("This form could not be read. Open the page again.") from None
    if len(form.multi_items()) > MOST_FIELDS:
        raise SenderError(f"A form has at most {MOST_FIELDS} fields.")
    return {name: tuple(value for value in form.getlist(name) if isinstance(value, str)) for name in form}
