"""A process that accepts as fast as it can and names on its output what it acknowledged, to be killed.

    python -m tests.store.load WRITER_URL READER_URL ROUNDS

forks a child for each round, kills it with SIGKILL at a random moment after its first acknowledgement, and starts the
next on the same store. The parent imports once, so that a round costs little more than opening the store.
"""

from __future__ import annotations

import asyncio
import os
import random
import select
import signal
import sys
import time

from gateway.store.engine import open_engine
from gateway.store.writer import Writer
from tests.store.writes import accept


def serve(url: str, reader_url: str, name: str, out: int) -> None:
    """Accept until killed. Each line is a key whose acceptance was acknowledged."""
    opened = open_engine(url, demo=False, reader_url=reader_url)
    writer = Writer(opened)
    writer.start()

    async def client(number: int) -> None:
        turn = 0
        while True:
            key = f"{name}-{number}-{turn}"
            await writer.submit(accept(key, answer=b"x" * 500))
            os.write(out, f"{key}\n".encode())
            turn += 1

    async def clients() -> None:
        await asyncio.gather(*(client(number) for number in range(16)))

    asyncio.run(clients())


def kill_one(url: str, reader_url: str, name: str) -> bytes:
    """What one child acknowledged before it was killed."""
    come, out = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(come)
        try:
            serve(url, reader_url, name, out)
        finally:
            os._exit(1)
    os.close(out)
    said = os.read(come, 65_536)
    until = time.monotonic() + random.uniform(0.001, 0.06)
    while (left := until - time.monotonic()) > 0:
        if select.select([come], [], [], left)[0]:
            said += os.read(come, 65_536)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(come, 65_536):
        said += more
    os.close(come)
    return said[: said.rfind(b"\n") + 1]


if __name__ == "__main__":
    for turn in range(int(sys.argv[3])):
        said = kill_one(sys.argv[1], sys.argv[2], f"round{turn}")
        sys.stdout.buffer.write(said)
        sys.stdout.flush()
        if not said:
            sys.exit(f"round {turn} acknowledged nothing")
