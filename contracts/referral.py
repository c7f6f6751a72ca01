"""The canonical referral: one request for help, in our words, whatever wrote it (rules 2.6).

Almost nothing is required: completeness is decided, not validated (settled 4). What a source said and nobody mapped is
kept under `other_answers`. Each field names the rule or standard it comes from.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from contracts.agreement import (
    Agreement,
    Informed,
    Notice,
    Override,
    SharingLimit,
    StatedBasis,
    StatutoryDuty,
)
from contracts.model import Code, Line, Part, Ref, Text
from contracts.people import Meeting, Person, Professional, Referrer, Relationship
from contracts.source import OtherAnswer, Provenance, SourceRef


class Purpose(StrEnum):
    """What is asked for (rules 2.6)."""

    REQUEST = "request"
    GENERAL_ENQUIRY = "general_enquiry"  # TH-C10: nameless
    CONSULTATION = "consultation"  # HU-C09: in anonymous terms
    STEP_UP = "step_up"
    STEP_DOWN = "step_down"
    REDIRECT = "redirect"  # TH-R11: from social care into Early Help
    PANEL_REFERRAL = "panel_referral"
    MONITORING = "monitoring"  # DE-R12: a record, not a request
    SAFEGUARDING = "safeguarding"  # a safeguarding referral that came this way (S-104)
    OTHER = "other"  # research, marketing: refused


class HarmLevel(StrEnum):
    """What the practitioner declared about harm (governance 1.3). Only a person may lower it."""

    NONE_DECLARED = "none_declared"
    POSSIBLE = "possible"
    SIGNIFICANT = "significant"
    IMMEDIATE = "immediate"
    NOT_ASKED = "not_asked"  # settled 31: nobody asked


class Harm(Part):
    """The sender's answer to the safety question, and any statement that brings a duty (settled 31, 32).

    duties  stated facts only: section_47, child_sexual_offence, known_fgm, prevent, court_order. A ticked risk is none.
    """

    level: HarmLevel | None = None
    as_stated: Line | None = None
    duties: tuple[Code, ...] = ()
    declared_by: Line | None = None
    first_contact_at: datetime | None = Field(default=None, description="HU-T01: when the phone contact was made")
    what_happened: Text | None = None
    rung: bool | None = Field(default=None, description="the sender has already rung the front door")


class Need(Part):
    """One need, whose it is, and the sender's own words for it (rules 8; LE-E01 counts needs per family)."""

    code: Code | None = Field(default=None, description="code list `need`; None when the label is in no list")
    as_stated: Line | None = None
    whose: Ref | None = None
    scope: Literal["child", "parent", "family"] | None = None
    unmet: bool | None = Field(default=None, description="LE-E02: not met by current provision")
    evidence: Text | None = None


class Strength(Part):
    """A strength or protective factor, never a need (rules 8; HU L88)."""

    code: Code | None = None
    as_stated: Line | None = None
    whose: Ref | None = None
    detail: Text | None = None


class Level(Part):
    """Level of need: the council's own label and the common scale (rules 3). Never mapped by number.

    canonical  universal, universal_plus, targeted, targeted.intensive, child_in_need, child_protection
    """

    council_label: Line | None = None
    council: Code | None = Field(
        default=None, description="rules 3.1: whose label it is, where it is not this council's"
    )
    canonical: Code | None = None
    declared_by: Line | None = None
    complex: bool | None = Field(default=None, description="LE-E01: complex, beyond one agency")
    multi_agency: bool | None = Field(default=None, description="LE-E01: a multi-agency response is required")


class View(Part):
    """What one person thinks, kept apart from what others think (TH-C23, KE L21)."""

    whose: Literal["child", "parent", "family", "other"]
    person: Ref | None = None
    said: Text | None = None
    seen: bool | None = None
    seen_alone: bool | None = None
    how: Line | None = None
    agrees_with_request: bool | None = None


class Family(Part):
    """The family as one unit (DE-E05, LE-E01; KE L16)."""

    locality: Line | None = Field(default=None, description="as the sender named it: it routes (settled 50)")
    cluster: Line | None = None
    district: Line | None = None
    one_home: bool | None = None
    home_council: Code | None = None
    summary: Text | None = None


class RequestedService(Part):
    """A service asked for by name or tick (HU-R05: one decision each)."""

    code: Code | None = None
    as_stated: Line | None = None
    for_whom: tuple[Ref, ...] = ()


class Assessment(Part):
    """An assessment that exists (TH-E09, HU-C13, LE-C08, LE-R12)."""

    kind: Code | None = Field(
        default=None, description="eha, single_assessment, child_and_family, family_star_plus, my_star, own"
    )
    as_stated: Line | None = None
    completed_on: date | None = None
    completed_by: Line | None = None
    attached: bool | None = None
    open: bool | None = None
    summary: Text | None = None
    not_achieved: Text | None = Field(default=None, description="DE L123: what could not be assessed, and why")


class PlanAction(Part):
    """One action of a plan (LE L201 to 210)."""

    action: Text | None = None
    who: Line | None = None
    by_when: Line | None = None


class Plan(Part):
    """A plan that exists, with its contingency (LE L201, HU L123, KE L161)."""

    kind: Code | None = None
    outcomes: Text | None = None
    actions: tuple[PlanAction, ...] = ()
    contingency: Text | None = None
    agencies: Text | None = None
    agreed_on: date | None = None
    review_on: date | None = None


class StepDown(Part):
    """What comes with a child stepping down from social care (KE L129 to 175, LE-R11, LE-R12, HU-R12, HU-R13)."""

    decision: Text | None = None
    rationale: Text | None = None
    next_steps: Text | None = None
    worries: Text | None = Field(default=None, description="KE heading 1")
    agreed_plan: Text | None = Field(default=None, description="KE heading 2")
    role_of_early_help: Text | None = None
    intended_outcomes: Text | None = None
    engagement: Text | None = None
    sessions: Line | None = None
    delivery: Text | None = None
    other_agencies: Text | None = None
    contingency: Text | None = Field(default=None, description="KE heading 3")
    joint_visit_on: date | None = None
    joint_visit_done: bool | None = None
    joint_route: bool | None = Field(default=None, description="KE-R06: both services assessed together")
    assessment_not_reused: Text | None = Field(
        default=None, description="KE L146: why the social work assessment was not used again"
    )
    returning_home: bool | None = Field(default=None, description="TH L538: the child goes back to its parents")
    no_longer_child_in_need: bool | None = Field(default=None, description="LE L185")
    ongoing_need: Text | None = None
    lead_found: bool | None = None
    core_groups_and_plan: bool | None = Field(default=None, description="HU-R12")
    social_worker: Line | None = None
    support_sought: Code | None = Field(default=None, description="LE: eha or family_support_work")
    stepped_down_on: date | None = None


class StaffRisk(Part):
    """Risk to staff who visit (KE L266, DE L120 to 123)."""

    known: bool | None = None
    what: Text | None = None
    precautions: Text | None = None


class Attachment(Part):
    """A document by its digest; the bytes travel beside it (settled 26, 54)."""

    sha256: Line
    name: Line | None = None
    media_type: Line | None = None
    kind: Code | None = Field(default=None, description="signed_consent, eha, single_assessment, plan, other")
    size: int | None = Field(default=None, ge=0)
    confidential: bool | None = None
    about: tuple[Ref, ...] = ()


class Referral(Part):
    """One request for help. `people` hold everyone; `children` are those with the role `child`."""

    schema_version: Literal["1"] = "1"
    council: Code
    purpose: Purpose
    policy_version: Line | None = Field(
        default=None, description="the council's policy the sender wrote to, if they say"
    )
    anonymous: bool = Field(default=False, description="TH-C11, HU-C09: the sender withheld the family's name")
    source: SourceRef
    referrer: Referrer = Referrer()
    people: tuple[Person, ...] = Field(default=(), max_length=60)
    relationships: tuple[Relationship, ...] = ()
    family: Family = Family()
    harm: Harm = Harm()
    reason: Text | None = Field(default=None, description="why help is asked for, in the sender's words")
    outcome_sought: Text | None = None
    tried_already: Text | None = None
    if_nothing_changes: Text | None = Field(default=None, description="DE L106, KE L53")
    needs: tuple[Need, ...] = ()
    strengths: tuple[Strength, ...] = ()
    risk_factors: tuple[Strength, ...] = Field(default=(), description="HU L88")
    impact: Text | None = Field(default=None, description="HU L88: analysis of impact")
    lived_experience: Text | None = None
    level: Level = Level()
    urgency: Code | None = None
    views: tuple[View, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    informed: tuple[Informed, ...] = ()
    notices: tuple[Notice, ...] = ()
    sharing_limits: tuple[SharingLimit, ...] = ()
    override: Override | None = None
    basis: StatedBasis | None = None
    statutory_duties: tuple[StatutoryDuty, ...] = ()
    requested_services: tuple[RequestedService, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    plan: Plan | None = None
    step_down: StepDown | None = None
    step_up_reason: Text | None = None
    professionals: tuple[Professional, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    programme_strands: tuple[Code, ...] = Field(default=(), description="TH-E06: six strands; never eligibility")
    criminal: Text | None = Field(default=None, description="allegations, offences, police information (Art 10)")
    staff_risk: StaffRisk | None = None
    attachments: tuple[Attachment, ...] = ()
    other_answers: tuple[OtherAnswer, ...] = ()
    provenance: tuple[Provenance, ...] = ()
    corrects: Line | None = Field(default=None, description="id of the referral this one corrects")

    def place_of(self, person: str) -> str:
        """JSON pointer to the person with this id, "" for nobody: for whatever may not repeat a sender's own id."""
        return next((f"/people/{place}" for place, one in enumerate(self.people) if one.id == person), "")

    @property
    def children(self) -> tuple[Person, ...]:
        """Everyone for whom help is asked."""
        return tuple(person for person in self.people if "child" in person.roles)
