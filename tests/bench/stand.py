"""Where everything is measured: a private folder, the hub, the gateway as it is started, and how long to measure."""

from __future__ import annotations

import http.client
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from gateway.store.engine import open_engine
from gateway.store.keys import load_keys
from gateway.store.sealer import Sealer
from gateway.store.writer import Writer
from tests.bench import family, load
from tests.bench.hub import Remote
from tests.bench.processes import PATIENCE, Process, free_port, python, running, start
from tests.bench.written import Copies, Written, capture, queue, snapshot

COUNCIL: Final = str(family.referral()["council"])
TOKEN: Final = "demo-hull-school"
"""The demonstration's key of a school in Hull (mappings/councils/hull/senders.yaml)."""

ORIGIN: Final = "bench.example"
PROGRAM: Final = (sys.executable, "-c", "from gateway.doors.cli import main; main()")
"""The command `gateway`, whether or not it was installed."""

_ones: Final = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much to measure.

    name     of the run, for whoever reads the table
    rounds   times that each variant takes its turn; seconds: how long each turn is
    drain    deliveries of a backlog; queued: of the long queue; entries: of the record that is verified
    outage   seconds that the hub refuses everything
    large    folder of a large store that was made before (`tests.bench.large`); "" to make one of so many `entries`
    rows     records of a file that is read for its speed; many: of the one that is read for its memory
    """

    name: str
    rounds: int
    seconds: float
    drain: int
    queued: int
    entries: int
    outage: float
    rows: int
    many: int
    large: str = ""


QUICK: Final = Scale(
    "quick",
    rounds=3,
    seconds=1.0,
    drain=1_000,
    queued=10_000,
    entries=50_000,
    outage=2.5,
    rows=5_000,
    many=100_000,
)
USUAL: Final = Scale(
    "usual",
    rounds=5,
    seconds=2.0,
    drain=4_000,
    queued=100_000,
    entries=200_000,
    outage=2.5,
    rows=20_000,
    many=100_000,
)
FULL: Final = Scale(
    "full",
    rounds=5,
    seconds=3.0,
    drain=4_000,
    queued=100_000,
    entries=1_000_000,
    outage=60.0,
    rows=100_000,
    many=1_000_000,
)


@dataclass
class Stand:
    """One run of the bench.

    say  tells a person what is being done
    """

    folder: Path
    scale: Scale
    hub: Remote
    say: Callable[[str], None] = field(default=lambda words: None)

    def new(self, name: str) -> Path:
        """A folder of its own for one process."""
        made = self.folder / f"{next(_ones)}-{name}"
        made.mkdir(mode=0o700)
        return made

    def store(self, name: str) -> Path:
        """Where a new store may stand."""
        return self.new(name) / "store.db"

    def gateway(self, store: Path, hub: str | None = None, before: tuple[str, ...] = ()) -> Process:
        """Start the gateway on this store, as `gateway run` starts it for a demonstration.

        hub     where every hub's messages go; nowhere when ""
        before  words of a command that runs it, such as a tracer's
        """
        port = free_port()
        where = self.hub.url if hub is None else hub or f"http://127.0.0.1:{free_port()}"
        command = [*before, *PROGRAM, "run", "--port", str(port), "--store", f"sqlite:///{store}", "--hub", where]
        return start(command, store.parent, port, {"GATEWAY_DEMO": "1", "GATEWAY_ORIGIN": ORIGIN})

    def floor(self, mode: str, store: Path | None = None) -> Process:
        """Start one floor."""
        port, folder = free_port(), self.new(mode)
        words: list[object] = [mode, "--port", port]
        if mode not in ("raw", "parsed"):
            words += ["--store", store or folder / "store.db", "--written", self.written, "--hub", self.hub.url]
        return start(python("tests.bench.floors", *words), folder, port)

    @cached_property
    def written(self) -> Path:
        """A file with what the gateway writes for one referral."""
        self.say("taking down what the gateway writes for one referral")
        store = self.store("capture")
        self.hub.reset()
        with running(self.gateway(store)) as process:
            first_202(process, PATIENCE)
            self.hub.settled(1, 60, quiet=60)
            time.sleep(0.3)
            before = snapshot(store)
            post_one(process.port, 2)
            self.hub.settled(2, 60, quiet=60)
            time.sleep(0.3)
            after = snapshot(store)
        return capture(before, after).save(self.folder / "written")

    @cached_property
    def payload(self) -> Path:
        """A file with the bytes that went to the hub."""
        path = self.folder / "payload"
        path.write_bytes(Written.load(self.written).payload)
        return path

    def queued(self, n: int) -> Path:
        """A sealed store in which `n` referrals were accepted and wait for their hub. Nobody owns it."""
        store = self.store(f"queue-{n}")
        with running(self.gateway(store, hub="")):
            pass
        queue(store, Copies(Written.load(self.written)), n)
        self.seal(store)
        return store

    def seal(self, store: Path) -> None:
        """Number and sign whatever waits in a store that nobody owns, as the gateway would have."""
        folder = store.parent / "keys"
        councils = {path.name.partition(".")[0] for path in folder.iterdir()}
        keys = load_keys(folder, sorted(councils), ORIGIN, create=False)
        opened = open_engine(f"sqlite:///{store}", demo=True)
        writer = Writer(opened)
        writer.start()
        try:
            writer.run(Sealer(keys).seal_now())
        finally:
            writer.stop()
            opened.close()

    def warm(self, process: Process) -> None:
        """Let a process settle before it is measured."""
        load.send(process.port, clients=8, seconds=0.5, token=TOKEN)


def post_one(port: int, n: int) -> int:
    """Send copy `n` once, and give the status of the answer; 0 when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"content-type": "application/json", "idempotency-key": f"one-{n}", "authorization": f"Bearer {TOKEN}"}
    try:
        connection.request("POST", "/v1/referrals", family.body(n), headers)
        answer = connection.getresponse()
        answer.read()
    except OSError:
        return 0
    else:
        return answer.status
    finally:
        connection.close()


def first_202(process: Process, seconds: float) -> float:
    """Monotonic seconds at which a referral was accepted for the first time. Raises TimeoutError."""
    until, status = time.monotonic() + seconds, 0
    while time.monotonic() < until and process.popen.poll() is None:
        status = post_one(process.port, 1)
        if status == 202:
            return time.monotonic()
        time.sleep(0.01)
    said = process.log.read_text(errors="replace").strip().splitlines()
    raise TimeoutError(f"no 202 in {seconds:g} s, the last status was {status}; {said[-1] if said else 'no log'}")


@contextmanager
def set_up(folder: Path, scale: Scale, say: Callable[[str], None]) -> Iterator[Stand]:
    """The stand with its hub, taken down at the end."""
    port = free_port()
    with running(start(python("tests.bench.hub", port), folder, port)):
        yield Stand(folder, scale, Remote(port), say)
