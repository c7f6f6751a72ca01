"""The FHIR door: a request for help by $process-message, and what this gateway speaks. Routes are in `api.ROUTES`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from fastapi import Request, Response

from adapters.formats.fhir.answers import issue, response
from adapters.formats.fhir.definitions import capability_statement, message_definitions
from adapters.formats.fhir.terms import MEDIA_TYPE, Resource
from adapters.sources.fhir_message import NAME, message_id
from contracts.errors import NoIdempotencyKey, NotAllowed, NotFound, WrongMediaType
from gateway.doors.exchange import JSON, caller_of, media_type_of
from gateway.doors.limits import body_of
from gateway.flows.gateway import Gateway
from gateway.flows.sign_in.scope import OTHER_SOURCE
from gateway.flows.submissions import intake

_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_IDS: Final = ("x-request-id", "x-correlation-id")


async def post_message(gateway: Gateway, request: Request) -> Response:
    """POST /fhir/$process-message: one request for help, answered by a message that names it."""
    caller, key = caller_of(request), _request_id(request)
    if media_type_of(request) not in (MEDIA_TYPE, JSON):
        raise WrongMediaType(f"Send the message as {MEDIA_TYPE}.")
    council = request.query_params.get("council", caller.registration.council)
    intake.media_types(gateway, caller, council, NAME)
    if NAME not in caller.registration.sources:
        raise NotAllowed(OTHER_SOURCE)
    body = await body_of(request, gateway.settings.max_submission, gateway.settings.receive_deadline)
    answer = await intake.receive(gateway, intake.Sent(caller, council, NAME, key, body, MEDIA_TYPE))
    message = json.loads(body)
    told = response(message_id(message), message["entry"][0]["resource"]["source"]["endpoint"], _issues(answer.body))
    headers = {"idempotency-replayed": "true"} if answer.replayed else {}
    return _fhir(
        told, headers | {name: said for name in _IDS if _GUID.fullmatch(said := request.headers.get(name, ""))}
    )


async def get_metadata(gateway: Gateway, request: Request) -> Response:
    """GET /fhir/metadata: the CapabilityStatement."""
    return _fhir(capability_statement())


async def get_definitions(gateway: Gateway, request: Request) -> Response:
    """GET /fhir/MessageDefinition: every message that is taken or sent."""
    found = message_definitions()
    entries = [{"fullUrl": one["url"], "resource": one, "search": {"mode": "match"}} for one in found]
    return _fhir({"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": entries})


async def get_definition(gateway: Gateway, request: Request) -> Response:
    """GET /fhir/MessageDefinition/{id}: one of them."""
    named = {one["id"]: one for one in message_definitions()}
    if request.path_params["id"] not in named:
        raise NotFound()
    return _fhir(named[request.path_params["id"]])


def _request_id(request: Request) -> str:
    """The message's own id, by which sending it twice is safe. Raises NoIdempotencyKey."""
    found = request.headers.get("x-request-id", "")
    if not _GUID.fullmatch(found):
        raise NoIdempotencyKey(
            "Send an X-Request-Id header: a GUID, new for each message, the same when it is repeated."
        )
    return found.lower()


def _issues(answer: bytes) -> Iterable[Resource]:
    """What became of the request, as issues of the answer's details: each decision in words, doubts, whom to ring."""
    told: Mapping[str, Any] = json.loads(answer)
    for receipt in told["receipts"]:
        yield from _of_receipt(receipt)
    yield issue("information", "informational", told["emergency"])


def _of_receipt(receipt: Mapping[str, Any]) -> Iterator[Resource]:
    place = receipt.get("status", f"/v1/referrals/{receipt.get('referral', '')}")
    said = [decision["say"] for decision in receipt.get("decisions", ())] or [receipt.get("say", "Received.")]
    for words in said:
        yield issue(
            "information", "informational", words if isinstance(words, str) else " ".join(words), diagnostics=place
        )
    for warning in receipt.get("warnings", ()):
        where = ", ".join(warning[name] for name in ("position", "pointer") if name in warning)
        text = f"Expected {warning['expected']}. {warning['remedy']}"
        yield issue("warning", "value", text, diagnostics=where)


def _fhir(resource: Resource, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, 200, dict(headers or {}), f"{MEDIA_TYPE}; charset=utf-8")
