"""What a family keeps back must name something we have: else its sender is told, and text waits for a reader."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.running import Door, a_hull_referral, rows

NOTHING: dict[str, Any] = {"what": "Her job.", "groups": ["all_about_her"], "chosen_by": "mother"}
HER_JOB: dict[str, Any] = {"what": "Her job.", "groups": ["carer_detail"], "chosen_by": "mother"}


def sent(door: Door, limit: dict[str, Any]) -> dict[str, Any]:
    response = door.refer(a_hull_referral(sharing_limits=[limit]))
    assert response.status_code == 202, response.text
    (receipt,) = response.json()["receipts"]
    return dict(receipt)


def payload(door: Door) -> dict[str, Any]:
    (row,) = [row for row in rows(door.gateway, "delivery") if row["kind"] == "referral"]
    (body,) = [one["body"] for one in rows(door.gateway, "content") if one["id"] == row["payload"]]
    return dict(json.loads(bytes(body)))


@pytest.mark.parametrize(
    ("limit", "pointer"),
    [
        (NOTHING, "/sharing_limits/0/groups/0"),
        ({"what": "Her job.", "pointers": ["people/1/employment"]}, "/sharing_limits/0/pointers/0"),
    ],
    ids=["no group of ours", "no pointer"],
)
def test_a_limit_that_names_nothing_is_told_to_its_sender_and_flagged_to_the_hub(
    door: Door, limit: dict[str, Any], pointer: str
) -> None:
    receipt = sent(door, limit)
    assert pointer in json.dumps(receipt)
    assert "all_about_her" not in json.dumps(receipt)
    assert any("in no list of ours" in flag for flag in payload(door)["flags"])


def test_text_waits_for_a_reader_although_the_limit_names_nothing_settled_35(door: Door) -> None:
    sent(door, NOTHING)
    assert "reason" not in payload(door)["referral"]
    assert [row["kind"] for row in rows(door.gateway, "clock")] == ["task:read_narrative"]


def test_a_limit_that_names_a_group_of_ours_is_no_doubt(door: Door) -> None:
    receipt = sent(door, HER_JOB)
    assert "/sharing_limits" not in json.dumps(receipt)
    assert not any("in no list of ours" in flag for flag in payload(door)["flags"])
