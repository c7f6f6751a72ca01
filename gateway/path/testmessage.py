"""The message of nobody that a hub is tested with: a whole one, marked as a test, about an invented child."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import orjson

from contracts.payload import PayloadBody
from gateway.path.payload import addressed

SAYS: Final = "This is a test. Nobody in it exists, and nobody is to act on it."

_REFERRAL: Final[dict[str, Any]] = {
    "purpose": "request",
    "source": {"system": "canonical", "test": True},
    "referrer": {"kind": "professional", "name": "Test Sender", "agency": "Invented Primary School"},
    "people": [
        {"id": "child", "roles": ["child"], "first_name": "Test", "surname": "Nobody", "date_of_birth": "2016-02-29"},
        {"id": "carer", "roles": ["parent"], "first_name": "Zoë", "surname": "O’Nobody"},
    ],
    "reason": SAYS,
}


def message_of_nobody(council: str, hub: str, delivery: str, on: date) -> bytes:
    """Its bytes, as any other message to this hub is written (`contracts.payload.PayloadBody`).

    delivery  its id, which is its reference too
    """
    source = _REFERRAL["source"] | {"submitted_at": f"{on.isoformat()}T00:00:00Z"}
    whole = {
        "schema_version": "1",
        "reference": delivery,
        "council": council,
        "hub": hub,
        "outcome": "share",
        "urgent": False,
        "test": True,
        "flags": [SAYS],
        "safety": {"harm": "none_declared", "says": SAYS, "protection": []},
        "referral": _REFERRAL | {"council": council, "source": source},
        "other_answers": [],
        "withheld": "",
    }
    written = addressed(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS), delivery)
    PayloadBody.model_validate_json(written)
    return written
