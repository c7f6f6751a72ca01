"""The HTTP door for machines. Every route names its operation; `flows.access` says who may."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import uuid4

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from contracts.errors import GatewayError, NoIdempotencyKey, NotAllowed, NotFound, WrongMediaType
from gateway.doors import openapi
from gateway.doors.health import live, ready
from gateway.doors.limits import SafeHeaders, body_of
from gateway.doors.problems import MEDIA_TYPE, explain, problem
from gateway.flows import changes, intake, preview, status
from gateway.flows.access import Caller, Relation, identify, permit_operation
from gateway.flows.gateway import Gateway

_LOG = logging.getLogger(__name__)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")

Door = Callable[[Gateway, Request], Awaitable[Response]]


def create_app(gateway: Gateway) -> FastAPI:
    """The application around one gateway."""
    app = FastAPI(title="Early Help Gateway", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.gateway = gateway
    for method, path, operation, door in ROUTES:
        app.add_api_route(
            path,
            _route(gateway, door),
            methods=[method],
            name=operation,
            response_model=None,
            include_in_schema=False,
        )
    app.add_exception_handler(GatewayError, _told)
    app.add_exception_handler(HTTPException, _told_by_framework)
    app.add_exception_handler(Exception, _unexpected)
    app.add_middleware(SafeHeaders)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(gateway.settings.allowed_hosts))
    return app


async def post_referral(gateway: Gateway, request: Request) -> Response:
    """POST /v1/referrals: one canonical referral."""
    caller = _caller(gateway, request, "submit", Relation.NONE)
    sent = await _sent(gateway, request, caller, intake.CANONICAL, gateway.settings.max_referral)
    return _accepted(await intake.receive(gateway, sent))


async def post_submission(gateway: Gateway, request: Request) -> Response:
    """POST /v1/submissions/{source}: a source's own bytes."""
    caller = _caller(gateway, request, "submit", Relation.NONE)
    sent = await _sent(gateway, request, caller, request.path_params["source"], gateway.settings.max_submission)
    return _accepted(await intake.receive(gateway, sent))


async def preview_referral(gateway: Gateway, request: Request) -> Response:
    """POST /v1/referrals/preview: the dry run of a canonical referral."""
    caller = _caller(gateway, request, "preview", Relation.NONE)
    sent = await _sent(gateway, request, caller, intake.CANONICAL, gateway.settings.max_referral, dry=True)
    return _json(await preview.preview(gateway, sent))


async def preview_submission(gateway: Gateway, request: Request) -> Response:
    """POST /v1/submissions/{source}/preview: the dry run of a source's own bytes."""
    caller = _caller(gateway, request, "preview", Relation.NONE)
    source = request.path_params["source"]
    sent = await _sent(gateway, request, caller, source, gateway.settings.max_submission, dry=True)
    return _json(await preview.preview(gateway, sent))


async def get_referral(gateway: Gateway, request: Request) -> Response:
    """GET /v1/referrals/{id}: state and timeline."""
    caller = identify(gateway.callers, request.headers.get("authorization"))
    return _json(await status.status(gateway, caller, request.path_params["id"]))


async def get_receipt(gateway: Gateway, request: Request) -> Response:
    """GET /v1/referrals/{id}/receipt: every entry of the record about it, with proofs."""
    caller = identify(gateway.callers, request.headers.get("authorization"))
    return _json(await status.receipt(gateway, caller, request.path_params["id"]))


async def post_withdrawal(gateway: Gateway, request: Request) -> Response:
    """POST /v1/referrals/{id}/withdrawal: the family no longer agrees."""
    caller = identify(gateway.callers, request.headers.get("authorization"))
    await body_of(request, 16_384, gateway.settings.receive_deadline)
    return _json(await changes.withdraw(gateway, caller, request.path_params["id"]), 202)


async def get_live(gateway: Gateway, request: Request) -> Response:
    """GET /health/live."""
    return _json(live())


async def get_ready(gateway: Gateway, request: Request) -> Response:
    """GET /health/ready."""
    fit, told = await ready(gateway)
    return _json(told, 200 if fit else 503)


async def get_openapi(gateway: Gateway, request: Request) -> Response:
    """GET /openapi.json."""
    return _json(openapi.document())


async def get_problem(gateway: Gateway, request: Request) -> Response:
    """GET /problems/{slug}: what one kind of error means."""
    told = explain(request.path_params["slug"])
    if told is None:
        raise NotFound()
    return _json(told)


ROUTES: Final[tuple[tuple[str, str, str, Door], ...]] = (
    ("POST", "/v1/referrals", "submit", post_referral),
    ("POST", "/v1/referrals/preview", "preview", preview_referral),
    ("POST", "/v1/submissions/{source}", "submit", post_submission),
    ("POST", "/v1/submissions/{source}/preview", "preview", preview_submission),
    ("GET", "/v1/referrals/{id}", "status", get_referral),
    ("GET", "/v1/referrals/{id}/receipt", "receipt", get_receipt),
    ("POST", "/v1/referrals/{id}/withdrawal", "withdraw", post_withdrawal),
    ("GET", "/health/live", "live", get_live),
    ("GET", "/health/ready", "ready", get_ready),
    ("GET", "/openapi.json", "openapi", get_openapi),
    ("GET", "/problems/{slug}", "problem_page", get_problem),
)
"""method, path, operation of `flows.access.ALLOWED`, and what answers."""


def _route(gateway: Gateway, door: Door) -> Callable[[Request], Awaitable[Response]]:
    async def route(request: Request) -> Response:
        return await door(gateway, request)

    return route


def _caller(gateway: Gateway, request: Request, operation: str, relation: Relation) -> Caller:
    caller = identify(gateway.callers, request.headers.get("authorization"))
    permit_operation(operation, caller, relation)
    return caller


async def _sent(
    gateway: Gateway, request: Request, caller: Caller, source: str, largest: int, *, dry: bool = False
) -> intake.Sent:
    """What this request sends. Its bytes are read only now, after the caller is known."""
    key = request.headers.get("idempotency-key", "")
    if not dry and not _KEY.fullmatch(key):
        raise NoIdempotencyKey("Send an Idempotency-Key header: 1 to 255 printable characters, new for each.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if source == intake.CANONICAL and kind != "application/json":
        raise WrongMediaType("Send a canonical referral as application/json.")
    council = request.query_params.get("council", caller.registration.council)
    body = await body_of(request, largest, gateway.settings.receive_deadline)
    return intake.Sent(caller, council, source, key, body, kind)


def _accepted(answer: intake.Answer) -> Response:
    headers = {"idempotency-replayed": "true"} if answer.replayed else None
    return Response(answer.body, answer.status, headers, "application/json")


def _json(value: Any, status_code: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status_code, media_type="application/json")


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    instance = str(uuid4())
    if error.status >= 500:
        _LOG.warning("could not serve a request", extra={"problem": error.slug(), "request": instance})
    headers = {"retry-after": str(error.retry_after)} if error.retry_after else {}
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Response(problem(error, instance), error.status, headers, MEDIA_TYPE)


async def _told_by_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind: GatewayError = NotAllowed("There is no such operation here.") if error.status_code == 405 else NotFound()
    body = json.loads(problem(kind, str(uuid4()))) | {"status": error.status_code}
    return Response(json.dumps(body).encode(), error.status_code, error.headers, MEDIA_TYPE)


async def _unexpected(request: Request, error: Exception) -> Response:
    instance = str(uuid4())
    _LOG.error("unexpected", exc_info=error, extra={"request": instance})
    told = GatewayError("Something went wrong at our end. Nothing was accepted; the same key is safe to send again.")
    return Response(problem(told, instance), 500, media_type=MEDIA_TYPE)
