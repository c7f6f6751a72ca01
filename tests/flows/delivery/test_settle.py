"""What becomes of an attempt, by the kind of hub, and of one whose worker was lost; on both stores (P13, P16, P19)."""

from __future__ import annotations

import asyncio
import time

import pytest

from adapters.hubs import webhook
from contracts.delivery import Attempt, HubClass, Result
from gateway.demo.hub import Behaviour
from gateway.flows.connections.outbound import send
from gateway.flows.decisions.permit import Terms
from gateway.flows.delivery.claim import Claimed, claim
from gateway.flows.delivery.settle import Settled, recover, settle
from gateway.path.schedule import LADDER, MOST_ATTEMPTS, MOST_LOST, OURS
from gateway.store.writer import Write
from tests.conftest import Store
from tests.flows.outbox import (
    DEADLINE,
    PATIENT,
    a_stub,
    a_way_out,
    attempts,
    change,
    claim_now,
    delivery,
    entries,
    forwarding,
    hub_at,
    in_state,
    permits,
    promise,
    state,
    terms_for,
    until,
)

A, B, C = HubClass.A, HubClass.B, HubClass.C


def came_to(claimed: Claimed, result: Result, why: str = "x", retry_after: int | None = None) -> Attempt:
    permit = claimed.permit
    return Attempt(
        permit.delivery_id, permit.fence, permit.attempt, permit.at, permit.at + 5, result, None, why, retry_after
    )


def settle_now(store: Store, terms: Terms, *attempts: Attempt) -> tuple[Settled, ...]:
    return store.writer.run(Write(lambda tx: settle(tx, terms, attempts)))


def recover_now(store: Store, terms: Terms, everyone: bool = False) -> int:
    return len(store.writer.run(Write(lambda tx: recover(tx, terms, everyone))))


@pytest.mark.parametrize(
    ("behaviour", "hub_class", "became", "why"),
    [
        ("ok", C, "delivered", ""),
        ("duplicate", C, "delivered", ""),
        ("refused", A, "dead", "http_400"),
        ("unauthorised", A, "held", "lane_held"),
        ("moved", A, "held", "lane_held"),
        ("busy", C, "due", "http_503"),
        ("failing", A, "due", "doubtful"),
        ("nonsense", A, "due", "doubtful"),
        ("failing", C, "uncertain", "http_500"),
        ("nonsense", C, "uncertain", "not_acknowledged"),
        ("wrong_id", C, "uncertain", "not_acknowledged"),
        ("reset", C, "uncertain", "reset"),
        ("reset", B, "uncertain", "reset"),
        ("slow", B, "uncertain", "timeout"),
        ("slow", A, "due", "doubtful"),
    ],
)
def test_p13_an_answer_leads_to_one_state_for_each_class_of_hub(
    store: Store, behaviour: Behaviour, hub_class: HubClass, became: str, why: str
) -> None:
    promise(store, "d-1")

    async def go() -> None:
        async with a_stub(behaviour) as stub:
            terms = terms_for({"early_help": hub_at(stub, hub_class)})
            async with forwarding(store, terms, deadline=DEADLINE if behaviour == "slow" else PATIENT):
                await until(lambda: attempts(store, "d-1") != [])

    asyncio.run(go())
    assert state(store, "d-1") == (became, why)
    assert entries(store, "d-1") == ["permit", "attempt"]


def test_p13_a_hub_that_drops_repeats_gets_the_same_id_again_and_acts_once(store: Store) -> None:
    promise(store, "d-1")
    stub = a_stub("ok", script=["reset"])

    async def go() -> None:
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub, A)})):
            await until(lambda: attempts(store, "d-1") != [])
            change(store, "d-1", due_at=0)
            await until(in_state(store, ["d-1"], "delivered"))

    asyncio.run(go())
    assert stub.took == ["d-1", "d-1"]
    assert stub.effects == {"d-1": 1}
    assert [permit.attempt for permit in permits(store, "d-1")] == [1, 2]


@pytest.mark.parametrize("hub_class", [B, C])
def test_p13_any_other_hub_never_gets_a_doubtful_one_again_by_itself(store: Store, hub_class: HubClass) -> None:
    promise(store, "d-1")
    stub = a_stub("reset", drops_repeats=False)

    async def go() -> None:
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub, hub_class)})):
            await until(in_state(store, ["d-1"], "uncertain"))
            change(store, "d-1", due_at=0)
            await asyncio.sleep(0.3)

    asyncio.run(go())
    assert stub.effects == {"d-1": 1}


def test_p13_a_doubtful_one_is_not_sent_to_a_hub_that_is_no_longer_said_to_drop_repeats(store: Store) -> None:
    promise(store, "d-1", why="doubtful", attempts=1)
    assert claim_now(store, terms_for({"early_help": {"hub_class": C}})) == ()
    assert state(store, "d-1") == ("held", "doubtful_before")


@pytest.mark.parametrize(("result", "why"), [(Result.NOT_SENT, "connect"), (Result.REFUSED_FOR_NOW, "http_503")])
def test_a_definite_failure_is_due_again_by_the_ladder(store: Store, result: Result, why: str) -> None:
    promise(store, "d-1", attempts=7, rungs=2)
    terms = terms_for({"early_help": {"hub_class": C}})
    settled = settle_now(store, terms, came_to(claim_now(store, terms)[0], result, why))
    row = delivery(store, "d-1")
    assert (row.state, row.why, len(settled)) == ("due", why, 1)
    assert 0 <= row.due_at - settled[0].attempt.started_at - LADDER[2] < 60_000


def test_a_hubs_wish_to_wait_lengthens_the_wait(store: Store) -> None:
    promise(store, "d-1")
    terms = terms_for({"early_help": {}})
    claimed = claim_now(store, terms)[0]
    settle_now(store, terms, came_to(claimed, Result.REFUSED_FOR_NOW, "http_503", 900))
    row = delivery(store, "d-1")
    assert row.due_at - claimed.permit.at >= 900_000
    assert row.why == "asked_to_wait"


@pytest.mark.parametrize(
    ("result", "became"), [(Result.REFUSED_FOR_NOW, "dead"), (Result.NOT_SENT, "dead"), (Result.UNCERTAIN, "uncertain")]
)
def test_the_last_attempt_of_the_ladder_leaves_it_to_a_person(store: Store, result: Result, became: str) -> None:
    promise(store, "d-1", rungs=MOST_ATTEMPTS - 1)
    terms = terms_for({"early_help": {"hub_class": A}})
    settle_now(store, terms, came_to(claim_now(store, terms)[0], result))
    assert delivery(store, "d-1").state == became


@pytest.mark.parametrize("why", sorted(OURS))
@pytest.mark.parametrize("result", [Result.NOT_SENT, Result.UNCERTAIN])
def test_a_try_that_we_lost_ourselves_uses_up_no_rung_of_the_hubs_ladder(
    store: Store, why: str, result: Result
) -> None:
    promise(store, "d-1", rungs=4)
    terms = terms_for({"early_help": {"hub_class": A}})
    claimed = claim_now(store, terms)[0]
    settle_now(store, terms, came_to(claimed, result, why))
    row = delivery(store, "d-1")
    assert (row.state, row.attempts, row.rungs, row.lost) == ("due", 1, 4, 1)
    assert 5_000 <= row.due_at - claimed.permit.at < 60_000


@pytest.mark.parametrize(("result", "became"), [(Result.UNCERTAIN, "uncertain"), (Result.NOT_SENT, "due")])
def test_what_is_lost_on_its_way_again_and_again_is_left_to_a_person(store: Store, result: Result, became: str) -> None:
    """It may be what kills the worker. What never left may be tried for ever."""
    promise(store, "d-1", lost=MOST_LOST - 1)
    terms = terms_for({"early_help": {"hub_class": A}})
    settle_now(store, terms, came_to(claim_now(store, terms)[0], result, "stopped"))
    assert state(store, "d-1") == (became, "stopped")


def test_a_word_from_the_hub_forgets_what_we_lost_before(store: Store) -> None:
    promise(store, "d-1", lost=MOST_LOST - 1)
    terms = terms_for({"early_help": {"hub_class": A}})
    settle_now(store, terms, came_to(claim_now(store, terms)[0], Result.REFUSED_FOR_NOW, "http_503"))
    row = delivery(store, "d-1")
    assert (row.rungs, row.lost) == (1, 0)


@pytest.mark.parametrize(("promised", "now", "became"), [(A, A, "due"), (A, C, "uncertain"), (C, A, "uncertain")])
def test_p13_a_hub_whose_class_changed_is_treated_as_the_more_careful_of_the_two(
    store: Store, promised: HubClass, now: HubClass, became: str
) -> None:
    """What it does with repeats today says nothing of what it did with the message it got before."""
    promise(store, "d-1", hub_class=promised)
    terms = terms_for({"early_help": {"hub_class": now}})
    settle_now(store, terms, came_to(claim_now(store, terms)[0], Result.UNCERTAIN, "timeout"))
    assert delivery(store, "d-1").state == became


# Workers that are lost ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hub_class", "became"), [(A, "due"), (B, "uncertain"), (C, "uncertain")])
def test_e9_what_a_lost_worker_was_sending_is_in_doubt(store: Store, hub_class: HubClass, became: str) -> None:
    promise(store, "d-1")
    terms = terms_for({"early_help": {"hub_class": hub_class}}, lease=-1)
    claim_now(store, terms)
    assert recover_now(store, terms) == 1
    assert delivery(store, "d-1").state == became
    assert attempts(store, "d-1") == [("uncertain", "worker_lost")]
    assert entries(store, "d-1") == ["permit", "attempt"]


def test_e9_a_lease_that_still_runs_is_left_alone(store: Store) -> None:
    promise(store, "d-1")
    terms = terms_for({"early_help": {}}, lease=60)
    claim_now(store, terms)
    assert recover_now(store, terms) == 0
    assert delivery(store, "d-1").state == "sending"


def test_a_worker_that_starts_alone_need_not_wait_for_the_lease(store: Store) -> None:
    promise(store, "d-1")
    terms = terms_for({"early_help": {}}, lease=60)
    claim_now(store, terms)
    assert recover_now(store, terms, everyone=True) == 1


def test_a_lost_worker_of_a_hub_that_is_gone_from_the_council_leaves_it_to_a_person(store: Store) -> None:
    promise(store, "d-1")
    claim_now(store, terms_for({"early_help": {"hub_class": A}}, lease=-1))
    recover_now(store, terms_for({"another": {}}))
    assert delivery(store, "d-1").state == "uncertain"


@pytest.mark.parametrize("result", list(Result))
def test_p19_a_stale_worker_cannot_settle(store: Store, result: Result) -> None:
    """The first worker sleeps past its lease; a second claims; then the first wakes and tells what it did."""
    promise(store, "d-1")
    terms = terms_for({"early_help": {"hub_class": A}}, lease=-1)
    stale = claim_now(store, terms)[0]
    recover_now(store, terms)
    change(store, "d-1", due_at=0)
    live = claim_now(store, terms)[0]
    assert (stale.permit.fence, live.permit.fence) == (1, 2)
    before = delivery(store, "d-1"), attempts(store, "d-1"), entries(store, "d-1")
    assert settle_now(store, terms, came_to(stale, result)) == ()
    assert (delivery(store, "d-1"), attempts(store, "d-1"), entries(store, "d-1")) == before


def test_p19_a_stale_worker_cannot_settle_what_a_person_now_looks_at(store: Store) -> None:
    promise(store, "d-1")
    terms = terms_for({"early_help": {"hub_class": C}}, lease=-1)
    stale = claim_now(store, terms)[0]
    recover_now(store, terms)
    assert settle_now(store, terms, came_to(stale, Result.NOT_SENT)) == ()
    assert delivery(store, "d-1").state == "uncertain"


def test_settling_twice_settles_once(store: Store) -> None:
    promise(store, "d-1")
    terms = terms_for({"early_help": {}})
    attempt = came_to(claim_now(store, terms)[0], Result.DELIVERED)
    assert len(settle_now(store, terms, attempt)) == 1
    assert settle_now(store, terms, attempt) == ()
    assert entries(store, "d-1") == ["permit", "attempt"]


def test_two_workers_never_hold_the_same_delivery(store: Store) -> None:
    promise(store, "d-1")
    terms = terms_for({"early_help": {}})
    assert [len(claim_now(store, terms)) for _ in range(3)] == [1, 0, 0]


def test_e1_after_a_crash_between_claim_and_settle_the_hub_has_acted_once(store: Store) -> None:
    """The first process has sent and dies before it settles; the next is alone and starts again."""
    promise(store, "d-1")

    async def go() -> None:
        async with a_stub("ok") as stub, a_way_out() as way:
            terms = terms_for({"early_help": hub_at(stub, A)}, lease=60)
            claimed = (await store.writer.submit(Write(lambda tx: claim(tx, terms)))).taken[0]
            message = webhook.write(claimed.payload, "d-1", int(time.time()), claimed.door.secrets)
            await send(way, stub.url, message, claimed.leave_by)
            async with forwarding(store, terms, alone=True):
                await until(in_state(store, ["d-1"], "due"))
                change(store, "d-1", due_at=0)
                await until(in_state(store, ["d-1"], "delivered"))
            assert stub.took == ["d-1", "d-1"]
            assert stub.effects == {"d-1": 1}

    asyncio.run(go())
    assert attempts(store, "d-1") == [("uncertain", "worker_lost"), ("delivered", "acknowledged")]
