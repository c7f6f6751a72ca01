"""Every page with its address and operation, and the one guard in front of them all.

A page names the operation that `flows.access.PEOPLE` allows to duty roles; one in OPEN is for everybody. A form counts
only if it comes from a page of the same session (reliability 5.4).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from contracts.errors import GatewayError, NotAllowed
from gateway.doors.limits import body_of
from gateway.doors.pages import (
    account,
    answers,
    approving,
    arrived,
    became,
    children,
    correcting,
    decision,
    enquiry,
    enquirysending,
    explaining,
    exports,
    glass,
    golive,
    guides,
    help,
    holds,
    home,
    hubs,
    links,
    log,
    outcome,
    packdocument,
    papercodes,
    papers,
    policies,
    readers,
    record,
    rehearsing,
    reports,
    retention,
    rights,
    rules,
    samples,
    sent,
    sentpapers,
    senttelling,
    signing,
    sources,
    statics,
    statistics,
    subjectaccess,
    task,
    uploads,
    withdrawn,
    wordback,
)
from gateway.doors.pages.forms import Chosen, read_files
from gateway.doors.pages.visit import PageOf, Pages, Shown, SignInAgain, Visit, cookie_name
from gateway.flows.access import PEOPLE
from gateway.flows.acting import PAPER
from gateway.flows.gateway import Gateway
from gateway.flows.holds.sealed import SealedFile, tell
from gateway.flows.sign_in.sessions import Session, session_of

LARGEST_FORM: Final = 262_144
UPLOADS: Final = frozenset({"sent.upload", "sent.send", "subject.document"})
"""Operations of forms that may send a whole file, as large as a sender's system may send one."""
OPEN: Final = frozenset({"page.open"})
"""Operations of pages that everybody may open."""

_ROOMS: Final = (
    home,
    signing,
    account,
    holds,
    task,
    arrived,
    became,
    withdrawn,
    links,  # before the pages of a hub
    hubs,
    log,
    decision,
    record,
    reports,
    exports,
    samples,
    children,
    papercodes,  # before the pages whose address holds any id
    glass,
    readers,
    golive,
    papers,
    rules,
    statistics,
    help,
    guides,
    outcome,
    uploads,  # before the pages whose address holds any id
    sent,
    sentpapers,
    senttelling,
    correcting,
    wordback,
    enquirysending,
    enquiry,
    rights,
    subjectaccess,
    packdocument,
    retention,
    explaining,
    policies,
    rehearsing,
    approving,
    sources,
)

PAGES: Final[Pages] = tuple(page for room in _ROOMS for page in room.PAGES)


def page_routes(gateway: Gateway) -> list[Route]:
    """Every page behind its guard, and the files they are drawn with."""
    routes = [Route(f"/static/{name}", statics.static(name), name=f"static.{name}") for name in statics.FILES]
    for method, path, operation, page in PAGES:
        route = Route(path, _guarded(gateway, operation, page), name=f"{operation} {method} {path}")
        route.methods = {method}
        routes.append(route)
    return routes


async def no_page(gateway: Gateway, request: Request, error: GatewayError) -> Response:
    """What a person reads at an address without a page, with all that every page shows around its content."""
    try:
        session = await session_of(gateway, request.cookies.get(cookie_name(gateway), ""))
    except Exception as ours:
        return answers.unexpected(gateway, request, None, ours)
    return answers.told(gateway, request, session, error)


def _guarded(gateway: Gateway, operation: str, page: PageOf) -> Callable[[Request], Awaitable[Response]]:
    """The page behind its guard. Raises KeyError for an operation that nobody lists."""
    if operation not in OPEN:
        PEOPLE[operation]

    async def route(request: Request) -> Response:
        session: Session | None = None
        try:
            session = await session_of(gateway, request.cookies.get(cookie_name(gateway), ""))
            if session is None and operation not in OPEN:
                return RedirectResponse("/sign-in", 303)
            if session is not None and operation not in OPEN:
                _let_in(session, operation)
            form, files = await _form(gateway, request, session, operation)
            visit = Visit(gateway, request, session, form, files=files)
            return answers.answer(visit, await _shown(visit, page))
        except SignInAgain as error:
            return RedirectResponse(f"/step-up?{urlencode({'then': error.then})}", 303)
        except GatewayError as error:
            return answers.told(gateway, request, session, error)
        except Exception as error:
            return answers.unexpected(gateway, request, session, error)

    return route


async def _shown(visit: Visit, page: PageOf) -> Shown:
    """What the page shows. That somebody tried to open a sealed file is written down first."""
    try:
        return await page(visit)
    except SealedFile as tried:
        await tell(visit.gateway, tried)
        raise


def _let_in(session: Session, operation: str) -> None:
    if session.who.how == PAPER or not any(role == session.who.role for role, _ in PEOPLE[operation]):
        session.who.must_be_let(operation)


async def _form(
    gateway: Gateway, request: Request, session: Session | None, operation: str
) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[Chosen, ...]]]:
    """What a form sent. Raises NotAllowed for one that another site, or another session's page, sent."""
    if request.method != "POST":
        return {}, {}
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NotAllowed("This form came from another site. Open the page here, and send it again.")
    largest = LARGEST_FORM + (gateway.settings.max_submission if operation in UPLOADS else 0)
    body = await body_of(request, largest, gateway.settings.receive_deadline)
    form, files = await read_files(request.headers, body)
    if session is not None and form.get("csrf", ("",))[0] != session.csrf:
        raise NotAllowed("This page was opened before you signed in, or in another tab. Open it again.")
    return form, files
