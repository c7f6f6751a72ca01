"""What every door does with a request and its answer: who asks, under which key, and JSON back."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from fastapi import Request, Response

from contracts.errors import NoIdempotencyKey, WrongMediaType
from gateway.flows.access import Caller
from gateway.flows.submissions.sent import Answer

JSON: Final = "application/json"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


def caller_of(request: Request) -> Caller:
    """Who asks, on a route that not everyone may ask."""
    caller = request.state.caller
    assert isinstance(caller, Caller)
    return caller


def key_of(request: Request, *names: str) -> str:
    """The idempotency key: `Idempotency-Key`, or one of the other headers this door takes. Raises NoIdempotencyKey."""
    for name in ("idempotency-key", *names):
        key = request.headers.get(name, "")
        if _KEY.fullmatch(key):
            return key
    raise NoIdempotencyKey("Send an Idempotency-Key header: 1 to 255 printable characters, new for each.")


def media_type_of(request: Request) -> str:
    """The content type without its parameters, in small letters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def only_json(request: Request) -> None:
    """Raises WrongMediaType for anything but JSON."""
    if media_type_of(request) != JSON:
        raise WrongMediaType(f"Send this as {JSON}.")


def accepted(answer: Answer) -> Response:
    """An answer that is kept, and says whether it was given before."""
    headers = {"idempotency-replayed": "true"} if answer.replayed else None
    return Response(answer.body, answer.status, headers, JSON)


def json_answer(value: Any, status_code: int = 200) -> Response:
    """An answer made now."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status_code, media_type=JSON)
