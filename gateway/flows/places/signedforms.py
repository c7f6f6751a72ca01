"""Keeps a document that came by itself, and says in the record to which referral: arrived, and read by nobody yet.

Whether it is signed, and says what it should, only a person can tell (settled 48): nothing is decided again by this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, select

from contracts.adapter import Fault
from contracts.errors import UnreadablePayload
from gateway.config.pickups import Pickup
from gateway.flows.access import Caller, Role
from gateway.flows.decisions import timers, words
from gateway.flows.decisions.said import ENGINE
from gateway.flows.decisions.timers import clock_row
from gateway.flows.gateway import Gateway
from gateway.flows.places.mailing import Document
from gateway.flows.places.rowreport import Line, line_of_fault
from gateway.flows.submissions import documents
from gateway.record.entries import make_entry
from gateway.store.keys import lookup_token
from gateway.store.sealer import record_entry
from gateway.store.tables import CLOCK, ENTRY, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

UNREAD: Final = "signed_form.unread"
"""Kind of the clock that runs until a person has read it, and type of the entry that says it came."""


async def keep(gateway: Gateway, pickup: Pickup, sender: str, document: Document, accepted: Sequence[str]) -> Line:
    """Keep it, and record to which one referral it can belong. Raises StoreUnavailable, ScannerUnavailable.

    accepted  referrals made from the same message: a form and its signed agreement come together
    Returns a line that is `attached`, or `rejected` where there is no such referral, or more than one.
    """
    enclosure = document.enclosure
    wanted = (document.named, document.around, tuple(accepted))
    every = tuple(dict.fromkeys(reference for some in wanted for reference in some))
    known = await gateway.store.ask(pickup.council, lambda connection: _known(connection, pickup, sender, every))
    found: tuple[str, ...] = next(filter(None, (tuple(r for r in some if r in known) for some in wanted)), ())
    if len(found) != 1:
        expected = "the reference of one referral that this sender made"
        remedy = "Put the reference from the receipt into the file's name, and send one document for each referral."
        return line_of_fault(Fault(enclosure.position, "", expected, remedy))
    registration = gateway.council(pickup.council).senders[sender]
    caller = Caller(Role.SENDER, registration, test=pickup.test)
    digest = sha256(enclosure.content).hexdigest()
    try:
        await documents.put(gateway, caller, digest, enclosure.media_type, enclosure.content)
    except UnreadablePayload as error:
        return line_of_fault(replace(error.faults[0], position=enclosure.position))
    await gateway.writer.submit(_recording(gateway, pickup, sender, document, digest, found[0]))
    return Line(enclosure.position, "attached", found[0], say=words.RECORDED[UNREAD])


def _known(connection: Connection, pickup: Pickup, sender: str, references: Sequence[str]) -> frozenset[str]:
    """Those that are this sender's own: a reference that somebody else was given opens nothing."""
    own = select(REFERRAL.c.id).where(
        REFERRAL.c.council == pickup.council,
        REFERRAL.c.sender == sender,
        REFERRAL.c.test == int(pickup.test),
        REFERRAL.c.id.in_(references),
    )
    return frozenset(connection.execute(own).scalars())


def _recording(
    gateway: Gateway, pickup: Pickup, sender: str, document: Document, digest: str, referral: str
) -> Write[None]:
    council, now = pickup.council, gateway.now()
    rid = rid_of(gateway, council, UNREAD, referral, digest)
    sections = {
        "actors": {"client": sender, "engine": ENGINE},
        "document": {
            "kind": "signed_consent",
            "sha256": digest,
            "size": len(document.enclosure.content),
            "media_type": document.enclosure.media_type,
        },
    }
    entry = make_entry(rid, council, UNREAD, now, sections, gateway.salt, referral)

    def work(tx: Tx) -> None:
        if not is_recorded(tx, rid):
            record_entry(tx, entry)
            ring(tx, pickup, UNREAD, referral, rid, now)
            timers.saw(tx, gateway.council(council), referral, "signed_form_came", now, by=sender)

    return Write(work)


def rid_of(gateway: Gateway, council: str, *about: str) -> str:
    """The id of an entry that is written once however often this is done: a keyed digest, spelt as a UUID."""
    digits = lookup_token(gateway.keys[council], "fetched", "\n".join(about))[:32]
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def is_recorded(tx: Tx, rid: str) -> bool:
    """Whether the entry is there."""
    return tx.execute(select(ENTRY.c.rid).where(ENTRY.c.rid == rid)).first() is not None


def ring(tx: Tx, pickup: Pickup, kind: str, referral: str, rid: str, now: int) -> None:
    """Put something before the role that looks after this pickup, at once."""
    tx.insert(CLOCK, clock_row(pickup.council, kind, referral, "", pickup.tell, now, now) | {"id": rid})
