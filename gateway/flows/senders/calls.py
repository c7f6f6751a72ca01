"""A request by telephone: somebody of the council writes down what a caller says, on the council's own form.

Who rang, and as what, stands in the request; who wrote it down stands in it and in the record. What was said of
agreement is agreement by word of mouth, with the day and who heard it (governance 1.2): where the council asks for a
signature it takes the place of none. A family's own request is itself agreement (settled 41).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from adapters.formats.wording import date_words
from contracts.agreement import AgreementForm, AgreementStatus
from contracts.calls import TAKES_CALLS, OtherDoor
from contracts.council import Registration
from contracts.errors import NoSuchAnswer
from contracts.people import ReferrerKind
from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.flows.senders.drafts import Draft
from gateway.path.calendar import day_of
from gateway.path.placed import Document
from gateway.path.telling import in_london

CALLERS: Final = (
    ReferrerKind.FAMILY,
    ReferrerKind.CHILD,
    ReferrerKind.PUBLIC,
    ReferrerKind.PROFESSIONAL,
    ReferrerKind.SOCIAL_WORKER,
)
"""Who may ring. A parent who asks for their own family is a kind of their own (settled 41)."""
_OWN: Final = (ReferrerKind.FAMILY, ReferrerKind.CHILD)
_SAID: Final = (AgreementStatus.GIVEN, AgreementStatus.REFUSED)
_NOBODY: Final = "{council} has not said who writes down what callers say. Ask whoever looks after its senders."


def takes_calls(who: Acting) -> bool:
    """Whether this is one of the council's own who may write for a caller, and not a sender's person."""
    return not who.sender and who.role in TAKES_CALLS


def writing(who: Acting) -> Acting:
    """In whose name somebody writes requests: a sender's people in its own, the council's in that of its telephone.

    Raises NoSuchAnswer where the council has registered no telephone, or not for this role.
    """
    if who.sender:
        return who
    for name, one in who.council.senders.items():
        if one.active and who.role in one.taken_by:
            return replace(who, sender=name)
    raise NoSuchAnswer(_NOBODY.format(council=who.council.title))


def is_call(registration: Registration) -> bool:
    """Whether what this sender sends was said on the telephone."""
    return bool(registration.taken_by)


def door_for(who: Acting, kind: str) -> OtherDoor | None:
    """Where the council's document sends such a caller first; None where it sends them nowhere else."""
    return next((one for one in who.caller.registration.other_doors if kind in one.who), None)


def begun(gateway: Gateway, who: Acting, kind: str) -> Document:
    """What is known when the telephone is answered. Raises NoSuchAnswer for a kind of caller that there is not."""
    if kind not in CALLERS:
        raise NoSuchAnswer("Choose who is ringing.")
    now = gateway.now()
    heard = {
        "pointer": "/referrer",
        "copied_from": f"A telephone call, answered on {in_london(now)}",
        "on_date": day_of(now).isoformat(),
        "by": f"{who.name}, {who.title}",
    }
    return {"referrer": {"kind": kind}, "provenance": [heard]}


def heard(who: Acting, draft: Draft, document: Document) -> Document:
    """The request with how and to whom agreement was said, wherever the caller spoke of it."""
    day = day_of(draft.at).isoformat()
    own = document.get("referrer", {}).get("kind") in _OWN
    for one in document.get("agreements", ()):
        if own and one.get("status") in _SAID:
            one.setdefault("form", AgreementForm.VERBAL.value)
            one.setdefault("on_date", day)
        one.pop("as_stated", None)
        if one.get("form") == AgreementForm.VERBAL:
            one["as_stated"] = f"As the caller told {who.name}, {who.title}, by telephone on {date_words(day)}"
    return document


def said(draft: Draft) -> Mapping[str, Any]:
    """What the record keeps of a call besides: as what the caller rang, when, and who answered. No name of theirs."""
    kind = draft.document.get("referrer", {}).get("kind", "")
    return {"caller": kind, "called_at": draft.at, "heard_by": draft.started_by}
