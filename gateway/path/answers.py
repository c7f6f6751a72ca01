"""Reads what a hub answered, or why it did not, as the result of one attempt (settled 13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from contracts.delivery import Result
from contracts.hub import HubAnswer

LONGEST_WAIT: Final = 86_400
"""Seconds. A hub may ask for more; it gets this, the longest step of the schedule."""

CERTIFICATE: Final = "certificate"
"""Why code of a certificate that does not prove the hub: a person looks before anything more goes there."""

ADDRESS_REFUSED: Final = "address_refused"
"""Why code of an address the gateway does not send to: a mistake, or somebody else's doing."""

NOT_TAKEN: Final = "not_taken"
GONE: Final = "gone_unacknowledged"
"""Why codes of files in a hub's folder: they lie there; they went, and nobody said who has them."""

UNACKNOWLEDGED: Final = "collected_unacknowledged"
"""Why code of what a hub came for, and did not say in time that it has it."""

WAITED_FOR: Final = frozenset({NOT_TAKEN, GONE, UNACKNOWLEDGED})
"""Why codes of attempts at a hub that can be reached well, and takes its time."""


@dataclass(frozen=True, slots=True)
class TransportTrouble:
    """There was no whole answer.

    left  whether a byte of content may have left; when in doubt, True
    why   a code: `dns`, `connect`, `tls`, `certificate`, `address_refused`, `permit_spent`, `timeout`, `reset` …
    """

    left: bool
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one attempt came to.

    why          code for people and records: `acknowledged`, `http_503`, `not_acknowledged`, `timeout` …
    retry_after  seconds the hub asked us to wait, at most `LONGEST_WAIT`; None if it asked nothing we can read
    """

    result: Result
    why: str
    retry_after: int | None = None


def read_answer(answer: HubAnswer | TransportTrouble, acknowledged: bool, now: int) -> Reading:
    """The result of one attempt.

    acknowledged  the hub adapter's word that the answer names this delivery as received
    now           seconds since 1970, for a `Retry-After` that is a date
    """
    if isinstance(answer, TransportTrouble):
        return _no_answer(answer)
    if acknowledged and 200 <= answer.status < 300:
        return Reading(Result.DELIVERED, "acknowledged")
    if acknowledged and answer.status == 409:
        return Reading(Result.DELIVERED, "duplicate")
    result = result_of_status(answer.status)
    if result is Result.UNCERTAIN and 200 <= answer.status < 300:
        return Reading(result, "not_acknowledged")
    wait = retry_after(answer.headers.get("retry-after", ""), now) if result in _MAY_ASK else None
    return Reading(result, f"http_{answer.status}", wait)


def result_of_status(status: int) -> Result:
    """What an HTTP status means when nothing in the answer acknowledges the delivery. Unknown ones are uncertain."""
    if status in (401, 403, 410) or 300 <= status < 400:
        return Result.LANE_HELD
    if status in (425, 429, 503):
        return Result.REFUSED_FOR_NOW
    if status == 501 or (400 <= status < 500 and status != 408):
        return Result.REFUSED
    return Result.UNCERTAIN


def retry_after(value: str, now: int) -> int | None:
    """Seconds to wait by a `Retry-After` header (RFC 9110 10.2.3): seconds or a date; None if it is neither."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        # Longer numbers than this are "for ever", and int() refuses the very long ones.
        return LONGEST_WAIT if len(text) > 9 else min(int(text), LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(text)
        at = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return min(max(0, int(at) - now), LONGEST_WAIT)


_MAY_ASK: Final = (Result.REFUSED_FOR_NOW, Result.UNCERTAIN)


def _no_answer(trouble: TransportTrouble) -> Reading:
    if trouble.left:
        return Reading(Result.UNCERTAIN, trouble.why)
    if trouble.why in (CERTIFICATE, ADDRESS_REFUSED):
        return Reading(Result.LANE_HELD, trouble.why)
    return Reading(Result.NOT_SENT, trouble.why)
