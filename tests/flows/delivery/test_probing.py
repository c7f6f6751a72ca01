"""A hub that failed is tried now and then with one message, though the next step of the ladder is hours away (P16)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from gateway.flows.delivery.lanes import PAUSED, TRIP, Stop, stop
from gateway.flows.delivery.probing import EVERY
from gateway.path.schedule import DIVERTS
from gateway.store.tables import LANE
from gateway.store.writer import Write
from tests.conftest import Store
from tests.flows.delivery.test_lanes import names
from tests.flows.outbox import COUNCIL, claim_now, delivery, promise, terms_for

TERMS = terms_for({"early_help": {}})


def waiting(store: Store, name: str, **changes: Any) -> str:
    """A message whose next try is a long way off."""
    return promise(store, name, **{"rungs": 9, "due_at": 2**42, "why": "connect"} | changes)


def failing(store: Store, ago: int = EVERY, **changes: Any) -> None:
    """The hub has failed, the last time so long ago."""
    claim_now(store, TERMS)  # which makes its lane known
    values = {"failures": TRIP, "open_at": 0} | changes
    store.writer.run(Write(lambda tx: tx.execute(update(LANE).values(at=tx.now - ago, **values)) and None))


def test_one_message_is_brought_forward_and_uses_up_nothing(store: Store) -> None:
    made = [waiting(store, f"d-{n}") for n in range(3)]
    failing(store)
    assert names(claim_now(store, TERMS)) == [made[0]]
    row = delivery(store, made[0])
    assert (row.rungs, row.planned_at) == (9, 2**42)
    assert claim_now(store, TERMS) == ()


def test_a_hub_that_was_tried_a_moment_ago_is_left_alone(store: Store) -> None:
    waiting(store, "d-1")
    failing(store, EVERY - 60_000)
    assert claim_now(store, TERMS) == ()


@pytest.mark.parametrize("why", ["asked_to_wait", "doubtful", "stopped"])
def test_neither_a_time_that_the_hub_named_nor_a_doubt_is_shortened(store: Store, why: str) -> None:
    waiting(store, "d-1", why=why)
    failing(store)
    assert claim_now(store, TERMS) == ()


@pytest.mark.parametrize("changes", [{"failures": TRIP - 1}, {"state": "held"}, {"open_at": 2**42}])
def test_only_a_hub_that_failed_and_may_be_tried_is_tried(store: Store, changes: dict[str, Any]) -> None:
    waiting(store, "d-1")
    failing(store, **changes)
    assert claim_now(store, TERMS) == ()


def test_a_paused_hub_is_not_tried(store: Store) -> None:
    waiting(store, "d-1")
    failing(store)
    store.writer.run(Write(lambda tx: stop(tx, COUNCIL, "early_help", Stop(PAUSED))))
    assert claim_now(store, TERMS) == ()


def test_a_safeguarding_contact_is_the_first_to_be_tried(store: Store) -> None:
    waiting(store, "d-1")
    waiting(store, "x", kind="divert", urgent=DIVERTS)
    failing(store)
    assert names(claim_now(store, TERMS)) == ["x"]


def test_p18_what_stands_behind_another_of_the_same_child_is_not_tried_before_it(store: Store) -> None:
    waiting(store, "d-1", subject="maya", state="dead")
    waiting(store, "d-2", subject="maya")
    failing(store)
    assert claim_now(store, TERMS) == ()


def test_what_is_due_by_itself_is_the_try(store: Store) -> None:
    promise(store, "due")
    waiting(store, "later")
    claim_now(store, terms_for({"early_help": {"confirmed": True}}))
    assert delivery(store, "later").due_at == 2**42
