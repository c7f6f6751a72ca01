"""How a request stands in one line: what needs somebody first, and no comfort that is not known (settled 39)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from contracts.decision import Outcome
from contracts.delivery import DeliveryState
from gateway.flows.senders.ownstate import ALL, standing
from gateway.store.ownrequests import Parts


def decided(outcome: str, state: str = "promised", agreement: str = "in_scope") -> Any:
    return SimpleNamespace(outcome=outcome, state=state, facts=f'{{"agreement":"{agreement}"}}')


def carried(state: str, kind: str = "referral") -> Any:
    return SimpleNamespace(state=state, kind=kind)


def clock(kind: str, owner: str) -> Any:
    return SimpleNamespace(kind=kind, owner=owner)


SHARED = decided(Outcome.SHARE)
QUESTION = clock("task:answer_the_hub", "referrer")
CASES: dict[str, tuple[Parts, str]] = {
    "arrived": (Parts((SHARED,), (carried("delivered"),)), ""),
    "waiting": (Parts((SHARED,), (carried("due"),)), ""),
    "trouble": (Parts((SHARED,), (carried("delivered"), carried("uncertain"))), ""),
    "held": (Parts((decided(Outcome.HOLD, "open"),), (carried("delivered", "envelope"),)), ""),
    "returned": (Parts((decided(Outcome.RETURN, "open"),), (), (), (clock("hold:returned", "referrer"),)), ""),
    "yours": (Parts((decided(Outcome.HOLD, "open"),), (), (), (clock("hold:wishes", "referrer"),)), ""),
    "question": (Parts((SHARED,), (carried("delivered"),), (), (QUESTION,)), "It was taken on."),
    "answered": (Parts((SHARED,), (carried("delivered"),)), "It was taken on."),
    "withdrawn": (Parts((decided(Outcome.HOLD, "open", "withdrawn"),)), ""),
    "diverted": (Parts((decided(Outcome.DIVERT),), (carried("delivered", "divert"),)), ""),
    "diverting": (Parts((decided(Outcome.DIVERT),), (carried("due", "divert"),)), ""),
    "divert_lost": (Parts((decided(Outcome.DIVERT),), (carried("dead", "divert"),), (), (QUESTION,)), ""),
    "not_shared": (Parts((decided(Outcome.REFUSE, "refused"),)), ""),
    "closed": (Parts((decided(Outcome.HOLD, "closed"),), (carried("cancelled"),)), ""),
}


@pytest.mark.parametrize("code", CASES)
def test_it_stands_as_whoever_sent_it_should_read_it(code: str) -> None:
    assert standing(*CASES[code]).code == code


def test_every_state_has_a_case_and_says_no_more_than_is_known() -> None:
    assert set(CASES) == {*ALL, "answered"}
    for one in ALL.values():
        assert "received" not in one.say.casefold()
        assert one.title


@pytest.mark.parametrize("state", [state for state in DeliveryState if state != DeliveryState.DELIVERED])
def test_a_safeguarding_contact_that_has_not_arrived_says_ring(state: str) -> None:
    found = standing(Parts((decided(Outcome.DIVERT),), (carried(state, "divert"),)))
    assert "Ring the front door now" in found.say
    assert found.open
