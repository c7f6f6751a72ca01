"""A message Bundle as the payload it tells of, and what it says besides that nobody here reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.formats.fhir import concerns, requested
from adapters.formats.fhir.people import person_of
from adapters.formats.fhir.remainder import put
from adapters.formats.fhir.terms import OTHER_ANSWERS, REMAINDER, TEST, Resource

Plain = Mapping[str, Any]

_SHAPE: Final = frozenset(
    {"resourceType", "id", "meta", "fullUrl", "reference", "system", "linkId", "text/div", "text/status", "profile"}
)
"""Names under which a message says how it is put together, and nothing about anybody."""


def payload_of(message: Resource) -> dict[str, Any]:
    """The payload that this message tells of, as far as it does.

    Raises ValueError where an answer that no resource gives has a pointer that leads nowhere, and KeyError, TypeError,
    AttributeError or IndexError for what is no FHIR (`checking` looks first).
    """
    found = {entry.get("fullUrl", ""): entry["resource"] for entry in message.get("entry", ())}
    kinds = _by_type(found.values())
    said: dict[str, Any] = {"schema_version": "1", "test": _is_test(message)}
    for request in kinds.get("ServiceRequest", ())[:1]:
        said |= requested.asked_in(request)
        if request.get("status") == "on-hold":
            said["kind"] = "envelope"
    referral = {"schema_version": "1"} | said.get("referral", {})
    said |= _places(kinds)
    flagged = concerns.flagged_in(kinds.get("Flag", ()))
    referral |= flagged.pop("referral", {})
    said |= flagged
    if "council" in said:
        referral["council"] = said["council"]
    referral |= {name: value for name, value in _of_referral(found, kinds).items() if value}
    referral.pop("schema_version")
    said["referral"] = referral
    said["other_answers"] = [*_other_answers(kinds)]
    if dues := [concerns.due_in(one) for one in kinds.get("Task", ())]:
        said["due"] = dues
    for answers in _responses(kinds, REMAINDER):
        said = put(said, answers.get("item", ()))
    return said


def _by_type(resources: Any) -> dict[str, list[Resource]]:
    kinds: dict[str, list[Resource]] = {}
    for resource in resources:
        kinds.setdefault(resource["resourceType"], []).append(resource)
    return kinds


def _is_test(message: Resource) -> bool:
    tags = message.get("meta", {}).get("tag", ())
    return any(tag.get("system") == TEST["system"] and tag.get("code") == TEST["code"] for tag in tags)


def _places(kinds: Mapping[str, Sequence[Resource]]) -> dict[str, str]:
    """Council and hub, by our names."""
    named = ((kind, requested.named_in(one, kind)) for one in kinds.get("Organization", ()) for kind in _OF)
    return {kind: name for kind, name in named if name}


_OF: Final = ("council", "hub")


def _of_referral(found: Mapping[str, Resource], kinds: Mapping[str, Sequence[Resource]]) -> dict[str, Any]:
    people = {url: one for url, one in found.items() if one["resourceType"] in ("Patient", "RelatedPerson")}
    persons = [person_of(one, place) for place, one in enumerate(people.values())]
    names = {url: person["id"] for url, person in zip(people, persons, strict=True)}
    several = len(kinds.get("Patient", ())) > 1

    def of(reference: Any) -> str | None:
        return names.get((reference or {}).get("reference", ""))

    agreements = (concerns.agreement_in(one, of(next(iter(one.get("performer", ())), None)))
                  for one in kinds.get("Consent", ()))  # fmt: skip
    needs = kinds.get("Condition", ())
    return {
        "people": persons,
        "referrer": _referrer(found, kinds),
        "agreements": [one for one in agreements if one],
        "needs": [concerns.need_in(one, of(one.get("subject")) if several else None) for one in needs],
        "level": next((level for one in kinds.get("Observation", ()) if (level := concerns.level_in(one))), {}),
        "attachments": [one for each in kinds.get("DocumentReference", ()) if (one := concerns.document_in(each))],
    }


def _referrer(found: Mapping[str, Resource], kinds: Mapping[str, Sequence[Resource]]) -> dict[str, Any]:
    """Who asks: the practitioner whom the request names, in a role or without one."""
    request = next(iter(kinds.get("ServiceRequest", ())), {})
    role = found.get(request.get("requester", {}).get("reference", ""), {})
    if role.get("resourceType") == "Practitioner":
        return requested.referrer_in({}, role, {})
    if role.get("resourceType") != "PractitionerRole":
        return {}
    practitioner = found.get(role.get("practitioner", {}).get("reference", ""), {})
    organization = found.get(role.get("organization", {}).get("reference", ""), {})
    return requested.referrer_in(role, practitioner, organization)


def _responses(kinds: Mapping[str, Sequence[Resource]], questionnaire: str) -> list[Resource]:
    every = kinds.get("QuestionnaireResponse", ())
    return [one for one in every if one.get("questionnaire", "").partition("|")[0] == questionnaire]


def _other_answers(kinds: Mapping[str, Sequence[Resource]]) -> Iterator[dict[str, Any]]:
    for response in _responses(kinds, OTHER_ANSWERS):
        for item in response.get("item", ()):
            answers = [answer["valueString"] for answer in item.get("answer", ()) if "valueString" in answer]
            if answers and "text" in item:
                yield {"question": item["text"], "answer": "\n\n".join(answers)}


def unread(message: Resource, again: Resource) -> dict[str, Any]:
    """What a message says that writing its payload again would not: by type of resource, in the message's order.

    again  the message that its payload makes. Nothing that a sender wrote is lost: this travels as other answers.
    """
    known = Counter(text for entry in again["entry"][1:] for _, text in _texts(entry["resource"], ""))
    left: dict[str, Any] = {}
    for entry in message.get("entry", ())[1:]:
        resource = entry["resource"]
        own = {}
        for path, text in _texts(resource, ""):
            if known[text]:
                known[text] -= 1
            else:
                own[path] = text
        if own:
            left.setdefault(resource["resourceType"], []).append(own)
    return left


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Each leaf that may tell of somebody, as text, with the names that lead to it."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            step = f"{path}.{name}" if path else name
            if name not in _SHAPE and not (name in ("div", "status") and path.endswith("text")):
                yield from _texts(part, step)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, path)
    elif value is not None:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)
