"""Reads what a form sent: text by name, and files within a limit (reliability 5.5)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Final

from starlette.datastructures import Headers
from starlette.formparsers import FormParser

from contracts.errors import SenderError, WrongMediaType

FORM: Final = "application/x-www-form-urlencoded"
MOST_FIELDS: Final = 400


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
