"""A family tells a hub, or the council's people, and not its sender, that it no longer agrees (governance 1.8.2).

A family may say so to anybody, by any channel, and it holds from when it is heard. What follows is the same, whoever
wrote it down; a hub is told what it must do itself, and never who else has something (settled 40).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from contracts.errors import NoSuchAnswer, NotFound
from gateway.flows.access import Caller
from gateway.flows.acting import Acting
from gateway.flows.decisions.again import load
from gateway.flows.follow_up import changes
from gateway.flows.follow_up.happened import PERSON
from gateway.flows.follow_up.outcomes import of_hub
from gateway.flows.gateway import Gateway
from gateway.store.tables import REFERRAL
from gateway.store.transaction import Tx


async def withdrawn_at_hub(gateway: Gateway, caller: Caller, delivery: str) -> dict[str, object]:
    """A hub says so of a message it was sent. Raises NotFound, NotAllowed. Once, however often it is said."""
    council = gateway.council(caller.registration.council)

    def find(tx: Tx) -> str:
        return str(of_hub(tx, caller, "tell_withdrawal", delivery)["referral"])

    done = await changes.take_back(gateway, council.name, find, caller.registration.sender)
    say = "The family no longer agrees. Stop using what you were sent; the notice about it comes, and waits for you."
    if not done.new:
        say = "It is recorded already that the family no longer agrees. Stop using what you were sent."
    if done.going:
        say += " What goes to the front door because of a danger still goes."
    return {"delivery": delivery, "referral": done.referral, "say": say, "emergency": council.emergency}


async def about(gateway: Gateway, who: Acting, referral: str) -> dict[str, Any]:
    """Which request it would be, by codes and instants (ms UTC). Raises NotYourRole, NotFound."""
    who.must_be_let("referrals.withdraw")
    council = who.council
    found = select(REFERRAL.c.sender, REFERRAL.c.at, REFERRAL.c.test).where(
        REFERRAL.c.council == council.name, REFERRAL.c.id == referral
    )
    row = await gateway.store.ask(council.name, lambda connection: connection.execute(found).first())
    if row is None:
        raise NotFound()
    sender = council.senders.get(row.sender)
    title = sender.title if sender else row.sender
    return {"id": referral, "sender": title, "at": row.at, "test": bool(row.test)}


async def withdrawn_at_desk(gateway: Gateway, who: Acting, referral: str, reason: str) -> dict[str, Any]:
    """One of the council's people says so, and how they know. Raises NotYourRole, NoSuchAnswer, NotFound."""
    who.must_be_let("referrals.withdraw")
    if not reason.strip():
        raise NoSuchAnswer("Write how you know: who told you that the family no longer agrees, and when.")

    def find(tx: Tx) -> str:
        load(gateway, tx, who.council.name, referral)
        return referral

    person = who.said | {"reason": reason}
    done = await changes.take_back(gateway, who.council.name, find, PERSON, person)
    return changes.answer(who.council, done) | {"new": done.new}
