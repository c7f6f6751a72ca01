"""Signs what a hub is sent or collects, as Standard Webhooks has it.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from standardwebhooks import Webhook


def signed(content: bytes, delivery_id: str, now: int, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers that show who sent these bytes, as which message, and when.

    content  UTF-8, signed as it is; now: seconds since 1970
    secrets  `whsec_…`, newest first; each signs, so that a hub may change over at its own time

    Raises ValueError without a secret, or for an id with a dot: it would blur what was signed.
    """
    if not secrets or "." in delivery_id:
        raise ValueError("a webhook needs a secret to sign with, and an id without a dot")
    at, text = datetime.fromtimestamp(now, UTC), content.decode()
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(_signer(secret).sign(delivery_id, at, text) for secret in secrets),
    }


@lru_cache(maxsize=256)
def _signer(secret: str) -> Webhook:
    """One for each secret: to read it takes as long as to sign with it."""
    return Webhook(secret)
