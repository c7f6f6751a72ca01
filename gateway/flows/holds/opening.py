"""Opens what a hold or a task is about to a person who says why; the record says so before they see it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select

from contracts.errors import NoSuchAnswer
from contracts.events import BY_SENDER
from gateway.flows.acting import Acting
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.held import Held, held
from gateway.flows.holds.sealed import must_be_named
from gateway.flows.holds.tasks import BOTH, to_copy
from gateway.store import content
from gateway.store.evidence import entry_of
from gateway.store.tables import ENTRY, EVENT
from gateway.store.transaction import Tx
from gateway.store.writer import Write

READ = "content.read"
"""Type of the entry that says somebody read what a referral holds."""

DISAGREES = "answer_the_disagreement"
"""The task whose words the sender's own people wrote."""

_PURPOSE = 10


async def opened(gateway: Gateway, who: Acting, name: str, purpose: str) -> dict[str, Any]:
    """What the referral holds, as the record keeps it, once the record says who reads it and why.

    Raises NotYourRole, NoSuchAnswer without a purpose, NotFound.
    """
    if len(purpose.strip()) < _PURPOSE:
        raise NoSuchAnswer("Say with --purpose, in a sentence, why you open it. The record keeps that.")

    def work(tx: Tx) -> dict[str, Any]:
        case = held(gateway, tx, who, name, tx.now)
        must_be_let_to_open(who, case)
        said = who.said | {"hold": case.clock["id"], "purpose": purpose.strip()}
        write_entry(tx, who.council.name, case.referral["id"], READ, said, section="reader")
        told: dict[str, Any] = {"referral": case.matter.referral.model_dump(mode="json", exclude_defaults=True)}
        told |= {"said": said_by_sender(tx, case)} if case.about == DISAGREES else {}
        return told | ({"copy": to_copy(case.matter.referral)} if case.about == BOTH else {})

    return await gateway.writer.submit(Write(work))


def said_by_sender(tx: Tx, case: Held) -> list[str]:
    """What the sender's people wrote that they do not agree with, the oldest first."""
    told = select(EVENT.c.said).where(EVENT.c.referral == case.referral["id"], EVENT.c.code.in_(BY_SENDER))
    kept = tx.execute(told.where(EVENT.c.said != "").order_by(EVENT.c.seq)).scalars().all()
    bodies = (content.get(tx, str(case.referral["council"]), one) for one in kept)
    return [str(json.loads(body)["words"]) for body in bodies if body is not None]


def must_be_let_to_open(who: Acting, case: Held) -> None:
    """Raises NotYourRole, saying who may. A sealed file is for those named for it, whatever else holds it."""
    who.must_be_let("holds.open" if case.is_hold else "tasks.open", case.about)
    if is_sealed(case):
        must_be_named(who, case.referral["id"])


def is_sealed(case: Held) -> bool:
    """Whether anybody in it is sealed."""
    return any("sealed" in person.protection for person in case.matter.referral.people)


def has_read(connection: Connection | Tx, who: Acting, referral: str) -> bool:
    """Whether the record says that this person opened this referral."""
    entries = select(ENTRY.c.rid).where(
        ENTRY.c.council == who.council.name, ENTRY.c.referral == referral, ENTRY.c.type == READ
    )
    for rid in connection.execute(entries).scalars().all():
        entry = entry_of(connection, who.council.name, rid)
        said = next((part.value for part in entry.sections if part.name == "reader"), None) if entry else None
        if said is not None and json.loads(said)["by"] == who.name:
            return True
    return False
