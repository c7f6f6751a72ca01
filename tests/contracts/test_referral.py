"""The canonical referral takes what it says, refuses everything else, and has a place for every field a rule needs."""

from __future__ import annotations

import inspect
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

import contracts.agreement
import contracts.people
import contracts.referral
from contracts.model import MAX_TEXT, Part
from contracts.people import Person
from contracts.referral import Referral
from gateway.config.fields import person_leaves, referral_leaves
from tests.builders import a_child, a_mother, a_referral

SECRET = "Kestrel-Quillfeather"
LEAST = {"council": "testham", "purpose": "request", "source": {"system": "canonical"}}

PARTS = sorted(
    {
        part
        for module in (contracts.agreement, contracts.people, contracts.referral, contracts.model)
        for _, part in inspect.getmembers(module, inspect.isclass)
        if issubclass(part, Part)
    },
    key=lambda part: part.__name__,
)

# Every canonical field of the merged list (rules 2.6), and some that other rules need: who needs it, and where it is.
FIELDS = {
    "council: all": "council",
    "policy_version: all": "policy_version",
    "source.system: all": "source/system",
    "source.form_type: all": "source/form",
    "source.record_id: all": "source/record_id",
    "source.received_at: all": "source/submitted_at",
    "hub_received_at: KE-T02": "source/hub_received_at",
    "district_received_at: KE-T01": "source/district_received_at",
    "referrer.kind: TH L429": "referrer/kind",
    "referrer.name: TH L419": "referrer/name",
    "referrer.agency: HU L173": "referrer/agency",
    "referrer.role: HU L173": "referrer/role",
    "referrer.contact: LE L49 phone": "referrer/phone",
    "referrer.contact: LE L49 email": "referrer/email",
    "referrer preferred outcome channel: TH L419": "referrer/outcome_by",
    "is_anonymous: TH L421": "anonymous",
    "purpose: HU L165": "purpose",
    "family.address: KE L16": "person:addresses/lines",
    "family.locality: KE L17": "family/locality",
    "family.cluster: KE L16": "family/cluster",
    "family.district: KE L16": "family/district",
    "household name: KE L17": "person:full_name",
    "household dob: TH L429": "person:date_of_birth",
    "household edd: TH L429": "person:expected_date_of_birth",
    "household relationship: KE L17": "relationships/kind",
    "household lives_here: KE L17": "person:lives_with_child",
    "children dob: TH L623": "person:date_of_birth",
    "children unborn: TH L623": "person:unborn",
    "children expected_date: LE L111": "person:expected_date_of_birth",
    "children setting: DE L77": "person:education/setting_name",
    "children sen: LE L111": "person:education/sen_provision",
    "children disability: LE L112": "person:disabilities",
    "children significant_disability: DE L77": "person:significant_disability",
    "children ldd: LE L112": "person:learning_difficulty_or_disability",
    "non_resident_parents: KE L18": "person:roles",
    "non_resident_parents contact: KE L18": "person:phones/number",
    "father identified: KE L59": "person:identified",
    "parental responsibility: rules gap 11": "relationships/parental_responsibility",
    "professionals: DE L46": "professionals/agency",
    "existing_lead_professional: DE L46": "professionals/lead",
    "agreed to be named: HU-C11": "professionals/agreed_to_be_named",
    "existing_meeting: HU L105": "meetings/kind",
    "existing_assessment type: TH L713": "assessments/kind",
    "existing_assessment completed_on: TH L713": "assessments/completed_on",
    "existing_assessment attached: HU L78": "assessments/attached",
    "needs code: TH L504": "needs/code",
    "needs whose: LE L83": "needs/whose",
    "needs unmet: LE L83": "needs/unmet",
    "needs evidence: LE L83": "needs/evidence",
    "needs original label: TH L504": "needs/as_stated",
    "strengths: HU L88": "strengths/code",
    "protective_factors: TH L649": "strengths/detail",
    "risk_factors: HU L88": "risk_factors/code",
    "level.declared council's name: HU L157": "level/council_label",
    "level.declared canonical: TH L965": "level/canonical",
    "level.declared_by: TH L965": "level/declared_by",
    "views kept apart: TH-C23": "views/whose",
    "views said: KE L21": "views/said",
    "views.family_on_support: TH L571": "views/agrees_with_request",
    "consent who: all": "agreements/giver",
    "consent capacity: all": "agreements/capacity",
    "consent form: all": "agreements/form",
    "consent signed doc: all": "agreements/signed_document",
    "consent scope agencies: all": "agreements/scope/agencies",
    "consent scope categories: all": "agreements/scope/categories",
    "consent to support: LE-C09": "agreements/scope/support",
    "consent to sharing: LE-C09": "agreements/scope/sharing",
    "consent purpose: all": "agreements/scope/purposes",
    "consent privacy notice given: all": "notices/given",
    "consent date: all": "agreements/on_date",
    "consent refused, withdrawn: all": "agreements/status",
    "consent reason: all": "agreements/reason",
    "consent informed of: LE-C05": "agreements/informed_of",
    "sharing_limits: HU-C03": "sharing_limits/what",
    "informed who: TH L289": "informed/who",
    "informed yes/no: HU L171": "informed/told",
    "informed reason not: HU L171": "informed/reason_not",
    "informed decided with whom: LE L45": "informed/decided_with",
    "override ground: DE L111-119": "override/ground",
    "override reason: DE L111-119": "override/reason",
    "override decided by: DE L111-119": "override/decided_by",
    "override consulted: DE L111-119": "override/consulted",
    "override evidence: DE L111-119": "override/evidence",
    "override pressing need: DE L111-119": "override/pressing_need",
    "override proportionality: DE L111-119": "override/proportionality",
    "statutory_basis: TH L522": "statutory_duties/code",
    "statutory_basis information: TH-C02": "statutory_duties/information",
    "requested_services: HU L188-193": "requested_services/code",
    "step_down decision: KE L161-175": "step_down/decision",
    "step_down rationale: KE L161-175": "step_down/rationale",
    "step_down next steps: KE L161-175": "step_down/next_steps",
    "step_down KE heading 1: KE L161-175": "step_down/worries",
    "step_down KE heading 2: KE L161-175": "step_down/agreed_plan",
    "step_down KE heading 3: KE L161-175": "step_down/contingency",
    "step_down joint visit: KE L161-175": "step_down/joint_visit_done",
    "step_down core groups and plan: HU-R12": "step_down/core_groups_and_plan",
    "step_down no longer child in need: LE-R12": "step_down/no_longer_child_in_need",
    "plan: LE L201": "plan/actions/action",
    "plan contingency: HU L123": "plan/contingency",
    "programme_strands: TH L497-504": "programme_strands",
    "attachments kind: TH L524": "attachments/kind",
    "attachments hash: HU L177": "attachments/sha256",
    "attachments confidential: HU L177": "attachments/confidential",
    "field_provenance: KE L146": "provenance/copied_from",
    "interpreter: rules gap 21": "person:communication/interpreter_needed",
    "address protection: M-604": "person:addresses/protected",
    "protection flags: M-605": "person:protection",
    "safe contact: rules gap 31": "person:safe_contact/safe_way",
    "leaflet given: TH-C04": "notices/leaflet",
    "risk to staff: KE L266": "staff_risk/precautions",
    "identifiers: formats 6.5": "person:identifiers/value",
    "other answers: settled 37": "other_answers/answer",
    "harm: S-101": "harm/level",
    "first contact: HU-T01": "harm/first_contact_at",
}


def refused(change: dict[str, Any]) -> ValidationError:
    with pytest.raises(ValidationError) as raised:
        Referral.model_validate_json(json.dumps(LEAST | change))
    return raised.value


def person(**fields: Any) -> dict[str, Any]:
    return {"people": [{"id": "child"} | fields]}


@pytest.mark.parametrize(("needed_by", "path"), FIELDS.items(), ids=[key.replace(" ", "-") for key in FIELDS])
def test_every_field_a_rule_needs_is_there(needed_by: str, path: str):
    of_person, _, leaf = path.rpartition(":")
    assert leaf in (person_leaves() if of_person else referral_leaves())


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_part_says_what_it_is(part: type[Part]):
    assert part.__doc__
    assert part.__doc__.strip() != (BaseModel.__doc__ or "").strip()


def test_almost_nothing_is_required():
    assert Referral.model_validate_json(json.dumps(LEAST)).people == ()


@pytest.mark.parametrize("missing", LEAST)
def test_council_purpose_and_source_are_required(missing: str):
    rest = {name: value for name, value in LEAST.items() if name != missing}
    with pytest.raises(ValidationError):
        Referral.model_validate_json(json.dumps(rest))


@pytest.mark.parametrize(
    "change",
    [
        person(date_of_birth=20150314),
        person(date_of_birth=1426291200),
        person(date_of_birth="14/03/2015"),
        person(date_of_birth="2015-02-30"),
        person(date_of_birth="2015-03-14T00:00:00Z"),
        {"anonymous": 1},
        {"anonymous": "true"},
        person(unborn=1),
        {"attachments": [{"sha256": "0" * 64, "size": True}]},
        {"attachments": [{"sha256": "0" * 64, "size": "12"}]},
        {"attachments": [{"sha256": "0" * 64, "size": -1}]},
        person(education={"sessions_possible": 3.5}),
        person(first_name=7),
        person(first_name=["Maya"]),
        {"people": {"id": "child"}},
        {"purpose": "Request"},
        {"harm": {"level": "none"}},
        {"schema_version": 1},
        {"council": "tower hamlets"},
        person(id="the child"),
        {"reason": "a" * (MAX_TEXT + 1)},
        person(first_name="a" * 501),
        {"people": [{"id": f"p{number}"} for number in range(61)]},
    ],
    ids=lambda change: json.dumps(change)[:60],
)
def test_nothing_is_turned_into_something_else(change: dict[str, Any]):
    refused(change)


@pytest.mark.parametrize(
    "change",
    [
        {"surprise": SECRET},
        person(nickname=SECRET),
        {"harm": {"levels": SECRET}},
        {"needs": [{"kode": SECRET}]},
        {"agreements": [{"scope": {"agency": SECRET}}]},
    ],
    ids=["referral", "person", "harm", "need", "scope"],
)
def test_a_field_nobody_defined_is_refused_wherever_it_is(change: dict[str, Any]):
    assert refused(change).errors()[0]["type"] == "extra_forbidden"


@given(st.sampled_from([name for name, kind in referral_leaves().items() if kind in ("code", "date", "number", "ref")]))
@settings(max_examples=50)
def test_an_error_never_repeats_what_was_sent(path: str):
    value: Any = {"deeper": SECRET}
    for name in reversed(path.split("/")):
        value = {name: value}
    assert SECRET not in str(refused(value))


def test_an_error_about_a_person_names_the_place_and_not_the_value():
    error = refused(person(date_of_birth=SECRET))
    assert SECRET not in str(error)
    assert error.errors(include_input=False)[0]["loc"] == ("people", 0, "date_of_birth")


def test_a_referral_does_not_change():
    with pytest.raises(ValidationError):
        a_referral().council = "derby"  # type: ignore[misc]


def test_a_referral_written_down_reads_back_the_same():
    referral = a_referral(people=[a_child(protection=["address"]), a_mother()], anonymous=True)
    assert Referral.model_validate_json(referral.model_dump_json(exclude_defaults=True)) == referral


def test_children_are_those_for_whom_help_is_asked():
    unborn = {"id": "baby", "roles": ["child"], "unborn": True, "expected_date_of_birth": "2027-01-20"}
    assert [child.id for child in a_referral(people=[a_child(), a_mother(), unborn]).children] == ["child", "baby"]


def test_an_unborn_child_has_an_expected_date_and_no_birthday():
    baby = Person.model_validate_json('{"id": "baby", "unborn": true, "expected_date_of_birth": "2027-01-20"}')
    assert (baby.date_of_birth, baby.expected_date_of_birth) == (None, date(2027, 1, 20))


def test_an_empty_scope_is_not_an_unstated_one():
    stated = a_referral(agreements=[{"scope": {"categories": []}}, {"scope": {}}]).agreements
    assert [agreement.scope.categories for agreement in stated] == [(), None]
