"""The agreement form that a family signs: what would be shared with whom, in the council's own headings (settled 48).

It carries the reference that the request will have, so that the signed form is matched to it later
(`flows.places.signedforms`), whether it comes to the gateway or to the hub's own mailbox.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from contracts.errors import SenderError
from contracts.form import Form
from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.flows.senders import enquiries
from gateway.flows.senders.drafts import Draft
from gateway.path.calendar import day_of
from gateway.path.household import YOUNG, names_of, role_of
from gateway.path.placed import Document

_NOBODY: Final = (
    "With a yes on this form it would still go to nobody at once: a person at {council} decides first who may have it, "
    "and tells you."
)


async def form(gateway: Gateway, who: Acting, draft: Draft) -> dict[str, Any]:
    """What stands on the form. A dry run says what would go where if everybody asked agreed; nothing is sent."""
    document = draft.document
    try:
        going = (await enquiries.looked_at(gateway, who, _agreed(draft, day_of(gateway.now()).isoformat()))).going
    except SenderError:
        going = ()
    names = names_of(document)
    people = document.get("people", ())
    grown = [(names[one["id"]], role_of(one)) for one in people if _may_sign(one)]
    young = [(names[one["id"]], "If old enough to decide") for one in people if "child" in one.get("roles", ())]
    limits = next((str(one["what"]) for one in document.get("sharing_limits", ()) if one.get("what")), "")
    return {
        "form_title": who.council.form.title or "Early Help request",
        "children": [name for name, _ in young],
        "going": going,
        "nobody": _NOBODY.format(council=who.council.title),
        "limits": limits,
        "signers": [*grown, *young, ("", "")],
        "headings": {
            "agreed": _label(who.council.form, "/referral/agreements", "Agreement"),
            "limits": _label(who.council.form, "/referral/sharing_limits", "What is not to be shared"),
        },
    }


def _agreed(draft: Draft, day: str) -> Draft:
    """The same with the yes that the form asks for, for a dry run only."""
    document: Document = deepcopy(draft.document)
    # A family reads this: what a practitioner fears for a child is not on it, nor where that would go.
    for name in ("harm", "staff_risk", "override"):
        document.pop(name, None)
    document["harm"] = {"level": "none_declared"}
    givers = [one["id"] for one in document.get("people", ()) if not set(YOUNG) & set(one.get("roles", ()))]
    children = [one["id"] for one in document.get("people", ()) if "child" in one.get("roles", ())]
    given = {"status": "given", "form": "signed", "on_date": day, "informed_of": "This form.", "capacity": "parent"}
    document["agreements"] = [
        given | {"giver": one, "holds_parental_responsibility": True} for one in (givers or children)[:1]
    ]
    return replace(draft, document=document)


def _may_sign(person: Document) -> bool:
    """A parent or carer whom nobody has to keep this from."""
    roles = set(person.get("roles", ()))
    return (
        bool(roles & {"parent", "non_resident_parent"})
        and "alleged_harm" not in roles
        and "do_not_inform" not in person.get("protection", ())
    )


def _label(form: Form, pointer: str, otherwise: str) -> str:
    """What the council's form calls the row that holds this."""
    rows = (row for section in form.sections for row in section.rows)
    return next((row.label for row in rows if pointer in row.of), otherwise)
