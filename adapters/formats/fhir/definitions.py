"""What we publish of our FHIR messages: MessageDefinitions, code systems, and what this gateway speaks.

No validator counts the resources that a MessageDefinition allows, or follows its focus: `checking` does, from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from adapters.formats.fhir.terms import EVENTS, FHIR_VERSION, MEDIA_TYPE, OURS, PARTS, REQUEST, RESPONSE, WAITING
from adapters.formats.fhir.terms import Resource as Json
from contracts.agreement import AgreementMeaning
from contracts.people import PersonRole, Protection, ReferrerKind
from contracts.referral import HarmLevel, Purpose

VERSION: Final = "1.0.0"
DATED: Final = "2026-11-23"
PUBLISHER: Final = "Early Help Gateway"

Counts = Mapping[str, tuple[int, str]]
"""Type of resource → how many at least, how many at most ("*" for any number)."""

_EITHER: Final[Counts] = {
    "MessageHeader": (1, "1"),
    "ServiceRequest": (1, "1"),
    "Group": (0, "1"),
    "Organization": (2, "3"),
    "QuestionnaireResponse": (0, "2"),
}

COUNTS: Final[Mapping[str, Counts]] = {
    REQUEST: {
        **_EITHER,
        "Patient": (0, "*"),
        "RelatedPerson": (0, "*"),
        "Practitioner": (0, "1"),
        "PractitionerRole": (0, "1"),
        "Flag": (1, "*"),
        "Consent": (0, "*"),
        "Condition": (0, "*"),
        "Observation": (0, "1"),
        "Task": (0, "*"),
        "DocumentReference": (0, "*"),
    },
    WAITING: _EITHER,
    RESPONSE: {"MessageHeader": (1, "1"), "OperationOutcome": (1, "1")},
}
"""Canonical URL of a message → what stands in it. What is not named does not."""

_TITLES: Final = {
    REQUEST: ("A request for Early Help", "servicerequest-request", "One request for help, whole, to one hub."),
    WAITING: (
        "A request for Early Help waits",
        "servicerequest-request",
        "Tells a hub that a request waits for a person. It names nobody of the family.",
    ),
    RESPONSE: (
        "A request for Early Help was received",
        "servicerequest-response",
        "Names the message that was received. Its details say what became of it.",
    ),
}


def message_definition(url: str) -> Json:
    """One MessageDefinition, by its canonical URL."""
    title, event, description = _TITLES[url]
    focus = [{"code": kind, "min": least, "max": most} for kind, (least, most) in COUNTS[url].items()]
    made: Json = {
        "resourceType": "MessageDefinition",
        "id": url.rpartition(":")[2],
        "url": url,
        "version": VERSION,
        "name": "".join(word.capitalize() for word in url.rpartition(":")[2].split("-")),
        "title": title,
        "status": "active",
        "date": DATED,
        "publisher": PUBLISHER,
        "description": description,
        "eventCoding": {"system": EVENTS, "code": event},
        "category": "notification" if url == RESPONSE else "consequence",
        "focus": focus,
    }
    answer = {"responseRequired": "always", "allowedResponse": [{"message": RESPONSE}]}
    return made | (answer if url != RESPONSE else {"responseRequired": "never"})


def message_definitions() -> tuple[Json, ...]:
    """Every MessageDefinition of ours."""
    return tuple(message_definition(url) for url in COUNTS)


CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "part": PARTS,
    "value": {
        "empty-list": "A list of nothing, which was said",
        "empty-object": "A part without any field",
        "empty-text": "A text of nothing",
        "null": "No value",
        "absent": "What the resources seem to say here is not said",
    },
    "harm": dict.fromkeys(HarmLevel, ""),
    "person-role": dict.fromkeys(PersonRole, ""),
    "protection": dict.fromkeys(Protection, ""),
    "purpose": dict.fromkeys(Purpose, ""),
    "referrer-kind": dict.fromkeys(ReferrerKind, ""),
    "agreement-meaning": dict.fromkeys(AgreementMeaning, ""),
}
"""Code systems of ours that are whole: name → code → what it means, where the code alone does not say."""

ELSEWHERE: Final = ("need", "service", "level", "relationship", "document-kind", "problem")
"""Code systems of ours whose codes are kept elsewhere: in `mappings/codes/`, a council's files, or at `/problems/`."""


def code_system(name: str) -> Json:
    """One CodeSystem of ours. One whose codes a deployment keeps is named, and holds none."""
    codes = CODES.get(name)
    made: Json = {
        "resourceType": "CodeSystem",
        "id": name,
        "url": f"{OURS}:CodeSystem:{name}",
        "version": VERSION,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "status": "active",
        "date": DATED,
        "publisher": PUBLISHER,
        "caseSensitive": True,
        "content": "complete" if codes is not None else "not-present",
    }
    if codes is None:
        return made | {"description": "Its codes are kept where docs/fhir.md says."}
    concepts = [
        {"code": str(code), "display": meaning or str(code).replace("_", " ").capitalize()}
        for code, meaning in codes.items()
    ]
    return made | {"count": len(concepts), "concept": concepts}


def code_systems() -> tuple[Json, ...]:
    """Every CodeSystem of ours."""
    return tuple(code_system(name) for name in (*CODES, *ELSEWHERE))


class Mode(StrEnum):
    """Which end of a message a system is."""

    SENDER = "sender"
    RECEIVER = "receiver"


def capability_statement() -> Json:
    """What this gateway speaks: it takes a request by $process-message, and publishes its MessageDefinitions."""
    messages = [
        {"mode": mode.value, "definition": url}
        for mode, url in ((Mode.RECEIVER, REQUEST), (Mode.SENDER, REQUEST), (Mode.SENDER, WAITING))
    ]
    process = "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message"
    return {
        "resourceType": "CapabilityStatement",
        "id": "early-help-gateway",
        "url": f"{OURS}:CapabilityStatement:early-help-gateway",
        "version": VERSION,
        "name": "EarlyHelpGateway",
        "title": "Early Help Gateway",
        "status": "active",
        "date": DATED,
        "publisher": PUBLISHER,
        "description": "Takes a request for Early Help as one message. It has no resources to read or to search.",
        "kind": "instance",
        "software": {"name": PUBLISHER},
        "implementation": {"description": PUBLISHER},
        "fhirVersion": FHIR_VERSION,
        "format": [MEDIA_TYPE],
        "rest": [
            {
                "mode": "server",
                "security": {"cors": False, "description": "A key of the council, as a bearer token."},
                "resource": [{"type": "MessageDefinition", "interaction": [{"code": "read"}, {"code": "search-type"}]}],
                "operation": [{"name": "process-message", "definition": process}],
            }
        ],
        "messaging": [{"supportedMessage": messages}],
    }
