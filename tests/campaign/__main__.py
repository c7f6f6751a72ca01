"""Kills the gateway at random moments, under load, and counts what was lost.

python -m tests.campaign --sqlite 200 --postgresql 60
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random, SystemRandom
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.campaign.controls import CONTROLS
from tests.campaign.embedded import Embedded
from tests.campaign.evidence import line
from tests.campaign.oracles import Violation, judge
from tests.campaign.running import Told, run
from tests.campaign.scaled import Scaled

SHOWN = 20
"""Violations that are printed; the rest are counted."""

_console = Console(highlight=False, soft_wrap=True)


def main(words: list[str]) -> int:
    """Run what was asked for. Returns 0 only if every oracle was satisfied on every store."""
    asked = _options().parse_args(words)
    signal.signal(signal.SIGTERM, _interrupt)
    seed = asked.seed if asked.seed is not None else SystemRandom().randrange(10**6)
    sound = True
    try:
        if asked.sqlite:
            sound &= _campaign("sqlite", asked.sqlite, seed, asked.control)
        if asked.postgresql:
            sound &= _campaign("postgresql", asked.postgresql, seed, asked.control)
    except KeyboardInterrupt:
        _console.print("Stopped. Nothing was left running.")
        return 130
    return 0 if sound else 1


def _campaign(kind: str, kills: int, seed: int, control: str) -> bool:
    """One store, from an empty folder to its evidence line."""
    began, folder = time.monotonic(), Path(tempfile.mkdtemp(prefix=f"gateway-campaign-{kind}-"))
    scaled, violations = None, [Violation("O12", "the campaign itself did not come to its end")]
    try:
        stand = scaled = Scaled(folder) if kind == "postgresql" else Embedded(folder)
        planted = CONTROLS.get(control)
        with _progress(kind, kills) as told:
            case = asyncio.run(run(stand, kills, Random(seed), told, early=control == "early"))
        if planted is not None and planted.plant is not None:
            planted.plant(case)
        case.history.keep(folder / "history.jsonl")
        violations = judge(case)
        _console.print(line(case, violations, kills, stand.while_starting, time.monotonic() - began, seed, control))
    except KeyboardInterrupt:
        violations = []
        raise
    finally:
        if isinstance(scaled, Scaled):
            scaled.end(keep=bool(violations))
        if not violations:
            shutil.rmtree(folder, ignore_errors=True)
        _tell(violations, folder)
    return not violations


def _tell(violations: list[Violation], folder: Path) -> None:
    for one in violations[:SHOWN]:
        _console.print(f"  {one.oracle}: {one.say}", markup=False)
    if violations:
        more = f" {len(violations) - SHOWN} more are not shown." if len(violations) > SHOWN else ""
        _console.print(f"  {len(violations)} violations.{more} Store, logs and history are kept in {folder}")


@contextmanager
def _progress(kind: str, kills: int) -> Iterator[Told]:
    """A moving line on a terminal; a line for every tenth kill elsewhere."""
    words = (
        "kill {task.completed} of {task.total} · {task.fields[acknowledged]} acknowledged · lost {task.fields[lost]}"
    )
    columns = (TextColumn(kind), BarColumn(), TextColumn(words), TimeElapsedColumn())
    with Progress(*columns, console=_console, transient=True, disable=not _console.is_terminal) as bar:
        task = bar.add_task(kind, total=kills, acknowledged=0, lost=0)

        def told(number: int, acknowledged: int, lost: int) -> None:
            bar.update(task, completed=number, acknowledged=acknowledged, lost=lost)
            if not _console.is_terminal and number % 10 == 0:
                _console.print(f"{kind}: kill {number} of {kills} · {acknowledged} acknowledged · lost {lost}")

        yield told


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sqlite", type=int, default=0, metavar="N", help="kills of the one process on SQLite")
    parser.add_argument(
        "--postgresql", type=int, default=0, metavar="N", help="kills of worker, API and server on PostgreSQL, in turn"
    )
    parser.add_argument("--seed", type=int, help="repeats the same choices; the machine's timing is its own")
    parser.add_argument(
        "--control", choices=sorted(CONTROLS), default="", help="plant a bug: the campaign must end red, with exit 1"
    )
    return parser


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
