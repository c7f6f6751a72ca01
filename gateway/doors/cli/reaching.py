"""How a verb that writes reaches the store: through the gateway that owns it, or as its owner for now (settled 24)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    with reaching(settings, catalogue) as ask:
        return ask(path, asked, work)


@contextmanager
def reaching(settings: Settings, catalogue: Catalogue) -> Iterator[Callable[[str, Asked, Work], Said]]:
    """The same for several questions: what one of them begins goes on while the next ones are asked."""
    running = owner(Path(settings.store.removeprefix("sqlite:///"))) if settings.store.startswith("sqlite") else None
    if running is not None and running.socket:
        socket = running.socket
        yield lambda path, asked, work: _through(socket, path, asked)
        return
    with build(settings, catalogue) as gateway, asyncio.Runner() as runner:

        async def here(work: Work, asked: Asked) -> Said:
            return await work(gateway, asked)

        yield lambda path, asked, work: runner.run(here(work, asked))


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
