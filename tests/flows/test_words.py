"""Every why code that a message may wait for has words: what is the matter, and what a person does about it."""

from __future__ import annotations

import pytest

from gateway.flows.lanes import ASKED_TO_WAIT, DOUBTFUL
from gateway.flows.permit import DOOR_WHYS, OBJECTED, TAKEN_BACK
from gateway.flows.sendagain import AGAIN
from gateway.flows.settle import LANE_HELD
from gateway.flows.words import CAUSES, STATUSES, cause
from gateway.path.answers import ADDRESS_REFUSED, CERTIFICATE
from gateway.path.schedule import OURS

CODES = {
    *DOOR_WHYS, *AGAIN, *OURS, OBJECTED, TAKEN_BACK, LANE_HELD, ASKED_TO_WAIT, DOUBTFUL, CERTIFICATE, ADDRESS_REFUSED,
    "connect", "connect_timeout", "dns", "tls", "timeout", "reset", "not_acknowledged", "message_not_written",
    "superseded", "decided_again", "test_referral", "not_shared", "no_answer_to_ask",
}  # fmt: skip


@pytest.mark.parametrize("why", sorted(CODES))
def test_each_code_of_our_own_has_words(why: str) -> None:
    assert why in CAUSES
    assert all(part.endswith(".") for part in cause(why))


@pytest.mark.parametrize("status", [*STATUSES, 302, 308, 402, 418, 451, 500, 501, 502, 503, 504, 599])
def test_each_status_of_a_hub_has_words(status: int) -> None:
    what, remedy = cause(f"http_{status}")
    assert what.startswith("The hub")
    assert remedy.endswith(".")


@pytest.mark.parametrize("why", ["", "something_new", "http_", "http_x"])
def test_a_code_that_nobody_knows_still_says_whose_word_it_is(why: str) -> None:
    assert cause(why)[0] == f"The hub's side says: {why}."
