"""People in FHIR: whom help is asked for as Patient, everyone else as RelatedPerson, each with our own id.

A number or an address that nobody may use stands in neither: a system that reads no more than these resources would
ring it. It travels with what no resource says (`remainder`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.formats.fhir.terms import (
    HL7,
    LINES,
    NHS_NUMBER,
    SEX,
    UK_CORE,
    Resource,
    code_in,
    coded,
    our_id,
    our_system,
)

Person = Mapping[str, Any]

_UNSAFE: Final = frozenset({"do_not_inform", "sealed"})
_IDS: Final = our_id("")
_FROM: Final = {gender: sex for sex, gender in SEX.items()}
_KINDS: Final = {use: kind for kind, use in LINES.items()}
_PARENTS: Final = ("PRN", "MTH", "FTH", "NMTH", "NFTH", "ADOPTP", "ADOPTM", "ADOPTF", "STPPRN", "STPMTH", "STPFTH")
_SIBLINGS: Final = ("SIB", "BRO", "SIS", "NSIB", "NBRO", "NSIS", "HSIB", "HBRO", "HSIS", "STPSIB", "STPBRO", "STPSIS")
_RELATED: Final = dict.fromkeys(_PARENTS, "parent") | dict.fromkeys(_SIBLINGS, "sibling")
"""HL7 v3 RoleCode → why that person is in the record."""
_ODD_NHS: Final = frozenset({NHS_NUMBER, NHS_NUMBER.replace("https:", "http:"), NHS_NUMBER.replace("/Id/", "/id/")})


def resource_of(person: Person, patient: str | None, kinds: list[str]) -> Resource:
    """One person.

    patient  full URL of whom a RelatedPerson belongs to; None makes a Patient
    kinds    how they are related to them (CBDS codes)
    """
    made: Resource = {"resourceType": "RelatedPerson" if patient else "Patient"}
    if not patient:
        made["meta"] = {"profile": [f"{UK_CORE}/UKCore-Patient"]}
    identifiers = [*_identifiers(person)]
    if identifiers:
        made["identifier"] = identifiers
    if patient:
        made["patient"] = {"reference": patient}
        roles = [coded(our_system("person-role"), role) for role in person.get("roles", ())]
        if related := [*roles, *(coded(our_system("relationship"), kind) for kind in kinds)]:
            made["relationship"] = related
    found: Resource = {
        "name": [*_names(person)],
        "telecom": [*_telecom(person)],
        "gender": SEX.get(person.get("sex", "")),
        "birthDate": person.get("date_of_birth"),
        "address": [*_addresses(person)],
    }
    return made | {name: value for name, value in found.items() if value}


def person_of(resource: Resource, place: int) -> dict[str, Any]:
    """What a Patient or RelatedPerson says of a person. `place` names whoever has no id of ours, from 0."""
    identifiers = resource.get("identifier", ())
    own = next((one.get("value") for one in identifiers if one.get("system") == our_id("person")), None)
    said: dict[str, Any] = {"id": own or f"person-{place + 1}"}
    if resource["resourceType"] == "Patient":
        said["roles"] = ["child"]
    else:
        roles = [_role(concept) for concept in resource.get("relationship", ())]
        said["roles"] = [role for role in roles if role] or ["other"]
    said |= _named(resource.get("name", ()))
    found = {
        "date_of_birth": resource.get("birthDate"),
        "sex": _FROM.get(resource.get("gender", "")),
        "identifiers": [*_numbers(identifiers)],
        "phones": [*_phones(resource.get("telecom", ()))],
        "emails": [one["value"] for one in resource.get("telecom", ()) if _is_way(one, "email")],
        "addresses": [*_places(resource.get("address", ()))],
    }
    return said | {name: value for name, value in found.items() if value}


def _identifiers(person: Person) -> Iterator[Resource]:
    """Our id, and numbers of other systems. An NHS number only goes where it was verified, and nobody here verifies."""
    if "id" in person:
        yield {"system": our_id("person"), "value": person["id"]}
    for one in person.get("identifiers", ()):
        if one.get("system") not in (None, "nhs_number", "person") and one.get("value"):
            yield {"system": our_id(one["system"]), "value": one["value"]}


def _numbers(identifiers: Any) -> Iterator[dict[str, Any]]:
    for one in identifiers:
        system = str(one.get("system", ""))
        if system in _ODD_NHS:
            yield {"system": "nhs_number", "value": one.get("value")}
        elif system.startswith(_IDS) and system != our_id("person"):
            yield {"system": system.removeprefix(_IDS), "value": one.get("value")}


def _names(person: Person) -> Iterator[Resource]:
    given = [person[name] for name in ("first_name", "middle_names") if person.get(name)]
    official: Resource = {
        "text": person.get("full_name"),
        "family": person.get("surname"),
        "given": given if person.get("first_name") else [],
        "prefix": [person["title"]] if person.get("title") else [],
    }
    usual: Resource = {
        "family": person.get("preferred_surname"),
        "given": [person["preferred_name"]] if person.get("preferred_name") else [],
    }
    for use, name in (("official", official), ("usual", usual)):
        if said := {part: value for part, value in name.items() if value}:
            yield {"use": use} | said
    for former in person.get("former_names", ()):
        yield {"use": "old", "text": former}


def _named(names: Any) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name in names:
        given, use = name.get("given") or [], name.get("use", "official")
        if use in ("usual", "nickname"):
            said |= {"preferred_name": " ".join(given), "preferred_surname": name.get("family")}
        elif use in ("old", "maiden"):
            said.setdefault("former_names", []).append(name.get("text") or _whole(name))
        elif "surname" not in said and "first_name" not in said and "full_name" not in said:
            said |= {
                "title": " ".join(name.get("prefix") or []),
                "first_name": given[0] if given else None,
                "middle_names": " ".join(given[1:]),
                "surname": name.get("family"),
                "full_name": name.get("text"),
            }
    return {part: value for part, value in said.items() if value}


def _whole(name: Resource) -> str:
    return " ".join([*(name.get("given") or []), *filter(None, [name.get("family")])])


def _telecom(person: Person) -> Iterator[Resource]:
    """Ways that may be used. Those of somebody who must not be told, or may have done harm, stay with the rest."""
    safe = person.get("safe_contact", {})
    if _UNSAFE.intersection(person.get("protection", ())) or "alleged_harm" in person.get("roles", ()):
        return
    if not safe.get("do_not_phone"):
        for phone in person.get("phones", ()):
            use = LINES.get(phone.get("kind", ""))
            if phone.get("number"):
                yield {"system": "phone", "value": phone["number"]} | ({"use": use} if use else {})
    if not safe.get("do_not_write"):
        for email in person.get("emails", ()):
            yield {"system": "email", "value": email}


def _phones(telecom: Any) -> Iterator[dict[str, Any]]:
    for one in telecom:
        if _is_way(one, "phone"):
            kind = _KINDS.get(one.get("use", ""))
            yield {"number": one["value"]} | ({"kind": kind} if kind else {})


def _is_way(one: Resource, system: str) -> bool:
    return one.get("system") == system and "value" in one


def _addresses(person: Person) -> Iterator[Resource]:
    if _UNSAFE.union({"address"}).intersection(person.get("protection", ())):
        return
    for one in person.get("addresses", ()):
        if one.get("protected") or one.get("kind") not in (None, "home"):
            continue
        period = {"start": one.get("from_date"), "end": one.get("to_date")}
        said = {
            "use": one.get("kind"),
            "line": one.get("lines"),
            "city": one.get("town"),
            "district": one.get("county"),
            "postalCode": one.get("postcode"),
            "period": {end: day for end, day in period.items() if day},
        }
        if made := {name: value for name, value in said.items() if value}:
            yield made


def _places(addresses: Any) -> Iterator[dict[str, Any]]:
    for one in addresses:
        period = one.get("period", {})
        said = {
            "lines": one.get("line") or ([one["text"]] if "text" in one else None),
            "town": one.get("city"),
            "county": one.get("district"),
            "postcode": one.get("postalCode"),
            "kind": "home" if one.get("use") == "home" else None,
            "from_date": (period.get("start") or "")[:10],
            "to_date": (period.get("end") or "")[:10],
        }
        if found := {name: value for name, value in said.items() if value}:
            yield found


def _role(concept: Any) -> str | None:
    """Why somebody is in the record: by our own code, or by how they are related."""
    ours = code_in(concept, our_system("person-role"))
    return ours or _RELATED.get(code_in(concept, f"{HL7}/v3-RoleCode") or "")
