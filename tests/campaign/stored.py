"""What the store holds once everything is over, read past the gateway: every row, and the digest of every content."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, func, make_url, select, text

from contracts.errors import ContentUnreadable
from gateway.store.sqlite import driver
from gateway.store.tables import (
    ATTEMPT,
    CHECKPOINT,
    CONTENT,
    DECISION,
    DELIVERY,
    ENTRY,
    METADATA,
    PERMIT,
    REFERRAL,
    SUBMISSION,
)
from gateway.store.vault import vault_in

Row = Mapping[str, Any]

_READ: Final = (SUBMISSION, REFERRAL, DECISION, DELIVERY, PERMIT, ATTEMPT)


@dataclass(slots=True)
class Stored:
    """Everything the oracles look at.

    rows      table → its rows
    entries   in the order in which they were written
    told      rid → what the entry says of a delivery, for entries that are about one
    digests   content id → SHA-256; kinds: content id → raw, filed, payload, sections
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    entries: list[Row] = field(default_factory=list)
    told: dict[str, Row] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def by(self, table: str, column: str) -> dict[Any, list[Row]]:
        """A table's rows by one of their columns."""
        found: dict[Any, list[Row]] = defaultdict(list)
        for row in self.rows[table]:
            found[row[column]].append(row)
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is. `url` is a SQLite file's or, on PostgreSQL, the owner's; `keys` its folder of keys."""

    url: str
    keys: Path

    @property
    def kind(self) -> str:
        """sqlite or postgresql."""
        return make_url(self.url).get_backend_name()

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return Path(str(make_url(self.url).database))

    @contextmanager
    def connect(self, mode: str = "ro") -> Iterator[Connection]:
        """A connection of our own for a moment. It is closed again, so that a restarted gateway finds no other."""
        engine = self._engine(mode)
        try:
            with engine.connect() as connection:
                yield connection
                if mode == "rw":
                    connection.commit()
        finally:
            engine.dispose()

    def _engine(self, mode: str) -> Engine:
        if self.kind == "sqlite":
            module, path = driver(), self.path
            return create_engine(
                "sqlite://", module=module, creator=lambda: module.connect(f"file:{path}?mode={mode}", uri=True)
            )
        return create_engine(make_url(self.url).set(drivername="postgresql+psycopg"))

    def missing(self, referrals: list[str]) -> list[str]:
        """Which of these referrals are not there."""
        with self.connect() as connection:
            found = set(connection.execute(select(REFERRAL.c.id).where(REFERRAL.c.id.in_(referrals))).scalars())
        return [referral for referral in referrals if referral not in found]

    def checkpoint(self, council: str) -> str:
        """The newest signed checkpoint, as an outsider would keep it; "" before the first."""
        newest = select(CHECKPOINT.c.note).where(CHECKPOINT.c.council == council).order_by(CHECKPOINT.c.size.desc())
        with self.connect() as connection:
            return connection.execute(newest.limit(1)).scalar() or ""

    def at_work(self, until: int) -> int:
        """Deliveries being sent or due by then (ms UTC), and entries that wait for their checkpoint."""
        busy = "SELECT count(*) FROM delivery WHERE state = 'sending' OR (state = 'due' AND due_at <= :soon)"
        with self.connect() as connection:
            deliveries = connection.execute(text(busy), {"soon": until}).scalar_one()
            unsealed = select(func.count()).select_from(ENTRY).where(ENTRY.c.idx.is_(None))
            return int(deliveries) + int(connection.execute(unsealed).scalar_one())

    def waiting(self) -> int:
        """Deliveries that wait for a later try."""
        with self.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM delivery WHERE state = 'due'")).scalar_one())

    def read(self) -> Stored:
        """Everything, in one transaction."""
        stored = Stored()
        with self.connect() as connection:
            for table in _READ:
                stored.rows[table.name] = [dict(row) for row in connection.execute(select(table)).mappings()]
            entries = select(ENTRY.c.rid, ENTRY.c.type, ENTRY.c.referral, ENTRY.c.sections, ENTRY.c.seq, ENTRY.c.idx)
            stored.entries = [dict(row) for row in connection.execute(entries.order_by(ENTRY.c.seq)).mappings()]
            of = {entry["sections"]: entry["rid"] for entry in stored.entries}
            bodies = select(CONTENT).execution_options(yield_per=1_000)
            vault = vault_in(self.keys)
            for content, council, kind, sealed in connection.execute(bodies):
                try:
                    body = vault.unseal(council, content, kind, bytes(sealed))
                except ContentUnreadable:
                    body = b""  # no oracle takes it for what was sent
                stored.digests[content], stored.kinds[content] = sha256(body).hexdigest(), kind
                if content in of and (said := _delivery_of(body)) is not None:
                    stored.told[of[content]] = said
        return stored

    def damage(self) -> list[str]:
        """What is wrong with the file or the database itself (O14)."""
        return _damage_of_file(self) if self.kind == "sqlite" else _damage_of_database(self)


def _delivery_of(sections: bytes) -> Row | None:
    """What an entry's section `delivery` says, read without our own reader; None of what cannot be opened."""
    if not sections:
        return None
    part = json.loads(sections).get("delivery")
    return json.loads(part["value"]) if part else None


def _damage_of_file(place: Place) -> list[str]:
    with place.connect() as connection:
        found = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
        found += [
            f"a row of {row[0]} refers to nothing" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
        ]
    return found


def _damage_of_database(place: Place) -> list[str]:
    """Every table read through its pages and through its primary key: the same number of rows."""
    found = []
    with place.connect() as connection:
        for table in METADATA.sorted_tables:
            first, counts = next(iter(table.primary_key)), []
            for way in ("enable_indexscan, enable_bitmapscan, enable_indexonlyscan", "enable_seqscan"):
                connection.exec_driver_sql("RESET ALL")
                for setting in way.split(", "):
                    connection.exec_driver_sql(f"SET {setting} = off")
                whole = f'SELECT count(*) FROM (SELECT * FROM {table.name} ORDER BY "{first.name}") AS whole'
                counts.append(connection.exec_driver_sql(whole).scalar_one())
            if counts[0] != counts[1]:
                found.append(f"{table.name} has {counts[0]} rows, and its key {counts[1]}")
    return found
