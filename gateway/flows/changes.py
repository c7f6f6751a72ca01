"""What may happen to a referral later. The family no longer agrees: nothing more goes (P12, governance 1.8.2)."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select, update

from contracts.agreement import Agreement, AgreementStatus
from contracts.errors import NotFound
from gateway.flows import filing
from gateway.flows.access import Caller, Relation, permit_operation, relation_to
from gateway.flows.again import decide_again, load
from gateway.flows.gateway import Gateway
from gateway.flows.intake import content_digest
from gateway.path.calendar import day_of
from gateway.path.course import Matter
from gateway.record.entries import make_entry
from gateway.store import content
from gateway.store.sealer import record_entry
from gateway.store.tables import DELIVERY, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write


async def withdraw(gateway: Gateway, caller: Caller, referral: str) -> dict[str, object]:
    """Record that the family no longer agrees, hold what has not left, say what had. Repeating it changes nothing."""
    council = caller.registration.council

    def work(tx: Tx) -> tuple[str, ...]:
        row, matter = load(gateway, tx, council, referral)
        relation = relation_to(caller, row["council"], row["sender"])
        permit_operation("withdraw", caller, relation)
        if not any(a.status is AgreementStatus.WITHDRAWN for a in matter.referral.agreements):
            _withdraw(gateway, tx, row, matter, caller.registration.sender)
        gone = select(DELIVERY.c.hub).where(DELIVERY.c.referral == referral, DELIVERY.c.attempts > 0).distinct()
        return tuple(tx.execute(gone).scalars())

    try:
        gone = await gateway.writer.submit(Write(work))
    except NotFound:
        permit_operation("withdraw", caller, Relation.OTHER)
        raise
    gateway.cut(referral)
    hubs = gateway.council(council).hubs
    told = [hubs[name].title for name in gone if name in hubs]
    say = "The family no longer agrees. Nothing more goes to anyone."
    if told:
        say += f" It had already been sent, or may have been, to: {', '.join(told)}. Tell them, and ask what they hold."
    return {"referral": referral, "say": say, "already_sent_to": told, "emergency": gateway.council(council).emergency}


def _withdraw(gateway: Gateway, tx: Tx, row: dict[str, object], matter: Matter, by: str) -> None:
    """A new version of the referral that says so, with its entry, and everything decided again."""
    council, referral = str(row["council"]), str(row["id"])
    withdrawn = Agreement(capacity="family", status=AgreementStatus.WITHDRAWN, withdrawn_on=day_of(tx.now))
    told = matter.referral.model_copy(update={"agreements": (*matter.referral.agreements, withdrawn)})
    epoch, digest = matter.epoch + 1, content_digest(told)
    filed = content.put(tx, council, "filed", filing.filed_content(told, matter.faults, (), digest))
    version = int(str(row["version"])) + 1
    tx.execute(update(REFERRAL).where(REFERRAL.c.id == referral).values(epoch=epoch, version=version, filed=filed))
    said = {
        "agreement": {"status": "withdrawn", "epoch": epoch},
        "actors": {"client": by},
        "subject": {"referral": referral},
    }
    record_entry(tx, make_entry(str(uuid4()), council, "agreement.withdrawn", tx.now, said, gateway.salt), referral)
    changed = Matter(told, matter.faults, matter.registration, referral, digest, matter.persons, epoch)
    decide_again(gateway, tx, dict(row) | {"epoch": epoch, "version": version}, changed)
