"""Tells SQLite's planner what its indexes hold, so that it takes the same one in a new store as in a large one.

Left alone, SQLite guesses that a council has ten rows in each table, and would sooner read all of a council's rows in
order than look up the few of one referral. It can count for itself (ANALYZE), but only as a store is on that day, and
connections that are open do not hear of it. So every store is told the same, as a store of a million decisions would
be counted: what a question costs then follows from the index that was made for it. PostgreSQL counts by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Connection, Table, UniqueConstraint

from gateway.store.columns import Int
from gateway.store.tables import METADATA

ROWS: Final = 1_000_000
"""Rows of a table."""
OPEN: Final = 1_000
"""Rows of an index that holds only what is open, or else rare."""
_COUNCILS: Final = Fraction(1, 2)
_FEW: Final = Fraction(4, ROWS)
"""Of an id, a token, an instant: the same stands in a row or two."""
_CODE: Final = Fraction(1, 10)
"""Of a state, a hub, a sender."""
_IDS: Final = frozenset(
    ("id", "rid", "key", "token", "referral", "delivery", "decision", "submission", "entry", "event", "supersedes",
     "lane", "of", "report", "digest", "day", "name")
)  # fmt: skip

Line = tuple[str, str, str]
"""Table, index, and how many rows it has, and have the same in its first column, its first two, and so on."""


def plan(connection: Connection) -> None:
    """Have a SQLite file know it. Connections that are opened from now on do."""
    wanted = sorted(_lines())
    if _known(connection) == wanted:
        return
    connection.exec_driver_sql("ANALYZE main.meta")  # makes the table of it, where there is none
    connection.exec_driver_sql("DELETE FROM main.sqlite_stat1")
    connection.exec_driver_sql("INSERT INTO main.sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", wanted)
    connection.exec_driver_sql("ANALYZE main.sqlite_schema")


def _known(connection: Connection) -> list[Line]:
    asked = "SELECT count(*) FROM main.sqlite_schema WHERE name = 'sqlite_stat1'"
    if not connection.exec_driver_sql(asked).scalar():
        return []
    return sorted((one[0], one[1], one[2]) for one in connection.exec_driver_sql("SELECT * FROM main.sqlite_stat1"))


def _lines() -> Iterator[Line]:
    for table in METADATA.sorted_tables:
        for index in table.indexes:
            rare = index.dialect_options["sqlite"]["where"] is not None
            yield table.name, str(index.name), _counts(index.columns, OPEN if rare else ROWS, unique=bool(index.unique))
        for place, columns in enumerate(_keys(table), 1):
            yield table.name, f"sqlite_autoindex_{table.name}_{place}", _counts(columns, ROWS, unique=True)


def _keys(table: Table) -> Iterator[Any]:
    """The columns of each index that SQLite makes by itself, in its order; none for a number that is the row's own."""
    primary = list(table.primary_key.columns)
    if not (len(primary) == 1 and isinstance(primary[0].type, Int)):
        yield primary
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield list(constraint.columns)


def _counts(columns: Any, rows: int, *, unique: bool) -> str:
    each, left = [rows], Fraction(rows)
    for column in columns:
        left *= _share(column)
        each.append(max(1, round(left)))
    if unique:
        each[-1] = 1
    return " ".join(map(str, each))


def _share(column: Any) -> Fraction:
    if column.name == "council":
        return _COUNCILS
    return _FEW if column.name in _IDS or isinstance(column.type, Int) else _CODE
