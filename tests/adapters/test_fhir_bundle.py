"""A payload as a FHIR message: nothing is lost, nothing is added, and the same payload gives the same bytes."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from adapters.formats.fhir.bundle import bundle
from adapters.formats.fhir.checking import wrong_with
from adapters.formats.fhir.definitions import CODES, COUNTS
from adapters.formats.fhir.reading import payload_of, unread
from adapters.formats.fhir.terms import BARS, HL7, OURS, REQUEST, UK_CORE
from adapters.hubs import fhir_message
from tests.adapters.payloads import A_PAYLOAD, any_payload, payloads

DELIVERY = "c0" * 16
EVERY = payloads() | {"everything": A_PAYLOAD}
ENVELOPE = {
    "schema_version": "1",
    "kind": "envelope",
    "reference": "0f" * 16,
    "council": "hull",
    "hub": "locality_west",
    "test": False,
    "sender": "Invented Academy",
    "purpose": "request",
    "since": "2026-11-02T09:15:00Z",
    "waiting": [{"age_band": "5 to 10", "waits_for": ["the paperwork"], "why": ["No agreement."], "urgent": False}],
    "ring": "the safeguarding lead of Invented Academy",
    "telephone": "",
    "says": "A request waits.",
    "emergency": "Ring 999.",
}


def leaves(value: Any) -> Iterator[str]:
    """Every leaf of plain data, as text."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    elif value is not None:
        yield str(value)


def resources(message: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The message's resources of one type."""
    return [each["resource"] for each in message["entry"] if each["resource"]["resourceType"] == kind]


@pytest.mark.parametrize("payload", [*EVERY.values(), ENVELOPE], ids=[*EVERY, "envelope"])
def test_a_message_reads_back_as_the_payload_it_was_made_of(payload: dict[str, Any]) -> None:
    assert payload_of(bundle(payload, DELIVERY)) == payload


@pytest.mark.parametrize("payload", [*EVERY.values(), ENVELOPE], ids=[*EVERY, "envelope"])
def test_a_message_of_ours_keeps_to_all_that_is_checked(payload: dict[str, Any]) -> None:
    assert wrong_with(bundle(payload, DELIVERY)) == ()


@given(any_payload())
@settings(max_examples=50, deadline=None)
def test_nothing_of_any_payload_is_lost(payload: dict[str, Any]) -> None:
    message = bundle(payload, DELIVERY)
    assert payload_of(json.loads(json.dumps(message))) == payload
    assert unread(message, bundle(payload_of(message), DELIVERY)) == {}


@given(any_payload())
@settings(max_examples=25, deadline=None)
def test_any_payload_makes_a_message_that_may_be_sent(payload: dict[str, Any]) -> None:
    assert wrong_with(bundle(payload, DELIVERY)) == ()


R4_WORDS = {
    *("message", "person", "plan", "order", "active", "inactive", "rejected", "on-hold", "urgent", "routine", "permit"),
    *("deny", "requested", "completed", "final", "current", "unconfirmed", "phone", "email", "home", "mobile", "work"),
    *(
        "official",
        "usual",
        "old",
        "male",
        "female",
        "unknown",
        "patient-privacy",
        "59284-0",
        "HTEST",
        "application/json",
    ),
}
"""Words of FHIR's own code lists that our messages use."""
BARS_WORDS = {"servicerequest-request", "new", "referral"}


@given(any_payload())
@settings(max_examples=25, deadline=None)
def test_every_text_stands_in_the_payload_or_is_a_published_word(payload: dict[str, Any]) -> None:
    codes = {str(code) for codes in CODES.values() for code in codes}
    said = {*leaves(payload)} | {b64encode(json.dumps(text).encode()).decode() for text in [*numbers(payload)]}
    known = said | codes | R4_WORDS | BARS_WORDS | {*COUNTS[REQUEST]} | {"Bundle", "early-help-gateway"}
    systems = (f"{OURS}:", HL7, BARS, UK_CORE, "http://loinc.org", "urn:ietf:rfc:3986", "urn:uuid:")
    told = [text for text in texts(bundle(payload, DELIVERY)) if not text.startswith(systems)]
    assert {*told} - known == set()


def texts(value: Any) -> Iterator[str]:
    """Every leaf of a message but those that say how it is put together, whose values are ids and pointers."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in ("id", "fullUrl", "reference", "linkId"):
                yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


def numbers(value: Any) -> Iterator[str | int]:
    """Every leaf of plain data that may have to travel in base64."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from numbers(part)
    elif isinstance(value, str | int):
        yield value


def test_the_same_payload_gives_the_same_bytes_however_late_it_is_sent_again() -> None:
    payload = json.dumps(A_PAYLOAD).encode()
    first, again = (fhir_message.write(payload, DELIVERY, now, ["token"]) for now in (1, 400_000))
    assert (first.body, first.headers) == (again.body, again.headers)


def test_the_header_comes_first_and_its_focus_is_the_request() -> None:
    message = bundle(A_PAYLOAD, DELIVERY)
    header, request = message["entry"][0]["resource"], message["entry"][1]
    assert header["resourceType"] == "MessageHeader"
    assert header["focus"] == [{"reference": request["fullUrl"]}]
    assert request["resource"]["resourceType"] == "ServiceRequest"


def test_a_request_for_two_children_is_about_the_group_of_them() -> None:
    message = bundle(A_PAYLOAD, DELIVERY)
    (group,) = resources(message, "Group")
    assert len(group["member"]) == len(resources(message, "Patient")) == 2


def test_a_nameless_enquiry_names_no_patient() -> None:
    message = bundle(ENVELOPE, DELIVERY)
    assert resources(message, "Patient") == resources(message, "Consent") == []


def test_an_nhs_number_that_nobody_verified_is_no_identifier_of_a_patient() -> None:
    systems = [
        each["system"] for one in resources(bundle(A_PAYLOAD, DELIVERY), "Patient") for each in one["identifier"]
    ]
    assert [system for system in systems if "nhs" in system] == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"safe_contact": {"do_not_phone": True}}, "nobody may ring"),
        ({"protection": ["do_not_inform"]}, "must not be told"),
        ({"protection": ["sealed"]}, "sealed"),
        ({"roles": ["alleged_harm"]}, "may have done harm"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_number_that_nobody_should_ring_is_no_telephone_of_a_resource(changes: dict[str, Any], why: str) -> None:
    mother = {"id": "mother", "roles": ["parent"], "phones": [{"number": "07700 900123"}]} | changes
    child = A_PAYLOAD["referral"]["people"][0]
    payload = A_PAYLOAD | {"referral": A_PAYLOAD["referral"] | {"people": [child, mother]}}
    message = bundle(payload, DELIVERY)
    assert [one for person in resources(message, "RelatedPerson") for one in person.get("telecom", ())] == [], why
    assert payload_of(message) == payload


@pytest.mark.parametrize(
    "address",
    [{"protected": True}, {"kind": "refuge"}, {"kind": "placement"}],
    ids=["protected", "refuge", "placement"],
)
def test_an_address_that_must_not_be_found_is_no_address_of_a_resource(address: dict[str, Any]) -> None:
    child = {"id": "child", "roles": ["child"], "addresses": [{"lines": ["4 Invented Row"]} | address]}
    payload = A_PAYLOAD | {"referral": A_PAYLOAD["referral"] | {"people": [child]}}
    (patient,) = resources(bundle(payload, DELIVERY), "Patient")
    assert "address" not in patient


def test_what_nobody_was_asked_makes_no_consent() -> None:
    referral = A_PAYLOAD["referral"] | {"agreements": [{"giver": "mother", "status": "not_sought"}]}
    assert resources(bundle(A_PAYLOAD | {"referral": referral}, DELIVERY), "Consent") == []


def test_a_test_is_marked_as_one_on_the_bundle() -> None:
    assert bundle(A_PAYLOAD, DELIVERY)["meta"]["tag"][0]["code"] == "HTEST"
    assert "meta" not in bundle(A_PAYLOAD | {"test": False}, DELIVERY)
