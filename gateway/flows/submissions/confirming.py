"""No batch makes more than ten referrals without a person confirming each child (settled 55).

A batch that is larger is answered with a token for each record that could become a referral. Whoever sends it again
names who looked, and the tokens of the children they mean; the others wait, and may be confirmed later under the same
key. A token fits one record of exactly these bytes, and says nothing about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from uuid import uuid4

from contracts.errors import NotConfirmed
from contracts.evidence import Entry
from gateway.flows.decisions.said import ENGINE
from gateway.flows.gateway import Gateway
from gateway.flows.mapping.sources import Read
from gateway.flows.submissions.sent import Sent
from gateway.path.course import Matter
from gateway.record.entries import make_entry
from gateway.store.keys import child_token

MOST: Final = 10
"""Referrals in one submission that need nobody to confirm them."""


def tokens(gateway: Gateway, sent: Sent, matters: Sequence[tuple[Read, Matter | None]]) -> dict[int, str]:
    """Record number → token of each child that a person must confirm; none where the batch is small enough."""
    numbers = [number for number, (_, matter) in enumerate(matters) if matter is not None]
    if len(numbers) <= MOST:
        return {}
    keys, sender, digest = gateway.keys[sent.council], sent.caller.registration.sender, sha256(sent.content).hexdigest()
    return {number: child_token(keys, sender, sent.source, digest, number) for number in numbers}


def confirmed(sent: Sent, children: dict[int, str]) -> frozenset[int]:
    """The records whose child is confirmed."""
    given = sent.confirmed.children if sent.confirmed else frozenset()
    return frozenset(number for number, token in children.items() if token in given)


def question(matters: Sequence[tuple[Read, Matter | None]], children: dict[int, str]) -> NotConfirmed:
    """What a sender is asked who has confirmed nobody."""
    return NotConfirmed(
        f"{len(children)} referrals at once. A person must confirm each child when there are more than {MOST}. Look at "
        "each record, then send the same again with Confirmed-By and the Confirmed-Children you mean.",
        children=tuple((matters[number][0].position, token) for number, token in children.items()),
    )


def entry(gateway: Gateway, sent: Sent, submission: str, kind: str, count: int, of: int, at: int) -> Entry:
    """What the record keeps of it: who was asked or confirmed, and how many of how many. `at` in ms UTC."""
    by = {"by": sent.confirmed.by} if sent.confirmed else {}
    sections = {
        "actors": {"client": sent.caller.registration.sender, "engine": ENGINE} | by,
        "submission": {"id": submission, "source": sent.source},
        "confirmation": {"children": count, "of": of},
    }
    return make_entry(str(uuid4()), sent.council, kind, at, sections, gateway.salt)
