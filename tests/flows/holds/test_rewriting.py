"""Settled 38: screens mark where a nameless enquiry may say who it is about; a person rewrites it; the first stays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.path.scenarios import NAMELESS
from tests.running import TOWER_HAMLETS, Door, a_hull_referral, as_bytes, rows

TEXT = "My neighbour Jamie Okafor at number 12 is struggling with rent."
ASKED = a_hull_referral() | NAMELESS | {"council": "tower_hamlets", "purpose": "general_enquiry"}
ASKED |= {"referrer": {"kind": "public"}}


def sent(door: Door, reason: str) -> dict[str, Any]:
    how = {"content-type": "application/json", "idempotency-key": str(len(reason))}
    answer = door.post("/v1/referrals", as_bytes(ASKED | {"reason": reason}), key=TOWER_HAMLETS, headers=how)
    assert answer.status_code == 202, answer.text
    receipt: dict[str, Any] = answer.json()["receipts"][0]
    return receipt


def test_settled_38_whoever_wrote_it_is_shown_where_and_never_the_words(door: Door) -> None:
    receipt = sent(door, TEXT)
    found = {TEXT[one["from"] : one["to"]] for one in receipt["marked"] if one["pointer"] == "/reason"}
    assert "Jamie Okafor" in found
    assert "Okafor" not in json.dumps(receipt)
    assert receipt["rewrite"].startswith("Somebody could tell")


def test_settled_38_no_hub_sees_the_original(door: Door) -> None:
    referral = sent(door, TEXT)["referral"]
    assert [row["kind"] for row in rows(door.gateway, "delivery") if row["referral"] == referral] == []


@pytest.mark.parametrize("reason", ["A family near me is struggling with rent."])
def test_settled_38_what_was_written_again_without_them_has_no_marks_and_goes(door: Door, reason: str) -> None:
    receipt = sent(door, reason)
    assert "marked" not in receipt
    assert [one["outcome"] for one in receipt["decisions"]] == ["advice_only"]
