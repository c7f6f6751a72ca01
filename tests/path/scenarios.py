"""The scenarios of the rules paper as canonical referrals, each with everything that is to come of it.

Outcomes are those of the settled questions where they differ from the paper; a comment beside the scenario says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.decision import Outcome
from tests.builders import a_child, a_mother, an_agreement

TOLD_OF: Final = "How it is stored and who sees it."
HEADINGS: Final = {"worries": "Bedtimes slip.", "agreed_plan": "Six visits.", "contingency": "Ring us the same day."}
"""What Kent's Step-Down form must say (KE-R14)."""

SIGNED: Final = an_agreement(signed_document="abc")
SCHOOL: Final = {"kind": "professional", "role": "Family worker", "agency": "Invented Primary School"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One referral, and what must come of it.

    rules    ids of the rules paper that this proves
    sender   a registered sender of the council's own file
    decide   the deciding rules; () where it is shared and every table says so
    rows     the council's own rows that match, all of them
    route    the council's route that was taken, "" for none
    sent     words that are in the message; kept: words that are not, and that the referral holds
    """

    id: str
    story: str
    council: str
    sender: str
    changes: Mapping[str, Any]
    outcome: Outcome
    rules: tuple[str, ...]
    hub: str = ""
    route: str = ""
    decide: tuple[str, ...] = ()
    rows: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()
    sent: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


UNBORN: Final = {
    "id": "child",
    "roles": ["child"],
    "unborn": True,
    "expected_date_of_birth": "2027-05-20",
}
ABSENCES: Final[Mapping[str, Any]] = {
    "people": [
        a_child(education={"setting_name": "Invented Primary School", "attendance_as_stated": "71%"}),
        a_mother(health="Her depression is under review."),
    ],
    "needs": [{"code": "attendance", "whose": "child"}],
    "agreements": [],
    "notices": [],
    "informed": [{"who": "parents", "told": True, "on_date": "2026-10-30"}],
    "statutory_duties": [{"code": "school_attendance"}],
}
YOUNG_WOMAN: Final = a_child(
    first_name="Isla", date_of_birth="2002-01-10", learning_difficulty_or_disability=True, addresses=[]
)
HER_OWN: Final = an_agreement(
    giver="child",
    capacity="young_person",
    signed_document="abc",
    scope={"categories": ["child_identity", "child_contact", "request", "narrative", "health_send"]},
)
NAMELESS: Final = {"anonymous": True, "people": [], "relationships": [], "agreements": [], "notices": []}
THREE_NEEDS: Final = [
    {"code": "homelessness", "scope": "family"},
    {"code": "mental_health_parent", "whose": "mother"},
    {"code": "financial_hardship", "scope": "family"},
]
STATED: Final = {"complex": True, "multi_agency": True}
EHA: Final = [{"kind": "eha", "attached": True}]
INFORMED: Final = an_agreement(informed_of=TOLD_OF)


def _sibling(name: str, born: str) -> dict[str, Any]:
    return a_child(id=name.lower(), first_name=name, date_of_birth=born)


SCENARIOS: Final = (
    Scenario(
        "S01",
        "A school reports poor attendance; nobody agreed to wider help, and the parents know.",
        "tower_hamlets",
        "invented_school",
        ABSENCES,
        Outcome.SHARE_MINIMISED,
        ("TH-C02", "TH-C09", "TH-R03"),
        hub="ehh",
        route="TH-R03",
        decide=("G-515",),
        rows=frozenset({"TH-C09"}),
        flags=frozenset({"agreement_not_required", "not_discussed_without_agreement"}),
        tasks=frozenset({"tell_the_family"}),
        sent=("71%", "Fernsby"),
        kept=("depression", "late most mornings", "4 Invented Row"),
    ),
    Scenario(
        "S02",
        "The same record in Derby, whose guidance knows no such exception.",
        "derby",
        "invented_school",
        ABSENCES,
        Outcome.HOLD,
        ("DE-C01", "DE-C02", "DE-R01"),
        decide=("A-204", "G-506"),
        rows=frozenset({"DE-C01", "DE-C02", "DE-R01"}),
        flags=frozenset({"agreement_not_written", "confirm_informed", "ask_clerk_for_lead"}),
        kept=("71%",),
    ),
    Scenario(  # settled 48: shared with the signed form to follow; the paper held it until the form came
        "S03",
        "A midwife writes for an unborn child. The mother signed, and the form goes to the hub's mailbox.",
        "tower_hamlets",
        "enquiry_form",
        {
            "people": [
                UNBORN,
                a_mother(),
                {"id": "ex", "roles": ["other"], "first_name": "Corvin", "phones": [{"number": "07700 900777"}]},
            ],
            "needs": [{"code": "homelessness"}, {"code": "pregnancy_parenthood"}],
            "level": {"canonical": "universal_plus", "council_label": "Universal Plus"},
        },
        Outcome.SHARE,
        ("TH-C03", "TH-C04", "TH-C05", "TH-C08", "TH-C25", "TH-E01", "TH-R05"),
        hub="ehh",
        route="TH-R03",
        rows=frozenset({"TH-C05-FOLLOWS", "TH-R05-UNCLEAR"}),
        flags=frozenset({"signed_form_to_follow", "form_or_assessment_unclear"}),
        tasks=frozenset({"chase_signed_form"}),
        sent=("2027-05-20", "Joan"),
        kept=("Corvin", "07700 900777"),
    ),
    Scenario(
        "S04",
        "An unborn child, three needs of the family, and the assessment is with it.",
        "leicester",
        "early_help_forms",
        {
            "people": [UNBORN, a_mother()],
            "needs": THREE_NEEDS,
            "level": STATED,
            "assessments": EHA,
            "agreements": [INFORMED],
        },
        Outcome.SHARE,
        ("LE-C05", "LE-C08", "LE-E01", "LE-E04", "LE-R01"),
        hub="eh_in_das",
        route="LE-R01",
        sent=("financial_hardship",),
    ),
    Scenario(
        "S06",
        "A woman of 24 with a learning difficulty signs for herself, and for nobody's data but her own.",
        "tower_hamlets",
        "social_care",
        {
            "people": [YOUNG_WOMAN, a_mother(phones=[{"number": "07700 900456"}])],
            "agreements": [HER_OWN],
            "assessments": [{"kind": "eha", "attached": True, "completed_on": "2026-09-01"}],
        },
        Outcome.SHARE_MINIMISED,
        ("TH-E01", "TH-E02", "TH-E03", "TH-C26", "TH-C07"),
        hub="ehh",
        route="TH-R03",
        decide=("G-511",),
        rows=frozenset({"TH-E03", "TH-T04", "TH-E08", "TH-NARRATIVE"}),
        flags=frozenset(
            {
                "age_rule_unclear",
                "assessment_current",
                "something_withheld",
                "eligibility_checklist_due",
                "narrative_to_follow",
            }
        ),
        tasks=frozenset({"read_narrative"}),
        sent=("Isla",),
        kept=("Joan", "07700 900456"),
    ),
    Scenario(
        "S08",
        "A young man of 16 asks for himself, and does not want his parents told.",
        "kent",
        "request_form",
        {
            "referrer": {"kind": "child_self"},
            "people": [
                a_child(first_name="Rory", date_of_birth="2010-05-01", education={"setting_name": "Invented College"}),
                a_mother(protection=["do_not_inform"]),
            ],
            "needs": [{"code": "substance_misuse_child", "whose": "child"}, {"code": "neet", "whose": "child"}],
            "agreements": [],
            "notices": [],
        },
        Outcome.SHARE,
        ("KE-C01", "KE-C02", "KE-C03", "KE-C04", "KE-R01"),
        hub="front_door",
        route="KE-R01",
        rows=frozenset({"KE-C03", "KE-NARRATIVE", "KE-TELL"}),
        flags=frozenset({"young_person_asks_alone", "do_not_inform", "narrative_to_follow"}),
        tasks=frozenset({"read_narrative"}),
        sent=("Rory", "substance_misuse_child"),
        kept=("07700 900123", "late most mornings"),
    ),
    Scenario(  # governance 1.6 and HU-C07 win over "adult data unrelated to the harm": a divert is never narrowed
        "S09",
        "A family refuses an assessment; the lead professional thinks significant harm is likely and has told them.",
        "tower_hamlets",
        "invented_school",
        {
            "agreements": [an_agreement(status="refused")],
            "harm": {"level": "significant", "declared_by": "Lead Professional"},
            "informed": [{"who": "parents", "told": True}],
            "level": {"canonical": "targeted"},
        },
        Outcome.DIVERT,
        ("TH-C12", "TH-C16", "TH-R01"),
        hub="mash",
        route="TH-R03",
        decide=("S-102",),
        rows=frozenset({"TH-R05"}),
        flags=frozenset({"significant_harm", "eha_not_attached"}),
        sent=("late most mornings", "4 Invented Row"),
    ),
    Scenario(
        "S09b",
        "The same refusal without harm: the sender is asked to think of safety, and nothing goes.",
        "tower_hamlets",
        "invented_school",
        {"agreements": [an_agreement(status="refused")]},
        Outcome.HOLD,
        ("TH-C12", "TH-C13"),
        hub="ehh",
        route="TH-R03",
        decide=("G-502",),
        rows=frozenset({"TH-C13"}),
        flags=frozenset({"refused_look_at_safety"}),
        kept=("Fernsby",),
    ),
    Scenario(
        "S11",
        "A neighbour asks without names, and leaves a name and a house in the text.",
        "tower_hamlets",
        "enquiry_form",
        NAMELESS
        | {
            "purpose": "general_enquiry",
            "referrer": {"kind": "public"},
            "reason": "My neighbour Jamie Okafor at number 12 is struggling with rent.",
        },
        Outcome.HOLD,
        ("TH-C09", "TH-C10", "TH-C11", "TH-R03"),
        hub="ehh",
        route="TH-R03",
        decide=("I-302",),
        kept=("Okafor",),
    ),
    Scenario(
        "S11b",
        "The neighbour has written it again without names.",
        "tower_hamlets",
        "enquiry_form",
        NAMELESS
        | {
            "purpose": "general_enquiry",
            "referrer": {"kind": "public"},
            "reason": "A family near me is struggling with rent.",
        },
        Outcome.ADVICE_ONLY,
        ("TH-C10", "TH-C11"),
        hub="ehh",
        route="TH-R03",
        decide=("I-301",),
        flags=frozenset({"nameless"}),
        sent=("struggling with rent",),
    ),
    Scenario(  # settled 51: advice only; it is no contact, so HU-T02 does not run
        "S12",
        "A school describes a situation to EHASH without saying whose it is.",
        "hull",
        "invented_academy",
        NAMELESS
        | {
            "purpose": "consultation",
            "referrer": SCHOOL,
            "reason": "A pupil is often tired, and we do not know whether to ask for help.",
        },
        Outcome.ADVICE_ONLY,
        ("HU-C09", "HU-R17"),
        hub="ehash",
        route="HU-R17",
        decide=("I-301",),
        flags=frozenset({"nameless"}),
        sent=("often tired", "Ask Family worker, Invented Primary School."),
    ),
    Scenario(
        "S14",
        "Three siblings with one need each: the family has three.",
        "leicester",
        "early_help_forms",
        {
            "people": [
                _sibling("Maya", "2017-03-14"),
                _sibling("Ivo", "2015-02-01"),
                _sibling("Ada", "2019-06-30"),
                a_mother(),
            ],
            "relationships": [],
            "needs": [{"code": "bullying", "whose": who} for who in ("maya", "ivo", "ada")],
            "level": STATED,
            "assessments": EHA,
            "agreements": [INFORMED],
        },
        Outcome.SHARE,
        ("LE-E01", "LE-R01"),
        hub="eh_in_das",
        route="LE-R01",
        sent=("Maya", "Ivo", "Ada"),
    ),
    Scenario(
        "S14b",
        "The same, and nobody says that it takes more than one agency.",
        "leicester",
        "early_help_forms",
        {"needs": THREE_NEEDS, "assessments": EHA, "agreements": [INFORMED], "level": {"complex": True}},
        Outcome.SHARE,
        ("LE-E01",),
        hub="eh_in_das",
        route="LE-R01",
        rows=frozenset({"LE-E01"}),
        flags=frozenset({"needs_statement_missing"}),
    ),
    Scenario(
        "S15",
        "Two unmet needs: for a single agency, and screened all the same.",
        "leicester",
        "early_help_forms",
        {"needs": THREE_NEEDS[:2], "level": STATED, "assessments": EHA, "agreements": [INFORMED]},
        Outcome.SHARE,
        ("LE-E02", "LE-E03", "LE-R01", "LE-R03"),
        hub="eh_in_das",
        route="LE-R01",
        rows=frozenset({"LE-E02"}),
        flags=frozenset({"below_need_count"}),
    ),
    Scenario(
        "S17",
        "A social worker steps a child down; no agency leads, and the family has not agreed.",
        "hull",
        "social_care",
        {
            "purpose": "step_down",
            "referrer": {"kind": "social_worker"},
            "family": {"locality": "East"},
            "step_down": {"lead_found": False, "core_groups_and_plan": True},
            "agreements": [],
        },
        Outcome.HOLD,
        ("HU-C12", "HU-R12", "HU-R13"),
        hub="eham_east",
        route="HU-R13b",
        decide=("G-506",),
        rows=frozenset({"HU-C03"}),
        flags=frozenset({"confirm_family_choice"}),
        kept=("Fernsby",),
    ),
    Scenario(
        "S19",
        "MASH redirects what is below its threshold, and nobody could be named to lead. The family agreed.",
        "tower_hamlets",
        "social_care",
        {
            "purpose": "redirect",
            "referrer": {"kind": "social_worker"},
            "step_down": {"lead_found": False},
            "criminal": "A neighbour alleged a theft, which nobody has proved.",
        },
        Outcome.SHARE,
        ("TH-C09", "TH-R11", "TH-R13"),
        hub="ehh",
        route="TH-R11",
        sent=("lead_found",),
        kept=("alleged a theft",),
    ),
    Scenario(
        "S19b",
        "The same redirect, and the family's agreement is missing: the hub discusses no case without it.",
        "tower_hamlets",
        "social_care",
        {
            "purpose": "redirect",
            "referrer": {"kind": "social_worker"},
            "step_down": {"lead_found": False},
            "agreements": [],
            "informed": [{"who": "parents", "told": True}],
        },
        Outcome.HOLD,
        ("TH-C09", "TH-R11"),
        hub="ehh",
        route="TH-R11",
        decide=("G-506",),
        kept=("Fernsby",),
    ),
    Scenario(
        "S21",
        "A school has reasonable cause to fear significant harm, and telling the parents would raise the risk.",
        "hull",
        "invented_academy",
        {
            "purpose": "safeguarding",
            "harm": {"level": "significant", "first_contact_at": "2026-11-01T17:30:00Z", "rung": True},
            "informed": [
                {"who": "parents", "told": False, "reason_code": "increases_risk", "reason_not": "He may flee."}
            ],
            "assessments": [{"kind": "family_star_plus", "attached": True}],
            "sharing_limits": [{"what": "Her mother's depression"}],
            "people": [a_child(), a_mother(health="Depression since spring.")],
        },
        Outcome.DIVERT,
        ("HU-C07", "HU-C08", "HU-C13", "HU-C14", "HU-R02", "HU-T03"),
        hub="ehash",
        route="HU-R02",
        decide=("S-102", "S-104"),
        rows=frozenset({"HU-C08-SAFETY"}),
        flags=frozenset({"significant_harm", "parents_not_told_for_safety"}),
        sent=("Depression since spring.", "late most mornings", "family_star_plus"),
    ),
    Scenario(  # settled 51: diverted with flags; the paper forwarded it
        "S22",
        "A welfare concern goes to MASH; the parents were not told, and nobody says why.",
        "tower_hamlets",
        "invented_school",
        {"purpose": "safeguarding", "informed": [{"who": "parents", "told": False}]},
        Outcome.DIVERT,
        ("TH-C16", "TH-C17", "TH-C18", "TH-T12"),
        hub="mash",
        route="TH-R01",
        decide=("S-104",),
        rows=frozenset({"TH-C18-SAFEGUARDING"}),
        flags=frozenset({"parents_not_told"}),
        sent=("late most mornings",),
    ),
    Scenario(
        "S22b",
        "The same gap in a request for Early Help.",
        "tower_hamlets",
        "invented_school",
        {"agreements": [SIGNED], "informed": [{"who": "parents", "told": False}]},
        Outcome.HOLD,
        ("TH-C16",),
        hub="ehh",
        route="TH-R03",
        decide=("G-510", "TH-C16"),
        rows=frozenset({"TH-C01", "TH-C16"}),
        flags=frozenset({"agreement_of_child_not_recorded"}),
        kept=("Fernsby",),
    ),
)
