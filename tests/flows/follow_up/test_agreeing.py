"""What the family says later: recorded, decided again, and told to whoever has something (governance 1.8)."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from typing import Any

import pytest

from tests.builders import a_child, a_mother, an_agreement
from tests.flows.returned import agreement, deliveries, sent, status, tell
from tests.running import HULL, Door, a_hull_referral, counts, on_sqlite, rows

LATER = "2026-10-20"
"""The day after the agreement that the referral came with."""
FATHER = {"id": "father", "roles": ["parent"], "first_name": "Tom", "surname": "Fernsby", "why_needed": "He agrees."}
INFORMED = "What Early Help is, and that the Locality Hub will see this."


def standing(door: Door, referral: str) -> list[tuple[str, str]]:
    """Outcome and deciding rules of the decisions that stand."""
    found = [row for row in rows(door.gateway, "decision") if row["referral"] == referral]
    return [(row["outcome"], row["deciding"]) for row in found if row["state"] != "superseded"]


def bodies(door: Door, referral: str, kind: str) -> list[dict[str, Any]]:
    contents = {row["id"]: bytes(row["body"]) for row in rows(door.gateway, "content")}
    return [json.loads(contents[row["payload"]]) for row in deliveries(door, referral, kind)]


def refused(**more: Any) -> dict[str, Any]:
    return {"giver": "mother", "capacity": "parent", "status": "refused", "on_date": LATER} | more


def given(**more: Any) -> dict[str, Any]:
    return an_agreement(on_date=LATER, informed_of=INFORMED, **more)


# Recorded, and decided again -----------------------------------------------------------------------------------------


def test_a_later_refusal_is_a_new_version_with_its_entry_and_a_decision(door: Door) -> None:
    referral = door.accepted()
    told = agreement(door, referral, agreement=refused())
    assert (told.status_code, told.json()["version"]) == (202, 2), told.text
    types = [row["type"] for row in sorted(rows(door.gateway, "entry"), key=lambda row: row["seq"])]
    assert types == ["decision.machine", "agreement.recorded", "hold", "decision.machine"]
    ((outcome, rules),) = standing(door, referral)
    assert (outcome, "G-502" in rules) == ("hold", True)
    assert deliveries(door, referral, "referral")[0]["state"] == "held"


def test_a_later_agreement_lets_go_what_was_held_for_want_of_one(door: Door) -> None:
    referral = door.accepted(a_hull_referral(agreements=[refused(on_date="2026-10-19")]))
    assert {outcome for outcome, _ in standing(door, referral)} == {"hold"}
    agreement(door, referral, agreement=given())
    assert {outcome for outcome, _ in standing(door, referral)} == {"share"}
    assert deliveries(door, referral, "referral")[0]["state"] == "due"


def test_p5_the_same_word_under_its_key_is_recorded_once(door: Door) -> None:
    referral = door.accepted()
    first, before = agreement(door, referral, agreement=refused()), counts(door.gateway)
    assert agreement(door, referral, agreement=refused()).content == first.content
    assert counts(door.gateway) == before


def test_what_was_said_later_holds_for_a_newer_version_too(door: Door) -> None:
    record = {"system": "canonical", "record_id": "T-9"}
    first = door.accepted(a_hull_referral(source=record))
    agreement(door, first, agreement=refused())
    second = door.accepted(a_hull_referral(source=record, reason="More."), once="b")
    assert {outcome for outcome, _ in standing(door, second)} == {"hold"}


@on_sqlite
def test_limits_that_came_with_a_newer_version_are_kept_beside_those_recorded(door: Door) -> None:
    record = {"system": "canonical", "record_id": "T-9"}
    first = door.accepted(a_hull_referral(source=record))
    agreement(door, first, sharing_limits=[{"what": "Our address", "groups": ["child_contact"]}])
    mine = [{"what": "The school", "groups": ["education"]}]
    second = door.accepted(a_hull_referral(source=record, sharing_limits=mine), once="b")
    limits = filed(door, second)["sharing_limits"]
    assert {limit["what"] for limit in limits} == {"Our address", "The school"}


@on_sqlite
def test_a_young_persons_competence_recorded_later_counts(door: Door) -> None:
    mine = {"giver": "child", "capacity": "young_person", "status": "given", "form": "signed", "on_date": LATER}
    born = [a_child(date_of_birth="2012-03-14"), a_mother()]
    referral = door.accepted(a_hull_referral(people=born, agreements=[mine | {"informed_of": INFORMED}]))
    assert any("G-505" in rules for _, rules in standing(door, referral))
    competent = {"assessed": True, "assessed_by": "The school nurse", "assessed_on": LATER}
    agreement(door, referral, agreement=mine | {"informed_of": INFORMED, "competence": competent, "on_date": LATER})
    assert filed(door, referral)["agreements"][-1]["competence"]["assessed"] is True


# Disputes (governance 1.8) -------------------------------------------------------------------------------------------


def test_governance_1_8_one_parent_takes_back_and_the_other_stays(door: Door) -> None:
    both = [an_agreement(informed_of=INFORMED), an_agreement(giver="father", informed_of=INFORMED)]
    people = [a_child(), a_mother(), FATHER]
    referral, _ = sent(door, people=people, agreements=both)
    back = {"giver": "father", "capacity": "parent", "status": "withdrawn", "withdrawn_on": LATER}
    agreement(door, referral, agreement=back)
    ((outcome, rules),) = standing(door, referral)
    assert (outcome, "G-501" in rules) == ("hold", True)
    assert [body["about"] for body in bodies(door, referral, "notice")] == ["withdrawal"]


def test_governance_1_8_one_parent_refuses_and_the_other_agrees_is_a_dispute(door: Door) -> None:
    both = [an_agreement(informed_of=INFORMED), an_agreement(giver="father", informed_of=INFORMED)]
    referral = door.accepted(a_hull_referral(people=[a_child(), a_mother(), FATHER], agreements=both))
    agreement(door, referral, agreement=refused(giver="father"))
    facts = [json.loads(row["facts"]) for row in rows(door.gateway, "decision") if row["state"] != "superseded"]
    assert {fact["agreement"] for fact in facts} == {"disputed"}


# Narrower, and told --------------------------------------------------------------------------------------------------


def test_hu_c03_a_limit_said_later_trims_and_the_hub_is_told_and_sent_what_it_may_have(door: Door) -> None:
    referral, first = sent(door)
    agreement(
        door, referral, sharing_limits=[{"what": "Our address", "groups": ["child_contact"], "chosen_by": "mother"}]
    )
    (notice,) = bodies(door, referral, "notice")
    assert (notice["about"], notice["deliveries"]) == ("agreement_changed", [first])
    (now,) = bodies(door, referral, "update")
    assert "Invented Row" not in json.dumps(now)


def test_hu_c07_a_limit_never_keeps_significant_harm_from_the_front_door(door: Door) -> None:
    referral = door.accepted(a_hull_referral(harm={"level": "significant"}))
    agreement(door, referral, sharing_limits=[{"what": "Our address", "groups": ["child_contact"]}])
    (divert,) = bodies(door, referral, "divert")
    assert "Invented Row" in json.dumps(divert)
    assert deliveries(door, referral, "divert")[0]["state"] == "due"


@on_sqlite
def test_hu_c03_a_limit_said_before_delivery_trims_what_waits(door: Door) -> None:
    referral = door.accepted()
    agreement(door, referral, sharing_limits=[{"what": "Our address", "groups": ["child_contact"]}])
    (body,) = bodies(door, referral, "referral")
    assert "Invented Row" not in json.dumps(body)
    assert deliveries(door, referral, "notice") == []


@on_sqlite
def test_governance_1_8_1_what_is_sent_anew_goes_stale_as_the_first_did(door: Door) -> None:
    referral, _ = sent(door)
    agreement(door, referral, agreement=given())
    (update,) = deliveries(door, referral, "update")
    (decision,) = [row for row in rows(door.gateway, "decision") if row["state"] == "promised"]
    assert decision["delivery"] == update["id"]
    assert decision["valid_until"] is not None


@on_sqlite
def test_a_stale_agreement_is_told_before_anything_is_decided_again(door: Door) -> None:
    referral = door.accepted()
    agreement(door, referral, agreement=given() | {"on_date": "2026-01-05", "status": "given"})
    facts = [json.loads(row["facts"]) for row in rows(door.gateway, "decision") if row["state"] != "superseded"]
    assert {fact["agreement"] for fact in facts} == {"in_scope"}  # the newer answer of the same giver counts


@on_sqlite
def test_a_refusal_after_delivery_tells_the_hub(door: Door) -> None:
    referral, _ = sent(door)
    told = agreement(door, referral, agreement=refused())
    assert [body["about"] for body in bodies(door, referral, "notice")] == ["agreement_changed"]
    assert told.json()["told"] == ["Hull Locality Hub, West"]
    assert status(door, referral)["notices"][0]["state"] == "outstanding"


@on_sqlite
def test_agreeing_again_tells_nobody_of_less(door: Door) -> None:
    referral, _ = sent(door)
    agreement(door, referral, agreement=given())
    assert deliveries(door, referral, "notice") == []


@on_sqlite
def test_agreed_to_by_scope_elsewhere_is_told_as_less(door: Door) -> None:
    referral, _ = sent(door)
    agreement(door, referral, agreement=given(scope={"agencies": ["Invented Youth Club"]}))
    assert [body["about"] for body in bodies(door, referral, "notice")] == ["agreement_changed"]


# A signed document ---------------------------------------------------------------------------------------------------


def put(door: Door, document: bytes) -> str:
    digest = sha256(document).hexdigest()
    path = f"/v1/attachments/{digest}"
    asyncio.run(door.ask("PUT", path, content=document, headers={"content-type": "text/plain"}))
    return digest


def test_th_c05_a_signed_document_that_came_by_another_channel_is_matched(door: Door) -> None:
    referral = door.accepted()
    digest = put(door, b"Signed: J. Fernsby")
    assert agreement(door, referral, agreement=given(signed_document=digest)).status_code == 202
    assert filed(door, referral)["agreements"][-1]["signed_document"] == digest


@on_sqlite
def test_a_signed_document_that_never_came_is_asked_for(door: Door) -> None:
    referral = door.accepted()
    told = agreement(door, referral, agreement=given(signed_document="ab" * 32))
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, "/agreement/signed_document")


@on_sqlite
def test_a_form_at_the_hubs_mailbox_is_named_by_its_reference(door: Door) -> None:
    referral = door.accepted()
    assert agreement(door, referral, agreement=given(signed_document="mailbox, 4 November")).status_code == 202


# Bad input -----------------------------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({}, None),
        ({"agreement": {"giver": "stranger", "status": "given"}}, "/agreement/giver"),
        ({"agreement": {"giver": "mother"}}, "/agreement/status"),
        ({"agreement": {"giver": "mother", "status": "given", "on_date": "2031-01-01"}}, "/agreement/on_date"),
        ({"agreement": {"status": "perhaps"}}, "/agreement/status"),
        ({"sharing_limits": [{"what": "All", "chosen_by": "stranger"}]}, "/sharing_limits/0/chosen_by"),
        ({"sharing_limits": [{"what": "Where we live", "groups": ["addresses"]}]}, "/sharing_limits/0/groups/0"),
        ({"sharing_limits": [{"what": "Where we live", "pointers": ["people"]}]}, "/sharing_limits/0/pointers/0"),
        ({"agrement": {}}, "/agrement"),
    ],
)
def test_bad_input_names_its_place_and_changes_nothing(door: Door, said: dict[str, Any], pointer: str | None) -> None:
    referral = door.accepted()
    before = counts(door.gateway)
    told = agreement(door, referral, **said)
    assert told.status_code == 422
    assert told.json()["errors"][0].get("pointer") == pointer
    assert counts(door.gateway) == before
    assert "stranger" not in told.text


@on_sqlite
def test_p24_an_error_never_repeats_what_was_said(door: Door) -> None:
    referral = door.accepted()
    told = tell(door, f"/v1/referrals/{referral}/agreement", b'{"agreement": {"Xylomancy": 1}}', key=HULL)
    assert (told.status_code, "Xylomancy" in told.text) == (422, False)


def filed(door: Door, referral: str) -> dict[str, Any]:
    """The referral as it is filed now."""
    (row,) = [row for row in rows(door.gateway, "referral") if row["id"] == referral]
    contents = {one["id"]: bytes(one["body"]) for one in rows(door.gateway, "content")}
    told: dict[str, Any] = json.loads(contents[row["filed"]])["referral"]
    return told
