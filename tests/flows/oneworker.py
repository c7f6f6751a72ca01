"""One worker as a process of its own, until SIGTERM. Words: URLs of writer, reader and hub, lease, window."""

from __future__ import annotations

import asyncio
import signal
import sys

from contracts.delivery import HubClass
from gateway.flows.delivery.forward import Forwarder
from gateway.store.engine import open_engine
from gateway.store.writer import Writer
from tests.flows.outbox import a_way_out, terms_for


async def work(writer: Writer, hub: str, lease: float, window: float) -> None:
    """Forward until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = {"url": hub, "hub_class": HubClass.A, "in_flight": 4}
    async with a_way_out() as way:
        terms = terms_for({"early_help": settings}, lease=lease, window=window)
        worker = Forwarder(writer, terms, way, poll=0.05, grace=1.0)
        running = asyncio.create_task(worker.run())
        await stop.wait()
        await worker.stop()
        await running


def main() -> None:
    """Open the store as a second process does, and work."""
    writer_url, reader_url, hub, lease, window = sys.argv[1:]
    opened = open_engine(writer_url, demo=False, reader_url=reader_url)
    writer = Writer(opened)
    writer.start()
    try:
        asyncio.run(work(writer, hub, float(lease), float(window)))
    finally:
        writer.stop()
        opened.close()


if __name__ == "__main__":
    main()
