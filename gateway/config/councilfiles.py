"""What is written in a council's folder: its hubs, routes, settings, timers, senders and people.

A setting may be a question: the council's document contradicts itself, `ask` says how, `cautious` decides meanwhile,
and `answer` is the council's own (settled 11).
"""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field

from contracts.delivery import HubClass
from contracts.referral import Purpose
from gateway.config.accountable import ComplaintsPart, ControllersPart
from gateway.config.areafiles import NeighbourRow, PostcodesPart
from gateway.config.auditfile import AuditRow
from gateway.config.senderchecks import OtherDoorPart, WebhookPart
from gateway.config.signinfile import JwkRow, SignInPart
from gateway.config.yamlfile import Part

T = TypeVar("T")

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, Field(min_length=10, pattern=r"[.?!]$")]
Line = Annotated[str, Field(min_length=1)]
RuleId = Annotated[str, Field(pattern=r"^[A-Z]{1,2}-[A-Z]*[0-9]{2,3}[a-z]?$")]
Age = Annotated[int, Field(ge=0, le=30)]
Within = Annotated[str, Field(pattern=r"^[1-9][0-9]* (minute|hour|working hour|day|working day|week|month)s?$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Url = Annotated[str, Field(pattern=r"^([a-z]+://[a-z0-9.-]+(:[0-9]+)?/\S*|mailto:[^\s@]+@[a-z0-9.-]+|)$")]
Mailbox = Annotated[str, Field(pattern=r"^[^\s@<>,]+@[a-z0-9.-]+$")]
Outcomes = Literal["share", "share_minimised", "advice_only", "divert"]
FormWord = Literal["signed", "written", ""]
PartiesWord = Literal["child_and_family", "child_or_parent", "parent", ""]
Groups = dict[Outcomes, tuple[Name, ...]]


class Answer(Part, Generic[T]):
    """The council's answer. `by: demo` answers for the demonstration only."""

    value: T
    by: Line


class Question(Part, Generic[T]):
    """A setting nobody has decided: the question in words, and the most cautious reading."""

    ask: Sentence
    cautious: T
    rules: tuple[RuleId, ...] = Field(min_length=1)
    answer: Answer[T] | None = None


class Terms(Part):
    """The agreement one purpose needs; what the document does not say is left out."""

    required: bool = True
    form: FormWord | Question[FormWord] = ""
    form_after: Name | None = None
    parties: PartiesWord | Question[PartiesWord] = ""
    consents: tuple[Literal["support", "sharing"], ...] = ()


class AgreementPart(Part):
    purposes: dict[Purpose | Literal["any"], Terms]
    young_alone: Age | Question[Age] = 16
    stale_months: int = Field(default=6, ge=1, le=24)
    statutory_duties: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    partial_choice: bool = False
    informed: bool = False
    consent_as_basis: bool = False


class InformPart(Part):
    required: bool
    approver: Name | None = None


class EligibilityPart(Part):
    unborn: bool = True
    age_max: Age | Question[Age] | None = None
    ldd_age_max: Age | Question[Age] | None = None
    doubtful_age: Age | None = None
    min_needs: int | Question[int] | None = Field(default=None)
    assessment_months: int | None = Field(default=None, ge=1)
    bands: dict[Name, tuple[Age, Age]] = Field(default_factory=dict)


class HoursPart(Part):
    opens: time = time(9)
    closes: time = time(17)
    closed: tuple[date, ...] = ()


class LabelsPart(Part):
    """The council's own words, where they differ from ours."""

    lead: Line = "Lead Professional"


class CouncilFile(Part):
    """`council.yaml`: who the council is, and its answers to the questions of the rules paper's appendix A."""

    council: Name
    title: Line
    gss: str = Field(pattern=r"^E[0-9]{8}$")
    aliases: tuple[Line, ...] = ()
    emergency: Sentence
    front_door: Name
    hours: HoursPart = HoursPart()
    localities: dict[Name, tuple[Line, ...]] = Field(default_factory=dict)
    not_sure: tuple[Line, ...] = ()
    postcodes: PostcodesPart = PostcodesPart()
    neighbours: dict[Name, NeighbourRow] = Field(default_factory=dict)
    levels: dict[str, Line]
    labels: LabelsPart = LabelsPart()
    controllers: ControllersPart = ControllersPart()
    complaints: ComplaintsPart = ComplaintsPart()
    agreement: AgreementPart
    advice: tuple[Purpose, ...] = ()
    inform_parents: InformPart = InformPart(required=False)
    eligibility: EligibilityPart = EligibilityPart()
    section_16la_from: date | None = None
    questions: dict[Name, Question[Line]] = Field(default_factory=dict)


class HubRow(Part):
    title: Line
    adapter: Name
    url: Url = ""
    class_: HubClass = Field(alias="class")
    confirmed: bool = False
    secrets: tuple[Name, ...] = ()
    groups: Groups = Field(default_factory=dict)
    purposes: tuple[Purpose, ...]
    services: tuple[Name, ...] = ()
    agencies: tuple[Line, ...] = ()
    members: tuple[Name, ...] = ()
    telephone: Line
    out_of_hours: str = ""
    front_door: bool = False
    in_flight: int = Field(default=8, ge=1, le=64)
    identifier: Literal["upn", "nhs_number", ""] = ""
    masked_roles_may_see_address: bool = False
    settings: dict[Name, Line | int | bool] = Field(default_factory=dict)
    pair: str = ""


class HubsFile(Part):
    """`hubs.yaml`. A hub that lists no groups for an outcome has those of `mappings/sharing/groups.yaml`."""

    hubs: dict[Name, HubRow] = Field(min_length=1)


class RouteRow(Part):
    id: RuleId
    when: dict[str, tuple[str, ...]] = Field(min_length=1)
    to: Name
    because: Sentence


class RoutesFile(Part):
    """`routes.yaml`: the first row that matches wins, and there is no default."""

    routes: tuple[RouteRow, ...] = Field(min_length=1)


class ClockRow(Part):
    say: Sentence
    starts: Name
    stops: tuple[Name, ...] = ()
    within: Within
    kinds: tuple[Literal["referral", "divert"], ...] = ()
    counts: Literal["received", "next_working_day"] = "received"
    alarms: bool = False
    owner: str = ""
    tells: tuple[Name, ...] = ()
    on_breach: Sentence | Literal[""] = ""
    rules: tuple[RuleId, ...] = Field(min_length=1)


class GuidanceRow(Part):
    say: Sentence
    rules: tuple[RuleId, ...] = Field(min_length=1)


class TimersFile(Part):
    """`timers.yaml`: the document's clocks, and what it asks for inside the case, where nothing is counted here."""

    clocks: dict[Name, ClockRow]
    guidance: tuple[GuidanceRow, ...] = ()


class OutcomeRow(Part):
    """One answer of a hub. Its code is the row's own name, unless another is given."""

    code: Name | None = None
    title: Line
    hubs: tuple[Name, ...] = ()
    needs: tuple[Literal["words", "lead"], ...] = ()
    follows: Sentence | None = None
    family: Sentence | None = None
    rules: tuple[RuleId, ...] = ()


class OutcomesFile(Part):
    """`outcomes.yaml`: what the council's hubs may answer, in its own words (rules 9.2)."""

    outcomes: dict[Name, OutcomeRow] = Field(min_length=1)


class SharingAgreement(Part):
    id: Line
    until: date | None = None


class BasisPart(Part):
    """Basis and condition the sender rests on (governance 1.5), as its IG lead signed them."""

    article_6: Literal["6_1_a", "6_1_c", "6_1_d", "6_1_e", "6_1_ea", "6_1_f"]
    power: str = ""
    article_9: tuple[Literal["9_2_a", "9_2_c", "9_2_g", "9_2_h"], ...] = ()
    schedule_1: Literal["para_2", "para_6", "para_18", ""] = ""
    paragraph_18_reason: str = ""
    article_10: str = ""
    necessity: str = ""


class NoticePart(Part):
    version: Line
    until: date | None = None


class AskedPart(Part):
    """The question of the sender's own form without whose yes nothing is sent, as its IG lead and the council sign."""

    question: Line
    until: date | None = None


class SenderRow(Part):
    """What a sender is registered to do. Keys are SHA-256 digests; `demo` keys are printed, so nothing is secret."""

    title: Line
    type: str
    agency_kind: str = ""
    active: bool = True
    until: date | None = None
    demo: bool = False
    keys: tuple[Digest, ...] = ()
    test_keys: tuple[Digest, ...] = ()
    jwks: tuple[JwkRow, ...] = ()
    sources: tuple[Name, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    may: tuple[Literal["submit", "preview", "status", "withdraw", "deliveries.outcome", "deliveries.collect"], ...]
    hubs: tuple[Name, ...] = ()
    agreement: SharingAgreement | None = None
    basis: BasisPart | None = None
    notice_to_every_family: NoticePart | None = None
    agreement_of_every_family: AskedPart | None = None
    names_no_child: bool = False
    designated: bool = False
    duty_of_confidence: bool = False
    people: dict[Literal["sender_lead", "sender_deputy", "sender_office"], tuple[Line, ...]] = Field(
        default_factory=dict
    )
    contact: Line
    webhook: WebhookPart | None = None
    taken_by: tuple[Literal["front_door", "hub_duty"], ...] = ()
    other_doors: tuple[OtherDoorPart, ...] = ()


class SendersFile(Part):
    senders: dict[Name, SenderRow]


class RoleRow(Part):
    title: Line
    people: tuple[Line, ...] = ()
    cover: Name | None = None
    mail: Mailbox | None = None


class PeopleFile(Part):
    """`people.yaml`: who acts in which role, which covers for it (settled 44), whose hubs, and auditors' bounds."""

    roles: dict[Name, RoleRow] = Field(min_length=1)
    works_for: dict[Line, tuple[Name, ...]] = Field(default_factory=dict)
    audits: dict[Line, AuditRow] = Field(default_factory=dict)
    sign_in: SignInPart | None = None
