"""Statements compiled once: the same rows and the same refusals as SQLAlchemy's own, on both stores."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, select, tuple_, update

from contracts.errors import GatewayError
from gateway.store.columns import RowRefused
from gateway.store.statement import Statement
from gateway.store.tables import SUBMISSION
from gateway.store.writer import Tx, Write
from tests.conftest import Store
from tests.store.writes import accept

KEYS = Statement(
    select(SUBMISSION.c.key, SUBMISSION.c.status)
    .where(SUBMISSION.c.key.in_(bindparam("keys", expanding=True)), SUBMISSION.c.state.not_in(("rejected", "lost")))
    .order_by(SUBMISSION.c.key)
)
PAIRS = Statement(
    select(SUBMISSION.c.key)
    .where(tuple_(SUBMISSION.c.council, SUBMISSION.c.key).in_(bindparam("pairs", expanding=True)))
    .order_by(SUBMISSION.c.key)
)
ANSWER = Statement(update(SUBMISSION).where(SUBMISSION.c.key == bindparam("of")).values(status=bindparam("new")))


def found(store: Store, *keys: str) -> list[tuple[str, int]]:
    return store.writer.run(Write(lambda tx: [(row.key, row.status) for row in tx.rows(KEYS, {"keys": keys})]))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 40])
def test_a_list_of_any_length_finds_each_once(store: Store, n: int) -> None:
    keys = [f"k{place:02}" for place in range(n)]
    for key in (*keys, "other"):
        store.writer.run(accept(key))
    assert found(store, *keys) == [(key, 202) for key in keys]


def test_a_list_may_hold_pairs(store: Store) -> None:
    for council in ("hull", "leicester"):
        store.writer.run(accept(f"of {council}", council=council))
    pairs = [("hull", "of hull"), ("hull", "of leicester"), ("leicester", "none")]
    rows = store.writer.run(Write(lambda tx: tx.rows(PAIRS, {"pairs": pairs})))
    assert [row.key for row in rows] == ["of hull"]


def test_it_sees_and_changes_rows_inserted_just_before_it(store: Store) -> None:
    def work(tx: Tx) -> list[int]:
        accept("a").work(tx)
        accept("b").work(tx)
        tx.change(ANSWER, [{"of": "a", "new": 409}, {"of": "b", "new": 410}])
        return [row.status for row in tx.rows(KEYS, {"keys": ["a", "b"]})]

    assert store.writer.run(Write(work)) == [409, 410]


def test_what_it_changed_goes_when_its_item_fails(store: Store) -> None:
    store.writer.run(accept("a"))

    def work(tx: Tx) -> None:
        tx.change(ANSWER, [{"of": "a", "new": 409}])
        raise GatewayError

    with pytest.raises(GatewayError):
        store.writer.run(Write(work))
    assert found(store, "a") == [("a", 202)]


@pytest.mark.parametrize("new", [True, 2**31, "202", b"202"])
def test_F13_what_does_not_fit_the_column_is_refused(store: Store, new: object) -> None:
    with pytest.raises(RowRefused):
        store.writer.run(Write(lambda tx: tx.change(ANSWER, [{"of": "a", "new": new}])))


def test_what_the_database_refuses_repeats_no_value(store: Store) -> None:
    store.writer.run(accept("a"))
    with pytest.raises(RowRefused) as refused:
        store.writer.run(Write(lambda tx: tx.change(ANSWER, [{"of": "a", "new": None}])))
    assert "202" not in f"{refused.value} {refused.value.__cause__}"
