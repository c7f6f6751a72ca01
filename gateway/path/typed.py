"""What somebody typed into one question, as the model keeps it, and back. What cannot be right is said by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from adapters.formats.wording import date_words
from contracts.enquiry import Question
from contracts.identifiers import CHECKS

Typed = Mapping[str, tuple[str, ...]]
"""What a form sent: each field with everything that was given for it."""

DATE_PARTS: Final = ("day", "month", "year")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
FAMILY: Final = "family"
"""What somebody chooses in place of a person: it is about all of them."""


class Wrong(Exception):
    """What was typed cannot stay. name: of the field; doubt: what may be right all the same, kept if saved again."""

    def __init__(self, name: str, say: str, doubt: str = "") -> None:
        super().__init__(say)
        self.name, self.say, self.doubt = name, say, doubt


def given(typed: Typed, name: str) -> str:
    """The one value of a field, without spaces around it; lines end with `\\n`."""
    text = typed.get(name, ("",))[0].replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub("", text).strip()


def value_of(question: Question, name: str, label: str, typed: Typed, choices: Mapping[str, str], today: date) -> Any:
    """The answer as JSON has it, None for none. Raises Wrong.

    name  of the field, which in a list has the member's number
    """
    match question.control:
        case "date":
            return _day(question, name, label, typed, today)
        case "yes_no":
            return {"yes": True, "no": False}.get(given(typed, name))
        case "tick":
            return given(typed, name) == "yes" or None
        case "one" | "person":
            return _one(given(typed, name), name, label, choices)
        case "several":
            return [_one(one, name, label, choices) for one in typed.get(name, ()) if one] or None
        case "lines":
            lines = [line.strip() for line in given(typed, name).split("\n") if line.strip()]
            return [_short(line, name, label, question.limit) for line in lines] or None
        case _:
            return _text(question, name, label, typed)


def typed_of(question: Question, name: str, value: Any) -> dict[str, tuple[str, ...]]:
    """The fields of a form that hold this answer."""
    if value is None:
        return {}
    match question.control:
        case "date":
            day = date.fromisoformat(str(value))
            parts = zip(DATE_PARTS, (day.day, day.month, day.year), strict=True)
            return {f"{name}-{part}": (str(number),) for part, number in parts}
        case "yes_no" | "tick":
            return {name: ("yes" if value else "no",)}
        case "several":
            return {name: tuple(map(str, value))}
        case "lines":
            return {name: ("\n".join(map(str, value)),)}
        case _:
            return {name: (str(value),)}


def said_of(question: Question, name: str, choices: Mapping[str, str], typed: Typed) -> str:
    """What a field holds, as one reads it; "" for nothing."""
    if question.control == "date":
        day, month, year = (given(typed, f"{name}-{part}") for part in DATE_PARTS)
        return date_words(f"{year}-{month:0>2}-{day:0>2}") or " ".join(filter(None, (day, month, year)))
    if question.control in ("yes_no", "tick"):
        return {"yes": "Yes", "no": "No"}.get(given(typed, name), "")
    found = [choices.get(one, one) for one in typed.get(name, ()) if one]
    return ", ".join(found)


def _text(question: Question, name: str, label: str, typed: Typed) -> str | None:
    text = _short(given(typed, name), name, label, question.limit)
    if text and question.check and (doubt := CHECKS[question.check](text)) and given(typed, f"sure-{name}") != text:
        say = f"{label}: we expected {doubt.expected}. {doubt.remedy} If it is right as it is, save it again."
        raise Wrong(name, say, text)
    return text or None


def _short(text: str, name: str, label: str, limit: int) -> str:
    if limit and len(text) > limit:
        raise Wrong(name, f"{label} must be {limit:,} characters or fewer. You have {len(text):,}.")
    return text


def _one(text: str, name: str, label: str, choices: Mapping[str, str]) -> str | None:
    if text and text not in choices:
        raise Wrong(name, f"{label}: choose one of those shown.")
    return text or None


def _day(question: Question, name: str, label: str, typed: Typed, today: date) -> str | None:
    """GOV.UK's words for a date that is none."""
    parts = {part: given(typed, f"{name}-{part}") for part in DATE_PARTS}
    missing = [part for part, text in parts.items() if not text]
    if len(missing) == len(parts):
        return None
    if missing:
        raise Wrong(f"{name}-{missing[0]}", f"{label} must include a {' and a '.join(missing)}.")
    numbers = {part: int(text) for part, text in parts.items() if text.isascii() and text.isdigit() and len(text) < 5}
    if len(numbers) < len(parts):
        strange = next(part for part in parts if part not in numbers)
        raise Wrong(f"{name}-{strange}", f"{label}: the {strange} must be a number, such as {_SUCH[strange]}.")
    if numbers["year"] < 1000:
        raise Wrong(f"{name}-year", f"{label}: the year must include 4 numbers.")
    try:
        day = date(numbers["year"], numbers["month"], numbers["day"])
    except ValueError:
        raise Wrong(f"{name}-day", f"{label} must be a real date, such as 27 3 2015.") from None
    if question.past and day > today:
        raise Wrong(f"{name}-day", f"{label} must be today or in the past.")
    return day.isoformat()


_SUCH: Final[Mapping[str, str]] = {"day": "27", "month": "3", "year": "2015"}
