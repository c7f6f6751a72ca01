"""Takes what a caller tells about a delivery or a referral once, however often it is sent (P5, settled 22)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from gateway.flows.access import Caller
from gateway.flows.gateway import Gateway
from gateway.flows.submissions import receipts, standing
from gateway.flows.submissions.sent import Answer, Sent
from gateway.store.tables import SUBMISSION
from gateway.store.transaction import Tx
from gateway.store.writer import Write

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Telling:
    """What one caller tells once.

    what   `event`, `outcome`, `answer` or `agreement`
    about  id of the delivery or referral
    key    its `Idempotency-Key` or `webhook-id`
    """

    caller: Caller
    what: str
    about: str
    key: str
    body: bytes


async def tell_once(
    gateway: Gateway,
    telling: Telling,
    about: Callable[[Tx], T],
    work: Callable[[Tx, str, T], Mapping[str, object]],
) -> Answer:
    """What the caller was answered the first time. Other content under its key changes nothing.

    about  finds what it is about and sees that the caller may speak of it, each time
    work   what is done the first time, with the id of this telling; its answer is the caller's

    Raises whatever these two raise, KeyUsedForOtherContent, StoreUnavailable.
    """
    council = telling.caller.registration.council
    content = telling.about.encode() + b"\n" + telling.body
    sent = Sent(telling.caller, council, telling.what, telling.key, content, "application/json")
    row = standing.row(gateway, sent, gateway.now(), 202, b"")
    place = (row["council"], row["sender"], row["key"])

    def write(tx: Tx) -> Answer:
        found = about(tx)
        before = tx.submission(place)
        if before is not None:
            settled = standing.answer(gateway, tx, sent, row, before)
            assert isinstance(settled, Answer), "what is told has no parts that could be left to do"
            return settled
        body = receipts.as_json(work(tx, row["id"], found))
        tx.insert(SUBMISSION, row | {"answer": body, "raw": None})
        return Answer(202, body)

    answer = await gateway.writer.submit(Write(write, (place,)))
    if answer.status >= 400:
        raise receipts.error_in(answer.body, answer.replayed)
    if not answer.replayed:
        gateway.wake()
    return answer
