"""How a verb that writes reaches the store: through the gateway that owns it, or as its owner for now (settled 24)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import httpx2

from contracts.errors import StoreUnavailable
from gateway.config.catalogue import Catalogue
from gateway.doors.asked import Asked, Work
from gateway.doors.problems import error_in
from gateway.main import build
from gateway.settings import Settings
from gateway.store.lock import owner

Said = dict[str, Any]

_PATIENCE: Final = 300.0


def reach(
    settings: Settings,
    catalogue: Catalogue,
    path: str,
    asked: Asked,
    work: Work,
) -> Said:
    """What comes of it: as the gateway that runs answers at this path of its socket, or as `work` does it here.

    Raises GatewayError, StoreUnavailable among them.
    """
    if settings.store.startswith("sqlite"):
        running = owner(Path(settings.store.removeprefix("sqlite:///")))
        if running is not None and running.socket:
            return _through(running.socket, path, asked)

    async def here() -> Said:
        return await work(gateway, asked)

    with build(settings, catalogue) as gateway:
        return asyncio.run(here())


def _through(socket: str, path: str, asked: Asked) -> Said:
    transport = httpx2.HTTPTransport(uds=socket)
    try:
        with httpx2.Client(
            transport=transport, base_url="http://localhost", trust_env=False, timeout=_PATIENCE
        ) as client:
            response = client.post(path, content=json.dumps(dict(asked)))
        said: Said = response.json()
    except (httpx2.HTTPError, ValueError):
        raise StoreUnavailable("The gateway that owns the store did not answer. Try again: that is safe.") from None
    if response.status_code >= 400:
        raise error_in(said)
    return said
