"""What the family agreed to, what they were told, and what a practitioner decided instead (governance 1.2, 1.8)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from contracts.model import Code, Line, Part, Ref, Text


class AgreementMeaning(StrEnum):
    """Consent is three things; a form rarely says which (governance 1.2). The default is agreement to the service."""

    SERVICE = "service_agreement"
    GDPR_CONSENT = "gdpr_consent"
    BOTH = "both"


class AgreementStatus(StrEnum):
    """What one giver said."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_SOUGHT = "not_sought"


class AgreementForm(StrEnum):
    """How it was given (rules 4.6: signed, written, verbal)."""

    SIGNED = "signed"
    WRITTEN = "written"
    VERBAL = "verbal"
    ELECTRONIC = "electronic"


class NotSought(StrEnum):
    """Why nobody asked (G-506, G-507)."""

    UNSAFE = "unsafe"  # asking would itself put someone at risk (TH-C15, LE-C06)
    OTHER = "other"


class Competence(Part):
    """A young person's competence, assessed for this decision (governance 1.8.5; rules gap 10)."""

    assessed: bool
    assessed_by: Line | None = None
    assessed_on: date | None = None
    about: Text | None = None


class Scope(Part):
    """What was agreed to, kept apart (governance 1.8.3). An empty list is nothing; `None` is "they did not say".

    agencies    coded kinds or names of those who may receive it
    categories  field groups that may go
    """

    agencies: tuple[Line, ...] | None = None
    categories: tuple[Code, ...] | None = None
    purposes: tuple[Code, ...] | None = None
    support: bool | None = Field(default=None, description="LE-C09: agrees to the support")
    sharing: bool | None = Field(default=None, description="LE-C09: agrees to information being shared")


class Agreement(Part):
    """What one person said about this service and this sharing.

    Newest per giver counts, then the most cautious across givers (governance 4.3).
    """

    giver: Ref | None = Field(default=None, description="a person of this referral")
    giver_as_stated: Line | None = None
    capacity: Code | None = Field(default=None, description="parent, carer, young_person, person_with_pr, other")
    holds_parental_responsibility: bool | None = None
    meaning: AgreementMeaning = AgreementMeaning.SERVICE
    status: AgreementStatus | None = None
    form: AgreementForm | None = None
    on_date: date | None = None
    until: date | None = None
    withdrawn_on: date | None = None
    scope: Scope = Scope()
    signed_document: Line | None = Field(default=None, description="digest or reference of the signed form (TH-C05)")
    signed_document_elsewhere: bool | None = Field(default=None, description="settled 48: it goes to the hub's mailbox")
    form_version: Line | None = None
    informed_of: Text | None = Field(default=None, description="LE-C05: what was explained")
    competence: Competence | None = None
    not_sought: NotSought | None = None
    doubt: Text | None = Field(default=None, description="G-505: capacity, identity or coercion in doubt")
    reason: Text | None = None
    as_stated: Line | None = None


class Informed(Part):
    """Whether one person was told about this sharing; if not, why, and with whom that was decided (TH-C16, HU-C08)."""

    person: Ref | None = None
    who: Code | None = Field(default=None, description="parents, child, family")
    told: bool | None = None
    on_date: date | None = None
    reason_not: Text | None = None
    reason_code: Code | None = Field(default=None, description="increases_risk, prejudices_investigation, other")
    decided_with: Line | None = None
    recorded_on: Line | None = Field(default=None, description="which database (TH-T12)")


class Notice(Part):
    """The privacy notice or leaflet given (TH-C04; governance 1.8.8)."""

    person: Ref | None = None
    given: bool | None = None
    version: Line | None = None
    on_date: date | None = None
    leaflet: Line | None = None
    exemption: Text | None = None


class SharingLimit(Part):
    """Something the family chose not to share (HU-C03). Trims the copy; reversed only for significant harm (HU-C07)."""

    what: Text
    groups: tuple[Code, ...] = Field(default=(), description="field groups it covers, once a person has read it")
    pointers: tuple[Line, ...] = Field(default=(), description="fields it covers, as JSON pointers into the referral")
    from_whom: Line | None = None
    chosen_by: Ref | None = None


class Override(Part):
    """A named practitioner's recorded decision to share despite the above (G-514, DE-C08 to C12, settled 36).

    It answers one thing: the agreement state, recipient and content it was made for.
    """

    ground: Code | None = Field(
        default=None, description="DE: a_impairment, b_evidence, c_reasonable_cause, d_prevent_serious_harm"
    )
    reason: Text | None = None
    decided_by: Line | None = None
    decided_by_role: Line | None = None
    decided_on: date | None = None
    consulted: Text | None = None
    second_person: Line | None = None
    evidence: Text | None = None
    pressing_need: Text | None = None
    proportionality: Text | None = None
    agreement_state: Code | None = None
    recipient: Code | None = None


class View16LA(Part):
    """The view section 16LA asks a practitioner to form (governance 1.5). A machine cannot form it."""

    relevant: bool | None = None
    may_help: bool | None = None
    more_detrimental: bool | None = None
    by: Line | None = None
    at: date | None = None


class StatedBasis(Part):
    """Lawful basis, when a source carries one. Most never do: the sender's registration supplies it (settled 6)."""

    article_6: Code | None = None
    power: Line | None = None
    article_9: tuple[Code, ...] = ()
    schedule_1: Code | None = None
    article_10: Code | None = None
    necessity: Text | None = None
    paragraph_18_reason: Code | None = None
    view_16la: View16LA | None = None


class StatutoryDuty(Part):
    """A statutory duty this information is shared under, and what it covers (TH-C02, settled 48)."""

    code: Code = Field(description="school_attendance, or another the council lists")
    information: tuple[Code, ...] = ()
    family_told: bool | None = None
