"""Values of a message as people read them: dates written out, codes with their labels, names put together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

_LONDON: Final = ZoneInfo("Europe/London")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
# What a page or a terminal would obey instead of showing: control characters, and those that turn text around.
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


def shown(text: str) -> str:
    """Text with every character that would not be seen as itself made visible. Line ends are `\\n`."""
    return _UNSEEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def own_words(name: str) -> str:
    """A field's own name as words: `date_of_birth` is “Date of birth”."""
    words = name.replace("~1", "/").replace("~0", "~").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def date_words(text: str) -> str:
    """A date or an instant written out, in London's time; "" for anything else."""
    try:
        if _DAY.fullmatch(text):
            return _day(date.fromisoformat(text))
        if _INSTANT.fullmatch(text):
            at = datetime.fromisoformat(text).astimezone(_LONDON)
            return f"{_day(at.date())} at {at:%H:%M}"
    except (ValueError, OverflowError):
        pass
    return ""


def code_words(text: str, codes: Mapping[str, str]) -> str:
    """A code with its label before it, "" for one that is in no list."""
    label = codes.get(text, "")
    return label if label.casefold() == text.casefold() else f"{label} ({text})" if label else ""


def named(person: Mapping[str, Any]) -> str:
    """What a person is called, with why they are in the record: `Maya Fernsby, child`. "" if neither is known."""
    parts = (person.get(one) for one in ("first_name", "middle_names", "surname"))
    name = str(person.get("full_name") or " ".join(str(part) for part in parts if part))
    roles = ", ".join(own_words(str(role)).lower() for role in person.get("roles", ()))
    return shown(", ".join(filter(None, (name, roles))))


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
