"""Lets a council's people say what became of a message that has arrived, where no system of the hub does (settled 46).

Typing is the last resort, and it must be there: what is typed goes the way that a hub's own system goes, and the record
keeps who typed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.council import Registration
from contracts.errors import NotFound
from gateway.flows.access import Caller, Role
from gateway.flows.acting import Acting
from gateway.flows.follow_up.answerlinks import (
    Choice,
    Given,
    Said,
    events_for,
    in_words,
    outcomes_for,
    said_before,
    tell,
)
from gateway.flows.follow_up.happened import PERSON
from gateway.flows.gateway import Gateway
from gateway.flows.holds import rekeying


@dataclass(frozen=True, slots=True)
class Asked:
    """What can be said of one message. line: as `rekeying.show` tells of it; said: what was said of it before."""

    line: Mapping[str, Any]
    outcomes: tuple[Choice, ...]
    events: tuple[Choice, ...]
    said: tuple[Said, ...]


async def asked(gateway: Gateway, who: Acting, delivery: str) -> Asked:
    """What this person can say of a message that has arrived. Raises NotYourRole, NotFound."""
    line = await rekeying.show(gateway, who, delivery)
    council, hub, kind = who.council, line["hub_name"], line["kind"]
    who.must_be_let("arrived.tell", "divert" if kind == "divert" else "")
    if hub not in council.hubs:
        raise NotFound("The council has no such hub any more, so nobody there can have decided.")
    said = await gateway.store.ask(council.name, lambda connection: said_before(connection, council.name, delivery))
    return Asked(line, outcomes_for(council, hub, kind), events_for(kind), in_words(council, hub, said))


async def answer(gateway: Gateway, who: Acting, delivery: str, once: str, given: Given) -> str:
    """Record one answer under this person's name. Returns what to say.

    once  of the form it was sent from: sent twice, it is recorded once

    Raises NotYourRole, NotFound; InvalidMessage, with a pointer to `/outcome`, `/event`, `/words` or `/lead`.
    """
    line = (await asked(gateway, who, delivery)).line
    registration = Registration(
        sender=PERSON,
        council=who.council.name,
        title=line["hub"],
        sender_type="council",
        may=("deliveries.outcome",),
        hubs=(line["hub_name"],),
    )
    caller = Caller(Role.HUB, registration, test=line["test"], person=who.said)
    return await tell(gateway, caller, delivery, f"{once}\n{who.name}", given)
