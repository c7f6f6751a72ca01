"""A FHIR hub: what is sent, and what counts as an answer that names the message."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from adapters.formats.fhir.answers import issue, operation_outcome, response
from adapters.hubs import fhir_message
from contracts.hub import HubAnswer, HubMessage
from tests.adapters.payloads import A_PAYLOAD

DELIVERY = "c0" * 16
GUID = str(UUID(DELIVERY))
PAYLOAD = json.dumps(A_PAYLOAD).encode()
ENDPOINT = "urn:early-help-gateway:council:hull"


def written(payload: bytes = PAYLOAD, *secrets: str) -> HubMessage:
    return fhir_message.write(payload, DELIVERY, 1, secrets or ("newest", "older"))


def acknowledged(status: int, body: Any, **headers: str) -> bool:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return fhir_message.acknowledged(HubAnswer(status, named, content), DELIVERY)


def test_it_is_posted_to_process_message_with_the_newest_token() -> None:
    message = written()
    assert (message.method, message.path) == ("POST", "/$process-message")
    assert message.headers["authorization"] == "Bearer newest"
    assert message.headers["content-type"] == "application/fhir+json; fhirVersion=4.0"


def test_the_request_id_is_the_messages_and_stays_the_same() -> None:
    assert written().headers["x-request-id"] == json.loads(written().body)["id"] == GUID


def test_every_message_about_a_referral_has_one_correlation_id() -> None:
    other = fhir_message.write(PAYLOAD, "d1" * 16, 1, ["token"])
    assert other.headers["x-correlation-id"] == written().headers["x-correlation-id"]
    assert other.headers["x-request-id"] != written().headers["x-request-id"]


def test_no_header_and_no_path_holds_anything_of_the_family() -> None:
    said = f"{written().path} {dict(written().headers)}"
    assert [word for word in ("Maya", "Fernsby", "Joan", "07700") if word in said] == []


def test_nothing_is_written_without_a_token() -> None:
    with pytest.raises(ValueError, match="bearer token"):
        fhir_message.write(PAYLOAD, DELIVERY, 1, [])


def answer(**changes: Any) -> dict[str, Any]:
    """The hub's answer, with changes to `MessageHeader.response`."""
    made = response(GUID, ENDPOINT, [issue("information", "informational", "Received.")])
    made["entry"][0]["resource"]["response"] |= changes
    return made


@pytest.mark.parametrize("status", [200, 201, 202])
def test_an_answer_that_names_the_message_and_says_ok_acknowledges_it(status: int) -> None:
    assert acknowledged(status, answer())


@pytest.mark.parametrize(
    "body",
    [
        answer(identifier="00000000-0000-0000-0000-000000000000"),
        answer(identifier=DELIVERY),
        answer(code="fatal-error"),
        answer(code="transient-error"),
        answer() | {"type": "collection"},
        answer() | {"entry": []},
        answer() | {"entry": answer()["entry"][::-1]},
        operation_outcome([issue("information", "informational", "Received.")]),
        {"id": GUID},
        [],
        b"",
        b"[" * 100_000,
    ],
    ids=["another message", "our id unspelt", "fatal", "transient", "no message", "empty", "header last", "outcome",
         "a webhook's", "a list", "nothing", "depth"],
)  # fmt: skip
def test_any_other_answer_acknowledges_nothing(body: Any) -> None:
    assert not acknowledged(200, body)


def test_an_answer_of_a_refusal_acknowledges_nothing_whatever_it_says() -> None:
    assert not acknowledged(422, answer())


DUPLICATE = operation_outcome([issue("error", "duplicate", "It is here already.")])


def test_a_duplicate_under_our_request_id_was_received_before() -> None:
    assert acknowledged(409, DUPLICATE, x_request_id=GUID)


@pytest.mark.parametrize(
    ("body", "request_id"),
    [(DUPLICATE, "another"), (operation_outcome([issue("error", "conflict", "No.")]), GUID), ({}, GUID), ([], GUID)],
    ids=["another request", "a conflict", "no outcome", "a list"],
)
def test_any_other_409_acknowledges_nothing(body: Any, request_id: str) -> None:
    assert not acknowledged(409, body, x_request_id=request_id)
