"""Errors as RFC 9457 problem details: the only room that knows both.

A body names place, expectation and remedy, carries the emergency line, and never repeats a value of the request.
"""

from __future__ import annotations

import json

from pydantic import ValidationError

from contracts.adapter import Fault
from contracts.errors import GatewayError

MEDIA_TYPE = "application/problem+json"

EMERGENCY = "If a child is in immediate danger ring 999 now. Do not wait for this system."
"""On every error: whoever reads it may be trying to protect a child (settled 4)."""


def problem(error: GatewayError, instance: str = "", emergency: str = EMERGENCY) -> bytes:
    """The body for one error. `instance` is the request id."""
    body: dict[str, object] = {
        "type": f"/problems/{type(error).slug()}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "emergency": emergency,
    }
    if instance:
        body["instance"] = f"urn:uuid:{instance}"
    if error.faults:
        body["errors"] = [fault_out(fault) for fault in error.faults[:100]]
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def fault_out(fault: Fault) -> dict[str, str]:
    """One fault as it is shown: where, what was expected, what to do."""
    shown = {"position": fault.position, "pointer": fault.pointer, "expected": fault.expected, "remedy": fault.remedy}
    return {name: value for name, value in shown.items() if value}


def faults_of(error: ValidationError) -> tuple[Fault, ...]:
    """Pydantic's complaints as faults: JSON pointers and expectations, never the input (dependencies, finding 4)."""
    return tuple(
        Fault(
            position="",
            pointer="".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in _known(item["loc"])),
            expected=_EXPECTED.get(item["type"], _plain(item["msg"])),
            remedy=_REMEDY.get(item["type"], "Put this field right and send the whole referral again."),
        )
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    )


def _known(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    # A field name nobody defined may itself hold data; it is shown only when it looks like a field name.
    return tuple(
        step if isinstance(step, int) or (step.replace("_", "").isalnum() and len(step) < 60) else "…" for step in loc
    )


def _plain(message: str) -> str:
    return message.split(", input")[0].removeprefix("Input should be ").removeprefix("Value error, ")


_EXPECTED = {
    "extra_forbidden": "no field of this name",
    "missing": "this field",
    "string_type": "text in quotes",
    "date_type": 'a date in quotes, such as "2015-03-14"',
    "date_from_datetime_parsing": 'a date in quotes, such as "2015-03-14"',
    "date_parsing": 'a date in quotes, such as "2015-03-14"',
    "bool_type": "true or false, without quotes",
    "int_type": "a whole number, without quotes",
    "json_invalid": "valid JSON",
    "enum": "one of the listed values",
    "literal_error": "one of the listed values",
}
_REMEDY = {
    "extra_forbidden": "Take it out, or put the answer under other_answers so that nothing is lost.",
    "missing": "Add it.",
    "enum": "Use a value from the published schema.",
    "literal_error": "Use a value from the published schema.",
}
