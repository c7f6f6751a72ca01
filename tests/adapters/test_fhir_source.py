"""Our own message read as a source: what came out of a gateway goes into one, with nothing lost."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from adapters.formats.fhir.terms import HL7, NHS_NUMBER, WAITING
from adapters.hubs import fhir_message as hub
from adapters.sources import fhir_message as source
from contracts.adapter import Fault, LedgerLine, ReadOptions, SourceRecord
from contracts.decision import Outcome
from contracts.errors import UnreadablePayload
from contracts.referral import Referral
from gateway.config.codes import load_codes
from gateway.config.mappings import load_mappings
from gateway.flows.mapping.sources import Reader
from gateway.path.leaves import flattened
from gateway.path.mapping import compile_mapping, to_referral
from tests.adapters.payloads import A_PAYLOAD, any_payload, payloads

Json = dict[str, Any]
MAPPINGS = Path(__file__).parents[2] / "mappings"
ALL = load_mappings(MAPPINGS / "sources", load_codes(MAPPINGS / "codes"))
MAPPING = ALL.by_key["fhir_message", "early_help_referral_request", ""]
COMPILED = compile_mapping(MAPPING)
SHARED = payloads(Outcome.SHARE)
TOLD_BESIDE = {"flags", "withheld", "about", "urgent", "safety"}


def sent(payload: Json) -> Json:
    """The message that a hub would get."""
    made: Json = json.loads(hub.write(json.dumps(payload).encode(), "c0" * 16, 1, ["token"]).body)
    return made


def record(message: Json) -> SourceRecord:
    (found,) = source.read(io.BytesIO(json.dumps(message).encode()), ReadOptions(form=MAPPING.form))
    assert isinstance(found, SourceRecord)
    return found


def mapped(payload: Json, test: bool = False) -> tuple[Referral | None, tuple[LedgerLine, ...], tuple[Fault, ...]]:
    return to_referral(COMPILED, record(sent(payload)), payload["council"], test)


def refused(message: Any) -> list[Fault]:
    with pytest.raises(UnreadablePayload) as caught:
        record(message)
    return list(caught.value.faults)


def test_there_are_shared_payloads_to_try_it_on() -> None:
    assert len(SHARED) >= 5


@pytest.mark.parametrize("payload", SHARED.values(), ids=SHARED)
def test_a_shared_referral_comes_back_as_it_was(payload: Json) -> None:
    referral, _, faults = mapped(payload)
    assert referral is not None
    back = json.loads(referral.model_dump_json(exclude_defaults=True))
    assert back["source"].pop("record_id") == payload["reference"]
    told = back.pop("other_answers", [])
    assert back == payload["referral"]
    assert [answer for answer in told if "pointer" not in answer or not of_the_envelope(answer)] == payload[
        "other_answers"
    ]
    assert faults == ()


def of_the_envelope(answer: Json) -> bool:
    """Whether this is what the other gateway told its hub beside the referral."""
    first, _, rest = str(answer["pointer"]).removeprefix("/").partition("/")
    return first == "payload" and rest.partition("/")[0] in TOLD_BESIDE


@pytest.mark.parametrize("payload", SHARED.values(), ids=SHARED)
def test_every_leaf_of_a_message_is_accounted_for(payload: Json) -> None:
    found = record(sent(payload))
    _, ledger, _ = to_referral(COMPILED, found, payload["council"])
    assert [line.source for line in ledger] == list(flattened(found.data)[0])
    assert found.data["unread"] == {}


@given(any_payload())
@settings(max_examples=20, deadline=None)
def test_no_leaf_of_any_payload_is_lost_between_two_gateways(payload: Json) -> None:
    found = record(sent(payload)).data
    referral = {**payload["referral"]}
    if payload.get("other_answers"):
        referral["other_answers"] = payload["other_answers"]
    read = {**found["referral"]}  # type: ignore[dict-item]
    named = [{"id": f"person-{place}"} | one for place, one in enumerate(referral["people"], start=1)]
    referral["people"] = named
    if payload.get("test"):
        referral["source"] = {**referral.get("source", {}), "test": True}
    assert read == referral
    beside = {name for name in payload if name not in ("referral", "other_answers", "test", "reference", "council")}
    assert {name for name in beside if payload[name] not in ([], {}, "", False, None)} <= {*found["payload"]}  # type: ignore[misc]


@pytest.mark.parametrize("kind", ["0 ", " ", "application/pdf ", "application/pdf"])
def test_a_media_type_that_is_no_code_is_not_lost(kind: str) -> None:
    assert document_back({"name": "plan", "media_type": kind, "sha256": "0" * 64})


@pytest.mark.parametrize("size", [0, 2**31 - 1, 2**31])
def test_a_size_that_is_no_unsigned_int_is_not_lost(size: int) -> None:
    assert document_back({"size": size, "sha256": "0" * 64})


def document_back(document: Json) -> bool:
    """Whether a document of a request comes back as it was."""
    payload = deepcopy(A_PAYLOAD)
    payload["referral"]["attachments"] = [document]
    referral = record(sent(payload)).data["referral"]
    return isinstance(referral, dict) and referral["attachments"] == [document]


def test_the_senders_own_reference_is_the_key() -> None:
    assert record(sent(A_PAYLOAD)).key == A_PAYLOAD["reference"]


def test_what_the_other_gateway_told_its_hub_travels_as_other_answers() -> None:
    referral, _, _ = mapped(A_PAYLOAD)
    assert referral is not None
    assert {"Ring before 5 pm.", "Ring.", A_PAYLOAD["withheld"]} <= {one.answer for one in referral.other_answers}


def test_a_siblings_age_which_no_referral_holds_is_kept_as_another_answer() -> None:
    referral, _, faults = mapped(A_PAYLOAD)
    assert referral is not None
    assert [one.answer for one in referral.other_answers if one.pointer == "/referral/people/3/age"] == ["9"]
    assert [role.value for role in referral.people[3].roles] == ["sibling"]
    assert {fault.kind for fault in faults} == {"doubtful"}


def test_a_test_stays_a_test_whoever_says_so() -> None:
    said_by_message, _, _ = mapped(A_PAYLOAD | {"test": True})
    said_by_key, _, _ = mapped(A_PAYLOAD | {"test": False}, test=True)
    live, _, _ = mapped(A_PAYLOAD | {"test": False})
    assert [one.source.test for one in (said_by_message, said_by_key, live) if one] == [True, True, False]


def test_a_message_for_another_council_is_nobodys_referral() -> None:
    message = io.BytesIO(json.dumps(sent(A_PAYLOAD)).encode())
    (read,) = Reader(ALL, {MAPPING.key: COMPILED}).read("fhir_message", "kent", message)
    assert read.referral is None
    assert [fault.pointer for fault in read.faults] == ["/referral/council"]


def resource(message: Json, kind: str) -> Json:
    found: Json = next(each["resource"] for each in message["entry"] if each["resource"]["resourceType"] == kind)
    return found


def test_an_implied_consent_of_somebody_elses_rule_is_no_agreement() -> None:
    message = sent(A_PAYLOAD | {"referral": A_PAYLOAD["referral"] | {"agreements": [{"status": "given"}]}})
    without_answers(message)
    assert record(message).data["referral"]["agreements"] == [{"status": "given"}]  # type: ignore[index, call-overload]
    resource(message, "Consent")["policyRule"] = {"coding": [{"system": f"{HL7}/v3-ActCode", "code": "IMPLIED"}]}
    found = record(message).data
    assert "agreements" not in found["referral"]  # type: ignore[operator]
    assert "IMPLIED" in json.dumps(found["unread"])


def without_answers(message: Json) -> None:
    """As a system writes it that knows nothing of our payload."""
    gone = [one["fullUrl"] for one in message["entry"] if one["resource"].get("questionnaire", "").endswith("says")]
    message["entry"] = [one for one in message["entry"] if one["fullUrl"] not in gone]
    request = resource(message, "ServiceRequest")
    request["supportingInfo"] = [one for one in request["supportingInfo"] if one["reference"] not in gone]


def test_what_nobody_reads_travels_with_its_place() -> None:
    message = sent(A_PAYLOAD)
    resource(message, "Condition")["onsetString"] = "since her father left"
    assert record(message).data["unread"] == {"Condition": [{"onsetString": "since her father left"}]}


@pytest.mark.parametrize(
    "system", [NHS_NUMBER, NHS_NUMBER.replace("https", "http"), NHS_NUMBER.replace("/Id/", "/id/")]
)
def test_an_nhs_number_is_read_under_each_spelling_of_its_system(system: str) -> None:
    message = sent(A_PAYLOAD)
    without_answers(message)
    verified = {"coding": [{"system": "https://fhir.nhs.uk/CodeSystem/x", "code": "number-present-and-verified"}]}
    extension = [{"url": "https://fhir.hl7.org.uk/x", "valueCodeableConcept": verified}]
    resource(message, "Patient")["identifier"] = [{"system": system, "value": "9990000018", "extension": extension}]
    people = record(message).data["referral"]["people"]  # type: ignore[index, call-overload]
    assert people[0]["identifiers"] == [{"system": "nhs_number", "value": "9990000018"}]


def test_a_mother_of_another_systems_codes_is_a_parent() -> None:
    message = sent(A_PAYLOAD)
    without_answers(message)
    related = {"coding": [{"system": f"{HL7}/v3-RoleCode", "code": "MTH"}]}
    resource(message, "RelatedPerson")["relationship"] = [related]
    people = record(message).data["referral"]["people"]  # type: ignore[index, call-overload]
    assert people[2]["roles"] == ["parent"]


def is_waiting(message: Json) -> None:
    header = resource(message, "MessageHeader")
    header["definition"] = WAITING
    kinds = ("MessageHeader", "ServiceRequest", "Organization", "Group", "Patient")
    message["entry"] = [one for one in message["entry"] if one["resource"]["resourceType"] in kinds]


def with_answer(link: str, answer: Json) -> Callable[[Json], None]:
    """A message with one more answer that no resource gives."""

    def change(message: Json) -> None:
        for each in message["entry"]:
            if each["resource"].get("questionnaire", "").endswith("what-no-resource-says"):
                each["resource"]["item"].append({"linkId": link, "answer": [answer]})

    return change


WORDS = {"valueString": "x"}
REFUSED: dict[str, Callable[[Json], object]] = {
    "an update": lambda m: resource(m, "MessageHeader")["reason"]["coding"][0].update(code="update"),
    "a cancellation": lambda m: resource(m, "ServiceRequest").update(status="revoked"),
    "a request that waits": is_waiting,
    "a pointer past a list": with_answer("/referral/people/99/surname", WORDS),
    "a pointer into a value": with_answer("/referral/reason/0", WORDS),
    "a pointer without an end": with_answer("/a" * 5_000, WORDS),
    "no pointer": with_answer("reason", WORDS),
    "an answer of another kind": with_answer("/referral/reason", {"valueDate": "2026-01-01"}),
    "a referral that is a word": with_answer("/referral", WORDS),
    "people that are a word": with_answer("/referral/people", WORDS),
    "broken base64": with_answer("/withheld", {"valueAttachment": {"contentType": "application/json", "data": "AAAA"}}),
    "a name that FHIR does not have": lambda m: m.update(Fernsby=1),
    "an entry without a resource": lambda m: m["entry"][-1].pop("resource"),
    "an entry with an empty resource": lambda m: m["entry"][-1].update(resource={}),
    "an entry whose resource is null": lambda m: m["entry"][-1].update(resource=None),
    "a consent without a scope": lambda m: resource(m, "Consent").update(scope=None),
    "another resource": lambda m: m.update(resourceType="Patient"),
    "no gender of any list": lambda m: resource(m, "Patient").update(gender="girl"),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_a_message_that_cannot_be_meant_is_refused_without_a_value_of_it(change: Callable[[Json], object]) -> None:
    message = deepcopy(sent(A_PAYLOAD))
    change(message)
    faults = refused(message)
    assert all((fault.position or fault.pointer) and fault.expected and fault.remedy for fault in faults)
    assert [word for word in ("girl", "Maya", "Fernsby") if word in str(faults)] == []
