"""An error in the words of the door it came to: OperationOutcome under /fhir, problem details everywhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from adapters.formats.fhir.answers import issue, operation_outcome
from adapters.formats.fhir.terms import MEDIA_TYPE as FHIR
from adapters.formats.fhir.terms import Resource
from contracts.adapter import Fault
from contracts.errors import GatewayError, KeyUsedForOtherContent, NoIdempotencyKey
from gateway.doors import problems
from gateway.doors.problems import EMERGENCY

_BY_STATUS: Final[Mapping[int, str]] = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    408: "timeout",
    409: "transient",
    413: "too-long",
    415: "not-supported",
    422: "invalid",
    503: "transient",
}
"""HTTP status → IssueType. Never `duplicate`, which would tell a sender that its message has arrived."""

_BY_KIND: Final[Mapping[type[GatewayError], str]] = {NoIdempotencyKey: "required", KeyUsedForOtherContent: "conflict"}
_PATH: Final = re.compile(r"(?:/(?:[a-zA-Z]+|[0-9]+))+")


def worded(path: str, error: GatewayError, instance: str = "", emergency: str = EMERGENCY) -> tuple[bytes, str]:
    """The body for one error of a request to this path, and its media type. `instance` is the request's id."""
    if path != "/fhir" and not path.startswith("/fhir/"):
        return problems.problem(error, instance, emergency), problems.MEDIA_TYPE
    return json.dumps(outcome(error, instance, emergency), ensure_ascii=False, separators=(",", ":")).encode(), FHIR


def outcome(error: GatewayError, instance: str = "", emergency: str = EMERGENCY) -> Resource:
    """One error as OperationOutcome: what it is, each fault with its place, and whom to ring."""
    code = _BY_KIND.get(type(error)) or _BY_STATUS.get(error.status, "exception")
    first = issue("error", code, error.title, slug=error.slug(), diagnostics=error.detail)
    faults = [_fault(fault) for fault in error.faults[:100]]
    made = operation_outcome([first, *faults, issue("information", "informational", emergency)])
    return made | ({"id": instance} if instance else {})


def _fault(fault: Fault) -> Resource:
    """One fault. A pointer into the Bundle becomes FHIRPath; any other place is told in words."""
    if fault.pointer.startswith("/entry") and _PATH.fullmatch(fault.pointer):
        made = issue("error", "value", f"Expected {fault.expected}.", diagnostics=fault.remedy)
        steps = (f"[{step}]" if step.isdecimal() else f".{step}" for step in fault.pointer.split("/")[1:])
        return made | {"expression": [f"Bundle{''.join(steps)}"]}
    place = ", ".join(filter(None, (fault.position, fault.pointer)))
    return issue("error", "value", f"Expected {fault.expected}.", diagnostics=f"{place}: {fault.remedy}".lstrip(": "))
