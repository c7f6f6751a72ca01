"""Whoever looks after senders: what comes in that nobody maps, what failed, and what to do about it."""

from __future__ import annotations

import json

import pytest

from gateway.demo.sending import text_of
from tests.browser.conftest import SIZES, Played, Sign, sound

NEW = "Anything about mornings?"


@pytest.fixture(scope="module")
def sent(played: Played) -> None:
    """An enquiry with a question that nobody maps and an answer in no list, and one that cannot be read."""
    stage = played.stage
    form = json.loads(text_of("tower_hamlets_enquiries/shared.json", stage.today))
    form["submission_reference"] = "NEWLY-WORDED"
    answer = next(one for one in form["answers"] if "answer_text" in one)
    form["answers"].append(answer | {"question_id": "mornings", "question_text": NEW, "answer_text": "Zqcanary"})
    path = "/v1/submissions/govuk_forms"
    taken = played.run(stage.post("tower_hamlets", path, json.dumps(form).encode(), key="NEWLY-WORDED"))
    assert taken.status_code == 202, taken.text
    refused = played.run(stage.post("tower_hamlets", path, b'{"answers": 7}', key="NOT-A-FORM"))
    assert refused.status_code >= 400


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.usefixtures("sent")
def test_what_nobody_maps_and_what_failed_is_counted_without_any_answer(sign: Sign, size: str) -> None:
    page = sign("tower_hamlets", "council_admin", size=size)
    page.goto("/sources")
    assert "Counted over the newest" in page.inner_text("main")
    sound(page, f"sources-{size}")
    page.locator("tbody tr", has_text="Look").locator("th a").first.click()
    told = page.inner_text("main")
    assert NEW in told
    assert "Zqcanary" not in page.content()
    assert page.locator("svg[role=img]").count() == 1
    assert "What failed in 90 days: 0" not in told
    sound(page, f"source-{size}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download what an analyst may add").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert NEW in text
    assert "Zqcanary" not in text


def test_a_hub_worker_has_no_sources(sign: Sign) -> None:
    page = sign("tower_hamlets", "hub_duty", scripts=False)
    assert page.get_by_role("link", name="Sources").count() == 0
    answer = page.goto("/sources")
    assert answer is not None
    assert answer.status == 403


def test_a_source_that_is_not_connected_is_not_there(sign: Sign) -> None:
    answer = sign("kent", "ig_lead").goto("/sources/nothing")
    assert answer is not None
    assert answer.status == 404
