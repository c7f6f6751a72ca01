"""A hub that may have a message is asked before anything is sent again (P13, class B); on both stores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from contracts.delivery import HubClass, Result
from gateway.demo.hub import StubHub
from gateway.flows.decisions.doubt import class_of
from gateway.path.schedule import MOST_ATTEMPTS
from tests.builders import a_hub
from tests.conftest import Store
from tests.flows.outbox import (
    a_stub,
    attempts,
    change,
    claim_now,
    forwarding,
    hub_at,
    in_state,
    promise,
    state,
    terms_for,
    until,
)

B = HubClass.B
ASK = {"settings": {"ask": "/{id}"}}


def forwarded(store: Store, stub: StubHub, *then: Callable[[], Awaitable[None]], **hub: Any) -> None:
    """A worker against this hub, while each of these is done in turn."""

    async def go() -> None:
        async with stub:
            terms = terms_for({"early_help": hub_at(stub, **{"hub_class": B} | ASK | hub)})
            async with forwarding(store, terms):
                for one in then:
                    await one()

    asyncio.run(go())


def tried(store: Store, times: int) -> Callable[[], Awaitable[None]]:
    """So many attempts at d-1, each as soon as it is due."""

    async def go() -> None:
        for n in range(1, times + 1):
            await until(lambda n=n: len(attempts(store, "d-1")) == n)  # type: ignore[misc]
            if n < times:
                change(store, "d-1", due_at=0)

    return go


def test_p13_what_the_hub_says_it_has_is_delivered_and_not_sent_again(store: Store) -> None:
    promise(store, "d-1")
    stub = a_stub("ok", script=["reset"], drops_repeats=False)
    forwarded(store, stub, tried(store, 2))
    assert state(store, "d-1") == ("delivered", "")
    assert attempts(store, "d-1") == [("uncertain", "reset"), ("delivered", "had_it")]
    assert (stub.took, stub.asked, stub.effects["d-1"]) == (["d-1"], ["d-1"], 1)


def test_p13_a_clear_no_lets_it_be_sent_again(store: Store) -> None:
    promise(store, "d-1")
    stub = a_stub("ok", script=["deaf"], drops_repeats=False)
    forwarded(store, stub, tried(store, 2))
    assert attempts(store, "d-1") == [("uncertain", "reset"), ("delivered", "acknowledged")]
    assert (stub.asked, stub.effects["d-1"]) == (["d-1"], 1)


def test_p13_no_answer_leaves_it_in_doubt_and_it_is_asked_again(store: Store) -> None:
    promise(store, "d-1")
    stub = a_stub("ok", script=["reset"], drops_repeats=False)
    stub.answers = False
    forwarded(store, stub, tried(store, 3))
    assert state(store, "d-1") == ("due", "doubtful")
    assert attempts(store, "d-1")[1:] == [("uncertain", "no_answer_to_ask")] * 2
    assert (stub.took, stub.asked) == (["d-1"], ["d-1", "d-1"])


def test_p13_a_person_decides_when_nobody_ever_answered(store: Store) -> None:
    promise(store, "d-1", attempts=MOST_ATTEMPTS - 1, rungs=MOST_ATTEMPTS - 1)
    stub = a_stub("reset", drops_repeats=False)
    forwarded(store, stub, lambda: until(in_state(store, ["d-1"], "uncertain")))
    assert attempts(store, "d-1") == [("uncertain", "reset")]


def test_p13_doubt_outlives_a_hold(store: Store) -> None:
    """It was held between two attempts, and what it waits for no longer says that it was uncertain."""
    promise(store, "d-1")
    stub = a_stub("ok", script=["reset"], drops_repeats=False)

    async def held_and_released() -> None:
        await until(in_state(store, ["d-1"], "due"))
        change(store, "d-1", state="held", why="secret_missing")
        change(store, "d-1", state="due", why="", due_at=0)

    forwarded(
        store,
        stub,
        lambda: until(lambda: attempts(store, "d-1") != []),
        held_and_released,
        lambda: until(in_state(store, ["d-1"], "delivered")),
    )
    assert (stub.took, stub.effects["d-1"]) == (["d-1"], 1)


def test_p13_an_attempt_that_never_left_is_not_asked_about(store: Store) -> None:
    promise(store, "d-1")
    stub = a_stub("ok", script=["busy"])
    forwarded(store, stub, tried(store, 2))
    assert (stub.asked, state(store, "d-1")) == ([], ("delivered", ""))


def test_p13_a_doubtful_one_is_held_once_its_hub_can_no_longer_be_asked(store: Store) -> None:
    promise(store, "d-1", why="doubtful", attempts=1)
    assert claim_now(store, terms_for({"early_help": {"hub_class": B}})) == ()
    assert state(store, "d-1") == ("held", "doubtful_before")


@pytest.mark.parametrize(
    ("hub", "counts_as"),
    [
        ({"hub_class": B}, HubClass.C),
        ({"hub_class": B} | ASK, B),
        ({"hub_class": HubClass.A}, HubClass.A),
        ({"hub_class": HubClass.A, "adapter": "no_such"}, HubClass.C),
    ],
)
def test_p13_a_hub_that_does_not_say_how_it_is_asked_counts_as_unknown(
    hub: dict[str, Any], counts_as: HubClass
) -> None:
    assert class_of(a_hub(**hub)) is counts_as


def test_p13_a_lost_worker_of_a_hub_that_can_be_asked_leaves_it_due(store: Store) -> None:
    promise(store, "d-1")
    stub = a_stub("ok")

    async def go() -> None:
        async with stub:
            terms = terms_for({"early_help": hub_at(stub, B, **ASK)}, lease=60)
            claim_now(store, terms)
            async with forwarding(store, terms, alone=True):
                await until(in_state(store, ["d-1"], "due"))
                change(store, "d-1", due_at=0)
                await until(in_state(store, ["d-1"], "delivered"))

    asyncio.run(go())
    assert attempts(store, "d-1") == [(Result.UNCERTAIN, "worker_lost"), ("delivered", "acknowledged")]
    assert stub.asked == ["d-1"]
