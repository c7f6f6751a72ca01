"""One request as its sender's people read it: what became of it in words and times, and what is asked of them.

Codes, days and roles only: what was sent, and what a hub wrote, are opened apart (`ownreading`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from contracts.delivery import DeliveryState
from contracts.people import Person
from contracts.referral import Referral
from gateway.flows.acting import Acting
from gateway.flows.decisions.cited import title_of
from gateway.flows.gateway import Gateway
from gateway.flows.holds.showing import ROLES, agreement_in_words
from gateway.flows.senders.ownrequests import asked_for, children_of, initials, newest_word, reader_of
from gateway.flows.senders.ownstate import CARRIED, QUESTION, Standing, standing
from gateway.flows.telling import status
from gateway.flows.telling.cameback import Reader
from gateway.path.telling import SENDERS, ring
from gateway.store import ownrequests

_TOLD: Final = {
    "acknowledged": "It says that it was read.",
    "arrived": "Arrived at the hub’s system. Nobody has confirmed reading it.",
    "outstanding": "It has not reached the hub yet, as far as we know.",
}
"""How a notice stands → what is said of it."""

_KINDS: Final = {
    "divert": "Safeguarding contact",
    "update": "What it may have now",
    "envelope": "Word that it waits",
    "notice": "Notice of a change",
}
"""Kind of a message → what it is; any other is the request itself."""


async def show(gateway: Gateway, who: Acting, referral: str) -> dict[str, Any]:
    """Everything about one request but what is in it. Raises NotYourRole, and NotFound for another's and for none."""
    who.must_be_let("sent.show")
    told: dict[str, Any] = await status.status(gateway, who.caller, referral)

    def read(connection: Connection) -> tuple[Reader, Standing, str, bool]:
        council = who.council.name
        view = status.own_view(connection, council, referral)
        assert view is not None, "it was there a moment ago"
        reader = reader_of(gateway, connection, who, view.referral.filed)
        parts = ownrequests.parts(connection, council, [referral])[referral]
        word = newest_word(connection, council, referral, parts, reader)
        hub = next((one.hub for one in reversed(view.deliveries) if one.kind in CARRIED), "")
        whom = ring(who.council.hubs.get(hub), who.council, gateway.now())
        return reader, standing(parts, word), whom, bool(view.referral.test)

    reader, stands, whom, test = await gateway.store.ask(who.council.name, read)
    policy = gateway.policy(who.council.name)
    asked = [
        {"say": asked_for(one["for"], policy, who.council), "due": at(one["due"]), "overdue": one["overdue"]}
        for one in told["waiting"]
        if one["owner"] in SENDERS and one["for"] != QUESTION
    ]
    own = {"id": referral, "standing": stands, "ring": whom, "test": test}
    return _told(told) | {"asked": asked} | _of(reader.referral) | own


def _of(referral: Referral | None) -> dict[str, Any]:
    """What a person may see of the request itself without opening it: initials, roles, and their own reference."""
    if referral is None:
        return {"erased": True, "child": "", "reference": "", "children": [], "people": [], "agreement": []}
    return {
        "erased": False,
        "child": children_of(referral),
        "reference": referral.source.record_id or "",
        "children": [(place, initials(one)) for place, one in enumerate(referral.people) if "child" in one.roles],
        "people": [(place, _named(one)) for place, one in enumerate(referral.people)],
        "agreement": list(agreement_in_words(referral)),
    }


def _named(person: Person) -> str:
    role = ROLES[person.roles[0]] if person.roles else "somebody"
    return f"{role[0].upper()}{role[1:]}, {initials(person)}"


def _told(told: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a status that a page shows, times in ms UTC, and nothing that a hub wrote."""
    same = ("days", "version", "guidance", "waiting")
    return {name: told[name] for name in same} | {
        "documents": [one | {"title": title_of(one["kind"])} for one in told["documents"]],
        "submitted": at(told["submitted"]),
        "supersedes": told.get("supersedes", ""),
        "superseded_by": told.get("superseded_by", ""),
        "freshness": told.get("freshness", ""),
        "alike": told.get("alike", {}),
        "decisions": [one | {"at": at(one["at"])} for one in told["decisions"]],
        "deliveries": list(_deliveries(told["deliveries"])),
        "outcomes": [_without_words(one, "happened") for one in told["outcomes"]],
        "questions": [_without_words(one, "asked", "answer_by") for one in told["questions"]],
        "notices": [
            {"hub": one["hub"], "say": _TOLD[one["state"]], "by": at(one["acknowledge_by"]), "state": one["state"]}
            for one in told["notices"]
        ],
        "timeline": [(at(one["at"]), one["say"]) for one in told["timeline"]],
    }


def _deliveries(deliveries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in deliveries:
        yield {
            "id": one["delivery"],
            "hub": one["hub"],
            "what": _KINDS.get(one["kind"], "The request"),
            "say": one["say"],
            "next_try": at(one["next_try"]) if "next_try" in one else None,
            "receipt": one["state"] == DeliveryState.DELIVERED and one["kind"] in CARRIED,
        }


def _without_words(one: Mapping[str, Any], *times: str) -> dict[str, Any]:
    kept = {name: value for name, value in one.items() if name not in ("words", "lead")}
    return kept | {name: at(one[name]) for name in times}


def at(stamp: str) -> int:
    """A stamp as ms UTC."""
    return round(datetime.fromisoformat(stamp).timestamp() * 1000)
