"""Who asks whom for what: ServiceRequest, the two Organizations, and the practitioner who asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.formats.fhir.terms import CATEGORY, Resource, code_in, coded, our_id, our_system

Plain = Mapping[str, Any]

_NOT_PRACTITIONERS: Final = frozenset({"family_self", "child_self", "public"})


def service_request(payload: Plain, subject: str, performer: str, requester: str | None, about: list[str]) -> Resource:
    """The focus of the message. An envelope's is on hold: it tells of a request that waits."""
    referral = payload.get("referral", {})
    purpose = referral.get("purpose") or payload.get("purpose") or "request"
    written = referral.get("source", {}).get("submitted_at") or payload.get("since")
    made: Resource = {
        "resourceType": "ServiceRequest",
        "identifier": [{"system": our_id("referral"), "value": payload["reference"]}],
        "status": "on-hold" if payload.get("kind") == "envelope" else "active",
        "intent": "plan",
        "category": [coded(CATEGORY, "referral")],
        "priority": "urgent" if payload.get("urgent") else "routine",
        "code": coded(our_system("purpose"), purpose),
        "subject": {"reference": subject},
        "performer": [{"reference": performer}],
    }
    if services := [_asked(one) for one in referral.get("requested_services", ()) if _asked(one)]:
        made["orderDetail"] = services
    if written:
        made["authoredOn"] = written
    if requester:
        made["requester"] = {"reference": requester}
    if about:
        made["supportingInfo"] = [{"reference": url} for url in about]
    if referral.get("reason"):
        made["note"] = [{"text": referral["reason"]}]
    return made


def asked_in(resource: Resource) -> dict[str, Any]:
    """What a ServiceRequest says of the payload."""
    referral: dict[str, Any] = {}
    said: dict[str, Any] = {"urgent": resource.get("priority") in ("urgent", "asap", "stat"), "referral": referral}
    identifiers = resource.get("identifier", ())
    own = next((one["value"] for one in identifiers if one.get("system") == our_id("referral")), None)
    if own:
        said["reference"] = own
    if purpose := code_in(resource.get("code"), our_system("purpose")):
        referral["purpose"] = purpose
    if "authoredOn" in resource:
        referral["source"] = {"submitted_at": resource["authoredOn"]}
    if notes := [note["text"] for note in resource.get("note", ()) if "text" in note]:
        referral["reason"] = "\n\n".join(notes)
    if services := [_service(one) for one in resource.get("orderDetail", ())]:
        referral["requested_services"] = services
    return said


def _asked(service: Plain) -> Resource:
    made: Resource = coded(our_system("service"), service["code"]) if service.get("code") else {}
    return made | ({"text": service["as_stated"]} if service.get("as_stated") else {})


def _service(concept: Resource) -> dict[str, Any]:
    said = {"code": code_in(concept, our_system("service")), "as_stated": concept.get("text")}
    return {name: value for name, value in said.items() if value}


def organization(kind: str, value: str, part_of: str | None = None) -> Resource:
    """A council or one of its hubs, by our name for it."""
    made: Resource = {"resourceType": "Organization", "identifier": [{"system": our_id(kind), "value": value}]}
    return made | ({"partOf": {"reference": part_of}} if part_of else {})


def named_in(resource: Resource, kind: str) -> str | None:
    """Our name for a council or a hub, None if this is neither."""
    found = (one.get("value") for one in resource.get("identifier", ()) if one.get("system") == our_id(kind))
    return next(found, None)


def is_practitioner(referrer: Plain) -> bool:
    """Whether the person who asks does so in their work, and is named in some way."""
    known = any(referrer.get(name) for name in ("name", "role", "agency", "phone", "email"))
    return known and referrer.get("kind") not in _NOT_PRACTITIONERS


def practitioner_role(referrer: Plain, practitioner: str | None, organization: str | None) -> Resource:
    """The work in which somebody asks, and how to reach them there."""
    ways = [{"system": way, "value": referrer[name]} for name, way in _WAYS if referrer.get(name)]
    said: Resource = {
        "practitioner": {"reference": practitioner} if practitioner else None,
        "organization": {"reference": organization} if organization else None,
        "code": [{"text": referrer["role"]}] if referrer.get("role") else None,
        "specialty": [coded(our_system("referrer-kind"), referrer["kind"])] if referrer.get("kind") else None,
        "telecom": ways or None,
    }
    return {"resourceType": "PractitionerRole"} | {name: value for name, value in said.items() if value}


def referrer_in(role: Resource, practitioner: Resource, organization: Resource) -> dict[str, Any]:
    """Who asks, from a PractitionerRole and the two that it names; either may be {}."""
    names = practitioner.get("name") or [{}]
    ways = {one.get("system"): one.get("value") for one in role.get("telecom", ())}
    ways = {one.get("system"): one.get("value") for one in practitioner.get("telecom", ())} | ways
    parts = [*names[0].get("prefix", ()), *names[0].get("given", ()), *filter(None, [names[0].get("family")])]
    kinds = (code_in(concept, our_system("referrer-kind")) for concept in role.get("specialty", ()))
    said = {
        "name": names[0].get("text") or " ".join(parts),
        "agency": organization.get("name"),
        "role": next((concept.get("text") for concept in role.get("code", ()) if concept.get("text")), None),
        "kind": next((kind for kind in kinds if kind), None),
        "phone": ways.get("phone"),
        "email": ways.get("email"),
    }
    return {name: value for name, value in said.items() if value}


_WAYS: Final = (("phone", "phone"), ("email", "email"))
