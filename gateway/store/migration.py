"""Moves a store from one layout to another, up or down, in one transaction: whole, or not at all.

A SQLite file is copied aside first. Nothing here runs by itself: `gateway db upgrade` and `downgrade` call it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from contracts.errors import StoreRefused, StoreUnavailable
from gateway.store import postgresql, sqlite
from gateway.store.layout import layout_of, steps
from gateway.store.lock import own
from gateway.store.revisions import REVISIONS, Revision
from gateway.store.tables import META
from gateway.store.trouble import Trouble, trouble


@dataclass(frozen=True, slots=True)
class Moved:
    """From which layout to which; what each step changed; and where the file was copied, None on PostgreSQL."""

    before: str
    after: str
    said: tuple[str, ...]
    copy: Path | None


def layout_at(url: str) -> str:
    """The layout of the store at this URL, also while gateways run on it. Raises StoreRefused, StoreUnavailable."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = postgresql.reading(parsed, 1)
    else:
        engine = sqlite.reading(_there(parsed), sqlite.driver(), 1)
    try:
        with _telling(), engine.begin() as connection:
            return layout_of(connection).schema
    finally:
        engine.dispose()


def move(url: str, to: str = "", *, revisions: Sequence[Revision] = REVISIONS) -> Moved:
    """Move the store to a layout; to the newest where none is named. As PostgreSQL's owner.

    Raises StoreRefused while a gateway runs that could not go on, StoreUnavailable when nothing answers. Both ways
    keep what both layouts have a place for.
    """
    to = to or revisions[-1].number
    with _telling(), _open(url) as (connection, path):
        with connection.begin():
            before = layout_of(connection).schema
        way = _way(revisions, before, to)
        copy = _copy_aside(connection, path, before) if path is not None and way else None
        with connection.begin():
            if way:
                _quieten(connection, way, up=before < to)
                _walk(connection, way, up=before < to)
                _mark(connection, to, revisions)
                _settle(connection)
    return Moved(before, to, tuple(step.say for step in way), copy)


def _way(revisions: Sequence[Revision], before: str, to: str) -> list[Revision]:
    known = {revision.number: revision for revision in revisions}
    return [known[number] for number in steps(tuple(known), before, to)]


def _walk(connection: Connection, way: Sequence[Revision], *, up: bool) -> None:
    operations = Operations(MigrationContext.configure(connection))
    for step in way:
        (step.upgrade if up else step.downgrade)(operations)


def _mark(connection: Connection, to: str, revisions: Sequence[Revision]) -> None:
    """The layout, and the oldest gateway that may run on it: that of the last step that not every gateway bears."""
    fixed = [revision.number for revision in revisions if revision.number <= to and not revision.online]
    connection.execute(META.delete().where(META.c.name.in_(("schema", "oldest"))))
    rows = [{"name": "schema", "value": to}, {"name": "oldest", "value": fixed[-1]}]
    connection.execute(META.insert(), rows)


def _quieten(connection: Connection, way: Sequence[Revision], *, up: bool) -> None:
    """Raises StoreRefused on PostgreSQL while gateways run that could not go on. SQLite's lock has seen to that."""
    if connection.dialect.name == "sqlite":
        return
    if not postgresql.owns_tables(connection):
        raise StoreRefused(
            "Only the owner of the tables changes the layout. Give its URL: gateway db upgrade --store …"
        )
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    # Whoever starts now reads its layout when this is over.
    connection.exec_driver_sql("LOCK TABLE meta IN ACCESS EXCLUSIVE MODE")
    if up and all(step.online for step in way):
        return
    if running := postgresql.others(connection):
        raise StoreRefused(
            f"Gateways have {running} connections to this database, and this change is not for a running gateway. "
            "Stop every `gateway serve` and `gateway work` first."
        )


def _settle(connection: Connection) -> None:
    """PostgreSQL: rights and row security for what is new. SQLite: every row still has the rows that it names."""
    if connection.dialect.name != "sqlite":
        postgresql.grant(connection)
    elif connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise StoreRefused("The new layout would leave rows without those they belong to. Nothing was changed.")


@contextmanager
def _open(url: str) -> Iterator[tuple[Connection, Path | None]]:
    """One connection that alone may change the tables; and the path of a SQLite file, which it owns."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = postgresql.writing(parsed)
        try:
            with engine.connect() as connection:
                yield connection, None
        finally:
            engine.dispose()
        return
    path = _there(parsed)
    lock = own(path)
    engine = sqlite.writing(path, sqlite.driver())
    try:
        with engine.connect() as connection:
            # A table is changed by making it anew, and the rows that name it would go with the old one.
            _raw(connection).execute("PRAGMA foreign_keys = OFF")
            yield connection, path
    finally:
        engine.dispose()
        lock.release()


def _there(url: URL) -> Path:
    path = Path(str(url.database))
    if not path.exists():
        raise StoreRefused(f"There is no store at {path}.")
    return path


def _copy_aside(connection: Connection, path: Path, layout: str) -> Path:
    """A copy of the whole file beside it, on the disk before anything is changed."""
    copy = path.with_name(f"{path.name}.layout-{layout}")
    sqlite.copy(_raw(connection), copy)
    return copy


def _raw(connection: Connection) -> Any:
    return connection.connection.driver_connection


@contextmanager
def _telling() -> Iterator[None]:
    """A driver's error as ours."""
    try:
        yield
    except DBAPIError as fault:
        if trouble(fault) is Trouble.BROKEN:
            raise StoreRefused("The store cannot be read: its file or disk is damaged. Restore a backup.") from None
        if trouble(fault) in (Trouble.BUSY, Trouble.LOST, Trouble.AGAIN):
            raise StoreUnavailable("The store is busy or does not answer. Nothing was changed: try again.") from None
        raise
