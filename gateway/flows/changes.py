"""What may happen to a referral later. The family no longer agrees: nothing more goes (P12, governance 1.8.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from sqlalchemy import Select, bindparam, or_, select, update

from contracts.agreement import Agreement, AgreementStatus
from contracts.council import Council
from contracts.delivery import DeliveryState, Result
from gateway.flows import filing
from gateway.flows.access import Caller, permit_operation, relation_to
from gateway.flows.again import decide_again, load
from gateway.flows.gateway import Gateway
from gateway.flows.intake import content_digest
from gateway.path.calendar import day_of
from gateway.path.course import Matter
from gateway.record.entries import make_entry
from gateway.store import content
from gateway.store.sealer import record_entry
from gateway.store.tables import ATTEMPT, DELIVERY, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.versions import versions
from gateway.store.writer import Write

_ARRIVED: Final = select(ATTEMPT.c.delivery).where(ATTEMPT.c.result != Result.NOT_SENT)
_TO: Final = (
    select(DELIVERY.c.hub)
    .where(DELIVERY.c.referral.in_(bindparam("referrals", expanding=True)))
    .distinct()
    .order_by(DELIVERY.c.hub)
)
_GOING: Final = _TO.where(DELIVERY.c.state == DeliveryState.DUE)
"""Hubs that something is still promised to."""
_GONE: Final = _TO.where(or_(DELIVERY.c.state == DeliveryState.SENDING, DELIVERY.c.id.in_(_ARRIVED)))
"""Hubs that something left for, or may have: all but those of which it is known that not a byte did (P12)."""


async def withdraw(gateway: Gateway, caller: Caller, referral: str) -> dict[str, object]:
    """Record that the family no longer agrees, hold what has not left, say what had. Repeating it changes nothing.

    It holds for every version of the referral, whichever of them is named.
    """
    council = caller.registration.council

    def work(tx: Tx) -> tuple[list[str], tuple[str, ...], tuple[str, ...]]:
        row, matter = load(gateway, tx, council, referral)
        relation = relation_to(caller, row["council"], row["sender"], bool(row["test"]))
        permit_operation("withdraw", caller, relation)
        every = versions(tx, council, referral)
        for version in every:
            row, matter = load(gateway, tx, council, version)
            if not _is_withdrawn(matter):
                _withdraw(gateway, tx, row, matter, caller.registration.sender)
        return every, _hubs(tx, every, _GONE), _hubs(tx, every, _GOING)

    every, gone, going = await gateway.writer.submit(Write(work))
    if not going:
        for version in every:
            gateway.cut(version)
    return _told(gateway.council(council), referral, gone, going)


def _told(council: Council, referral: str, gone: Sequence[str], going: Sequence[str]) -> dict[str, object]:
    """What the withdrawal came to: who has something, and who still gets it because a child may be in danger."""
    sent, safety = ([council.hubs[name].title for name in names if name in council.hubs] for names in (gone, going))
    say = "The family no longer agrees. Nothing more goes to anyone."
    if safety:
        say = f"The family no longer agrees. A child's safety comes first, so this still goes to: {', '.join(safety)}."
    if sent:
        say += f" It had already been sent, or may have been, to: {', '.join(sent)}. Tell them, and ask what they hold."
    return {"referral": referral, "say": say, "already_sent_to": sent, "emergency": council.emergency}


def _hubs(tx: Tx, referrals: Sequence[str], which: Select[str]) -> tuple[str, ...]:
    return tuple(tx.execute(which, {"referrals": referrals}).scalars())


def _is_withdrawn(matter: Matter) -> bool:
    """Whether the last word on agreement was a withdrawal recorded here, not one that came with the referral."""
    last = matter.referral.agreements[-1:]
    return matter.epoch > 0 and bool(last) and last[0].status is AgreementStatus.WITHDRAWN


def _withdraw(gateway: Gateway, tx: Tx, row: dict[str, object], matter: Matter, by: str) -> None:
    """A new version of the referral that says so, with its entry, and everything decided again."""
    council, referral = str(row["council"]), str(row["id"])
    withdrawn = Agreement(capacity="family", status=AgreementStatus.WITHDRAWN, withdrawn_on=day_of(tx.now))
    told = matter.referral.model_copy(update={"agreements": (*matter.referral.agreements, withdrawn)})
    epoch, digest = matter.epoch + 1, content_digest(told)
    before = content.get(tx, council, str(row["filed"]))
    assert before is not None, "the matter was read from it"
    filed = content.put(tx, council, "filed", filing.refiled(before, told, digest))
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
