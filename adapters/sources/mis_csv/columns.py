"""What schools call the columns of their exports: the built-in synonyms, and how a mapping adds its own.

Reports in a school's system are designed by the school, so no header is fixed. Each canonical name has a list of
headers, the preferred first; the first of them that a file has is the one, and every other column keeps its own header.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from contracts.adapter import Plain

Synonyms = Mapping[str, tuple[str, ...]]

_PUPIL: Final[Synonyms] = {
    "upn": ("unique pupil number", "pupil upn"),
    "admission_number": ("admission no", "adno", "adm no", "student id", "pupil id"),
}
_NAME: Final[Synonyms] = {
    "surname": ("legal surname", "last name", "family name"),
    "forename": ("legal forename", "first name", "given name"),
    "date_of_birth": ("dob", "birth date"),
}
_ATTENDANCE: Final[Synonyms] = {
    "possible_sessions": ("possible", "sessions possible", "possible marks"),
    "present_sessions": ("present", "sessions attended", "attended sessions", "present marks"),
    "authorised_absence": ("authorised", "sessions authorised", "authorised absences", "authorised absence sessions"),
    "unauthorised_absence": (
        "unauthorised",
        "sessions unauthorised",
        "unauthorised absences",
        "unauthorised absence sessions",
    ),
    "attendance_percentage": ("attendance %", "percentage attendance", "% attendance", "percent attendance"),
    "late_marks": ("lates", "late"),
    "attendance_from": ("start date",),
    "attendance_to": ("end date",),
}

SYNONYMS: Final[Mapping[str, Synonyms]] = {
    "sheet": {
        **_PUPIL,
        **_NAME,
        "reference": ("our reference", "ref"),
        "reason": ("reason for request", "reason for referral", "reason for the request", "concerns"),
        "agreement": ("family agrees", "parent agrees", "agreed", "consent", "consent given"),
        "agreed_by": ("who agreed", "consent given by"),
        "agreed_on": ("date agreed", "date of consent"),
        "services": ("services asked for", "services requested", "service", "support asked for"),
        "referrer_name": ("referrer", "referred by", "requested by", "your name"),
        "referrer_role": ("role", "job title", "your role"),
        "referrer_phone": ("referrer telephone", "your phone"),
        "referrer_email": ("referrer e-mail", "your email"),
        "school": ("school name",),
    },
    "pupil": {
        **_PUPIL,
        **_NAME,
        **{name: also for name, also in _ATTENDANCE.items() if not name.startswith("attendance_")},
        "attendance_percentage": _ATTENDANCE["attendance_percentage"],
        "preferred_forename": ("preferred name", "known as", "preferred first name"),
        "preferred_surname": ("preferred last name",),
        "sex": (),
        "gender": (),
        "ethnicity": ("ethnic code",),
        "language": ("first language", "home language"),
        "year_group": ("year", "nc year", "ncyearactual"),
        "registration_group": ("reg group", "reg", "registration form"),
        "enrolment_status": ("enrolstatus",),
        "sen_status": ("sen provision", "senprovision", "sen"),
        "looked_after": ("in care",),
        "postcode": ("post code",),
        "school": ("school name",),
    },
    "contacts": {
        **_PUPIL,
        "contact_surname": ("contact last name",),
        "contact_forename": ("contact first name",),
        "contact_name": ("contact",),
        "relationship": ("relationship to pupil", "relationship to student", "contact relationship"),
        "parental_responsibility": ("contact parental responsibility", "pr"),
        "priority": ("contact priority", "contact order"),
        "phone": ("contact phone", "contact telephone", "telephone", "home phone"),
        "mobile": ("contact mobile", "mobile phone"),
        "email": ("contact email", "e-mail"),
    },
    "attendance": {**_PUPIL, **_ATTENDANCE},
}
"""Canonical name → the headers that mean it, for each kind of table. The canonical name itself always does."""


def canonical_columns(kind: str, header: Sequence[str], settings: Mapping[str, Plain]) -> dict[str, str]:
    """Each header of a table of that kind → its canonical name, or itself. A mapping's own synonyms come first.

    A column that is called as a canonical name which another column was chosen for gets its number added.
    """
    by_fold = {_folded(column): column for column in reversed(header)}
    columns: dict[str, str] = {}
    added = _added(kind, settings)
    for name in {**SYNONYMS[kind], **added}:
        for synonym in (*added.get(name, ()), name, *SYNONYMS[kind].get(name, ())):
            if (column := by_fold.get(_folded(synonym))) is not None:
                columns[column] = name
                break
    taken = set(columns.values())
    for number, column in enumerate(header, start=1):
        columns.setdefault(column, f"{column} (column {number})" if column in taken else column)
    return columns


def _added(kind: str, settings: Mapping[str, Plain]) -> dict[str, tuple[str, ...]]:
    synonyms = settings.get("synonyms")
    of_kind = synonyms.get(kind) if isinstance(synonyms, Mapping) else None
    return {name: _texts(value) for name, value in of_kind.items()} if isinstance(of_kind, Mapping) else {}


def _texts(value: Plain) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    parts: Iterable[Plain] = value if isinstance(value, Sequence) else ()
    return tuple(part for part in parts if isinstance(part, str))


def _folded(header: str) -> str:
    return " ".join(header.replace("_", " ").replace("-", " ").casefold().rstrip("?:. ").split())
