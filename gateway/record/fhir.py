"""Says an opened decision as FHIR R4: AuditEvent, Provenance, and Consent where an agreement exists (governance 4).

Identifiers and codes, never details: no name, no text of a family's and nothing of what was sent (IHE BALP's minimal
pattern). Classes are those of R4B, which hold the same elements for these four resources; `fhirVersion` is 4.0.1.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID, uuid5

from contracts.decision import Outcome

Resource = dict[str, Any]

OUTCOME: Final[Mapping[str, str]] = {
    Outcome.SHARE: "0",
    Outcome.SHARE_MINIMISED: "0",
    Outcome.ADVICE_ONLY: "0",
    Outcome.DIVERT: "0",
    Outcome.HOLD: "4",
    Outcome.RETURN: "4",
    Outcome.REFUSE: "8",
}
"""Decision outcome → AuditEvent.outcome: 0 it was done, 4 it waits for somebody, 8 it was denied."""

ATTEMPT: Final = "attempt"
"""Type of the entry that says what came of one try to deliver."""

TRIED: Final[Mapping[str, str]] = {"delivered": "0", "not_sent": "4", "refused_for_now": "4", "uncertain": "4"}
"""Attempt result → AuditEvent.outcome: 0 it arrived, 4 it is tried again or somebody looks; 8 for any other."""

STATUS: Final[Mapping[str, str]] = {"given": "active", "refused": "rejected", "withdrawn": "inactive"}
"""What one giver said → Consent.status. Where nobody was asked there is no Consent."""

_OURS: Final = "urn:early-help-gateway"
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"


@dataclass(frozen=True, slots=True)
class Told:
    """A decision's entry, opened.

    origin  name of the record it stands in; at: RFC 3339; sections: name → value, without those disposed of
    proof   the entry's `.tlog-proof`
    """

    rid: str
    type: str
    at: str
    origin: str
    sections: Mapping[str, Any]
    proof: str


def resources(told: Told) -> tuple[Resource, ...]:
    """The resources of one decision or attempt, each held against the library's model. () once its outcome is gone.

    Raises pydantic's ValidationError for what is no R4 resource.
    """
    if told.type == ATTEMPT:
        return (_checked(_attempt(told)),) if "delivery" in told.sections else ()
    if "outcome" not in told.sections:
        return ()
    consents = tuple(_consents(told))
    made = (_audit_event(told, consents), _provenance(told), *consents)
    return tuple(_checked(one) for one in made)


def entry_of(resource: Resource) -> Resource:
    """A resource as an entry of a Bundle, under the name by which others refer to it."""
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}


def _checked(resource: Resource) -> Resource:
    # Imported here: it takes 0.15 s, and nothing else needs it.
    from fhir.resources.R4B import get_fhir_model_class

    model = get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    return dict(model.model_dump(mode="json", exclude_none=True, by_alias=True))


def _audit_event(told: Told, consents: Sequence[Resource]) -> Resource:
    code = told.sections["outcome"]["code"]
    sends = Outcome(code).sends
    subtypes = [_code(f"{_OURS}:outcome", code)]
    if sends:
        subtypes.insert(0, _code(f"{_HL7}/iso-21089-lifecycle", "disclose"))
    kind = _code(_DCM, "110106", "Export") if sends else _code(_DCM, "110100", "Application Activity")
    return {
        "resourceType": "AuditEvent",
        "id": told.rid,
        "type": kind,
        "subtype": subtypes,
        "action": "R" if sends else "E",
        "recorded": told.at,
        "outcome": OUTCOME[code],
        "outcomeDesc": code,
        "agent": list(_agents(told)),
        "source": {
            "site": told.origin,
            "observer": _named("engine", told.sections.get("actors", {}).get("engine", "unknown")),
            "type": [_code(f"{_HL7}/security-source-type", "4", "Application Server")],
        },
        "entity": list(_entities(told, consents)),
        **_purpose(told, "purposeOfEvent"),
    }


def _attempt(told: Told) -> Resource:
    """One try to deliver, as an AuditEvent of its own (governance 4.1): which message, to whom, and what came of it."""
    said = told.sections["delivery"]
    kinds, roles = f"{_HL7}/audit-entity-type", f"{_HL7}/object-role"
    to = {"coding": [_code(_DCM, "110152", "Destination Role ID")]}
    referral = told.sections.get("about", {}).get("referral")
    about = [{"what": _named("referral", referral), "type": _code(kinds, "2", "System Object")}] if referral else []
    return {
        "resourceType": "AuditEvent",
        "id": told.rid,
        "type": _code(_DCM, "110106", "Export"),
        "subtype": [_code(f"{_HL7}/iso-21089-lifecycle", "transmit"), _code(f"{_OURS}:attempt", said["result"])],
        "action": "R",
        "recorded": told.at,
        "outcome": TRIED.get(said["result"], "8"),
        "outcomeDesc": said["result"],
        "agent": [{"type": to, "who": _named("recipient", said["hub"]), "requestor": False}],
        "source": {
            "site": told.origin,
            "observer": _named("record", told.origin),
            "type": [_code(f"{_HL7}/security-source-type", "4", "Application Server")],
        },
        "entity": [
            {
                "what": _named("delivery", said["delivery"]),
                "type": _code(kinds, "2", "System Object"),
                "role": _code(roles, "20", "Job"),
            },
            *about,
        ],
    }


def _agents(told: Told) -> Iterator[Resource]:
    actors = told.sections.get("actors")
    if actors:
        source, to = _code(_DCM, "110153", "Source Role ID"), _code(_DCM, "110152", "Destination Role ID")
        yield {"type": {"coding": [source]}, "who": _named("sender", actors["client"]), "requestor": True}
        if actors["recipient"]:
            yield {"type": {"coding": [to]}, "who": _named("recipient", actors["recipient"]), "requestor": False}
        if actors["by"] != "machine":
            verifier = _code(f"{_HL7}/provenance-participant-type", "verifier")
            yield {"type": {"coding": [verifier]}, "requestor": False}
    authoriser = _code(f"{_HL7}/extra-security-role-type", "authserver")
    yield {"type": {"coding": [authoriser]}, "requestor": actors is None, "policy": _policies(told)}


def _entities(told: Told, consents: Sequence[Resource]) -> Iterator[Resource]:
    subject = told.sections.get("subject")
    labels = [_code(f"{_HL7}/v3-Confidentiality", "R")]
    if told.sections.get("withheld", {}).get("listed"):
        labels.append(_code(f"{_HL7}/v3-ObservationValue", "REDACTED"))
    kinds, roles = f"{_HL7}/audit-entity-type", f"{_HL7}/object-role"
    if subject:
        yield {
            "what": _named("child", subject["child_ref"]),
            "type": _code(kinds, "1", "Person"),
            "role": _code(roles, "1", "Patient"),
        }
    values = told.sections.get("facts", {}).get("values", {})
    data: Resource = {"type": _code(kinds, "2", "System Object"), "role": _code(roles, "4", "Domain Resource")}
    if subject:
        data["what"] = _version(subject)
    if values:
        data["detail"] = [{"type": name, "valueString": value} for name, value in sorted(values.items()) if value]
    yield data | {"securityLabel": labels}
    for consent in consents:
        yield {"what": {"reference": f"urn:uuid:{consent['id']}", "type": "Consent"}}


def _provenance(told: Told) -> Resource:
    subject, actors = told.sections.get("subject"), told.sections.get("actors", {})
    roles = f"{_HL7}/provenance-participant-type"
    agents = [
        {"type": {"coding": [_code(roles, "performer")]}, "who": _named("engine", actors.get("engine", "unknown"))}
    ]
    if actors:
        author = {"type": {"coding": [_code(roles, "author")]}, "who": _named("sender", actors["client"])}
        agents.insert(0, author)
        if actors["by"] != "machine":
            who = {"type": "Practitioner", "display": "a named person at the council"}
            agents.append({"type": {"coding": [_code(roles, "verifier")]}, "who": who})
    return {
        "resourceType": "Provenance",
        "id": str(uuid5(UUID(told.rid), "provenance")),
        "target": [_version(subject) if subject else _named("entry", told.rid)],
        "recorded": told.at,
        "policy": _policies(told),
        "activity": {"coding": [_code(f"{_OURS}:entry", told.type)]},
        "agent": agents,
        "entity": [{"role": "source", "what": {"reference": f"urn:uuid:{told.rid}", "type": "AuditEvent"}}],
        "signature": [
            {
                "type": [_code("urn:iso-astm:E1762-95:2013", "1.2.840.10065.1.12.1.5", "Verification Signature")],
                "when": told.at,
                "who": _named("record", told.origin),
                "sigFormat": "text/plain",
                "data": base64.b64encode(told.proof.encode()).decode(),
            }
        ],
        **_purpose(told, "reason"),
    }


def _consents(told: Told) -> Iterator[Resource]:
    """One for each giver's agreement. IHE PCF's provision: recipients are always listed, for none would mean all."""
    subject, said = told.sections.get("subject"), told.sections.get("agreement", {})
    notice: Mapping[str, Any] = next((one for one in said.get("notices", ()) if one.get("given") is True), {})
    for place, one in enumerate(said.get("agreements", ())):
        # A form that says nothing else and is there at all is an agreement that was given.
        status = STATUS.get(one.get("status", "given"))
        if subject is None or status is None:
            continue
        made = notice.get("on_date") or one.get("on_date")
        form = one.get("form_version") or notice.get("version") or "unversioned"
        yield {
            "resourceType": "Consent",
            "id": str(uuid5(UUID(told.rid), f"consent {place}")),
            "status": status,
            "scope": {"coding": [_code(f"{_HL7}/consentscope", "patient-privacy")]},
            "category": [{"coding": [_code("http://loinc.org", "59284-0", "Consent Document")]}],
            "patient": _named("child", subject["child_ref"]),
            "performer": [{"type": "RelatedPerson", "display": one.get("capacity", "not said")}],
            "organization": [_named("record", told.origin)],
            "policy": [{"uri": _uri("notice", form)}],
            "provision": _provision(told, one, status),
            "extension": [
                {"url": _uri("agreement", name), "valueString": str(one[name]).lower()}
                for name in ("meaning", "form", "holds_parental_responsibility")
                if name in one
            ],
        } | ({"dateTime": made} if made else {})


def _provision(told: Told, one: Mapping[str, Any], status: str) -> Resource:
    provision: Resource = {"type": "permit" if status == "active" else "deny"}
    recipient = told.sections.get("actors", {}).get("recipient")
    if recipient:
        role = {"coding": [_code(f"{_HL7}/v3-ParticipationType", "IRCP")]}
        provision["actor"] = [{"role": role, "reference": _named("recipient", recipient)}]
    if one.get("until"):
        provision["period"] = {"end": one["until"]}
    if purposes := one.get("purposes"):
        provision["purpose"] = [_code(f"{_OURS}:purpose", code) for code in purposes]
    return provision


def _policies(told: Told) -> list[str]:
    """Which words applied, and the agreement between the two bodies, as URIs."""
    policy, basis = told.sections.get("policy"), told.sections.get("basis", {})
    found = [_uri("policy", policy["sha256"])] if policy else []
    if basis.get("dsa_id"):
        found.append(_uri("sharing-agreement", basis["dsa_id"]))
    return found or [_uri("policy", "disposed")]


def _purpose(told: Told, name: str) -> Resource:
    purpose = told.sections.get("request", {}).get("purpose")
    return {name: [{"coding": [_code(f"{_OURS}:purpose", purpose)]}]} if purpose else {}


def _version(subject: Mapping[str, Any]) -> Resource:
    return _named("referral", f"{subject['referral']}/{subject['version']}")


def _named(kind: str, value: str) -> Resource:
    """A reference by identifier alone: what it names is in no Bundle, so nothing is left to resolve."""
    return {"identifier": {"system": f"{_OURS}:{kind}", "value": value}}


def _code(system: str, code: str, display: str = "") -> Resource:
    return {"system": system, "code": code} | ({"display": display} if display else {})


def _uri(kind: str, value: str) -> str:
    return f"{_OURS}:{kind}:{quote(value, safe='')}"
