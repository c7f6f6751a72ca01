"""Processes that the bench starts, watches through /proc and always ends, each in a group of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROC = Path("/proc/self/smaps_rollup").exists()
"""Whether this system says what a process uses. Only Linux does."""


PATIENCE = 300.0
"""Seconds to wait for a process to listen. The goals say what is too long; this, that it never will."""


class NotStarted(Exception):
    """A process did not come up. The message says what it wrote last."""


@dataclass(slots=True)
class Process:
    """One process and its children."""

    popen: subprocess.Popen[bytes]
    log: Path
    port: int = 0

    @property
    def pid(self) -> int:
        """Of the process itself."""
        return self.popen.pid

    def cpu(self) -> float:
        """Seconds of processor time that it and its children have used; 0 where the system does not say."""
        ticks = os.sysconf("SC_CLK_TCK")
        return sum(sum(map(int, _stat(pid)[11:13])) for pid in self._family()) / ticks

    def memory(self) -> float:
        """MiB that it and its children hold (proportional set size); 0 where the system does not say."""
        return sum(_pss(pid) for pid in self._family()) / 1024

    def kill(self) -> None:
        """End it at once, as a power cut would end it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait()

    def stop(self, seconds: float = 10.0) -> None:
        """Ask it to end; make it, if it does not."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGTERM)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def wait_open(self, seconds: float = PATIENCE) -> None:
        """Until it listens. Raises NotStarted."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.popen.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.01)
        said = self.log.read_text(errors="replace").strip().splitlines()
        raise NotStarted(said[-1] if said else "it said nothing")

    def _family(self) -> list[int]:
        found, left = [], [self.pid] if PROC else []
        while left:
            pid = left.pop()
            with contextlib.suppress(OSError):
                found.append(pid)
                for task in Path(f"/proc/{pid}/task").iterdir():
                    left += map(int, (task / "children").read_text().split())
        return found


def start(command: Sequence[str], folder: Path, port: int = 0, env: Mapping[str, str] | None = None) -> Process:
    """Start a command in its own group, in `folder`, with what it writes in a file there."""
    log = folder / f"{Path(command[0]).name}-{port or time.monotonic_ns()}.log"
    with log.open("ab") as out:
        popen = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    return Process(popen, log, port)


@contextlib.contextmanager
def running(process: Process, seconds: float = PATIENCE) -> Iterator[Process]:
    """The process, listening within so many seconds, and ended at the end whatever happens."""
    try:
        process.wait_open(seconds)
        yield process
    finally:
        process.stop()


def python(module: str, *words: object) -> list[str]:
    """The command that runs one of our modules."""
    return [sys.executable, "-m", module, *map(str, words)]


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    return found


def _stat(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return ["0"] * 20


def _pss(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
