"""Files a new version of a stored referral: what was said later, added to what was sent. Deciding comes after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import update

from contracts.referral import Referral
from contracts.returned import AgreementTold
from gateway.flows.access import Caller, permit_operation, relation_to
from gateway.flows.decisions import filed
from gateway.flows.decisions.again import load
from gateway.flows.gateway import Gateway
from gateway.flows.submissions.intake import content_digest
from gateway.path.course import Matter
from gateway.store import content
from gateway.store.tables import REFERRAL
from gateway.store.transaction import Tx
from gateway.store.versions import versions

Newest = tuple[dict[str, Any], Matter, list[str]]
"""A referral's newest version, its row and its matter, with the ids of all versions, oldest first."""


def newest_of(gateway: Gateway, tx: Tx, caller: Caller, operation: str, referral: str) -> Newest:
    """What a sender speaks of when it names any version. Raises NotFound for another's, NotAllowed."""
    council = caller.registration.council
    row, matter = load(gateway, tx, council, referral)
    permit_operation(operation, caller, relation_to(caller, row["council"], row["sender"], bool(row["test"])))
    every = versions(tx, council, referral)
    if every[-1] != referral:
        row, matter = load(gateway, tx, council, every[-1])
    return row, matter, every


def revise(
    tx: Tx, row: dict[str, Any], matter: Matter, told: Referral, said: Sequence[AgreementTold] = ()
) -> tuple[dict[str, Any], Matter]:
    """The referral's row and its matter, as they are with this version.

    told  the referral now; said: what was added to it of the family's agreement, which newer versions must keep

    Its epoch rises, so that a message that is on its way now is judged again before it is ever tried again.
    """
    council, digest = str(row["council"]), content_digest(told)
    before = content.get(tx, council, str(row["filed"]))
    assert before is not None, "the matter was read from it"
    since = (*matter.since, *said)
    changed = {
        "epoch": matter.epoch + 1,
        "version": int(row["version"]) + 1,
        "filed": content.put(tx, council, "filed", filed.refiled(before, told, digest, since)),
    }
    tx.execute(update(REFERRAL).where(REFERRAL.c.id == row["id"]).values(**changed))
    now = replace(matter, referral=told, content=digest, epoch=matter.epoch + 1, spelt=b"", sent="", since=since)
    return row | changed, now
