"""Every page with its address and operation, and the one guard in front of them all.

A page names the operation that `flows.access.PEOPLE` allows to duty roles; one in OPEN is for everybody. A form counts
only if it comes from a page of the same session (reliability 5.4).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from contracts.errors import GatewayError, NotAllowed, NotFound, NotYourRole, SenderError
from gateway.doors.limits import body_of
from gateway.doors.pages import account, children, decision, golive, holds, home, hubs, log, rules, signing, statics
from gateway.doors.pages.forms import read_form
from gateway.doors.pages.look import write
from gateway.doors.pages.visit import Download, Elsewhere, Page, PageOf, Shown, SignInAgain, Visit, cookie_name
from gateway.doors.problems import EMERGENCY
from gateway.flows.access import PEOPLE
from gateway.flows.gateway import Gateway
from gateway.flows.sessions import Session, session_of

_LOG = logging.getLogger(__name__)

LARGEST_FORM: Final = 262_144
OPEN: Final = frozenset({"page.open"})
"""Operations of pages that everybody may open."""

PAGES: Final[tuple[tuple[str, str, str, PageOf], ...]] = (
    ("GET", "/", "page.home", home.home),
    ("GET", "/sign-in", "page.open", signing.sign_in),
    ("GET", "/sign-in/with/{council}", "page.open", signing.go),
    ("GET", "/sign-in/back", "page.open", signing.come_back),
    ("POST", "/sign-in/demo", "page.open", signing.sign_in_demo),
    ("POST", "/sign-out", "page.own", signing.sign_out),
    ("GET", "/rules", "page.open", rules.councils),
    ("GET", "/rules/{council}", "page.open", rules.rules),
    ("GET", "/accessibility", "page.open", rules.accessibility),
    ("GET", "/account", "page.own", account.account),
    ("POST", "/account/role", "page.own", account.act_as),
    ("POST", "/account/end", "page.own", account.end_one),
    ("POST", "/account/end-all", "page.own", account.end_all),
    ("GET", "/step-up", "page.own", account.step_up),
    ("POST", "/step-up/demo", "page.own", account.step_up_demo),
    ("GET", "/holds", "holds.list", holds.list_holds),
    ("GET", "/holds/{id}", "holds.show", holds.case),
    ("POST", "/holds/{id}/open", "holds.open", holds.open_case),
    ("POST", "/holds/{id}/take", "holds.take", holds.take),
    ("POST", "/holds/{id}/decide", "holds.decide", holds.decide),
    ("POST", "/holds/{id}/confirm", "holds.confirm", holds.confirm),
    ("POST", "/holds/{id}/needed", "holds.needed", holds.say_needed),
    ("GET", "/tasks", "tasks.list", holds.list_tasks),
    ("GET", "/tasks/{id}", "tasks.show", holds.case),
    ("POST", "/tasks/{id}/open", "tasks.open", holds.open_case),
    ("POST", "/tasks/{id}/take", "tasks.take", holds.take),
    ("POST", "/tasks/{id}/decide", "tasks.done", holds.decide),
    ("POST", "/tasks/{id}/confirm", "tasks.confirm", holds.confirm),
    ("POST", "/tasks/{id}/done", "tasks.done", holds.done),
    ("GET", "/hubs", "hubs.list", hubs.list_hubs),
    ("GET", "/hubs/{hub}", "hubs.list", hubs.hub),
    ("POST", "/hubs/{hub}/pause", "hubs.stop", hubs.pause),
    ("POST", "/hubs/{hub}/drain", "hubs.stop", hubs.drain),
    ("POST", "/hubs/{hub}/resume", "hubs.stop", hubs.resume),
    ("GET", "/deliveries", "deliveries.list", hubs.list_deliveries),
    ("GET", "/deliveries/again", "deliveries.replay", hubs.again),
    ("POST", "/deliveries/again", "deliveries.replay", hubs.send_again),
    ("GET", "/deliveries/{id}", "deliveries.list", hubs.delivery),
    ("POST", "/deliveries/{id}/replay", "deliveries.replay", hubs.replay),
    ("POST", "/deliveries/{id}/cancel", "deliveries.cancel", hubs.cancel),
    ("POST", "/deliveries/{id}/skip", "deliveries.skip", hubs.skip),
    ("GET", "/going-live", "page.going_live", golive.going_live),
    ("GET", "/log", "log.list", log.list_log),
    ("GET", "/log/{id}", "log.show", decision.show),
    ("POST", "/log/{id}/reasons", "log.reasons", decision.reasons),
    ("POST", "/log/{id}/content", "log.content", decision.content),
    ("POST", "/log/{id}/readers", "log.readers", decision.readers),
    ("POST", "/log/{id}/evidence", "log.export", decision.evidence),
    ("POST", "/log/{id}/receipt", "log.export", decision.receipt),
    ("GET", "/children", "children.search", children.ask),
    ("POST", "/children", "children.search", children.search),
    ("GET", "/children/{token}", "children.search", children.one),
    ("POST", "/children/{token}", "children.search", children.timeline),
    ("POST", "/log/views", "log.list", log.keep_view),
    ("POST", "/log/views/{view}/delete", "log.list", log.drop_view),
)
"""method, path, operation, page."""

NAVIGATION: Final = (
    ("Home", "/", "page.home"),
    ("Held", "/holds", "holds.list"),
    ("Tasks", "/tasks", "tasks.list"),
    ("Hubs", "/hubs", "hubs.list"),
    ("Sharing log", "/log", "log.list"),
    ("Find a child", "/children", "children.search"),
    ("Going live", "/going-live", "page.going_live"),
)
"""What stands at the top of each page, for those who may open it."""

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)


def page_routes(gateway: Gateway) -> list[Route]:
    """Every page behind its guard, and the files they are drawn with."""
    routes = [Route(f"/static/{name}", statics.static(name), name=f"static.{name}") for name in statics.FILES]
    for method, path, operation, page in PAGES:
        route = Route(path, _guarded(gateway, operation, page), name=f"{operation} {method} {path}")
        route.methods = {method}
        routes.append(route)
    return routes


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
            visit = Visit(gateway, request, session, await _form(gateway, request, session))
            return _answer(visit, await page(visit))
        except SignInAgain as error:
            return RedirectResponse(f"/step-up?{urlencode({'then': error.then})}", 303)
        except GatewayError as error:
            return _told(gateway, request, session, error)
        except Exception as error:
            return _unexpected(gateway, request, session, error)

    return route


def _let_in(session: Session, operation: str) -> None:
    if not any(role == session.who.role for role, _ in PEOPLE[operation]):
        session.who.must_be_let(operation)


async def _form(gateway: Gateway, request: Request, session: Session | None) -> Mapping[str, tuple[str, ...]]:
    """What a form sent. Raises NotAllowed for one that another site, or another session's page, sent."""
    if request.method != "POST":
        return {}
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NotAllowed("This form came from another site. Open the page here, and send it again.")
    body = await body_of(request, LARGEST_FORM, gateway.settings.receive_deadline)
    form = await read_form(request.headers, body)
    if session is not None and form.get("csrf", ("",))[0] != session.csrf:
        raise NotAllowed("This page was opened before you signed in, or in another tab. Open it again.")
    return form


# Answers --------------------------------------------------------------------------------------------------------------


def _answer(visit: Visit, shown: Shown) -> Response:
    response = _response(visit, shown)
    for name, value, seconds in getattr(visit.request.state, "cookies", ()):
        secure = not visit.gateway.settings.demo
        response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")
    return response


def _response(visit: Visit, shown: Shown) -> Response:
    match shown:
        case Page():
            return _html(visit.gateway, visit.request, visit.session, shown)
        case Elsewhere():
            if shown.told:
                visit.request.state.cookies = [*getattr(visit.request.state, "cookies", ()), ("told", shown.told, 60)]
            return RedirectResponse(shown.path, 303)
        case Download():
            headers = {
                "content-disposition": f'attachment; filename="{shown.name}"',
                "content-security-policy": "sandbox; default-src 'none'",
            }
            if isinstance(shown.body, bytes):
                return Response(shown.body, headers=headers, media_type=shown.media_type)
            return StreamingResponse(shown.body, headers=headers, media_type=shown.media_type)


def _html(gateway: Gateway, request: Request, session: Session | None, page: Page) -> Response:
    told = request.cookies.get("told", "")
    values = _around(gateway, request, session) | {"told": told} | dict(page.values)
    response = Response(
        write(page.template, values),
        page.status,
        {"content-security-policy": CSP},
        "text/html",
    )
    if told:
        response.delete_cookie("told", path="/")
    return response


def _around(gateway: Gateway, request: Request, session: Session | None) -> dict[str, Any]:
    """What every page shows around its content."""
    who = session.who if session else None
    shown = [one for one in NAVIGATION if who and any(role == who.role for role, _ in PEOPLE[one[2]])]
    return {
        "who": who,
        "role_title": who.title if who else "",
        "works_at": who.works_at if who else "",
        "purpose": session.purpose if session else "",
        "csrf": session.csrf if session else "",
        "demo": gateway.settings.demo,
        "emergency": who.council.emergency if who else EMERGENCY,
        "path": request.url.path,
        "navigation": [
            {"text": text, "href": href, "active": href == _section(request.url.path)} for text, href, _ in shown
        ],
    }


def _section(path: str) -> str:
    return "/" + path.split("/")[1]


def _told(gateway: Gateway, request: Request, session: Session | None, error: GatewayError) -> Response:
    """An error as a page: what is wrong, and what to do."""
    status = 403 if isinstance(error, NotYourRole) else error.status
    title = {404: "Page not found", 403: "You may not open this page"}.get(status, "Something is not right")
    return _html(gateway, request, session, Page("problem.html", {"title": title, "say": str(error)}, status))


def _unexpected(gateway: Gateway, request: Request, session: Session | None, error: Exception) -> Response:
    instance = str(uuid4())
    _LOG.error("unexpected", exc_info=error, extra={"request": instance})
    values = {"title": "Something went wrong at our end", "say": "Nothing was lost. Try again.", "instance": instance}
    return _html(gateway, request, session, Page("problem.html", values, 500))


def not_found(gateway: Gateway, request: Request) -> Response:
    """For a browser that asks for an address there is not."""
    return _told(gateway, request, None, NotFound("There is no page at this address. Begin at the start page."))


def refused(gateway: Gateway, request: Request) -> Response:
    """For a browser that asks in a way an address does not take."""
    return _told(gateway, request, None, SenderError("This address does not take that. Begin at the start page."))
