"""What a council's own forms must carry, by the rules they come from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.config.codes import load_codes

ROOT = Path(__file__).parents[2] / "mappings"
SOURCES = ROOT / "sources"


def expected(source: str, sample: str) -> list[Any]:
    text = (SOURCES / source / "samples" / f"{sample}.expected.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def faults(source: str, sample: str) -> list[Any]:
    path = SOURCES / source / "samples" / f"{sample}.faults.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def codes(referral: Any) -> list[str]:
    return [service.get("code") for service in referral["requested_services"]]


def test_each_of_hulls_twelve_boxes_is_carried_as_its_own_service() -> None:
    (referral,) = expected("govuk_forms", "hull_twelve_boxes")

    assert codes(referral) == list(load_codes(ROOT / "codes")["requested_service_hull"].labels)
    assert len(codes(referral)) == 12


def test_age_eleven_keeps_both_bands_that_were_ticked() -> None:
    (referral,) = expected("govuk_forms", "hull_age_eleven")

    assert codes(referral) == ["hu_family_support_0_11", "hu_family_support_11_19"]


def test_de_c14_an_adult_service_is_sent_back_for_nothing() -> None:
    (referral,) = expected("moj_forms", "adult_service")

    assert referral["agreements"][0]["status"] == "given"
    assert "missing" not in [fault["kind"] for fault in faults("moj_forms", "adult_service")]


def test_hu_l171_who_was_not_informed_comes_with_why() -> None:
    (first, _) = expected("multi_agency", "ehash_gaps")

    assert [(one["who"], one["told"], bool(one["reason_not"])) for one in first["informed"]] == [
        ("parents", False, True),
        ("child", False, True),
    ]


def test_hu_t01_the_first_contact_keeps_its_time() -> None:
    (referral,) = expected("multi_agency", "ehash_contact")

    assert referral["harm"]["first_contact_at"] == "2026-10-23T16:40:00+01:00"


def test_th_c23_the_parents_response_stands_apart_from_the_childs() -> None:
    (referral,) = expected("form_builder", "assessment")

    assert {view["person"] for view in referral["views"] if view["whose"] == "child" and "person" in view} == {
        "child-1", "child-2",
    }  # fmt: skip
    assert {view["person"] for view in referral["views"] if view["whose"] == "parent" and "person" in view} == {
        "adult-1", "adult-2",
    }  # fmt: skip


def test_th_e06_strands_are_carried_and_decide_nothing() -> None:
    (referral,) = expected("form_builder", "assessment")

    assert referral["programme_strands"] == ["attendance", "work_and_money"]
    assert "duties" not in referral["harm"]


@pytest.mark.parametrize("sample", ["new", "returned_list"])
def test_a_gate_that_another_service_kept_is_no_agreement(sample: str) -> None:
    for referral in expected("family_hubs", sample):
        assert "agreements" not in referral
        assert referral["harm"] == {"level": "not_asked"}
