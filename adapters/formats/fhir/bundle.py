"""A payload as a FHIR R4 message Bundle: a header, a ServiceRequest, and whatever else the payload has a resource for.

The same payload under the same id gives the same bytes, so that what is sent again is a repeat and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid5

from adapters.formats.fhir import concerns, requested
from adapters.formats.fhir.people import resource_of
from adapters.formats.fhir.reading import payload_of
from adapters.formats.fhir.remainder import items, speakable
from adapters.formats.fhir.terms import (
    EVENTS,
    OTHER_ANSWERS,
    OURS,
    REASONS,
    REMAINDER,
    REQUEST,
    TEST,
    WAITING,
    Resource,
    guid,
)

Plain = Mapping[str, Any]

SOFTWARE: Final = "early-help-gateway"


@dataclass(slots=True)
class _Message:
    """A message while it is put together: its entries so far, each under a full URL that its place decides."""

    id: str
    entries: list[Resource] = field(default_factory=list)

    def add(self, resource: Resource) -> str:
        """The full URL under which it now stands."""
        url = f"urn:uuid:{uuid5(UUID(self.id), str(len(self.entries)))}"
        self.entries.append({"fullUrl": url, "resource": resource})
        return url

    def add_all(self, resources: Iterable[Resource]) -> list[str]:
        return [self.add(resource) for resource in resources]


def bundle(payload: Plain, delivery: str) -> Resource:
    """The message that tells of this payload. Raises KeyError for one without reference, council and hub.

    delivery  our id of it, under which the hub acknowledges it
    """
    spoken = speakable(payload)
    message = _Message(guid(delivery))
    council = message.add(requested.organization("council", spoken["council"]))
    hub = message.add(requested.organization("hub", spoken["hub"], council))
    patients, everybody, subject = _people(message, spoken.get("referral", {}))
    requester = _requester(message, spoken.get("referral", {}).get("referrer", {}))
    about = _about(message, spoken, patients, everybody, subject)
    request = requested.service_request(spoken, subject, hub, requester, about)
    focus = message.add(request)
    message.add_all(concerns.tasks(spoken, focus))
    made = _finished(message, payload, council, hub, focus)
    rest = items(payload, payload_of(made))
    if rest:
        request.setdefault("supportingInfo", []).append({"reference": message.add(_answers(REMAINDER, rest, subject))})
        made = _finished(message, payload, council, hub, focus)
    return made


def _people(message: _Message, referral: Plain) -> tuple[list[str], dict[str, str], str]:
    """Full URLs of the patients, of everybody by id, and of whom the request is about: one patient, or a Group."""
    people = referral.get("people", ())
    asked = [person for person in people if "child" in person.get("roles", ())] or list(people[:1])
    places = {id(person): f"urn:uuid:{uuid5(UUID(message.id), str(len(message.entries) + place))}"
              for place, person in enumerate(people)}  # fmt: skip
    patients = [places[id(person)] for person in asked]
    everybody: dict[str, str] = {}
    for person in people:
        own = places[id(person)]
        kinds = [one["kind"] for one in referral.get("relationships", ()) if _is_of(one, person, asked)]
        message.add(resource_of(person, None if own in patients else patients[0], kinds))
        if "id" in person:
            everybody[person["id"]] = own
    if len(patients) == 1:
        return patients, everybody, patients[0]
    members = [{"entity": {"reference": patient}} for patient in patients]
    group: Resource = {"resourceType": "Group", "type": "person", "actual": bool(members)}
    return patients, everybody, message.add(group | ({"member": members} if members else {}))


def _is_of(relationship: Plain, person: Plain, asked: Sequence[Plain]) -> bool:
    """Whether this says how the person is related to the first whom help is asked for."""
    ends = (relationship.get("person"), relationship.get("to"))
    return "kind" in relationship and ends == (person.get("id"), asked[0].get("id")) and None not in ends


def _requester(message: _Message, referrer: Plain) -> str | None:
    if not requested.is_practitioner(referrer):
        return None
    practitioner, organization = None, None
    if referrer.get("name"):
        practitioner = message.add({"resourceType": "Practitioner", "name": [{"text": referrer["name"]}]})
    if referrer.get("agency"):
        organization = message.add({"resourceType": "Organization", "name": referrer["agency"]})
    return message.add(requested.practitioner_role(referrer, practitioner, organization))


def _about(
    message: _Message, payload: Plain, patients: Sequence[str], everybody: Mapping[str, str], subject: str
) -> list[str]:
    """Full URLs of what stands beside the request, safety first."""
    referral = payload.get("referral", {})

    def subject_of(person: str | None) -> str:
        own = everybody.get(person or "", "")
        return own if own in patients else subject

    first = patients[0] if patients else None
    made = [
        *concerns.flags(payload, subject),
        *concerns.consents(referral, first, everybody),
        *concerns.conditions(referral, subject_of),
        *concerns.levels(referral, subject),
        *concerns.documents(referral, subject),
    ]
    answers = [
        {"linkId": str(place), "text": one["question"], "answer": [{"valueString": one["answer"]}]}
        for place, one in enumerate(payload.get("other_answers", ()), start=1)
        if "question" in one and "answer" in one
    ]
    if answers:
        made.append(_answers(OTHER_ANSWERS, answers, subject))
    return message.add_all(made)


def _answers(questionnaire: str, answers: list[Resource], subject: str) -> Resource:
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": questionnaire,
        "status": "completed",
        "subject": {"reference": subject},
        "item": answers,
    }


def _finished(message: _Message, payload: Plain, council: str, hub: str, focus: str) -> Resource:
    """The Bundle: the header, what it is about, and the rest as it was put together."""
    header: Resource = {
        "resourceType": "MessageHeader",
        "id": message.id,
        "eventCoding": {"system": EVENTS, "code": "servicerequest-request"},
        "destination": [
            {"endpoint": f"{OURS}:hub:{payload['council']}:{payload['hub']}", "receiver": {"reference": hub}}
        ],
        "sender": {"reference": council},
        "source": {"software": SOFTWARE, "endpoint": f"{OURS}:council:{payload['council']}"},
        "reason": {"coding": [{"system": REASONS, "code": "new"}]},
        "focus": [{"reference": focus}],
        "definition": WAITING if payload.get("kind") == "envelope" else REQUEST,
    }
    first = [entry for entry in message.entries if entry["fullUrl"] == focus]
    rest = [entry for entry in message.entries if entry["fullUrl"] != focus]
    made: Resource = {"resourceType": "Bundle", "id": message.id}
    if payload.get("test"):
        made["meta"] = {"tag": [dict(TEST)]}
    return made | {
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{message.id}"},
        "type": "message",
        "entry": [{"fullUrl": f"urn:uuid:{message.id}", "resource": header}, *first, *rest],
    }
