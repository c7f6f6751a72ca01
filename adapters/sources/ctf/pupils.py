"""One pupil of a transfer file, whichever variant wrote it: one place for each fact.

    UPN, FormerUPN, UniqueLearnerNumber, UCI, ApplicationReference
    Surname, Forename, MiddleNames, PreferredSurname, PreferredForename, FormerNames [one text for each]
    DOB, Sex (`Gender` until about version 23, with the same codes), NCyearActual, EnrolStatus
    Ethnicity, EthnicitySource, ServiceChild, MedicalFlag, CountryofBirth, Email
    Languages {"F": [first], "H": [at home], …}, Nationalities [], Disabilities [], Phones [{TelephoneType, PhoneNo}]
    LookedAfter {InCare, CareAuthority}, SEN, FSM, Attendance (`histories`), Address (`addresses`), Contacts, Schools
    rest  what nobody knows, as it was written

Names may stand straight in the pupil or in `BasicDetails`, there also as `LegalSurname` and `LegalForename`.
Two places that disagree are doubted, and the first is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.sources.ctf.addresses import address_of
from adapters.sources.ctf.histories import attendance_of, meals_of, needs_of
from adapters.sources.ctf.told import Facts, Told, either, part, parts, taken
from contracts.adapter import Plain

_BASIC: Final = "BasicDetails"
_FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    **{
        name: (name,)
        for name in (
            "UPN", "FormerUPN", "UniqueLearnerNumber", "UCI", "ApplicationReference", "MiddleNames", "PreferredSurname",
            "PreferredForename", "DOB", "NCyearActual", "EnrolStatus", "Ethnicity", "EthnicitySource", "ServiceChild",
            "MedicalFlag", "CountryofBirth", "Email",
        )
    },
    "Surname": ("Surname", "LegalSurname"),
    "Forename": ("Forename", "LegalForename"),
    "Sex": ("Sex", "Gender"),
}  # fmt: skip
"""Each fact, and the names it may have, in the pupil first and then in `BasicDetails`."""

_CONTACT: Final = ("Order", "Title", "Surname", "Forename", "MiddleNames", "Relationship", "Responsibility", "Email")
_TRUE: Final = frozenset({"true", "1", "yes", "y"})


def pupil_of(written: Facts, day: str, school: Plain, told: Told) -> Facts:
    """The pupil's facts. `written` is taken apart; `day` is when the file was made, `school` the one that made it."""
    basic = part(written, _BASIC)
    facts: Facts = {name: _one(written, basic, name, told) for name in _FACTS}
    facts["FormerNames"] = _former_names(written)
    facts["Languages"] = _languages(written, told)
    facts["Nationalities"] = [*_texts(part(basic, "Nationalities"), "Nationality")]
    facts["Disabilities"] = [*_texts(part(basic, "Disabilities"), "Disability")]
    facts["LookedAfter"] = written.pop("LookedAfter", None)
    facts["SEN"] = needs_of(written, day)
    facts["FSM"] = meals_of(parts(written, "FSMhistory"), day)
    facts["Address"] = address = address_of(parts(written, "Address"), "/Address", told)
    facts["Phones"] = [*parts(part(written, "Phones"), "Phone")]
    facts["Contacts"] = [
        _contact(contact, number, address, told)
        for number, contact in enumerate(parts(part(written, "Contacts"), "Contact"))
    ]
    facts["Attendance"] = attendance_of(parts(part(written, "Attendance"), "YearData"), school, told)
    facts["Schools"] = [*parts(part(written, "SchoolHistory"), "School")]
    facts["rest"] = _left(written)
    return facts


def _one(written: Facts, basic: Facts, name: str, told: Told) -> str | None:
    found = [
        text
        for place in ((written, basic) if basic else (written,))
        for key in _FACTS[name]
        if key in place and (text := taken(place, key)) is not None
    ]
    if len(found) > 1 and len({" ".join(text.split()).casefold() for text in found}) > 1:
        remedy = "The file gives two. The first was taken; ask the school which is right."
        told.doubt(f"/{name}", f"one {name} for a pupil", remedy)
    return found[0] if found else None


def _former_names(written: Facts) -> list[Plain]:
    names = [
        next(either(written, name, f"{_BASIC}/{name}"), "").strip() for name in ("FormerForename", "FormerSurname")
    ]
    joined = " ".join(name for name in names if name)
    return [joined] if joined else []


def _languages(written: Facts, told: Told) -> Facts:
    """Codes by their type. `FirstLanguage` is an old way to write the first."""
    found: dict[str, list[str]] = {"F": list(either(written, "FirstLanguage", f"{_BASIC}/FirstLanguage"))}
    for language in parts(part(written, _BASIC, "Languages"), "Type"):
        kind = (taken(language, "LanguageType") or "other").strip()
        if (code := taken(language, "Language")) is not None:
            found.setdefault(kind, []).append(code)
    found["F"] = list(dict.fromkeys(found["F"]))
    if len(found["F"]) > 1:
        remedy = "The file gives several first languages. Ask the family which it is."
        told.doubt("/Languages/F", "one first language", remedy)
    return {kind: [*codes] for kind, codes in found.items()}


def _contact(written: Facts, number: int, address: Facts, told: Told) -> Facts:
    facts: Facts = {name: taken(written, name) for name in _CONTACT}
    facts["Sex"] = next(either(written, "Sex", "Gender"), None)
    places = parts(written, "Address")
    as_pupil = next((text for place in places if (text := taken(place, "AddressAsPupil"))), None)
    facts["AddressAsPupil"] = as_pupil
    if as_pupil and as_pupil.strip().casefold() in _TRUE:
        facts["Address"] = address
    else:
        facts["Address"] = address_of(places, f"/Contacts/{number}/Address", told)
    facts["Phones"] = [*parts(part(written, "Phones"), "Phone")]
    facts["rest"] = _left(written)
    return facts


def _texts(written: Facts, name: str) -> list[Plain]:
    found = written.pop(name, None)
    return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, str)]


def _left(written: Facts) -> Facts:
    """What was not taken, without the shells of what was."""
    left: Facts = {}
    for name, value in written.items():
        kept = _left(value) if isinstance(value, dict) else value
        if kept not in ({}, None):
            left[name] = kept
    return left
