"""Papers that a sender's people keep of a request of theirs: a copy, and the sharing receipt in its full form.

Each is taken out once the record says who took it and why (governance 5.2, settled 40).
"""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

from sqlalchemy import select

from contracts.errors import NotFound
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.entry import write_entry
from gateway.flows.evidence.sharing_receipt import Issuer, carried, write_receipt
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.looked import COPY, RECEIPT
from gateway.flows.senders.ownreading import filed, must_be_own
from gateway.flows.telling import status
from gateway.store.tables import DECISION, DELIVERY
from gateway.store.transaction import Tx
from gateway.store.writer import Write


async def copy(gateway: Gateway, who: Acting, referral: str, purpose: str) -> dict[str, Any]:
    """What was sent, what became of it, and what the record says: `referral`, `status`, `record`.

    Raises NotYourRole, NoSuchAnswer without a purpose, NotFound for another's, for none, and once it is erased.
    """
    who.must_be_let("sent.export")
    must_say_why(purpose)

    def work(tx: Tx) -> dict[str, Any]:
        told = filed(tx, who, referral)
        _took(tx, who, referral, COPY, purpose)
        return told.model_dump(mode="json", exclude_defaults=True)

    told = await gateway.writer.submit(Write(work))
    became = await status.status(gateway, who.caller, referral)
    return {"referral": told, "status": became, "record": await status.receipt(gateway, who.caller, referral)}


async def receipt(gateway: Gateway, who: Acting, referral: str, delivery: str, purpose: str) -> bytes:
    """The zip of the full sharing receipt of one message. Raises as `copy`, and NotSentYet before it arrived."""
    who.must_be_let("sent.export")
    must_say_why(purpose)
    name = who.council.name

    def work(tx: Tx) -> list[str]:
        must_be_own(tx, who, referral)
        of = select(DELIVERY.c.referral).where(DELIVERY.c.council == name, DELIVERY.c.id == delivery)
        if tx.execute(of).scalar() != referral:
            raise NotFound("There is no message of that id about this request.")
        carried(tx, name, delivery)
        _took(tx, who, referral, RECEIPT, purpose, delivery)
        policies = select(DECISION.c.policy).where(DECISION.c.council == name, DECISION.c.referral == referral)
        return list(tx.execute(policies.distinct()).scalars())

    policies = await gateway.writer.submit(Write(work))
    texts = {policy.digest: policy.text for policy in (gateway.policy_of(name, digest) for digest in policies)}
    issuer, file = Issuer(who.council, gateway.keys[name], gateway.catalogue.groups.titles, texts), BytesIO()
    await asyncio.to_thread(write_receipt, gateway.store, issuer, delivery, "full", file)
    return file.getvalue()


def _took(tx: Tx, who: Acting, referral: str, kind: str, purpose: str, delivery: str = "") -> None:
    said = who.said | {"purpose": purpose.strip()} | ({"delivery": delivery} if delivery else {})
    write_entry(tx, who.council.name, referral, kind, said, section="reader")
