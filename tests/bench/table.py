"""The table that the bench prints, and writes into the guide between two marks."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.store.sqlite import driver
from tests.bench.goals import Measured
from tests.bench.stand import Scale

BEGIN: Final = "<!-- table: begin -->"
END: Final = "<!-- table: end -->"

_HEAD: Final = ("Goal", "What", "Ours", "Floor", "Ratio", "Aim", "At least", "Verdict")


def markdown(found: Sequence[Measured]) -> str:
    """The table in Markdown, with the notes below it."""
    lines = ["| " + " | ".join(_HEAD) + " |", "|" + "---|" * len(_HEAD)]
    lines += ["| " + " | ".join(_cells(one)) + " |" for one in found]
    notes = [f"* {one.goal.id}: {one.note}" for one in found if one.note]
    return "\n".join([*lines, "", *notes]).rstrip() + "\n"


def short(found: Sequence[Measured]) -> str:
    """The goals alone, in Markdown, for whoever reads no further."""
    rows = (_cells(one) for one in found if one.goal.aim is not None)
    lines = [f"| {goal} | {what} | {ratio} | {aim} | {verdict} |" for goal, what, _, _, ratio, aim, _, verdict in rows]
    return "\n".join(["| Goal | What ÷ its floor | Ratio | Aim | Verdict |", "|" + "---|" * 5, *lines]) + "\n"


def summary(found: Sequence[Measured]) -> str:
    """How many were reached."""
    judged = [one for one in found if one.ratio is not None and one.goal.aim is not None]
    reached = sum(one.verdict == "reached" for one in judged)
    missed = sum(one.goal.least is not None and one.verdict == "not reached" for one in judged)
    least = f"; {missed} below the least" if missed else ""
    return f"{reached} of {len(judged)} goals reached{least}."


def heading(scale: Scale) -> str:
    """How much was measured, and on what, in one line."""
    return (
        f"The {scale.name} run: {scale.rounds} rounds of {scale.seconds:g} s. "
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"SQLite {driver().sqlite_version}"
    )


def write(guide: Path, text: str) -> None:
    """Put the table between the guide's two marks. Raises ValueError when the guide has none."""
    said = guide.read_text()
    before, begin, rest = said.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{guide.name} needs the lines {BEGIN} and {END}")
    guide.write_text(f"{before}{begin}\n{text}{end}{after}")


def _cells(one: Measured) -> tuple[str, ...]:
    return (
        one.goal.id, one.goal.ratio, one.ours or "–", one.floor or "–", _ratio(one),
        str(one.goal.aim or "–"), str(one.goal.least or "–"), one.verdict,
    )  # fmt: skip


def _ratio(one: Measured) -> str:
    if one.ratio is None:
        return "–"
    if len(one.ratios) == 1:
        return f"{one.ratio:.2f}"
    return f"{one.ratio:.2f} ({min(one.ratios):.2f}–{max(one.ratios):.2f})"
