"""Takes evidence or a sharing receipt out of the record, once the record says who did and why (governance 5.2)."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Final

from contracts.errors import NotFound, NotSentYet
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.entry import write_entry
from gateway.flows.evidence.proving import Part, export_zip
from gateway.flows.evidence.sharing_receipt import Issuer, carried, write_receipt
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.allowance import Refused, spent, unless_refused
from gateway.flows.oversight.auditing import PROOFS
from gateway.flows.oversight.looked import EVIDENCE, RECEIPT
from gateway.flows.oversight.sharinglog import must_see
from gateway.store.log import Row
from gateway.store.transaction import Tx
from gateway.store.writer import Write

_NOT_YET: Final = "Nothing of this is sealed yet. That takes a minute. Ask again."


async def evidence(gateway: Gateway, who: Acting, decision: str, purpose: str) -> bytes:
    """The zip of every sealed entry about the decision's referral, with all that it takes to check it.

    Raises NotYourRole, NotFound, NoSuchAnswer without a purpose or with too many in a day, NotSentYet.
    """
    row = await _recorded(gateway, who, decision, purpose, EVIDENCE)
    council = who.council.name
    policy, file = gateway.policy_of(council, row["policy"]), BytesIO()
    key, words = gateway.keys[council].record, {policy.digest: policy.text}
    if await asyncio.to_thread(export_zip, gateway.store, council, key, file, row["referral"], words) < 1:
        raise NotSentYet(_NOT_YET)
    return file.getvalue()


async def receipt(gateway: Gateway, who: Acting, decision: str, purpose: str) -> bytes:
    """The zip of the sharing receipt in its full form. Raises as `evidence`, and NotSentYet before it arrived."""
    row = await _recorded(gateway, who, decision, purpose, RECEIPT)
    name, file = who.council.name, BytesIO()
    policy = gateway.policy_of(name, row["policy"])
    issuer = Issuer(who.council, gateway.keys[name], gateway.catalogue.groups.titles, {policy.digest: policy.text})
    await asyncio.to_thread(write_receipt, gateway.store, issuer, row["delivery"], "full", file)
    return file.getvalue()


async def proofs(gateway: Gateway, who: Acting, decision: str, purpose: str) -> bytes:
    """The same zip for an auditor: of the entries that they may read, and each with what it says closed.

    Open stay which request an entry is about and which words decided. Raises as `evidence`.
    """
    row = await _recorded(gateway, who, decision, purpose, PROOFS)
    name, file = who.council.name, BytesIO()
    policy = gateway.policy_of(name, row["policy"])
    part = Part(who.period, frozenset({"about", "policy"}))

    def write() -> int:
        key, words = gateway.keys[name].record, {policy.digest: policy.text}
        return export_zip(gateway.store, name, key, file, row["referral"], words, part)

    if await asyncio.to_thread(write) < 1:
        raise NotSentYet(_NOT_YET)
    return file.getvalue()


async def _recorded(gateway: Gateway, who: Acting, decision: str, purpose: str, kind: str) -> Row:
    operation = "log.proofs" if kind == PROOFS else "log.export"
    who.must_be_let(operation)
    must_say_why(purpose)

    def work(tx: Tx) -> Row | Refused:
        row = must_see(tx, who, decision, operation)
        if kind == RECEIPT:
            if not row["delivery"]:
                raise NotFound("Nothing was sent by this decision: it has no receipt.")
            carried(tx, who.council.name, row["delivery"])
        # Proofs hold nothing of a family, and an audit takes as many as it takes.
        if kind != PROOFS and (refused := spent(gateway, tx, who, purpose)):
            return refused
        said = who.said | {"decision": decision, "purpose": purpose.strip()}
        write_entry(tx, who.council.name, row["referral"], kind, said, section="reader")
        return row

    return unless_refused(await gateway.writer.submit(Write(work)))
