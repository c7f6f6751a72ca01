"""The record as the store keeps it: numbered once, signed, provable, and never forked (settled 18)."""

from __future__ import annotations

import asyncio
import time

import pytest
from sqlalchemy import func, select

from contracts.evidence import Entry
from gateway.record.findings import Kind, Report
from gateway.record.note import read_checkpoint
from gateway.record.tree import root
from gateway.record.verify import verify_entry, verify_record
from gateway.store.engine import open_engine
from gateway.store.evidence import (
    checkpoints,
    entry_of,
    evidence_of,
    latest_checkpoint,
    proof_of,
    sealed_entries,
    tiles_of,
)
from gateway.store.sealer import Sealer, record_entry
from gateway.store.tables import CHECKPOINT, ENTRY
from gateway.store.writer import Tx, Write, Writer
from tests.conftest import Store
from tests.store.writes import entry, on_postgresql, tamper


def record(*entries: Entry) -> Write[None]:
    def work(tx: Tx) -> None:
        for one in entries:
            record_entry(tx, one)

    return Write(work)


def quiet(store: Store) -> None:
    """Let the sealer work only when it is told to."""
    store.writer.stop()
    store.writer = Writer(store.opened)
    store.writer.start()


def seal(store: Store) -> int:
    return store.writer.run(store.sealer.seal_now())


def verified(store: Store, council: str = "hull") -> Report:
    key = store.keys[council].record
    with store.opened.read(council) as connection:
        return verify_record(
            sealed_entries(connection, council),
            list(checkpoints(connection, council)),
            key,
            key.name,
            tiles=tiles_of(connection, council),
        )


def wait_for(condition: object, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:  # type: ignore[operator]
        time.sleep(0.01)
    assert condition()  # type: ignore[operator]


def test_250_entries_give_the_tree_that_rfc_6962_defines(store: Store) -> None:
    quiet(store)
    entries = [entry(number) for number in range(250)]
    for start in range(0, 250, 50):
        store.writer.run(record(*entries[start : start + 50]))
        seal(store)
    with store.opened.read("hull") as connection:
        heads = [read_checkpoint(note) for note in checkpoints(connection, "hull")]
        leaves = [leaf for _, leaf, _ in sealed_entries(connection, "hull")]
    assert leaves == [one.leaf for one in entries]
    assert [(head.size, head.root) for head in heads] == [(n, root(leaves[:n])) for n in (50, 100, 150, 200, 250)]


@pytest.mark.parametrize("step", [1, 7, 255, 256, 257, 600])
def test_the_record_verifies_whatever_the_size_of_its_steps(store: Store, step: int) -> None:
    quiet(store)
    total = 10 if step == 1 else 600
    for start in range(0, total, step):
        store.writer.run(record(*(entry(number) for number in range(start, min(start + step, total)))))
        seal(store)
    report = verified(store)
    assert report.findings == ()
    assert (report.entries, report.proven, report.opened, report.unsealed) == (total, total, total, 0)


def test_every_entry_is_proven_with_the_public_key_alone(store: Store) -> None:
    quiet(store)
    store.writer.run(record(*(entry(number) for number in range(300))))
    seal(store)
    store.writer.run(record(*(entry(number) for number in range(300, 310))))
    seal(store)
    key = store.keys["hull"].record
    with store.opened.read("hull") as connection:
        for number in (0, 1, 255, 256, 299, 300, 309):
            evidence = evidence_of(connection, "hull", entry(number).rid)
            assert evidence is not None
            assert verify_entry(evidence, key, key.name).findings == ()
            assert evidence.proof.index == number


def test_an_entry_waits_unproven_until_it_is_sealed(store: Store) -> None:
    quiet(store)
    store.writer.run(record(entry(1)))
    with store.opened.read("hull") as connection:
        assert proof_of(connection, "hull", entry(1).rid) is None
        assert entry_of(connection, "hull", entry(1).rid) == entry(1)
    assert seal(store) == 1
    with store.opened.read("hull") as connection:
        assert proof_of(connection, "hull", entry(1).rid) is not None


def test_an_entry_nobody_wrote_has_no_proof(store: Store) -> None:
    with store.opened.read("hull") as connection:
        assert proof_of(connection, "hull", entry(1).rid) is None
        assert evidence_of(connection, "hull", entry(1).rid) is None
        assert latest_checkpoint(connection, "hull") is None


def test_each_council_has_a_record_of_its_own(store: Store) -> None:
    quiet(store)
    mixed = [entry(number, council=("hull", "leicester")[number % 2]) for number in range(21)]
    store.writer.run(record(*mixed))
    assert seal(store) == 21
    assert (verified(store).proven, verified(store, "leicester").proven) == (11, 10)


def test_a_hundred_waiting_entries_are_sealed_at_once(store: Store) -> None:
    now = int(time.time() * 1000)
    store.writer.run(record(*(entry(number, ts=now) for number in range(99))))
    time.sleep(0.2)
    with store.opened.read("hull") as connection:
        assert latest_checkpoint(connection, "hull") is None
    store.writer.run(record(entry(99, ts=now)))

    def sealed() -> bool:
        with store.opened.read("hull") as connection:
            return latest_checkpoint(connection, "hull") is not None

    wait_for(sealed)
    assert verified(store).proven == 100


def test_a_single_entry_is_sealed_when_its_time_is_up(store: Store) -> None:
    store.writer.stop()
    store.sealer = Sealer(store.keys, every=0.2)
    store.writer = Writer(store.opened, between=store.sealer, tick=0.05)
    store.writer.start()
    store.writer.run(record(entry(1, ts=int(time.time() * 1000))))

    def sealed() -> bool:
        with store.opened.read("hull") as connection:
            return proof_of(connection, "hull", entry(1).rid) is not None

    wait_for(sealed)


def test_after_a_restart_the_record_goes_on_where_it_was(store: Store) -> None:
    for start in range(0, 300, 100):
        store.writer.run(record(*(entry(number) for number in range(start, start + 70))))
        seal(store)
        store.writer.run(record(*(entry(number) for number in range(start + 70, start + 100))))
        store.reopen()
    seal(store)
    assert verified(store).findings == ()
    assert verified(store).proven == 300


def test_sealing_again_with_nothing_new_signs_nothing(store: Store) -> None:
    quiet(store)
    store.writer.run(record(entry(1)))
    assert [seal(store), seal(store)] == [1, 0]
    with store.opened.read("hull") as connection:
        assert len(list(checkpoints(connection, "hull"))) == 1


TAMPERINGS = {
    "the newest checkpoint is gone": "DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)",
    "every checkpoint is gone": "DELETE FROM checkpoint",
    "the newest root is another": "UPDATE checkpoint SET root = frontier WHERE size = 20",
    "the newest note is an older one": "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 10)",
    "the tree is gone": "DELETE FROM tile",
    "an entry was numbered by hand": (
        "UPDATE entry SET idx = 20 WHERE seq = (SELECT max(seq) FROM entry WHERE council = 'hull')"
    ),
    "the last entries are gone": "DELETE FROM entry WHERE idx >= 15",
    "the record was rolled back whole": (
        "DELETE FROM checkpoint WHERE size = 20; DELETE FROM entry WHERE idx >= 10; DELETE FROM tile"
    ),
}


@pytest.mark.parametrize("statement", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_P22_nothing_is_signed_over_a_record_that_was_tampered_with(store: Store, statement: str) -> None:
    quiet(store)
    for start in (0, 10):
        store.writer.run(record(*(entry(number) for number in range(start, start + 10))))
        seal(store)
    store.writer.run(record(entry(20), entry(21), entry(30, council="leicester")))
    for part in statement.split("; "):
        tamper(store, part)
    assert seal(store) == 1, "the other council's record is sealed all the same"
    assert list(store.sealer.alarms) == ["hull"]
    with store.opened.read("hull") as connection:
        assert connection.execute(select(func.max(CHECKPOINT.c.size))).scalar() in (None, 10, 20)


def test_a_council_without_a_key_alarms(store: Store) -> None:
    quiet(store)
    store.writer.run(record(entry(1, council="derby")))
    assert seal(store) == 0
    assert store.sealer.alarms == {"derby": "there is no signing key for this council"}


def test_a_changed_leaf_is_named_by_checking_the_stored_record(store: Store) -> None:
    quiet(store)
    store.writer.run(record(*(entry(number) for number in range(20))))
    seal(store)
    tamper(store, "UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE idx = 3) WHERE idx = 7")
    assert {finding.first for finding in verified(store).findings} == {7}


def test_erased_content_is_named_by_checking_the_stored_record(store: Store) -> None:
    quiet(store)
    store.writer.run(record(*(entry(number) for number in range(5))))
    seal(store)
    tamper(store, "DELETE FROM content WHERE id = (SELECT sections FROM entry WHERE idx = 2)")
    assert [(finding.kind, finding.first) for finding in verified(store).findings] == [(Kind.ERASED, 2)]


def test_entries_keep_the_order_in_which_they_were_written(store: Store) -> None:
    quiet(store)

    async def write() -> None:
        await asyncio.gather(*(store.writer.submit(record(entry(number))) for number in range(300)))

    asyncio.run(write())
    seal(store)
    with store.opened.read("hull") as connection:
        written = connection.execute(select(ENTRY.c.idx).order_by(ENTRY.c.seq)).scalars().all()
    assert written == list(range(300))


@on_postgresql
def test_two_processes_on_one_database_never_fork_a_record(store: Store) -> None:
    opened = open_engine(store.url, demo=False, reader_url=store.reader_url)
    sealers = [Sealer(store.keys, most=5), Sealer(store.keys, most=5)]
    store.writer.stop()
    store.writer = Writer(store.opened, between=sealers[0])
    other = Writer(opened, between=sealers[1])
    for writer in (store.writer, other):
        writer.start()

    async def write() -> None:
        pairs = ((writer, side * 1000 + n) for n in range(150) for side, writer in enumerate((store.writer, other)))
        for start in range(0, 300, 20):
            some = [next(pairs) for _ in range(20)]
            await asyncio.gather(*(writer.submit(record(entry(number))) for writer, number in some))
            assert start < 300

    asyncio.run(write())
    other.run(sealers[1].seal_now())
    other.stop()
    opened.close()
    seal(store)
    report = verified(store)
    assert report.findings == ()
    assert report.proven == 300
    assert report.checkpoints > 5
    assert [sealer.alarms for sealer in sealers] == [{}, {}]
