"""P9: memory stays where it is, however many referrals wait."""

from __future__ import annotations

import time

from tests.bench import load
from tests.bench.goals import GOALS, Measured
from tests.bench.processes import PROC, running
from tests.bench.stand import TOKEN, Stand, first_202

FEW = 1_000


def measure(stand: Stand) -> list[Measured]:
    """The same load on a short and on a long queue, with the hub refusing everything."""
    if not PROC:
        return [Measured(GOALS["P9"], "", "", (), "this system does not say what a process uses; Linux does.")]
    few, many = _held(stand, FEW), _held(stand, stand.scale.queued)
    note = f"{stand.scale.queued:,} waited. Proportional set size after {stand.scale.seconds:g} s of load."
    return [Measured(GOALS["P9"], f"{many:.0f} MiB", f"{few:.0f} MiB", (many / few,), note)]


def _held(stand: Stand, n: int) -> float:
    """MiB held with `n` waiting."""
    stand.say(f"memory with {n:,} waiting: making the queue")
    store = stand.queued(n)
    stand.hub.down()
    try:
        with running(stand.gateway(store)) as process:
            first_202(process, 60)
            stand.say(f"memory with {n:,} waiting")
            load.send(process.port, clients=16, seconds=stand.scale.seconds, token=TOKEN)
            time.sleep(1.0)
            return process.memory()
    finally:
        stand.hub.up()
        store.unlink(missing_ok=True)
