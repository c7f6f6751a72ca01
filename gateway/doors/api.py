"""The HTTP door for machines. Every route names its operation; `flows.access` says who may."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final
from uuid import uuid4

from fastapi import FastAPI, Request, Response
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.routing import Route

from adapters.formats.documents import TYPES
from contracts.errors import (
    GatewayError,
    NotFound,
    SenderError,
    UnknownSource,
    WrongMediaType,
    WrongMethod,
)
from gateway.doors import openapi
from gateway.doors.collecting import get_deliveries, get_delivery, post_acknowledgement
from gateway.doors.confirmed import confirmed_in
from gateway.doors.exchange import accepted, caller_of, json_answer, key_of, media_type_of
from gateway.doors.fhir import get_definition, get_definitions, get_metadata, post_message
from gateway.doors.granting import post_token
from gateway.doors.health import live, ready_for_anyone
from gateway.doors.limits import SMALLER, KnownHosts, SafeHeaders, body_of
from gateway.doors.manifests import get_manifest, post_compare
from gateway.doors.pages.answers import is_browser
from gateway.doors.pages.site import no_page, page_routes
from gateway.doors.problems import EMERGENCY, explain
from gateway.doors.returning import post_agreement, post_answer, post_event, post_family_withdrawal, post_outcome
from gateway.doors.word import get_word, post_word_read
from gateway.doors.worded import worded
from gateway.flows.access import ALLOWED, Caller, admit
from gateway.flows.follow_up import changes
from gateway.flows.gateway import Gateway
from gateway.flows.sign_in.granting import PATH
from gateway.flows.sign_in.granting import caller_of as token_caller
from gateway.flows.submissions import corrections, documents, intake, preview
from gateway.flows.telling import status

_LOG = logging.getLogger(__name__)

NO_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""The framework's own telemetry, which tells whole addresses and the words of exceptions, is off whatever the
environment says. `flows.traces` has ours."""

Door = Callable[[Gateway, Request], Awaitable[Response]]


def create_app(gateway: Gateway) -> FastAPI:
    """The application around one gateway.

    Every body is read and every answer written here, and the schema is `openapi`'s, so the routes are plain: nothing
    is spent on parameters and response models that no door has.
    """
    app = FastAPI(
        title="Early Help Gateway",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    for method, path, operation, door in ROUTES:
        route = Route(path, _route(gateway, path, operation, door), name=operation)
        route.methods = {method}  # else it would answer HEAD wherever it answers GET
        app.router.routes.append(route)
    app.router.routes.extend(page_routes(gateway))
    app.add_exception_handler(HTTPException, _no_such_route(gateway))
    app.add_middleware(KnownHosts, names=gateway.settings.allowed_hosts)
    app.add_middleware(SafeHeaders)
    return app


async def post_referral(gateway: Gateway, request: Request) -> Response:
    """POST /v1/referrals: one canonical referral."""
    return accepted(await intake.receive(gateway, await _canonical(gateway, request, key_of(request))))


async def post_submission(gateway: Gateway, request: Request) -> Response:
    """POST /v1/submissions/{source}: a source's own bytes."""
    return accepted(await intake.receive(gateway, await _native(gateway, request, key_of(request))))


async def preview_referral(gateway: Gateway, request: Request) -> Response:
    """POST /v1/referrals/preview: the dry run of a canonical referral."""
    return json_answer(await preview.preview(gateway, await _canonical(gateway, request, "")))


async def preview_submission(gateway: Gateway, request: Request) -> Response:
    """POST /v1/submissions/{source}/preview: the dry run of a source's own bytes."""
    return json_answer(await preview.preview(gateway, await _native(gateway, request, "")))


async def get_referral(gateway: Gateway, request: Request) -> Response:
    """GET /v1/referrals/{id}: state and timeline."""
    return json_answer(await status.status(gateway, caller_of(request), request.path_params["id"]))


async def get_receipt(gateway: Gateway, request: Request) -> Response:
    """GET /v1/referrals/{id}/receipt: every entry of the record about it, with proofs."""
    return json_answer(await status.receipt(gateway, caller_of(request), request.path_params["id"]))


async def post_withdrawal(gateway: Gateway, request: Request) -> Response:
    """POST /v1/referrals/{id}/withdrawal: the family no longer agrees. It takes no body."""
    await body_of(request, 16_384, gateway.settings.receive_deadline)
    return json_answer(await changes.withdraw(gateway, caller_of(request), request.path_params["id"]), 202)


async def post_correction(gateway: Gateway, request: Request) -> Response:
    """POST /v1/referrals/{id}/correction: a corrected version, as canonical JSON."""
    key, referral = key_of(request), request.path_params["id"]
    await corrections.permit(gateway, caller_of(request), referral)
    return accepted(await intake.receive(gateway, await _canonical(gateway, request, key, referral)))


async def put_attachment(gateway: Gateway, request: Request) -> Response:
    """PUT /v1/attachments/{sha256}: one document. Sending it again changes nothing."""
    kind = media_type_of(request)
    if kind not in TYPES:
        raise WrongMediaType(f"Send a document as {' or '.join(TYPES)}.")
    body = await body_of(request, gateway.settings.max_attachment, gateway.settings.receive_deadline)
    new, told = await documents.put(gateway, caller_of(request), request.path_params["sha256"], kind, body)
    return json_answer(told, 201 if new else 200)


async def get_live(gateway: Gateway, request: Request) -> Response:
    """GET /health/live."""
    return json_answer(live())


async def get_ready(gateway: Gateway, request: Request) -> Response:
    """GET /health/ready."""
    fit, told = await ready_for_anyone(gateway)
    return json_answer(told, 200 if fit else 503)


async def get_openapi(gateway: Gateway, request: Request) -> Response:
    """GET /openapi.json."""
    return json_answer(openapi.document())


async def get_problem(gateway: Gateway, request: Request) -> Response:
    """GET /problems/{slug}: what one kind of error means."""
    told = explain(request.path_params["slug"])
    if told is None:
        raise NotFound()
    return json_answer(told)


ROUTES: Final[tuple[tuple[str, str, str, Door], ...]] = (
    ("POST", "/v1/referrals", "submit", post_referral),
    ("POST", "/v1/referrals/preview", "preview", preview_referral),
    ("POST", "/v1/submissions/{source}", "submit", post_submission),
    ("POST", "/v1/submissions/{source}/preview", "preview", preview_submission),
    ("GET", "/v1/referrals/{id}", "status", get_referral),
    ("GET", "/v1/referrals/{id}/receipt", "receipt", get_receipt),
    ("POST", "/v1/referrals/{id}/withdrawal", "withdraw", post_withdrawal),
    ("POST", "/v1/referrals/{id}/agreement", "agree", post_agreement),
    ("POST", "/v1/referrals/{id}/correction", "correct", post_correction),
    ("POST", "/v1/referrals/{id}/answers", "answer", post_answer),
    ("POST", "/v1/deliveries/{id}/events", "tell_event", post_event),
    ("POST", "/v1/deliveries/{id}/outcome", "tell_outcome", post_outcome),
    ("POST", "/v1/deliveries/{id}/withdrawal", "tell_withdrawal", post_family_withdrawal),
    ("GET", "/v1/hubs/{hub}/deliveries", "list_deliveries", get_deliveries),
    ("GET", "/v1/deliveries/{id}", "collect", get_delivery),
    ("POST", "/v1/deliveries/{id}/acknowledgement", "acknowledge", post_acknowledgement),
    ("PUT", "/v1/attachments/{sha256}", "attach", put_attachment),
    ("GET", "/v1/notices", "word", get_word),
    ("POST", "/v1/notices/{id}/acknowledgement", "word_read", post_word_read),
    ("GET", "/v1/manifests/{day}", "manifest", get_manifest),
    ("POST", "/v1/manifests/{day}/compare", "compare", post_compare),
    ("POST", "/fhir/$process-message", "submit", post_message),
    ("GET", "/fhir/metadata", "fhir", get_metadata),
    ("GET", "/fhir/MessageDefinition", "fhir", get_definitions),
    ("GET", "/fhir/MessageDefinition/{id}", "fhir", get_definition),
    ("POST", PATH, "token", post_token),
    ("GET", "/health/live", "live", get_live),
    ("GET", "/health/ready", "ready", get_ready),
    ("GET", "/openapi.json", "openapi", get_openapi),
    ("GET", "/problems/{slug}", "problem_page", get_problem),
)
"""method, path, operation of `flows.access.ALLOWED`, and what answers."""


def _route(gateway: Gateway, path: str, operation: str, door: Door) -> Callable[[Request], Awaitable[Response]]:
    """The door behind its guard. Raises KeyError for an operation that `flows.access` does not list."""
    ALLOWED[operation]

    async def route(request: Request) -> Response:
        request.state.caller = None
        try:
            with gateway.traces.span("request", route=path):
                request.state.caller = _caller(gateway, operation, request)
                return await door(gateway, request)
        except GatewayError as error:
            return _told(request, error, _emergency(gateway, request.state.caller))
        except Exception as error:
            return _unexpected(request, error, _emergency(gateway, request.state.caller))

    return route


def _caller(gateway: Gateway, operation: str, request: Request) -> Caller | None:
    header = request.headers.get("authorization")
    return admit(operation, gateway.callers, header, lambda token: token_caller(gateway, token))


async def _canonical(gateway: Gateway, request: Request, key: str, corrects: str = "") -> intake.Sent:
    sent = await _sent(gateway, request, intake.CANONICAL, key, gateway.settings.max_referral)
    return replace(sent, corrects=corrects) if corrects else sent


async def _native(gateway: Gateway, request: Request, key: str) -> intake.Sent:
    source = request.path_params["source"]
    if source == intake.CANONICAL:
        raise UnknownSource("Send a canonical referral to /v1/referrals.")
    return await _sent(gateway, request, source, key, gateway.settings.max_submission)


async def _sent(gateway: Gateway, request: Request, source: str, key: str, largest: int) -> intake.Sent:
    """What this request sends. Its bytes are read last, once it is known that the sender may send them."""
    caller = caller_of(request)
    kind = media_type_of(request)
    council = request.query_params.get("council", caller.registration.council)
    kinds = intake.media_types(gateway, caller, council, source)
    if kind not in kinds:
        raise WrongMediaType(f"Send this as {' or '.join(kinds)}.")
    confirmed = confirmed_in(request.headers)
    # A canonical referral has a limit of its own, which only this door has (settled 26).
    remedy = "Send it as a file, with `gateway receive`." if source == intake.CANONICAL else SMALLER
    body = await body_of(request, largest, gateway.settings.receive_deadline, remedy)
    return intake.Sent(caller, council, source, key, body, kind, confirmed=confirmed)


def _emergency(gateway: Gateway, caller: Caller | None) -> str:
    """The line every error carries: the council's own numbers once it is known whose sender asks (settled 4)."""
    return EMERGENCY if caller is None else gateway.council(caller.registration.council).emergency


def _told(request: Request, error: GatewayError, emergency: str) -> Response:
    instance = str(uuid4())
    if error.status >= 500:
        _LOG.warning("could not serve a request", extra={"problem": error.slug(), "request": instance})
    headers = {}
    if error.retry_after:
        headers["retry-after"] = str(error.retry_after)
    if error.replayed:
        headers["idempotency-replayed"] = "true"
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    body, kind = worded(request.url.path, error, instance, emergency)
    return Response(body, error.status, headers, kind)


def _unexpected(request: Request, error: Exception, emergency: str) -> Response:
    instance = str(uuid4())
    _LOG.error("unexpected", exc_info=error, extra={"request": instance})
    told = GatewayError("Something went wrong at our end. The same key is safe to send again.")
    body, kind = worded(request.url.path, told, instance, emergency)
    return Response(body, told.status, media_type=kind)


def _no_such_route(gateway: Gateway) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The framework found no route for an address or a method: a page for a browser, a problem for a system."""

    async def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        what: type[GatewayError] = {404: NotFound, 405: WrongMethod}.get(error.status_code, SenderError)
        if is_browser(request):
            return await no_page(gateway, request, what("There is no page at this address. Begin at the start page."))
        body, kind = worded(request.url.path, what(), str(uuid4()))
        return Response(body, what.status, error.headers, kind)

    return answer
