"""How a story's words are spelled on a form: names, homes, dates, ticks. Shared by every form that is filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

Has = Mapping[str, Any]

SAMPLES = Path(__file__).parents[2] / "mappings" / "sources"


@cache
def sample(place: str) -> str:
    """The text of a source's own sample, by its path under `mappings/sources`."""
    return (SAMPLES / place).read_text(encoding="utf-8-sig")


def sample_json(place: str) -> Any:
    """A fresh copy of a sample in JSON."""
    return json.loads(sample(place))


def said(value: object) -> str:
    """One answer as text: a tick is Yes, no tick is No."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return "" if value is None else str(value)


def names(value: object) -> tuple[str, str]:
    """First and last name of `Ann Bee` or of `{first, last}`."""
    if isinstance(value, Mapping):
        return str(value.get("first", "")), str(value.get("last", ""))
    first, _, last = str(value or "").rpartition(" ")
    return first, last


def full(value: object) -> str:
    """The whole name."""
    return " ".join(part for part in names(value) if part)


def home(value: object) -> tuple[list[str], str, str]:
    """Lines, town and postcode of `line, line, town, postcode`; all empty for nothing."""
    parts = [part.strip() for part in str(value or "").split(",") if part.strip()]
    if len(parts) < 3:
        return parts, "", ""
    return parts[:-2], parts[-2], parts[-1]


def iso(value: object) -> str:
    """`14/03/2015` as `2015-03-14`; anything else as it stands."""
    text = said(value)
    day = text.split("/")
    return f"{day[2]}-{int(day[1]):02}-{int(day[0]):02}" if len(day) == 3 else text


def listed(value: object) -> list[str]:
    """What was ticked, one or several."""
    if isinstance(value, list):
        return [str(each) for each in value]
    return [str(value)] if value else []
