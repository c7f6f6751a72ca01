"""The gateway as a process of its own: it answers, hands its socket to one user, and stops with nothing lost."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from gateway.demo.hub import StubHub
from gateway.store.lock import owner
from gateway.store.sqlite import driver
from tests.running import HULL, ROOT, SAMPLES, a_hull_referral

FOUR_PUPILS = SAMPLES / "school" / "samples" / "hull_four_pupils"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "gateway", *map(str, words)]


def environment() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return ours | {"PYTHONPATH": str(ROOT)}


@dataclass
class Process:
    """A gateway that runs in `folder`, on `port`."""

    folder: Path
    port: int

    @property
    def store(self) -> Path:
        return self.folder / "data" / "demo" / "gateway.db"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def gateway(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Another `gateway …` in the same folder."""
        told = subprocess.run(
            command(*words), cwd=self.folder, env=environment(), capture_output=True, text=True, timeout=60, check=False
        )
        assert "Traceback" not in told.stderr
        return told


def wait_until_it_answers(url: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx2.get(f"{url}/health/live", trust_env=False).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise AssertionError("the gateway did not start")


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """`gateway run --demo` in an empty folder, stopped at the end."""
    process = Process(tmp_path_factory.mktemp("run"), free_port())
    with (process.folder / "log").open("wb") as log:
        started = subprocess.Popen(
            command("run", "--demo", "--port", process.port), cwd=process.folder, env=environment(), stderr=log
        )
        try:
            wait_until_it_answers(process.url)
            yield process
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(30)


def refer(process: Process, once: str) -> httpx2.Response:
    headers = {"authorization": f"Bearer {HULL}", "idempotency-key": once}
    return httpx2.post(f"{process.url}/v1/referrals", json=a_hull_referral(), headers=headers, trust_env=False)


def ask(process: Process, path: str) -> httpx2.Response:
    return httpx2.get(f"{process.url}{path}", headers={"authorization": f"Bearer {HULL}"}, trust_env=False)


def test_it_prints_how_to_send_the_first_referral(process: Process) -> None:
    said = (process.folder / "log").read_text()
    assert f"The gateway answers on {process.url}." in said
    assert "/v1/referrals -H 'Authorization: Bearer demo-hull-school'" in said


def test_a_referral_is_accepted_and_delivered(process: Process) -> None:
    (receipt,) = refer(process, "delivered").json()["receipts"]
    until = time.monotonic() + 20
    state = ""
    while state != "delivered" and time.monotonic() < until:
        state = ask(process, receipt["status"]).json()["deliveries"][0]["state"]
        time.sleep(0.05)
    assert state == "delivered"


def test_settled_24_the_socket_is_named_in_the_lock_and_open_to_its_user_alone(process: Process) -> None:
    running = owner(process.store)
    assert running is not None
    assert stat.S_IMODE(Path(running.socket).stat().st_mode) == 0o600


def test_settled_24_receive_goes_through_the_running_gateway(process: Process) -> None:
    words = ("--source", "school", "--council", "hull", "--sender", "invented_academy", "--demo", FOUR_PUPILS)
    told = process.gateway("receive", *words)
    assert told.returncode == 0
    for referral in set(re.findall(r"\b[0-9a-f]{32}\b", told.stderr)):
        assert ask(process, f"/v1/referrals/{referral}").status_code == 200
    assert "Going to Hull Locality Hub" in told.stderr


def test_a_dripped_body_does_not_keep_others_waiting(process: Process) -> None:
    head = (
        "POST /v1/referrals HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {HULL}\r\nidempotency-key: drip\r\ncontent-length: 1000\r\n\r\n{{"
    )
    with socket.create_connection(("127.0.0.1", process.port)) as slow:
        slow.sendall(head.encode())
        assert refer(process, "not kept waiting").status_code == 400
        assert refer(process, "not-kept-waiting").status_code == 202


# Stopping ------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def stopping(folder: Path, hub: StubHub) -> AsyncIterator[tuple[Process, asyncio.subprocess.Process]]:
    process = Process(folder, free_port())
    words = command("run", "--demo", "--port", process.port, "--hub", hub.url)
    with (folder / "log").open("wb") as log:
        started = await asyncio.create_subprocess_exec(*words, cwd=folder, env=environment(), stderr=log)
        await asyncio.to_thread(wait_until_it_answers, process.url)
        yield process, started
        if started.returncode is None:
            started.kill()
            await started.wait()


def test_a_signal_stops_it_within_twenty_seconds_and_what_is_under_way_is_settled(tmp_path: Path) -> None:
    async def scenario() -> tuple[float, int, Path]:
        async with StubHub("slow", delay=2.0) as hub, stopping(tmp_path, hub) as (process, started):
            accepted = await asyncio.to_thread(refer, process, "first")
            assert accepted.status_code == 202
            async with asyncio.timeout(20):
                while not hub.arrivals:
                    await asyncio.sleep(0.02)
            began = time.monotonic()
            started.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(started.wait(), 30)
            return time.monotonic() - began, code, process.store

    took, code, store = asyncio.run(scenario())
    assert took < 20
    assert code == 0
    assert not Path(f"{store}.lock.sock").exists()
    assert owner(store) is None
    with driver().connect(store) as raw:
        assert raw.execute("SELECT state FROM delivery").fetchall() == [("delivered",)]
    raw.close()
    assert "Traceback" not in (tmp_path / "log").read_text()
