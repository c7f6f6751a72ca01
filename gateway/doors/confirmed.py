"""Reads from a request's headers who confirmed which children of a large batch (settled 55)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from contracts.errors import SenderError
from gateway.flows.submissions.sent import Confirmed

BY: Final = "confirmed-by"
CHILDREN: Final = "confirmed-children"
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]{2,200}")


def confirmed_in(headers: Mapping[str, str]) -> Confirmed | None:
    """Who looked, and the tokens of the children they mean; None where nobody says so.

    The name is percent-encoded UTF-8. Raises SenderError for tokens without a name, and for a name without tokens.
    """
    by, given = unquote(headers.get(BY, "")).strip(), headers.get(CHILDREN, "")
    children = frozenset(token.strip() for token in given.split(",") if token.strip())
    if not by and not children:
        return None
    if not _NAME.fullmatch(by):
        raise SenderError("Say in Confirmed-By who looked at the children: 2 to 200 characters, percent-encoded.")
    if not children:
        raise SenderError("Say in Confirmed-Children which children are meant, by the tokens this gateway gave.")
    return Confirmed(by, children)
