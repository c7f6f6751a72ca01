"""Sending a file by hand: choose it, look at what would become of each row, hand it over, send it."""

from __future__ import annotations

from typing import Final

from contracts.errors import InvalidReferral, NoSuchAnswer, NotConfirmed, UnreadablePayload
from gateway.doors.pages.visit import Download, Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.places.rowreport import Line, as_csv, lines_of_error
from gateway.flows.senders import uploads

STATES: Final = {
    "looked": "Looked at, not sent",
    "ready": "Ready to send",
    "partly": "Sent in part",
    "sent": "Sent",
}
"""State of a file → what its tag says."""

ROWS: Final = {
    "accepted": "Taken in",
    "rejected": "Not taken in",
    "warning": "Look at this",
    "unchanged": "Nothing new",
    "not_confirmed": "Nobody confirmed it",
    "waiting": "Waits",
}
"""State of a row → what it says."""


async def choose(visit: Visit) -> Shown:
    """GET /sent/upload: choose what it is and the file; and what was prepared before."""
    return await _choose(visit)


async def look(visit: Visit) -> Shown:
    """POST /sent/upload: a dry run. Nothing is sent."""
    source, files = visit.given("source"), visit.files.get("file", ())
    mistakes = []
    if source not in uploads.sources_of(visit.gateway, visit.who):
        mistakes.append(Mistake("source", "Choose what this file is."))
    if not files:
        mistakes.append(Mistake("file", "Choose a file."))
    if mistakes:
        return await _choose(visit, mistakes)
    try:
        upload, wrong = await uploads.begin(visit.gateway, visit.who, source, files[0].body)
    except NoSuchAnswer as error:
        return await _choose(visit, [Mistake("file", str(error))])
    if wrong:
        return await _choose(visit, [Mistake("file", "Nothing in this file could be used. See why below.")], wrong)
    return Elsewhere(f"/sent/upload/{upload}")


async def one(visit: Visit) -> Shown:
    """GET /sent/upload/{upload}: what would become of each row, or what became of it."""
    return await _one(visit)


async def ready(visit: Visit) -> Shown:
    """POST /sent/upload/{upload}/ready: for whoever may send it."""
    await uploads.ready(visit.gateway, visit.who, visit.part("upload"))
    say = "It is ready. Your safeguarding lead or their deputy sees it on their first page. Nothing has been sent."
    return Elsewhere(f"/sent/upload/{visit.part('upload')}", say)


async def send(visit: Visit) -> Shown:
    """POST /sent/upload/{upload}/send: the same way in as a system's."""
    files = visit.files.get("file", ())
    children = frozenset(visit.form.get("child", ()))
    try:
        await uploads.send(visit.gateway, visit.who, visit.part("upload"), children, files[0].body if files else None)
    except NoSuchAnswer as error:
        field = "child-1" if "Tick" in str(error) else "file"
        return await _one(visit, [Mistake(field, str(error))])
    except (InvalidReferral, UnreadablePayload, NotConfirmed) as error:
        return await _one(visit, [Mistake("file", str(error))], lines_of_error(error))
    return Elsewhere(
        f"/sent/upload/{visit.part('upload')}", "The gateway has taken it in. Below is what becomes of each row."
    )


async def drop(visit: Visit) -> Shown:
    """POST /sent/upload/{upload}/drop: take it away unsent."""
    await uploads.drop(visit.gateway, visit.who, visit.part("upload"))
    return Elsewhere("/sent/upload", "It is gone. Nothing of it was sent.")


async def report(visit: Visit) -> Shown:
    """GET /sent/upload/{upload}/report: what became of each row, as a table that a spreadsheet opens safely."""
    found = await uploads.one(visit.gateway, visit.who, visit.part("upload"))
    return Download(f"rows-{found.id[:8]}.csv", "text/csv", as_csv(found.lines))


async def _choose(visit: Visit, mistakes: list[Mistake] | None = None, wrong: tuple[Line, ...] = ()) -> Page:
    values = {
        "sources": uploads.sources_of(visit.gateway, visit.who),
        "uploads": await uploads.listed(visit.gateway, visit.who),
        "states": STATES,
        "typed": visit.given("source"),
        "largest": visit.gateway.settings.max_submission // 1_048_576,
        "faults": wrong,
        "mistakes": mistakes or [],
    }
    return Page("upload.html", values, 422 if mistakes else 200)


async def _one(visit: Visit, mistakes: list[Mistake] | None = None, wrong: tuple[Line, ...] = ()) -> Page:
    values = {
        "one": await uploads.one(visit.gateway, visit.who, visit.part("upload")),
        "may_send": visit.who.may("sent.send"),
        "ticked": frozenset(visit.form.get("child", ())),
        "states": STATES,
        "rows": ROWS,
        "faults": wrong,
        "mistakes": mistakes or [],
    }
    return Page("upload_one.html", values, 422 if mistakes else 200)


PAGES: Final[Pages] = (
    ("GET", "/sent/upload", "sent.upload", choose),
    ("POST", "/sent/upload", "sent.upload", look),
    ("GET", "/sent/upload/{upload}", "sent.upload", one),
    ("POST", "/sent/upload/{upload}/ready", "sent.upload", ready),
    ("POST", "/sent/upload/{upload}/send", "sent.send", send),
    ("POST", "/sent/upload/{upload}/drop", "sent.upload", drop),
    ("GET", "/sent/upload/{upload}/report", "sent.upload", report),
)
