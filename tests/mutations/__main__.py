"""`python -m tests.mutations`: thousands of almost right inputs for every source, and what must hold for each of them.

    python -m tests.mutations --each 10000            # what CI runs
    python -m tests.mutations --only ctf --each 500   # one source
    python -m tests.mutations --only ctf --from 4711 --each 1   # that one input again

For each: a record, a fault or a refusal, and nothing else; every one says what was expected and what to do; none takes
two seconds; memory does not grow. At least four in ten must get past the outer parser, or the source was not tested.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.mutations.trial import PAST, Tally, sources, trial


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations")
    parser.add_argument("--each", type=int, default=10_000, help="inputs for each source")
    parser.add_argument("--from", dest="start", type=int, default=0, help="number of the first one")
    parser.add_argument("--only", default="", help="names of sources, with commas between")
    arguments = parser.parse_args()
    names = [name for name in sources() if not arguments.only or name in arguments.only.split(",")]
    console = Console(stderr=True)
    tallies: list[Tally] = []
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        running = [pool.submit(trial, name, arguments.start, arguments.each) for name in names]
        for done in track(as_completed(running), total=len(running), console=console, disable=not console.is_terminal):
            tallies.append(done.result())
    _show(sorted(tallies, key=lambda tally: tally.source), arguments.each)
    wrong = [line for tally in tallies for line in tally.wrong(arguments.each)]
    for line in wrong:
        sys.stdout.write(f"WRONG: {line}\n")
    sys.stdout.write(f"{len(tallies)} sources, {len(tallies) * arguments.each} inputs, {len(wrong)} wrong.\n")
    return 1 if wrong else 0


def _show(tallies: list[Tally], each: int) -> None:
    table = Table(title=f"{each} almost right inputs for each source; at least {PAST:.0%} past the outer parser")
    for column in ("Source", "past it", "records", "faults", "refused", "slowest", "memory grew"):
        table.add_column(column, justify="left" if column == "Source" else "right")
    for tally in tallies:
        table.add_row(
            tally.source,
            f"{tally.past / each:.0%}",
            *(str(count) for count in (tally.records, tally.faults, tally.refused)),
            f"{tally.slowest * 1000:.0f} ms",
            f"{tally.grew / 1024:.0f} MiB",
        )
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
