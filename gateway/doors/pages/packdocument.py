"""One document of a request to see what is kept: open it, then say what becomes of it, as a whole or page by page."""

from __future__ import annotations

from typing import Final

from adapters.formats.documents import TYPES
from contracts.errors import AnsweredAlready, NoSuchAnswer
from gateway.doors.pages.visit import Download, Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.data_protection import packdocuments
from gateway.flows.data_protection.packdocuments import Copy
from gateway.flows.data_protection.packmarks import DECISIONS, Mark
from gateway.flows.data_protection.packsheet import DOCUMENTS
from gateway.flows.sign_in import sessions
from gateway.path.suggesting import GROUNDS


async def show(visit: Visit) -> Shown:
    """GET /rights/{id}/pack/documents/{referral}/{place}: what it is, naming nobody."""
    return await _show(visit)


async def read(visit: Visit) -> Shown:
    """POST …/file: the document, once the record says who opens it; with `copy`, what is given instead of it."""
    purpose, copy = visit.given("purpose"), visit.given("copy") == "yes"
    try:
        kind, body = await packdocuments.open_one(
            visit.gateway, visit.who, visit.part("id"), _name(visit), purpose, copy=copy
        )
    except NoSuchAnswer as error:
        return await _show(visit, [Mistake("purpose", str(error))])
    assert visit.session is not None
    await sessions.say_purpose(visit.gateway, visit.session, purpose)
    return Download(f"document-{visit.part('place')}{TYPES[kind][0]}", kind, body)


async def decide(visit: Visit) -> Shown:
    """POST …/decide: what becomes of it."""
    lines = (one.strip() for one in visit.given("pages").splitlines())
    mark = Mark(
        _name(visit),
        visit.given("decision"),
        visit.given("reason"),
        visit.given("ground"),
        pages=tuple(one for one in lines if one),
    )
    chosen = visit.files.get("copy", ())
    copy = Copy(chosen[0].name, chosen[0].body) if chosen else None
    try:
        wrong = await packdocuments.decide(visit.gateway, visit.who, visit.part("id"), mark, copy)
    except (AnsweredAlready, NoSuchAnswer) as error:
        wrong = {"decision": str(error)}
    if wrong:
        return await _show(visit, [Mistake(name, say) for name, say in wrong.items()])
    return Elsewhere(f"/rights/{visit.part('id')}/pack", "What you decided about the document is kept.")


async def _show(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    values = {
        "id": visit.part("id"),
        "one": await packdocuments.show(visit.gateway, visit.who, visit.part("id"), _name(visit)),
        "decisions": DECISIONS,
        "grounds": GROUNDS,
        "typed": {name: given[0] for name, given in visit.form.items()},
        "mistakes": mistakes or [],
    }
    return Page("pack_document.html", values, 422 if mistakes else 200)


def _name(visit: Visit) -> str:
    return f"{visit.part('referral')}{DOCUMENTS}{visit.part('place')}"


PAGES: Final[Pages] = (
    ("GET", "/rights/{id}/pack/documents/{referral}/{place}", "subject.document", show),
    ("POST", "/rights/{id}/pack/documents/{referral}/{place}/file", "subject.document", read),
    ("POST", "/rights/{id}/pack/documents/{referral}/{place}/decide", "subject.document", decide),
)
