"""What went wrong elsewhere happens here too, and comes to nothing: replays, and where the others are."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import pytest
import yaml

from contracts.delivery import HubClass
from gateway.flows.decisions.permit import Terms
from gateway.flows.delivery.settle import recover
from gateway.store.tables import ATTEMPT, DELIVERY, ENTRY, PERMIT
from gateway.store.writer import Write
from tests.conftest import Store
from tests.flows.outbox import (
    a_stub,
    attempts,
    change,
    claim_now,
    delivery,
    forwarding,
    hub_at,
    in_state,
    promise,
    rows,
    terms_for,
    until,
)

ROOT = Path(__file__).parents[2]
INCIDENTS = yaml.safe_load((Path(__file__).parent / "incidents.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("incident", INCIDENTS)
def test_the_incident_is_replayed_by_tests_that_there_are(incident: str) -> None:
    told = INCIDENTS[incident]
    assert told["what"].endswith(".")
    assert told["where"]
    for one in told["tests"]:
        file, _, name = one.partition("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, one


def recovered(store: Store, terms: Terms) -> int:
    return len(store.writer.run(Write(lambda tx: recover(tx, terms))))


def test_recovery_reorders_nothing_about_one_child(store: Store) -> None:
    """A worker is lost with the first of three; it is the first to be tried again, and the others wait behind it."""
    for n in range(3):
        promise(store, f"d-{n}", subject="child")
    terms = terms_for({"early_help": {"hub_class": HubClass.A}}, lease=-1)
    assert [one.permit.delivery_id for one in claim_now(store, terms)] == ["d-0"]
    recovered(store, terms)
    assert claim_now(store, terms) == ()
    change(store, "d-0", due_at=0)
    stub = a_stub()

    async def go() -> None:
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub)})):
            await until(in_state(store, ["d-0", "d-1", "d-2"], "delivered"))

    asyncio.run(go())
    assert stub.took == ["d-0", "d-1", "d-2"]


def test_nothing_is_sent_before_what_an_earlier_worker_left_is_settled(store: Store) -> None:
    """The next worker is alone, and need not wait for a lease: its first entry is about what was left."""
    for n in range(4):
        promise(store, f"d-{n}")
    slow = {"hub_class": HubClass.C, "in_flight": 2}
    left = {one.permit.delivery_id for one in claim_now(store, terms_for({"early_help": slow}, lease=60))}
    before = len(rows(store, ENTRY))
    stub = a_stub()

    async def go() -> None:
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub, HubClass.C)}), alone=True):
            await until(lambda: len(stub.took) == 4 - len(left))
            await until(lambda: len(rows(store, ATTEMPT)) == 4)

    asyncio.run(go())
    assert len(left) == 2
    after = sorted(rows(store, ENTRY), key=lambda row: row.seq)[before:]
    assert [(row.type, row.referral.removeprefix("r-") in left) for row in after[:2]] == [("attempt", True)] * 2
    assert {delivery(store, name).state for name in left} == {"uncertain"}
    assert left.isdisjoint(stub.took)


def test_one_more_than_fits_in_a_step_is_recovered_too(store: Store) -> None:
    made = [promise(store, f"d-{n}") for n in range(257)]
    terms = terms_for({"early_help": {"hub_class": HubClass.A, "in_flight": 300}}, lease=-1)
    while claim_now(store, terms):
        pass
    assert {row.state for row in rows(store, DELIVERY)} == {"sending"}
    steps = [recovered(store, terms) for _ in range(3)]
    assert (sum(steps), steps[0] < 257, steps[-1]) == (257, True, 0)
    assert {row.delivery for row in rows(store, ATTEMPT)} == set(made)
    assert {row.state for row in rows(store, DELIVERY)} == {"due"}


def test_a_restart_during_recovery_does_nothing_twice(store: Store) -> None:
    """Every worker that starts recovers: what the first of them settled is left alone by the next."""
    promise(store, "d-1")
    terms = terms_for({"early_help": {"hub_class": HubClass.A}}, lease=-1)
    claim_now(store, terms)
    assert [recovered(store, terms) for _ in range(3)] == [1, 0, 0]
    assert attempts(store, "d-1") == [("uncertain", "worker_lost")]
    assert (len(rows(store, PERMIT)), delivery(store, "d-1").lost) == (1, 1)
