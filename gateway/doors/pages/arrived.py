"""What has arrived at a hub, in the order of the council's own form, for whoever keys it in again (settled 56)."""

from __future__ import annotations

import re
from typing import Any, Final

from adapters.formats.arranging import arranged
from contracts.errors import NoSuchAnswer
from gateway.doors.pages.hubs import KINDS
from gateway.doors.pages.visit import Mistake, Page, Pages, Shown, Visit
from gateway.flows.holds import rekeying
from gateway.flows.sign_in import sessions

_REFERENCE: Final = re.compile(rf"[0-9a-z]{{{rekeying.LEAST},32}}")


async def list_arrived(visit: Visit) -> Shown:
    """GET /arrived: the newest first; `reference`: how ours begins; `before`: the last one of the page before."""
    reference = visit.asked("reference").lower()
    wrong = bool(reference) and _REFERENCE.fullmatch(reference) is None
    say = f"Give at least {rekeying.LEAST} letters and digits of our reference."
    before = int(visit.asked("before")) if re.fullmatch(r"[0-9]{1,15}", visit.asked("before")) else 0
    found = await rekeying.arrived(visit.gateway, visit.who, "" if wrong else reference, before)
    mistakes = [Mistake("reference", say)] if wrong else []
    values = found | {"kinds": KINDS, "reference": reference, "before": before, "mistakes": mistakes}
    return Page("arrived.html", values, 422 if wrong else 200)


async def one(visit: Visit) -> Shown:
    """GET /arrived/{id}: asks why before it shows anything."""
    return await _one(visit)


async def opened(visit: Visit) -> Shown:
    """POST /arrived/{id}: the council's own form, filled in, once the record says who reads it."""
    purpose = visit.given("purpose")
    try:
        body = await rekeying.opened(visit.gateway, visit.who, visit.part("id"), purpose)
    except NoSuchAnswer as error:
        return await _one(visit, mistakes=[Mistake("purpose", str(error))])
    assert visit.session is not None
    await sessions.say_purpose(visit.gateway, visit.session, purpose)
    form = arranged(body, visit.council.form)
    return await _one(visit, laid=form, purpose=purpose)


async def _one(visit: Visit, mistakes: list[Mistake] | None = None, **more: Any) -> Page:
    told = await rekeying.show(visit.gateway, visit.who, visit.part("id"))
    about = "divert" if told["kind"] == "divert" else ""
    may = {"may_open": visit.who.may("arrived.open", about)}
    may["may_explain"] = visit.who.may("explanation.give") and told["kind"] in ("referral", "update")
    may["may_tell"] = visit.who.may("arrived.tell", about)
    may["may_withdraw"] = visit.who.may("referrals.withdraw") and told["kind"] not in ("notice", "alike")
    values = {"row": told, "kinds": KINDS, "mistakes": mistakes or []} | may
    return Page("arrived_one.html", values | more, 422 if mistakes else 200)


PAGES: Final[Pages] = (
    ("GET", "/arrived", "arrived.list", list_arrived),
    ("GET", "/arrived/{id}", "arrived.list", one),
    ("POST", "/arrived/{id}", "arrived.open", opened),
)
