"""A council's `retention.yaml`: how long each kind of record is kept, under which code of its own schedule.

There is no default for decision records: until the council enters its code, none is ever due (settled 52).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from contracts.retention import Formula, Held, read_formula
from gateway.config.councilfiles import Line, Sentence
from gateway.config.yamlfile import Part, load, refuse

Record = Literal["request", "decision", "access", "rights", "report", "sample", "export"]

FILE: Final = "retention.yaml"

DEFAULTS: Final[Mapping[str, str]] = {
    "request": "DELIVERED+30d",
    "held_request": "DELIVERED+90d",
    "access": "EVENT+7y",
    "rights": "EVENT+6y",
    "report": "EVENT+6y",
    "sample": "EVENT+6y",
    "export": "EVENT+14d",
}
"""What is proposed (governance 2.3): the gateway is a carrier, and the hub keeps the case.

The file of an `export`, and a report that holds what somebody wrote, go by themselves on their day; the others are
listed, and two people dispose of them.
"""

BY_EVENT: Final = ("access", "rights", "report", "sample", "export")
"""Kinds of record of which nothing is known but when they were written: no other trigger would ever come."""


def _formula(text: str) -> str:
    read_formula(text)
    return text


class RowPart(Part):
    """One kind of record. `code` is of the council's own schedule; `held_after` for a request that a person decided."""

    after: Annotated[str, AfterValidator(_formula)]
    code: Line
    held_after: Annotated[str, AfterValidator(_formula)] | None = None


class HoldPart(Part):
    """A whole kind of record that is kept for now, by law or by an inquiry."""

    record: Record
    reason: Sentence
    by: Line
    review: date


class RetentionFile(Part):
    """`retention.yaml`."""

    records: dict[Record, RowPart] = Field(default_factory=dict)
    holds: tuple[HoldPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long a council keeps what. `after` and `codes` by kind of record; `holds`: kinds that are held as a whole."""

    after: Mapping[str, Formula]
    codes: Mapping[str, str] = field(default_factory=dict)
    holds: Mapping[str, tuple[Held, ...]] = field(default_factory=dict)


def load_schedule(folder: Path) -> Schedule:
    """The schedule of a council's folder; the defaults where it has none. Raises ConfigError with line and column."""
    path = folder / FILE
    file = _read(path) if path.is_file() else RetentionFile()
    texts = dict(DEFAULTS)
    for record, row in file.records.items():
        texts[record] = row.after
        if record == "request":
            texts["held_request"] = row.held_after or row.after
    holds: dict[str, tuple[Held, ...]] = {}
    for one in file.holds:
        holds[one.record] = (*holds.get(one.record, ()), Held(one.reason, one.by, one.review))
    codes: dict[str, str] = {record: row.code for record, row in file.records.items()}
    return Schedule({record: read_formula(text) for record, text in texts.items()}, codes, holds)


def _read(path: Path) -> RetentionFile:
    loaded = load(path, RetentionFile)
    refuse(
        loaded.fault("records", record, "after", expected="a formula that counts from EVENT", remedy=_NOTHING_ELSE)
        for record, row in loaded.model.records.items()
        if record in BY_EVENT and read_formula(row.after).trigger != "EVENT"
    )
    return loaded.model


_NOTHING_ELSE: Final = "Of this kind only the day is known on which it was written: write EVENT+6y."
