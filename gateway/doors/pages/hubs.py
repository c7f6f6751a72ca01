"""Hubs and messages: how each hub is doing, why a message waits and when its next try is, and what people may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound, NotYourRole
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.delivery import hubs, sendagain, undelivered
from gateway.flows.delivery.hubs import Stopping
from gateway.flows.delivery.lanes import DRAINING, PAUSED
from gateway.flows.holds import showing
from gateway.path.calendar import LONDON

A_PAGE: Final = 25
STATES: Final = {
    "due": "Waits",
    "sending": "Being sent",
    "uncertain": "In doubt",
    "held": "Held",
    "dead": "Given up",
}
"""State of a message, as a tag says it."""
KINDS: Final = {
    "referral": "Request for help",
    "divert": "Safeguarding contact",
    "update": "Newer version of a request",
    "envelope": "Word of a request that is held",
    "notice": "Notice",
    "answer": "Answer to a question",
}
_Act = Callable[[], Awaitable[Mapping[str, Any]]]


async def list_hubs(visit: Visit) -> Shown:
    """GET /hubs."""
    told = await hubs.listed(visit.gateway, visit.who)
    return Page("hubs.html", {"hubs": told["hubs"], "states": STATES})


async def hub(visit: Visit) -> Shown:
    """GET /hubs/{hub}."""
    return await _hub(visit)


async def pause(visit: Visit) -> Shown:
    """POST /hubs/{hub}/pause."""
    return await _halt(visit, PAUSED)


async def drain(visit: Visit) -> Shown:
    """POST /hubs/{hub}/drain."""
    return await _halt(visit, DRAINING)


async def resume(visit: Visit) -> Shown:
    """POST /hubs/{hub}/resume."""
    name = visit.part("hub")
    return await _at_hub(visit, lambda: hubs.resume(visit.gateway, visit.who, name, visit.given("reason")))


async def list_deliveries(visit: Visit) -> Shown:
    """GET /deliveries: what has not arrived; `show=stopped`: what only a person ends."""
    stopped = visit.asked("show") == "stopped"
    look = undelivered.dead if stopped else undelivered.waiting
    told = await look(visit.gateway, visit.who, visit.asked("hub"))
    number = int(visit.asked("page")) if visit.asked("page").isdigit() else 1
    pages = max(1, -(-len(told["lines"]) // A_PAGE))
    number = min(max(1, number), pages)
    return Page(
        "deliveries.html",
        {
            "rows": told["lines"][(number - 1) * A_PAGE : number * A_PAGE],
            "count": told["many"],
            "show": "stopped" if stopped else "",
            "page": number,
            "pages": pages,
            "states": STATES,
            "kinds": KINDS,
            "may_replay": visit.who.may("deliveries.replay"),
        },
    )


async def delivery(visit: Visit) -> Shown:
    """GET /deliveries/{id}."""
    return await _delivery(visit)


async def replay(visit: Visit) -> Shown:
    """POST /deliveries/{id}/replay."""
    return await _at_delivery(visit, sendagain.replay)


async def cancel(visit: Visit) -> Shown:
    """POST /deliveries/{id}/cancel."""
    return await _at_delivery(visit, sendagain.cancel)


async def skip(visit: Visit) -> Shown:
    """POST /deliveries/{id}/skip."""
    return await _at_delivery(visit, sendagain.skip)


async def again(visit: Visit) -> Shown:
    """GET /deliveries/again: what sending again in bulk would send, and nothing sent."""
    return await _again(visit)


async def send_again(visit: Visit) -> Shown:
    """POST /deliveries/again: exactly what was shown, or nothing."""
    try:
        told = await sendagain.replay_all(visit.gateway, visit.who, visit.given("mark"), visit.given("reason"))
    except (AnsweredAlready, NoSuchAnswer) as error:
        return await _again(visit, [Mistake("reason", str(error))])
    return Elsewhere("/deliveries?show=stopped", str(told["say"]))


# What is shown --------------------------------------------------------------------------------------------------------


async def _hub(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    name = visit.part("hub")
    told = await hubs.listed(visit.gateway, visit.who)
    one = next((each for each in told["hubs"] if each["hub"] == name), None)
    if one is None:
        raise NotFound("There is no hub of that name.")
    settings = visit.council.hubs.get(name)
    waiting = await undelivered.waiting(visit.gateway, visit.who, name)
    return Page(
        "hub.html",
        {
            "hub": one,
            "settings": settings,
            "rows": waiting["lines"][:A_PAGE],
            "count": waiting["many"],
            "states": STATES,
            "kinds": KINDS,
            "may_stop": settings is not None and visit.who.may("hubs.stop"),
            "may_end_links": settings is not None and visit.who.may("links.end"),
            "may_stop_diverts": visit.who.may("hubs.stop", "divert"),
            "typed": {key: values[0] for key, values in visit.form.items()},
            "mistakes": mistakes or [],
        },
        422 if mistakes else 200,
    )


async def _halt(visit: Visit, how: str) -> Shown:
    until = visit.given("until")
    try:
        at = int(datetime.fromisoformat(until).replace(tzinfo=LONDON).timestamp() * 1_000) if until else None
    except ValueError:
        return await _hub(visit, [Mistake("until", "Write the day and time as 2026-11-30 09:00, or leave it empty.")])
    asked = Stopping(visit.part("hub"), how, visit.given("reason"), at, diverts=visit.given("diverts") == "yes")
    return await _at_hub(visit, lambda: hubs.halt(visit.gateway, visit.who, asked))


async def _at_hub(visit: Visit, act: _Act) -> Shown:
    try:
        told = await act()
    except NoSuchAnswer as error:
        field = "until" if "time" in str(error) else "reason"
        return await _hub(visit, [Mistake(field, str(error))])
    return Elsewhere(f"/hubs/{visit.part('hub')}", str(told["say"]))


async def _delivery(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    told = await undelivered.waiting(visit.gateway, visit.who)
    one = next((each for each in told["lines"] if each["id"] == visit.part("id")), None)
    if one is None:
        raise NotFound("No message of that name waits. It may have arrived meanwhile.")
    about = "uncertain" if one["state"] == "uncertain" else "divert" if one["kind"] == "divert" else ""
    holds = await showing.holding(visit.gateway, visit.who, one["referral"]) if one["state"] == "held" else []
    return Page(
        "delivery.html",
        {
            "row": one,
            "holds": holds,
            "states": STATES,
            "kinds": KINDS,
            "may": {verb: visit.who.may(f"deliveries.{verb}", about) for verb in ("replay", "cancel", "skip")},
            "stopped": one["state"] in ("dead", "uncertain", "held"),
            "typed": {key: values[0] for key, values in visit.form.items()},
            "mistakes": mistakes or [],
        },
        422 if mistakes else 200,
    )


async def _at_delivery(visit: Visit, act: Callable[..., Awaitable[Mapping[str, Any]]]) -> Shown:
    try:
        told = await act(visit.gateway, visit.who, visit.part("id"), visit.given("reason"))
    except (NoSuchAnswer, AnsweredAlready, NotYourRole) as error:
        return await _delivery(visit, [Mistake("reason", str(error))])
    return Elsewhere("/deliveries", str(told["say"]))


async def _again(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    told = await sendagain.preview(visit.gateway, visit.who)
    values = {"told": told, "typed": {key: given[0] for key, given in visit.form.items()}, "mistakes": mistakes or []}
    return Page("again.html", values | {"preview": told, "kinds": KINDS}, 422 if mistakes else 200)


PAGES: Final[Pages] = (
    ("GET", "/hubs", "hubs.list", list_hubs),
    ("GET", "/hubs/{hub}", "hubs.list", hub),
    ("POST", "/hubs/{hub}/pause", "hubs.stop", pause),
    ("POST", "/hubs/{hub}/drain", "hubs.stop", drain),
    ("POST", "/hubs/{hub}/resume", "hubs.stop", resume),
    ("GET", "/deliveries", "deliveries.list", list_deliveries),
    ("GET", "/deliveries/again", "deliveries.replay", again),
    ("POST", "/deliveries/again", "deliveries.replay", send_again),
    ("GET", "/deliveries/{id}", "deliveries.list", delivery),
    ("POST", "/deliveries/{id}/replay", "deliveries.replay", replay),
    ("POST", "/deliveries/{id}/cancel", "deliveries.cancel", cancel),
    ("POST", "/deliveries/{id}/skip", "deliveries.skip", skip),
)
