"""A hub that takes Standard Webhooks: signed JSON by POST, acknowledged by naming the message.

The hub acknowledges with any 2xx and the JSON body `{"id": "<webhook-id>"}`. A hub that already has the message may
answer 409 and `{"id": "<webhook-id>", "code": "duplicate"}`. Anything else acknowledges nothing (P14).

A hub of class B says in `ask` where it can be asked for a message, below its address: `/{id}`. It answers a signed GET
with 200 and `{"id": "<webhook-id>"}` if it has it, and with 404 and the same body if it has not. A 404 that names no
message is no answer: whoever sent it may never have looked.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from adapters.formats.signing import fit, signed
from contracts.adapter import Plain
from contracts.hub import NO_OPTIONS, Carriage, HubAnswer, HubMessage, WriteOptions

NAME = "webhook"
CARRIED: Carriage = "http"
SCHEMES: tuple[str, ...] = ("https",)
SIGNS = True
NEEDS: tuple[str, ...] = ()
ASKED_BY = "ask"
MAY: tuple[str, ...] = (ASKED_BY,)

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/\{id\}(/[A-Za-z0-9._~-]+)*")


def write(
    payload: bytes, delivery_id: str, now: int, secrets: Sequence[str], options: WriteOptions = NO_OPTIONS
) -> HubMessage:
    """The signed message for one attempt.

    payload  UTF-8 JSON, sent as it is
    now      seconds since 1970
    secrets  `whsec_…` or `whsk_…`, newest first; each signs, so that a hub may change over at its own time

    Raises ValueError without a secret that can sign, or for an id with a dot: it would blur what was signed.
    """
    headers = {"content-type": "application/json"} | signed(payload, delivery_id, now, secrets)
    return HubMessage("POST", "", headers, payload)


def question(delivery_id: str, now: int, secrets: Sequence[str], options: WriteOptions = NO_OPTIONS) -> HubMessage:
    """The signed GET that asks whether the hub has this delivery. Raises KeyError where the hub has not said where."""
    path = str(options.settings[ASKED_BY]).replace("{id}", delivery_id)
    return HubMessage("GET", path, signed(b"", delivery_id, now, secrets), b"")


def may_sign(secret: str) -> bool:
    """Whether a secret is a whole one, of either kind that Standard Webhooks knows."""
    return fit(secret)


def acknowledged(answer: HubAnswer, delivery_id: str) -> bool:
    """True only if a 2xx, or a 409 that says `duplicate`, names this delivery."""
    if not (200 <= answer.status < 300 or answer.status == 409):
        return False
    said = _naming(answer, delivery_id)
    return said is not None and (answer.status != 409 or said.get("code") == "duplicate")


def has_it(answer: HubAnswer, delivery_id: str) -> bool | None:
    """Yes for a 200, no for a 404, if it names this delivery; None for everything else."""
    if _naming(answer, delivery_id) is None:
        return None
    return {200: True, 404: False}.get(answer.status)


def amiss(settings: Mapping[str, Plain]) -> Iterator[tuple[str, str, str]]:
    """What of the settings cannot be meant."""
    if ASKED_BY in settings and not _PATH.fullmatch(str(settings[ASKED_BY])):
        yield ASKED_BY, "a path below the hub's address, with {id} in it", "Write it as `/{id}`."


def _naming(answer: HubAnswer, delivery_id: str) -> dict[str, object] | None:
    """What was said, if it names this delivery."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and said.get("id") == delivery_id else None
