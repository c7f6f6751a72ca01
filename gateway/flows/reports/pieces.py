"""Reads one report's row, its pieces and its rows out of the store, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, select

from contracts.errors import NotFound
from gateway.flows.reports.lines import Row, read_rows
from gateway.store import content
from gateway.store.tables import REPORT, SHEET
from gateway.store.transaction import Tx

READY: Final = ("draft", "reviewed", "signed")
"""States in which all of it is there."""
NO_SUCH: Final = "There is no report of that number."


def found(connection: Connection | Tx, council: str, report: str, name: str = "") -> Any:
    """A report's row. Raises NotFound for another council's, for none, and for one of another name."""
    row = connection.execute(select(REPORT).where(REPORT.c.council == council, REPORT.c.id == report)).one_or_none()
    if row is None or name not in ("", row.name):
        raise NotFound(NO_SUCH)
    return row


def pieces_of(
    connection: Connection | Tx, council: str, of: str, start: int = 0, end: int | None = None, only: int = -1
) -> Iterator[tuple[int, bytes]]:
    """The pieces that hold rows from `start` to before `end`, or the one of this number, in order, one in memory at a
    time; each with how many rows lie before it.
    """
    which = select(SHEET.c.content, SHEET.c.first).where(SHEET.c.council == council, SHEET.c.of == of)
    if end is not None:
        which = which.where(SHEET.c.first < end, SHEET.c.first + SHEET.c.rows > start)
    if only >= 0:
        which = which.where(SHEET.c.n == only)
    for piece in connection.execute(which.order_by(SHEET.c.n)).all():
        body = content.get(connection, council, piece.content)
        if body is None:
            raise NotFound("This was taken away: its time is over.")
        yield piece.first, body


def rows_of(connection: Connection | Tx, council: str, report: str) -> Iterator[Row]:
    """Every row of a report, one piece in memory at a time."""
    for _, piece in pieces_of(connection, council, report):
        yield from read_rows(piece)
