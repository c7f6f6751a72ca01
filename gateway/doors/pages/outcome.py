"""The page that a link in a mail leads to: somebody at a hub says what became of one message (settled 46).

Nobody signs in: the link is what lets them. GET shows the choices and does nothing, because mail servers open links.
"""

from __future__ import annotations

import secrets
from typing import Final

from contracts.errors import InvalidMessage, NotSentYet
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.follow_up import answerlinks

_FIELDS: Final = {"/outcome": "answer", "/event": "answer", "/words": "words", "/lead": "lead"}
_SAY: Final = {
    "answer": "Choose what became of it.",
    "words": "Write the reason, the advice or the question. This answer needs it.",
    "lead": "Write who leads. This answer needs it.",
}


async def ask(visit: Visit) -> Shown:
    """GET /outcome/{link}."""
    return await _page(visit)


async def tell(visit: Visit) -> Shown:
    """POST /outcome/{link}: record one answer, as the hub's own system would."""
    if not visit.given("answer"):
        return await _page(visit, [missing("answer")])
    try:
        said = await answerlinks.answer(
            visit.gateway,
            visit.part("link"),
            visit.given("once"),
            visit.given("answer"),
            visit.given("words"),
            visit.given("lead"),
        )
    except InvalidMessage as error:
        return await _page(visit, mistakes_in(error))
    except NotSentYet:
        return await _page(visit, [Mistake("answer", "It has not left here yet, so nobody can have answered it.")])
    return Elsewhere(f"{answerlinks.PATH}{visit.part('link')}", f"Recorded: {said}")


def mistakes_in(error: InvalidMessage) -> list[Mistake]:
    """What an answer still needs, each at its field."""
    return [missing(name) for name in dict.fromkeys(_FIELDS.get(fault.pointer, "answer") for fault in error.faults)]


def missing(name: str) -> Mistake:
    """What to say at a field that an answer needs: `answer`, `words` or `lead`."""
    return Mistake(name, _SAY[name])


async def _page(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    asked = await answerlinks.opened(visit.gateway, visit.part("link"))
    values = {
        "asked": asked,
        "emergency": asked.council.emergency,
        "once": visit.given("once") or secrets.token_hex(16),
        "typed": {name: visit.given(name) for name in ("answer", "words", "lead")},
        "mistakes": mistakes or [],
    }
    return Page("outcome.html", values, 422 if mistakes else 200)


PAGES: Final[Pages] = (
    ("GET", "/outcome/{link}", "page.open", ask),
    ("POST", "/outcome/{link}", "page.open", tell),
)
