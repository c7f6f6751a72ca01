"""Exports: asked for with a reason, confirmed by a second person where they are large, taken until their link ends."""

from __future__ import annotations

from typing import Any, Final

from contracts.errors import NoSuchAnswer
from gateway.doors.pages.visit import Download, Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.reports import expiring, exporting
from gateway.flows.reports.defined import DEFINITIONS
from gateway.flows.reports.exporting import ALONE, LEAST, WHY, Listed
from gateway.flows.reports.files import KINDS
from gateway.flows.reports.making import SILENT
from gateway.flows.sign_in import sessions

_STATES: Final = {
    "making": "Being made",
    "waiting": "Waits for a second person",
    "ready": "Ready to take",
    "ended": "Its time is over",
    "failed": "Could not be made",
}


async def ask(visit: Visit) -> Shown:
    """POST /reports/{name}/{id}/export, by somebody who has just signed in again."""
    name, report, purpose = visit.part("name"), visit.part("id"), visit.given("purpose")
    assert visit.session is not None
    if purpose:
        await sessions.say_purpose(visit.gateway, visit.session, purpose)
    visit.must_have_stepped_up(f"/reports/{name}/{report}/export")
    wrong = _wrong(visit)
    if wrong:
        return await _form(visit, wrong)
    try:
        export = await exporting.ask(visit.gateway, visit.who, report, visit.given("kind"), purpose, name=name)
    except NoSuchAnswer as error:
        return await _form(visit, [Mistake("kind", str(error))])
    return Elsewhere(f"/exports/{export}")


def _wrong(visit: Visit) -> list[Mistake]:
    found = [] if visit.given("kind") in KINDS else [Mistake("kind", "Choose in which form you want it.")]
    return found + ([] if len(visit.given("purpose")) >= LEAST else [Mistake("purpose", WHY)])


async def form(visit: Visit) -> Shown:
    """GET /reports/{name}/{id}/export: in which form, and why."""
    return await _form(visit)


async def _form(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    name, report = visit.part("name"), visit.part("id")
    row = await exporting.about(visit.gateway, visit.who, name, report)
    assert visit.session is not None
    values = {
        "row": row,
        "title": DEFINITIONS[name].title,
        "kinds": [one for one in KINDS.values() if not one.content or _may_hold(visit, name)],
        "alone": ALONE,
        "a_day": visit.gateway.settings.exports_a_day,
        "lasts": expiring.lasts(visit.gateway, visit.council.name),
        "typed": {"purpose": visit.given("purpose") or visit.session.purpose, "kind": visit.given("kind")},
        "mistakes": mistakes or [],
    }
    return Page("export_ask.html", values, 422 if mistakes else 200)


def _may_hold(visit: Visit, name: str) -> bool:
    """Whether this report may be taken out with what the record has of each request."""
    return visit.who.may("log.export") and not DEFINITIONS[name].content


async def list_exports(visit: Visit) -> Shown:
    """GET /exports."""
    found = await exporting.exports(visit.gateway, visit.who)
    lasts = expiring.lasts(visit.gateway, visit.council.name)
    return Page("exports.html", {"exports": [_told(visit, one) for one in found], "lasts": lasts})


async def show(visit: Visit) -> Shown:
    """GET /exports/{id}."""
    return await _show(visit)


async def confirm(visit: Visit) -> Shown:
    """POST /exports/{id}/confirm: the second person, who has just signed in again."""
    visit.must_have_stepped_up(f"/exports/{visit.part('id')}")
    try:
        await exporting.confirm(visit.gateway, visit.who, visit.part("id"))
    except NoSuchAnswer as error:
        return await _show(visit, [Mistake("confirm", str(error))])
    return Elsewhere(f"/exports/{visit.part('id')}", "Whoever asked for this export may take it now.")


async def take(visit: Visit) -> Shown:
    """POST /exports/{id}/file."""
    visit.must_have_stepped_up(f"/exports/{visit.part('id')}")
    try:
        listed, pieces = await exporting.take(visit.gateway, visit.who, visit.part("id"))
    except NoSuchAnswer as error:
        return await _show(visit, [Mistake("take", str(error))])
    return Download(f"{listed.report.name}-{listed.row.id[:8]}.{listed.kind.ends}", listed.kind.media_type, pieces)


async def _show(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    listed = await exporting.one(visit.gateway, visit.who, visit.part("id"))
    values = {"one": _told(visit, listed), "alone": ALONE, "mistakes": mistakes or []}
    return Page("export.html", values, 422 if mistakes else 200)


def _told(visit: Visit, listed: Listed) -> dict[str, Any]:
    row, mine = listed.row, listed.row.by == visit.who.name
    broken = row.state == "making" and row.seen_at + SILENT < visit.gateway.now()
    return {
        "row": row,
        "report": listed.report,
        "title": DEFINITIONS[listed.report.name].title,
        "kind": listed.kind,
        "state": _STATES["failed" if broken else row.state],
        "code": "failed" if broken else row.state,
        "mine": mine,
    }


PAGES: Final[Pages] = (
    ("GET", "/reports/{name}/{id}/export", "reports.export", form),
    ("POST", "/reports/{name}/{id}/export", "reports.export", ask),
    ("GET", "/exports", "reports.export", list_exports),
    ("GET", "/exports/{id}", "reports.export", show),
    ("POST", "/exports/{id}/confirm", "reports.export", confirm),
    ("POST", "/exports/{id}/file", "reports.export", take),
)
