"""Every row of what a hub's answer means (settled 13)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.delivery import Result
from contracts.hub import HubAnswer
from gateway.path.answers import LONGEST_WAIT, TransportTrouble, read_answer, result_of_status, retry_after

NOW = 1_793_620_800  # 2 November 2026 12:00:00 UTC


def answered(status: int, **headers: str) -> HubAnswer:
    return HubAnswer(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_a_2xx_that_names_the_message_is_delivered(status: int) -> None:
    assert read_answer(answered(status), True, NOW).result is Result.DELIVERED


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 299])
def test_a_2xx_that_does_not_name_the_message_is_uncertain(status: int) -> None:
    reading = read_answer(answered(status), False, NOW)
    assert (reading.result, reading.why) == (Result.UNCERTAIN, "not_acknowledged")


def test_a_409_that_says_it_has_the_message_is_delivered() -> None:
    reading = read_answer(answered(409), True, NOW)
    assert (reading.result, reading.why) == (Result.DELIVERED, "duplicate")


@pytest.mark.parametrize("status", [425, 429, 503])
def test_a_hub_that_cannot_just_now_is_tried_again(status: int) -> None:
    assert read_answer(answered(status), False, NOW).result is Result.REFUSED_FOR_NOW


@pytest.mark.parametrize("status", [400, 402, 404, 405, 406, 409, 411, 413, 415, 418, 422, 451, 499, 501])
def test_a_refusal_is_not_tried_again(status: int) -> None:
    assert read_answer(answered(status), False, NOW).result is Result.REFUSED


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 399, 401, 403, 410])
def test_a_door_that_has_changed_holds_the_whole_lane(status: int) -> None:
    assert read_answer(answered(status), False, NOW).result is Result.LANE_HELD


@pytest.mark.parametrize("status", [101, 408, 500, 502, 504, 505, 507, 511, 599, 600, 999])
def test_an_answer_that_says_nothing_of_the_message_is_uncertain(status: int) -> None:
    assert read_answer(answered(status), False, NOW).result is Result.UNCERTAIN


@pytest.mark.parametrize("why", ["connect", "dns", "tls", "connect_timeout", "permit_spent", "stopped"])
def test_trouble_before_any_content_left_is_not_sent(why: str) -> None:
    assert read_answer(TransportTrouble(False, why), False, NOW).result is Result.NOT_SENT


@pytest.mark.parametrize("why", ["certificate", "address_refused"])
def test_a_door_that_is_not_the_hubs_holds_the_lane(why: str) -> None:
    assert read_answer(TransportTrouble(False, why), False, NOW).result is Result.LANE_HELD


@pytest.mark.parametrize("why", ["timeout", "reset", "stopped", "certificate"])
def test_trouble_after_content_may_have_left_is_uncertain(why: str) -> None:
    reading = read_answer(TransportTrouble(True, why), False, NOW)
    assert (reading.result, reading.why) == (Result.UNCERTAIN, why)


@settings(max_examples=50)
@given(status=st.integers(100, 999))
def test_no_status_alone_is_ever_a_delivery(status: int) -> None:
    assert result_of_status(status) is not Result.DELIVERED


@settings(max_examples=50)
@given(status=st.integers(100, 999).filter(lambda status: status != 409 and not 200 <= status < 300))
def test_naming_the_message_in_any_other_answer_delivers_nothing(status: int) -> None:
    assert read_answer(answered(status), True, NOW).result is not Result.DELIVERED


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("Mon, 02 Nov 2026 12:01:40 GMT", 100),
        ("Mon, 02 Nov 2026 12:01:40 -0000", 100),
        ("Mon, 02 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("86401", LONGEST_WAIT),
        ("9" * 5_000, LONGEST_WAIT),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Mon, 99 Nov 2026", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date_and_bounded(value: str, seconds: int | None) -> None:
    assert retry_after(value, NOW) == seconds


@settings(max_examples=50)
@given(value=st.text())
def test_no_retry_after_can_break_the_reading(value: str) -> None:
    wait = retry_after(value, NOW)
    assert wait is None or 0 <= wait <= LONGEST_WAIT


def test_retry_after_of_a_busy_hub_is_kept() -> None:
    assert read_answer(answered(503, retry_after="30"), False, NOW).retry_after == 30


def test_retry_after_of_a_refusal_means_nothing() -> None:
    assert read_answer(answered(400, retry_after="30"), False, NOW).retry_after is None
