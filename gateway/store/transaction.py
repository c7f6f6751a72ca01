"""What one item of work may do inside the writer's transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn

from sqlalchemy import Connection, CursorResult, Dialect, Executable, Table, bindparam, func, select, tuple_

from gateway.store.columns import Plainly, RowRefused, check_of, plainly
from gateway.store.statement import Statement, Values, run_each
from gateway.store.tables import METADATA, SUBMISSION
from gateway.store.vault import NO_KEYS, Vault
from gateway.store.versions import Lineage, hold, newest

Key = tuple[str, str, str]
"""Council, sender, digest of the idempotency key: where one submission stands (settled 22)."""

Row = Mapping[str, object]

_BY_KEY: Final = (SUBMISSION.c.council, SUBMISSION.c.sender, SUBMISSION.c.key)
_AT_KEYS: Final = Statement(select(SUBMISSION).where(tuple_(*_BY_KEY).in_(bindparam("keys", expanding=True))))
_TRY_LOCK: Final = select(func.pg_try_advisory_xact_lock(func.hashtextextended(bindparam("lock"), 0)))
_ORDER: Final = {table: place for place, table in enumerate(METADATA.sorted_tables)}


class _Shape:
    """How a row of one table becomes the driver's tuple, whichever the store."""

    def __init__(self, table: Table) -> None:
        given = [column for column in table.columns if column.autoincrement is not True]
        names = [column.name for column in given]
        self._table = table.name
        self._columns = [(column.name, check_of(column.type), bool(column.nullable)) for column in given]
        self._order, self._names = names, frozenset(names)
        self._whole: Callable[[Row], tuple[Any, ...]] = itemgetter(*names)
        self._plainly: dict[tuple[type, ...], Plainly] = {}

    def values(self, row: Row) -> tuple[object, ...]:
        """The row as the driver takes it. Raises RowRefused, naming the column and never the value."""
        values = self._in_order(row)
        # Nearly every value is plainly what its column takes, and a call for each would cost more than to store it.
        kinds = tuple(map(type, values))
        if kinds not in self._plainly:
            self._plainly[kinds] = plainly([(check, nullable) for _, check, nullable in self._columns], kinds)
        if self._plainly[kinds](values):
            return values
        return tuple([self._checked(place, value) for place, value in enumerate(values)])

    def _in_order(self, row: Row) -> tuple[Any, ...]:
        try:
            if len(row) == len(self._order):
                return self._whole(row)
        except KeyError:
            pass
        if not row.keys() <= self._names:
            strange = ", ".join(sorted(row.keys() - self._names))
            raise RowRefused(f"{self._table} has no column for {strange}, or the store gives it.")
        return tuple(map(row.get, self._order))

    def _checked(self, place: int, value: object) -> object:
        """One value by its column's own check, which says what is wrong with it."""
        name, check, nullable = self._columns[place]
        try:
            if value is None and not nullable:
                raise RowRefused("is missing")
            return None if value is None else check(value)
        except RowRefused as fault:
            raise RowRefused(f"{self._table}.{name} {fault.detail}.") from None


_shape: Final = lru_cache(maxsize=256)(_Shape)


@lru_cache(maxsize=256)
def _text(table: Table, dialect: Dialect) -> str:
    """One table's INSERT, compiled once for each kind of store."""
    names = [column.name for column in table.columns if column.autoincrement is not True]
    return str(table.insert().inline().compile(dialect=dialect, column_keys=names))


class Made(NamedTuple):
    """Rows made ready where there is no store: values by table's name, and what they will be known by."""

    rows: list[tuple[str, tuple[object, ...]]]
    known: dict[Key, Row]
    newest: dict[Lineage, str]


class Tx:
    """The writer's transaction, as one item of work sees it.

    now    store time, ms UTC: one for the whole batch
    vault  what content is sealed with
    """

    def __init__(self, connection: Connection, now: int, vault: Vault = NO_KEYS) -> None:
        self.now: Final = now
        self.vault: Final = vault
        self.inserted: Final = Counter[str]()
        self.erased = False
        self._connection = connection
        self._known: dict[Key, Row] = {}
        self._buffer: defaultdict[Table, list[tuple[object, ...]]] = defaultdict(list)
        self._mine: list[tuple[Table, tuple[object, ...]]] = []
        self._mine_known: dict[Key, Row] = {}
        self._newest: dict[Lineage, str] = {}
        self._mine_newest: dict[Lineage, str] = {}
        self._changed = False

    def submission(self, key: Key) -> Row | None:
        """The submission at a key that the item named, if one stands there: committed, or earlier in this batch."""
        return self._known.get(key)

    def newest(self, lineage: Lineage) -> str | None:
        """The newest referral made of a source record that the item named: committed, or earlier in this batch."""
        return self._newest.get(lineage)

    def continues(self, lineage: Lineage, referral: str) -> None:
        """Say that a referral this item inserts is now the newest of its source record."""
        self._mine_newest[lineage] = referral

    def insert(self, table: Table, row: Row) -> None:
        """Insert a row at the end of the batch, after the rows it refers to. Raises RowRefused at once if a value
        does not fit its column."""
        self._mine.append((table, _shape(table).values(row)))
        if table is SUBMISSION:
            self._mine_known[str(row["council"]), str(row["sender"]), str(row["key"])] = row

    def take(self, made: Made) -> None:
        """Insert rows that were checked where they were made."""
        self._mine += [(METADATA.tables[name], values) for name, values in made.rows]
        self._mine_known |= made.known
        self._mine_newest |= made.newest

    def resubmit(self, row: Row, before: Row) -> bool:
        """Change a submission that the item named: how far it is, and its answer. False if it is not any more as it
        was `before`, because another process changed it."""
        as_it_was = (SUBMISSION.c.id == row["id"]) & (SUBMISSION.c.answer == before["answer"])
        if self.execute(SUBMISSION.update().where(as_it_was).values(**row)).rowcount != 1:
            return False
        self._mine_known[str(row["council"]), str(row["sender"]), str(row["key"])] = row
        return True

    def execute(self, statement: Executable, parameters: Row | Sequence[Row] | None = None) -> CursorResult[Any]:
        """Run one statement now, after every row inserted so far."""
        self._changed = self._changed or bool(self._mine) or not getattr(statement, "is_select", False)
        self.keep()
        self.flush()
        result: CursorResult[Any] = self._connection.execute(statement, parameters)
        return result

    def rows(self, statement: Statement, values: Values = MappingProxyType({})) -> list[Any]:
        """What a statement compiled beforehand finds, after every row inserted so far."""
        self._changed = self._changed or bool(self._mine)
        self.keep()
        self.flush()
        return statement.rows(self._connection, values)

    def change(self, statement: Statement, many: Sequence[Values]) -> None:
        """Run a statement compiled beforehand once for each of these, after every row inserted so far."""
        self._changed = True
        self.keep()
        self.flush()
        statement.change(self._connection, many)

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
            found = _AT_KEYS.rows(self._connection, {"keys": wanted})
            self._known.update({(row.council, row.sender, row.key): row._asdict() for row in found})

    def look_up_records(self, lineages: Iterable[Lineage]) -> None:
        """Read which referrals these source records were made into, in one query, before any other process can."""
        wanted = dict.fromkeys(lineages)
        if wanted:
            hold(self._connection, wanted)
            self._newest |= newest(self._connection, wanted)

    def start_item(self) -> None:
        """Forget what the item before did."""
        self._mine.clear()
        self._mine_known.clear()
        self._mine_newest.clear()
        self._changed = False

    @property
    def untouched(self) -> bool:
        """Whether the item that just failed left nothing behind, once its own rows are forgotten."""
        return not self._changed

    def keep(self) -> None:
        """Take the item's rows into the batch."""
        for table, values in self._mine:
            self._buffer[table].append(values)
        self._mine.clear()
        self._known |= self._mine_known
        self._mine_known.clear()
        self._newest |= self._mine_newest
        self._mine_newest.clear()

    def flush(self) -> None:
        """Send the batch's rows, one `executemany` a table, parents first."""
        for table in sorted(self._buffer, key=_ORDER.__getitem__):
            rows = self._buffer[table]
            run_each(self._connection, _text(table, self._connection.dialect), rows)
            self.inserted[table.name] += len(rows)
        self._buffer.clear()


class AskedApart(Exception):
    """What was asked needs a store, and there is none."""


class Apart(Tx):
    """What stands in for a transaction where there is no store: it takes rows. Raises AskedApart for anything else.

    now  ms UTC
    """

    def __init__(self, now: int, vault: Vault = NO_KEYS) -> None:
        super().__init__(None, now, vault)  # type: ignore[arg-type]

    def made(self) -> Made:
        """All it took."""
        # As plain text: the names that tables have come out of a pickle one by one, and slowly.
        return Made([(str(table.name), values) for table, values in self._mine], self._mine_known, self._mine_newest)

    def _asked(self, *_: object) -> NoReturn:
        raise AskedApart

    submission = newest = resubmit = execute = rows = change = alone = erases = _asked  # type: ignore[assignment]
