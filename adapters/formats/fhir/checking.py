"""What a message of ours must keep to, checked before it leaves and when one arrives.

Shape and types are the library's to check. What no validator does is done here: codes of required bindings and of our
own systems, counts and focus of the MessageDefinition, references, and the rules of R4 and UK Core that concern us.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from adapters.formats.fhir.definitions import CODES, COUNTS
from adapters.formats.fhir.terms import EVENTS, HL7, NHS_NUMBER, RESPONSE, Resource, our_system

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "structure": ("what FHIR R4 allows here", "Validate the message against FHIR R4, and put this element right."),
    "required_code": ("a code of this element's required list", "Use one of the codes that FHIR R4 lists for it."),
    "our_code": ("a code of our published list", "Use a code of the CodeSystem that we publish under this system."),
    "not_a_message": ("a Bundle of the type message", "Send one message Bundle."),
    "header_not_first": ("a MessageHeader as the first entry, and no other", "Put the MessageHeader first (bdl-12)."),
    "definition": ("a message of ours, in MessageHeader.definition", "Use a message that /fhir/metadata lists."),
    "event": ("the event of its MessageDefinition", "Use the event that the MessageDefinition names."),
    "focus": ("the ServiceRequest of this message as its focus", "Let MessageHeader.focus refer to it."),
    "count": ("as many of these as the MessageDefinition allows", "Compare the message with its MessageDefinition."),
    "full_url": ("a fullUrl of its own in each entry", "Give each entry its own urn:uuid (bdl-7)."),
    "reference": ("a reference to an entry of this message", "Add what it refers to, or leave the reference out."),
    "consent_policy": ("policy or policyRule in each Consent", "Say by which rule it was given (ppc-1)."),
    "consent_patient": ("the patient of each Consent of this scope", "Name the patient (ppc-2)."),
    "nhs_number": ("an NHS number that was verified, or none", "Leave out an NHS number that nobody verified."),
    "not_whole": ("a message that reads back as what it was made of", "Report this: it is a fault of the gateway."),
}
"""Code of what may be wrong → what was expected, what to do."""

_VERIFIED: Final = "number-present-and-verified"


class Wrong(NamedTuple):
    """One thing wrong with a message: its code, and a pointer into the message. Never a value of it."""

    code: str
    pointer: str


def wrong_with(message: Any) -> tuple[Wrong, ...]:
    """All that is wrong with a message, structure first: what is no FHIR is not looked into any further."""
    structure = tuple(_structure(message))
    return structure or tuple(dict.fromkeys((*_whole(message), *_entries(message))))


def _structure(message: Any) -> Iterator[Wrong]:
    # Imported here: it takes 0.2 s, and only councils that speak FHIR need it.
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    if not isinstance(message, dict) or message.get("resourceType") != "Bundle":
        yield Wrong("not_a_message", "")
        return
    try:
        model = get_fhir_model_class("Bundle").model_validate(message)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False, include_context=False):
            yield Wrong("structure", _shown(detail["loc"], detail["type"]))
        return
    except (LookupError, TypeError, AttributeError, RecursionError):
        yield Wrong("structure", "")
        return
    yield from _required_codes(model, "")
    yield from _missing(message)


def _missing(message: Resource) -> Iterator[Wrong]:
    """What the library takes and FHIR does not: an entry without a resource (bdl-5), a name with null."""
    for place, entry in enumerate(message.get("entry") or ()):
        if not (entry.get("resource") or {}).get("resourceType"):
            yield Wrong("structure", f"/entry/{place}/resource")
    yield from (Wrong("structure", pointer) for pointer in _nothing(message, ""))


def _nothing(value: Any, at: str) -> Iterator[str]:
    """Pointers of members that are null. In an array null has a meaning: the place of an extension."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from (f"{at}/{name}",) if part is None else _nothing(part, f"{at}/{name}")
    if isinstance(value, list):
        for place, part in enumerate(value):
            yield from _nothing(part, f"{at}/{place}")


def _shown(loc: tuple[int | str, ...], kind: str) -> str:
    """The pointer. A name that FHIR does not have may be somebody's, so it is not shown."""
    steps = loc[:-1] if kind == "extra_forbidden" else loc
    return "".join(f"/{step}" for step in steps)


def _required_codes(part: Any, at: str) -> Iterator[Wrong]:
    """Codes outside a required binding: the library knows the lists, and does not hold codes against them."""
    for name, info in type(part).model_fields.items():
        value = getattr(part, name, None)
        if value is None:
            continue
        extra = info.json_schema_extra
        allowed = extra.get("enum_values") if isinstance(extra, dict) else None
        each = value if isinstance(value, list) else [value]
        for place, one in enumerate(each):
            pointer = f"{at}/{info.alias or name}" + (f"/{place}" if isinstance(value, list) else "")
            if allowed and isinstance(one, str) and one not in allowed:
                yield Wrong("required_code", pointer)
            elif hasattr(type(one), "model_fields"):
                yield from _required_codes(one, pointer)


def _whole(message: Resource) -> Iterator[Wrong]:
    """What is wrong with the message as one: type, header, definition, counts."""
    if message["type"] != "message":
        yield Wrong("not_a_message", "/type")
    kinds = [entry.get("resource", {}).get("resourceType", "") for entry in message.get("entry", ())]
    if kinds[:1] != ["MessageHeader"] or kinds.count("MessageHeader") != 1:
        yield Wrong("header_not_first", "/entry")
        return
    header = message["entry"][0]["resource"]
    definition = header.get("definition", "").partition("|")[0]
    counts = COUNTS.get(definition)
    if counts is None:
        yield Wrong("definition", "/entry/0/resource/definition")
        return
    event = "servicerequest-response" if definition == RESPONSE else "servicerequest-request"
    coding = header.get("eventCoding", {})
    if (coding.get("system"), coding.get("code")) != (EVENTS, event):
        yield Wrong("event", "/entry/0/resource/eventCoding")
    if definition != RESPONSE:
        yield from _focus(message, header)
    for kind in {*kinds, *counts}:
        least, most = counts.get(kind, (0, "0"))
        if kinds.count(kind) < least or (most != "*" and kinds.count(kind) > int(most)):
            yield Wrong("count", "/entry")


def _focus(message: Resource, header: Resource) -> Iterator[Wrong]:
    requests = [
        entry.get("fullUrl") for entry in message["entry"] if entry["resource"]["resourceType"] == "ServiceRequest"
    ]
    if [one.get("reference") for one in header.get("focus", ())] != requests:
        yield Wrong("focus", "/entry/0/resource/focus")


def _entries(message: Resource) -> Iterator[Wrong]:
    """What is wrong with single entries: full URLs, references, and the rules of their resources."""
    urls = Counter(entry.get("fullUrl", "") for entry in message.get("entry", ()))
    for place, entry in enumerate(message.get("entry", ())):
        at = f"/entry/{place}"
        resource = entry.get("resource", {})
        if urls[entry.get("fullUrl", "")] > 1 or not entry.get("fullUrl"):
            yield Wrong("full_url", f"{at}/fullUrl")
        yield from _inside(resource, f"{at}/resource", urls)
        if resource.get("resourceType") == "Consent":
            yield from _consent(resource, f"{at}/resource")
        if resource.get("resourceType") == "Patient":
            yield from _patient(resource, f"{at}/resource")


def _inside(value: Any, at: str, urls: Mapping[str, int]) -> Iterator[Wrong]:
    """References to nothing, and codes that our own systems do not have, anywhere in a resource."""
    if isinstance(value, list):
        for place, part in enumerate(value):
            yield from _inside(part, f"{at}/{place}", urls)
    if not isinstance(value, dict):
        return
    reference = value.get("reference")
    if isinstance(reference, str) and reference not in urls:
        yield Wrong("reference", f"{at}/reference")
    known = _OURS.get(value.get("system", ""))
    if known is not None and "code" in value and value["code"] not in known:
        yield Wrong("our_code", f"{at}/code")
    for name, part in value.items():
        yield from _inside(part, f"{at}/{name}", urls)


_OURS: Final = {our_system(name): frozenset(map(str, codes)) for name, codes in CODES.items()}


def _consent(resource: Resource, at: str) -> Iterator[Wrong]:
    if not resource.get("policy") and not resource.get("policyRule"):
        yield Wrong("consent_policy", at)
    scopes = [(one.get("system"), one.get("code")) for one in resource["scope"].get("coding", ())]
    if (f"{HL7}/consentscope", "patient-privacy") in scopes and "patient" not in resource:
        yield Wrong("consent_patient", at)


def _patient(resource: Resource, at: str) -> Iterator[Wrong]:
    for place, one in enumerate(resource.get("identifier", ())):
        if one.get("system") == NHS_NUMBER and _VERIFIED not in _codes(one):
            yield Wrong("nhs_number", f"{at}/identifier/{place}")


def _codes(identifier: Resource) -> list[str]:
    """What the extensions of an identifier say of it."""
    values = [one.get("valueCodeableConcept", {}) for one in identifier.get("extension", ())]
    return [coding.get("code", "") for value in values for coding in value.get("coding", ())]
