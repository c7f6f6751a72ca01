"""POST /oauth/token: short-lived access for a system that signs with its own key."""

from __future__ import annotations

from fastapi import Request, Response

from contracts.errors import NotAuthenticated, SenderError
from gateway.doors.exchange import json_answer
from gateway.doors.limits import body_of
from gateway.doors.pages.forms import read_form
from gateway.flows.gateway import Gateway
from gateway.flows.sign_in.granting import grant

_LARGEST = 16_384


async def post_token(gateway: Gateway, request: Request) -> Response:
    """POST /oauth/token. Its errors are spelt as RFC 6749, 5.2 has them, which every OAuth client reads."""
    body = await body_of(request, _LARGEST, gateway.settings.receive_deadline)
    form = await read_form(request.headers, body)
    try:
        return json_answer(await grant(gateway, {name: values[0] for name, values in form.items() if values}))
    except NotAuthenticated as error:
        return json_answer({"error": "invalid_client", "error_description": str(error)}, 401)
    except SenderError as error:
        code = "invalid_scope" if "scope" in form else "invalid_request"
        return json_answer({"error": code, "error_description": str(error)}, 400)
