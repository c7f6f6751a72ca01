"""What the gateway writes for one referral, taken from its own store, so that every floor writes the same bytes.

`capture` finds the rows that one referral left behind and sorts them into the three transactions they came with:
accepted, permitted, settled. `Copies` gives those rows again and again, each time with ids of their own.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects import sqlite as dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from gateway.store.sqlite import driver
from gateway.store.tables import ATTEMPT, CONTENT, DELIVERY, ENTRY, META, METADATA, PERMIT
from gateway.store.vault import PLAIN, vault_in

Stage = Literal["accept", "permit", "settle"]
Row = tuple[str, dict[str, Any]]
Statements = dict[str, list[tuple[object, ...]]]

_SHARED: Final = ("meta", "policy", "checkpoint", "tile", "hub_lane")
"""Tables with no row for each referral."""
_FRESH: Final = 32
"""Hex digits of an id that make it new."""
_SHORT: Final = 500
_DUE: Final = {
    "state": "due", "attempts": 0, "rungs": 0, "lost": 0, "early": 0, "planned_at": None, "fence": 0,
    "lease_until": None, "ended_at": None, "why": "",
}  # fmt: skip


class NothingWritten(Exception):
    """The gateway took a referral and its store does not show it."""


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of one referral by stage, parents first, and the bytes that went to the hub."""

    rows: Mapping[Stage, Sequence[Row]]
    payload: bytes

    def size(self, stage: Stage) -> int:
        """Bytes in the texts and blobs of one stage."""
        values = (value for _, row in self.rows[stage] for value in row.values())
        return sum(len(value) for value in values if isinstance(value, str | bytes))

    def save(self, path: Path) -> Path:
        """Keep it for the floors' processes, which read it with `load`."""
        path.write_bytes(pickle.dumps(self))
        return path

    @classmethod
    def load(cls, path: Path) -> Written:
        """Read what `save` kept."""
        found = pickle.loads(path.read_bytes())
        assert isinstance(found, cls)
        return found


def open_store(path: Path, *, tables: bool = False) -> Any:
    """A plain connection in WAL mode with `synchronous=FULL`, as every floor uses it. `tables`: lay them out first."""
    connection = driver().connect(str(path), isolation_level=None, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL")
    if tables:
        for table in METADATA.sorted_tables:
            connection.execute(str(CreateTable(table, if_not_exists=True).compile(dialect=dialect.dialect())))
            for index in table.indexes:
                connection.execute(str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect.dialect())))
    return connection


def _plain(path: Path, row: Mapping[str, Any]) -> bytes:
    """Unsealed, so that copies of it may have ids of their own."""
    vault = vault_in(path.parent / "keys")
    return PLAIN + vault.unseal(row["council"], row["id"], row["kind"], row["body"])


def snapshot(path: Path) -> dict[str, dict[tuple[object, ...], dict[str, Any]]]:
    """Every row of every table with rows of its own for each referral, by primary key."""
    connection = open_store(path)
    found = {}
    try:
        for table in METADATA.sorted_tables:
            if table.name in _SHARED:
                continue
            names = [column.name for column in table.columns]
            keys = [column.name for column in table.primary_key]
            rows = connection.execute(f"SELECT {_names(names)} FROM {table.name}").fetchall()
            whole = [dict(zip(names, row, strict=True)) for row in rows]
            if table is CONTENT:
                whole = [row | {"body": _plain(path, row)} for row in whole]
            found[table.name] = {tuple(row[key] for key in keys): row for row in whole}
    finally:
        connection.close()
    return found


def capture(before: Mapping[str, Any], after: Mapping[str, Any]) -> Written:
    """The rows between two snapshots of a quiet store. Raises NothingWritten when there is no accepted delivery."""
    new: list[Row] = [(name, row) for name in after for key, row in after[name].items() if key not in before[name]]
    deliveries = [row for name, row in new if name == DELIVERY.name and row["kind"] == "referral"]
    if len(deliveries) != 1:
        raise NothingWritten(f"one referral made {len(deliveries)} deliveries, and the bench needs exactly one")
    payload = next(row["body"] for name, row in new if name == CONTENT.name and row["id"] == deliveries[0]["payload"])
    permit, settle = _entries(new, PERMIT.name), _entries(new, ATTEMPT.name)
    rows: dict[Stage, list[Row]] = {"accept": [], "permit": [], "settle": []}
    for name, row in new:
        mine = row.get("rid") or row.get("id")
        if name == PERMIT.name or mine in permit:
            rows["permit"].append((name, row))
        elif name == ATTEMPT.name or mine in settle:
            rows["settle"].append((name, row))
        else:
            rows["accept"].append((name, row | _DUE if name == DELIVERY.name else row))
    for _, row in (pair for stage in rows.values() for pair in stage):
        if "idx" in row:
            row["idx"] = None
    return Written(rows, payload[1:])


class Copies:
    """Gives the rows of one more referral: the same bytes, with ids of its own."""

    def __init__(self, written: Written) -> None:
        ids = list(dict.fromkeys(_identities(row for stage in written.rows.values() for row in stage)))
        self._count = len(ids)
        widths = [min(len(value), _FRESH) for value in ids]
        self._known = [(value[: len(value) - width], width) for value, width in zip(ids, widths, strict=True)]
        contents = {row["id"] for rows in written.rows.values() for name, row in rows if name == CONTENT.name}
        self._ordered = [place for place, value in enumerate(ids) if value in contents]
        self._plans = {stage: [_plan(row, ids) for row in rows] for stage, rows in written.rows.items()}
        delivery = next(row for name, row in written.rows["accept"] if name == DELIVERY.name)
        self._delivery = ids.index(delivery["id"])

    def ids(self) -> list[str]:
        """Ids for one more referral. Those of contents begin with the time, as the gateway's do."""
        fresh, now = os.urandom(self._count * _FRESH // 2).hex(), f"{time.time_ns() // 1_000_000:012x}"
        ids = [keep + fresh[at * _FRESH : at * _FRESH + width] for at, (keep, width) in enumerate(self._known)]
        for place in self._ordered:
            ids[place] = now + ids[place][len(now) :]
        return ids

    def delivery(self, ids: Sequence[str]) -> str:
        """Which of the ids names the delivery."""
        return ids[self._delivery]

    def rows(self, stage: Stage, ids: Sequence[str]) -> Iterator[tuple[str, tuple[object, ...]]]:
        """(statement, values) of each row of one stage, in the order to insert them."""
        for statement, values, places in self._plans[stage]:
            row = list(values)
            for place, parts in places:
                row[place] = "".join(ids[part] if isinstance(part, int) else part for part in parts)
            yield statement, tuple(row)


def gather(rows: Iterable[tuple[str, tuple[object, ...]]], into: Statements) -> None:
    """Sort rows by statement, for one `executemany` each."""
    for statement, values in rows:
        into.setdefault(statement, []).append(values)


def queue(path: Path, copies: Copies, n: int) -> None:
    """Write `n` accepted referrals straight into a store that nobody owns just now."""
    connection = open_store(path)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        for first in range(0, n, 1_000):
            batch: Statements = {}
            for _ in range(min(1_000, n - first)):
                gather(copies.rows("accept", copies.ids()), batch)
            connection.execute("BEGIN IMMEDIATE")
            for statement, values in batch.items():
                connection.executemany(statement, values)
            connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()
        os.sync()


def _plan(row: Row, ids: Sequence[str]) -> tuple[str, list[object], list[tuple[int, list[str | int]]]]:
    """One row's statement, its values, and which of them are made of ids: parts are texts and places in `ids`."""
    name, values = row
    table = METADATA.tables[name]
    given = {key: value for key, value in values.items() if table.c[key].autoincrement is not True}
    statement = f"INSERT INTO {name} ({_names(given)}) VALUES ({', '.join('?' * len(given))})"
    texts = [(at, _parts(value, ids)) for at, value in enumerate(given.values()) if isinstance(value, str)]
    places = [(at, parts) for at, parts in texts if any(isinstance(part, int) for part in parts)]
    return statement, list(given.values()), places


def _parts(value: str, ids: Sequence[str]) -> list[str | int]:
    parts: list[str | int] = [value]
    if len(value) > _SHORT:
        return parts
    for place, known in enumerate(ids):
        parts = [piece for part in parts for piece in (_split(part, known, place) if isinstance(part, str) else [part])]
    return parts or [value]


def _split(text: str, known: str, place: int) -> list[str | int]:
    pieces: list[str | int] = []
    for number, piece in enumerate(text.split(known)):
        if number:
            pieces.append(place)
        if piece:
            pieces.append(piece)
    return pieces


def _identities(rows: Iterable[Row]) -> Iterator[str]:
    """Texts of keys and unique columns that are long enough to be ids, and not names such as a council's."""
    for name, row in rows:
        table = METADATA.tables[name]
        columns = {column.name for column in table.primary_key} | {c.name for c in table.columns if c.unique}
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                columns |= {column.name for column in constraint.columns}
        for column in sorted(columns):
            value = row[column]
            if isinstance(value, str) and len(value) >= 20:
                yield value


def _entries(rows: Iterable[Row], table: str) -> set[str]:
    """Rids and section contents of the entries that rows of this table name."""
    pairs = list(rows)
    rids = {row["entry"] for name, row in pairs if name == table}
    return rids | {row["sections"] for name, row in pairs if name == ENTRY.name and row["rid"] in rids}


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def lay_out(path: Path, like: Path | None = None) -> Path:
    """A new store with its tables, and the stamp of another one where there is one."""
    connection = open_store(path, tables=True)
    try:
        if like is not None:
            other = open_store(like)
            stamp = other.execute(f"SELECT name, value FROM {META.name}").fetchall()
            other.close()
            connection.executemany(f"INSERT OR IGNORE INTO {META.name} VALUES (?, ?)", stamp)
    finally:
        connection.close()
    return path
