"""P18: how long it takes to prove a record, beside reading and hashing the same entries with nothing learned.

Counted is processor time; one core beside two is by the clock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from uuid import UUID

import orjson

from gateway.record.entries import make_entry
from gateway.record.note import Key, read_checkpoint
from gateway.record.tree import Frontier
from gateway.record.verify import verify_record
from gateway.store.engine import open_engine
from gateway.store.evidence import checkpoints, sealed_entries, tiles_ahead, tiles_of
from gateway.store.item import Write
from gateway.store.keys import load_keys
from gateway.store.sealer import Sealer, record_entry
from gateway.store.transaction import Tx
from gateway.store.writer import Writer
from tests.bench.goals import GOALS, Measured, pairs
from tests.bench.stand import ORIGIN, Stand
from tests.bench.written import open_store

COUNCIL = "testham"
SEALED_AT = 256
"""Entries between two checkpoints: what a busy gateway seals at once."""
_SECTIONS = {"decision": {"outcome": "share", "deciding": ["G-501"]}, "facts": {"harm": "none_declared"}}


@dataclass(frozen=True, slots=True)
class Part:
    """What one process verifies: entries from `first` on, up to `last`."""

    store: str
    key: Key
    first: int
    last: int


def measure(stand: Stand) -> list[Measured]:
    """The floors and the verifier in turn, then the verifier in two processes."""
    n = stand.scale.entries
    stand.say(f"making a record of {n:,} entries")
    store, key = make_record(stand.folder, n)
    whole = Part(str(store), key, 0, n)
    middle = n // 2 // SEALED_AT * SEALED_AT
    halves = [Part(str(store), key, 0, middle), Part(str(store), key, middle, n)]
    times: dict[str, list[float]] = {name: [] for name in ("plain", "spelt", "ours", "one", "two")}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(verify, halves))
        for turn in range(min(3, stand.scale.rounds)):
            stand.say(f"verifying {n:,} entries, round {turn + 1}")
            times["plain"].append(_timed(lambda: read(store, _hashed)))
            times["spelt"].append(_timed(lambda: read(store, _spelt)))
            times["ours"].append(_timed(lambda: verify(whole)))
            times["one"].append(_timed(lambda: verify(whole), time.monotonic))
            times["two"].append(_timed(lambda: list(pool.map(verify, halves)), time.monotonic))
    store.unlink()
    return _lines(times, n)


def make_record(folder: Path, n: int) -> tuple[Path, Key]:
    """A sealed record of `n` entries in a store of its own, and the key that it can be verified with."""
    keys = load_keys(folder / "record-keys", [COUNCIL], ORIGIN, create=True)
    store = folder / "record.db"
    opened = open_engine(f"sqlite:///{store}", demo=True)
    writer, sealer = Writer(opened), Sealer(keys)
    writer.start()
    try:
        for first in range(0, n, SEALED_AT):
            writer.run(Write(partial(_write, first=first, last=min(n, first + SEALED_AT))))
            writer.run(sealer.seal_now())
    finally:
        writer.stop()
        opened.close()
    return store, keys[COUNCIL].record


def verify(part: Part) -> int:
    """The product's own verifier over one part. Answers how many entries it proved; raises ValueError on a finding."""
    opened = open_engine(f"sqlite:///{part.store}", demo=True, read_only=True)
    try:
        with opened.read(COUNCIL) as connection:
            notes = [note for note in checkpoints(connection, COUNCIL) if part.first <= _size(note) <= part.last]
            start = Frontier.of(part.first, tiles_of(connection, COUNCIL)) if part.first else Frontier()
            entries = sealed_entries(connection, COUNCIL, start=part.first, content=False)
            report = verify_record(
                islice(entries, part.last - part.first), notes, part.key, part.key.name,
                tiles=tiles_ahead(connection, COUNCIL), start=start,
            )  # fmt: skip
    finally:
        opened.close()
    if report.findings or report.proven != part.last - part.first:
        raise ValueError(f"the verifier proved {report.proven} entries: {report.findings[:1]}")
    return report.proven


def read(store: Path, each: Callable[[Iterable[tuple[bytes]]], None]) -> None:
    """The floor: every leaf in order, through plain SQLite."""
    connection = open_store(store)
    try:
        each(connection.execute("SELECT leaf FROM entry ORDER BY idx"))
    finally:
        connection.close()


def _hashed(rows: Iterable[tuple[bytes]]) -> None:
    head = b""
    for (leaf,) in rows:
        head = sha256(head + leaf).digest()


def _spelt(rows: Iterable[tuple[bytes]]) -> None:
    head = b""
    for (leaf,) in rows:
        if orjson.dumps(orjson.loads(leaf), option=orjson.OPT_SORT_KEYS) != leaf:
            raise ValueError("an entry is not in its canonical spelling")
        head = sha256(head + leaf).digest()


def _write(tx: Tx, first: int, last: int) -> None:
    for number in range(first, last):
        rid = str(UUID(bytes=os.urandom(16), version=4))
        entry = make_entry(rid, COUNCIL, "decision.machine", 1_790_000_000_000 + number, _SECTIONS, lambda: bytes(32))
        record_entry(tx, entry)


def _lines(times: dict[str, list[float]], n: int) -> list[Measured]:
    ours = times["ours"]
    note = f"{n:,} entries, leaves only; processor time."
    said = f"{n / median(ours):,.0f}/s"
    lines = []
    for goal, floor, words in (("P18", "spelt", note), ("P18 plain", "plain", "")):
        lines.append(
            Measured(GOALS[goal], said, f"{n / median(times[floor]):,.0f}/s", pairs(ours, times[floor]), words)
        )
    two = f"{n / median(times['two']):,.0f}/s"
    one = f"{n / median(times['one']):,.0f}/s"
    return [*lines, Measured(GOALS["P18 two"], two, one, pairs(times["two"], times["one"]))]


def _size(note: str) -> int:
    return read_checkpoint(note).size


def _timed(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    began = clock()
    work()
    return clock() - began
