"""What leaves, and what must be true in the commit before it does; on both stores, to a real hub (P8 to P12, P17)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import select

from contracts.council import Ask
from contracts.delivery import Attempt, Result
from gateway.flows.decisions.permit import Held, Permitted, Promised
from gateway.flows.delivery.claim import claim
from gateway.flows.delivery.settle import settle
from gateway.store import content
from gateway.store.tables import CONTENT, DELIVERY
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.conftest import Store
from tests.flows.outbox import (
    COUNCIL,
    SECRET,
    EpochJudge,
    a_stub,
    attempts,
    claim_now,
    decide,
    delivery,
    entries,
    forwarding,
    hub_at,
    in_state,
    inputs,
    permits,
    promise,
    rows,
    run,
    state,
    terms_for,
    until,
    withdraw,
)
from tests.running import on_sqlite


def test_p8_each_permit_is_committed_before_its_message_arrives(store: Store) -> None:
    seen: list[int] = []
    names = [promise(store, f"d-{n}") for n in range(5)]
    stub = a_stub(on_arrival=lambda name: seen.append(len(permits(store, name))))
    run(store, stub, *names)
    assert seen == [1] * 5


def test_a_delivery_is_settled_with_its_attempt_and_an_entry_for_each_change(store: Store) -> None:
    promise(store, "d-1")
    run(store, a_stub(), "d-1")
    row, permit = delivery(store, "d-1"), permits(store, "d-1")[0]
    assert (row.state, row.attempts, row.fence, row.lease_until) == ("delivered", 1, 1, None)
    assert row.ended_at is not None
    assert attempts(store, "d-1") == [("delivered", "acknowledged")]
    assert entries(store, "d-1") == ["permit", "attempt"]
    assert (permit.inputs, permit.epoch, permit.attempt) == (inputs(1), 1, 1)


@pytest.mark.parametrize(
    ("hub", "secret", "same"),
    [
        ({}, SECRET, True),
        ({"title": "Another name"}, SECRET, True),
        ({"url": "https://other.example/in"}, SECRET, False),
        ({}, "whsec_" + "b3RoZXJz" * 4, False),
    ],
)
def test_p17_a_permit_pins_the_hubs_address_and_keys(
    store: Store, hub: dict[str, Any], secret: str, same: bool
) -> None:
    promise(store, "d-1")
    claim_now(store, terms_for({"early_help": {}}))
    promise(store, "d-2")
    claim_now(store, terms_for({"early_help": hub}, secret=lambda name: secret))
    assert (permits(store, "d-1")[0].destination == permits(store, "d-2")[0].destination) is same


def test_p11_what_was_withdrawn_before_its_claim_is_held_and_no_byte_of_it_leaves(store: Store) -> None:
    promise(store, "d-1")
    promise(store, "d-2")
    withdraw(store, "d-1")
    stub = a_stub()
    run(store, stub, "d-2")
    assert stub.took == ["d-2"]
    assert state(store, "d-1") == ("held", "agreement_withdrawn")
    assert permits(store, "d-1") == []
    assert entries(store, "d-1") == ["hold"]


@pytest.mark.parametrize(("until_when", "again"), [(1, ["d-1"]), (2**42, []), (None, [])])
def test_a_decision_that_is_no_longer_valid_is_made_again(
    store: Store, until_when: int | None, again: list[str]
) -> None:
    promise(store, "d-1")
    decide(store, "d-1", until_when)
    judge = EpochJudge(lambda tx, promised: Permitted(inputs(1), promised.payload, promised.digest))
    run(store, a_stub(), "d-1", judge=judge)
    assert judge.asked_again == again


def test_what_is_decided_again_leaves_with_its_new_payload(store: Store) -> None:
    less = b'{"delivery": "d-1"}'

    def trimmed(tx: Tx, promised: Promised) -> Permitted:
        return Permitted(inputs(2), content.put(tx, COUNCIL, "payload", less), sha256(less).hexdigest())

    promise(store, "d-1")
    withdraw(store, "d-1")
    stub = a_stub()
    run(store, stub, "d-1", judge=EpochJudge(trimmed))
    assert [arrival.body for arrival in stub.arrivals] == [less]
    assert permits(store, "d-1")[0].inputs == inputs(2)


def test_p10_a_delivery_whose_rules_fail_is_held_and_keeps_no_other_back(store: Store) -> None:
    def fails(tx: Tx, promised: Promised) -> Held:
        tx.execute(DELIVERY.update().values(why="half done"))
        raise LookupError("a rule")

    promise(store, "d-1")
    promise(store, "d-2")
    withdraw(store, "d-1")
    run(store, a_stub(), "d-2", judge=EpochJudge(fails))
    assert state(store, "d-1") == ("held", "rules_failed")
    assert state(store, "d-2") == ("delivered", "")


def test_a_payload_that_is_not_what_was_promised_is_held(store: Store) -> None:
    promise(store, "d-1", digest="0" * 64)
    stub = a_stub()
    run(store, stub, "d-1", wanted="held")
    assert state(store, "d-1") == ("held", "payload_altered")
    assert stub.took == []


@pytest.mark.parametrize(
    ("hub", "why"),
    [
        ({"confirmed": False}, "door_not_confirmed"),
        ({"url": ""}, "door_not_confirmed"),
        ({"adapter": "pigeon"}, "hub_unknown"),
        ({"secrets": ("unheard_of",)}, "secret_missing"),
        ({"secrets": ()}, "secret_missing"),
        ({"secrets": ("hull_hub", "empty")}, "secret_unfit"),
        ({"secrets": ("short",)}, "secret_unfit"),
        ({"secrets": ("empty",), "adapter": "fhir_message"}, "secret_unfit"),
    ],
)
def test_p17_without_a_confirmed_door_nothing_is_permitted(store: Store, hub: dict[str, Any], why: str) -> None:
    promise(store, "d-1")
    secrets = {"hull_hub": SECRET, "empty": "", "short": "whsec_c2hvcnQ="}
    assert claim_now(store, terms_for({"early_help": hub}, secret=secrets.__getitem__)) == ()
    assert state(store, "d-1") == ("held", why)
    assert entries(store, "d-1") == ["hold"]


def test_p17_a_hub_nobody_knows_is_never_replaced_by_another(store: Store) -> None:
    promise(store, "d-1", hub="family_hub")
    assert claim_now(store, terms_for({"early_help": {}})) == ()
    assert state(store, "d-1") == ("held", "hub_unknown")


def test_a_council_with_open_questions_gets_nothing(store: Store) -> None:
    promise(store, "d-1")
    terms = terms_for({"early_help": {}})
    ask = Ask("agreement", "Is a signature needed?", "signed", "demo", ())
    councils = {COUNCIL: replace(terms.councils[COUNCIL], asks=(ask,))}
    assert claim_now(store, replace(terms, councils=councils, demo=False)) == ()
    assert state(store, "d-1") == ("held", "council_unanswered")


def test_what_waited_for_a_door_goes_on_when_a_worker_starts_with_it(store: Store) -> None:
    promise(store, "d-1")
    assert claim_now(store, terms_for({"early_help": {"confirmed": False}})) == ()
    run(store, a_stub(), "d-1")
    assert entries(store, "d-1") == ["hold", "release", "permit", "attempt"]


@pytest.mark.parametrize("why", ["policy_not_published", "secret_missing", "secret_unfit"])
def test_p20_what_waits_for_a_door_goes_on_while_the_worker_runs(
    store: Store, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """Somebody publishes the policy, or puts the secret in place: nobody need start anything again."""
    monkeypatch.setattr("gateway.flows.delivery.forward.DOORS", 0.05)
    promise(store, "d-1")
    there = {"published": why != "policy_not_published", "secret": {"secret_unfit": "whsec_"}.get(why, SECRET)}
    there |= {"known": why != "secret_missing"}

    def secret(name: str) -> str:
        return {name: there["secret"]}[name if there["known"] else "nothing"]

    async def go() -> None:
        async with a_stub() as stub:
            terms = terms_for({"early_help": hub_at(stub)}, secret=secret, published=lambda name: there["published"])
            async with forwarding(store, terms):
                await until(lambda: state(store, "d-1") == ("held", why))
                there.update(published=True, secret=SECRET, known=True)
                await until(in_state(store, ["d-1"], "delivered"))

    asyncio.run(go())
    assert entries(store, "d-1") == ["hold", "release", "permit", "attempt"]


def test_p12_a_notice_waits_while_what_it_tells_of_is_being_sent_to_its_hub(store: Store) -> None:
    """Whatever lands after a notice is taken back by nobody."""
    terms = terms_for({"early_help": {}, "another": {}})
    promise(store, "d-1")
    (claimed,) = claim_now(store, terms)
    for name, hub in (("n-1", "early_help"), ("n-2", "another")):
        promise(store, name, hub, kind="notice", referral="r-d-1")
    assert [one.permit.delivery_id for one in claim_now(store, terms)] == ["n-2"]
    came = Attempt("d-1", claimed.permit.fence, 1, 0, 1, Result.UNCERTAIN, None, "stopped")
    store.writer.run(Write(lambda tx: settle(tx, terms, [came])))
    assert "n-1" in [one.permit.delivery_id for one in claim_now(store, terms)]


def test_p16_an_attempt_is_counted_before_it_is_made(store: Store) -> None:
    promise(store, "d-1")
    claimed = claim_now(store, terms_for({"early_help": {}}))[0]
    row = delivery(store, "d-1")
    assert (row.state, row.attempts, row.fence, claimed.permit.attempt) == ("sending", 1, 1, 1)


def test_a_claim_carries_the_bytes_that_were_promised(store: Store) -> None:
    promise(store, "d-1")
    claimed = claim_now(store, terms_for({"early_help": {}}))[0]
    assert sha256(claimed.payload).hexdigest() == delivery(store, "d-1").digest


def test_no_entry_of_the_record_repeats_a_familys_words(store: Store) -> None:
    promise(store, "d-1")
    run(store, a_stub("refused"), "d-1", wanted="dead")
    said = [row.body for row in rows(store, CONTENT, CONTENT.c.kind == "sections")]
    assert len(said) == 2
    assert not [one for one in said if b"Fernsby" in one]


@pytest.mark.parametrize("at", [1, 100])
def test_what_is_not_due_yet_is_left_alone(store: Store, at: int) -> None:
    promise(store, "d-1", due_at=2**42 + at)
    assert claim_now(store, terms_for({"early_help": {}})) == ()
    assert state(store, "d-1") == ("due", "")


@on_sqlite
def test_a_long_queue_is_claimed_from_in_as_many_steps_as_a_short_one(store: Store) -> None:
    terms = terms_for({"early_help": {"in_flight": 1}})
    promise(store, "d-first")

    def steps_of_a_claim(tx: Tx) -> int:
        taken: list[int] = []
        connection: Any = tx._connection.connection.dbapi_connection
        connection.set_progress_handler(lambda: taken.append(1), 10)
        assert claim(tx, terms).taken
        connection.set_progress_handler(None, 0)
        raise Enough(len(taken))

    steps = []
    for many in (10, 1_000):
        store.writer.run(Write(partial(_copy, many=many)))
        with pytest.raises(Enough) as enough:
            store.writer.run(Write(steps_of_a_claim))
        steps.append(enough.value.args[0])
    assert steps[1] < steps[0] * 1.2


class Enough(Exception):
    """What was done is measured, and need not stay."""


def _copy(tx: Tx, many: int) -> None:
    """The first delivery again and again, each about a child of its own."""
    row = tx.execute(select(DELIVERY).where(DELIVERY.c.id == "d-first")).one()._asdict()
    del row["seq"]
    for n in range(many):
        tx.insert(DELIVERY, row | {"id": f"d-{many}-{n}", "lane": f"{row['lane']}-{many}-{n}"})
