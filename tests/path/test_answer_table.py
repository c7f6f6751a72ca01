"""The table of results, row by row, to the state each class of hub is left in (settled 13).

A 2xx without acknowledgement and what may have arrived are in doubt and never
simply tried again, and a door that moved holds the lane.
"""

from __future__ import annotations

import pytest

from contracts.delivery import DeliveryState, HubClass, Result
from contracts.hub import HubAnswer
from gateway.path.answers import TransportTrouble, read_answer
from gateway.path.schedule import LADDER, next_due
from gateway.path.states import after

_R, _S = Result, DeliveryState
NOW = 1_793_620_800

ROWS: list[tuple[str, list[HubAnswer | TransportTrouble], bool, Result, DeliveryState, DeliveryState]] = [
    (
        "2xx that names it",
        [HubAnswer(s, {}, b"") for s in (200, 201, 202)],
        True,
        _R.DELIVERED,
        _S.DELIVERED,
        _S.DELIVERED,
    ),
    (
        "2xx that does not",
        [HubAnswer(s, {}, b"") for s in (200, 202, 204, 206)],
        False,
        _R.UNCERTAIN,
        _S.DUE,
        _S.UNCERTAIN,
    ),
    ("409 duplicate", [HubAnswer(409, {}, b"")], True, _R.DELIVERED, _S.DELIVERED, _S.DELIVERED),
    (
        "409 otherwise, 400, 404, 405, 406, 413, 415, 422, 501",
        [HubAnswer(s, {}, b"") for s in (409, 400, 404, 405, 406, 413, 415, 422, 501)],
        False,
        _R.REFUSED,
        _S.DEAD,
        _S.DEAD,
    ),
    ("401, 403", [HubAnswer(s, {}, b"") for s in (401, 403)], False, _R.LANE_HELD, _S.HELD, _S.HELD),
    ("410", [HubAnswer(410, {}, b"")], False, _R.LANE_HELD, _S.HELD, _S.HELD),
    (
        "3xx, never followed",
        [HubAnswer(s, {}, b"") for s in (301, 302, 303, 307, 308)],
        False,
        _R.LANE_HELD,
        _S.HELD,
        _S.HELD,
    ),
    ("425, 429, 503", [HubAnswer(s, {}, b"") for s in (425, 429, 503)], False, _R.REFUSED_FOR_NOW, _S.DUE, _S.DUE),
    (
        "408, 500, 502, 504",
        [HubAnswer(s, {}, b"") for s in (408, 500, 502, 504)],
        False,
        _R.UNCERTAIN,
        _S.DUE,
        _S.UNCERTAIN,
    ),
    (
        "timeout or reset once content left",
        [TransportTrouble(True, w) for w in ("timeout", "reset")],
        False,
        _R.UNCERTAIN,
        _S.DUE,
        _S.UNCERTAIN,
    ),
    (
        "connect, DNS, TLS before any content",
        [TransportTrouble(False, w) for w in ("connect", "connect_timeout", "dns", "tls")],
        False,
        _R.NOT_SENT,
        _S.DUE,
        _S.DUE,
    ),
    (
        "certificate that does not prove the hub",
        [TransportTrouble(False, "certificate")],
        False,
        _R.LANE_HELD,
        _S.HELD,
        _S.HELD,
    ),
]
"""Row, answers, whether they name the delivery, result, state at a hub of class A, state at one of class C."""


@pytest.mark.parametrize(("row", "answers", "named", "result", "at_a", "at_c"), ROWS, ids=[row[0] for row in ROWS])
def test_settled_13_each_row_of_the_table(
    row: str,
    answers: list[HubAnswer | TransportTrouble],
    named: bool,
    result: Result,
    at_a: DeliveryState,
    at_c: DeliveryState,
) -> None:
    for answer in answers:
        read = read_answer(answer, named, NOW)
        assert read.result is result, answer
        assert (after(read.result, HubClass.A, True), after(read.result, HubClass.C, True)) == (at_a, at_c), answer


@pytest.mark.parametrize("rungs", range(1, len(LADDER) + 1))
@pytest.mark.parametrize("asked", [0, 1, 300, 86_400])
def test_a_wait_that_a_hub_asks_for_lengthens_every_step_and_shortens_none(rungs: int, asked: int) -> None:
    assert next_due(rungs, 0, asked, 0.0) == max(LADDER[rungs - 1], asked * 1_000)
