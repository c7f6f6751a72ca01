"""A hub that takes a FHIR R4 message by $process-message, shaped as the Booking and Referral Standard shapes one.

The hub acknowledges with a message whose `MessageHeader.response` names ours and says `ok`. A hub that already has it
may answer 409 with an OperationOutcome of the code `duplicate`, repeating our X-Request-Id. Anything else acknowledges
nothing (P14). What is sent again under the same id is the same, byte for byte; only the token may be new.

BaRS-shaped, and not BaRS: it names no use case of the standard, and its message is our own (`docs/fhir.md`).
https://digital.nhs.uk/developer/api-catalogue/booking-and-referral-fhir
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.formats.fhir.answers import acknowledges, says_duplicate
from adapters.formats.fhir.bundle import bundle
from adapters.formats.fhir.checking import wrong_with
from adapters.formats.fhir.reading import payload_of
from adapters.formats.fhir.terms import FHIR_VERSION, MEDIA_TYPE, guid
from contracts.adapter import Plain
from contracts.hub import GRANT, GRANTED_AT, NO_OPTIONS, Carriage, HubAnswer, HubMessage, WriteOptions

NAME = "fhir_message"
CARRIED: Carriage = "http"
SCHEMES: tuple[str, ...] = ("https",)
SIGNS = True
NEEDS: tuple[str, ...] = ()
MAY: tuple[str, ...] = GRANT

_SAFE: Final = ("https://", "http://127.0.0.1:")

_NOBODY: Final[dict[str, Any]] = {
    **dict.fromkeys(("reference", "council", "hub"), "nobody"),
    "safety": {"harm": "not_asked"},
    "due": [{"what": "nothing", "by": "2026-01-01T00:00:00Z"}],
    "referral": {
        "people": [{"roles": ["child"], "first_name": "Nobody", "phones": [{"number": "0"}]}, {"roles": ["parent"]}],
        "referrer": {"name": "Nobody", "agency": "None"},
        "needs": [{"as_stated": "none"}],
        "level": {"council_label": "none"},
        "agreements": [{"status": "refused"}],
        "attachments": [{"sha256": "0", "size": 0}],
    },
}
"""A payload of nobody, with something for each resource that a message may hold."""


def write(
    payload: bytes, delivery_id: str, now: int, secrets: Sequence[str], options: WriteOptions = NO_OPTIONS
) -> HubMessage:
    """The message for one attempt, to `$process-message` under the hub's address.

    payload  UTF-8 JSON of `PayloadBody` or `EnvelopeBody`
    secrets  bearer tokens, newest first; the newest is sent

    Raises ValueError without a secret, and for a payload whose message would not keep to `checking`, or would not read
    back as the payload: no byte has left then.
    """
    if not secrets:
        raise ValueError("a FHIR hub needs a bearer token")
    told: dict[str, Any] = json.loads(payload)
    try:
        message = bundle(told, delivery_id)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("a payload needs a reference, a council and a hub") from error
    codes = [wrong.code for wrong in wrong_with(message)]
    if payload_of(message) != told:
        codes.append("not_whole")
    if codes:
        raise ValueError(f"a message that keeps to its definition, not: {', '.join(dict.fromkeys(codes))}")
    headers = {
        "content-type": f"{MEDIA_TYPE}; fhirVersion={FHIR_VERSION[:3]}",
        "accept": MEDIA_TYPE,
        "authorization": f"Bearer {secrets[0]}",
        "x-request-id": message["id"],
        "x-correlation-id": guid(told["reference"]),
    }
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return HubMessage("POST", "/$process-message", headers, body)


def get_ready() -> None:
    """Load the library's models, which takes most of a second: with a message of nobody."""
    wrong_with(bundle(_NOBODY, NAME))


def amiss(settings: Mapping[str, Plain]) -> Iterator[tuple[str, str, str]]:
    """What of the settings cannot be meant."""
    for name in GRANT if any(one in settings for one in GRANT) else ():
        if not str(settings.get(name, "")):
            yield name, f"`{name}`", f"A token is asked for with all of {', '.join(GRANT)}."
    if not str(settings.get(GRANTED_AT, _SAFE[0])).startswith(_SAFE):
        yield GRANTED_AT, "an address that begins with https", "Write where the authorisation server gives tokens."


def acknowledged(answer: HubAnswer, delivery_id: str) -> bool:
    """True only if a 2xx names this message as received, or a 409 with its request id says `duplicate`."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    sent = guid(delivery_id)
    if 200 <= answer.status < 300:
        return acknowledges(said, sent)
    return answer.status == 409 and answer.headers.get("x-request-id") == sent and says_duplicate(said)
