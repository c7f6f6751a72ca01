"""Draft, reviewed, signed: two people look at a report, and the record holds whose word stands under its digest.

Whoever reviews it did not make it, and whoever signs it did not review it. What is signed never changes: the same
question asked again is the same report, or a new version.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

from contracts.errors import NoSuchAnswer
from gateway.flows.acting import Acting
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.reports.making import definition_of
from gateway.flows.reports.pieces import found, pieces_of
from gateway.store.tables import REPORT
from gateway.store.transaction import Tx
from gateway.store.writer import Write

REVIEWED: Final = "report.reviewed"
SIGNED: Final = "report.signed"
STATEMENT: Final = "I have read this report and stand by it."


async def review(gateway: Gateway, who: Acting, name: str, report: str) -> None:
    """Say that somebody other than its maker has read it. Raises NotYourRole, NotFound, NoSuchAnswer."""
    definition_of(who, name, "reports.review")

    def work(tx: Tx) -> None:
        row = found(tx, who.council.name, report, name)
        if row.state != "draft":
            raise NoSuchAnswer("Only a draft is reviewed.")
        if row.made_by == who.name:
            raise NoSuchAnswer("You made this report. Somebody else reviews it.")
        _keep(tx, who, row, REVIEWED, {"state": "reviewed", "reviewed_by": who.name, "reviewed_at": tx.now})

    await gateway.writer.submit(Write(work))


async def sign(gateway: Gateway, who: Acting, name: str, report: str, *, read: bool) -> None:
    """Sign it. The pages ask whoever signs to sign in again first. Raises as `review`.

    read  whether they said that they have read it and stand by it
    """
    definition_of(who, name, "reports.sign")
    if not read:
        raise NoSuchAnswer("Say that you have read this report and stand by it.")

    def work(tx: Tx) -> None:
        row = found(tx, who.council.name, report, name)
        if row.state != "reviewed":
            raise NoSuchAnswer("Only a report that somebody has reviewed is signed.")
        if row.reviewed_by == who.name:
            raise NoSuchAnswer("You reviewed this report. Somebody else signs it.")
        _keep(tx, who, row, SIGNED, {"state": "signed", "signed_by": who.name, "signed_at": tx.now})

    await gateway.writer.submit(Write(work))


def _keep(tx: Tx, who: Acting, row: Any, kind: str, changes: dict[str, object]) -> None:
    """The change and its entry, over the digest of the lines as they are stored now."""
    digest = sha256()
    for _, piece in pieces_of(tx, who.council.name, row.id):
        digest.update(piece)
    if digest.hexdigest() != row.digest:
        raise NoSuchAnswer("The lines of this report are not those that were made. Tell whoever runs the gateway.")
    said = who.said | {
        "report": row.name,
        "id": row.id,
        "version": row.version,
        "asked": row.query,
        "rows": row.rows,
        "sha256": row.digest,
    }
    said |= {"statement": STATEMENT} if kind == SIGNED else {}
    entry = write_entry(tx, who.council.name, "", kind, said, section="report")
    tx.execute(REPORT.update().where(REPORT.c.id == row.id).values(**changes, entry=entry))
