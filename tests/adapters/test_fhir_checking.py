"""Faults planted in a good message, each caught before a byte leaves; and validators of other people on a good one."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

import fhirkit
import fhirpathpy
import pytest
from fhirpathpy.models import models

from adapters.formats.fhir.bundle import bundle
from adapters.formats.fhir.checking import WORDS, Wrong, wrong_with
from adapters.formats.fhir.definitions import capability_statement, code_systems, message_definitions
from adapters.formats.fhir.terms import NHS_NUMBER
from adapters.hubs import fhir_message
from tests.adapters.payloads import A_PAYLOAD, payloads

Message = dict[str, Any]
GOOD: Final = bundle(A_PAYLOAD, "c0" * 16)
EVERY: Final = {name: bundle(payload, "c0" * 16) for name, payload in (payloads() | {"everything": A_PAYLOAD}).items()}


def of(message: Message, kind: str) -> Message:
    """The first resource of a type."""
    found: Message = next(each["resource"] for each in message["entry"] if each["resource"]["resourceType"] == kind)
    return found


def header_last(message: Message) -> None:
    message["entry"].append(message["entry"].pop(0))


TWELVE: Final[dict[str, tuple[str, Callable[[Message], object]]]] = {
    "a required element is missing": ("structure", lambda m: of(m, "ServiceRequest").pop("intent")),
    "an element that FHIR does not have": ("structure", lambda m: of(m, "Patient").update(shoeSize="4")),
    "a wrong JSON type": ("structure", lambda m: of(m, "Group").update(actual="yes, of course")),
    "no event in the header": ("structure", lambda m: of(m, "MessageHeader").pop("eventCoding")),
    "a date that no calendar has": ("structure", lambda m: of(m, "Patient").update(birthDate="2015-13-45")),
    "an instant without a time zone": ("structure", lambda m: m.update(timestamp="2026-11-02T09:15:00")),
    "two values of one choice": ("structure", lambda m: of(m, "Observation").update(valueString="Level 3")),
    "a gender outside the required list": ("required_code", lambda m: of(m, "Patient").update(gender="girl")),
    "a Bundle of another type": ("required_code", lambda m: m.update(type="msg")),
    "no MessageHeader first": ("header_not_first", header_last),
    "a Consent without policy": ("consent_policy", lambda m: of(m, "Consent").pop("policyRule")),
    "a reference to nothing": (
        "reference",
        lambda m: of(m, "Condition").update(subject={"reference": "urn:uuid:6d2f7f33-0f2c-4a3e-8d0a-000000000000"}),
    ),
}
"""The twelve faults that other validators were tried on: what is wrong, the code it is caught as, how it is planted."""

OURS: Final[dict[str, tuple[str, Callable[[Message], object]]]] = {
    "a collection": ("not_a_message", lambda m: m.update(type="collection")),
    "no Bundle": ("not_a_message", lambda m: m.update(resourceType="Patient")),
    "two headers": ("header_not_first", lambda m: m["entry"].append(deepcopy(m["entry"][0]))),
    "a message of somebody else's": ("definition", lambda m: of(m, "MessageHeader").update(definition="urn:other")),
    "no definition": ("definition", lambda m: of(m, "MessageHeader").pop("definition")),
    "another event": ("event", lambda m: of(m, "MessageHeader")["eventCoding"].update(code="booking-request")),
    "a focus on a person": (
        "focus",
        lambda m: of(m, "MessageHeader").update(focus=[{"reference": m["entry"][4]["fullUrl"]}]),
    ),
    "no focus": ("focus", lambda m: of(m, "MessageHeader").pop("focus")),
    "a resource that the definition does not list": (
        "count",
        lambda m: m["entry"].append(
            {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Basic", "code": {"text": "x"}}}
        ),
    ),
    "two ServiceRequests": ("count", lambda m: m["entry"].append(m["entry"][1] | {"fullUrl": "urn:uuid:2"})),
    "no answer about harm": (
        "count",
        lambda m: m.update(entry=[one for one in m["entry"] if one["resource"]["resourceType"] != "Flag"]),
    ),
    "one full URL twice": ("full_url", lambda m: m["entry"][3].update(fullUrl=m["entry"][2]["fullUrl"])),
    "a Consent of privacy without its patient": ("consent_patient", lambda m: of(m, "Consent").pop("patient")),
    "an NHS number that nobody verified": (
        "nhs_number",
        lambda m: of(m, "Patient")["identifier"].append({"system": NHS_NUMBER, "value": "9990000018"}),
    ),
    "a code that our list does not have": (
        "our_code",
        lambda m: of(m, "Flag")["code"]["coding"][0].update(code="none"),
    ),
    "a birth date inside a name": ("structure", lambda m: of(m, "Patient")["name"][0].update(birthDate="2015-01-01")),
}
"""Faults of our own rules."""


def planted(plant: Callable[[Message], object]) -> tuple[Wrong, ...]:
    message = deepcopy(GOOD)
    plant(message)
    return wrong_with(message)


@pytest.mark.parametrize(("code", "plant"), TWELVE.values(), ids=TWELVE)
def test_each_of_twelve_planted_faults_is_caught(code: str, plant: Callable[[Message], object]) -> None:
    assert code in {wrong.code for wrong in planted(plant)}


@pytest.mark.parametrize(("code", "plant"), OURS.values(), ids=OURS)
def test_what_no_validator_looks_for_is_caught(code: str, plant: Callable[[Message], object]) -> None:
    assert code in {wrong.code for wrong in planted(plant)}


@pytest.mark.parametrize("plant", [plant for _, plant in (TWELVE | OURS).values()], ids=TWELVE | OURS)
def test_a_fault_has_words_and_a_place_and_repeats_no_value(plant: Callable[[Message], object]) -> None:
    for wrong in planted(plant):
        assert all(WORDS[wrong.code])
        assert [word for word in ("girl", "2015-13", "shoeSize", "Maya", "9990000018") if word in wrong.pointer] == []


@pytest.mark.parametrize(
    "message", ["", None, [], 3, {}, {"resourceType": "Bundle", "entry": [1]}, {"resourceType": []}]
)
def test_what_is_no_message_at_all_is_told_and_raises_nothing(message: Any) -> None:
    assert {wrong.code for wrong in wrong_with(message)} <= {"structure", "not_a_message"}
    assert wrong_with(message)


@pytest.mark.parametrize(
    "payload",
    [
        A_PAYLOAD | {"safety": {"harm": "none"}},
        A_PAYLOAD | {"due": [{"by": "soon"}]},
        {"reference": "r"},
        ["not", "one"],
    ],
    ids=["a code that is in no list", "a time that is none", "no council", "no payload"],
)
def test_a_payload_that_makes_no_good_message_is_not_written(payload: Any) -> None:
    with pytest.raises(ValueError, match=r"keeps to its definition|needs a reference"):
        fhir_message.write(json.dumps(payload).encode(), "c0" * 16, 1, ["token"])


# Validators of other people -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", EVERY.values(), ids=EVERY)
def test_fhirkit_accepts_every_message(message: Message) -> None:
    assert [str(issue) for issue in fhirkit.validate(message)] == []


@pytest.mark.parametrize(
    "resource",
    [*message_definitions(), *code_systems(), capability_statement()],
    ids=lambda resource: f"{resource['resourceType']}-{resource['id']}",
)
def test_fhirkit_accepts_what_we_publish(resource: Message) -> None:
    assert [str(issue) for issue in fhirkit.validate(resource)] == []


INVARIANTS: Final = {
    "bdl-3": "entry.all(request.empty())",
    "bdl-4": "entry.all(response.empty())",
    "bdl-5": "entry.all(resource.exists())",
    "bdl-7": "entry.fullUrl.isDistinct()",
    "bdl-9": "identifier.system.exists() and identifier.value.exists()",
    "bdl-12": "entry.first().resource.is(MessageHeader)",
    "ppc-1": "entry.resource.where($this is Consent).all(policy.exists() or policyRule.exists())",
    "ppc-2": "entry.resource.where($this is Consent).all(patient.exists())",
    "grp-1": "entry.resource.where($this is Group).all((member.count() > 0) implies actual = true)",
    "org-1": "entry.resource.where($this is Organization).all((identifier.count() + name.count()) > 0)",
    "con-3": "entry.resource.where($this is Condition).all(clinicalStatus.exists() or category.coding.empty())",
    "prr-1": "entry.resource.where($this is ServiceRequest).all(orderDetail.empty() or code.exists())",
    "inv-1": "entry.resource.where($this is Task).all(lastModified.empty() or authoredOn.empty())",
    "qrs-1": "entry.resource.where($this is QuestionnaireResponse).item.all((answer.exists() and item.exists()).not())",
    "att-1": "entry.resource.descendants().where(data.exists()).all(contentType.exists())",
    "every reference leads to an entry": "entry.resource.descendants().reference.subsetOf(entry.fullUrl)",
}
"""Invariants of R4 4.0.1 for the resources we write, as its own expressions or, where those resolve, like them."""


@pytest.mark.parametrize("expression", INVARIANTS.values(), ids=INVARIANTS)
def test_an_invariant_of_r4_holds(expression: str) -> None:
    assert fhirpathpy.evaluate(GOOD, expression, {}, models["r4"]) == [True]


@pytest.mark.parametrize(
    ("invariant", "fault"),
    [
        ("bdl-12", "no MessageHeader first"),
        ("ppc-1", "a Consent without policy"),
        ("every reference leads to an entry", "a reference to nothing"),
    ],
)
def test_an_invariant_sees_the_fault_that_it_is_about(invariant: str, fault: str) -> None:
    message = deepcopy(GOOD)
    TWELVE[fault][1](message)
    assert fhirpathpy.evaluate(message, INVARIANTS[invariant], {}, models["r4"]) == [False]
