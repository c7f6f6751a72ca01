"""A report as its lines: a head that says what was asked, and one line for each row. Its digest is that of the lines.

The lines are what is signed, and what the export as JSON Lines holds byte for byte: `sha256sum` of that file is the
digest under the signature.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from gateway.record.canonical import verbatim

FORMAT: Final = "early-help-gateway/report/v1"
NOT_SHOWN: Final = "not shown"
"""How a suppressed number reads where there is only text."""

Cell = str | int | None
"""Text, a number, or None for a number that is not shown."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a report. chart: the column that its bars are drawn from, -1 for none."""

    title: str
    columns: tuple[str, ...]
    chart: int = -1


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one of a report's sheets. It names nobody of a family.

    decision, referral  ids of what it is about, "" for nothing
    sealed              the mark by which those named for a sealed file find its decision, "" for any other
    """

    cells: tuple[Cell, ...]
    sheet: int = 0
    decision: str = ""
    referral: str = ""
    sealed: str = ""


def head_line(name: str, title: str, council: str, query: str, sheets: tuple[Sheet, ...]) -> bytes:
    """The first line."""
    said = {
        "format": FORMAT,
        "report": name,
        "title": title,
        "council": council,
        "asked": query,
        "sheets": [{"title": sheet.title, "columns": list(sheet.columns)} for sheet in sheets],
    }
    return verbatim(said) + b"\n"


def row_line(row: Row) -> bytes:
    """One line. What is empty is left out."""
    said: dict[str, object] = {"cells": list(row.cells)}
    said |= {"sheet": row.sheet} if row.sheet else {}
    said |= {"decision": row.decision} if row.decision else {}
    said |= {"referral": row.referral} if row.referral else {}
    said |= {"sealed": row.sealed} if row.sealed else {}
    return verbatim(said) + b"\n"


def read_rows(piece: bytes) -> Iterator[Row]:
    """The rows of some lines; a head among them is passed over."""
    for line in piece.splitlines():
        said: Mapping[str, Any] = orjson.loads(line)
        if "cells" in said:
            of = said.get
            yield Row(tuple(said["cells"]), of("sheet", 0), of("decision", ""), of("referral", ""), of("sealed", ""))


def written(cell: Cell) -> str:
    """A cell as text."""
    return NOT_SHOWN if cell is None else str(cell)
