"""The worksheet of a request to see what is kept: open parts, decide on each, look at the whole, take the pack out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.errors import AnsweredAlready, NoSuchAnswer
from gateway.doors.pages.visit import Download, Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.data_protection import worksheet
from gateway.flows.data_protection.packmarks import DECISIONS, Mark
from gateway.flows.sign_in import sessions
from gateway.path.suggesting import GROUNDS


async def sheet(visit: Visit) -> Shown:
    """GET /rights/{id}/pack."""
    return await _sheet(visit)


async def open_parts(visit: Visit) -> Shown:
    """POST …/pack/open: what stands in the chosen parts, once the record says who opens them and why."""
    return await _parts(visit, visit.form.get("part", ()))


async def decide(visit: Visit) -> Shown:
    """POST …/pack/decide: what becomes of each of the parts that were opened."""
    marks = [_mark(visit, place, name) for place, name in enumerate(visit.form.get("part", ()))]
    try:
        wrong = await worksheet.decide(visit.gateway, visit.who, visit.part("id"), marks)
    except (NoSuchAnswer, AnsweredAlready) as error:
        return await _sheet(visit, [Mistake("parts", str(error))])
    if wrong:
        mistakes = [Mistake(name, say) for name, say in wrong.items()]
        return await _parts(visit, [mark.name for mark in marks], mistakes)
    return Elsewhere(_here(visit), "What you decided is kept.")


async def preview(visit: Visit) -> Shown:
    """POST …/pack/preview: what the requester will read."""
    purpose = visit.given("purpose")
    try:
        shown = await worksheet.preview(visit.gateway, visit.who, visit.part("id"), purpose)
    except NoSuchAnswer as error:
        return await _sheet(visit, [Mistake("purpose", str(error))])
    await _keep(visit, purpose)
    told = await worksheet.sheet(visit.gateway, visit.who, visit.part("id"))
    return Page("pack_preview.html", {"one": told, "shown": shown, "purpose": purpose})


async def download(visit: Visit) -> Shown:
    """POST …/pack/download: the zip to hand over, once they have proved again who they are."""
    purpose = visit.given("purpose")
    if purpose:
        await _keep(visit, purpose)
    visit.must_have_stepped_up(_here(visit))
    try:
        made = await worksheet.export(visit.gateway, visit.who, visit.part("id"), purpose)
    except NoSuchAnswer as error:
        return await _sheet(visit, [Mistake("purpose", str(error))])
    return Download(f"what-is-kept-{visit.part('id')[:8]}.zip", "application/zip", made)


async def _parts(visit: Visit, names: Sequence[str], mistakes: list[Mistake] | None = None) -> Page:
    purpose = visit.given("purpose")
    try:
        parts = await worksheet.open_parts(visit.gateway, visit.who, visit.part("id"), names, purpose)
    except NoSuchAnswer as error:
        return await _sheet(visit, [Mistake("purpose" if names else "parts", str(error))])
    await _keep(visit, purpose)
    values = {
        "id": visit.part("id"),
        "parts": parts,
        "decisions": DECISIONS,
        "grounds": GROUNDS,
        "typed": {name: values[0] for name, values in visit.form.items()},
        "ticked": {name: values for name, values in visit.form.items() if name.startswith("fields-")},
        "mistakes": mistakes or [],
        "purpose": purpose,
    }
    return Page("pack_parts.html", values, 422 if mistakes else 200)


async def _sheet(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    told = await worksheet.sheet(visit.gateway, visit.who, visit.part("id"))
    values: Mapping[str, Any] = {
        "one": told,
        "most": worksheet.MOST,
        "ticked": visit.form.get("part", ()),
        "typed": visit.given("purpose"),
        "mistakes": mistakes or [],
    }
    return Page("pack.html", values, 422 if mistakes else 200)


def _mark(visit: Visit, place: int, name: str) -> Mark:
    decision = visit.given(f"decision-{place}")
    marked = decision == "redact"
    lines = [line.strip() for line in visit.given(f"passages-{place}").splitlines()]
    return Mark(
        name,
        decision,
        visit.given(f"reason-{place}"),
        visit.given(f"ground-{place}"),
        tuple(visit.form.get(f"fields-{place}", ())) if marked else (),
        tuple(line for line in lines if line) if marked else (),
    )


def _here(visit: Visit) -> str:
    return f"/rights/{visit.part('id')}/pack"


async def _keep(visit: Visit, purpose: str) -> None:
    assert visit.session is not None
    await sessions.say_purpose(visit.gateway, visit.session, purpose)


PAGES: Final[Pages] = (
    ("GET", "/rights/{id}/pack", "subject.access", sheet),
    ("POST", "/rights/{id}/pack/open", "subject.access", open_parts),
    ("POST", "/rights/{id}/pack/decide", "subject.access", decide),
    ("POST", "/rights/{id}/pack/preview", "subject.access", preview),
    ("POST", "/rights/{id}/pack/download", "subject.access", download),
)
