"""The sharing log's questions: pages that follow one another, counts, and how far back one question looks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.store import log
from gateway.store.log import Answer, Place, Which
from gateway.store.tables import DECISION, REFERRAL, SUBMISSION
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.conftest import Store
from tests.store.test_queries import decision_row
from tests.store.writes import referral_row, submission_row

MANY = 40
HELD = (3, 4, 5, 17, 38)
EVER = Which(0, 1_000, outcome="hold")


@pytest.fixture
def kept(store: Store) -> Store:
    """Forty decisions, four at each instant, five of them held; and one more that came with a test key."""

    def work(tx: Tx) -> None:
        tx.insert(SUBMISSION, submission_row("k", id="s1"))
        tx.insert(REFERRAL, referral_row("r1", "s1"))
        for number in range(MANY):
            own = {"at": 10 + number // 4, "outcome": "hold" if number in HELD else "share", "delivery": None}
            tx.insert(DECISION, decision_row(f"d{number:02}", "r1", **own))
        tx.insert(DECISION, decision_row("test", "r1", at=12, outcome="hold", delivery=None, test=1))

    store.writer.run(Write(work))
    return store


def ask(store: Store, which: Which, after: Place | None, limit: int, looked: int, *, oldest: bool = False) -> Answer:
    with store.opened.read("hull") as connection:
        return log.listed(connection, "hull", which, after, limit, looked, oldest=oldest)


def pages(store: Store, which: Which, limit: int, looked: int, *, oldest: bool = False) -> Iterator[Answer]:
    """One after another, as somebody goes through them."""
    found = ask(store, which, None, limit, looked, oldest=oldest)
    yield found
    while found.following is not None:
        found = ask(store, which, found.following, limit, looked, oldest=oldest)
        yield found


def test_however_little_is_looked_at_every_answer_comes_once_and_in_order(kept: Store) -> None:
    wanted = [f"d{number:02}" for number in sorted(HELD, reverse=True)]
    for limit, looked in ((1, 1), (2, 3), (1, 7), (25, 4), (25, 10), (25, 1_000)):
        shown = list(pages(kept, EVER, limit, looked))
        assert [row["id"] for page in shown for row in page.rows] == wanted, (limit, looked)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.builds(
        Which,
        since=st.integers(8, 21),
        until=st.integers(9, 22),
        outcome=st.sampled_from(("", "hold", "share", "refuse")),
        tests=st.sampled_from(("", "with", "only")),
    ),
    limit=st.integers(1, 12),
    looked=st.integers(1, 50),
    oldest=st.booleans(),
)
def test_pages_hold_together_what_was_asked_for_once_each_and_in_order(
    kept: Store, which: Which, limit: int, looked: int, oldest: bool
) -> None:
    with kept.opened.read("hull") as connection:
        there = [(row["at"], row["id"]) for row in connection.execute(log.chosen("hull", which)).mappings()]
    shown = list(pages(kept, which, limit, looked, oldest=oldest))
    assert [(row["at"], row["id"]) for page in shown for row in page.rows] == sorted(there, reverse=not oldest)


def test_from_the_oldest_on_a_page_says_how_far_it_looked(kept: Store) -> None:
    found = ask(kept, EVER, None, 25, 10, oldest=True)
    assert [row["id"] for row in found.rows] == ["d03", "d04", "d05"]
    assert (found.count, found.counted, found.reached) == (3, 12, 12)
    last = list(pages(kept, EVER, 25, 10, oldest=True))[-1]
    assert (last.reached, last.following) == (None, None)


def test_a_page_that_is_not_full_says_how_far_back_it_looked(kept: Store) -> None:
    found = ask(kept, EVER, None, 25, 10)
    assert [row["id"] for row in found.rows] == ["d38"]
    assert (found.count, found.counted, found.reached) == (1, 17, 17)
    last = list(pages(kept, EVER, 25, 10))[-1]
    assert (last.reached, last.following) == (None, None)


def test_all_of_it_is_counted_where_it_can_be_looked_through(kept: Store) -> None:
    found = ask(kept, EVER, None, 2, 1_000)
    assert (len(found.rows), found.count, found.counted, found.reached) == (2, len(HELD), None, None)


def test_no_more_are_counted_than_anybody_reads(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MOST", 10)
    found = ask(kept, Which(0, 1_000), None, 2, 20)
    assert (found.count, found.counted) == (11, None)
