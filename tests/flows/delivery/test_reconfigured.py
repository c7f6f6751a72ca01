"""Hubs that are changed while messages go to them: each goes where its permit says, once, or waits (P17)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from contracts.delivery import HubClass
from gateway.demo.hub import StubHub
from gateway.flows.decisions.permit import Door, Permitted, Promised, Terms, door
from gateway.store.tables import DELIVERY, PERMIT
from gateway.store.transaction import Tx
from tests.conftest import Store
from tests.flows.outbox import (
    COUNCIL,
    a_stub,
    delivery,
    forwarding,
    hub_at,
    in_state,
    promise,
    rows,
    terms_for,
    until,
)


class DoorJudge:
    """What was promised at one door is decided again at another; here it may always go."""

    def __init__(self) -> None:
        self.asked_again: list[str] = []
        self.terms: Terms | None = None

    def inputs(self, tx: Tx, promised: Promised) -> str:
        assert self.terms is not None
        way = door(self.terms, promised.council, promised.hub)
        return way.digest if isinstance(way, Door) else "none"

    def redecide(self, tx: Tx, promised: Promised) -> Permitted:
        self.asked_again.append(promised.id)
        return Permitted(self.inputs(tx, promised), promised.payload, promised.digest)


def changing(**changes: Any) -> tuple[Terms, DoorJudge]:
    """Terms whose council can be changed while a worker goes by them."""
    judge = DoorJudge()
    terms = terms_for({"early_help": changes}, judge=judge)
    judge.terms = terms
    return terms, judge


def set_hub(terms: Terms, **changes: Any) -> None:
    """Configure the hub anew, as a council does under load."""
    council = terms.councils[COUNCIL]
    hub = replace(council.hubs["early_help"], **changes)
    terms.councils[COUNCIL] = replace(council, hubs={"early_help": hub})  # type: ignore[index]


def destination(terms: Terms) -> str:
    way = door(terms, COUNCIL, "early_help")
    assert isinstance(way, Door)
    return way.digest


def test_p17_a_hub_that_moves_under_load_gets_each_message_once_at_the_door_of_its_permit(store: Store) -> None:
    made = [promise(store, f"d-{n}") for n in range(40)]
    old, new = a_stub("slow", delay=0.05, drops_repeats=False), a_stub(drops_repeats=False)
    doors: dict[str, StubHub] = {}

    async def go() -> DoorJudge:
        async with old, new:
            terms, judge = changing(**hub_at(old, in_flight=4))
            doors[destination(terms)] = old
            async with forwarding(store, terms, grace=5):
                await until(lambda: len(old.arrivals) > 6)
                set_hub(terms, url=new.url)
                doors[destination(terms)] = new
                await until(in_state(store, made, "delivered"))
            return judge

    judge = asyncio.run(go())
    assert old.effects + new.effects == dict.fromkeys(made, 1)
    assert new.effects
    for row in rows(store, PERMIT):
        assert row.delivery in doors[row.destination].took
    assert set(new.took) <= set(judge.asked_again)


def test_a_hub_that_is_taken_away_under_load_keeps_what_was_promised_and_sends_it_nowhere(store: Store) -> None:
    made = [promise(store, f"d-{n}") for n in range(20)]
    stub = a_stub("slow", delay=0.05, drops_repeats=False)

    async def go() -> None:
        async with stub:
            terms, _ = changing(**hub_at(stub, in_flight=2))
            async with forwarding(store, terms, grace=5):
                await until(lambda: len(stub.arrivals) > 3)
                terms.councils[COUNCIL] = replace(terms.councils[COUNCIL], hubs={})  # type: ignore[index]
                ended = ("delivered", "held", "uncertain")
                await until(lambda: all(delivery(store, name).state in ended for name in made))

    asyncio.run(go())
    states = {row.id: (row.state, row.why) for row in rows(store, DELIVERY)}
    assert {why for state, why in states.values() if state == "held"} == {"hub_unknown"}
    assert set(stub.effects) == {name for name, (state, _) in states.items() if state != "held"}
    assert set(stub.effects.values()) == {1}


@pytest.mark.parametrize(("slots", "most"), [(1, 1), (3, 3)])
def test_slots_that_change_under_load_hold_from_the_next_claim_on(store: Store, slots: int, most: int) -> None:
    made = [promise(store, f"d-{n}") for n in range(24)]
    stub = a_stub("slow", delay=0.05)

    async def go() -> int:
        seen = 0
        async with stub:
            terms, _ = changing(**hub_at(stub, in_flight=8))
            async with forwarding(store, terms, grace=5) as worker:
                await until(lambda: len(stub.arrivals) > 7)
                set_hub(terms, in_flight=slots)
                await until(lambda: worker.under_way <= slots)
                while not in_state(store, made, "delivered")():
                    seen = max(seen, worker.under_way)
                    await asyncio.sleep(0.005)
        return seen

    assert asyncio.run(go()) <= most


def test_p13_what_was_promised_to_a_hub_that_drops_repeats_is_not_repeated_once_it_does_not(store: Store) -> None:
    made = [promise(store, f"d-{n}", hub_class=HubClass.A) for n in range(6)]
    stub = a_stub("slow", delay=0.3, drops_repeats=False)

    async def go() -> None:
        async with stub:
            terms, _ = changing(**hub_at(stub))
            async with forwarding(store, terms, grace=0.05):
                await until(lambda: len(stub.arrivals) == 6)
                set_hub(terms, hub_class=HubClass.C)

    asyncio.run(go())
    assert {delivery(store, name).state for name in made} == {"uncertain"}
    assert sorted(stub.took) == made
