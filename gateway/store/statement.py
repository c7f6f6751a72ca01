"""Statements compiled once and handed to the driver, for what runs many times a second.

SQLAlchemy spells them, for each kind of store, and its errors are raised; but what `Connection.execute` does anew each
time costs ten times what SQLite needs for a look at an index.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TupleType

from gateway.store.columns import check_of_value

Values = Mapping[str, Any]


# The names of its fields are known only when a statement is, so no type checker can follow them.
_named_tuple: Any = namedtuple


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where one value comes from: a parameter, a member of its list, a part of that."""

    name: str
    check: Callable[[object], Any]
    member: int = -1
    part: int = -1

    def of(self, values: Values) -> object:
        value = values[self.name]
        if self.member >= 0:
            value = value[min(self.member, len(value) - 1)]
            if self.part >= 0:
                value = value[self.part]
        return None if value is None else self.check(value)


@dataclass(frozen=True, slots=True)
class _Ready:
    """One text for one kind of store, and what it takes in this order: values that never change, and others."""

    text: str
    takes: tuple[object, ...]

    def values(self, given: Values) -> tuple[object, ...]:
        return tuple([one.of(given) if type(one) is _Asked else one for one in self.takes])


class Statement:
    """One statement. Its parameters have names; lists have the lengths they come in, and at least one member."""

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._ready: dict[tuple[object, ...], _Ready] = {}
        self._lists: tuple[str, ...] | None = None
        names = [str(column.key) for column in clause.selected_columns] if isinstance(clause, Select) else []
        self._row: Callable[[Iterable[Any]], Any] = _named_tuple("Row", names)._make

    def rows(self, connection: Connection, values: Values) -> list[Any]:
        """What it finds, as named tuples."""
        ready = self._for(connection.dialect, values)
        return list(map(self._row, run(connection, ready.text, ready.values(values)).fetchall()))

    def change(self, connection: Connection, many: Sequence[Values]) -> None:
        """Run it once for each of these, which have no lists."""
        ready = self._for(connection.dialect, many[0])
        run_each(connection, ready.text, [ready.values(values) for values in many])

    def _for(self, dialect: Dialect, values: Values) -> _Ready:
        if self._lists is None:
            binds = _spelt(self._clause, dialect).binds
            self._lists = tuple(name for name, bind in binds.items() if bind.required and bind.expanding)
        # A text for each power of two is enough: a shorter list is filled up with its last member, which asks nothing
        # more.
        sizes = {name: 1 << (len(values[name]) - 1).bit_length() for name in self._lists}
        at = (dialect.name, *sizes.values())
        if at not in self._ready:
            self._ready[at] = self._compile(dialect, sizes)
        return self._ready[at]

    def _compile(self, dialect: Dialect, sizes: Mapping[str, int]) -> _Ready:
        compiled = _spelt(self._clause, dialect)
        asked = {name: bind for name, bind in compiled.binds.items() if bind.required}
        places = {name: _places(name, bind.type, sizes.get(name)) for name, bind in asked.items()}
        spelt = compiled.construct_expanded_state(places)
        # The driver takes plain values: those of the clause itself, such as a state, may be members of an enumeration.
        fixed = tuple(str.__str__(one) if isinstance(one, str) else one for one in spelt.positional_parameters)
        return _Ready(spelt.statement, fixed)


def _spelt(clause: ClauseElement, dialect: Dialect) -> SQLCompiler:
    compiled = clause.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    return compiled


def _places(name: str, kind: Any, size: int | None) -> Any:
    if size is None:
        return _Asked(name, check_of_value(kind))
    if isinstance(kind, TupleType):
        checks = [check_of_value(part) for part in kind.types]
        return [tuple(_Asked(name, c, n, part) for part, c in enumerate(checks)) for n in range(size)]
    return [_Asked(name, check_of_value(kind), n) for n in range(size)]


def run(connection: Connection, text: str, values: Sequence[object]) -> Any:
    """The driver's cursor, after this text. Raises DBAPIError, as SQLAlchemy would."""
    cursor: Any = connection.connection.cursor()
    try:
        cursor.execute(text, values)
    except _errors(connection) as fault:
        raise _told(connection, cursor, text, fault) from fault
    return cursor


def run_each(connection: Connection, text: str, many: Sequence[Sequence[object]]) -> None:
    """The same text for each of these values. Raises DBAPIError, as SQLAlchemy would."""
    cursor: Any = connection.connection.cursor()
    try:
        cursor.executemany(text, many)
    except _errors(connection) as fault:
        raise _told(connection, cursor, text, fault) from fault


def _errors(connection: Connection) -> type[Exception]:
    found: type[Exception] = connection.dialect.loaded_dbapi.Error
    return found


def _told(connection: Connection, cursor: Any, text: str, fault: Exception) -> BaseException:
    dialect = connection.dialect
    lost = dialect.is_disconnect(fault, connection.connection.dbapi_connection, cursor)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(fault)
    return DBAPIError.instance(
        text, None, fault, _errors(connection), hide_parameters=True, connection_invalidated=lost, dialect=dialect
    )
