"""Flags, sharing limits and refusals keep things back, and are followed into every text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.decision import Outcome
from contracts.referral import Referral
from tests.builders import a_child, a_hub, a_mother, a_referral
from tests.path.copies import OUTCOMES, a_brother, body, person_of, referral_of, sent, why

AT_HOME = {"lines": ["9 Quillfeather Road"], "town": "Faraway", "postcode": "ZK77 7QV"}


def protected(**changes: Any) -> Referral:
    child = a_child(addresses=[AT_HOME], protection=["address"], phones=[{"number": "07700 900555"}])
    return a_referral(**({"people": [child, a_mother(addresses=[AT_HOME], lives_with_child=True)]} | changes))


@pytest.mark.parametrize("outcome", OUTCOMES[:2])
def test_m_604_an_address_its_telephone_and_its_school_stay_and_the_flag_travels(outcome: Outcome):
    payload = sent(protected(), outcome)
    child = person_of(payload, "child")
    assert child is not None
    assert child["protection"] == ["address"]
    assert body(payload)["safety"]["protection"] == ["address"]
    assert not any(word in payload.body for word in (b"Quillfeather", b"7QV", b"900555", b"Faraway"))
    assert why(payload)["/people/0/addresses/0/postcode"] == ("protected", "M-604")


def test_m_604_the_address_of_those_who_live_there_stays_too():
    assert why(sent(protected()))["/people/1/addresses/0/postcode"] == ("protected", "M-604")


def test_m_604_the_father_who_lives_elsewhere_keeps_his():
    father = {"id": "father", "roles": ["non_resident_parent"], "addresses": [{"postcode": "ZK11 1QV"}]}
    payload = sent(protected(people=[a_child(addresses=[AT_HOME], protection=["address"]), father]))
    kept = person_of(payload, "father")
    assert kept is not None
    assert kept["addresses"] == [{"postcode": "ZK11 1QV"}]


def test_m_604_one_protected_address_or_a_refuge_is_enough():
    for address in (AT_HOME | {"protected": True}, AT_HOME | {"kind": "refuge"}):
        assert b"Quillfeather" not in sent(a_referral(people=[a_child(addresses=[address])])).body


def test_m_604_a_hub_whose_roles_may_see_it_sees_it_with_the_flag():
    payload = sent(protected(), hub=a_hub(groups={}, masked_roles_may_see_address=True))
    assert b"Quillfeather" in payload.body
    assert body(payload)["safety"]["protection"] == ["address"]


@pytest.mark.parametrize(
    "text",
    [
        "They stay at 9 Quillfeather Road now.",
        "near quillfeather rd",
        "in ZK77 somewhere",
        "moved to faraway",
        "zk777qv",
        "ring +44 7700 900 555",
    ],
)
@pytest.mark.parametrize(
    "where",
    [
        {"reason": "{}"},
        {"staff_risk": {"what": "{}"}},
        {"other_answers": [{"question": "{}", "answer": "no"}]},
        {"attachments": [{"sha256": "0", "name": "{}.pdf"}]},
        {"needs": [{"as_stated": "{}"}]},
        {"agreements": [{"reason": "{}"}]},
        {"family": {"summary": "{}"}},
    ],
    ids=lambda where: next(iter(where)) if isinstance(where, dict) else where,
)
def test_settled_10_a_protected_value_taints_every_text_that_repeats_it(text: str, where: dict[str, Any]):
    changes = json.loads(json.dumps(where).replace("{}", text))
    payload = sent(protected(**changes), narrative="read")
    assert text not in payload.body.decode()
    assert ("holds_protected", "M-604") in why(payload).values()


def test_settled_10_a_document_named_after_a_protected_value_stays_whole():
    documents = [{"sha256": "KxDigest", "name": "9 Quillfeather Road.pdf"}, {"sha256": "KxOther", "name": "plan.pdf"}]
    payload = sent(protected(attachments=documents), narrative="read")
    assert referral_of(payload)["attachments"] == [documents[1]]


def test_m_605_who_must_not_be_told_is_named_without_a_way_to_tell_them():
    father = a_mother(id="father", protection=["do_not_inform"], phones=[{"number": "07700 900777"}])
    payload = sent(a_referral(people=[a_child(), father], reason="His number is 07700900777."), narrative="read")
    kept = person_of(payload, "father")
    assert kept is not None
    assert (kept["surname"], kept["protection"]) == ("Fernsby", ["do_not_inform"])
    assert b"900777" not in payload.body


def test_m_601_a_sealed_persons_former_names_stay_wherever_they_stand():
    child = a_child(protection=["sealed"], former_names=["Oriel Bramblecote"])
    payload = sent(a_referral(people=[child], reason="Once called Oriel."), narrative="read")
    assert b"Oriel" not in payload.body
    assert why(payload)["/reason"] == ("holds_protected", "M-601")


@pytest.mark.parametrize(
    "changes",
    [
        {"people": [a_child(protection=["address"]), a_mother()]},
        {"people": [a_child(), a_mother(protection=["do_not_inform"])]},
        {"sharing_limits": [{"what": "something"}]},
        {"people": [a_child(), a_brother()], "agreements": [{"giver": "brother", "status": "refused"}]},
        {"people": [a_child(), a_brother()], "agreements": [{"giver": "brother", "withdrawn_on": "2026-10-20"}]},
    ],
    ids=["address", "do-not-inform", "limit", "refusing-sibling", "withdrawing-sibling"],
)
def test_settled_35_text_and_documents_wait_for_a_reader_and_fields_go(changes: dict[str, Any]):
    more = {"attachments": [{"sha256": "KxDigest"}], "needs": [{"code": "KxNeed", "evidence": "KxEvidence"}]}
    referral = a_referral(staff_risk={"what": "A loose dog."}, **more, **changes)
    payload = sent(referral)
    held = why(payload)
    assert {held[pointer][0] for pointer in ("/reason", "/attachments/0", "/needs/0/evidence")} == {"unread"}
    assert referral_of(payload)["needs"] == [{"code": "KxNeed"}]
    assert referral_of(payload)["staff_risk"] == {"what": "A loose dog."}
    read_by_somebody = sent(referral, narrative="read")
    assert "reason" in referral_of(read_by_somebody)
    assert "attachments" in referral_of(read_by_somebody)


def test_a_refusing_siblings_details_stay_whatever_the_record_says_of_why():
    brother = a_brother(why_needed="They share a room.")
    refusal = [{"giver": "brother", "status": "refused"}]
    payload = sent(a_referral(people=[a_child(), a_mother(), brother], agreements=refusal), narrative="read")
    assert person_of(payload, "brother") == {"id": "brother", "roles": ["sibling"], "age": 11}
    assert why(payload)["/people/2/first_name"] == ("refused", "siblings_detail")


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/people/1/surname", "Thistlecroft"),
        ("/people/1/phones/0/number", "07700 900321"),
        ("/people/1/employment", "lion tamer"),
    ],
)
def test_hu_c03_what_the_family_keeps_back_stays_in_every_place(pointer: str, value: str):
    mother = a_mother(surname="Thistlecroft", phones=[{"number": "07700 900321"}], employment="lion tamer")
    limits = [{"what": "KxWhat", "pointers": [pointer]}]
    referral = a_referral(people=[a_child(), mother], sharing_limits=limits, reason=f"We know {value.upper()} well.")
    payload = sent(referral, narrative="read")
    assert value not in payload.body.decode()
    assert why(payload)[pointer] == ("family_limit", "HU-C03")
    assert why(payload)["/reason"] == ("holds_protected", "HU-C03")


def test_hu_c03_a_whole_group_stays_and_text_that_repeats_it():
    child = a_child(gp="Dr Pennywhistle")
    limits = [{"what": "health", "groups": ["health_send"]}]
    payload = sent(
        a_referral(people=[child], sharing_limits=limits, reason="Seen by Dr. Pennywhistle."), narrative="read"
    )
    assert b"Pennywhistle" not in payload.body
    assert why(payload)["/people/0/gp"] == ("family_limit", "HU-C03")


def test_hu_c03_a_person_the_family_keeps_back_is_not_in_the_copy():
    limits = [{"what": "him", "pointers": ["/people/2"]}]
    people = [a_child(), a_mother(), a_brother()]
    related = [{"person": "brother", "to": "child", "kind": "SIB"}]
    payload = sent(a_referral(people=people, relationships=related, sharing_limits=limits))
    assert b"brother" not in payload.body
    assert why(payload)["/people/2"] == ("family_limit", "HU-C03")


@pytest.mark.parametrize("pointer", ["/harm", "/harm/level", "/staff_risk/what", "/agreements", ""])
def test_hu_c03_no_limit_hides_harm_a_risk_to_staff_or_the_agreement(pointer: str):
    referral = a_referral(sharing_limits=[{"what": "w", "pointers": [pointer]}], staff_risk={"what": "A loose dog."})
    kept = referral_of(sent(referral))
    assert kept["harm"] == {"level": "none_declared"}
    assert kept["staff_risk"] == {"what": "A loose dog."}
    assert kept["agreements"][0]["status"] == "given"


def test_s21_hu_c07_a_divert_carries_what_the_family_held_back_and_the_reason_for_not_telling():
    referral = a_referral(
        sharing_limits=[{"what": "w", "groups": ["narrative"], "pointers": ["/people/1"]}],
        informed=[{"who": "parents", "told": False, "reason_code": "increases_risk"}],
    )
    kept = referral_of(sent(referral, Outcome.DIVERT))
    assert kept["reason"] == referral.reason
    assert kept["informed"] == [{"who": "parents", "told": False, "reason_code": "increases_risk"}]
    assert len(kept["people"]) == 2


def test_where_a_part_came_from_stays_with_the_part():
    sources = [{"pointer": "/criminal", "copied_from": "KxPolice"}, {"pointer": "/reason", "copied_from": "KxForm"}]
    payload = sent(a_referral(criminal="KxCrime", provenance=sources))
    assert referral_of(payload)["provenance"] == [sources[1]]
    assert why(payload)["/provenance/0"] == ("points_at_withheld", "provenance")
