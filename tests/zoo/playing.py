"""Plays the zoo to one gateway: every behaviour as a hub of each class, all at once, and tells what came of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from contracts.delivery import HubClass
from gateway.flows.connections.destinations import Destinations
from gateway.flows.connections.outbound import WayOut
from gateway.flows.connections.transport import CheckedTransport
from gateway.flows.decisions.permit import Terms
from gateway.flows.delivery.forward import Forwarder
from gateway.store.tables import ATTEMPT, DELIVERY, LANE, PERMIT
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.conftest import Store
from tests.flows.outbox import COUNCIL, DEADLINE, PATIENT, SECRET, promise, rows, terms_for
from tests.zoo.behaviours import HELD, ID, NOT_SENT, ZOO, Behaviour
from tests.zoo.certificates import tls_of
from tests.zoo.peer import Peer

LONGEST = 40.0
"""Seconds until everything must have come to an end, on a machine that is busy with something else."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one behaviour of one class of hub.

    results     result and why of each attempt, in order
    permits     of the message; wait: ms from the end of its first attempt until it was due again, None if it was not
    arrivals    requests with its content; effects: what the hub did about it
    neighbour   the state of a message about another child that was promised after the first attempt, "" for none;
    and_it      effects of that
    wrongs      of this hub: arrivals without a permit, messages for another hub, messages badly signed
    """

    results: list[list[str]]
    state: str
    permits: int
    wait: int | None
    arrivals: int
    effects: int
    neighbour: str
    and_it: int
    wrongs: list[int]


def hub_of(behaviour: Behaviour, hub_class: HubClass) -> str:
    """The hub that behaves so."""
    return f"{behaviour.name[:34]}_{hub_class.value}".lower()


def message_of(behaviour: Behaviour, hub_class: HubClass, neighbour: bool = False) -> str:
    """The id of the message that meets it, or of the one that comes after; all are equally long."""
    return f"{hub_of(behaviour, hub_class)}-{'n' if neighbour else 'm'}".ljust(ID, "0")


def play(store: Store, folder: Path) -> dict[str, Played]:
    """What came of each behaviour, by its hub."""
    quick, patient = [one for one in ZOO if one.quick], [one for one in ZOO if not one.quick]
    return asyncio.run(_played(store, folder, patient, PATIENT)) | asyncio.run(_played(store, folder, quick, DEADLINE))


async def _played(store: Store, folder: Path, behaviours: list[Behaviour], deadline: float) -> dict[str, Played]:
    cages = [(one, hub_class) for one in behaviours for hub_class in HubClass]
    async with AsyncExitStack() as stack:
        peers, hubs = {}, {}
        for one, hub_class in cages:
            name = hub_of(one, hub_class)
            tls = tls_of(one.tls, folder)
            mine = (message_of(one, hub_class), message_of(one, hub_class, True))
            sides = (tls.wrong, tls.right) if tls else (None, None)
            drops = hub_class is HubClass.A
            peers[name] = await stack.enter_async_context(Peer(one, mine, drops, _permits(store), SECRET, *sides))
            asks = {"ask": "/{id}"} if hub_class is HubClass.B else {}
            settings = asks | (tls.settings if tls else {})
            hubs[name] = {"url": peers[name].url, "hub_class": hub_class, "settings": settings}
        for one, other in zip(peers.values(), [*list(peers.values())[1:], next(iter(peers.values()))], strict=True):
            one.elsewhere = other.url
        for one, hub_class in cages:
            promise(store, message_of(one, hub_class), hub_of(one, hub_class))
        async with _worker(store, terms_for(hubs), deadline):
            waits = await _watched(store, cages, peers)
        return {hub_of(*cage): _came_of(store, cage, peers[hub_of(*cage)], waits) for cage in cages}


async def _watched(
    store: Store, cages: list[tuple[Behaviour, HubClass]], peers: dict[str, Peer]
) -> dict[str, int | None]:
    """See the first attempts, put right what can be, and have time pass until everything has come to an end."""
    firsts = {message_of(*cage) for cage in cages}
    waits: dict[str, int | None] = {}
    await _emptied(lambda: _untried(store, firsts, waits))
    for one, hub_class in cages:
        if one.comes_to & NOT_SENT:
            await peers[hub_of(one, hub_class)].heal()
    after = [cage for cage in cages if cage[0].comes_to != HELD]
    for cage in after:
        promise(store, message_of(*cage, True), hub_of(*cage))
    everything = firsts | {message_of(*cage, True) for cage in after}
    await _emptied(lambda: _going_on(store, everything))
    _pass_time(store)
    await asyncio.sleep(0.3)
    return waits


def _untried(store: Store, names: set[str], waits: dict[str, int | None]) -> set[str]:
    """Which of these no attempt was kept of. Notes for how long the others wait for their second."""
    first = {row.delivery: row.ended_at for row in rows(store, ATTEMPT) if row.fence == 1}
    for row in rows(store, DELIVERY, DELIVERY.c.state == "due", DELIVERY.c.attempts == 1):
        if row.id in names & first.keys():
            waits.setdefault(row.id, row.due_at - first[row.id])
    return names - first.keys()


def _going_on(store: Store, names: set[str]) -> set[str]:
    """Which of these a machine still does something about; time has passed for them."""
    waiting = {row.id for row in rows(store, DELIVERY) if row.id in names and row.state in ("due", "sending")}
    if waiting:
        _pass_time(store)
    return waiting


def _pass_time(store: Store) -> None:
    """What waits for a later time is due now."""
    due = update(DELIVERY).where(DELIVERY.c.state == "due").values(due_at=0)
    lanes = update(LANE).where(LANE.c.state == "open").values(open_at=0)

    def work(tx: Tx) -> None:
        tx.execute(due)
        tx.execute(lanes)

    store.writer.run(Write(work))


async def _emptied(left: Callable[[], set[str]]) -> None:
    """Wait until nothing is left. Fails by naming what is."""
    end = time.monotonic() + LONGEST
    while names := await asyncio.to_thread(left):
        assert time.monotonic() < end, sorted(names)
        await asyncio.sleep(0.1)


@asynccontextmanager
async def _worker(store: Store, terms: Terms, deadline: float) -> AsyncIterator[None]:
    transport = CheckedTransport(Destinations(demo=True))
    worker = Forwarder(store.writer, terms, WayOut(transport, deadline, 0.02, demo=True), poll=0.05, grace=1.0)
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop()
        await running
        await transport.aclose()


def _permits(store: Store) -> Callable[[str], int]:
    def count(name: str) -> int:
        with store.opened.read(COUNCIL) as connection:
            asked = select(func.count()).select_from(PERMIT).where(PERMIT.c.delivery == name)
            return int(connection.execute(asked).scalar_one())

    return count


def _came_of(store: Store, cage: tuple[Behaviour, HubClass], peer: Peer, waits: dict[str, int | None]) -> Played:
    name, neighbour = message_of(*cage), message_of(*cage, True)
    tried: list[Any] = sorted(rows(store, ATTEMPT, ATTEMPT.c.delivery == name), key=lambda row: row.fence)
    states = {row.id: row.state for row in rows(store, DELIVERY, DELIVERY.c.id.in_([name, neighbour]))}
    return Played(
        results=[[row.result, row.why] for row in tried],
        state=states[name],
        permits=len(rows(store, PERMIT, PERMIT.c.delivery == name)),
        wait=waits.get(name),
        arrivals=peer.arrivals[name],
        effects=peer.effects[name],
        neighbour=states.get(neighbour, ""),
        and_it=peer.effects[neighbour],
        wrongs=[peer.unpermitted, peer.strays, peer.unsigned],
    )
