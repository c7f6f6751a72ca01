"""The reports that are kept, and the taking apart of one: its lines, and what reviewers answered about a sample."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from gateway.store import content
from gateway.store.retained import Store
from gateway.store.tables import REPORT, SAMPLED, SHEET
from gateway.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Shelved:
    """One report. name: of its definition; event: when it was made, reviewed, signed or answered last, ms UTC."""

    id: str
    name: str
    event: int


def kept(store: Store, council: str, states: Collection[str]) -> list[Shelved]:
    """The reports of a council in these states, the oldest first."""
    last = select(SAMPLED.c.report, func.max(SAMPLED.c.at).label("at")).where(SAMPLED.c.council == council)
    answered = {row.report: row.at for row in store.execute(last.group_by(SAMPLED.c.report))}
    which = select(REPORT.c.id, REPORT.c.name, REPORT.c.at, REPORT.c.reviewed_at, REPORT.c.signed_at).where(
        REPORT.c.council == council, REPORT.c.state.in_(sorted(states))
    )
    return [
        Shelved(row.id, row.name, max(row.at, row.reviewed_at or 0, row.signed_at or 0, answered.get(row.id, 0)))
        for row in store.execute(which.order_by(REPORT.c.at, REPORT.c.id))
    ]


def is_here(store: Store, council: str, report: str) -> bool:
    """Whether there is a report of this id, whatever became of its lines."""
    which = select(REPORT.c.id).where(REPORT.c.council == council, REPORT.c.id == report)
    return store.execute(which).first() is not None


def take_apart(tx: Tx, council: str, of: str) -> None:
    """Erase every piece of a report or an export, and what was answered about a sample."""
    sheets = (SHEET.c.council == council) & (SHEET.c.of == of)
    answers = (SAMPLED.c.council == council) & (SAMPLED.c.report == of)
    contents = [
        *tx.execute(select(SHEET.c.content).where(sheets)).scalars(),
        *tx.execute(select(SAMPLED.c.note).where(answers, SAMPLED.c.note != "")).scalars(),
    ]
    tx.execute(delete(SHEET).where(sheets))
    tx.execute(delete(SAMPLED).where(answers))
    if contents:
        content.erase(tx, council, contents)


def end(tx: Tx, council: str, report: str) -> dict[str, object]:
    """Erase what a report holds, and keep that it was made. Returns what its tombstone says: name, version, digest."""
    which = (REPORT.c.council == council) & (REPORT.c.id == report)
    row = tx.execute(select(REPORT.c.name, REPORT.c.version, REPORT.c.digest).where(which)).one()
    take_apart(tx, council, report)
    tx.execute(REPORT.update().where(which).values(state="ended"))
    return {"report": row.name, "version": row.version, "sha256": row.digest}
