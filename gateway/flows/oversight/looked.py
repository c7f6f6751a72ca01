"""Who has looked at a referral, when and why: read from the record's own entries (governance 5.5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from contracts.council import Council
from contracts.signin import SENDER_ROLES
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.opening import READ
from gateway.flows.holds.sealed import TRIED
from gateway.flows.oversight import auditing
from gateway.flows.oversight.sharinglog import must_see
from gateway.store.evidence import entry_of
from gateway.store.tables import ENTRY
from gateway.store.transaction import Tx
from gateway.store.writer import Write

REASONS: Final = "reasons.read"
EVIDENCE: Final = "evidence.exported"
RECEIPT: Final = "receipt.exported"
CHILD: Final = "child.viewed"
READERS: Final = "readers.seen"
COPY: Final = "copy.exported"
PACK: Final = "subject.exported"
REFUSED: Final = "export.refused"
BROKEN: Final = "glass.broken"
SEARCHED: Final = "children.searched"

WHAT: Final[Mapping[str, str]] = {
    READ: "Read what the sender wrote",
    REASONS: "Read the reasons that people wrote",
    EVIDENCE: "Took the evidence out",
    RECEIPT: "Took the sharing receipt out",
    COPY: "Took a copy of what was sent out",
    CHILD: "Saw everything about this child in time order",
    READERS: "Saw who has looked",
    "subject.opened": "Opened parts of it for somebody's request to see what is kept",
    "subject.previewed": "Looked at what the answer to such a request holds",
    "subject.access": "Made the answer to such a request",
    PACK: "Took the answer to such a request out",
    BROKEN: "Broke the glass to read about this child",
    TRIED: "Tried to open this sealed file, and was not let",
    SEARCHED: "Searched for a child",
    "export.made": "Asked for a report as a file",
    "export.taken": "Took a report out",
    REFUSED: "Asked for one file more than a person may take out in a day, and was refused",
    "explanation.given": "Gave somebody of the family an explanation",
    **auditing.WHAT,
}
"""Type of an entry that says who looked → what they did."""


def looked(connection: Connection | Tx, council: Council, referral: str) -> list[dict[str, Any]]:
    """Everybody who looked, the newest first: what, at, by, role, purpose. What was disposed of is None."""
    found = select(ENTRY.c.rid, ENTRY.c.type, ENTRY.c.ts).where(
        ENTRY.c.council == council.name, ENTRY.c.referral == referral, ENTRY.c.type.in_(WHAT)
    )
    rows = connection.execute(found.order_by(ENTRY.c.seq.desc())).all()
    return [_one(connection, council, row) for row in rows]


async def report(gateway: Gateway, who: Acting, decision: str, purpose: str) -> dict[str, Any]:
    """Who has looked at the referral of a decision, once the record says who asks that and why.

    Raises NotYourRole, NotFound, NoSuchAnswer without a purpose.
    """
    who.must_be_let("log.readers")
    must_say_why(purpose)

    def work(tx: Tx) -> dict[str, Any]:
        row = must_see(tx, who, decision, "log.readers")
        before = looked(tx, who.council, row["referral"])
        said = who.said | {"purpose": purpose.strip(), "count": len(before)}
        write_entry(tx, who.council.name, row["referral"], READERS, said, section="reader")
        return {"decision": decision, "referral": row["referral"], "looked": before}

    return await gateway.writer.submit(Write(work))


def _one(connection: Connection | Tx, council: Council, row: Any) -> dict[str, Any]:
    entry = entry_of(connection, council.name, row.rid)
    parts = {part.name: json.loads(part.value) for part in entry.sections if part.value} if entry else {}
    said = parts.get("reader") or parts.get("human") or {}
    role = council.roles.get(said.get("role", ""))
    return {
        "what": WHAT[row.type],
        "at": row.ts,
        "by": said.get("by"),
        "role": role.title if role else SENDER_ROLES.get(said.get("role", ""), said.get("role")),
        "purpose": said.get("purpose") or said.get("safe_because"),
    }
