"""What a reviewer decides on one part of a subject access pack, and what such a decision must have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.path.redacting import absent, leaves
from gateway.path.suggesting import GROUNDS

DECISIONS: Final[Mapping[str, str]] = {
    "give": "Give it",
    "redact": "Give it with parts left out",
    "withhold": "Leave it out",
}
_REASON: Final = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """What a reviewer decided on one part.

    decision a key of DECISIONS; ground: of suggesting.GROUNDS, where something is left out
    fields   pointers into the part; passages: words to leave out, as they stand in it
    pages    of a document, what is left out of it: a page on each line and why, as `3-4 Her brother's report`
    """

    name: str
    decision: str
    reason: str
    ground: str = ""
    fields: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()


def wrong_of_document(mark: Mark, has_copy: bool) -> dict[str, str]:
    """The same of a mark on a document: everything about it is decided with a reason. has_copy: one to give instead."""
    if mark.decision not in DECISIONS:
        return {"decision": "Choose what becomes of this document."}
    found: dict[str, str] = {}
    if mark.decision != "give" and mark.ground not in GROUNDS:
        found["ground"] = "Choose on which ground something is left out."
    if len(mark.reason) < _REASON:
        found["reason"] = "Write the reason in a sentence: somebody will read it later."
    if mark.decision == "redact":
        wrong = next((place for place, line in enumerate(mark.pages, 1) if not _PAGE.fullmatch(line)), 0)
        if not mark.pages or wrong:
            found["pages"] = f"Line {wrong or 1}: write a page, or pages such as 3-4, and then why."
        if not has_copy:
            found["copy"] = "Choose the copy that is given, without those pages."
    return found


def numbers_of(pages: Sequence[str]) -> str:
    """The pages that are left out, without why: `2, 5-6`."""
    return ", ".join(found[1] for line in pages if (found := _PAGE.fullmatch(line)))


_PAGE: Final = re.compile(r"([1-9][0-9]{0,3}(?:-[1-9][0-9]{0,3})?):?\s+(\S.{2,})")


def wrong_of(mark: Mark, value: Any, flagged: bool) -> dict[str, str]:
    """What is still missing or wrong: field → what to do. flagged: something suggests care."""
    if mark.decision not in DECISIONS:
        return {"decision": "Choose what becomes of this part."}
    found: dict[str, str] = {}
    if mark.decision != "give" and mark.ground not in GROUNDS:
        found["ground"] = "Choose on which ground something is left out."
    if len(mark.reason) < _REASON and (flagged or mark.decision != "give"):
        found["reason"] = "Write the reason in a sentence: somebody will read it later."
    if mark.decision == "redact":
        known = {pointer for pointer, _ in leaves(value)}
        if not (mark.fields or mark.passages) or not set(mark.fields) <= known:
            found["fields"] = "Tick what is left out, or write the words."
        if nowhere := absent(value, mark.passages):
            found["passages"] = f"Line {nowhere[0]} does not stand in this part. Copy the words as they are."
    return found
