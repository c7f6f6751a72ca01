"""The worker as it runs: woken, stopped, cut short, and met by a store that cannot write; on both stores."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from contracts.delivery import HubClass
from contracts.errors import StoreUnavailable
from gateway.demo.hub import Behaviour
from gateway.flows.delivery.forward import Forwarder
from gateway.store.engine import open_engine
from gateway.store.tables import ATTEMPT, ENTRY, PERMIT
from gateway.store.writer import Write, Writer
from tests.conftest import Store
from tests.flows.outbox import (
    a_stub,
    a_way_out,
    attempts,
    change,
    delivery,
    forwarding,
    hub_at,
    in_state,
    permits,
    promise,
    rows,
    state,
    terms_for,
    until,
    withdraw,
)


def test_everything_promised_is_delivered_once(store: Store) -> None:
    made = [promise(store, f"d-{n}") for n in range(60)]
    stub = a_stub(drops_repeats=False)

    async def go() -> None:
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub, HubClass.C)})):
            await until(in_state(store, made, "delivered"))

    asyncio.run(go())
    assert stub.effects == dict.fromkeys(made, 1)
    counted = [len(rows(store, table)) for table in (PERMIT, ATTEMPT)]
    assert counted == [60, 60]
    assert sorted(row.type for row in rows(store, ENTRY)) == ["attempt"] * 60 + ["permit"] * 60


def test_a_worker_that_is_woken_does_not_wait_for_its_next_look(store: Store) -> None:
    async def go() -> float:
        async with a_stub() as stub, forwarding(store, terms_for({"early_help": hub_at(stub)}), poll=30) as worker:
            await asyncio.sleep(0.2)
            promise(store, "d-1")
            started = time.monotonic()
            worker.wake()
            await until(in_state(store, ["d-1"], "delivered"))
            return time.monotonic() - started

    assert asyncio.run(go()) < 2


def test_a_worker_that_nobody_wakes_looks_by_itself(store: Store) -> None:
    async def go() -> None:
        async with a_stub() as stub, forwarding(store, terms_for({"early_help": hub_at(stub)}), poll=0.05):
            await asyncio.sleep(0.2)
            promise(store, "d-1")
            await until(in_state(store, ["d-1"], "delivered"))

    asyncio.run(go())


@asynccontextmanager
async def a_second_writer(store: Store) -> AsyncIterator[Writer]:
    """Another process's writer, where the store allows one: a SQLite file has a single owner (settled 24)."""
    if store.kind == "sqlite":
        yield store.writer
        return
    opened = open_engine(store.url, demo=False, reader_url=store.reader_url)
    writer = Writer(opened)
    writer.start()
    try:
        yield writer
    finally:
        await asyncio.to_thread(writer.stop)
        opened.close()


def test_two_workers_deliver_everything_once_between_them(store: Store) -> None:
    made = [promise(store, f"d-{n}", subject=f"child-{n % 7}") for n in range(40)]
    stub = a_stub(drops_repeats=False)

    async def go() -> None:
        async with stub, a_second_writer(store) as second:
            terms = terms_for({"early_help": hub_at(stub, HubClass.C, in_flight=4)})
            async with forwarding(store, terms), forwarding(store, terms, writer=second):
                await until(in_state(store, made, "delivered"), 10)

    asyncio.run(go())
    assert stub.effects == dict.fromkeys(made, 1)
    for child in range(7):
        mine = [name for name in stub.took if int(name[2:]) % 7 == child]
        assert mine == sorted(mine, key=lambda name: int(name[2:]))


# Stopping -------------------------------------------------------------------------------------------------------------


def test_stopping_lets_what_is_under_way_finish(store: Store) -> None:
    promise(store, "d-1")

    async def go() -> None:
        async with a_stub("slow", delay=0.15) as stub, forwarding(store, terms_for({"early_help": hub_at(stub)})):
            await until(lambda: len(stub.arrivals) == 1)

    asyncio.run(go())
    assert state(store, "d-1") == ("delivered", "")


@pytest.mark.parametrize(("hub_class", "became"), [(HubClass.A, "due"), (HubClass.C, "uncertain")])
def test_what_does_not_finish_in_time_is_cut_and_settled_as_doubtful(
    store: Store, hub_class: HubClass, became: str
) -> None:
    promise(store, "d-1")

    async def go() -> float:
        async with a_stub("slow", delay=0.5) as stub:
            async with forwarding(store, terms_for({"early_help": hub_at(stub, hub_class)}), grace=0.05):
                await until(lambda: len(stub.arrivals) == 1)
                started = time.monotonic()
            return time.monotonic() - started

    assert asyncio.run(go()) < 1
    assert attempts(store, "d-1") == [("uncertain", "stopped")]
    assert delivery(store, "d-1").state == became


def test_a_stopped_worker_takes_nothing_more(store: Store) -> None:
    async def go() -> list[str]:
        async with a_stub() as stub:
            async with forwarding(store, terms_for({"early_help": hub_at(stub)})) as worker:
                await worker.stop()
                promise(store, "d-1")
                worker.wake()
                await asyncio.sleep(0.2)
            return stub.took

    assert asyncio.run(go()) == []
    assert state(store, "d-1") == ("due", "")


def test_p12_a_withdrawal_cuts_what_is_being_sent_and_nothing_follows(store: Store) -> None:
    promise(store, "d-1")
    promise(store, "d-2")

    async def go() -> list[str]:
        async with a_stub("slow", delay=0.5) as stub:
            async with forwarding(store, terms_for({"early_help": hub_at(stub)})) as worker:
                await until(lambda: len(stub.arrivals) == 2)
                withdraw(store, "d-1")
                assert worker.cut("r-d-1") == 1
                await until(lambda: attempts(store, "d-1") != [])
            return stub.took

    assert sorted(asyncio.run(go())) == ["d-1", "d-2"]
    assert attempts(store, "d-1") == [("uncertain", "stopped")]
    assert attempts(store, "d-2") == [("delivered", "acknowledged")]


@pytest.mark.parametrize(("hub_class", "became"), [(HubClass.A, "due"), (HubClass.C, "uncertain")])
def test_p12_a_withdrawal_at_another_process_cuts_what_is_being_sent_here(
    store: Store, hub_class: HubClass, became: str
) -> None:
    """Nobody tells this worker: it sees within a moment that the family has said something else."""
    promise(store, "d-1")
    promise(store, "d-2")
    stub = a_stub("slow", delay=1.5)

    async def go() -> float:
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub, hub_class)}), grace=5):
            await until(lambda: len(stub.arrivals) == 2)
            withdraw(store, "d-1")
            started = time.monotonic()
            await until(lambda: attempts(store, "d-1") != [])
            return time.monotonic() - started

    assert asyncio.run(go()) < 1.2
    assert attempts(store, "d-1") == [("uncertain", "stopped")]
    assert delivery(store, "d-1").state == became
    assert attempts(store, "d-2") == [("delivered", "acknowledged")]


def test_p12_what_was_withdrawn_on_its_way_is_never_tried_again(store: Store) -> None:
    promise(store, "d-1")
    stub = a_stub("slow", delay=1.0)

    async def go() -> None:
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub)})):
            await until(lambda: len(stub.arrivals) == 1)
            withdraw(store, "d-1")
            await until(in_state(store, ["d-1"], "due"))
            change(store, "d-1", due_at=0)
            await until(in_state(store, ["d-1"], "held"))

    asyncio.run(go())
    assert (state(store, "d-1"), stub.took) == (("held", "agreement_withdrawn"), ["d-1"])


@pytest.mark.parametrize("kind", ["divert", "notice"])
def test_p12_neither_a_safeguarding_contact_nor_a_notice_is_cut(store: Store, kind: str) -> None:
    promise(store, "d-1", kind=kind)
    stub = a_stub("slow", delay=0.6)

    async def go() -> None:
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub)}), grace=5) as worker:
            await until(lambda: len(stub.arrivals) == 1)
            withdraw(store, "d-1")
            assert worker.cut("r-d-1") == 0
            await until(in_state(store, ["d-1"], "delivered"))

    asyncio.run(go())
    assert attempts(store, "d-1") == [("delivered", "acknowledged")]


# The two seconds ------------------------------------------------------------------------------------------------------


def test_p8_a_permit_that_was_not_spent_in_time_carries_nothing(store: Store) -> None:
    promise(store, "d-1")
    stub = a_stub()

    async def go() -> None:
        async with stub, forwarding(store, replace(terms_for({"early_help": hub_at(stub)}), window=-1.0)):
            await until(lambda: attempts(store, "d-1") != [])

    asyncio.run(go())
    assert stub.took == []
    assert attempts(store, "d-1")[0][0] == "not_sent"
    assert delivery(store, "d-1").state == "due"


def test_a_hub_that_is_down_costs_no_doubt(store: Store) -> None:
    promise(store, "d-1")

    async def go() -> None:
        async with a_stub() as stub:
            await stub.down()
            async with forwarding(store, terms_for({"early_help": hub_at(stub, HubClass.C)})):
                await until(lambda: attempts(store, "d-1") != [])

    asyncio.run(go())
    assert attempts(store, "d-1") == [("not_sent", "connect")]
    assert state(store, "d-1") == ("due", "connect")


@pytest.mark.parametrize("behaviour", ["unauthorised", "moved", "gone"])
def test_a_changed_door_gets_one_message_and_no_more(store: Store, behaviour: Behaviour) -> None:
    for n in range(6):
        promise(store, f"d-{n}")
    stub = a_stub(behaviour)

    async def go() -> None:
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub, in_flight=1)})):
            await until(in_state(store, ["d-0"], "held"))
            await asyncio.sleep(0.2)

    asyncio.run(go())
    assert (len(stub.arrivals), stub.elsewhere) == (1, 0)


def test_a_message_that_cannot_be_written_is_left_to_a_person_and_sends_nothing(store: Store) -> None:
    """A dot in the id would blur what is signed."""
    promise(store, "d.1")
    promise(store, "d-2")
    stub = a_stub()

    async def go() -> None:
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub)})):
            await until(in_state(store, ["d-2"], "delivered"))
            await until(in_state(store, ["d.1"], "dead"))

    asyncio.run(go())
    assert stub.took == ["d-2"]


# A store that cannot write --------------------------------------------------------------------------------------------


class Shut:
    """A writer in front of the real one that is shut for a while: a full disk, a lost connection."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.shut, self.refused = writer, False, 0

    async def submit(self, write: Write[Any]) -> Any:
        if self.shut:
            self.refused += 1
            raise StoreUnavailable
        return await self.writer.submit(write)


def test_what_cannot_be_settled_now_is_settled_when_the_store_is_back(store: Store) -> None:
    promise(store, "d-1")
    promise(store, "d-2", due_at=2**42)

    async def go() -> int:
        door = Shut(store.writer)
        async with a_stub("slow", delay=0.15) as stub, a_way_out() as way:
            worker = Forwarder(door, terms_for({"early_help": hub_at(stub)}), way, poll=0.05)  # type: ignore[arg-type]
            running = asyncio.create_task(worker.run())
            await until(lambda: len(stub.arrivals) == 1)
            door.shut = True
            await until(lambda: worker.under_way == 0 and door.refused > 3)
            assert state(store, "d-1")[0] == "sending"
            door.shut = False
            await until(in_state(store, ["d-1"], "delivered"))
            await worker.stop()
            await running
            return len(stub.arrivals)

    assert asyncio.run(go()) == 1
    assert len(permits(store, "d-1")) == 1


def test_stopping_does_not_wait_for_a_store_that_never_answers(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck:
        async def submit(self, write: Write[Any]) -> Any:
            await asyncio.Event().wait()

    monkeypatch.setattr("gateway.flows.delivery.forward.LAST_WORDS", 0.1)

    async def go() -> float:
        async with a_way_out() as way:
            worker = Forwarder(Stuck(), terms_for({"early_help": {}}), way, grace=0.1)  # type: ignore[arg-type]
            running = asyncio.create_task(worker.run())
            await asyncio.sleep(0.05)
            started = time.monotonic()
            await worker.stop()
            with pytest.raises(asyncio.CancelledError):
                await running
            return time.monotonic() - started

    assert asyncio.run(go()) < 1
