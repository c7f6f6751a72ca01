"""One source record has one first version, however many processes take it in at once (settled 22)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest

from gateway.store.engine import open_engine
from gateway.store.tables import LOOKUP, REFERRAL, SUBMISSION
from gateway.store.versions import KIND, Lineage
from gateway.store.writer import Tx, Write, Writer
from tests.conftest import Store
from tests.store.writes import on_postgresql, referral_row, submission_row

RECORD: Lineage = ("hull", "school", "mis_csv", "token-of-record-7", 0)
Found = tuple[str | None, str]
"""The newest version that was found, and the one that was made."""


def a_version(key: str, looked: threading.Event, wait_for: threading.Event, *records: Lineage) -> Write[Found]:
    """Take in one source record under a key of its own: say that it was looked for, and wait before it is written."""

    def work(tx: Tx) -> Found:
        before = tx.newest(RECORD)
        looked.set()
        wait_for.wait(0.5)
        submission, referral = submission_row(key), str(uuid4())
        tx.insert(SUBMISSION, submission)
        tx.insert(
            REFERRAL, referral_row(referral, str(submission["id"]), supersedes=before, version=2 if before else 1)
        )
        tx.insert(LOOKUP, {"council": "hull", "token": RECORD[3], "referral": referral, "kind": KIND})
        tx.continues(RECORD, referral)
        return before, referral

    return Write(work, (("hull", "school", key),), records or (RECORD,))


@pytest.fixture
def other(store: Store) -> Iterator[Writer]:
    """The writer of a second process on the same database, with a connection of its own."""
    opened = open_engine(store.url, demo=False, reader_url=store.reader_url)
    writer = Writer(opened)
    writer.start()
    yield writer
    writer.stop()
    opened.close()


def both(
    first: Writer, ahead: Write[Found], second: Writer, behind: Write[Found], began: threading.Event
) -> list[Found]:
    """What each makes of it; the second begins while the first is between looking and writing."""
    made: dict[str, Found] = {}
    threads = [threading.Thread(target=lambda: made.update(first=first.run(ahead)))]
    threads[0].start()
    assert began.wait(5)
    threads.append(threading.Thread(target=lambda: made.update(second=second.run(behind))))
    threads[1].start()
    for thread in threads:
        thread.join(10)
    return [made["first"], made["second"]]


@on_postgresql
def test_settled_22_two_processes_with_one_unseen_record_make_two_versions_of_one_referral(
    store: Store, other: Writer
) -> None:
    one, two = threading.Event(), threading.Event()

    found = both(store.writer, a_version("k1", one, two), other, a_version("k2", two, one), one)

    (nothing, first), (before, _) = found
    assert (nothing, before) == (None, first)


@on_postgresql
def test_settled_22_two_processes_that_name_the_same_records_in_other_orders_do_not_wait_for_each_other_for_ever(
    store: Store, other: Writer
) -> None:
    another: Lineage = (*RECORD[:3], "token-of-record-8", 0)
    one, two = threading.Event(), threading.Event()
    ahead, behind = a_version("k1", one, two, RECORD, another), a_version("k2", two, one, another, RECORD)

    (_, first), (before, _) = both(store.writer, ahead, other, behind, one)

    assert before == first


@on_postgresql
def test_two_processes_with_different_records_do_not_wait_for_each_other(store: Store, other: Writer) -> None:
    another: Lineage = (*RECORD[:3], "token-of-record-8", 0)
    looked, done = threading.Event(), threading.Event()
    held = Write(lambda tx: (looked.set(), done.wait(5))[1], (), (RECORD,))
    thread = threading.Thread(target=lambda: store.writer.run(held))
    thread.start()
    assert looked.wait(5)

    other.run(Write(lambda tx: done.set(), (), (another,)))

    thread.join(5)
    assert done.is_set()
