"""Fills in the forms that arrive as JSON, question by question, over the questions of each source's own samples."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.realistic.spelling import Has, full, home, listed, names, said, sample_json

Answer = dict[str, Any]

HULL = {
    "what": "harm_detail", "kind": "referrer_kind", "asks": "referrer_name", "role": "referrer_role",
    "agency": "referrer_agency", "agency_kind": "referrer_agency_kind", "asks_phone": "referrer_phone",
    "asks_email": "referrer_email", "child": "child_name", "born": "child_dob", "unborn": "child_unborn",
    "due": "child_expected", "sex": "child_sex", "disability": "child_disability", "school": "child_school",
    "siblings": "other_children", "carer": "carer_name", "relation": "carer_relationship", "pr": "carer_pr",
    "phone": "carer_phone", "safe": "carer_safe_contact", "place": "locality", "lead": "lead_name", "why": "reason",
    "wants": "outcome_sought", "tried": "tried_already", "child_says": "child_view", "parent_says": "parent_view",
    "agreed": "consent", "by": "consent_by", "how": "consent_form", "on": "consent_date", "limit": "not_to_share",
    "told": "parents_told", "why_not_told": "parents_not_told_why", "notice": "privacy_notice",
}  # fmt: skip
ENQUIRY = HULL | {
    "enquiry": "enquiry_kind", "nameless": "without_names", "rung": "harm_rung", "kind": "enquirer_kind",
    "asks": "enquirer_name", "role": "enquirer_role", "agency": "enquirer_agency",
    "agency_kind": "enquirer_agency_kind", "asks_phone": "enquirer_phone", "asks_email": "enquirer_email",
    "attendance": "child_attendance", "age": "child_age", "ldd": "child_ldd", "secret": "home_secret",
    "interpreter": "carer_interpreter", "agencies": "consent_agencies", "emailed": "consent_emailed",
    "child_agreed": "child_consent", "duty": "statutory_duty", "not_sought": "consent_not_sought",
}  # fmt: skip
DERBY = {
    "harm": "harm_radios_1", "what": "harm_textarea_1", "staff_risk": "staff-risk_textarea_1",
    "agency": "service_text_1",
    "agency_kind": "service-kind_radios_1", "asks": "requester_text_1", "role": "requester-role_text_1",
    "asks_phone": "requester_phone_1", "asks_email": "requester_email_1", "child": "child_text_1",
    "born": "child-birth_date_1", "unborn": "child-unborn_radios_1", "due": "child-expected_date_1",
    "sex": "child-sex_radios_1", "disability": "disability_radios_1",
    "school": "school_text_1", "home": "home_address_1", "carer": "carer_text_1", "phone": "carer_phone_1",
    "relation": "carer-relationship_select_1", "pr": "carer-responsibility_radios_1", "place": "locality_radios_1",
    "needs": "needs_checkboxes_1", "why": "reason_textarea_1", "tried": "tried_textarea_1",
    "wants": "outcomes_textarea_1", "level": "level_radios_1", "support": "support_text_1",
    "child_says": "child-view_textarea_1", "parent_says": "parent-view_textarea_1", "agreed": "consent_radios_1",
    "by": "consent-by_text_1", "how": "consent-form_radios_1", "on": "consent_date_1",
    "limit": "not-to-share_textarea_1",
}  # fmt: skip
MORE = {
    "harm_textarea_1": "What has happened?", "child-unborn_radios_1": "Is this a child who is not yet born?",
    "child-expected_date_1": "When is the baby expected?",
}  # fmt: skip
PLACES = {"harm_textarea_1": 0, "child-unborn_radios_1": 2, "child-expected_date_1": 2}
"""Questions of Derby's form that its first sample leaves out, and the page each stands on."""

ASSESSMENT = {
    "asks": "author_name", "carer": "adult_name", "why": "reason", "limit": "not_to_share", "completed": "completed_on",
    "staff_risk": "staff_risk_detail", "child_agreed": "child_consent",
}  # fmt: skip
NAMES = {"child_name", "other_children"}
FULL_NAMES = {"referrer_name", "enquirer_name", "carer_name", "lead_name", "child_understands_by"}
TICKED = {"services", "needs", "consent_agencies"}


def hull_support(has: Has) -> bytes:
    """Hull's Request for Additional Support."""
    return _govuk("govuk_forms/samples", ("hull_age_eleven", "hull_twelve_boxes", "hull_gaps"), HULL, has)


def th_enquiry(has: Has) -> bytes:
    """Tower Hamlets' Early Help Enquiry Form."""
    forms = ("agreed", "unborn", "harm_disclosed", "anonymous", "partial_scope", "attendance_duty")
    return _govuk("govuk_forms/samples", forms, ENQUIRY, has)


def _govuk(folder: str, forms: tuple[str, ...], places: Has, has: Has) -> bytes:
    filled = sample_json(f"{folder}/{forms[0]}.json")
    wording = {
        answer["question_id"]: answer["question_text"]
        for form in reversed(forms)
        for answer in sample_json(f"{folder}/{form}.json")["answers"]
    }
    given = {places.get(word, word): value for word, value in has.items()}
    unknown = sorted(set(given) - set(wording) - {"id"})
    assert not unknown, f"no such question: {unknown}"
    filled["submission_reference"], filled["submitted_at"] = (
        has["id"].upper().replace("-", ""),
        "2026-11-20T14:05:00.000Z",
    )
    filled["answers"] = [
        {"question_id": question, "question_text": text, **_govuk_answer(question, given[question])}
        for question, text in wording.items()
        if question in given
    ]
    return json.dumps(filled).encode()


def _govuk_answer(question: str, value: object) -> Answer:
    if question == "other_children":
        pairs = [names(each) for each in listed(value)]
        return {
            "can_have_multiple_answers": True,
            "first_name": [first for first, _ in pairs],
            "last_name": [last for _, last in pairs],
            "answer_text": listed(value),
        }
    if question in NAMES:
        first, last = names(value)
        return {"first_name": first, "last_name": last, "answer_text": full(value)}
    if question == "home":
        lines, town, postcode = home(value)
        parts = {"address1": lines[0] if lines else "", "address2": ", ".join(lines[1:])}
        return parts | {"town_or_city": town, "county": "", "postcode": postcode, "answer_text": said(value)}
    if question in TICKED:
        return {"selections": listed(value), "answer_text": ", ".join(listed(value))}
    return ({"full_name": full(value)} if question in FULL_NAMES else {}) | {"answer_text": said(value)}


def derby_support(has: Has) -> bytes:
    """Derby's pre-assessment checklist and Request for Support."""
    filled = sample_json("moj_forms/samples/checklist.json")
    given = {DERBY.get(word, word): value for word, value in has.items() if word != "id"}
    filled["meta"] |= {"reference_number": has["id"].upper(), "submission_at": "2026-11-20T13:45:00Z"}
    filled["attachments"] = []
    asked = [(place, answer) for place, page in enumerate(filled["pages"]) for answer in page["answers"]]
    asked += [(PLACES[field], {"field_id": field, "field_name": text}) for field, text in MORE.items()]
    assert not (unknown := sorted(set(given) - {answer["field_id"] for _, answer in asked})), (
        f"no such question: {unknown}"
    )
    for place, page in enumerate(filled["pages"]):
        page["answers"] = [
            answer | {"answer": _derby_answer(answer["field_id"], given[answer["field_id"]])}
            for at, answer in asked
            if at == place and answer["field_id"] in given
        ]
    return json.dumps(filled).encode()


def _derby_answer(field: str, value: object) -> object:
    if field == "home_address_1":
        lines, town, postcode = home(value)
        return {
            "address_line_one": lines[0] if lines else "", "address_line_two": ", ".join(lines[1:]), "city": town,
            "county": "", "postcode": postcode, "country": "England",
        }  # fmt: skip
    return listed(value) if field == "needs_checkboxes_1" else said(value)


def th_eha(has: Has) -> bytes:
    """Tower Hamlets' Early Help Assessment: the sample's family of one, with this story's answers."""
    filled = sample_json("form_builder/samples/assessment.json")
    first, last = names(has["child"])
    given = {ASSESSMENT.get(word, word): value for word, value in has.items() if word not in ("id", "child", "born")}
    given |= {"child_first_name": first, "child_surname": last, "child_dob": has["born"], "consent_by": has["carer"]}
    given["staff_risk"] = "staff_risk" in has
    filled["metadata"] |= {"reference": has["id"].upper(), "submitted_at": "2026-11-20T12:20:00+00:00"}
    filled["questions"] = [each for each in filled["questions"] if not each.get("category") or each["index"] == 0]
    for page in filled["questions"]:
        for field in page["fields"]:
            field["answer"] = given.pop(field["key"], field["answer"])
    assert not given, f"no such question: {sorted(given)}"
    return json.dumps(filled).encode()


def hull_ehash(has: Has) -> bytes:
    """A contact with EHASH on the multi-agency form."""
    lines, _, postcode = home(has.get("home"))
    where = {f"address_{number}": line for number, line in enumerate(lines, 1)} | {"post_code": postcode}
    children = has.get("children") or [
        {**dict(zip(("first", "last"), names(has["child"]), strict=True)), "born": has["born"]}
    ]
    agreed = said(has["agreed"])
    filled: Answer = {
        "submission_id": has["id"].upper(), "submitted_at": "2026-11-20T13:15:00+00:00",
        "worker_email": "worker@agency.example", "businessSupport": "No", "full_name": has["asks"],
        "referrer_relationship": has["role"], "position_agency": has["agency"], "referrer_telephone": "07700 900161",
        "feedback_by": "By phone", "harm": said(has["harm"]), "harm_detail": has.get("what", ""),
        "childReffered": [_ehash_child(child, where) for child in children],
        "childSupport": has["asked_for"], "consentSupport": said(has["told"]),
        "additionalSupport": "Yes" if agreed == "Agreed" else "No", "consent": agreed,
        "consent_by": has["by"], "consent_date": has["on"], "child_informed": said(has["child_told"]),
        "parents_not_informed_why": has.get("why_not_told", ""), "referralReason": has["why"],
        "main_concern": has["needs"], "evidence": has["evidence"], "Your Involvemnt": "Since September.",
        "Early Support": has["wants"],
    }  # fmt: skip
    for who in ("mother", "father"):
        if name := has.get({"mother": "carer"}.get(who, who)):
            filled |= {f"{who}_details": "Yes", f"{who}_fullname": name, f"{who}_telephone": has["phone"]}
    if has["carer"]:
        filled |= {f"mother_{part}": text for part, text in where.items()}
    return json.dumps(filled).encode()


def _ehash_child(child: Has, where: Answer) -> Answer:
    told = {"first_name": child["first"], "last_name": child["last"], "date_of_birth": said(child.get("born"))}
    if child.get("unborn"):
        told |= {"unborn": "Yes", "expected_date_of_birth": child["due"]}
    return told | {"gender": "", "language": "English", "school": ""} | where


FORMS: dict[str, Callable[[Has], bytes]] = {
    "hull_support": hull_support, "th_enquiry": th_enquiry, "derby_support": derby_support, "th_eha": th_eha,
    "hull_ehash": hull_ehash,
}  # fmt: skip
