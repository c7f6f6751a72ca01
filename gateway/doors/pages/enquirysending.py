"""The end of a referral by hand: check it, see what would become of it, say that it is ready, send it, and print."""

from __future__ import annotations

from typing import Any, Final

from contracts.errors import InvalidReferral, NoSuchAnswer, SenderError, StillRunning
from gateway.doors.pages.enquiry import ring, writer
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.senders import agreementform, callletter, calls, correcting, drafts, enquiries
from gateway.flows.telling import status
from gateway.path.complaining import where_to_complain
from gateway.path.retold import Changed, retold

_WHERE: Final = "/enquiries"


async def check(visit: Visit) -> Shown:
    """GET /enquiries/{id}/check: what was written, and what would become of it. Nothing is sent."""
    return await _checked(visit)


async def ready(visit: Visit) -> Shown:
    """POST /enquiries/{id}/ready: for whoever sends."""
    await drafts.ready(visit.gateway, writer(visit), visit.part("id"))
    return Elsewhere(_WHERE, "Whoever sends finds it on their first page. Nothing has been sent yet.")


async def send(visit: Visit) -> Shown:
    """POST /enquiries/{id}/send."""
    draft = await drafts.draft(visit.gateway, writer(visit), visit.part("id"))
    try:
        newer = await enquiries.send(visit.gateway, writer(visit), draft.id)
    except StillRunning:
        return await _checked(visit, "It is taking longer than it should. Press the button again: it is sent once.")
    except (InvalidReferral, NoSuchAnswer) as error:
        return await _checked(visit, str(error))
    if draft.corrects:
        return Elsewhere(f"/sent/{newer}", "The corrected request is sent. Whoever has the earlier one is told.")
    return Elsewhere(f"{_WHERE}/{visit.part('id')}/sent")


async def sent(visit: Visit) -> Shown:
    """GET /enquiries/{id}/sent: the reference, what happens next, and whom to ring."""
    draft = await drafts.draft(visit.gateway, writer(visit), visit.part("id"))
    if draft.state != drafts.SENT:
        return Elsewhere(f"{_WHERE}/{draft.id}")
    told: dict[str, Any] = await status.status(visit.gateway, writer(visit).caller, draft.reference)
    decisions = told["decisions"]
    danger = any(one["outcome"] == "divert" for one in decisions)
    values = {
        "draft": draft,
        "says": list(dict.fromkeys(one["say"] for one in decisions)),
        "ring": ring(visit.council) if danger else "",
        "doors": _doors(visit, [one["hub"] for one in told["deliveries"]]),
        "may_read": writer(visit).may("sent.open"),
        "call": calls.takes_calls(visit.who),
    }
    return Page("enquiry_sent.html", values)


async def agreement(visit: Visit) -> Shown:
    """GET /enquiries/{id}/agreement: what the family is asked to sign, with our reference on it (settled 48)."""
    draft = await drafts.draft(visit.gateway, writer(visit), visit.part("id"))
    values = await agreementform.form(visit.gateway, writer(visit), draft)
    return Page("enquiry_agreement.html", {"draft": draft, **values})


async def letter(visit: Visit) -> Shown:
    """POST /enquiries/{id}/letter: for whoever rang, to print. A form, because the record says first who made it."""
    values = await callletter.letter(visit.gateway, writer(visit), visit.part("id"))
    council = visit.council
    more = {"council": council, "door": council.hubs[council.front_door], "id": visit.part("id")}
    return Page("call_letter.html", values | more | {"complain": where_to_complain(council)})


async def _checked(visit: Visit, mistake: str = "") -> Shown:
    gateway, who = visit.gateway, writer(visit)
    draft = await drafts.draft(gateway, who, visit.part("id"))
    if draft.state == drafts.SENT:
        return Elsewhere(f"{_WHERE}/{draft.id}/sent")
    mistakes = [Mistake("send", mistake)] if mistake else []
    foretold, changes = None, tuple[Changed, ...]()
    pages = enquiries.pages(gateway, who, draft.document)
    try:
        changes = await correcting.changes(gateway, who, draft, pages) if draft.corrects else ()
        foretold = await enquiries.looked_at(gateway, who, draft)
    except SenderError as error:
        mistakes.append(Mistake("send", str(error)))
    parts = retold(draft.document, gateway.catalogue.asking, pages)
    values = {
        "draft": draft,
        "told_of": foretold,
        "parts": parts,
        "empty": [page.title for page in pages if page.title not in {part.title for part in parts}],
        "may_send": who.may("enquiries.send"),
        "changes": changes,
        "mistakes": mistakes,
    }
    return Page("enquiry_check.html", values, 422 if mistake else 200)


def _doors(visit: Visit, titles: list[str]) -> list[tuple[str, str]]:
    """Whom to ring about it, with the number: the hubs that it goes to, or the council's front door."""
    hubs = visit.council.hubs
    known = [one for one in hubs.values() if one.title in titles and one.telephone] or [hubs[visit.council.front_door]]
    return [(one.title, one.telephone) for one in known]


PAGES: Final[Pages] = (
    ("GET", "/enquiries/{id}/check", "enquiries.write", check),
    ("POST", "/enquiries/{id}/ready", "enquiries.write", ready),
    ("POST", "/enquiries/{id}/send", "enquiries.send", send),
    ("GET", "/enquiries/{id}/sent", "enquiries.list", sent),
    ("POST", "/enquiries/{id}/letter", "enquiries.letter", letter),
    ("GET", "/enquiries/{id}/agreement", "enquiries.write", agreement),
)
