"""`python -m tests.bench`: measures the gateway against floors that it brings along, and prints each ratio.

Everything runs on 127.0.0.1 in a private folder, and everything it starts is ended. Ratios count: both sides of each
are measured in turn, in the same run. Absolute figures only say how fast this machine was today.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tests.bench import (
    accepting,
    breaking,
    deciding,
    delivering,
    growing,
    looking,
    reading,
    rehearsing,
    reporting,
    scaling,
    starting,
    table,
    verifying,
)
from tests.bench.goals import Goal, Measured
from tests.bench.processes import ROOT, NotStarted
from tests.bench.stand import FULL, QUICK, USUAL, Scale, Stand, set_up
from tests.bench.written import NothingWritten

GUIDE: Final = ROOT / "docs" / "speed.md"
README: Final = ROOT / "README.md"

MEASURES: Final[dict[str, tuple[tuple[str, ...], Callable[[Stand], list[Measured]]]]] = {
    "accepting": (("P1", "P2", "P3", "P4"), accepting.measure),
    "sheets": (("P5",), accepting.sheets),
    "end to end": (("P7", "P8"), delivering.measure),
    "memory": (("P9",), growing.measure),
    "a backlog": (("P10",), delivering.drain),
    "a kill": (("P12",), breaking.kill),
    "an outage": (("P13",), breaking.outage),
    "reading": (("P14", "P15", "P16", "P17"), reading.measure),
    "verifying": (("P18",), verifying.measure),
    "starting": (("P19",), starting.measure),
    "syncs": (("P20",), starting.syncs),
    "deciding": (("P21",), deciding.measure),
    "rehearsing": (("P22",), rehearsing.measure),
    "looking": (("P25",), looking.measure),
    "reporting": (("P26", "P27"), reporting.measure),
    "two workers": (("P23",), scaling.workers),
    "a long queue": (("P24",), scaling.backlog),
}


def main(words: Sequence[str] | None = None) -> int:
    """Measure what was asked for. Exit code 1 when something could not be measured."""
    asked = _arguments(words)
    out = Console(file=sys.stdout, soft_wrap=True, highlight=False, markup=False)
    found, scale = list[Measured](), _scale(asked)
    private = tempfile.TemporaryDirectory(prefix="ehg-bench-", ignore_cleanup_errors=True)
    with private as folder, _progress() as progress:
        task = progress.add_task("starting", total=None)

        def say(words: str) -> None:
            progress.update(task, description=words)

        with set_up(Path(folder), scale, say) as stand:
            for name, (goals, measure) in MEASURES.items():
                if not asked.only or set(goals) & set(asked.only):
                    say(name)
                    found += [one for one in _try(name, goals, measure, stand) if _wanted(one, asked.only)]
    text = f"{table.heading(scale)}.\n\n{table.markdown(found)}"
    out.print(text)
    out.print(table.summary(found))
    if asked.write:
        table.write(GUIDE, text)
        table.write(README, f"{table.heading(scale)}. {table.summary(found)}\n\n{table.short(found)}")
    return int(any(one.ratio is None and one.goal.aim is not None and not one.not_run for one in found))


def _try(name: str, goals: Sequence[str], measure: Callable[[Stand], list[Measured]], stand: Stand) -> list[Measured]:
    """One measure, or why there is none: one that fails does not hide the others."""
    try:
        return measure(stand)
    except (NotStarted, NothingWritten, TimeoutError, subprocess.SubprocessError, OSError, ValueError) as fault:
        stand.hub.up()
        stand.hub.slow(0)
        said = str(getattr(fault, "stderr", "") or fault).strip().splitlines() or [type(fault).__name__]
        return [Measured(Goal(goal, name, None), "", "", (), said[-1]) for goal in goals]


def _wanted(one: Measured, only: Sequence[str]) -> bool:
    return not only or one.goal.id in only


def _scale(asked: argparse.Namespace) -> Scale:
    scale = QUICK if asked.quick else FULL if asked.full else USUAL
    changes = {
        name: getattr(asked, name)
        for name in ("rounds", "seconds", "queued", "entries", "large")
        if getattr(asked, name)
    }
    return replace(scale, **changes)


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}"),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = sorted({goal for goals, _ in MEASURES.values() for goal in goals}, key=lambda goal: int(goal[1:]))
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="shorter turns, small queues and records")
    size.add_argument("--full", action="store_true", help="longer turns, a record of 1,000,000 entries, a long outage")
    parser.add_argument("--only", type=_goals(known), default=(), metavar="P1,P3", help=f"of {', '.join(known)}")
    parser.add_argument("--rounds", type=int, help="turns of each variant")
    parser.add_argument("--seconds", type=float, help="seconds of each turn")
    parser.add_argument("--queued", type=int, help="referrals in the long queue of P9")
    parser.add_argument("--entries", type=int, help="entries in the record of P18, decisions of P25 to P27")
    parser.add_argument("--large", metavar="FOLDER", help="of a store that `python -m tests.bench.large` made")
    parser.add_argument(
        "--write", action="store_true", help=f"put the table into {GUIDE.relative_to(ROOT)} and the README"
    )
    return parser.parse_args(words)


def _goals(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def goals(text: str) -> tuple[str, ...]:
        asked = tuple(word.strip().upper() for word in text.split(",") if word.strip())
        if strange := [word for word in asked if word not in known]:
            raise argparse.ArgumentTypeError(f"{', '.join(strange)}: measured here are {', '.join(known)}")
        return asked

    return goals


if __name__ == "__main__":
    raise SystemExit(main())
