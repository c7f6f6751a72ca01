"""The demonstration three weeks on: a copy of its store, its messages and tasks ended, at an address of its own.

Its councils keep what senders wrote for two weeks, and the log opens with what is a month old at most. In Tower Hamlets
and Hull everything that was due has been disposed of by two people; the other councils are as they were left.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from contracts.retention import read_formula
from gateway.demo.stage import answering
from gateway.flows.acting import acting, may_act
from gateway.flows.data_protection import retaining
from gateway.flows.gateway import Gateway
from gateway.main import build
from gateway.settings import demo_settings, shipped_mappings
from gateway.store import backup
from gateway.store.tables import CLOCK, DECISION, DELIVERY
from gateway.store.writer import Write
from tests.browser.conftest import Played

DAYS = 21
DISPOSED = ("tower_hamlets", "hull")
KEPT = "An inquiry has asked for it, and it is kept until that ends."


@dataclass(frozen=True)
class Later:
    """The gateway of the copy, and its address."""

    gateway: Gateway
    url: str


@pytest.fixture(scope="session")
def later(played: Played, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Later]:
    """Once for all tests that look back."""
    folder, then = tmp_path_factory.mktemp("later"), played.stage.gateway.settings
    copy = folder / "copy"
    backup.create(then.store, copy)
    shutil.copy(copy / backup.COPY, folder / "gateway.db")
    for name in ("keys", "secrets"):
        shutil.copytree(getattr(then, name), folder / name)
    settings = demo_settings(folder, mappings=shipped_mappings(), reader_store="", host="127.0.0.1")
    catalogue = played.stage.gateway.catalogue
    kept = {"request": read_formula("DELIVERED+14d"), "held_request": read_formula("DELIVERED+14d")}
    schedules = {name: replace(one, after={**one.after, **kept}) for name, one in catalogue.schedules.items()}
    with build(settings, replace(catalogue, schedules=schedules)) as built:
        ahead = replace(built, now=_then)
        built.writer._clock = _then  # the store's time too: a session is as old as both say
        built.writer.run(Write(_end))
        with _served(ahead) as url:
            yield Later(ahead, url)


def _then() -> int:
    return time.time_ns() // 1_000_000 + DAYS * 86_400_000


def _end(tx: Any) -> None:
    """Nothing is sent any more, and nobody is waited for."""
    tx.execute(DELIVERY.update().where(DELIVERY.c.ended_at.is_(None)).values(state="delivered", ended_at=DELIVERY.c.at))
    tx.execute(CLOCK.update().where(CLOCK.c.state == "running").values(state="stopped", ended_at=tx.now))
    tx.execute(DECISION.update().where(DECISION.c.state == "open").values(state="closed"))


async def _dispose(gateway: Gateway, council: str) -> None:
    """Two people dispose of all that is due but one, which is held."""
    home = gateway.council(council)
    lead, officer = (acting(home, may_act(home, role)[0], role) for role in ("ig_lead", "data_protection_officer"))
    due = (await retaining.listed(gateway, lead, {}))["due"]
    held = due[-1]
    asked = {"referral": held["referral"], "record": held["record"], "review": "2030-01-01", "reason": KEPT}
    await retaining.hold(gateway, lead, asked)
    made = await retaining.propose(gateway, lead, {})
    done = await retaining.confirm(gateway, officer, {"list": made["list"]})
    assert len(done["disposed"]) == len(due) - 1


@contextmanager
def _served(gateway: Gateway) -> Iterator[str]:
    """The HTTP door of this gateway once all is disposed of, in a thread of its own. Its address."""
    up, stop, urls = threading.Event(), threading.Event(), list[str]()

    async def serve() -> None:
        for council in DISPOSED:
            await _dispose(gateway, council)
        await gateway.writer.submit(gateway.sealer.seal_now())
        async with answering(gateway) as url:
            urls.append(url)
            up.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="later")
    thread.start()
    try:
        assert up.wait(30)
        yield urls[0]
    finally:
        stop.set()
        thread.join(30)
