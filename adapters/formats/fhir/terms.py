"""The names our FHIR messages use: systems, codes, and the canonical URLs of what we publish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

Resource = dict[str, Any]

FHIR_VERSION: Final = "4.0.1"
MEDIA_TYPE: Final = "application/fhir+json"
OURS: Final = "urn:early-help-gateway"
HL7: Final = "http://terminology.hl7.org/CodeSystem"
BARS: Final = "https://fhir.nhs.uk/CodeSystem"
UK_CORE: Final = "https://fhir.hl7.org.uk/StructureDefinition"

REQUEST: Final = f"{OURS}:MessageDefinition:early-help-referral-request"
"""One request for help, whole."""
WAITING: Final = f"{OURS}:MessageDefinition:early-help-referral-waiting"
"""That a request waits for a person: it names nobody (settled 43)."""
RESPONSE: Final = f"{OURS}:MessageDefinition:early-help-referral-response"
"""That one of the two was received."""

EVENTS: Final = f"{BARS}/message-events-bars"
REASONS: Final = f"{BARS}/message-reason-bars"
CATEGORY: Final = f"{BARS}/message-category-servicerequest"
TEST: Final[Mapping[str, str]] = {"system": f"{HL7}/v3-ActReason", "code": "HTEST"}
"""On a Bundle of which nobody is to act (settled 53)."""

NHS_NUMBER: Final = "https://fhir.nhs.uk/Id/nhs-number"

REMAINDER: Final = f"{OURS}:Questionnaire:what-no-resource-says"
OTHER_ANSWERS: Final = f"{OURS}:Questionnaire:other-answers"

EMPTY: Final[Mapping[str, Any]] = {"empty-list": [], "empty-object": {}, "null": None, "empty-text": ""}
ABSENT: Final = "absent"
"""What an item says of a value that cannot stand in FHIR; `absent`: what the resources seem to say is not there."""

SEX: Final[Mapping[str, str]] = {"M": "male", "F": "female", "U": "unknown"}
"""CBDS sex → administrative gender."""
AGREED: Final[Mapping[str, str]] = {"given": "active", "refused": "rejected", "withdrawn": "inactive"}
"""What one giver said → Consent.status. Where nobody was asked there is no Consent."""
LINES: Final[Mapping[str, str]] = {"H": "home", "M": "mobile", "W": "work"}
"""CBDS telephone type → ContactPoint.use."""

PARTS: Final[Mapping[str, str]] = {
    "need": "A need",
    "safety": "The answer to the question about harm",
    "protection": "A flag that protects somebody in the message",
    "notice": "A sentence that sender and recipient both see",
    "ring": "Whom to ring before anybody contacts the family",
    "level": "The level of need that the sender declared",
    "agreement": "What one person said about this service and this sharing: not implied, and never direct care",
    "reason": "Why help is asked for",
}
"""Code list `part`: what a resource is of, where its type alone does not say."""


def our_system(name: str) -> str:
    """The system of one of our own code lists."""
    return f"{OURS}:CodeSystem:{name}"


def our_id(name: str) -> str:
    """The system of one kind of identifier of ours."""
    return f"{OURS}:Id:{name}"


def coded(system: str, code: str) -> Resource:
    """A CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code}]}


def part(code: str) -> Resource:
    """What a resource is of."""
    return coded(our_system("part"), code)


def is_part(concepts: Any, code: str) -> bool:
    """Whether one of these CodeableConcepts says that."""
    return any(code_in(concept, our_system("part")) == code for concept in concepts or ())


def code_in(concept: Any, system: str) -> str | None:
    """The code of that system in a CodeableConcept, None if it has none."""
    codings = (concept or {}).get("coding") or ()
    return next((one["code"] for one in codings if one.get("system") == system and "code" in one), None)


def guid(name: str) -> str:
    """An id of ours as a GUID: BaRS names messages and conversations so. The same id gives the same one."""
    try:
        return str(UUID(name))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"{OURS}:{name}"))
