"""The report a sender finds beside its file: a line for each row, what became of it, and what to do. No personal data.

It is CSV that a spreadsheet opens safely: nothing in it can be taken for a formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from typing import Any, Final

from contracts.adapter import Fault
from contracts.errors import GatewayError, NotConfirmed

SUFFIX: Final = ".report.csv"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `state` is a receipt's, or warning, attached or unread; `reference` is the referral's."""

    position: str
    state: str
    reference: str = ""
    expected: str = ""
    remedy: str = ""
    say: str = ""


def lines_of(answer: bytes | Mapping[str, Any]) -> tuple[Line, ...]:
    """A line for each decision, warning and error in an answer's receipts."""
    told = json.loads(answer) if isinstance(answer, bytes) else answer
    lines: list[Line] = []
    for receipt in told["receipts"]:
        place = receipt.get("position", "")
        if receipt["state"] == "rejected":
            lines += [_told(place, "rejected", "", error) for error in receipt["errors"]]
            continue
        reference = receipt.get("referral", "")
        if receipt["state"] != "accepted":
            remedy = f"To confirm this child: {receipt['confirmation']}" if "confirmation" in receipt else ""
            lines.append(Line(place, receipt["state"], reference, remedy=remedy, say=receipt.get("say", "")))
            continue
        lines += [Line(place, "accepted", reference, say=decision["say"]) for decision in receipt["decisions"]]
        lines += [_told(place, "warning", reference, fault) for fault in receipt.get("warnings", ())]
    return tuple(lines)


def lines_of_error(error: GatewayError) -> tuple[Line, ...]:
    """A line for each fault, for each child that nobody has confirmed, or one for the whole."""
    if isinstance(error, NotConfirmed):
        remedy = "To confirm this child: "
        lines = (Line(place, "not_confirmed", "", "", remedy + token) for place, token in error.children)
        return (Line("", "rejected", expected=error.title, remedy=error.detail), *lines)
    if not error.faults:
        return (Line("", "rejected", remedy=error.detail, expected=error.title),)
    return tuple(line_of_fault(fault) for fault in error.faults)


def line_of_fault(fault: Fault) -> Line:
    """Why something was not taken."""
    return Line(_place(fault.position, fault.pointer), "rejected", "", fault.expected, fault.remedy)


def as_csv(lines: Iterable[Line]) -> bytes:
    """UTF-8 with the mark that spreadsheets look for, a header, and CRLF (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(field.name for field in fields(Line))
    writer.writerows([_safe(value) for value in astuple(line)] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def _told(place: str, state: str, reference: str, fault: Mapping[str, str]) -> Line:
    where = _place(fault.get("position", "") or place, fault.get("pointer", ""))
    return Line(where, state, reference, fault["expected"], fault["remedy"])


def _place(position: str, pointer: str) -> str:
    return " ".join(filter(None, (position, pointer)))


def _safe(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
