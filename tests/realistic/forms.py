"""Which source each kind of form comes by, who sends it, and what an ordinary one says before a story changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.realistic import own_words, question_forms, systems, table_forms
from tests.realistic.spelling import Has


def without(words: Has, *left_out: str) -> dict[str, Any]:
    """The words of a form that does not ask some of them."""
    return {word: value for word, value in words.items() if word not in left_out}


WORKER = {
    "harm": "No", "kind": "Professional", "asks": "Robin Nightly", "role": "Teacher",
    "agency": "Invented Primary School",
    "asks_phone": "07700 900101", "asks_email": "r.nightly@invented.example", "relation": "Mother",
    "phone": "07700 900102",
    "tried": "We have talked about it twice.", "agreed": "Agreed", "told": True,
}  # fmt: skip
ENQUIRY = WORKER | {
    "enquiry": "Support for a family", "nameless": False, "kind": "A professional on behalf of a family",
    "agency_kind": "School", "sex": "Female", "school": "Invented Primary School", "home": "1 Row, London, E1 9YY",
    "secret": False, "pr": True, "interpreter": False, "level": "Level 2 - Targeted", "how": "Signed form",
    "on": "16/11/2026", "agencies": ["Early Help Hub", "School", "Health"], "emailed": True, "notice": True,
}  # fmt: skip
STEP = {
    "harm": "No", "asks": "Delphine Orrock", "agency": "Assessment Team 4",
    "home": "14 Saffron Hollow, Leicester, LE2 9ZZ",
    "by": "Mother", "agreed": "Given", "support_agreed": True, "sharing": True, "on": "16/11/2026", "told": True,
    "level": "Early Help Assessment", "attached": True,
}  # fmt: skip
OWN = {
    "harm": "none_declared", "kind": "professional", "asks": "Robin Nightly", "role": "Pastoral lead",
    "agency": "Invented School", "home": "1 Row, Nowhereton, ZZ99 3VZ", "agreed": "given", "how": "signed",
    "on": "16/11/2026", "told": True, "notice": True,
}  # fmt: skip
ORDINARY: Mapping[str, Mapping[str, Any]] = {
    "hull_support": WORKER | {
        "agency_kind": "School", "sex": "Male", "school": "Invented Primary School", "pr": True, "disability": False,
        "wants": "One thing less to worry about.", "level": "Additional support", "by": "Mother", "how": "Signed form",
        "on": "16/11/2026", "notice": True,
    },
    "hull_ehash": WORKER | {
        "asked_for": "Targeted Early Help", "by": "Mother", "on": "2026-11-16", "child_told": True,
        "evidence": "Seen weekly.", "wants": "Somebody for the family.",
    },
    "hull_school": without(WORKER, "agency", "kind", "told", "tried") | {
        "agreed": "Yes", "by": "Mother", "how": "Signed form", "on": "16/11/2026", "notice": True,
        "explained": "What the service is, who sees the request and how to change their mind",
        "school": "Invented Academy",
    },
    "leic_eha": WORKER | {
        "kind": "Professional", "role": "Health visitor", "agency": "Invented NHS Trust",
        "agency_kind": "Health visitor",
        "sex": "Male", "ldd": False, "school": "Invented Primary School", "home": "7 Pretend Close, Leicester, LE1 9ZZ",
        "count": "3", "complex": True, "several": True, "level": "Early Help Assessment", "eha": True, "by": "Mother",
        "how": "In writing", "on": "16/11/2026",
        "explained": "It is kept on Liquid Logic; the team and the agencies at the meeting see it.",
    },
    "leic_masp": without(WORKER, "asks_phone", "kind", "phone", "relation") | {
        "role": "Lead practitioner", "agency": "Invented Academy", "born": "04/12/2011", "open_to": "Early Help",
        "lead": "Robin Nightly", "wants": "One plan.", "level": "Early Help Assessment", "how": "Signed",
        "explained": "Who sits on the panel, and what they will read.",
    },
    "leic_stepdown": STEP | {
        "decision": "Step down to Early Help", "no_longer": True, "lead_found": False,
        "support": "Early Help Assessment",
        "how": "In writing", "explained": "What Early Help is, how information is stored and who sees it",
        "rationale": "Home is calmer; school and health agree.", "next_steps": "First meeting within two weeks.",
        "contingency": "The social worker is rung first.", "stepped_down_on": "18/11/2026", "assessed_on": "30/10/2026",
        "assessed_by": "Delphine Orrock",
    },
    "leic_stepup": STEP | {
        "asks": "Odalys Winter", "agency": "Invented Academy, Leicester", "changes": "New worries since September.",
        "tried": "Two family meetings.", "updated": "13/11/2026", "open": True,
    },
    "leic_json": OWN,
    "th_enquiry": ENQUIRY,
    "th_csv": ENQUIRY,
    "th_eha": {
        "harm": "No", "asks": "Clementine Harrow", "consent_date": "2026-11-16", "child_consent_date": "2026-11-16",
        "completed": "2026-11-13", "reviewed_on": "2026-11-13", "limit": "",
    },
    "th_mosaic": {
        "harm": "No", "asks": "Piers Hollow", "agency": "Assessment and Intervention", "by": "Mother",
        "agreed": "Given",
        "on": "16/11/2026", "told": True, "needs": "Poor attendance", "home": "2 Buildings, London, E2 9XX",
    },
    "th_extract": {},
    "th_json": OWN,
    "derby_support": without(WORKER, "kind", "told") | {
        "agency_kind": "School", "sex": "Male", "school": "Invented Primary School", "disability": False, "pr": True,
        "home": "1 Row, Derby, DE1 9XX", "wants": "Five days a week in school.",
        "level": "Emerging or additional needs",
        "support": "Help at home, from the Multi-Agency Team", "by": "Mother", "how": "Written", "on": "16/11/2026",
        "child_says": "I would like that.",
    },
    "derby_monitoring": {
        "asks": "Beatrix Hollow", "role": "Family support worker", "agency": "Invented Junior School",
        "completed": "13/11/2026", "level": "Emerging or additional needs", "more": "Yes", "by": "Mother",
        "agreed": "Agreed", "how": "In writing", "told": "What is recorded, and that managers see it.",
    },
    "derby_ssd": {},
    "derby_hubs": {},
    "derby_json": OWN,
    "kent_request": WORKER | {
        "kind": "A professional on behalf of a family", "sex": "Female", "school": "Invented School", "pr": True,
        "home": "12 Terrace, Nowhereton, CT1 9ZZ", "elsewhere": "Ned Elsewhere", "level": "Level 3",
        "child_agreed": "Agreed", "how": "Verbally", "on": "2026-11-16", "family_says": "Somebody to help us.",
    },
    "kent_stepdown": {
        "asks": "Tobias Fenn", "agency": "Invented Social Work Team 2", "home": "9 Road, Nowhereton, ME10 9ZZ",
        "received": "2026-11-19 09:40:00", "liberi": "Tobias Fenn", "ehm": "Clementine Ash",
        "worries": "He still hides when there is shouting.", "plan": "Weekly visits by Early Help.",
        "role_of_eh": "One worker for the family.", "outcomes": "In school each morning by spring.",
        "engagement": "Text first.", "sessions": "Eight sessions over twelve weeks", "method": "At home, Thursdays",
        "others": "School nurse.", "contingency": "Dad rings Clementine, who rings the Unit Lead the same day.",
        "decision": "Step down to Early Help", "rationale": "The plan has held since June.",
        "next_steps": "First visit on 26 November.", "visited_on": "17/11/2026", "visited": True,
        "stepped_down_on": "18/11/2026", "level": "Level 3", "parent_says": "One person rather than four.",
        "told": True,
    },
    "kent_json": OWN,
    "kent_social": OWN | {"kind": "social_worker", "role": "Social worker", "agency": "Kent Social Work"},
    "hull_json": OWN,
    "hull_social": OWN | {"purpose": "step_down", "kind": "social_worker", "role": "Social worker",
    "agency": "Hull Social Care"},
}  # fmt: skip
"""What an ordinary one of each kind says. A story's words take the place of these."""

SENT_BY: Mapping[str, tuple[str, str]] = {
    "hull_support": ("govuk_forms", "additional_support_form"), "hull_ehash": ("multi_agency", "ehash_form"),
    "hull_school": ("school", "invented_academy"), "hull_json": ("canonical", "invented_academy"),
    "hull_social": ("canonical", "social_care"), "leic_eha": ("gravity_forms", "early_help_forms"),
    "leic_masp": ("google_forms", "early_help_forms"), "leic_stepdown": ("liquidlogic", "social_care"),
    "leic_stepup": ("liquidlogic", "social_care"), "leic_json": ("canonical", "early_help_forms"),
    "th_enquiry": ("govuk_forms", "enquiry_form"), "th_csv": ("govuk_forms_csv", "enquiry_form"),
    "th_eha": ("form_builder", "enquiry_form"), "th_mosaic": ("mosaic_tables", "social_care"),
    "th_extract": ("early_help_extract", "social_care"), "th_json": ("canonical", "invented_school"),
    "derby_support": ("moj_forms", "early_help_forms"), "derby_monitoring": ("microsoft_forms", "early_help_forms"),
    "derby_ssd": ("ssd_tables", "social_care"), "derby_hubs": ("family_hubs", "family_hubs"),
    "derby_json": ("canonical", "invented_school"), "kent_request": ("drupal_webform", "request_form"),
    "kent_stepdown": ("liquidlogic", "social_work"), "kent_social": ("canonical", "social_work"),
    "kent_json": ("canonical", "invented_school"),
}  # fmt: skip
"""Form → the source it comes by, and the council's registered sender of it."""

FILLED = question_forms.FORMS | table_forms.FORMS | systems.FORMS


@dataclass(frozen=True, slots=True)
class Written:
    """What arrives: by which source, from whom, and its bytes."""

    source: str
    sender: str
    content: bytes


def write(council: str, name: str, form: str, who: str, has: Has) -> Written:
    """A story's form as its source sends it."""
    source, sender = SENT_BY[form]
    if form == "derby_json" and who.startswith("council form"):
        sender = "early_help_forms"
    words = {**ORDINARY[form], **has, "id": name}
    content = own_words.canonical(council, words) if source == "canonical" else FILLED[form](words)
    return Written(source, sender, content)
