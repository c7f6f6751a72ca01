"""The letter that a caller gets: the reference, whom to ring, and for a family or a professional what they asked for.

What a worker noted of danger, of risk or of somebody else is never in it, nor what was decided: a letter lies about in
a home. A member of the public reads that it came, and nothing of the family (settled 40).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.errors import NotFound
from contracts.people import ReferrerKind
from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.flows.senders import drafts, enquiries
from gateway.path.asking import pages_of
from gateway.path.placed import Document
from gateway.path.retold import Part, retold

WHY: Final = "A letter for whoever rang."
_TOLD: Final = ("reason", "outcome_sought", "tried_already", "requested_services", "agreements", "sharing_limits")
"""What of a request its caller reads again: what they asked for, and what they said of agreement."""
_AGREED: Final = ("giver", "capacity", "status", "form", "on_date")


async def letter(gateway: Gateway, who: Acting, name: str) -> dict[str, Any]:
    """What stands in it, once the record says who made it. Raises NotYourRole, NotFound where nothing was sent."""
    who.must_be_let("enquiries.letter")
    draft = await drafts.draft(gateway, who, name)
    if draft.state != drafts.SENT:
        raise NotFound("It has not been sent yet, so there is nothing to write of.")
    document = await enquiries.sent_before(gateway, who, draft.reference, "enquiries.letter", WHY)
    referrer = document.get("referrer", {})
    public = referrer.get("kind") == ReferrerKind.PUBLIC
    return {
        "reference": draft.reference,
        "called_at": draft.at,
        "heard_by": draft.started_by,
        "caller": str(referrer.get("name") or ""),
        "public": public,
        "asked_for": () if public else _told(gateway, who, document),
        "careful": referrer.get("kind") == ReferrerKind.CHILD or _careful(document),
    }


def _told(gateway: Gateway, who: Acting, document: Document) -> tuple[Part, ...]:
    """What they asked for, under the headings of the council's own form."""
    kept: Document = {name: document[name] for name in _TOLD if name in document}
    if "agreements" in kept:
        kept["agreements"] = [{key: one[key] for key in _AGREED if key in one} for one in kept["agreements"]]
    # Whoever is in the request is named where they agreed, and nothing else of them is said.
    names = ("id", "roles", "first_name", "surname", "preferred_name")
    people = [{key: one[key] for key in names if key in one} for one in document.get("people", ())]
    registration, asking = who.caller.registration, gateway.catalogue.asking
    purpose = str(document.get("purpose", ""))
    pages = pages_of(who.council, asking, purpose, registration.purposes, {}, True, True)
    own = tuple(page for page in pages if not page.people)
    return retold({**kept, "people": people}, asking, own)


def _careful(document: Document) -> bool:
    """Whether somebody in it must not be written to, told or found: then no letter is posted."""
    people: list[Mapping[str, Any]] = list(document.get("people", ()))
    return any(
        one.get("protection")
        or one.get("safe_contact", {}).get("do_not_write")
        or "alleged_harm" in one.get("roles", ())
        or any(place.get("protected") for place in one.get("addresses", ()))
        for one in people
    )
