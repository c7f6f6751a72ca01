"""What the demonstration's senders send: the invented families of `families/`, dated from today."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal

FAMILIES: Final = Path(__file__).resolve().parent / "families"

SenderName = Literal["leicester", "school", "tower_hamlets"]


@dataclass(frozen=True, slots=True)
class Sender:
    """One registered sender: its name in the table, its council, and its demonstration key, which everybody knows."""

    short: str
    council: str
    key: str


SENDERS: Final[Mapping[SenderName, Sender]] = {
    "leicester": Sender("Leicester", "leicester", "demo-leicester-ehm"),
    "school": Sender("Hull, school", "hull", "demo-hull-school"),
    "tower_hamlets": Sender("Tower Hamlets, form", "tower_hamlets", "demo-tower-hamlets-forms"),
}

_STAMP: Final = re.compile(r"\{(iso|uk): (\d{1,2}) (days|years) ago\}")
"""How the families' files write a date, so that nothing in them is ever out of date."""


def text_of(name: str, today: date) -> str:
    """One family's JSON file."""
    return _dated((FAMILIES / name).read_text(encoding="utf-8"), today)


def zip_of(folder: str, today: date) -> bytes:
    """A folder of CSV files as the zip that a person would make of it."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file in sorted((FAMILIES / folder).glob("*.csv")):
            # A fixed time, so that the same families make the same bytes.
            entry = zipfile.ZipInfo(file.name, (2026, 1, 1, 0, 0, 0))
            bundle.writestr(entry, _dated(file.read_text(encoding="utf-8"), today))
    return written.getvalue()


def _dated(text: str, today: date) -> str:
    def written(stamp: re.Match[str]) -> str:
        style, number, unit = stamp[1], int(stamp[2]), stamp[3]
        day = today - timedelta(days=number) if unit == "days" else _years_before(today, number)
        return day.isoformat() if style == "iso" else f"{day:%d/%m/%Y}"

    return _STAMP.sub(written, text)


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, day.month, min(day.day, 28))
