"""P19 and P20: from nothing to the first 202, and how often the disk is asked to keep what it was given."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from statistics import median

from tests.bench import load
from tests.bench.goals import GOALS, Measured, pairs
from tests.bench.processes import Process, running
from tests.bench.stand import TOKEN, Stand, first_202

FEW = 4


def measure(stand: Stand) -> list[Measured]:
    """P19: the gateway and the reference in turn, each on a store that does not exist yet."""
    ours, ref = [], []
    assert stand.written
    for turn in range(stand.scale.rounds):
        stand.say(f"starting, round {turn + 1}")
        ref.append(_seconds(stand.floor("ref")))
        ours.append(_seconds(stand.gateway(stand.store("start"))))
    return [Measured(GOALS["P19"], f"{median(ours):.2f} s", f"{median(ref):.2f} s", pairs(ours, ref))]


def syncs(stand: Stand) -> list[Measured]:
    """P20: calls of fsync and fdatasync while a few senders are at work, deliveries and record included."""
    tracer = shutil.which("strace")
    if tracer is None:
        return [Measured(GOALS["P20"], "", "", (), "needs strace, which is not here: apt install strace")]
    stand.say("counting syncs")
    store = stand.store("syncs")
    trace = store.parent / "trace"
    before = (tracer, "-f", "-qq", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o", str(trace))
    with running(stand.gateway(store, before=before)) as process:
        first_202(process, 60)
        stand.warm(process)
        stand.hub.settled(10**9, 10, quiet=1)
        already = _count(trace)
        stand.hub.reset()
        seen = load.send(process.port, clients=FEW, seconds=stand.scale.seconds, token=TOKEN)
        came = stand.hub.settled(seen.accepted, 20)
        counted = _count(trace) - already
    note = f"{counted:,} syncs for {seen.accepted:,} accepted and {came.distinct:,} delivered."
    if not counted:
        return [Measured(GOALS["P20"], "0", "", (), f"{note} Nothing is kept unless the disk is asked to keep it.")]
    ratio = counted / max(1, seen.accepted)
    return [Measured(GOALS["P20"], f"{ratio:.2f}", "", (ratio,), note)]


def _seconds(process: Process) -> float:
    """From the start of a process to its first 202."""
    began = time.monotonic()
    try:
        return first_202(process, 60) - began
    finally:
        process.stop()


def _count(trace: Path) -> int:
    return trace.read_text(errors="replace").count("sync(") if trace.exists() else 0
