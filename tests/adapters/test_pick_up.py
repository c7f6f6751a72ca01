"""The pick-up hub: what it collects is signed, and only its own request acknowledges."""

from __future__ import annotations

import time
from typing import Any

import pytest
from standardwebhooks import Webhook

from adapters.hubs import pick_up
from contracts.hub import HubAnswer

SECRET = "whsec_" + "bmV3" * 8
BODY = b'{"people": []}'


def test_what_is_collected_is_signed_as_a_webhook_is() -> None:
    message = pick_up.write(BODY, "d-1", int(time.time()), (SECRET,))
    Webhook(SECRET).verify(message.body, dict(message.headers))
    assert message.headers["webhook-id"] == "d-1"


def test_nothing_is_given_out_unsigned() -> None:
    with pytest.raises(ValueError, match="secret to sign with"):
        pick_up.write(BODY, "d-1", 0, ())


def test_no_answer_acknowledges() -> None:
    assert not pick_up.acknowledged(HubAnswer(200, {}, b'{"id": "d-1"}'), "d-1")


@pytest.mark.parametrize(("minutes", "wrong"), [(1, 0), (1440, 0), (0, 1), (1441, 1), ("ten", 1), (True, 1)])
def test_a_lease_is_in_minutes(minutes: Any, wrong: int) -> None:
    assert len(list(pick_up.amiss({"lease_minutes": minutes}))) == wrong
