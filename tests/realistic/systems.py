"""Writes the rows that case systems and other services hand over for one child, over the shapes of their samples."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.realistic.spelling import Has, home, iso, names, said, sample_json

DATA_AS_OF = "2026-11-20 02:15:00.000"
STEP_DOWN = {
    "harm": "Is a child suffering, or likely to suffer, significant harm?", "what": "What has happened?",
    "asks": "Social worker", "agency": "Team", "decision": "Step down decision",
    "no_longer": "Is the child no longer a Child in Need?", "lead_found": "Has a lead practitioner been found?",
    "support": "Support sought", "by": "Consent given by", "agreed": "What did the family say?",
    "support_agreed": "Consent to the support", "sharing": "Consent to information being shared",
    "how": "How was consent given?", "on": "Date of consent", "explained": "What was explained to the family",
    "told": "Have the parents been told?", "rationale": "Rationale", "next_steps": "Next steps",
    "contingency": "Contingency plan", "why": "Ongoing needs", "needs": "Needs", "stepped_down_on": "Date of step down",
    "assessed_on": "Single Assessment completed on", "assessed_by": "Single Assessment completed by",
    "attached": "Is the Single Assessment attached?", "level": "Level of need", "place": "Cluster",
    "child_says": "Views of the child", "parent_says": "Views of the parents",
}  # fmt: skip
STEP_UP = STEP_DOWN | {
    "asks": "Lead practitioner", "agency": "Agency", "why": "Why is this a step up?",
    "changes": "Changes and new needs since the assessment", "tried": "What has been tried",
    "told": "Has the family been told of the concerns?", "why_not_told": "Why the family was not told",
    "updated": "Early Help Assessment updated on", "attached": "Is the updated Early Help Assessment attached?",
    "open": "Is the Early Help Assessment still open?",
}  # fmt: skip
KENT = {
    "asks": "Social worker", "agency": "Social work team", "place": "District", "received": "Received in district",
    "liberi": "Note in Liberi by", "ehm": "Note in EHM by", "worries": "What we are worried about / Needs",
    "plan": "Agreed plan", "role_of_eh": "The Role and function of Early Help",
    "outcomes": "The intended outcomes and the key focus", "engagement": "Any engagement strategies",
    "sessions": "Sessions and expected length of involvement", "method": "Method of delivery",
    "others": "Role of other agencies and any referrals to other agencies in place",
    "contingency": "Contingency plan (Specific Plan required should worries escalate)", "decision": "Decision",
    "rationale": "Rationale", "next_steps": "Next Steps", "visited_on": "Date of joint visit",
    "visited": "Has the joint visit taken place?", "stepped_down_on": "Date of step down", "level": "Level of need",
    "parent_says": "Views of the parents", "told": "Has the family been told at the joint visit?",
}  # fmt: skip
MOSAIC = {
    "harm": "eh.harm", "asks": "eh.social_worker", "agency": "eh.team", "why": "eh.reason", "lead": "eh.lead",
    "by": "eh.consent_by", "agreed": "eh.consent", "on": "eh.consent_on", "told": "eh.family_told", "needs": "eh.needs",
}  # fmt: skip
PERSON = {"id", "child", "born", "unborn", "due", "carer", "home"}


def _answers(places: Has, has: Has) -> dict[str, str]:
    unknown = sorted(set(has) - set(places) - PERSON)
    assert not unknown, f"no such question: {unknown}"
    return {places[word]: said(value) for word, value in has.items() if word in places}


def _liquidlogic(form_type: str, answers: Mapping[str, str], has: Has, contact: bool) -> bytes:
    first, last = names(has["child"])
    carer_first, carer_last = names(has["carer"])
    lines, town, postcode = home(has["home"])
    due = has.get("due") if has.get("unborn") else None
    child: dict[str, Any] = {"DIM_PERSON_ID": 101, "FORENAME": first, "SURNAME": last}
    child |= {"BIRTH_DTTM": f"{iso(due or has['born'])} 00:00:00.000", "DOB_ESTIMATED": "Y" if due else None}
    carer = {"DIM_PERSON_ID": 102, "FORENAME": carer_first, "SURNAME": carer_last}
    form: dict[str, Any] = {"FACT_FORM_ID": 301, "DIM_PERSON_ID": 101, "DIM_LOOKUP_FORM_TYPE_ID_CODE": form_type}
    form |= {"FACT_EHM_CONTACT_ID": 9001} if contact else {"DATA_AS_OF": DATA_AS_OF}
    bundle: dict[str, Any] = {
        "DIM_PERSON": [child, carer],
        "DIM_PERSON_ADDRESS": [
            {"DIM_PERSON_ID": 101, "ADDSS_TYPE_CODE": "HOME", "STREET": ", ".join(lines), "TOWN": town,
            "POSTCODE": postcode}
        ],
        "FACT_PERSON_RELATION": [
            {"DIM_PERSON_ID": 101, "DIM_RELATED_PERSON_ID": 102, "DIM_LOOKUP_RELTN_TYPE_CODE": "CHI"}
        ],
        "FACT_FORMS": [form],
        "FACT_FORM_ANSWERS": [
            {
                "FACT_FORM_ANSWER_ID": 7000 + number, "FACT_FORM_ID": 301, "ANSWER_NO": number, "ANSWER": answer,
                "DIM_ASSESSMENT_TEMPLATE_QUESTION_ID_DESC": question, "ANSWERED_DTTM": "2026-11-19 08:10:00.000",
            }
            for number, (question, answer) in enumerate(answers.items(), 1)
        ],
    }  # fmt: skip
    if contact:
        source = {"DIM_LOOKUP_CONT_SORC_ID_DESC": "LA services: social care", "DATA_AS_OF": DATA_AS_OF}
        when = {"CONTACT_DTTM": "2026-11-19 09:30:00.000"}
        bundle["FACT_EHM_CONTACT"] = [{"FACT_EHM_CONTACT_ID": 9001, "DIM_PERSON_ID": 101} | when | source]
    return json.dumps(bundle).encode()


def leic_stepdown(has: Has) -> bytes:
    """Leicester's step-down form in its case system."""
    return _liquidlogic("EH_STEPDOWN", _answers(STEP_DOWN, has), has, contact=True)


def leic_stepup(has: Has) -> bytes:
    """Leicester's step-up form in its case system."""
    return _liquidlogic("EH_STEPUP", _answers(STEP_UP, has), has, contact=True)


def kent_stepdown(has: Has) -> bytes:
    """Kent's Step-Down form."""
    return _liquidlogic("LIBERI_STEP_DOWN", _answers(KENT, has), has, contact=False)


def th_mosaic(has: Has) -> bytes:
    """A redirect from Mosaic."""
    first, last = names(has["child"])
    carer_first, carer_last = names(has["carer"])
    lines, town, postcode = home(has["home"])
    answers = _answers(MOSAIC, has) | {"eh.lead_named": said("lead" in has)}
    person = {
        "person_id": 3001,
        "full_name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "restricted": "N",
    }
    carer = {"person_id": 3003, "first_name": carer_first, "last_name": carer_last, "restricted": "N"}
    tables: dict[str, Any] = {
        "mo_workflow_steps": [
            {"workflow_step_id": 71, "subgroup_id": 801, "outcome": "Early Help", "data_as_of": DATA_AS_OF}
        ],
        "mo_subgroup_subjects": [{"subgroup_id": 801, "subject_compound_id": 3001}],
        "dm_persons": [person | {"date_of_birth": iso(has["born"])}, carer],
        "dm_addresses": [{"person_id": 3001, "address": ", ".join([*lines, town]), "post_code": postcode}],
        "dm_personal_relationships": [{"person_id": 3001, "other_person_id": 3003, "relationship_type": "parent"}],
        "mo_forms": [{"form_id": 901, "workflow_step_id": 71}],
        "mo_form_lookup_answers": [
            {"form_id": 901, "question_user_code": code, "answer": answer} for code, answer in answers.items() if answer
        ],
    }
    return json.dumps(tables).encode()


def derby_ssd(has: Has) -> bytes:
    """A contact with social care that ended in Early Help, from the nightly tables."""
    tables = sample_json("ssd_tables/samples/json_arrays.json")
    first, last = names(has["child"])
    tables["ssd_development.ssd_person"][0] |= {
        "pers_forename": first,
        "pers_surname": last,
        "pers_dob": f"{has['born']}T00:00:00",
    }
    contact = tables["ssd_contacts"][0]
    contact |= {"cont_contact_id": has["id"], "cont_contact_date": "2026-11-19T00:00:00", "data_as_of": DATA_AS_OF}
    contact["cont_contact_source_desc"] = "Schools"
    contact["cont_contact_outcome_json"] |= {"COMMENTS": has["why"]}
    return json.dumps(tables).encode()


def derby_hubs(has: Has) -> bytes:
    """A referral in DfE's Connect families to support."""
    sent = sample_json("family_hubs/samples/new.json")
    sent["Referral"] |= {
        "ReasonForSupport": has["why"],
        "Created": "2026-11-20T10:11:12Z",
        "Id": 7000 + int(has["id"][-2:]),
    }
    adult = {
        "Name": has["carer"],
        "Email": "adult@post.example",
        "AddressLine1": "6 Sundial Court",
        "TownOrCity": "Derby",
    }
    sent["Referral"]["RecipientDto"] |= adult | {"County": "", "PostCode": "DE1 9XX"}
    sent["Referral"]["ReferralServiceDto"]["Name"] = has.get("service", "Baby and Toddler Sleep")
    return json.dumps(sent).encode()


FORMS: dict[str, Callable[[Has], bytes]] = {
    "leic_stepdown": leic_stepdown, "leic_stepup": leic_stepup, "kent_stepdown": kent_stepdown, "th_mosaic": th_mosaic,
    "derby_ssd": derby_ssd, "derby_hubs": derby_hubs,
}  # fmt: skip
