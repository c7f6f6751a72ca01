"""A hub that takes Standard Webhooks: signed JSON by POST, acknowledged by naming the message.

The hub acknowledges with any 2xx and the JSON body `{"id": "<webhook-id>"}`. A hub that already has the message may
answer 409 and `{"id": "<webhook-id>", "code": "duplicate"}`. Anything else acknowledges nothing (P14).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from standardwebhooks import Webhook

from contracts.hub import NO_OPTIONS, Carriage, HubAnswer, HubMessage, WriteOptions

NAME = "webhook"
CARRIED: Carriage = "http"
SCHEMES: tuple[str, ...] = ("https",)
SIGNS = True
NEEDS: tuple[str, ...] = ()
MAY: tuple[str, ...] = ()


def write(
    payload: bytes, delivery_id: str, now: int, secrets: Sequence[str], options: WriteOptions = NO_OPTIONS
) -> HubMessage:
    """The signed message for one attempt.

    payload  UTF-8 JSON, sent as it is
    now      seconds since 1970
    secrets  `whsec_…`, newest first; each signs, so that a hub may change over at its own time

    Raises ValueError without a secret, or for an id with a dot: it would blur what was signed.
    """
    if not secrets or "." in delivery_id:
        raise ValueError("a webhook needs a secret to sign with, and an id without a dot")
    at, text = datetime.fromtimestamp(now, UTC), payload.decode()
    headers = {
        "content-type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(_signer(secret).sign(delivery_id, at, text) for secret in secrets),
    }
    return HubMessage("POST", "", headers, payload)


@lru_cache(maxsize=256)
def _signer(secret: str) -> Webhook:
    """One for each secret: to read it takes as long as to sign with it."""
    return Webhook(secret)


def acknowledged(answer: HubAnswer, delivery_id: str) -> bool:
    """True only if a 2xx, or a 409 that says `duplicate`, names this delivery."""
    if not (200 <= answer.status < 300 or answer.status == 409):
        return False
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(said, dict) or said.get("id") != delivery_id:
        return False
    return answer.status != 409 or said.get("code") == "duplicate"
