"""How long records are kept: what is due, what is held and why, and disposal by two people, with a certificate."""

from __future__ import annotations

from datetime import date
from typing import Final

from contracts.errors import AnsweredAlready, NoSuchAnswer
from contracts.retention import RECORDED
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.data_protection import disposals, retaining

A_PAGE: Final = 25


async def list_due(visit: Visit) -> Shown:
    """GET /retention."""
    told = await retaining.listed(visit.gateway, visit.who, {})
    number = int(visit.asked("page")) if visit.asked("page").isdigit() else 1
    pages = max(1, -(-len(told["due"]) // A_PAGE))
    number = min(max(1, number), pages)
    values = {
        "rows": told["due"][(number - 1) * A_PAGE : number * A_PAGE],
        "count": len(told["due"]),
        "held": sum(bool(one["held"]) for one in told["due"]),
        "missing": told["missing"],
        "recorded": RECORDED,
        "lists": await disposals.lists(visit.gateway, visit.who),
        "page": number,
        "pages": pages,
    }
    return Page("retention.html", values)


async def propose(visit: Visit) -> Shown:
    """POST /retention/lists: put what may go on a list."""
    try:
        made = await retaining.propose(visit.gateway, visit.who, {})
    except NoSuchAnswer as error:
        return Elsewhere("/retention", f"{error} No list was made.")
    return Elsewhere(
        f"/retention/lists/{made['list']}", "The list is made. Nothing is gone yet: a second person confirms."
    )


async def one_list(visit: Visit) -> Shown:
    """GET /retention/lists/{id}."""
    return await _list(visit)


async def confirm(visit: Visit) -> Shown:
    """POST /retention/lists/{id}/confirm: as the second person, who has just signed in again."""
    here = f"/retention/lists/{visit.part('id')}"
    await disposals.list_of(visit.gateway, visit.who, visit.part("id"))
    if visit.given("sure") != "yes":
        return await _list(
            visit, [Mistake("sure", "Say that you have read the list. What goes cannot be brought back.")]
        )
    visit.must_have_stepped_up(here)
    try:
        done = await retaining.confirm(visit.gateway, visit.who, {"list": visit.part("id")})
    except (NoSuchAnswer, AnsweredAlready) as error:
        return await _list(visit, [Mistake("sure", str(error))])
    return Elsewhere(
        here, f"Disposed of: {len(done['disposed'])}. Kept, because not due any more or held: {done['kept']}."
    )


async def certificate(visit: Visit) -> Shown:
    """GET /retention/lists/{id}/certificate."""
    return Page("certificate.html", {"one": await disposals.list_of(visit.gateway, visit.who, visit.part("id"))})


async def one(visit: Visit) -> Shown:
    """GET /retention/{referral}/{record}."""
    return await _one(visit)


async def hold(visit: Visit) -> Shown:
    """POST /retention/{referral}/{record}/hold."""
    review = _day(visit)
    if review is None:
        return await _one(visit, [Mistake("review-day", "Give the day to look at it again, such as 30 11 2027.")])
    asked = {"referral": visit.part("referral"), "record": visit.part("record"), "review": review.isoformat()}
    try:
        await retaining.hold(visit.gateway, visit.who, asked | {"reason": visit.given("reason")})
    except NoSuchAnswer:
        return await _one(visit, [Mistake("reason", "Write in a sentence why it is kept. The record keeps that.")])
    return Elsewhere(_here(visit), "It is held: it stays on no list until the hold is released.")


async def release(visit: Visit) -> Shown:
    """POST /retention/{referral}/{record}/release."""
    asked = {"hold": visit.given("hold"), "reason": visit.given("reason")}
    try:
        await retaining.release(visit.gateway, visit.who, asked)
    except NoSuchAnswer as error:
        return await _one(visit, [Mistake("why", str(error))])
    return Elsewhere(_here(visit), "The hold is released. It may be on the next list.")


async def _list(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    told = await disposals.list_of(visit.gateway, visit.who, visit.part("id"))
    values = {"one": told, "mine": told["by"] == visit.who.name, "mistakes": mistakes or []}
    return Page("disposal.html", values, 422 if mistakes else 200)


async def _one(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    told = await disposals.one(visit.gateway, visit.who, visit.part("referral"), visit.part("record"))
    typed = {name: values[0] for name, values in visit.form.items()}
    return Page("kept.html", {"one": told, "typed": typed, "mistakes": mistakes or []}, 422 if mistakes else 200)


def _here(visit: Visit) -> str:
    return f"/retention/{visit.part('referral')}/{visit.part('record')}"


def _day(visit: Visit) -> date | None:
    try:
        return date(*(int(visit.given(f"review-{part}")) for part in ("year", "month", "day")))
    except (ValueError, OverflowError):
        return None


PAGES: Final[Pages] = (
    ("GET", "/retention", "retention.list", list_due),
    ("POST", "/retention/lists", "retention.dispose", propose),
    ("GET", "/retention/lists/{id}", "retention.list", one_list),
    ("POST", "/retention/lists/{id}/confirm", "retention.dispose", confirm),
    ("GET", "/retention/lists/{id}/certificate", "retention.list", certificate),
    ("GET", "/retention/{referral}/{record}", "retention.list", one),
    ("POST", "/retention/{referral}/{record}/hold", "retention.hold", hold),
    ("POST", "/retention/{referral}/{record}/release", "retention.hold", release),
)
