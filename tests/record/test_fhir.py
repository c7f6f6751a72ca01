"""A decision as FHIR R4: its outcome's code, no Consent nobody gave, nothing by which a family could be known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.consent import Consent

from contracts.decision import Outcome
from contracts.delivery import Result
from gateway.record.fhir import OUTCOME, Told, entry_of, resources

RID = "0192f1c2-0000-7000-8000-000000000001"
Sections = dict[str, Any]


def told(**changes: Any) -> Told:
    """A decision to share, agreed by one parent. A section given as None has been disposed of."""
    sections: Sections = {
        "actors": {"client": "school", "recipient": "hub", "by": "machine", "engine": "early-help-gateway 0.1.0"},
        "subject": {"child_ref": "a1b2", "referral": "r-1", "version": 2, "content": "c" * 64},
        "request": {"purpose": "request", "needs": ["attendance"]},
        "facts": {"values": {"agreement": "in_scope", "harm": "none_declared", "path": ""}, "sources": {}},
        "policy": {"id": "eh", "version": "3", "sha256": "a" * 64, "effective_from": "2026-09-01"},
        "outcome": {"code": "share", "sent_groups": ["carers"]},
        "reasons": {"text": "Planted words."},
        "withheld": {"listed": []},
        "agreement": {
            "agreements": [{"status": "given", "capacity": "parent", "on_date": "2026-10-19", "until": "2027-10-19"}],
            "informed": [],
            "notices": [{"given": True, "version": "2026 09", "on_date": "2026-10-18"}],
        },
        "basis": {"art6": "6_1_e", "dsa_id": "DSA 1", "dsa_state": "in_force"},
        "human": {"by": "planted.person", "reason": "Planted reason."},
    }
    kept = {name: value for name, value in (sections | changes).items() if value is not None}
    return Told(RID, "decision.machine", "2026-11-22T14:16:03.007Z", "gateway.example/hull", kept, "proof\n")


def made(kind: str, **changes: Any) -> dict[str, Any]:
    """The one resource of a kind."""
    (found,) = [one for one in resources(told(**changes)) if one["resourceType"] == kind]
    return found


def decided(code: str) -> Sections:
    return {"code": code, "sent_groups": []}


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("share", "0"),
        ("share_minimised", "0"),
        ("advice_only", "0"),
        ("divert", "0"),
        ("hold", "4"),
        ("return", "4"),
        ("refuse", "8"),
    ],
)
def test_governance_4_2_each_outcome_has_its_code(outcome: str, code: str) -> None:
    event = made("AuditEvent", outcome=decided(outcome))
    assert (event["outcome"], outcome in [one["code"] for one in event["subtype"]]) == (code, True)


def test_no_outcome_is_without_a_code() -> None:
    assert OUTCOME.keys() == set(Outcome)


@pytest.mark.parametrize(("outcome", "disclosed"), [("share", True), ("divert", True), ("hold", False)])
def test_only_what_goes_out_is_called_a_disclosure(outcome: str, disclosed: bool) -> None:
    event = made("AuditEvent", outcome=decided(outcome))
    said = event["type"]["code"], event["action"], event["subtype"][0]["code"]
    assert (said == ("110106", "R", "disclose")) is disclosed


@pytest.mark.parametrize("agreement", [None, {"agreements": [{"status": "not_sought"}], "notices": [], "informed": []}])
def test_governance_4_2_without_an_agreement_there_is_no_consent_and_none_is_referred_to(agreement: Any) -> None:
    found = resources(told(agreement=agreement))
    assert [one["resourceType"] for one in found] == ["AuditEvent", "Provenance"]
    assert "Consent" not in json.dumps(found)


@pytest.mark.parametrize(
    ("status", "said"),
    [("given", ("active", "permit")), ("refused", ("rejected", "deny")), ("withdrawn", ("inactive", "deny"))],
)
def test_what_a_giver_said_is_the_consents_status(status: str, said: tuple[str, str]) -> None:
    agreement = {"agreements": [{"status": status, "capacity": "parent"}], "notices": [], "informed": []}
    consent = made("Consent", agreement=agreement)
    assert (consent["status"], consent["provision"]["type"]) == said


def test_governance_4_3_a_consent_names_its_recipient_policy_notice_and_end() -> None:
    consent = made("Consent")
    assert consent["provision"]["actor"][0]["reference"]["identifier"]["value"] == "hub"
    assert consent["policy"] == [{"uri": "urn:early-help-gateway:notice:2026%2009"}]
    assert (consent["dateTime"], consent["provision"]["period"]["end"]) == ("2026-10-18", "2027-10-19")


def test_each_givers_agreement_is_a_consent_of_its_own() -> None:
    both = [{"status": "given", "capacity": "parent"}, {"status": "refused", "capacity": "young_person"}]
    found = resources(told(agreement={"agreements": both, "notices": [], "informed": []}))
    ids = {one["id"] for one in found if one["resourceType"] == "Consent"}
    assert len(ids) == 2


def test_nothing_written_by_a_person_and_no_ones_name_is_in_any_of_them() -> None:
    person = told().sections["actors"] | {"by": "person"}
    written = json.dumps(resources(told(actors=person))).lower()
    assert "planted" not in written


def test_governance_4_2_what_was_sent_is_never_contained() -> None:
    assert "contained" not in made("AuditEvent")


def test_what_was_held_back_is_a_label_and_no_more() -> None:
    withheld = {"listed": [{"pointer": "/planted", "reason": "unread", "rule": "G-502"}]}
    event = made("AuditEvent", withheld=withheld)
    labels = [label["code"] for one in event["entity"] for label in one.get("securityLabel", ())]
    assert (labels, "G-502" in json.dumps(event)) == (["R", "REDACTED"], False)


def test_a_decision_whose_other_sections_are_gone_is_still_told() -> None:
    gone = dict.fromkeys(("actors", "subject", "request", "facts", "policy", "withheld", "agreement", "basis"))
    assert [one["resourceType"] for one in resources(told(**gone))] == ["AuditEvent", "Provenance"]


def test_a_decision_whose_outcome_is_gone_is_not() -> None:
    assert resources(told(outcome=None)) == ()


@pytest.mark.parametrize("by", ["machine", "person"])
def test_a_bundle_of_them_comes_back_the_same_through_the_librarys_validation(by: str) -> None:
    found = resources(told(actors=told().sections["actors"] | {"by": by}))
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [entry_of(one) for one in found]}
    back = json.loads(Bundle.model_validate_json(json.dumps(bundle)).model_dump_json(exclude_none=True))
    assert back == json.loads(json.dumps(bundle))


def test_every_reference_is_to_a_resource_of_the_same_bundle() -> None:
    entries = [entry_of(one) for one in resources(told())]
    here = {one["fullUrl"] for one in entries}
    referred = {at["reference"] for at in _objects(entries) if isinstance(at.get("reference"), str)}
    assert (len(here), referred <= here, len(referred)) == (3, True, 2)


@pytest.mark.parametrize("model", [AuditEvent, Consent])
def test_every_required_code_is_one_of_the_librarys(model: Any) -> None:
    resource = made(model.__name__)
    for name, field in model.model_fields.items():
        allowed = (field.json_schema_extra or {}).get("enum_values")
        if allowed and name in resource:
            assert resource[name] in allowed


@pytest.mark.parametrize("result", list(Result))
def test_governance_4_1_each_attempt_to_deliver_is_an_audit_event_of_its_own(result: Result) -> None:
    sections = {"delivery": {"delivery": "d-1", "hub": "hub", "result": str(result)}, "about": {"referral": "r-1"}}
    (event,) = resources(Told(RID, "attempt", "2026-11-22T14:16:03.007Z", "gateway.example/hull", sections, "proof\n"))
    AuditEvent.model_validate(event)
    named = [one["what"]["identifier"]["value"] for one in event["entity"]]
    tried_again = {"not_sent", "refused_for_now", "uncertain"}
    outcome = "0" if result == "delivered" else "4" if result in tried_again else "8"
    assert (event["outcome"], event["outcomeDesc"], named) == (outcome, str(result), ["d-1", "r-1"])


def test_an_attempt_whose_content_is_gone_is_not_told() -> None:
    assert resources(Told(RID, "attempt", "2026-11-22T14:16:03.007Z", "gateway.example/hull", {}, "proof\n")) == ()


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)
