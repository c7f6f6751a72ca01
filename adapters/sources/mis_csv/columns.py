"""What schools call the columns of their exports: the built-in synonyms of each table, and what tells one by them.

The headings are those that reports of SIMS, Arbor and Bromcom, the tables of the school census, and incident logs like
those of CPOMS are seen with. Reports are designed by the school, so they are usual, not certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.formats.headings import Synonyms, canonical_columns
from contracts.adapter import ReadOptions

_NUMBERS: Final[Synonyms] = {
    "upn": ("unique pupil number", "pupil upn", "student upn"),
    "admission_number": ("admission no", "adno", "adm no", "student id", "pupil id", "admission"),
    "key": ("pupilonrolltableid", "pupilnolongeronrolltableid"),
}
_TOTALS: Final[Synonyms] = {
    "possible_sessions": ("possible", "sessions possible", "possible marks", "termlysessionspossible"),
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
}

TABLES: Final[Mapping[str, Synonyms]] = {
    "pupil": {
        **_NUMBERS,
        **_TOTALS,
        "surname": ("legal surname", "legal last name", "last name", "family name"),
        "forename": ("legal forename", "legal first name", "first name", "given name"),
        "date_of_birth": ("dob", "birth date"),
        "preferred_forename": ("preferred name", "known as", "preferred first name"),
        "preferred_surname": ("preferredsurname", "preferred last name"),
        "middle_names": ("middlenames", "middle name"),
        "former_surname": ("formersurname",),
        "former_upn": ("formerupn",),
        "uln": ("uniquelearnernumber", "unique learner number"),
        "sex": ("legal sex",),
        "gender": (),
        "ethnicity": ("ethnic code", "ethnicity code"),
        "language": ("first language", "home language"),
        "year_group": ("year", "nc year", "ncyearactual", "national curriculum year"),
        "registration_group": ("reg group", "reg", "registration form", "tutor group", "form group"),
        "enrolment_status": ("enrolstatus",),
        "sen_status": ("sen provision", "senprovision", "sen"),
        "looked_after": ("in care",),
        "free_school_meals": ("fsm", "fsm eligible", "eligible for free meals"),
        "young_carer": ("youngcarer",),
        "postcode": ("post code", "home postcode"),
        "school": ("school name",),
    },
    "attendance": {**_NUMBERS, **_TOTALS, "attendance_from": ("start date",), "attendance_to": ("end date",)},
    "contacts": {
        **_NUMBERS,
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
    "session_codes": {
        **_NUMBERS,
        "attendance_code": ("attendancereason", "attendance mark", "mark"),
        "sessions": (),
    },
    "sen_needs": {**_NUMBERS, "sen_need": ("sentype", "sen type", "sen need type"), "rank": ("sentyperank",)},
    "addresses": {
        **_NUMBERS,
        "postcode": ("post code",),
        "street": (),
        "town": (),
        "post_town": ("posttown",),
        "locality": (),
        "saon": (),
        "paon": (),
        **{f"address_line_{number}": (f"addressline{number}",) for number in range(1, 6)},
        "uprn": ("uniquepropertyreferencenumber",),
    },
    "incidents": {
        **_NUMBERS,
        "incident_id": (),
        "incident_date": ("date of incident",),
        "category": (),
        "subcategory": (),
        "summary": ("incident summary",),
    },
}
"""Table → canonical name → the headings that mean it. The canonical name itself always does."""

_NEEDS: Final[Mapping[str, Sequence[str]]] = {
    "pupil": ("surname", "forename", "date_of_birth"),
    "attendance": ("possible_sessions",),
    "contacts": ("relationship",),
    "session_codes": ("attendance_code", "sessions"),
    "sen_needs": ("sen_need",),
    "addresses": ("postcode",),
    "incidents": ("summary", "category"),
}


def columns_of(table: str, header: Sequence[str], options: ReadOptions) -> dict[str, str]:
    """Each heading → its canonical name in that table, or itself."""
    return canonical_columns(TABLES[table], header, options.settings.get("synonyms"))


def table_of(header: Sequence[str], options: ReadOptions) -> str:
    """The table that a header is of: the one `table` names, or any that the header fits; "" if it is none.

    A table that names its pupil in full is one of pupils, and no other; every other one has a number of the pupil.
    """
    wanted = str(options.settings.get("table", ""))
    for table, needs in _NEEDS.items():
        columns = set(columns_of(table, header, options).values())
        if columns.issuperset(needs) and (table == "pupil" or columns.intersection(_NUMBERS)):
            return table if wanted in ("", table) else ""
    return ""
