"""What a door can ask of the store."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from gateway.store.queries import lanes, queue_health, referral_view, referrals, submission
from gateway.store.rows import Standing
from gateway.store.sealer import record_entry
from gateway.store.tables import ATTEMPT, CLOCK, DECISION, DELIVERY, LANE, PERMIT, REFERRAL, SUBMISSION
from gateway.store.writer import Tx, Write
from tests.conftest import Store
from tests.store.writes import delivery_row, entry, on_sqlite, referral_row, submission_row


def decision_row(identifier: str, referral: str, **changes: object) -> dict[str, object]:
    return {
        "id": identifier, "council": "hull", "referral": referral, "version": 1, "subject": "child", "hub": "east",
        "purpose": "early_help", "outcome": "share", "state": "promised", "deciding": "G-101", "flags": "",
        "facts": "{}", "policy": "p", "inputs": "i", "valid_until": None, "delivery": "d1", "entry": "e",
        "by": "machine", "at": 10, "test": 0, "sender": "school", "agreement": "", "human": "", "protect": "",
        **changes,
    }  # fmt: skip


def clock_row(identifier: str, referral: str, **changes: object) -> dict[str, object]:
    return {
        "id": identifier, "council": "hull", "kind": "hold", "referral": referral, "decision": "x1", "delivery": "",
        "owner": "duty",
        "taken_by": "", "state": "running", "rung": 0, "started_at": 10, "due_at": 20, "next_at": 20, "ended_at": None,
        "ended_by": "", "why": "", "needed": "", **changes,
    }  # fmt: skip


PERMITTED = {
    "delivery": "d1", "fence": 1, "council": "hull", "at": 30, "inputs": "i", "destination": "h", "epoch": 0,
    "attempt": 1, "entry": "e",
}  # fmt: skip
ATTEMPTED = {
    "delivery": "d1", "fence": 1, "council": "hull", "n": 1, "started_at": 30, "ended_at": 31, "result": "delivered",
    "status": 200, "why": "", "entry": "e",
}  # fmt: skip


@pytest.fixture
def filled(store: Store) -> Store:
    def work(tx: Tx) -> None:
        tx.insert(SUBMISSION, submission_row("k", id="s"))
        for number in (1, 2, 3):
            tx.insert(
                REFERRAL, referral_row(f"r{number}", "s", at=number, sender="hospital" if number == 3 else "school")
            )
        tx.insert(DECISION, decision_row("x1", "r1"))
        tx.insert(DECISION, decision_row("x2", "r1", at=11, outcome="hold", state="open", delivery=None))
        tx.insert(DELIVERY, delivery_row("d1", "r1", state="delivered", at=20, ended_at=31))
        tx.insert(DELIVERY, delivery_row("d2", "r1", at=21))
        tx.insert(DELIVERY, delivery_row("d3", "r2", at=19))
        tx.insert(DELIVERY, delivery_row("d4", "r2", state="dead", at=5))
        tx.insert(PERMIT, PERMITTED)
        tx.insert(ATTEMPT, ATTEMPTED)
        tx.insert(CLOCK, clock_row("c1", "r1"))
        tx.insert(CLOCK, clock_row("c2", "r1", state="stopped", started_at=9))
        row = {"council": "hull", "hub": "east", "state": "held", "why": "401", "failures": 1, "open_at": 0, "at": 40}
        row |= {"stopped": "", "until": None, "last": 0, "diverts": 0, "by": "", "said": ""}
        tx.insert(LANE, row)
        record_entry(tx, entry(1, ts=12, referral="r1"))
        record_entry(tx, entry(2, ts=13, referral="r2"))

    store.writer.run(Write(work))
    return store


def test_a_referral_is_shown_with_all_that_became_of_it(filled: Store) -> None:
    with filled.opened.read("hull") as connection:
        view = referral_view(connection, "hull", "r1")
    assert view is not None
    assert (view.referral.id, view.submission.id) == ("r1", "s")
    assert [decision.id for decision in view.decisions] == ["x1", "x2"]
    assert [(delivery.id, delivery.state) for delivery in view.deliveries] == [("d1", "delivered"), ("d2", "due")]
    assert [(permit.delivery, permit.at) for permit in view.permits] == [("d1", 30)]
    assert [(attempt.delivery, attempt.status) for attempt in view.attempts] == [("d1", 200)]
    assert [clock.id for clock in view.clocks] == ["c2", "c1"]
    assert [(one.rid, one.idx) for one in view.entries] == [(entry(1).rid, None)]


def test_an_unknown_referral_is_none(filled: Store) -> None:
    with filled.opened.read("hull") as connection:
        assert referral_view(connection, "hull", "r9") is None
        assert submission(connection, "hull", "s9") is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["r3", "r2", "r1"]),
        ({"sender": "school"}, ["r2", "r1"]),
        ({"before": 3}, ["r2", "r1"]),
        ({"limit": 1}, ["r3"]),
        ({"sender": "nobody"}, []),
    ],
)
def test_referrals_are_listed_newest_first(filled: Store, asked: dict[str, object], found: list[str]) -> None:
    with filled.opened.read("hull") as connection:
        assert [one.id for one in referrals(connection, "hull", **asked)] == found  # type: ignore[arg-type]


def test_P20_what_rests_is_counted_with_the_age_of_the_oldest(filled: Store) -> None:
    with filled.opened.read("hull") as connection:
        health = queue_health(connection, "hull")
    assert health.deliveries == {"due": Standing(2, 19), "dead": Standing(1, 5)}
    assert health.held == {"hold": Standing(1, 11)}
    assert health.clocks == {"hold": Standing(1, 10)}
    assert health.unsealed == {"decision.machine": Standing(2, 12)}


def test_an_empty_store_has_nothing_resting(store: Store) -> None:
    with store.opened.read("hull") as connection:
        health = queue_health(connection, "hull")
    assert (health.deliveries, health.held, health.clocks, health.unsealed) == ({}, {}, {}, {})


def test_a_lane_tells_why_it_is_held(filled: Store) -> None:
    with filled.opened.read("hull") as connection:
        assert [(lane.hub, lane.state, lane.why) for lane in lanes(connection, "hull")] == [("east", "held", "401")]


def test_a_question_from_the_event_loop_runs_beside_it(filled: Store) -> None:
    async def ask() -> list[object]:
        return await asyncio.gather(*(filled.opened.ask("hull", lambda c: referrals(c, "hull")) for _ in range(12)))

    assert all(asyncio.run(ask()))


@on_sqlite
@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("SELECT count(*) FROM delivery WHERE council = 'hull' AND state NOT IN ('delivered', 'cancelled')",
         "ix_delivery_open"),
        ("SELECT count(*) FROM decision WHERE council = 'hull' AND state = 'open'", "ix_decision_open"),
        ("SELECT count(*) FROM clock WHERE council = 'hull' AND state <> 'stopped'", "ix_clock_runs"),
        ("SELECT * FROM delivery WHERE state = 'due' AND due_at <= 5", "ix_delivery_due"),
        ("SELECT * FROM entry WHERE council = 'hull' AND idx IS NULL ORDER BY seq", "ix_entry"),
        ("SELECT leaf FROM entry WHERE council = 'hull' AND idx >= 0 ORDER BY idx", "ix_entry_idx"),
        ("SELECT * FROM submission WHERE council = 'a' AND sender = 'b' AND key = 'c'", "submission"),
    ],
)  # fmt: skip
def test_no_queue_is_ever_scanned(filled: Store, statement: str, index: str) -> None:
    """A full history must not slow a poll: each of these reads an index."""
    with filled.opened.read("hull") as connection:
        plan = [row[-1] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {statement}"))]
    assert any((index in step and "SEARCH" in step) or f"INDEX {index}" in step for step in plan), plan
    assert not any(step.startswith("SCAN") and "INDEX" not in step and "VALUES" not in step for step in plan), plan
