"""The FHIR door: a message in, a message that names it out, and every refusal as an OperationOutcome."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import fhirkit
import pytest

from adapters.formats.fhir.bundle import bundle
from adapters.formats.fhir.definitions import message_definitions
from adapters.formats.fhir.terms import MEDIA_TYPE
from adapters.hubs import fhir_message
from contracts.errors import GatewayError, ScannerUnavailable, StillRunning, StoreUnavailable, TooSlow
from contracts.hub import HubAnswer
from gateway.config.catalogue import Catalogue
from gateway.doors.problems import EMERGENCY
from gateway.doors.worded import outcome
from gateway.flows.submissions import intake
from tests.running import LEICESTER, Door, a_hull_referral, counts, rows, running

ONCE = "6d2f7f33-0f2c-4a3e-8d0a-5f0e9c1b2a3d"
AGAIN = "6d2f7f33-0f2c-4a3e-8d0a-5f0e9c1b2a3e"
MESSAGE = "c0c0c0c0-c0c0-c0c0-c0c0-c0c0c0c0c0c0"
SOURCES = ("canonical", "school", "fhir_message")


@pytest.fixture(scope="session")
def speaking(catalogue: Catalogue) -> Catalogue:
    """The demonstration's catalogue, where Hull's academy may send FHIR messages."""
    hull = catalogue.councils["hull"]
    school = replace(hull.senders["invented_academy"], sources=SOURCES)
    changed = replace(hull, senders=dict(hull.senders) | {"invented_academy": school})
    return replace(catalogue, councils=dict(catalogue.councils) | {"hull": changed})


@pytest.fixture
def door(speaking: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]) -> Iterator[Door]:
    with running(speaking, tmp_path, demo_urls) as gateway:
        yield Door(gateway)


def a_message(**changes: Any) -> dict[str, Any]:
    """Hull's complete and agreed request, as another gateway would send it."""
    payload = {
        "schema_version": "1",
        "reference": "EX-77",
        "council": "hull",
        "hub": "locality_west",
        "outcome": "share",
        "urgent": False,
        "test": False,
        "flags": [],
        "safety": {"harm": "none_declared", "says": "The sender declared no concern about harm.", "protection": []},
        "referral": json.loads(json.dumps(a_hull_referral(**changes))),
        "other_answers": [],
        "withheld": "",
    }
    return bundle(payload, "c0" * 16)


def process(door: Door, message: Any = None, *, once: str = ONCE, kind: str = MEDIA_TYPE, **how: Any) -> Any:
    content = message if isinstance(message, bytes) else json.dumps(message or a_message()).encode()
    headers = {"content-type": kind, "x-request-id": once} | dict(how.pop("headers", {}))
    return door.post("/fhir/$process-message", content, headers=headers, **how)


def test_a_message_is_answered_by_one_that_names_it(door: Door) -> None:
    response = process(door)
    assert (response.status_code, response.headers["content-type"]) == (200, f"{MEDIA_TYPE}; charset=utf-8")
    header = response.json()["entry"][0]["resource"]
    assert (header["response"]["identifier"], header["response"]["code"]) == (MESSAGE, "ok")
    assert header["destination"] == [{"endpoint": "urn:early-help-gateway:council:hull"}]


def test_our_own_hub_adapter_takes_the_answer_for_an_acknowledgement(door: Door) -> None:
    response = process(door)
    assert fhir_message.acknowledged(HubAnswer(200, {}, response.content), "c0" * 16)


def test_the_answer_is_fhir(door: Door) -> None:
    assert [str(issue) for issue in fhirkit.validate(process(door).json())] == []


def test_the_answer_says_what_was_decided_and_whom_to_ring_and_nothing_of_the_family(door: Door) -> None:
    response = process(door)
    issues = response.json()["entry"][1]["resource"]["issue"]
    assert "Hull Locality Hub, West" in issues[0]["details"]["text"]
    assert "999" in issues[-1]["details"]["text"]
    assert [word for word in ("Maya", "Fernsby", "Joan", "Okoro") if word in response.text] == []


def test_what_a_message_asks_for_is_decided_as_the_same_canonical_referral_is(door: Door) -> None:
    process(door)
    door.refer(once="beside")
    first, second = ([row["outcome"] for row in rows(door.gateway, "decision") if row["referral"] == one["id"]]
                     for one in rows(door.gateway, "referral"))  # fmt: skip
    assert first == second == ["share"]


def test_the_same_message_under_the_same_id_changes_nothing(door: Door) -> None:
    first, before = process(door), counts(door.gateway)
    again = process(door)
    assert (again.content, counts(door.gateway)) == (first.content, before)
    assert again.headers["idempotency-replayed"] == "true"


def test_a_request_id_in_other_letters_is_the_same_one(door: Door) -> None:
    process(door)
    assert process(door, once=ONCE.upper()).headers["idempotency-replayed"] == "true"


def test_both_ids_are_given_back_and_nothing_that_is_no_id(door: Door) -> None:
    given = process(door, headers={"x-correlation-id": AGAIN}).headers
    assert (given["x-request-id"], given["x-correlation-id"]) == (ONCE, AGAIN)
    assert "x-correlation-id" not in process(door, headers={"x-correlation-id": "Maya Fernsby"}).headers


# Refusals -------------------------------------------------------------------------------------------------------------


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    told: dict[str, Any] = response.json()
    assert [str(issue) for issue in fhirkit.validate(told)] == []
    assert told["resourceType"] == "OperationOutcome"
    assert (told["issue"][0]["severity"], told["issue"][0]["code"]) == ("error", code)
    assert "999" in told["issue"][-1]["details"]["text"]
    assert [word for word in ("Maya", "Fernsby", "Joan", "girl") if word in response.text] == []
    return told


def changed(kind: str, **changes: Any) -> dict[str, Any]:
    """The message, with changes to its first resource of a type."""
    message = deepcopy(a_message())
    next(one["resource"] for one in message["entry"] if one["resource"]["resourceType"] == kind).update(changes)
    return message


def test_no_key_is_401_and_says_how(door: Door) -> None:
    response = process(door, key=None)
    refused(response, 401, "login")
    assert response.headers["www-authenticate"] == "Bearer"


def test_a_sender_who_is_not_registered_for_it_is_refused(door: Door) -> None:
    refused(process(door, key=LEICESTER), 403, "forbidden")


def test_a_message_without_a_request_id_is_refused(door: Door) -> None:
    for once in ("", "first", "Maya Fernsby"):
        refused(process(door, once=once), 400, "required")


def test_xml_is_refused(door: Door) -> None:
    refused(process(door, b"<Bundle/>", kind="application/fhir+xml"), 415, "not-supported")


def test_a_message_that_is_too_large_is_refused(speaking: Catalogue, tmp_path: Path, demo_urls: Any) -> None:
    with running(speaking, tmp_path, demo_urls, max_submission=2_000) as gateway:
        refused(process(Door(gateway)), 413, "too-long")


def test_other_bytes_under_a_used_id_are_no_duplicate(door: Door) -> None:
    process(door)
    refused(process(door, a_message(reason="Something else.")), 422, "conflict")


@pytest.mark.parametrize(
    ("message", "expression"),
    [
        (changed("Patient", gender="girl"), "Bundle.entry[4].resource.gender"),
        (changed("ServiceRequest", subject={"reference": "urn:uuid:0"}), "Bundle.entry[1].resource.subject.reference"),
        (changed("Patient", birthDate="2015-13-45"), "Bundle.entry[4].resource.birthDate"),
    ],
    ids=["a code in no list", "a reference to nothing", "no date"],
)
def test_a_fault_is_told_with_its_fhirpath(door: Door, message: Any, expression: str) -> None:
    told = refused(process(door, message), 422, "invalid")
    assert [expression] in [issue.get("expression") for issue in told["issue"]]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff", b'{"resourceType": "Patient"}', b"[" * 99],
    ids=lambda one: repr(one[:9]),
)
def test_bytes_that_are_no_message_are_refused_and_recorded(door: Door, content: bytes) -> None:
    refused(process(door, content or b" "), 422, "invalid")
    assert [row["state"] for row in rows(door.gateway, "submission")] == ["rejected"]


def test_two_messages_at_once_are_refused(door: Door) -> None:
    two = json.dumps(a_message()).encode() + b"\n" + json.dumps(a_message()).encode()
    refused(process(door, two), 422, "invalid")
    assert counts(door.gateway)["referral"] == 0


def test_a_message_for_another_council_is_refused(door: Door) -> None:
    refused(process(door, a_message(council="hull") | bundled_for("kent")), 422, "invalid")
    assert counts(door.gateway)["referral"] == 0


def bundled_for(council: str) -> dict[str, Any]:
    message = json.loads(json.dumps(a_message()).replace('"hull"', f'"{council}"'))
    return {"entry": message["entry"]}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/fhir", 404, "not-found"),
        ("GET", "/fhir/Patient/1", 404, "not-found"),
        ("GET", "/fhir/MessageDefinition/of-somebody-else", 404, "not-found"),
        ("GET", "/fhir/$process-message", 405, "not-supported"),
        ("DELETE", "/fhir/metadata", 405, "not-supported"),
    ],
)
def test_what_is_not_there_is_told_in_fhir_too(door: Door, method: str, path: str, status: int, code: str) -> None:
    refused(asyncio.run(door.ask(method, path)), status, code)


def test_another_host_is_told_in_fhir_too(door: Door) -> None:
    refused(door.get("/fhir/metadata", headers={"host": "elsewhere.example"}), 400, "invalid")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StoreUnavailable(retry_after=7), 503, "transient"),
        (ScannerUnavailable(), 503, "transient"),
        (StillRunning(retry_after=5), 409, "transient"),
        (TooSlow(), 408, "timeout"),
        (RuntimeError("Maya Fernsby"), 500, "exception"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_trouble_of_ours_is_told_in_fhir_too(
    door: Door, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    async def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(intake, "receive", fails)
    response = process(door)
    refused(response, status, code)
    waits = error.retry_after if isinstance(error, GatewayError) else None
    assert response.headers.get("retry-after") == (str(waits) if waits else None)


def every(kind: type[GatewayError]) -> Iterator[type[GatewayError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from every(below)


@pytest.mark.parametrize(
    "kind", sorted(every(GatewayError), key=lambda kind: kind.slug()), ids=lambda kind: kind.slug()
)
def test_every_error_there_is_makes_an_outcome_that_is_fhir_and_is_no_duplicate(kind: type[GatewayError]) -> None:
    told = outcome(kind())
    assert [str(issue) for issue in fhirkit.validate(told)] == []
    assert "duplicate" not in {issue["code"] for issue in told["issue"]}
    assert told["issue"][-1]["details"]["text"] == EMERGENCY


# What this gateway speaks ---------------------------------------------------------------------------------------------


def test_anybody_may_read_what_this_gateway_speaks(door: Door) -> None:
    told = door.get("/fhir/metadata", key=None).json()
    assert (told["resourceType"], told["fhirVersion"]) == ("CapabilityStatement", "4.0.1")


def test_every_message_of_the_metadata_can_be_read(door: Door) -> None:
    named = {one["definition"] for one in door.get("/fhir/metadata").json()["messaging"][0]["supportedMessage"]}
    listed = door.get("/fhir/MessageDefinition").json()
    assert [str(issue) for issue in fhirkit.validate(listed)] == []
    assert named <= {one["fullUrl"] for one in listed["entry"]}
    assert listed["total"] == len(message_definitions())


@pytest.mark.parametrize("definition", message_definitions(), ids=lambda one: str(one["id"]))
def test_one_definition_is_read_by_its_id(door: Door, definition: dict[str, Any]) -> None:
    response = door.get(f"/fhir/MessageDefinition/{definition['id']}", key=None)
    assert response.json() == definition
