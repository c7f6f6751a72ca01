"""Documents that come by themselves: looked at, scanned where a scanner is set, and kept by digest.

A referral names its documents by digest. They come before it, after it or inside its zip, in any order; one that is
named and not here is a fact the council's rules decide on, and what waited for it is decided again when it comes
(settled 26, 54). The bytes go to no hub from here: the payload lists them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final
from uuid import uuid4

from sqlalchemy import select

from adapters.formats.documents import check_document
from contracts.adapter import Fault
from contracts.errors import UnreadablePayload
from gateway.flows.access import Caller
from gateway.flows.decisions.again import decide_again, load
from gateway.flows.decisions.cited import resolve, tokens_in
from gateway.flows.decisions.said import ENGINE
from gateway.flows.gateway import Gateway
from gateway.flows.mapping.sources import Read
from gateway.flows.submissions.scanning import scan
from gateway.record.entries import make_entry
from gateway.store.attachments import KIND, Kept, Whose, attachment_token, keep, present
from gateway.store.sealer import record_entry
from gateway.store.tables import LOOKUP, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class Scanned:
    """A document that may be kept, and what the scanner said of it."""

    token: str
    body: bytes
    media_type: str
    scanned: str


def whose(caller: Caller) -> Whose:
    """Whose documents a caller may name."""
    return Whose(caller.registration.council, caller.registration.sender, caller.test)


async def put(
    gateway: Gateway, caller: Caller, digest: str, media_type: str, body: bytes
) -> tuple[bool, dict[str, object]]:
    """Keep a document under its SHA-256: whether it is new, and what the sender is told. Repeating it changes nothing.

    Raises UnreadablePayload for other bytes than the digest's, and as `check_document` and `scan` do.
    """
    if not DIGEST.fullmatch(digest) or sha256(body).hexdigest() != digest.lower():
        fault = Fault("", "", "the bytes of this SHA-256", "Work the digest out again over exactly the bytes you send.")
        raise UnreadablePayload("The digest in the address is not that of the bytes.", (fault,))
    check_document(body, media_type)
    scanned = await scan(gateway.settings, body)
    council = caller.registration.council
    token = attachment_token(gateway.keys[council], digest)
    document = Scanned(token, body, media_type, scanned)
    new = await gateway.writer.submit(Write(lambda tx: _take(gateway, tx, whose(caller), document)))
    if new:
        gateway.wake()
    told = {"sha256": digest.lower(), "media_type": media_type, "size": len(body), "scanned": scanned}
    return new, {"state": "here", **told, "emergency": gateway.council(council).emergency}


async def settled(gateway: Gateway, caller: Caller, reads: Collection[Read]) -> list[Read]:
    """Records with what is known of the documents they name, and a fault for each that is not here.

    Those of their own zip are scanned, and left out if the scanner finds something. Raises ScannerUnavailable.
    """
    keys, own = gateway.keys[caller.registration.council], whose(caller)
    looked = [await _scanned(gateway, read) if read.documents else read for read in reads]
    tokens = {token for read in looked if read.referral for token in tokens_in(keys, read.referral).values()}
    if not tokens:
        return looked
    here = await gateway.store.ask(own.council, lambda connection: present(connection, own, tokens))
    for read in looked:
        here |= {token: Kept(token, "", kind, len(body), "") for token, kind, body in of(gateway, own.council, read)}
    return [_resolved(gateway, own.council, read, here) for read in looked]


def of(gateway: Gateway, council: str, read: Read) -> list[tuple[str, str, bytes]]:
    """Token, media type and bytes of each document that came with a record."""
    keys = gateway.keys[council]
    return [(attachment_token(keys, sha256(one.body).hexdigest()), one.media_type, one.body) for one in read.documents]


def take_enclosed(gateway: Gateway, tx: Tx, own: Whose, enclosed: Collection[tuple[str, str, bytes]]) -> None:
    """Keep the documents that came with records. What other referrals waited for is decided again."""
    scanned = "clean" if gateway.settings.scanner else "no"
    for token, media_type, body in enclosed:
        _take(gateway, tx, own, Scanned(token, body, media_type, scanned))


def arrived(gateway: Gateway, tx: Tx, own: Whose, waiting: Mapping[str, frozenset[str]]) -> None:
    """Decide again what a document came for while it was being decided. `waiting`: referral → tokens it misses."""
    here = present(tx, own, {token for tokens in waiting.values() for token in tokens})
    for referral, tokens in waiting.items():
        if tokens & here.keys():
            decide_again(gateway, tx, *load(gateway, tx, own.council, referral))


def _take(gateway: Gateway, tx: Tx, own: Whose, document: Scanned) -> bool:
    if not keep(tx, own, document.token, document.body, document.media_type, document.scanned):
        return False
    sections = {
        "actors": {"client": own.sender, "engine": ENGINE},
        "document": {
            "sha256": sha256(document.body).hexdigest(),
            "media_type": document.media_type,
            "size": len(document.body),
            "scanned": document.scanned,
        },
    }
    record_entry(tx, make_entry(str(uuid4()), own.council, "document.kept", tx.now, sections, gateway.salt))
    waiting = (
        select(REFERRAL.c.id)
        .join_from(LOOKUP, REFERRAL, REFERRAL.c.id == LOOKUP.c.referral)
        .where(
            LOOKUP.c.council == own.council,
            LOOKUP.c.token == document.token,
            LOOKUP.c.kind == KIND,
            REFERRAL.c.sender == own.sender,
            REFERRAL.c.test == int(own.test),
        )
    )
    for referral in tx.execute(waiting).scalars().all():
        decide_again(gateway, tx, *load(gateway, tx, own.council, referral))
    return True


async def _scanned(gateway: Gateway, read: Read) -> Read:
    kept, faults, found = [], list(read.faults), set[str]()
    for document in read.documents:
        try:
            await scan(gateway.settings, document.body)
        except UnreadablePayload as error:
            faults += (replace(fault, position=document.position, kind="doubtful") for fault in error.faults)
            found.add(sha256(document.body).hexdigest())
        else:
            kept.append(document)
    if not found or read.referral is None:
        return read
    attachments = tuple(one for one in read.referral.attachments if one.sha256 not in found)
    referral = read.referral.model_copy(update={"attachments": attachments})
    return replace(read, referral=referral, faults=tuple(faults), documents=tuple(kept), unclean=True)


def _resolved(gateway: Gateway, council: str, read: Read, here: dict[str, Kept]) -> Read:
    if read.referral is None:
        return read
    referral, faults = resolve(gateway.keys[council], read.referral, read.faults, here)
    return replace(read, referral=referral, faults=faults)
