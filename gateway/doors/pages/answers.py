"""What a browser is answered: a page, another address, a file, or an error in words."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, unquote
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from contracts.council import Council
from contracts.errors import GatewayError, NotYourRole
from gateway.doors.pages.look import write
from gateway.doors.pages.menu import menu
from gateway.doors.pages.visit import Download, Elsewhere, Page, Shown, Visit
from gateway.doors.problems import EMERGENCY
from gateway.flows.acting import PAPER
from gateway.flows.gateway import Gateway
from gateway.flows.sign_in.sessions import Session

_LOG = logging.getLogger(__name__)

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)

_FORGET: Final = {"clear-site-data": '"cache", "storage"'}
"""At the end of a session (reliability 5.1). Its cookie is taken away by itself, so that what is said next can be."""


def answer(visit: Visit, shown: Shown) -> Response:
    """What a page gave, as an answer with the cookies it set."""
    if isinstance(shown, Elsewhere) and shown.told:
        visit.keep_cookie("told", quote(shown.told), 60)
    response = _response(visit, shown)
    for name, value, seconds in visit.cookies:
        secure = not visit.gateway.settings.demo
        response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")
    return response


def _response(visit: Visit, shown: Shown) -> Response:
    match shown:
        case Page():
            return _html(visit.gateway, visit.request, visit.session, shown)
        case Elsewhere():
            return RedirectResponse(shown.path, 303, _FORGET if shown.forget else None)
        case Download():
            headers = {
                "content-disposition": f'attachment; filename="{shown.name}"',
                "content-security-policy": "sandbox; default-src 'none'",
                **_kept(shown.keep, alike=True),
            }
            if isinstance(shown.body, bytes):
                return Response(shown.body, headers=headers, media_type=shown.media_type)
            return StreamingResponse(shown.body, headers=headers, media_type=shown.media_type)


def told(gateway: Gateway, request: Request, session: Session | None, error: GatewayError) -> Response:
    """An error as a page: what is wrong, and what to do."""
    status = 403 if isinstance(error, NotYourRole) else error.status
    title = {404: "Page not found", 403: "You may not open this page"}.get(status, "Something is not right")
    say = in_titles(str(error), session.who.council) if session else str(error)
    return _html(gateway, request, session, Page("problem.html", {"title": title, "say": say}, status))


def unexpected(gateway: Gateway, request: Request, session: Session | None, error: Exception) -> Response:
    """A fault of ours as a page. The log has it under the number shown."""
    instance = str(uuid4())
    _LOG.error("unexpected", exc_info=error, extra={"request": instance})
    values = {"title": "Something went wrong at our end", "say": "Nothing was lost. Try again.", "instance": instance}
    return _html(gateway, request, session, Page("problem.html", values, 500))


def in_titles(say: str, council: Council) -> str:
    """A sentence of ours with the titles of roles in place of their codes, which are for the command line."""
    for role, duty in council.roles.items():
        say = re.sub(rf"\b{re.escape(role)}\b", duty.title, say.replace(f"{duty.title} ({role})", duty.title))
    return say


def is_browser(request: Request) -> bool:
    """Whether a person is looking: a browser asks for a page, a system does not."""
    return "text/html" in request.headers.get("accept", "")


def _html(gateway: Gateway, request: Request, session: Session | None, page: Page) -> Response:
    said = unquote(request.cookies.get("told", ""))
    values = _around(gateway, request, session) | {"told": said} | dict(page.values)
    if session and values.get("mistakes"):
        council = session.who.council
        values["mistakes"] = [replace(one, say=in_titles(one.say, council)) for one in values["mistakes"]]
    response = Response(
        write(page.template, values),
        page.status,
        {"content-security-policy": CSP, **_kept(page.keep, alike=session is None and not said)},
        "text/html",
    )
    if said:
        response.delete_cookie("told", path="/")
    return response


def _kept(seconds: int, *, alike: bool) -> dict[str, str]:
    """Headers of what caches may hold. alike: nobody who asks would get other bytes; what is not is kept nowhere."""
    if not seconds:
        return {}
    return {"vary": "Cookie"} | ({"cache-control": f"public, max-age={seconds}"} if alike else {})


def _around(gateway: Gateway, request: Request, session: Session | None) -> dict[str, Any]:
    """What every page shows around its content."""
    who = session.who if session else None
    return {
        "who": who,
        "role_title": who.title if who else "",
        "works_at": who.works_at if who else "",
        "purpose": session.purpose if session else "",
        "csrf": session.csrf if session else "",
        "session": session,
        "idle_left": session.ends - session.seen if session else 0,
        "may_break": bool(who and who.may("glass.break")),
        "demo": gateway.settings.demo,
        "emergency": who.council.emergency if who else EMERGENCY,
        "path": request.url.path,
        "menu": menu(who.role, request.url.path) if who and who.how != PAPER else None,
    }
