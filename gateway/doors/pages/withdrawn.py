"""A family tells the council's people that it no longer agrees, and one of them writes it down (governance 1.8.2)."""

from __future__ import annotations

import re
from typing import Final

from contracts.errors import NoSuchAnswer
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.follow_up import familysays

_BACK: Final = re.compile(r"/(?:holds|tasks|arrived|log)/[0-9a-z]{1,64}")
"""Pages that lead here, and to which one comes back."""


async def ask(visit: Visit) -> Shown:
    """GET /withdrawals/{referral}; `back`: the page that led here."""
    return await _page(visit, visit.asked("back"))


async def record(visit: Visit) -> Shown:
    """POST /withdrawals/{referral}: nothing more goes, and whoever has it is told."""
    referral, back = visit.part("referral"), visit.given("back")
    try:
        told = await familysays.withdrawn_at_desk(visit.gateway, visit.who, referral, visit.given("reason"))
    except NoSuchAnswer as error:
        return await _page(visit, back, [Mistake("reason", str(error))])
    before = "" if told["new"] else "It was recorded before. "
    return Elsewhere(_known(back), f"{before}{told['say']}")


async def _page(visit: Visit, back: str, mistakes: list[Mistake] | None = None) -> Page:
    about = await familysays.about(visit.gateway, visit.who, visit.part("referral"))
    values = {"about": about, "back": _known(back), "typed": visit.given("reason"), "mistakes": mistakes or []}
    return Page("withdraw.html", values, 422 if mistakes else 200)


def _known(back: str) -> str:
    return back if _BACK.fullmatch(back) else "/"


PAGES: Final[Pages] = (
    ("GET", "/withdrawals/{referral}", "referrals.withdraw", ask),
    ("POST", "/withdrawals/{referral}", "referrals.withdraw", record),
)
