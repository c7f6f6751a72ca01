"""How a request of one's own stands, in one line: what needs somebody first, and nothing unknown (settled 39).

The sentences promise no more than the store knows: what arrived has been read by nobody until somebody says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from contracts.decision import Outcome
from contracts.delivery import DeliveryState
from gateway.path.telling import SENDERS
from gateway.store.ownrequests import Parts

QUESTION: Final = "task:answer_the_hub"
"""Kind of the clock that runs while a hub's question is open."""

CARRIED: Final = ("referral", "update", "divert")
"""Kinds of the messages that carry the request itself."""

_TROUBLE: Final = (DeliveryState.UNCERTAIN, DeliveryState.HELD, DeliveryState.DEAD)
_CLOSED: Final = ("answered", "withdrawn", "not_shared", "closed")


@dataclass(frozen=True, slots=True)
class Standing:
    """code: how it stands. title: as a tag says it; say: in a sentence, "" where the title says it all."""

    code: str
    title: str
    say: str = ""

    @property
    def open(self) -> bool:
        """Whether anything may still come of it, so that the emergency line stands near the top."""
        return self.code not in _CLOSED

    @property
    def yours(self) -> bool:
        """Whether the sender's own people are asked for something."""
        return self.code in ("question", "returned", "yours")


def standing(parts: Parts, told: str = "") -> Standing:
    """How it stands. told: what its newest outcome says to whoever referred, "" where no hub has answered."""
    owners = {clock.kind for clock in parts.clocks if clock.owner in SENDERS}
    states = {one.state for one in parts.deliveries if one.kind in CARRIED}
    diverts = {one.state for one in parts.deliveries if one.kind == "divert"}
    outcomes = {(one.outcome, one.state) for one in parts.decisions}
    if diverts & set(_TROUBLE):
        return ALL["divert_lost"]
    if QUESTION in {clock.kind for clock in parts.clocks}:
        return ALL["question"]
    if (Outcome.RETURN, "open") in outcomes:
        return ALL["returned"]
    if owners:
        return ALL["yours"]
    if told:
        return Standing("answered", "Answered", told)
    if _taken_back(parts) and not diverts:
        return ALL["withdrawn"]
    if diverts:
        return ALL["diverted" if diverts == {DeliveryState.DELIVERED} else "diverting"]
    return ALL[_moving(states, outcomes)]


def _moving(states: set[str], outcomes: set[tuple[str, str]]) -> str:
    """Of what nobody has answered, and of which nothing is asked here."""
    if states & set(_TROUBLE):
        return "trouble"
    if any(state == "open" for _, state in outcomes):
        return "held"
    if states & {DeliveryState.DUE, DeliveryState.SENDING}:
        return "waiting"
    if DeliveryState.DELIVERED in states:
        return "arrived"
    refused = any(outcome == Outcome.REFUSE or state == "refused" for outcome, state in outcomes)
    return "not_shared" if refused else "closed"


def _taken_back(parts: Parts) -> bool:
    return bool(parts.decisions) and all(
        json.loads(one.facts).get("agreement") == "withdrawn" for one in parts.decisions
    )


ALL: Final = {
    one.code: one
    for one in (
        Standing(
            "divert_lost",
            "Has not arrived: ring",
            "A safeguarding contact has not arrived, or nobody knows whether it did. Ring the front door now.",
        ),
        Standing("question", "You are asked", "A hub asks you something before it goes on."),
        Standing("returned", "Sent back to you", "Something is missing or does not fit. Put it right and send it."),
        Standing("yours", "Something to do", "It waits for you: the request says for what."),
        Standing("withdrawn", "Taken back", "The family no longer agrees."),
        Standing(
            "diverted",
            "At the front door’s system",
            "It went to the safeguarding front door, as a contact. This does not do your duty for you: ring them.",
        ),
        Standing("diverting", "On its way to the front door", "Ring the front door now: do not wait for this."),
        Standing("trouble", "Not known to have arrived", "A person is finding out what became of it."),
        Standing("held", "Held", "A person looks at it before anything goes."),
        Standing("waiting", "Waiting to be sent", "Nothing has left yet."),
        Standing("arrived", "Arrived", "At the hub’s system. Nobody has confirmed reading it."),
        Standing("not_shared", "Not shared", "Nothing was sent."),
        Standing("closed", "Ended", "Nothing more is sent."),
    )
}
"""code → how it reads, of all but `answered`, which says what the hub said."""
