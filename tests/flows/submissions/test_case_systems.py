"""What a case system sends is decided by its kind: stepped down, stepped up, to a panel, redirected, restricted."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.doors.cli.files import content_of
from tests.running import LEICESTER, SAMPLES, ZIP, Door, counts, on_sqlite

pytestmark = on_sqlite

KENT = "demo-kent-liberi"
MOSAIC = "demo-tower-hamlets-mosaic"


def previewed(door: Door, source: str, sample: str, key: str) -> dict[str, Any]:
    """The dry run of a bundle, each record by its place: all the sender would read, with nothing written."""
    content = content_of(SAMPLES / source / "samples" / sample, 1 << 30)
    headers = {"content-type": ZIP}
    response = door.post(f"/v1/submissions/{source}/preview", content, key=key, headers=headers)
    assert response.status_code == 200, response.text
    return {record["position"]: record for record in response.json()["records"]}


def decision(record: dict[str, Any]) -> dict[str, Any]:
    (only,) = record["decisions"]
    return dict(only)


def test_a_kent_step_down_without_a_heading_goes_back_and_one_with_all_does_not(door: Door) -> None:
    """Rules 2.3: the three headings must be used; the parts of the agreed plan only warn (KE-R05, KE-R14)."""
    records = previewed(door, "liquidlogic", "kent_step_downs", KENT)

    whole, without_heading_3 = records["FACT_FORMS, row 2"], records["FACT_FORMS, row 3"]
    assert decision(without_heading_3)["facts"]["complete"] == "no"
    assert decision(whole)["facts"]["complete"] == "yes"


def test_a_missing_part_of_the_agreed_plan_is_told_to_the_sender(door: Door) -> None:
    record = previewed(door, "liquidlogic", "kent_step_downs", KENT)["FACT_FORMS, row 3"]

    warned = [warning["expected"] for warning in record["warnings"]]
    assert "an answer, for step_down.sessions" in warned


def test_the_sender_reads_how_old_the_data_is(door: Door) -> None:
    record = previewed(door, "liquidlogic", "kent_step_downs", KENT)["FACT_FORMS, row 2"]

    assert record["freshness"] == "Data as of 20 October 2026, nightly export."


@pytest.mark.parametrize(
    ("row", "hub"),
    [(2, "Leicester Duty and Advice Service"), (4, "Leicester Multi Agency Support Panel")],
    ids=["LE-R07 step up", "LE-R09 panel"],
)
def test_a_bundle_of_several_forms_sends_each_where_its_kind_goes(row: int, hub: str, door: Door) -> None:
    records = previewed(door, "liquidlogic", "step_up_and_panel", LEICESTER)

    assert decision(records[f"FACT_EHM_CONTACT, row {row}"])["hub"] == hub


def test_a_step_up_that_speaks_of_harm_is_diverted_though_the_family_was_not_told(door: Door) -> None:
    """LE-C12, LE-C13: telling the family first never delays a child who may be harmed."""
    records = previewed(door, "liquidlogic", "step_up_and_panel", LEICESTER)

    assert decision(records["FACT_EHM_CONTACT, row 3"])["outcome"] == "divert"


def test_a_case_below_the_threshold_is_redirected_to_the_hub(door: Door) -> None:
    """TH-R11, TH-R13."""
    content = content_of(SAMPLES / "mosaic_tables" / "samples" / "redirects", 1 << 30)
    response = door.submit("mosaic_tables", content, kind=ZIP, key=MOSAIC)

    accepted = [receipt for receipt in response.json()["receipts"] if receipt["state"] == "accepted"]
    assert accepted[0]["decisions"][0]["hub"] == "Tower Hamlets Early Help Hub"
    assert counts(door.gateway)["delivery"] >= 1


def test_a_restricted_child_is_held_for_those_who_may_open_the_file(door: Door) -> None:
    """Formats 4.5: a restricted record is not passed on without rights, and not lost either (M-601)."""
    record = previewed(door, "mosaic_tables", "redirects", MOSAIC)["MO_WORKFLOW_STEPS, row 3"]

    assert "M-601" in [why["rule"] for why in decision(record)["why"]]
    assert record["would_send"] == []


def test_receipt_and_status_say_how_old_the_data_is(door: Door) -> None:
    content = content_of(SAMPLES / "liquidlogic" / "samples" / "kent_step_downs", 1 << 30)
    answer = door.submit("liquidlogic", content, kind=ZIP, key=KENT)

    accepted = [one for one in answer.json()["receipts"] if one["state"] == "accepted"]
    assert accepted
    for receipt in accepted:
        status = door.get(receipt["status"], key=KENT).json()
        assert receipt["freshness"] == status["freshness"]
        assert "nightly export" in receipt["freshness"]


def test_what_was_sent_as_it_was_written_has_no_age(door: Door) -> None:
    receipt = door.refer().json()["receipts"][0]

    assert "freshness" not in receipt
    assert "freshness" not in door.get(receipt["status"]).json()
