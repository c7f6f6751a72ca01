"""A process that fetches from a drop folder, killed in the middle of it: every file is taken once."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.store.sqlite import driver
from tests.flows.dropping import a_file
from tests.journeys.test_process import command, environment
from tests.running import ROOT

FILES = 30
PICKUPS = """pickups:
  drop:
    sender: invented_academy
    source: canonical
    tell: routing_desk
    every: 1
    folder: {{path: {drop}, whole: renamed}}
"""


@contextmanager
def fetching(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`gateway pickup` at work."""
    given = environment() | {"GATEWAY_MAPPINGS": str(folder / "mappings")}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command("pickup", "--demo"), cwd=folder, env=given, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def until(seen: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


def test_a_process_killed_while_it_fetches_loses_nothing_and_takes_nothing_twice(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    (tmp_path / "mappings" / "councils" / "hull" / "pickups.yaml").write_text(PICKUPS.format(drop=drop))
    for number in range(FILES):
        (drop / f"{number:02}.json").write_bytes(a_file(f"Child {number}"))

    def put_away() -> list[str]:
        return [path.name for path in drop.glob("done/*.json")]

    with fetching(tmp_path) as process:
        until(lambda: len(put_away()) >= FILES // 3)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert 0 < len(put_away()) < FILES
    with fetching(tmp_path) as process:
        until(lambda: len(put_away()) == FILES)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert len(list(drop.glob("done/*.report.csv"))) == FILES
    with driver().connect(tmp_path / "data" / "demo" / "gateway.db") as raw:
        counted = [
            raw.execute(question).fetchone()[0]
            for question in (
                "SELECT count(*) FROM submission WHERE state = 'accepted'",
                "SELECT count(*) FROM referral",
                "SELECT count(*) FROM entry WHERE type = 'pickup.taken'",
            )
        ]
    assert counted == [FILES, FILES, FILES]
