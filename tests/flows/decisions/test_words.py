"""Every why code that a message may wait for has words: what is the matter, and what a person does about it."""

from __future__ import annotations

import inspect
import re

import pytest

from gateway.flows.decisions import words
from gateway.flows.decisions.permit import DOOR_WHYS, OBJECTED, TAKEN_BACK
from gateway.flows.decisions.words import CAUSES, STATUSES, act_of, cause
from gateway.flows.delivery import hubs, sendagain, undelivered
from gateway.flows.delivery.lanes import ASKED_TO_WAIT, DOUBTFUL
from gateway.flows.delivery.sendagain import AGAIN
from gateway.flows.delivery.settle import LANE_HELD
from gateway.flows.operations import drills, golive
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


COMMAND = re.compile(r"\bgateway (hub|hubs|holds|tasks|skip|dead|replay|cancel|record|backup|drill|policy|waiting)\b")


def test_no_sentence_about_a_message_names_a_command_for_pages_show_it_too() -> None:
    told = [*CAUSES.values(), *STATUSES.values(), *(cause(f"http_{status}") for status in (302, 418, 500))]
    sources = (words, undelivered, hubs, sendagain, drills, golive)
    said = [text for pair in told for text in pair] + [*map(inspect.getsource, sources)]
    assert [found for text in said if (found := COMMAND.search(text))] == []


@pytest.mark.parametrize(
    ("why", "act"),
    [("lane_held", "resume"), ("http_401", "resume"), ("http_307", "resume"), ("payload_altered", "verify"),
     ("decided_again", "hold"), ("connect", ""), ("http_400", ""), ("", "")],
)  # fmt: skip
def test_what_a_person_does_here_about_it_is_a_code_beside_the_words(why: str, act: str) -> None:
    assert act_of(why) == act
