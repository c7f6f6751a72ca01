"""Writing a referral by hand: the requests that are being written, the parts of one, and each part's page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from contracts.council import Council
from contracts.enquiry import AskedPage
from contracts.errors import NoSuchAnswer
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.acting import Acting
from gateway.flows.senders import calls, drafts, enquiries
from gateway.flows.senders.drafts import Draft
from gateway.flows.senders.enquiries import NEW, Opened, Saved
from gateway.path.drafted import fields_of
from gateway.path.household import names_of, on_page, role_of, says_danger
from gateway.path.retold import said
from gateway.path.typed import Typed, Wrong

_WHERE: Final = "/enquiries"


async def listing(visit: Visit) -> Shown:
    """GET /enquiries."""
    return await _listing(visit)


async def begin(visit: Visit) -> Shown:
    """POST /enquiries. Somebody of the council says first who is ringing."""
    kind = visit.given("kind")
    try:
        who = writer(visit)
        door = calls.door_for(who, kind)
        if door is not None and visit.given("anyway") != "yes":
            return Page("call_door.html", {"door": door, "kind": kind, "ring": ring(visit.council)})
        return Elsewhere(f"{_WHERE}/{await enquiries.begin(visit.gateway, who, kind)}")
    except NoSuchAnswer as error:
        return await _listing(visit, [Mistake("kind", str(error))])


def writer(visit: Visit) -> Acting:
    """In whose name whoever is signed in writes. Raises NoSuchAnswer where the council takes no calls here."""
    return calls.writing(visit.who)


async def _listing(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    try:
        who = writer(visit)
    except NoSuchAnswer as error:
        return Page("enquiries_none.html", {"say": str(error)}, 422 if mistakes else 200)
    found = await drafts.listed(visit.gateway, who)
    values = {
        "ready": [one for one in found if one.state in (drafts.READY, drafts.SENDING)],
        "begun": [one for one in found if one.state == drafts.OPEN],
        "sent": [one for one in found if one.state == drafts.SENT],
        "may_send": who.may("enquiries.send"),
        "call": calls.takes_calls(visit.who),
        "callers": _callers(visit),
        "ring": ring(visit.council),
        "mistakes": mistakes or [],
    }
    return Page("enquiries.html", values, 422 if mistakes else 200)


def _callers(visit: Visit) -> dict[str, str]:
    """Code → who may ring, in the words in which the form asks it."""
    asked = (one for one in visit.gateway.catalogue.asking.questions if one.path == "referral/referrer/kind")
    words = next((one.choices for one in asked), {})
    return {kind.value: words.get(kind.value, kind.value) for kind in calls.CALLERS}


async def parts(visit: Visit) -> Shown:
    """GET /enquiries/{id}: every part of the council's form, and what is filled in."""
    draft = await _draft(visit)
    if draft.state in (drafts.SENDING, drafts.SENT):
        return Elsewhere(f"{_WHERE}/{draft.id}/{'check' if draft.state == drafts.SENDING else 'sent'}")
    pages = enquiries.pages(visit.gateway, writer(visit), draft.document)
    people = draft.document.get("people", ())
    siblings = {one["id"] for one in people if "sibling" in one.get("roles", ())}
    values = {
        "draft": draft,
        "title": visit.council.form.title or "A request for help",
        "danger": says_danger(draft.document),
        "ring": ring(visit.council),
        "parts": [_part(visit, draft, page, pages) for page in pages],
        "call": calls.takes_calls(visit.who),
        "form": visit.council.settings.terms(str(draft.document.get("purpose", ""))).form,
        "siblings": {name: called for name, called in names_of(draft.document).items() if name in siblings},
    }
    return Page("enquiry.html", values)


async def open_one(visit: Visit) -> Shown:
    """POST /enquiries/{id}/open: what somebody else wrote, once the record says who reads it."""
    await drafts.open_it(visit.gateway, writer(visit), visit.part("id"))
    return Elsewhere(f"{_WHERE}/{visit.part('id')}", "The record says that you opened it.")


async def delete(visit: Visit) -> Shown:
    """POST /enquiries/{id}/delete."""
    await drafts.drop(visit.gateway, writer(visit), visit.part("id"))
    return Elsewhere(_WHERE, "It is deleted. Nothing of it was sent.")


async def another(visit: Visit) -> Shown:
    """POST /enquiries/{id}/another."""
    name = await enquiries.another(visit.gateway, writer(visit), visit.part("id"), visit.given("child"))
    return Elsewhere(f"{_WHERE}/{name}", "The household and who is asking came along. Say what this child needs.")


async def part(visit: Visit) -> Shown:
    """GET /enquiries/{id}/{page}."""
    draft = await _draft(visit)
    shown = enquiries.opened(visit.gateway, writer(visit), draft, visit.part("page"))
    if not shown.page.people:
        return _page(visit, shown)
    pages = enquiries.pages(visit.gateway, writer(visit), draft.document)
    names = names_of(draft.document)
    people = on_page(draft.document, shown.page, pages)
    values = _around(visit, draft, shown.page) | {
        "draft": draft,
        "people": [{"id": one["id"], "name": names[one["id"]], "role": role_of(one)} for one in people],
        "path": f"{_WHERE}/{draft.id}/{shown.page.name}",
        "next": _next(draft, shown.page, pages),
    }
    return Page("enquiry_people.html", values)


async def person(visit: Visit) -> Shown:
    """GET /enquiries/{id}/{page}/{person}: what is asked about one person; `new` is somebody more."""
    draft = await _draft(visit)
    whom = visit.part("person")
    if whom == NEW:
        draft, whom = enquiries.with_one_more(visit.gateway, writer(visit), draft, visit.part("page"))
    return _page(visit, enquiries.opened(visit.gateway, writer(visit), draft, visit.part("page"), whom))


async def save(visit: Visit) -> Shown:
    """POST /enquiries/{id}/{page}, and of one person."""
    name, page = visit.part("id"), visit.part("page")
    whom = str(visit.request.path_params.get("person", ""))
    saved = await enquiries.save(visit.gateway, writer(visit), name, page, visit.form, visit.given("mark"), whom)
    if saved.wrong or saved.others:
        return _again(visit, saved)
    where, told = f"{_WHERE}/{name}", "Saved. Nothing has been sent."
    pages = enquiries.pages(visit.gateway, writer(visit), saved.draft.document)
    here = next((one for one in pages if one.name == page), pages[0])
    if here is pages[0] and says_danger(saved.draft.document):
        return Elsewhere(where, f"Saved. {ring(visit.council)} Do not wait for this form.")
    match visit.given("then"):
        case "list":
            return Elsewhere(where, told)
        case "more":
            return Elsewhere(f"{where}/{page}", told)
    return Elsewhere(f"{where}/{page}" if whom else _next(saved.draft, here, pages), told)


async def remove(visit: Visit) -> Shown:
    """POST /enquiries/{id}/{page}/{person}/remove."""
    name, page = visit.part("id"), visit.part("page")
    await enquiries.remove(visit.gateway, writer(visit), name, visit.part("person"))
    return Elsewhere(f"{_WHERE}/{name}/{page}", "That person is no longer in the request.")


def ring(council: Council) -> str:
    """Whom to ring when a child is in danger, and that it comes before any form."""
    door = council.hubs[council.front_door]
    later = f" Out of hours ring {door.out_of_hours}." if door.out_of_hours else ""
    return f"If a child has been harmed or is in danger, ring {door.title} now: {door.telephone}.{later}"


async def _draft(visit: Visit) -> Draft:
    return await drafts.draft(visit.gateway, writer(visit), visit.part("id"))


def _part(visit: Visit, draft: Draft, page: AskedPage, pages: tuple[AskedPage, ...]) -> dict[str, Any]:
    """One line of the list of parts."""
    if page.people:
        count = len(on_page(draft.document, page, pages))
        said, done = ("Nobody yet", False) if not count else (f"{count} {'person' if count == 1 else 'people'}", True)
    else:
        shown = enquiries.opened(visit.gateway, writer(visit), draft, page.name)
        done = any(any(values) for values in shown.typed.values())
        said = "Begun" if done else "Not begun"
    return {"title": page.title, "href": f"{_WHERE}/{draft.id}/{page.name}", "status": said, "done": done}


def _page(visit: Visit, shown: Opened, saved: Saved | None = None) -> Page:
    """One part's page: as it is kept, or as it was typed where something is to be put right."""
    wrong = saved.wrong if saved else ()
    typed: Typed = visit.form if saved else shown.typed
    whom = str(visit.request.path_params.get("person", ""))
    where = f"{_WHERE}/{shown.draft.id}"
    values = _around(visit, shown.draft, shown.page) | {
        "draft": shown.draft,
        "rows": shown.rows,
        "typed": typed,
        "answered": [name for name, given in typed.items() if any(given)] + [one.name for one in wrong],
        "mark": shown.mark,
        "mistakes": [Mistake(one.name, one.say) for one in wrong],
        "doubted": {one.name: one.doubt for one in wrong if one.doubt},
        "grows": any(row.one for row in shown.rows),
        "person": "" if whom == NEW else whom,
        "path": visit.request.url.path,
        "back": f"{where}/{shown.page.name}" if shown.page.people else where,
        "ring": ring(visit.council),
        "others": (),
    }
    return Page("enquiry_page.html", values, 422 if saved else 200)


def _again(visit: Visit, saved: Saved) -> Page:
    """The page with what was typed, and what is to be put right, or what somebody else saved in the meantime."""
    if saved.others is None:
        whom = str(visit.request.path_params.get("person", ""))
        draft = saved.draft
        if whom == NEW:
            draft, whom = enquiries.with_one_more(visit.gateway, writer(visit), draft, visit.part("page"))
        return _page(visit, enquiries.opened(visit.gateway, writer(visit), draft, visit.part("page"), whom), saved)
    by = saved.draft.changed_by
    said_by = "You saved this part in another window" if by == writer(visit).name else f"{by} saved this part"
    say = f"{said_by} while you had it open here. Compare it with yours below, then save again to keep yours."
    page = _page(visit, saved.others, Saved(saved.draft, (Wrong("theirs", say),)))
    theirs = [(field.label, said(field, saved.others.typed)) for field in fields_of(saved.others.rows)]
    kept = {"others": [(label, text) for label, text in theirs if text], "others_by": by}
    return Page(page.template, dict(page.values) | kept, page.status)


def _around(visit: Visit, draft: Draft, page: AskedPage) -> dict[str, Any]:
    pages = enquiries.pages(visit.gateway, writer(visit), draft.document)
    place = next(number for number, one in enumerate(pages, start=1) if one.name == page.name)
    return {"page": page, "number": place, "of": len(pages)}


def _next(draft: Draft, page: AskedPage, pages: Iterable[AskedPage]) -> str:
    """Where saving leads on to: the next part, and from the last to the check."""
    names = [one.name for one in pages]
    after = names[names.index(page.name) + 1 :] if page.name in names else []
    return f"{_WHERE}/{draft.id}/{after[0] if after else 'check'}"


PAGES: Final[Pages] = (
    ("GET", "/enquiries", "enquiries.list", listing),
    ("POST", "/enquiries", "enquiries.write", begin),
    ("GET", "/enquiries/{id}", "enquiries.write", parts),
    ("POST", "/enquiries/{id}/open", "enquiries.write", open_one),
    ("POST", "/enquiries/{id}/delete", "enquiries.write", delete),
    ("POST", "/enquiries/{id}/another", "enquiries.write", another),
    ("GET", "/enquiries/{id}/{page}", "enquiries.write", part),
    ("POST", "/enquiries/{id}/{page}", "enquiries.write", save),
    ("GET", "/enquiries/{id}/{page}/{person}", "enquiries.write", person),
    ("POST", "/enquiries/{id}/{page}/{person}", "enquiries.write", save),
    ("POST", "/enquiries/{id}/{page}/{person}/remove", "enquiries.write", remove),
)
