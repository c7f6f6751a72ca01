"""The bare client: aiohttp posting the same bytes to the hub, and nothing else.

Run as `python -m tests.bench.client URL N IN_FLIGHT FILE`; prints messages a second and seconds of processor time.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import aiohttp

from tests.bench import loops
from tests.bench.processes import ROOT, python


def post(url: str, n: int, in_flight: int, payload: Path) -> float:
    """Messages a second that the bare client puts into the hub, in a process of its own."""
    command = python("tests.bench.client", url, n, in_flight, payload)
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=True)
    return float(json.loads(done.stdout))


async def _post(url: str, n: int, in_flight: int, payload: bytes) -> None:
    left, began = iter(range(n)), time.monotonic()

    async def work(session: aiohttp.ClientSession) -> None:
        for number in left:
            headers = {"content-type": "application/json", "webhook-id": f"bare-{number}"}
            async with session.post(url, data=payload, headers=headers) as answer:
                await answer.read()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as session:
        await asyncio.gather(*(work(session) for _ in range(in_flight)))
    sys.stdout.write(json.dumps(n / (time.monotonic() - began)))


if __name__ == "__main__":
    loops.run(_post(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]).read_bytes()))
