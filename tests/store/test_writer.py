"""The one writer: group commit, neighbours unharmed, nothing acknowledged that is not committed (P1, P3, P4, P5)."""

from __future__ import annotations

import asyncio
import pickle
import threading

import psycopg
import pytest
from sqlalchemy import func, select, text, update

from contracts.errors import KeyUsedForOtherContent, StoreUnavailable
from gateway.store import content
from gateway.store.columns import RowRefused
from gateway.store.engine import open_engine
from gateway.store.tables import CONTENT, DELIVERY, REFERRAL, SUBMISSION
from gateway.store.transaction import Apart, AskedApart
from gateway.store.writer import INBOX, Tx, Write, Writer
from tests.conftest import Store
from tests.store.writes import accept, delivery_row, on_postgresql, referral_row, submission_row


def count(store: Store, council: str = "hull") -> int:
    with store.opened.read(council) as connection:
        return connection.execute(select(func.count()).select_from(SUBMISSION)).scalar_one()


def together(store: Store, *writes: Write[object]) -> list[object]:
    """Submit all before the writer sees any, so that they share a transaction."""

    async def submit() -> list[object]:
        gate = threading.Event()
        wall = asyncio.ensure_future(store.writer.submit(Write(lambda tx: gate.wait(5))))
        await asyncio.sleep(0.02)
        waiting = [asyncio.ensure_future(store.writer.submit(write)) for write in writes]
        await asyncio.sleep(0)
        gate.set()
        await wall
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(submit())


def test_P5_the_same_key_64_times_at_once_has_one_winner_and_one_answer(store: Store) -> None:
    async def submit() -> list[tuple[str, bool]]:
        return await asyncio.gather(*(store.writer.submit(accept("k")) for _ in range(64)))

    answers = asyncio.run(submit())
    assert len({identifier for identifier, _ in answers}) == 1
    assert sorted(before for _, before in answers) == [False] + [True] * 63
    assert count(store) == 1


def test_P5_a_key_belongs_to_one_council_and_one_sender(store: Store) -> None:
    writes = [accept("k"), accept("k", sender="other"), accept("k", council="leicester")]
    assert [before for _, before in together(store, *writes)] == [False, False, False]


def test_a_batch_is_one_transaction(store: Store) -> None:
    times: list[int] = []
    together(store, *(Write(lambda tx: times.append(id(tx))) for _ in range(20)))
    assert len(set(times)) == 1


def test_store_time_is_one_for_the_whole_batch(store: Store) -> None:
    times = together(store, *(Write(lambda tx: tx.now) for _ in range(20)))
    assert len(set(times)) == 1
    assert isinstance(times[0], int)
    assert times[0] > 1_600_000_000_000


def test_an_item_that_raises_before_it_writes_harms_nobody(store: Store) -> None:
    def refuse(tx: Tx) -> None:
        tx.insert(SUBMISSION, submission_row("refused"))
        raise KeyUsedForOtherContent

    first, refused, last = together(store, accept("a"), Write(refuse), accept("b"))
    assert isinstance(refused, KeyUsedForOtherContent)
    assert not first[1]
    assert not last[1]
    assert count(store) == 2


def test_an_item_that_raises_after_it_changed_something_is_undone_alone(store: Store) -> None:
    runs = []

    def spoil(tx: Tx) -> None:
        runs.append(1)
        tx.execute(update(SUBMISSION).values(sender="stolen"))
        raise KeyUsedForOtherContent

    first, refused, last = together(store, accept("a"), Write(spoil), accept("b"))
    assert isinstance(refused, KeyUsedForOtherContent)
    assert (first[1], last[1]) == (False, False)
    assert len(runs) == 2
    with store.opened.read("hull") as connection:
        assert connection.execute(select(SUBMISSION.c.sender).distinct()).scalars().all() == ["school"]


def test_a_row_that_breaks_a_constraint_fails_alone(store: Store) -> None:
    orphan = Write(lambda tx: tx.insert(REFERRAL, referral_row("r", "no such submission")))
    first, refused, last = together(store, accept("a"), orphan, accept("b"))
    assert isinstance(refused, RowRefused)
    assert (first[1], last[1]) == (False, False)
    assert count(store) == 2


def test_what_the_store_refuses_repeats_no_value(store: Store) -> None:
    secret = "Imogen Farthing-Oake"
    orphan = Write(lambda tx: tx.insert(REFERRAL, referral_row("r", secret, sender=secret)))
    with pytest.raises(RowRefused) as refused:
        store.writer.run(orphan)
    chain: list[BaseException | None] = [refused.value, refused.value.__cause__]
    assert not any(secret in f"{fault} {fault!r} {fault.__dict__}" for fault in chain if fault)


def test_rows_go_in_with_parents_first_whatever_the_order_they_came_in(store: Store) -> None:
    def work(tx: Tx) -> None:
        row = submission_row("k")
        tx.insert(DELIVERY, delivery_row("d", "r"))
        tx.insert(REFERRAL, referral_row("r", str(row["id"])))
        tx.insert(SUBMISSION, row)

    store.writer.run(Write(work))
    with store.opened.read("hull") as connection:
        assert connection.execute(select(DELIVERY.c.seq, DELIVERY.c.id)).all() == [(1, "d")]


def test_a_statement_sees_the_rows_inserted_before_it(store: Store) -> None:
    def work(tx: Tx) -> int:
        tx.insert(SUBMISSION, submission_row("k"))
        return int(tx.execute(select(func.count()).select_from(SUBMISSION)).scalar_one())

    assert store.writer.run(Write(work)) == 1


def test_an_answer_comes_only_after_the_commit(store: Store) -> None:
    """From another connection the row must be there the moment the answer is."""

    async def submit() -> None:
        for number in range(20):
            await store.writer.submit(accept(f"k{number}"))
            assert count(store) == number + 1

    asyncio.run(submit())


def test_a_client_that_goes_away_does_not_stop_the_others(store: Store) -> None:
    async def submit() -> tuple[str, bool]:
        gone = asyncio.ensure_future(store.writer.submit(accept("gone")))
        await asyncio.sleep(0)
        gone.cancel()
        return await store.writer.submit(accept("here"))

    assert asyncio.run(submit())[1] is False
    assert store.writer.run(accept("gone"))[1] is True


def test_a_full_inbox_refuses_at_once_and_says_when_to_come_back(store: Store) -> None:
    writer = Writer(store.opened, inbox=3)  # not started: nothing leaves its inbox

    async def fill() -> StoreUnavailable:
        waiting = [asyncio.ensure_future(writer.submit(accept(f"k{n}"))) for n in range(3)]
        await asyncio.sleep(0)
        try:
            await writer.submit(accept("one more"))
        except StoreUnavailable as refused:
            return refused
        finally:
            for one in waiting:
                one.cancel()
        raise AssertionError("the inbox took one more than it holds")

    refused = asyncio.run(fill())
    assert (refused.status, refused.retry_after) == (503, 1)
    assert INBOX > 1_000


def test_a_stopped_writer_has_kept_what_it_took_and_takes_no_more(store: Store) -> None:
    async def submit() -> list[tuple[str, bool]]:
        waiting = [asyncio.ensure_future(store.writer.submit(accept(f"k{n}"))) for n in range(300)]
        await asyncio.sleep(0)
        await asyncio.to_thread(store.writer.stop)
        return await asyncio.gather(*waiting)

    assert len(asyncio.run(submit())) == 300
    assert count(store) == 300
    with pytest.raises(StoreUnavailable):
        store.writer.run(accept("late"))


def test_the_writer_asks_what_to_do_between_batches_and_tells_what_was_inserted(store: Store) -> None:
    told: list[dict[str, int]] = []
    done = threading.Event()

    def between(inserted: object) -> Write[None] | None:
        told.append(dict(inserted))  # type: ignore[call-overload]
        return Write(lambda tx: done.set()) if sum(one.get("submission", 0) for one in told) == 2 else None

    store.writer.stop()
    store.writer = Writer(store.opened, between=between)
    store.writer.start()
    store.writer.run(accept("a"))
    store.writer.run(accept("b"))
    assert done.wait(5)


@on_postgresql
def test_P4_a_commit_whose_outcome_is_unknown_is_looked_for_by_its_key(store: Store) -> None:
    """The connection is cut after the server committed and before it could say so."""
    writer = store.writer

    def cut(tx: Tx) -> tuple[str, bool]:
        answer = accept("k").work(tx)
        if not answer[1]:
            tx.flush()
            raw = tx._connection.connection.driver_connection
            commit = raw.commit

            def committed_then_lost() -> None:
                commit()
                raw.close()
                raise psycopg.OperationalError("server closed the connection unexpectedly")

            raw.commit = committed_then_lost
        return answer

    identifier, before = writer.run(Write(cut, (("hull", "school", "k"),)))
    assert before, "it must answer from what was committed"
    assert writer.run(accept("k")) == (identifier, True)
    assert count(store) == 1


@on_postgresql
def test_P4_without_a_key_an_unknown_commit_is_no_success(store: Store) -> None:
    def lose(tx: Tx) -> None:
        raw = tx._connection.connection.driver_connection

        def lost() -> None:
            raw.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        raw.commit = lost

    with pytest.raises(StoreUnavailable):
        store.writer.run(Write(lose))
    assert store.writer.run(accept("k"))[1] is False, "and the writer goes on"


@on_postgresql
def test_a_lost_connection_is_made_again(store: Store) -> None:
    kill = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(StoreUnavailable):
        store.writer.run(Write(lambda tx: tx.execute(kill)))
    assert store.writer.run(accept("k"))[1] is False


@on_postgresql
def test_two_processes_with_one_key_have_one_winner(store: Store) -> None:
    """Two writers on one database: the second insert waits for the first, fails, and then sees it."""
    other = Writer(opened := open_engine(store.url, demo=False, reader_url=store.reader_url))
    other.start()

    async def submit() -> list[tuple[str, bool]]:
        pairs = [(store.writer, f"k{n}") for n in range(40)] + [(other, f"k{n}") for n in range(40)]
        return await asyncio.gather(*(writer.submit(accept(key)) for writer, key in pairs))

    answers = asyncio.run(submit())
    other.stop()
    opened.close()
    assert [one[0] for one in answers[:40]] == [one[0] for one in answers[40:]]
    assert count(store) == 40


def test_erased_content_cannot_be_read_again(store: Store) -> None:
    kept = store.writer.run(Write(lambda tx: content.put(tx, "hull", "raw", b"words")))
    with store.opened.read("hull") as connection:
        assert content.get(connection, "hull", kept) == b"words"
    assert store.writer.run(Write(lambda tx: content.erase(tx, "hull", [kept]))) == 1
    with store.opened.read("hull") as connection:
        assert content.get(connection, "hull", kept) is None
        assert connection.execute(select(func.count()).select_from(CONTENT)).scalar_one() == 0


def test_rows_made_where_there_is_no_store_are_written_as_if_made_here(store: Store) -> None:
    apart, row = Apart(now=1), submission_row("k")
    apart.insert(SUBMISSION, row)
    made = pickle.loads(pickle.dumps(apart.made()))

    def work(tx: Tx) -> object:
        tx.take(made)
        return None

    store.writer.run(Write(work))
    assert count(store) == 1
    key = ("hull", "school", "k")
    found = store.writer.run(Write(lambda tx: tx.submission(key), (key,)))
    assert found is not None
    assert found["id"] == row["id"]


def test_where_there_is_no_store_nothing_but_an_insert_is_answered() -> None:
    apart = Apart(now=1)
    for ask in (lambda: apart.execute(select(SUBMISSION)), lambda: apart.submission(("a", "b", "c")), apart.erases):
        with pytest.raises(AskedApart):
            ask()


def test_a_row_that_no_store_may_keep_is_refused_where_it_is_made() -> None:
    with pytest.raises(RowRefused, match=r"submission\.status"):
        Apart(now=1).insert(SUBMISSION, submission_row("k") | {"status": "202"})
