"""The HTTP door: previews that write nothing, headers on every answer, and errors that read the same everywhere."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from contracts.errors import StoreUnavailable
from gateway.doors.limits import HEADERS
from gateway.flows.submissions import intake
from gateway.store.writer import Write
from tests.running import FORMS, JSON, SAMPLES, ZIP, Door, a_hull_referral, as_bytes, counts

AGREED = (SAMPLES / "govuk_forms" / "samples" / "agreed.json").read_bytes()


def preview(door: Door, document: object = None) -> dict[str, object]:
    content = as_bytes(document or a_hull_referral())
    response = door.post("/v1/referrals/preview", content, headers={"content-type": JSON})
    assert response.status_code == 200, response.text
    told: dict[str, object] = response.json()
    return told


# Previews ------------------------------------------------------------------------------------------------------------


def test_a_preview_begins_with_nothing_has_been_sent(door: Door) -> None:
    assert next(iter(preview(door).items())) == ("say", "Nothing has been sent.")


def test_a_preview_writes_nothing(door: Door) -> None:
    before = counts(door.gateway)
    preview(door)
    door.post("/v1/submissions/govuk_forms/preview", AGREED, key=FORMS, headers={"content-type": JSON})
    assert counts(door.gateway) == before


def test_a_preview_that_cannot_be_read_writes_nothing_either(door: Door) -> None:
    before = counts(door.gateway)
    response = door.post("/v1/referrals/preview", b"{", headers={"content-type": JSON})
    assert (response.status_code, counts(door.gateway)) == (422, before)


def test_a_preview_shows_the_decision_that_intake_then_makes(door: Door) -> None:
    foreseen = preview(door)["records"][0]["decisions"]  # type: ignore[index]
    made = door.refer().json()["receipts"][0]["decisions"]
    assert [{name: one[name] for name in made[0]} for one in foreseen] == made


def test_a_preview_shows_the_payload_and_what_is_withheld(door: Door) -> None:
    (would,) = preview(door)["records"][0]["would_send"]  # type: ignore[index]
    assert would["hub"] == "Hull Locality Hub, West"
    assert would["payload"]["reference"]
    assert all(one["pointer"] and one["rule"] for one in would["withheld"])


def test_a_preview_of_a_form_shows_its_ledger(door: Door) -> None:
    response = door.post("/v1/submissions/govuk_forms/preview", AGREED, key=FORMS, headers={"content-type": JSON})
    ledger = response.json()["records"][0]["ledger"]
    states = ("mapped", "translated", "ignored", "unmapped")
    assert sum(ledger.get(state, 0) for state in states) == ledger["leaves"] > 0


def test_settled_39_a_preview_that_meets_danger_says_whom_to_ring_now(door: Door) -> None:
    told = preview(door, a_hull_referral(harm={"level": "immediate"}))
    assert str(told["ring"]).startswith("Ring Hull Early Help and Safeguarding Hub now: 01632 960179.")


def test_a_preview_needs_no_idempotency_key_and_a_submission_does(door: Door) -> None:
    response = door.post("/v1/submissions/school", b"", headers={"content-type": ZIP})
    assert response.status_code == 400


# Every answer --------------------------------------------------------------------------------------------------------

ASKED = {
    200: ("GET", "/health/live", {}),
    400: ("POST", "/v1/referrals", {}),
    401: ("GET", "/v1/referrals/x", {"authorization": "Bearer nobody"}),
    404: ("GET", "/v1/referrals/x", {}),
    405: ("DELETE", "/v1/referrals", {}),
    413: ("POST", "/v1/referrals", {"idempotency-key": "k", "content-type": JSON, "content-length": "99999999"}),
    415: ("POST", "/v1/referrals", {"idempotency-key": "k"}),
    422: ("POST", "/v1/referrals", {"idempotency-key": "k", "content-type": JSON}),
}


@pytest.mark.parametrize("status", ASKED)
def test_reliability_5_1_every_answer_carries_the_safe_headers(door: Door, status: int) -> None:

    method, path, headers = ASKED[status]
    response = asyncio.run(door.ask(method, path, headers=headers))
    assert response.status_code == status
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert "server" not in response.headers


@pytest.mark.parametrize("status", [status for status in ASKED if status >= 400])
def test_settled_4_every_error_is_a_problem_with_an_emergency_line(door: Door, status: int) -> None:

    method, path, headers = ASKED[status]
    response = asyncio.run(door.ask(method, path, headers=headers))
    told = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert told["status"] == status
    assert "999" in told["emergency"]


@pytest.mark.parametrize("status", [status for status in ASKED if status >= 400])
def test_the_type_of_every_error_is_a_page_that_explains_it(door: Door, status: int) -> None:

    method, path, headers = ASKED[status]
    told = asyncio.run(door.ask(method, path, headers=headers)).json()
    page = door.get(told["type"])
    assert (page.status_code, page.json()["title"]) == (200, told["title"])


def test_a_problem_nobody_has_is_404(door: Door) -> None:
    assert door.get("/problems/no-such-thing").status_code == 404


def test_an_address_nobody_has_is_404_without_repeating_it(door: Door) -> None:
    response = door.get("/v1/families/Quillfeather")
    assert (response.status_code, "Quillfeather" in response.text) == (404, False)


def test_an_address_with_a_slash_too_many_is_404_and_redirects_nowhere(door: Door) -> None:
    assert door.post("/v1/referrals/").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80:80", ""])
def test_f11_a_host_header_that_is_not_ours_is_refused_as_a_problem(door: Door, host: str) -> None:
    response = door.get("/health/live", headers={"host": host})
    assert (response.status_code, response.json()["status"]) == (400, 400)
    assert {name: response.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "LOCALHOST"])
def test_a_host_header_of_ours_is_answered(door: Door, host: str) -> None:
    assert door.get("/health/live", headers={"host": host}).status_code == 200


def test_the_source_in_the_address_is_not_repeated(door: Door) -> None:
    assert "Quillfeather" not in door.submit("Quillfeather", b"{}", kind=JSON).text


def test_p5_the_first_that_takes_too_long_is_told_to_come_back(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:

    held = threading.Event()
    monkeypatch.setattr(intake, "PATIENCE", 0.05)
    blocking = threading.Thread(target=lambda: door.gateway.writer.run(Write(lambda tx: held.wait(10))))
    blocking.start()
    response = door.refer()
    held.set()
    blocking.join()
    assert (response.status_code, response.json()["type"]) == (409, "/problems/still-running")
    assert int(response.headers["retry-after"]) > 0
    assert door.refer().status_code == 202


def test_p3_without_a_store_nothing_is_accepted_and_the_sender_may_send_again(door: Door) -> None:
    door.gateway.writer.stop()
    response = door.refer()
    assert (response.status_code, response.json()["type"]) == (503, f"/problems/{StoreUnavailable.slug()}")
    assert "retry-after" in response.headers
    assert response.json()["emergency"] == door.gateway.council("hull").emergency


def test_a_fault_of_our_own_is_a_problem_with_safe_headers_and_without_its_text(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("Fernsby")

    monkeypatch.setattr(intake, "understand", broken)
    response = door.refer()
    assert (response.status_code, "Fernsby" in response.text) == (500, False)
    assert response.json()["emergency"]
    assert {name: response.headers[name] for name in HEADERS} == HEADERS


# Health --------------------------------------------------------------------------------------------------------------


def test_a_gateway_that_works_is_live_and_ready(door: Door) -> None:
    assert door.get("/health/live", key=None).json() == {"status": "up"}
    assert door.get("/health/ready", key=None).json()["status"] == "up"


def test_readiness_tells_nobody_how_much_waits(door: Door) -> None:
    door.accepted()
    assert door.get("/health/ready", key=None).json() == {"status": "up"}


def test_a_gateway_whose_store_failed_is_not_ready(door: Door) -> None:
    door.gateway.writer.failed.set()
    assert door.get("/health/ready", key=None).status_code == 503


def test_readiness_names_no_council_hub_or_referral(door: Door) -> None:
    referral = door.accepted()
    told = door.get("/health/ready", key=None).text
    assert not [name for name in (referral, "hull", "locality") if name in told]


def test_what_the_sender_may_keep_holds_no_family(door: Door) -> None:
    told = json.dumps(door.refer().json())
    assert not [name for name in ("Maya", "Fernsby", "2017-03-14", "07700") if name in told]
