"""Logs as JSON lines with allowed fields only: ids and codes, never a value of a family's record."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

ALLOWED = frozenset(
    {
        "action", "attempt", "council", "delivery", "entry", "error", "hub", "key", "kind", "milliseconds", "n",
        "outcome", "port", "problem", "referral", "request", "result", "route", "sender", "size", "source", "state",
        "status", "why",
    }
)  # fmt: skip
"""The only extra fields a line may have. Whatever else is passed is dropped, so a careless call leaks nothing."""

_SILENT = (
    "uvicorn.error",
    "httpx2",
    "httpcore2",
    "httpx",
    "httpcore",
    "uvicorn.access",
    "sqlalchemy.engine",
    "aiohttp.access",
    "asyncio",
)


_OURS = ("gateway", "adapters", "contracts")


class JsonLines(logging.Formatter):
    """One JSON object a line. An exception is named by its type and place, never by its text.

    A library's own words may quote what it worked on, so of its lines only the place is kept.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line for one record."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
        }
        if record.name.partition(".")[0] in _OURS:
            line["say"] = str(record.msg).partition("%")[0] if record.args else str(record.msg)
        else:
            line["where"] = f"{record.filename}:{record.lineno}"
        line |= {name: value for name, value in record.__dict__.items() if name in ALLOWED}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            line["where"] = place_of(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True, default=lambda value: type(value).__name__)


def place_of(error: BaseException) -> str:
    """File, function and line in which an error was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    code = trace.tb_frame.f_code
    return f"{Path(code.co_filename).name}:{code.co_name}:{trace.tb_lineno}"


def start_logs(level: int = logging.INFO) -> None:
    """Send every log of this process through JsonLines to standard error, and hush the libraries that log URLs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.WARNING if name != "asyncio" else logging.ERROR)
        logging.getLogger(name).propagate = name not in ("uvicorn.access", "sqlalchemy.engine")
