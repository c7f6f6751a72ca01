"""Writes a story as a canonical referral, as software that speaks the gateway's own language sends it."""

from __future__ import annotations

import json
from typing import Any

from tests.realistic.spelling import Has, home, iso, listed, names

KINDS = {"mother": "PAM", "father": "PAF", "carer": "CAR", "grandmother": "REL"}
SERVICES = {
    "parenting_support": "hu_parenting_support", "youth_services": "hu_youth_services_10_19",
    "family_support": "hu_family_support_0_11",
}  # fmt: skip
PLACES = {
    "hull": "locality",
    "derby": "locality",
    "leicester": "cluster",
    "kent": "district",
    "tower_hamlets": "locality",
}
LANGUAGES = {"Polish": "POL", "Ukrainian": "UKR"}


def canonical(council: str, has: Has) -> bytes:
    """One referral in JSON. What a story leaves empty is left out."""
    said: dict[str, Any] = {
        "council": council,
        "purpose": has.get("purpose", "request"),
        "anonymous": bool(has.get("anonymous")),
        "source": {"system": "canonical", "record_id": has["id"], "submitted_at": "2026-11-20T13:00:00Z"},
        "referrer": _referrer(has),
        "people": [*_children(has), *_adults(has)],
        "relationships": _relationships(has),
        "family": {PLACES[council]: has["place"]} if has.get("place") else {},
        "harm": {"level": has["harm"], "what_happened": has.get("what")},
        "reason": has["why"],
        "needs": [{"code": code} for code in listed(has.get("needs"))],
        "requested_services": [
            {"code": code} for service in listed(has.get("services")) for code in _services(service, has)
        ],
        "agreements": _agreements(council, has),
        "informed": [{"who": "parents", "told": has["told"]}] if has.get("told") != "" else [],
        "notices": [{"given": True}] if has.get("notice") else [],
        "sharing_limits": [{"what": has["limit"]}] if "limit" in has else [],
        "professionals": [{"name": has["lead"], "lead": True}] if "lead" in has else [],
        "assessments": [{"kind": "eha", "completed_on": str(has["eha_on"])}] if "eha_on" in has else [],
    }
    said |= {word: has[word] for word in ("step_down", "criminal") if word in has}
    if "override" in has:
        said["override"] = {word: str(value) for word, value in has["override"].items()}
    return json.dumps(said).encode()


def _referrer(has: Has) -> dict[str, Any]:
    told = {"kind": has["kind"], "name": has["asks"], "role": has["role"], "agency": has["agency"]}
    told["agency_kind"] = has.get("agency_kind", "")
    return {word: text for word, text in told.items() if text} | {"phone": "07700 900101"}


def _services(service: str, has: Has) -> list[str]:
    """Hull's box: family support is two boxes by age, and each child's own is ticked."""
    if service != "family_support" or "children" not in has:
        return [SERVICES[service]]
    old = any(iso(child["born"]) < "2015-11-20" for child in has["children"])
    young = any(iso(child["born"]) >= "2015-11-20" for child in has["children"])
    return ["hu_family_support_0_11"] * young + ["hu_family_support_11_19"] * old


def _children(has: Has) -> list[dict[str, Any]]:
    whole = [has] if has.get("child") or has.get("born") else []
    return [_child(number, child, has) for number, child in enumerate(has.get("children") or whole, 1)]


def _child(number: int, child: Has, has: Has) -> dict[str, Any]:
    first, last = names(child.get("child", child))
    lines, town, postcode = home(has.get("home"))
    person: dict[str, Any] = {"id": f"child-{number}", "roles": ["child"], "date_of_birth": iso(child["born"])}
    person |= {word: text for word, text in (("first_name", first), ("surname", last)) if text}
    if lines:
        address: dict[str, Any] = {
            "lines": lines,
            "town": town,
            "postcode": postcode,
            "protected": bool(has.get("protect")),
        }
        person["addresses"] = [address]
    if "former" in has:
        person["former_names"] = [has["former"]]
    if has.get("protect") or has.get("sealed"):
        person["protection"] = [
            *(["address"] if has.get("protect") else []),
            *(["sealed"] if has.get("sealed") else []),
        ]
    return person | {
        field: has[word] for word, field in (("gender", "gender_identity"), ("religion", "religion")) if word in has
    }


def _adults(has: Has) -> list[dict[str, Any]]:
    told = []
    for place in ("carer", "father", "mother"):
        if name := has.get(place):
            person: dict[str, Any] = {"id": place, "roles": ["parent"], "full_name": name}
            person["phones"] = [{"number": "07700 900102"}]
            told.append(person)
    if told and "interpreter" in has:
        told[0]["communication"] = {"interpreter_needed": True, "language": LANGUAGES[has["interpreter"]]}
    if told and has.get("do_not_phone"):
        told[0]["safe_contact"] = {"do_not_phone": True, "do_not_write": False, "safe_way": "Write to her at work"}
    return told


def _relationships(has: Has) -> list[dict[str, Any]]:
    children = [child["id"] for child in _children(has)]
    kinds = {"carer": KINDS[has.get("relation", "mother")], "father": "PAF", "mother": "PAM"}
    return [
        {"person": adult["id"], "to": child, "kind": kinds[adult["id"]], "parental_responsibility": has.get("pr", True)}
        for adult in _adults(has)
        for child in children
    ]


def _agreements(council: str, has: Has) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    if has["agreed"] and has.get("carer"):
        one = {
            "giver": "carer",
            "capacity": has.get("by_as", "parent"),
            "status": has["agreed"],
            "on_date": iso(has["on"]),
        }
        one |= {"form": has["how"], "holds_parental_responsibility": has.get("pr", True)}
        one |= {"withdrawn_on": iso(has["withdrawn_on"])} if "withdrawn_on" in has else {}
        one |= {"signed_document_elsewhere": True} if council == "tower_hamlets" else {}
        said.append(one)
    for parent in ("father", "mother"):
        if answer := has.get(f"{parent}_agreed"):
            said.append(
                {"giver": parent, "capacity": "parent", "status": answer, "holds_parental_responsibility": True}
            )
    if has.get("child_agreed"):
        said.append({"giver": "child-1", "capacity": "young_person", "status": "given"})
    for number, child in enumerate(has.get("children", ()), 1):
        if child.get("refuses"):
            said.append({"giver": f"child-{number}", "capacity": "young_person", "status": "refused"})
    return said
