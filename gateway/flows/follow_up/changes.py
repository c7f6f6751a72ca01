"""The family no longer agrees: nothing more goes, and whoever has something is told (P12, governance 1.8.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select

from contracts.agreement import Agreement, AgreementStatus
from contracts.council import Council
from contracts.delivery import DeliveryState
from contracts.returned import AgreementTold
from gateway.flows.access import Caller, permit_operation, relation_to
from gateway.flows.decisions import notices
from gateway.flows.decisions.again import CARRY, load
from gateway.flows.decisions.notices import Told
from gateway.flows.follow_up import agreeing
from gateway.flows.gateway import Gateway
from gateway.flows.stamps import stamp
from gateway.path.calendar import day_of
from gateway.path.course import Matter
from gateway.store.tables import DELIVERY
from gateway.store.transaction import Tx
from gateway.store.versions import versions
from gateway.store.writer import Write

_GOING: Final = (
    select(DELIVERY.c.hub)
    .where(
        DELIVERY.c.referral.in_(bindparam("referrals", expanding=True)),
        DELIVERY.c.kind.in_(CARRY),
        DELIVERY.c.state == DeliveryState.DUE,
    )
    .distinct()
    .order_by(DELIVERY.c.hub)
)
"""Hubs that something is still promised to."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a withdrawal came to.

    gone   hubs that have something, or may have; going: those that still get it because of a danger
    told   the notices that stand
    new    whether this is what recorded it: it had not been recorded before
    """

    referral: str
    gone: tuple[str, ...]
    going: tuple[str, ...]
    told: tuple[Told, ...]
    new: bool


async def withdraw(gateway: Gateway, caller: Caller, referral: str) -> dict[str, object]:
    """The sender says that the family no longer agrees. Raises NotFound, NotAllowed. Once, however often it is said."""
    council = caller.registration.council

    def find(tx: Tx) -> str:
        row, _ = load(gateway, tx, council, referral)
        relation = relation_to(caller, row["council"], row["sender"], bool(row["test"]))
        permit_operation("withdraw", caller, relation)
        return referral

    done = await take_back(gateway, council, find, caller.registration.sender, caller.person)
    return answer(gateway.council(council), done)


async def take_back(
    gateway: Gateway,
    council: str,
    find: Callable[[Tx], str],
    by: str,
    person: Mapping[str, object] | None = None,
) -> Withdrawn:
    """Record it for every version of the referral, hold what has not left, tell who has something.

    find    which referral it is, or raises: whoever asks may say it of this one
    person  who wrote it down and why, where it was somebody and not a system
    """

    def work(tx: Tx) -> tuple[list[str], Withdrawn]:
        referral, new = find(tx), False
        every = versions(tx, council, referral)
        for version in every:
            row, matter = load(gateway, tx, council, version)
            if not _is_withdrawn(matter):
                told = Agreement(capacity="family", status=AgreementStatus.WITHDRAWN, withdrawn_on=day_of(tx.now))
                agreeing.record(gateway, tx, row, matter, AgreementTold(agreement=told), by, person or {})
                new = True
        gone = sorted({hub for version in every for hub in notices.past_recipients(tx, version)})
        going = tuple(tx.execute(_GOING, {"referrals": every}).scalars())
        return every, Withdrawn(referral, tuple(gone), going, notices.standing(tx, every), new)

    every, done = await gateway.writer.submit(Write(work))
    if not done.going:
        for version in every:
            gateway.cut(version)
    gateway.wake()
    return done


def answer(council: Council, done: Withdrawn) -> dict[str, object]:
    """What the withdrawal came to: who has something and was told, and who still gets it because of a danger."""
    both = (done.gone, done.going)
    sent, safety = ([council.hubs[name].title for name in names if name in council.hubs] for names in both)
    say = "The family no longer agrees. Nothing more goes to anyone."
    if safety:
        say = f"The family no longer agrees. A child's safety comes first, so this still goes to: {', '.join(safety)}."
    if sent:
        say += (
            f" It had already been sent, or may have been, to: {', '.join(sent)}."
            " They are told, and must acknowledge it. Ask them what they hold."
        )
    return {
        "referral": done.referral,
        "say": say,
        "already_sent_to": sent,
        "notices": [
            {"hub": council.hubs[one.hub].title, "state": one.state, "acknowledge_by": stamp(one.by)}
            for one in done.told
            if one.hub in council.hubs
        ],
        "emergency": council.emergency,
    }


def _is_withdrawn(matter: Matter) -> bool:
    """Whether the last word recorded here was that the whole family no longer agrees."""
    last = matter.since[-1].agreement if matter.since else None
    return last is not None and last.status is AgreementStatus.WITHDRAWN and last.giver is None
