"""What is said about the family: needs, level, safety, agreements, due dates and documents, each as its resource."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.formats.fhir.terms import (
    AGREED,
    HL7,
    UK_CORE,
    Resource,
    code_in,
    coded,
    is_part,
    our_id,
    our_system,
    part,
)

Plain = Mapping[str, Any]

_CODE: Final = re.compile(r"\S+( \S+)*")
"""A code as FHIR spells one: no space at either end (R4 datatypes, code)."""
_LARGEST: Final = 2**31 - 1
"""The largest unsignedInt (R4 datatypes)."""
_SAID: Final = {status: said for said, status in AGREED.items()}


def conditions(referral: Plain, subject_of: Callable[[str | None], str]) -> Iterator[Resource]:
    """One for each need. `subject_of` gives the full URL of whom a need is of."""
    for need in referral.get("needs", ()):
        code = coded(our_system("need"), need["code"]) if need.get("code") else {}
        if need.get("as_stated"):
            code["text"] = need["as_stated"]
        made: Resource = {
            "resourceType": "Condition",
            "clinicalStatus": coded(f"{HL7}/condition-clinical", "active"),
            "verificationStatus": coded(f"{HL7}/condition-ver-status", "unconfirmed"),
            "category": [part("need")],
            "subject": {"reference": subject_of(need.get("whose"))},
        }
        found = {"code": code, "note": [{"text": need["evidence"]}] if need.get("evidence") else None}
        yield made | {name: value for name, value in found.items() if value}


def need_in(resource: Resource, whose: str | None) -> dict[str, Any]:
    """The need that a Condition tells of."""
    code = resource.get("code", {})
    said = {
        "code": code_in(code, our_system("need")),
        "as_stated": code.get("text"),
        "evidence": "\n\n".join(note["text"] for note in resource.get("note", ()) if "text" in note),
        "whose": whose,
    }
    return {name: value for name, value in said.items() if value}


def flags(payload: Plain, subject: str) -> Iterator[Resource]:
    """Safety first: what was declared about harm, whom to ring, what protects somebody, what both sides see."""
    safety = payload.get("safety", {})
    if "harm" in safety:
        harm = coded(our_system("harm"), safety["harm"])
        yield _flag("safety", harm | ({"text": safety["says"]} if safety.get("says") else {}), subject)
    if safety.get("ring"):
        yield _flag("ring", {"text": safety["ring"]}, subject)
    for code in safety.get("protection", ()):
        yield _flag("protection", coded(our_system("protection"), code), subject)
    for sentence in payload.get("flags", ()):
        yield _flag("notice", {"text": sentence}, subject)


def flagged_in(resources: Sequence[Resource]) -> dict[str, Any]:
    """What the Flags of a message say of the payload. What was declared about harm is the referral's answer too."""
    safety: dict[str, Any] = {"protection": []}
    said: dict[str, Any] = {"safety": safety, "flags": []}
    for one in resources:
        code = one.get("code", {})
        if is_part(one.get("category"), "safety"):
            harm = code_in(code, our_system("harm"))
            safety |= {name: value for name, value in (("harm", harm), ("says", code.get("text"))) if value}
            if harm and harm != "not_asked":
                said["referral"] = {"harm": {"level": harm}}
        elif is_part(one.get("category"), "ring") and "text" in code:
            safety["ring"] = code["text"]
        elif protection := code_in(code, our_system("protection")):
            safety["protection"].append(protection)
        elif is_part(one.get("category"), "notice") and "text" in code:
            said["flags"].append(code["text"])
    return said


def _flag(kind: str, code: Resource, subject: str) -> Resource:
    return {
        "resourceType": "Flag",
        "status": "active",
        "category": [part(kind)],
        "code": code,
        "subject": {"reference": subject},
    }


def levels(referral: Plain, subject: str) -> Iterator[Resource]:
    """The level of need that was declared."""
    level = referral.get("level", {})
    value = coded(our_system("level"), level["canonical"]) if level.get("canonical") else {}
    if level.get("council_label"):
        value["text"] = level["council_label"]
    if value:
        yield {
            "resourceType": "Observation",
            "status": "final",
            "code": part("level"),
            "subject": {"reference": subject},
            "valueCodeableConcept": value,
        }


def level_in(resource: Resource) -> dict[str, Any]:
    """The level of need that an Observation tells of; {} if it is of something else."""
    if not is_part([resource.get("code")], "level"):
        return {}
    value = resource.get("valueCodeableConcept", {})
    said = {"canonical": code_in(value, our_system("level")), "council_label": value.get("text")}
    return {name: text for name, text in said.items() if text}


def consents(referral: Plain, patient: str | None, people: Mapping[str, str]) -> Iterator[Resource]:
    """What each giver said. ppc-2: of a message that names no child there is none. `people`: id → full URL."""
    for one in referral.get("agreements", ()):
        status = AGREED.get(one.get("status", ""))
        if not status or not patient:
            continue
        category = [coded("http://loinc.org", "59284-0")]
        if one.get("meaning"):
            category.append(coded(our_system("agreement-meaning"), one["meaning"]))
        provision: Resource = {"type": "permit" if status == "active" else "deny"}
        if one.get("until"):
            provision["period"] = {"end": one["until"]}
        made: Resource = {
            "resourceType": "Consent",
            "meta": {"profile": [f"{UK_CORE}/UKCore-Consent"]},
            "status": status,
            "scope": coded(f"{HL7}/consentscope", "patient-privacy"),
            "category": category,
            "patient": {"reference": patient},
            "policyRule": part("agreement"),
            "provision": provision,
        }
        if one.get("on_date"):
            made["dateTime"] = one["on_date"]
        if one.get("giver") in people:
            made["performer"] = [{"reference": people[one["giver"]]}]
        yield made


def agreement_in(resource: Resource, giver: str | None) -> dict[str, Any]:
    """What one person said; {} for a Consent that is not of our rule: nobody else's "implied" is an agreement here."""
    if not is_part([resource.get("policyRule")], "agreement"):
        return {}
    meanings = (code_in(concept, our_system("agreement-meaning")) for concept in resource.get("category", ()))
    said = {
        "giver": giver,
        "status": _SAID.get(resource.get("status", "")),
        "on_date": resource.get("dateTime", "")[:10],
        "until": resource.get("provision", {}).get("period", {}).get("end", "")[:10],
        "meaning": next((meaning for meaning in meanings if meaning), None),
    }
    return {name: value for name, value in said.items() if value}


def tasks(payload: Plain, focus: str) -> Iterator[Resource]:
    """What the council's document wants done by a time. The gateway does none of it (settled 45)."""
    for due in payload.get("due", ()):
        made: Resource = {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "focus": {"reference": focus},
        }
        found = {"description": due.get("what"), "restriction": {"period": {"end": due["by"]}} if "by" in due else None}
        yield made | {name: value for name, value in found.items() if value}


def due_in(resource: Resource) -> dict[str, Any]:
    """What a Task wants done."""
    by = resource.get("restriction", {}).get("period", {}).get("end")
    said = {"what": resource.get("description"), "by": by}
    return {name: value for name, value in said.items() if value}


def documents(referral: Plain, subject: str) -> Iterator[Resource]:
    """Each document by its digest: its bytes travel beside the message (settled 26)."""
    for one in referral.get("attachments", ()):
        # What is no code or no unsignedInt of FHIR's travels as an answer, like all that no resource can say.
        kind, size = one.get("media_type") or "", one.get("size")
        attachment = {
            "contentType": kind if _CODE.fullmatch(kind) else None,
            "title": one.get("name"),
            "size": size if size is None or size <= _LARGEST else None,
        }
        shown = {name: value for name, value in attachment.items() if value is not None}
        if "sha256" not in one or not shown:
            continue
        made: Resource = {
            "resourceType": "DocumentReference",
            "masterIdentifier": {"system": our_id("sha256"), "value": one["sha256"]},
            "status": "current",
            "subject": {"reference": subject},
            "content": [{"attachment": shown}],
        }
        yield made | ({"type": coded(our_system("document-kind"), one["kind"])} if one.get("kind") else {})


def document_in(resource: Resource) -> dict[str, Any]:
    """A document's place in the referral; {} for one without our digest."""
    master = resource.get("masterIdentifier", {})
    if master.get("system") != our_id("sha256"):
        return {}
    content = resource.get("content") or [{}]
    attachment = content[0].get("attachment", {})
    said = {
        "sha256": master.get("value"),
        "name": attachment.get("title"),
        "media_type": attachment.get("contentType"),
        "kind": code_in(resource.get("type"), our_system("document-kind")),
        "size": attachment.get("size"),
    }
    return {name: value for name, value in said.items() if value is not None}
