"""The people a referral speaks of, how they are related, where they live and how they may be reached safely."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from contracts.model import Code, Line, Part, Ref, Text


class PersonRole(StrEnum):
    """Why a person is in the record (governance 1.8.4; rules 2.6). One person may have several."""

    CHILD = "child"  # help is asked for this child
    SIBLING = "sibling"
    PARENT = "parent"  # a parent or carer, resident or not
    HOUSEHOLD = "household"
    NON_RESIDENT_PARENT = "non_resident_parent"  # KE-C01, rules 2.3: contact details, father identified
    ALLEGED_HARM = "alleged_harm"  # alleged to have caused, or able to cause, harm
    PROFESSIONAL = "professional"
    OTHER = "other"


class Protection(StrEnum):
    """Flags that travel with every copy (governance 1.8.7, M-601 to M-605)."""

    ADDRESS = "address"  # the address must not be found: refuge, special guardianship
    DO_NOT_INFORM = "do_not_inform"  # never contact or tell this person
    SEALED = "sealed"  # adoption, witness protection, reporting restriction


class Identifier(Part):
    """A number somebody else gave this person (formats 6.5). Carried as written, checked as a warning, never corrected.

    system  `upn`, `former_upn`, `uln`, `nhs_number`, `local`, or `<system>` of a case system: `ehm_person`
    """

    system: Code
    value: Line
    issuer: Line | None = None


class Address(Part):
    """Where somebody lives or stays. Lines as the sender wrote them (CBDS address lines; BS7666 for the parts)."""

    lines: tuple[Line, ...] = ()
    town: Line | None = None
    county: Line | None = None
    postcode: Line | None = None
    uprn: Line | None = None
    local_authority: Line | None = Field(default=None, description="GSS code or name, if the source gives one")
    kind: Code | None = Field(default=None, description="home, placement, refuge, correspondence")
    from_date: date | None = None
    to_date: date | None = None
    protected: bool = Field(default=False, description="M-604: masked for all but the roles the council lists")


class Phone(Part):
    """A number, and what kind of line it is (CBDS telephone type H A M W F D)."""

    number: Line
    kind: Code | None = None


class SafeContact(Part):
    """How this person may be reached without putting anyone at risk (rules gap 31)."""

    do_not_phone: bool = False
    do_not_write: bool = False
    do_not_leave_message: bool = False
    safe_times: Line | None = None
    safe_way: Line | None = None


class Communication(Part):
    """What a person needs to understand and be understood (rules gap 21)."""

    interpreter_needed: bool | None = None
    language: Code | None = Field(default=None, description="CBDS language")
    sign_language: bool | None = None
    preferred_format: Line | None = None
    needs: Text | None = None


class AttendanceYear(Part):
    """The totals of another school year, in sessions, as a school's system handed them on (CTF, YearData)."""

    year: Line | None = Field(default=None, description="the school year as the source writes it")
    setting_name: Line | None = None
    setting_laestab: Line | None = None
    sessions_possible: int | None = Field(default=None, ge=0)
    sessions_attended: int | None = Field(default=None, ge=0)
    sessions_authorised: int | None = Field(default=None, ge=0)
    sessions_unauthorised: int | None = Field(default=None, ge=0)


class SessionCount(Part):
    """How many sessions a register marks with one code (CBDS attendance codes)."""

    code: Code | None = None
    as_stated: Line | None = None
    sessions: int | None = Field(default=None, ge=0)


class Education(Part):
    """Where a child learns and how they attend (TH-C02; formats 3.1, 6.3).

    Totals are sessions (half days) with the name of the system that made them; percentages are the sender's own words.
    """

    setting_name: Line | None = None
    setting_urn: Line | None = None
    setting_laestab: Line | None = None
    admission_number: Line | None = None
    year_group: Code | None = Field(default=None, description="CBDS NC year: E1 E2 N1 N2 R 1..14 M X")
    registration_group: Line | None = None
    enrolment: Code | None = Field(default=None, description="CBDS enrolment status: C M S F O G P")
    sessions_possible: int | None = Field(default=None, ge=0)
    sessions_attended: int | None = Field(default=None, ge=0)
    sessions_authorised: int | None = Field(default=None, ge=0)
    sessions_unauthorised: int | None = Field(default=None, ge=0)
    sessions_by_code: tuple[SessionCount, ...] = Field(default=(), description="a register's marks, code by code")
    attendance_as_stated: Line | None = None
    attendance_from: date | None = None
    attendance_to: date | None = None
    attendance_year: Line | None = Field(
        default=None, description="the school year of the totals, as the source writes it"
    )
    other_years: tuple[AttendanceYear, ...] = ()
    totals_made_by: Line | None = None
    sen_provision: Code | None = Field(default=None, description="CBDS: N none, K SEN support, E EHC plan")
    sen_needs: tuple[Code, ...] = ()
    excluded: bool | None = None
    free_school_meals: bool | None = None
    service_child: Code | None = Field(default=None, description="CBDS: Y N U unknown R refused")
    young_carer: Code | None = None
    not_in_education_employment_or_training: bool | None = None


class Person(Part):
    """One person. Names, dates and codes follow the DfE social care API and CBDS; nothing is required (settled 4).

    An unborn child has `unborn` and an `expected_date_of_birth` and no date of birth (TH-E01, LE-E04, KE-E01).
    """

    id: Ref
    roles: tuple[PersonRole, ...] = ()
    title: Line | None = None
    first_name: Line | None = None
    middle_names: Line | None = None
    surname: Line | None = None
    full_name: Line | None = Field(
        default=None, description="when the source has one name field; never split by guessing"
    )
    preferred_name: Line | None = None
    preferred_surname: Line | None = Field(
        default=None, description="CBDS preferred surname, where it is not the legal one"
    )
    former_names: tuple[Line, ...] = ()
    date_of_birth: date | None = None
    expected_date_of_birth: date | None = None
    unborn: bool = False
    age_as_stated: Line | None = None
    sex: Code | None = Field(default=None, description="M F U (CBDS sex); never inferred from gender or a title")
    gender_identity: Line | None = None
    ethnicity: Code | None = Field(default=None, description="CBDS main ethnicity")
    ethnicity_as_stated: Line | None = None
    nationality: Code | None = None
    religion: Line | None = None
    first_language: Code | None = None
    identifiers: tuple[Identifier, ...] = ()
    addresses: tuple[Address, ...] = ()
    phones: tuple[Phone, ...] = ()
    emails: tuple[Line, ...] = ()
    safe_contact: SafeContact | None = None
    protection: tuple[Protection, ...] = ()
    communication: Communication | None = None
    lives_with_child: bool | None = None
    education: Education | None = None
    disabilities: tuple[Code, ...] = ()
    significant_disability: bool | None = Field(default=None, description="DE-R06: to the Lighthouse")
    learning_difficulty_or_disability: bool | None = Field(
        default=None, description="TH-E02, LE-E04: older young people"
    )
    health: Text | None = None
    gp: Line | None = None
    looked_after: bool | None = None
    private_fostering: bool | None = None
    employment: Line | None = None
    identified: bool | None = Field(default=None, description="KE: is the father known? False is an answer")
    why_needed: Text | None = Field(default=None, description="governance 1.8.4: why this person is in the record")
    confidential_from_family: bool = Field(
        default=False, description="rules gap 20: this person's name is kept from the family"
    )
    notes: Text | None = None


class Relationship(Part):
    """How one person is related to another, and whether they hold parental responsibility (rules gap 11).

    `person` is the `kind` of `to`: mother is the PAM of child. CBDS codes; `as_stated` keeps the sender's word.
    """

    person: Ref
    to: Ref
    kind: Code | None = None
    as_stated: Line | None = None
    parental_responsibility: bool | None = None
    contact_order: int | None = Field(default=None, ge=0)


class Professional(Part):
    """A professional or agency already involved (DE-R01, KE L20, rules 2.6)."""

    name: Line | None = None
    role: Line | None = None
    agency: Line | None = None
    agency_kind: Code | None = None
    phone: Line | None = None
    email: Line | None = None
    involvement: Text | None = None
    lead: bool = Field(default=False, description="existing lead professional or practitioner")
    agreed_to_be_named: bool | None = Field(default=None, description="HU-C11")
    supports: tuple[Ref, ...] = ()


class Meeting(Part):
    """A meeting that already exists for this family: TAF, TAYP, core group (TH-R06, HU-R16)."""

    kind: Code | None = None
    as_stated: Line | None = None
    next_on: date | None = None


class ReferrerKind(StrEnum):
    """Who is asking (TH L429; settled 41)."""

    PROFESSIONAL = "professional"
    SOCIAL_WORKER = "social_worker"
    PANEL = "panel"
    FAMILY = "family_self"
    CHILD = "child_self"
    PUBLIC = "public"


class Referrer(Part):
    """Who sent this and how to tell them what became of it."""

    kind: ReferrerKind | None = None
    name: Line | None = None
    role: Line | None = None
    agency: Line | None = None
    agency_kind: Code | None = Field(default=None, description="contact source: 1A..10 (CIN census)")
    phone: Line | None = None
    email: Line | None = None
    address: Line | None = None
    outcome_by: Code | None = Field(default=None, description="how they want to hear: email, letter, phone (TH-R22)")
    relationship_to_child: Line | None = None
    works_with_family: Text | None = None
    keep_name_from_family: bool = False
