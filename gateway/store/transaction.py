"""What one item of work may do inside the writer's transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, Dialect, Executable, Table, bindparam, func, select, tuple_

from gateway.store.columns import RowRefused, check_of
from gateway.store.tables import METADATA, SUBMISSION

Key = tuple[str, str, str]
"""Council, sender, digest of the idempotency key: where one submission stands (settled 22)."""

Row = Mapping[str, object]

_BY_KEY: Final = (SUBMISSION.c.council, SUBMISSION.c.sender, SUBMISSION.c.key)
_TRY_LOCK: Final = select(func.pg_try_advisory_xact_lock(func.hashtextextended(bindparam("lock"), 0)))
_ORDER: Final = {table: place for place, table in enumerate(METADATA.sorted_tables)}


class _Insert:
    """One table's INSERT, compiled once: its text, and how a row becomes the driver's tuple."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        given = [column for column in table.columns if column.autoincrement is not True]
        names = [column.name for column in given]
        compiled = table.insert().inline().compile(dialect=dialect, column_keys=names)
        self.text = str(compiled)
        self._table = table.name
        self._columns = [(column.name, check_of(column.type), bool(column.nullable)) for column in given]
        self._names = frozenset(names)

    def values(self, row: Row) -> tuple[object, ...]:
        """The row as the driver takes it. Raises RowRefused, naming the column and never the value."""
        if not row.keys() <= self._names:
            strange = ", ".join(sorted(row.keys() - self._names))
            raise RowRefused(f"{self._table} has no column for {strange}, or the store gives it.")
        values, name = [], ""
        try:
            for name, check, nullable in self._columns:
                value = row.get(name)
                if value is not None:
                    values.append(check(value))
                elif nullable:
                    values.append(None)
                else:
                    raise RowRefused("is missing")
        except RowRefused as fault:
            raise RowRefused(f"{self._table}.{name} {fault.detail}.") from None
        return tuple(values)


@lru_cache(maxsize=256)
def _insert(table: Table, dialect: Dialect) -> _Insert:
    return _Insert(table, dialect)


class Tx:
    """The writer's transaction, as one item of work sees it.

    now  store time, ms UTC: one for the whole batch
    """

    def __init__(self, connection: Connection, now: int) -> None:
        self.now: Final = now
        self.inserted: Final = Counter[str]()
        self.erased = False
        self._connection = connection
        self._known: dict[Key, Row] = {}
        self._buffer: dict[Table, list[tuple[object, ...]]] = {}
        self._mine: list[tuple[Table, Row, tuple[object, ...]]] = []
        self._changed = False

    def submission(self, key: Key) -> Row | None:
        """The submission at a key that the item named, if one stands there: committed, or earlier in this batch."""
        return self._known.get(key)

    def insert(self, table: Table, row: Row) -> None:
        """Insert a row at the end of the batch, after the rows it refers to. Raises RowRefused at once if a value
        does not fit its column."""
        self._mine.append((table, row, _insert(table, self._connection.dialect).values(row)))

    def execute(self, statement: Executable, parameters: Row | Sequence[Row] | None = None) -> CursorResult[Any]:
        """Run one statement now, after every row inserted so far."""
        self._changed = self._changed or bool(self._mine) or not getattr(statement, "is_select", False)
        self.keep()
        self.flush()
        result: CursorResult[Any] = self._connection.execute(statement, parameters)
        return result

    def alone(self, name: str) -> bool:
        """Whether no other process is in a transaction that asked for this name. A SQLite file has one owner anyway."""
        if self._connection.dialect.name != "postgresql":
            return True
        return bool(self.execute(_TRY_LOCK, {"lock": f"early-help-gateway {name}"}).scalar())

    def erases(self) -> None:
        """Say that this item deletes what must be gone from the disk too once it is committed."""
        self.erased = True

    # For the writer ------------------------------------------------------------------------------------------------

    def look_up(self, keys: Iterable[Key]) -> None:
        """Read the submissions at these keys, in one query."""
        wanted = list(dict.fromkeys(keys))
        if wanted:
            found = self._connection.execute(SUBMISSION.select().where(tuple_(*_BY_KEY).in_(wanted)))
            self._known.update({(row["council"], row["sender"], row["key"]): dict(row) for row in found.mappings()})

    def start_item(self) -> None:
        """Forget what the item before did."""
        self._mine.clear()
        self._changed = False

    @property
    def untouched(self) -> bool:
        """Whether the item that just failed left nothing behind, once its own rows are forgotten."""
        return not self._changed

    def keep(self) -> None:
        """Take the item's rows into the batch."""
        for table, row, values in self._mine:
            self._buffer.setdefault(table, []).append(values)
            self.inserted[table.name] += 1
            if table is SUBMISSION:
                self._known[(str(row["council"]), str(row["sender"]), str(row["key"]))] = row
        self._mine.clear()

    def flush(self) -> None:
        """Send the batch's rows, one `executemany` a table, parents first."""
        for table in sorted(self._buffer, key=_ORDER.__getitem__):
            text = _insert(table, self._connection.dialect).text
            self._connection.exec_driver_sql(text, self._buffer[table])
        self._buffer.clear()
