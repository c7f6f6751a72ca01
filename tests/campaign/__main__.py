"""Kills the gateway at random moments, restarts it in storms and changes its keys, under load; counts what was lost.

python -m tests.campaign --sqlite 200 --postgresql 60
python -m tests.campaign storm --sqlite 100 --queued 2000
python -m tests.campaign rotations --sqlite 200
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.campaign.controls import CONTROLS
from tests.campaign.evidence import line
from tests.campaign.experiments import EXPERIMENTS, Plan, conducted
from tests.campaign.oracles import Violation, judge
from tests.campaign.running import Told
from tests.campaign.scaled import Scaled

SHOWN = 8
"""Violations of one oracle that are printed; the rest are counted."""

_console = Console(highlight=False, soft_wrap=True)


def main(words: list[str]) -> int:
    """Run what was asked for. Returns 0 only if every oracle was satisfied on every store."""
    asked = _parsed(words)
    signal.signal(signal.SIGTERM, _interrupt)
    seed = asked.seed if asked.seed is not None else SystemRandom().randrange(10**6)
    sound = True
    try:
        for kind, times in (("sqlite", asked.sqlite), ("postgresql", asked.postgresql)):
            if times:
                sound &= _campaign(Plan(asked.experiment, kind, times, seed, asked.control, asked.queued))
    except KeyboardInterrupt:
        _console.print("Stopped. Nothing was left running.")
        return 130
    return 0 if sound else 1


def _campaign(plan: Plan) -> bool:
    """One store, from an empty folder to its evidence line."""
    began, folder = time.monotonic(), Path(tempfile.mkdtemp(prefix=f"gateway-campaign-{plan.kind}-"))
    stand, violations = None, [Violation("O12", "the campaign itself did not come to its end")]
    try:
        planted = CONTROLS.get(plan.control)
        with _progress(plan) as told:
            stand, running = conducted(plan, folder, told)
            case = asyncio.run(running)
        if planted is not None and planted.plant is not None:
            planted.plant(case)
        case.history.keep(folder / "history.jsonl")
        violations = judge(case)
        _console.print(line(case, violations, plan, stand.while_starting, time.monotonic() - began))
    except KeyboardInterrupt:
        violations = []
        raise
    finally:
        if isinstance(stand, Scaled):
            stand.end(keep=bool(violations))
        if not violations:
            shutil.rmtree(folder, ignore_errors=True)
        _tell(violations, folder)
    return not violations


def _tell(violations: list[Violation], folder: Path) -> None:
    shown, told = Counter[str](), 0
    for one in violations:
        shown[one.oracle] += 1
        if shown[one.oracle] > SHOWN:
            continue
        told += 1
        _console.print(f"  {one.oracle}: {one.say}", markup=False)
    if violations:
        more = f" {len(violations) - told} more are not shown." if len(violations) > told else ""
        _console.print(f"  {len(violations)} violations.{more} Store, logs and history are kept in {folder}")


@contextmanager
def _progress(plan: Plan) -> Iterator[Told]:
    """A moving line on a terminal; a line for every tenth kill elsewhere."""
    name = plan.experiment.removesuffix("s")
    words = (
        name + " {task.completed} of {task.total} · {task.fields[acknowledged]} acknowledged · lost {task.fields[lost]}"
    )
    columns = (TextColumn(plan.kind), BarColumn(), TextColumn(words), TimeElapsedColumn())
    with Progress(*columns, console=_console, transient=True, disable=not _console.is_terminal) as bar:
        task = bar.add_task(plan.kind, total=plan.times, acknowledged=0, lost=0)

        def told(number: int, acknowledged: int, lost: int) -> None:
            bar.update(task, completed=number, acknowledged=acknowledged, lost=lost)
            if not _console.is_terminal and number % 10 == 0:
                _console.print(
                    f"{plan.kind}: {name} {number} of {plan.times} · {acknowledged} acknowledged · lost {lost}"
                )

        yield told


def _parsed(words: list[str]) -> argparse.Namespace:
    parser = _options()
    asked = parser.parse_args(words)
    control = CONTROLS.get(asked.control)
    if control is not None and control.where not in ("", asked.experiment):
        parser.error(f"{asked.control} is planted in: {control.where}")
    return asked


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "experiment", nargs="?", choices=EXPERIMENTS, default="kills",
        help="kills; storm: restarts in quick succession, with a long queue; rotations: keys change under load",
    )  # fmt: skip
    parser.add_argument("--sqlite", type=int, default=0, metavar="N", help="so many on SQLite, of the one process")
    parser.add_argument(
        "--postgresql", type=int, default=0, metavar="N",
        help="so many on PostgreSQL: kills of worker, API and server in turn; restarts of all; rotations",
    )  # fmt: skip
    parser.add_argument("--queued", type=int, default=500, metavar="N", help="requests before a storm's first restart")
    parser.add_argument("--seed", type=int, help="repeats the same choices; the machine's timing is its own")
    parser.add_argument(
        "--control", choices=sorted(CONTROLS), default="", help="plant a bug: the campaign must end red, with exit 1"
    )
    return parser


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
