"""Stub hubs for every door of every council, so that a demonstration can deliver without reaching anyone."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from contracts.delivery import HubClass
from gateway.config.catalogue import Catalogue
from gateway.demo.hub import StubHub

IN_FLIGHT: Final = 32
"""Messages on their way to one stub at once."""

Doors = Mapping[tuple[str, str], StubHub]
"""Council and hub → the stub that stands for it."""


@asynccontextmanager
async def stub_doors(catalogue: Catalogue, secrets: Path) -> AsyncIterator[Doors]:
    """A stub hub on loopback for each hub of each council, checking signatures."""
    make_secrets(catalogue, secrets)
    async with AsyncExitStack() as stack:
        yield {
            (council.name, hub.name): await stack.enter_async_context(
                StubHub(secrets=tuple((secrets / name).read_text().strip() for name in hub.secrets))
            )
            for council in catalogue.councils.values()
            for hub in council.hubs.values()
        }


def on_stubs(catalogue: Catalogue, urls: Mapping[tuple[str, str], str]) -> Catalogue:
    """The same catalogue with every hub at a stub's address, confirmed, and known to drop repeats at any rate."""
    return replace(
        catalogue,
        councils={
            name: replace(
                council,
                hubs={
                    hub.name: replace(
                        hub, url=urls[name, hub.name], confirmed=True, hub_class=HubClass.A, in_flight=IN_FLIGHT
                    )
                    for hub in council.hubs.values()
                },
            )
            for name, council in catalogue.councils.items()
        },
    )


def in_force(catalogue: Catalogue, today: date) -> Catalogue:
    """The same catalogue with every sender's agreement and notice in force for a year: a demonstration does not age."""
    until = today + timedelta(days=365)
    return replace(
        catalogue,
        councils={
            name: replace(
                council,
                senders={
                    sender: replace(registration, agreement_until=until, notice_until=until)
                    for sender, registration in council.senders.items()
                },
            )
            for name, council in catalogue.councils.items()
        },
    )


def make_secrets(catalogue: Catalogue, folder: Path) -> None:
    """A random signing secret for each hub that has none here yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for council in catalogue.councils.values():
        for name in (secret for hub in council.hubs.values() for secret in hub.secrets):
            path = folder / name
            if not path.exists():
                # Whole or not at all: a secret half written by a killed process would be kept for good.
                draft = path.with_name(f"{name}.{os.getpid()}.new")
                draft.touch(mode=0o600)
                draft.write_text(f"whsec_{b64encode(os.urandom(32)).decode()}\n", encoding="ascii")
                draft.rename(path)
