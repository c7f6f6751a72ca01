"""E10: the family says no at each step of one message, and not a byte more leaves than had left; on both stores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from contracts.delivery import HubClass
from contracts.errors import StoreUnavailable
from gateway.flows.connections.destinations import Destinations
from gateway.flows.connections.outbound import WayOut
from gateway.flows.connections.transport import CheckedTransport
from gateway.flows.delivery.forward import Forwarder
from gateway.store.writer import Write, Writer
from tests.conftest import Store
from tests.flows.outbox import (
    PATIENT,
    a_stub,
    attempts,
    change,
    delivery,
    forwarding,
    hub_at,
    in_state,
    permits,
    promise,
    state,
    terms_for,
    until,
    withdraw,
)


class Waiting(httpx2.AsyncBaseTransport):
    """Waits before the first byte of each request until it is let on, as a busy machine does."""

    def __init__(self) -> None:
        self.inner, self.begun, self.on = CheckedTransport(Destinations(demo=True)), asyncio.Event(), asyncio.Event()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.begun.set()
        await self.on.wait()
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


class Shut:
    """A writer in front of the real one that is shut for a while."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.shut = writer, False

    async def submit(self, write: Write[Any]) -> Any:
        if self.shut:
            raise StoreUnavailable
        return await self.writer.submit(write)


@asynccontextmanager
async def sending(
    writer: Any, hub: dict[str, Any], transport: httpx2.AsyncBaseTransport | None = None
) -> AsyncIterator[Forwarder]:
    """A worker that is running, with this writer and this way out."""
    transport = transport or CheckedTransport(Destinations(demo=True))
    way = WayOut(transport, PATIENT, 0.02, demo=True)
    worker = Forwarder(writer, terms_for({"early_help": hub}), way, poll=0.05, grace=1.0)
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        await worker.stop()
        await running
        await transport.aclose()


async def tried_again(store: Store) -> None:
    """Its time comes again, as often as anybody likes."""
    for _ in range(3):
        if delivery(store, "d-1").state == "due":
            change(store, "d-1", due_at=0)
        await asyncio.sleep(0.1)


CLASSES = pytest.mark.parametrize("hub_class", list(HubClass), ids=lambda one: f"class {one.value}")


@CLASSES
def test_e10_before_the_claim_no_byte_leaves(store: Store, hub_class: HubClass) -> None:
    promise(store, "d-1")
    withdraw(store, "d-1")

    async def go() -> list[str]:
        async with a_stub() as stub, forwarding(store, terms_for({"early_help": hub_at(stub, hub_class)})):
            await until(in_state(store, ["d-1"], "held"))
            await tried_again(store)
            return stub.took

    assert asyncio.run(go()) == []
    assert (state(store, "d-1"), permits(store, "d-1")) == (("held", "agreement_withdrawn"), [])


@CLASSES
def test_e10_between_the_claim_and_the_first_byte_no_byte_leaves(store: Store, hub_class: HubClass) -> None:
    promise(store, "d-1")

    async def go() -> list[str]:
        waiting = Waiting()
        async with a_stub() as stub, sending(store.writer, hub_at(stub, hub_class), waiting):
            await waiting.begun.wait()
            withdraw(store, "d-1")
            await until(lambda: attempts(store, "d-1") != [])
            waiting.on.set()
            await tried_again(store)
            return stub.took

    assert asyncio.run(go()) == []
    assert attempts(store, "d-1") == [("not_sent", "stopped")]
    assert state(store, "d-1") == ("held", "agreement_withdrawn")


@CLASSES
def test_e10_while_connecting_no_byte_leaves(store: Store, hub_class: HubClass) -> None:
    """The hub accepts the connection and takes its time over TLS."""
    promise(store, "d-1")
    got = bytearray()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while more := await reader.read(4_096):
            got.extend(more)
        writer.close()

    async def go() -> None:
        server = await asyncio.start_server(slow, "127.0.0.1", 0)
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/in"
        async with sending(store.writer, {"url": url, "hub_class": hub_class}):
            await until(lambda: bool(got))
            withdraw(store, "d-1")
            await until(lambda: attempts(store, "d-1") != [])
            await tried_again(store)
        server.close()

    asyncio.run(go())
    assert attempts(store, "d-1") == [("not_sent", "stopped")]
    assert state(store, "d-1") == ("held", "agreement_withdrawn")
    assert b"Fernsby" not in got
    assert b"webhook" not in got


ASK = {"settings": {"ask": "/{id}"}}


@pytest.mark.parametrize(
    ("hub_class", "more", "became"),
    [(HubClass.A, {}, "held"), (HubClass.B, ASK, "held"), (HubClass.B, {}, "uncertain"), (HubClass.C, {}, "uncertain")],
)
def test_e10_after_content_began_it_is_cut_and_nothing_follows(
    store: Store, hub_class: HubClass, more: dict[str, Any], became: str
) -> None:
    """A hub of class B that says nowhere where it can be asked counts as one of class C."""
    promise(store, "d-1")

    async def go() -> list[str]:
        async with a_stub("slow", delay=5.0) as stub, sending(store.writer, hub_at(stub, hub_class, **more)):
            await until(lambda: len(stub.arrivals) == 1)
            withdraw(store, "d-1")
            await until(lambda: attempts(store, "d-1") != [])
            await tried_again(store)
            return stub.took

    assert asyncio.run(go()) == ["d-1"]
    assert attempts(store, "d-1") == [("uncertain", "stopped")]
    assert delivery(store, "d-1").state == became


@CLASSES
def test_e10_after_the_acknowledgement_and_before_it_is_kept_it_is_told_as_delivered(
    store: Store, hub_class: HubClass
) -> None:
    """The hub has it: to say anything else would be false comfort. Its notice is another matter."""
    promise(store, "d-1")
    settled = settle_after_a_withdrawal(store, hub_class)
    assert settled == ["d-1"]
    assert attempts(store, "d-1") == [("delivered", "acknowledged")]
    assert state(store, "d-1") == ("delivered", "")


def settle_after_a_withdrawal(store: Store, hub_class: HubClass) -> list[str]:
    """What a hub took whose answer is kept only after the family has said no."""

    async def go() -> list[str]:
        door = Shut(store.writer)
        async with a_stub("slow", delay=0.1) as stub, sending(door, hub_at(stub, hub_class)) as worker:
            await until(lambda: len(stub.arrivals) == 1)
            door.shut = True
            await until(lambda: worker.under_way == 0)
            withdraw(store, "d-1")
            door.shut = False
            await until(in_state(store, ["d-1"], "delivered"))
            await tried_again(store)
            return stub.took

    return asyncio.run(go())


@CLASSES
def test_e10_after_it_was_settled_it_is_never_sent_again(store: Store, hub_class: HubClass) -> None:
    promise(store, "d-1")

    async def go() -> list[str]:
        async with a_stub() as stub, sending(store.writer, hub_at(stub, hub_class)):
            await until(in_state(store, ["d-1"], "delivered"))
            withdraw(store, "d-1")
            await tried_again(store)
            return stub.took

    assert asyncio.run(go()) == ["d-1"]
    assert (state(store, "d-1"), len(permits(store, "d-1"))) == (("delivered", ""), 1)
