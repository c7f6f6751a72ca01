"""Writes down what an auditor is about to read: they are from outside, so each page of theirs is one entry first.

The council's own people read lists and envelopes unrecorded, and say why before they read what is inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.flows.acting import Acting
from gateway.flows.entry import READER, write_entry
from gateway.flows.gateway import Gateway
from gateway.store.transaction import Tx
from gateway.store.writer import Write

LISTED: Final = "audit.listed"
SEEN: Final = "audit.seen"
REPORT: Final = "audit.report"
PROOFS: Final = "proofs.exported"

WHAT: Final[Mapping[str, str]] = {
    LISTED: "Read the sharing log, as an auditor",
    SEEN: "Read a decision without names, as an auditor",
    REPORT: "Read a signed report, as an auditor",
    PROOFS: "Took proofs out, as an auditor",
}
"""Type of an entry → what the auditor did."""


async def listing(gateway: Gateway, who: Acting, kind: str, **said: object) -> None:
    """An auditor is about to read what is about no single request; nothing for anybody else."""
    if who.audit is not None:
        await gateway.writer.submit(Write(lambda tx: seeing(tx, who, kind, "", **said)))


def seeing(tx: Tx, who: Acting, kind: str, referral: str, **said: object) -> None:
    """An auditor is about to read of this request, "" for none; nothing for anybody else. said: ids and codes."""
    if audit := who.audit:
        purpose = f"Audit of the decisions of {audit.first} to {audit.to}"
        write_entry(tx, who.council.name, referral, kind, {"purpose": purpose} | who.said | said, section=READER)
