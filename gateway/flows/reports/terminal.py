"""Reports as the command line asks for them: made, read, taken out piece by piece, and a sample drawn again."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from contracts.errors import NoSuchAnswer
from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.flows.reports import exporting, making, sample, shelf
from gateway.flows.reports.definition import Asking, Definition
from gateway.flows.reports.exporting import ALONE
from gateway.flows.reports.lines import Row, written
from gateway.flows.reports.making import SILENT
from gateway.flows.reports.pieces import found, rows_of
from gateway.flows.reports.question import Question, question_of, read_question

Asked = Mapping[str, str]
_A_WHILE: Final = 3.0
"""Seconds until whoever asked is told how far it is."""
_LOOK: Final = 0.2


async def report(gateway: Gateway, who: Acting, asked: Asked) -> dict[str, Any]:
    """Make a report, and what it says up to the rows that one person may take out. `where` holds name=code, one a line.

    One that takes longer is `making`, and `look` says how far it is. Raises NotFound, NotYourRole, NoSuchAnswer.
    """
    definition = making.definition_of(who, asked.get("name", ""), "reports.make")
    question = _question(gateway, who, definition, asked)
    if question.wrong:
        raise NoSuchAnswer("; ".join(f"{name}: {say}" for name, say in question.wrong.items()))
    name = await making.make(gateway, who, definition.name, question, wait=_A_WHILE)
    return await _report(gateway, who, definition, name)


async def look(gateway: Gateway, who: Acting, asked: Asked) -> dict[str, Any]:
    """A report that was begun: after a while how far it is, or what it says. Raises as `report`."""
    definition = making.definition_of(who, asked.get("name", ""))

    async def begun() -> bool:
        shown = await shelf.one(gateway, who, definition.name, asked.get("report", ""))
        return shown.row.state == "making" and not shown.broken

    await _while(begun)
    return await _report(gateway, who, definition, asked.get("report", ""))


async def _while(unfinished: Callable[[], Awaitable[bool]]) -> None:
    """Until it is finished, or for a while."""
    until = time.monotonic() + _A_WHILE
    while time.monotonic() < until and await unfinished():
        await asyncio.sleep(_LOOK)


async def _report(gateway: Gateway, who: Acting, definition: Definition, name: str) -> dict[str, Any]:
    shown = await shelf.one(gateway, who, definition.name, name, size=ALONE)
    if shown.row.state == "same":
        shown = await shelf.one(gateway, who, definition.name, shown.row.entry, size=ALONE)
    if shown.row.state == "making" and not shown.broken:
        return {"id": shown.row.id, "state": shown.row.state, "rows": shown.row.rows}
    if not shown.ready:
        raise NoSuchAnswer(shown.row.why or "This report could not be made. The log says why.")
    return {
        "id": shown.row.id,
        "title": definition.title,
        "days": f"{shown.question.first:%-d %B %Y} to {shown.question.last:%-d %B %Y}",
        "version": shown.row.version,
        "state": shown.row.state,
        "rows": shown.row.rows,
        "sha256": shown.row.digest,
        "sheets": [[sheet.title, list(sheet.columns)] for sheet in definition.sheets],
        "shown": [[row.sheet, [written(cell) for cell in row.cells]] for row in shown.rows],
    }


async def export(gateway: Gateway, who: Acting, asked: Asked) -> dict[str, Any]:
    """Ask for a report as a file. It may wait for a second person. Raises as `exporting.ask`."""
    name = await exporting.ask(
        gateway, who, asked.get("report", ""), asked.get("kind", ""), asked.get("purpose", ""), wait=_A_WHILE
    )
    return await _export(gateway, who, name)


async def look_at_export(gateway: Gateway, who: Acting, asked: Asked) -> dict[str, Any]:
    """An export that was begun: after a while how far it is."""
    name = asked.get("export", "")

    async def begun() -> bool:
        row = (await exporting.one(gateway, who, name)).row
        return bool(row.state == "making" and row.seen_at + SILENT > gateway.now())

    await _while(begun)
    return await _export(gateway, who, name)


async def confirm(gateway: Gateway, who: Acting, asked: Asked) -> dict[str, Any]:
    """A second person lets a large export be taken."""
    await exporting.confirm(gateway, who, asked.get("export", ""))
    return await _export(gateway, who, asked.get("export", ""))


async def take(gateway: Gateway, who: Acting, asked: Asked) -> dict[str, Any]:
    """The record says that it is taken; then it comes by `piece`."""
    listed, _ = await exporting.take(gateway, who, asked.get("export", ""))
    return await _export(gateway, who, listed.row.id)


async def piece(gateway: Gateway, who: Acting, asked: Asked) -> dict[str, Any]:
    """One piece in base64; None after the last."""
    number = asked.get("piece", "")
    if not number.isdecimal():
        raise NoSuchAnswer("Say which piece: 0 is the first.")
    body = await exporting.piece(gateway, who, asked.get("export", ""), int(number))
    return {"piece": None if body is None else b64encode(body).decode()}


async def check(gateway: Gateway, who: Acting, asked: Asked) -> dict[str, Any]:
    """Draw a sample again from the record as it is now, and lay it beside the one that was kept."""
    definition, council = making.definition_of(who, sample.NAME), who.council

    def read(connection: Connection) -> tuple[list[str], list[str], list[list[str]]]:
        row = found(connection, council.name, asked.get("report", ""), sample.NAME)
        policy = gateway.policy(council.name)
        question = question_of(row.query, definition.filters, definition.period, council, policy, gateway.now())
        kept = list(rows_of(connection, council.name, row.id))
        again = list(sample.sample(Asking(gateway, connection, council, question)))
        how = [[written(cell) for cell in one.cells] for one in again if one.sheet == 1]
        return _drawn(kept), _drawn(again), how

    kept, again, how = await gateway.store.ask(council.name, read)
    return {"same": kept == again, "kept": len(kept), "again": len(again), "how": how}


def _drawn(rows: list[Row]) -> list[str]:
    """What was drawn: ids of decisions, and marks of those of sealed files."""
    return [one.decision or one.sealed for one in rows if one.sheet == 0]


async def _export(gateway: Gateway, who: Acting, name: str) -> dict[str, Any]:
    row = (await exporting.one(gateway, who, name)).row
    if row.state == "failed" or (row.state == "making" and row.seen_at + SILENT <= gateway.now()):
        raise NoSuchAnswer("This export could not be made, and nothing left. The log says why. Ask for it again.")
    names = ("id", "state", "rows", "size", "by")
    return {name: getattr(row, name) for name in names} | {"sha256": row.digest}


def _question(gateway: Gateway, who: Acting, definition: Any, asked: Asked) -> Question:
    given = dict(line.split("=", 1) for line in asked.get("where", "").splitlines() if "=" in line)
    if strange := given.keys() - set(definition.filters):
        raise NoSuchAnswer(f"This report cannot be asked for {', '.join(sorted(strange))}.")
    for end, name in (("from", "from"), ("to", "until")):
        if text := asked.get(name, ""):
            try:
                day = date.fromisoformat(text)
            except ValueError:
                raise NoSuchAnswer("Give the days as 2026-11-01.") from None
            given |= {f"{end}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}
    council = who.council
    policy = gateway.policy(council.name)
    return read_question(
        lambda name: given.get(name, ""), definition.filters, definition.period, council, policy, gateway.now()
    )


VERBS: Final = {
    "reports-make": report,
    "reports-look": look,
    "reports-export": export,
    "reports-export-look": look_at_export,
    "reports-confirm": confirm,
    "reports-take": take,
    "reports-piece": piece,
    "reports-check": check,
}
"""What the desk is asked, by its word."""
