"""Answers in FHIR: the message that says another was received, and OperationOutcome. Neither tells of a family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID, uuid5

from adapters.formats.fhir.terms import EVENTS, OURS, RESPONSE, Resource, guid, our_system

SOFTWARE: Final = "early-help-gateway"


def issue(severity: str, code: str, text: str, *, slug: str = "", diagnostics: str = "") -> Resource:
    """One issue. `slug` is the name of our own error; text and diagnostics are our words."""
    details: Resource = {"text": text}
    if slug:
        details["coding"] = [{"system": our_system("problem"), "code": slug}]
    made: Resource = {"severity": severity, "code": code, "details": details}
    return made | ({"diagnostics": diagnostics} if diagnostics else {})


def operation_outcome(issues: Iterable[Resource]) -> Resource:
    """An OperationOutcome of these issues, at least one."""
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def response(message: str, endpoint: str, issues: Iterable[Resource]) -> Resource:
    """The message that says that `message` was received. The same for the same message, however often it is asked for.

    message   id of the Bundle that was received
    endpoint  where its sender said that it is, to which this goes
    """
    own = str(uuid5(UUID(guid(message)), "response"))
    outcome = str(uuid5(UUID(own), "details"))
    header: Resource = {
        "resourceType": "MessageHeader",
        "id": own,
        "eventCoding": {"system": EVENTS, "code": "servicerequest-response"},
        "destination": [{"endpoint": endpoint}],
        "source": {"software": SOFTWARE, "endpoint": f"{OURS}:gateway"},
        "response": {"identifier": message, "code": "ok", "details": {"reference": f"urn:uuid:{outcome}"}},
        "definition": RESPONSE,
    }
    return {
        "resourceType": "Bundle",
        "id": own,
        "type": "message",
        "entry": [
            {"fullUrl": f"urn:uuid:{own}", "resource": header},
            {"fullUrl": f"urn:uuid:{outcome}", "resource": operation_outcome(issues)},
        ],
    }


def acknowledges(message: Any, sent: str) -> bool:
    """Whether this is a message that says that the one of this id was received, and is in order."""
    entries = message.get("entry") if isinstance(message, Mapping) else None
    if not isinstance(entries, list) or not entries or message.get("type") != "message":
        return False
    header = entries[0].get("resource") if isinstance(entries[0], Mapping) else None
    said = header.get("response") if isinstance(header, Mapping) else None
    if not isinstance(said, Mapping) or header.get("resourceType") != "MessageHeader":  # type: ignore[union-attr]
        return False
    return (said.get("identifier"), said.get("code")) == (sent, "ok")


def says_duplicate(outcome: Any) -> bool:
    """Whether this OperationOutcome says that the message was received before."""
    if not isinstance(outcome, Mapping) or outcome.get("resourceType") != "OperationOutcome":
        return False
    issues = outcome.get("issue")
    return isinstance(issues, list) and any(
        isinstance(one, Mapping) and one.get("code") == "duplicate" for one in issues
    )
