"""A nameless enquiry holds nobody, and no text in which somebody could be known."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.decision import Outcome, Payload
from contracts.referral import Referral
from gateway.path.screening import NOT_RUN, Screening
from tests.builders import a_referral
from tests.path.copies import body, referral_of, sent, why


def an_enquiry(**changes: Any) -> Referral:
    fields: dict[str, Any] = {
        "purpose": "general_enquiry",
        "anonymous": True,
        "people": [{"id": "x", "roles": ["child"], "age_as_stated": "9", "education": {"year_group": "4"}}],
        "relationships": [],
        "agreements": [],
        "notices": [],
        "reason": "A parent struggles with routines and asks what help there is.",
    }
    return a_referral(**(fields | changes))


def advice(referral: Referral, screening: Screening | None = None) -> Payload:
    return sent(referral, Outcome.ADVICE_ONLY, screening=screening, subject="")


def test_s12_a_clean_enquiry_sends_its_text_an_age_band_and_a_sector():
    payload = advice(an_enquiry())
    assert referral_of(payload)["reason"].startswith("A parent struggles")
    assert body(payload)["about"] == [{"roles": ["child"], "age_band": "5 to 10", "sector": "primary"}]


def test_s11_text_in_which_somebody_is_named_stays_whole():
    payload = advice(an_enquiry(reason="My neighbour Jamie Okafor at number 12", impact="Rent is hard."))
    assert b"Okafor" not in payload.body
    assert why(payload)["/reason"] == ("screened_out", "I-302")
    assert referral_of(payload)["impact"] == "Rent is hard."


def test_i_303_nothing_that_was_not_screened_goes():
    payload = advice(an_enquiry(needs=[{"code": "housing", "as_stated": "KxLabel"}]), NOT_RUN)
    assert why(payload)["/reason"] == ("not_screened", "I-303")
    assert referral_of(payload)["needs"] == [{"code": "housing"}]


def test_a_line_that_holds_a_name_by_design_stays():
    assessment = [{"kind": "eha", "completed_by": "KxWorker", "completed_on": "2026-05-01", "as_stated": "an EHA"}]
    payload = advice(an_enquiry(assessments=assessment))
    assert referral_of(payload)["assessments"] == [{"kind": "eha", "as_stated": "an EHA"}]


@pytest.mark.parametrize(
    ("person", "band"),
    [
        ({"age_as_stated": "4"}, "under 5"),
        ({"age_as_stated": "15"}, "11 to 15"),
        ({"age_as_stated": "17"}, "16 to 17"),
        ({"age_as_stated": "24"}, "18 or over"),
        ({"date_of_birth": "2015-11-03"}, "5 to 10"),
        ({"date_of_birth": "2015-11-02"}, "11 to 15"),
        ({"unborn": True}, "unborn"),
        ({"age_as_stated": "nearly nine"}, None),
    ],
)
def test_an_age_is_told_as_a_band(person: dict[str, Any], band: str | None):
    payload = advice(an_enquiry(people=[{"id": "x", "roles": ["child"]} | person]))
    assert body(payload)["about"][0].get("age_band") == band
