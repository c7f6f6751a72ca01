"""What came back about a sender's requests, for its own people: the words their system would fetch (settled 40, 46)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.flows.senders.ownrequest import at
from gateway.flows.senders.ownrequests import Own, some
from gateway.flows.telling import word


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that came back, or is overdue. at: ms UTC; request: None where a newer version of it stands."""

    id: str
    referral: str
    request: Own | None
    at: int
    say: str
    question: bool = False


@dataclass(frozen=True, slots=True)
class Came:
    """What nobody has marked as read, the oldest first, and what is overdue. more: there are others after these."""

    words: tuple[Word, ...]
    overdue: tuple[Word, ...]
    more: bool


async def unread(gateway: Gateway, who: Acting) -> Came:
    """What `GET /v1/notices` tells their system. Raises NotYourRole."""
    who.must_be_let("sent.notices")
    told: dict[str, Any] = await word.unread(gateway, who.caller)
    every = [*told["notices"], *told["waiting"]]
    known = await some(gateway, who, {one["referral"] for one in every})
    words = tuple(
        Word(
            one["id"],
            one["referral"],
            known.get(one["referral"]),
            at(one["at"]),
            one["say"],
            one["kind"] == "question",
        )
        for one in told["notices"]
    )
    overdue = tuple(
        Word("", one["referral"], known.get(one["referral"]), at(one["since"]), one["say"]) for one in told["waiting"]
    )
    return Came(words, overdue, told["more"])


async def read(gateway: Gateway, who: Acting, event: str) -> None:
    """Somebody of theirs has read this one. Raises NotYourRole, NotFound for another's, and for none."""
    who.must_be_let("sent.mark")
    await word.read(gateway, who.caller, event)
