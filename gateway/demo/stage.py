"""Where the demonstration plays: a whole gateway on this machine, its stub hubs, and a client at its door."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from contracts.council import Council
from gateway.demo.doors import Doors, in_force, on_stubs, stub_doors
from gateway.demo.sending import SENDERS, SenderName
from gateway.doors.api import create_app
from gateway.doors.serving import working
from gateway.flows.gateway import Gateway
from gateway.flows.policy.policies import publish_own, refresh_now
from gateway.main import build, load_checked
from gateway.path.calendar import LONDON, day_of
from gateway.settings import demo_settings, shipped_mappings


@dataclass(frozen=True, slots=True)
class Stage:
    """A running gateway.

    hubs    council and hub → the stub that stands for it
    client  an HTTP client for the gateway's own address
    """

    gateway: Gateway
    hubs: Doors
    client: httpx2.AsyncClient

    @property
    def today(self) -> date:
        """The gateway's day, in London."""
        return day_of(self.gateway.now())

    def council_of(self, sender: SenderName) -> Council:
        """The council this sender sends to."""
        return self.gateway.council(SENDERS[sender].council)

    async def post(
        self, sender: SenderName, path: str, content: bytes, media_type: str = "application/json", key: str = ""
    ) -> httpx2.Response:
        """Send as this sender, under this idempotency key."""
        headers = {"authorization": f"Bearer {SENDERS[sender].key}", "content-type": media_type}
        if key:
            headers["idempotency-key"] = key
        return await self.client.post(path, content=content, headers=headers)

    async def get(self, sender: SenderName, path: str) -> Any:
        """Ask as this sender."""
        answer = await self.client.get(path, headers={"authorization": f"Bearer {SENDERS[sender].key}"})
        answer.raise_for_status()
        return answer.json()


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """A gateway in this folder, as `gateway run --demo` builds it, on a port nobody uses. Raises ConfigError."""
    settings = demo_settings(folder, mappings=shipped_mappings(), reader_store="", host="127.0.0.1")
    catalogue = in_force(load_checked(settings.mappings), datetime.now(LONDON).date())
    async with AsyncExitStack() as stack:
        hubs = await stack.enter_async_context(stub_doors(catalogue, settings.secrets))
        catalogue = on_stubs(catalogue, {door: stub.url for door, stub in hubs.items()})
        gateway = stack.enter_context(build(settings, catalogue))
        publish_own(gateway)
        refresh_now(gateway)
        gateway = await stack.enter_async_context(working(gateway, alone=True))
        url = await stack.enter_async_context(answering(gateway))
        # No proxy of the environment has any business between two ends of one machine.
        client = httpx2.AsyncClient(base_url=url, trust_env=False, timeout=30)
        yield Stage(gateway, hubs, await stack.enter_async_context(client))


@asynccontextmanager
async def answering(gateway: Gateway) -> AsyncIterator[str]:
    """The HTTP door, at the address this gives."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(gateway), log_config=None, access_log=False, lifespan="off")
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[door]))
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


class _Server(uvicorn.Server):
    """Leaves signals alone: Ctrl-C ends the demonstration, and the door with it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
