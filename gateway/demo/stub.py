"""One stub hub in a process of its own, for trying out several workers: python -m gateway.demo.stub 8081."""

from __future__ import annotations

import asyncio
import signal
import sys

from gateway.demo.hub import StubHub


async def stand(port: int) -> None:
    """Take whatever comes to http://127.0.0.1:port/in, whoever signed it, until a signal comes."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    hub = StubHub()
    hub.port = port
    async with hub:
        sys.stderr.write(f"A stub hub takes everything at {hub.url}. Stop with Ctrl-C.\n")
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(stand(int(sys.argv[1])))
