"""Signs what a hub is sent or collects, as Standard Webhooks has it: with a secret that both know, or a key of ours.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

SHARED: Final = "whsec_"
"""How a secret begins that the hub knows as well: base64 of 24 to 64 random bytes. It signs as `v1`, HMAC-SHA256."""

OWN: Final = "whsk_"
"""How an Ed25519 key of ours begins, of which the hub knows the public half alone: base64 of its 32 bytes, or of these
and the 32 public ones. It signs as `v1a`."""

Sign = Callable[[str, int, bytes], str]
"""One signature, of an id, seconds since 1970 and content."""


def signed(content: bytes, delivery_id: str, now: int, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers that show who sent these bytes, as which message, and when.

    content  UTF-8, signed as it is; now: seconds since 1970
    secrets  `whsec_…` or `whsk_…`, newest first; each signs, so that a hub may change over at its own time, also from
             one kind to the other

    Raises ValueError without a secret or with one that is not fit to sign, or for an id with a dot: it would blur what
    was signed.
    """
    if not secrets or "." in delivery_id:
        raise ValueError("a webhook needs a secret to sign with, and an id without a dot")
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(_signer(secret)(delivery_id, now, content) for secret in secrets),
    }


def fit(secret: str) -> bool:
    """Whether this can sign: of either kind, whole, and not so short that somebody could guess it."""
    try:
        _signer(secret)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def _signer(secret: str) -> Sign:
    """One for each secret: to read it takes as long as to sign with it. Raises ValueError, which repeats none of it."""
    raw = _bytes(secret.removeprefix(OWN).removeprefix(SHARED))
    if secret.startswith(OWN) and len(raw) in (32, 64):
        return _with_own(raw)
    if secret.startswith(SHARED) and 24 <= len(raw) <= 64:
        return _with_shared(raw)
    raise ValueError("a secret is whsec_ and base64 of 24 to 64 bytes, or whsk_ and an Ed25519 key")


def _with_shared(raw: bytes) -> Sign:
    signer = Webhook(raw)
    return lambda name, now, content: signer.sign(name, datetime.fromtimestamp(now, UTC), content.decode())


def _with_own(raw: bytes) -> Sign:
    key = Ed25519PrivateKey.from_private_bytes(raw[:32])
    if raw[32:] not in (b"", key.public_key().public_bytes_raw()):
        raise ValueError("the two halves of an Ed25519 key do not belong together")

    def sign(name: str, now: int, content: bytes) -> str:
        return f"v1a,{b64encode(key.sign(f'{name}.{now}.'.encode() + content)).decode()}"

    return sign


def _bytes(text: str) -> bytes:
    """Raises ValueError for what is no base64."""
    return b64decode(text + "=" * (-len(text) % 4), validate=True)
