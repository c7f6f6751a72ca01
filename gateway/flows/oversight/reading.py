"""Opens what a decision was about to whoever reviews it and says why; the record says so before they see it.

The reasons that people wrote are for all who review; what the sender wrote is for practice alone (settled 44).
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select

from contracts.errors import NotFound
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.decisions.filed import read_filed
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.opening import READ
from gateway.flows.holds.sealed import must_be_named
from gateway.flows.oversight.looked import REASONS
from gateway.flows.oversight.sharinglog import must_be_let_in, must_see
from gateway.store import content
from gateway.store.evidence import entry_of
from gateway.store.tables import ENTRY, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write


async def reasons(gateway: Gateway, who: Acting, decision: str, purpose: str) -> list[dict[str, Any]]:
    """What people wrote about this referral, the oldest first. Raises NotYourRole, NotFound, NoSuchAnswer."""
    must_be_let_in(who, "log.reasons")
    must_say_why(purpose)

    def work(tx: Tx) -> list[dict[str, Any]]:
        row = must_see(tx, who, decision, "log.reasons")
        said = who.said | {"decision": decision, "purpose": purpose.strip()}
        found = written(tx, who.council.name, row["referral"])
        write_entry(tx, who.council.name, row["referral"], REASONS, said, section="reader")
        return found

    return await gateway.writer.submit(Write(work))


async def opened(gateway: Gateway, who: Acting, decision: str, purpose: str) -> dict[str, Any]:
    """What the sender wrote. Raises NotYourRole, NotFound, NoSuchAnswer without a purpose."""
    must_be_let_in(who, "log.content")
    must_say_why(purpose)

    def work(tx: Tx) -> dict[str, Any]:
        council, row = who.council.name, must_see(tx, who, decision, "log.content")
        stored = select(REFERRAL.c.filed).where(REFERRAL.c.council == council, REFERRAL.c.id == row["referral"])
        body = content.get(tx, council, str(tx.execute(stored).scalar_one()))
        if body is None:
            raise NotFound("What the sender wrote has been erased. The record of the decision stays.")
        referral = read_filed(body)[0]
        if any("sealed" in person.protection for person in referral.people):
            must_be_named(who, row["referral"])
        said = who.said | {"decision": decision, "purpose": purpose.strip()}
        write_entry(tx, council, row["referral"], READ, said, section="reader")
        return referral.model_dump(mode="json", exclude_defaults=True)

    return await gateway.writer.submit(Write(work))


def written(tx: Connection | Tx, council: str, referral: str) -> list[dict[str, Any]]:
    """What people of the council wrote about a request as their reasons, the oldest first."""
    rids = select(ENTRY.c.rid, ENTRY.c.ts).where(ENTRY.c.council == council, ENTRY.c.referral == referral)
    found = []
    for row in tx.execute(rids.order_by(ENTRY.c.seq)).all():
        entry = entry_of(tx, council, row.rid)
        said = next((part.value for part in entry.sections if part.name == "human"), None) if entry else None
        told = json.loads(said) if said else {}
        if told.get("reason"):
            found.append({name: told.get(name, "") for name in ("by", "reason", "ground", "basis")} | {"at": row.ts})
    return found
