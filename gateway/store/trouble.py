"""What a database driver's error means for the writer: whose fault it is, and whether to go on (P3, P4)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError

from gateway.store.columns import RowRefused


class Trouble(StrEnum):
    """row: this write can never be kept. again: it may be kept if tried once more. busy: nothing can be kept just now.
    lost: the connection is gone. broken: the disk or the file cannot be trusted, so the process stops."""

    ROW = "row"
    AGAIN = "again"
    BUSY = "busy"
    LOST = "lost"
    BROKEN = "broken"


# https://www.sqlite.org/rescode.html, primary codes
_SQLITE: Final = {
    5: Trouble.BUSY,  # BUSY
    6: Trouble.BUSY,  # LOCKED
    7: Trouble.BUSY,  # NOMEM
    13: Trouble.BUSY,  # FULL
    8: Trouble.BUSY,  # READONLY: remounted, or permissions
    14: Trouble.BUSY,  # CANTOPEN
    10: Trouble.BROKEN,  # IOERR
    11: Trouble.BROKEN,  # CORRUPT
    26: Trouble.BROKEN,  # NOTADB
}
_SHMSIZE: Final = 10 | 19 << 8
"""SQLITE_IOERR_SHMSIZE: the index of the write-ahead log could not grow. A full disk, not a broken one."""

# https://www.postgresql.org/docs/current/errcodes-appendix.html: the longest prefix wins
_POSTGRESQL: Final = {
    "23505": Trouble.AGAIN,  # unique_violation: another process was first, so look again
    "40": Trouble.BUSY,  # serialization failure, deadlock
    "08": Trouble.LOST,
    "57": Trouble.LOST,  # operator intervention: shutdown, crash, cancel
    "57014": Trouble.BUSY,  # query_canceled: statement timeout
    "53": Trouble.BUSY,  # disk full, out of memory, too many connections
    "55": Trouble.BUSY,  # lock not available
    "25006": Trouble.BUSY,  # read only: a standby
    "58": Trouble.BROKEN,  # io_error
    "XX": Trouble.BROKEN,  # data or index corrupted
}


def trouble(fault: DBAPIError) -> Trouble:
    """What this error means."""
    code = getattr(fault.orig, "sqlite_errorcode", None)
    if code is not None:
        if isinstance(fault, IntegrityError):
            return Trouble.AGAIN
        return Trouble.BUSY if code == _SHMSIZE else _SQLITE.get(code & 0xFF, Trouble.ROW)
    state = getattr(fault.orig, "sqlstate", None)
    if state is not None:
        return next((_POSTGRESQL[state[:n]] for n in (5, 2) if state[:n] in _POSTGRESQL), Trouble.ROW)
    if fault.connection_invalidated or type(fault.orig).__name__ == "OperationalError":
        return Trouble.LOST
    return Trouble.ROW


def refused(fault: Exception) -> Exception:
    """The error as its submitter may see it: without the statement, its parameters or the driver's own words, which
    repeat values."""
    cause = getattr(fault, "orig", None)
    if isinstance(cause, RowRefused):
        return cause
    if isinstance(fault, DBAPIError):
        name = getattr(getattr(cause, "diag", None), "constraint_name", None)
        code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or type(cause).__name__
        return RowRefused(f"The store refused a row: {name or code}.")
    return fault
