"""What stands at a key: a rejection only for as long as the same would be rejected, and nobody's confirmation lost."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.errors import InvalidReferral
from gateway.config.catalogue import Catalogue
from gateway.config.mappings import Mappings
from gateway.flows.access import identify
from gateway.flows.gateway import Gateway
from gateway.flows.mapping.sources import Reader
from gateway.flows.submissions.intake import Confirmed, Sent, receive
from tests.flows.bundles import bundle
from tests.running import JSON, LEICESTER, Door, rows, running

FORM = ("liquidlogic", "leicester_step_down", "leicester")


def sent(gateway: Gateway, *children: int, confirmed: Confirmed | None = None) -> Sent:
    caller = identify(gateway.callers, f"Bearer {LEICESTER}")
    return Sent(caller, "leicester", "liquidlogic", "once", bundle(*children), JSON, "", confirmed)


def before_it_was_mapped(gateway: Gateway) -> Gateway:
    """The same gateway, with mappings in which nobody has written one for the form yet."""
    kept = gateway.reader.mappings
    without = {key: mapping for key, mapping in kept.by_key.items() if key[:2] != FORM[:2]}
    return replace(gateway, reader=Reader(Mappings(without, kept.codes), gateway.reader.compiled))


def rejected(gateway: Gateway, what: Sent) -> bool:
    """Whether it was said before, once it was rejected."""
    with pytest.raises(InvalidReferral) as refused:
        asyncio.run(receive(gateway, what))
    return refused.value.replayed


def types(gateway: Gateway) -> Counter[str]:
    return Counter(row["type"] for row in rows(gateway, "entry") if row["type"].startswith("submission."))


def test_p5_what_was_rejected_is_answered_the_same_while_it_would_be_read_the_same(gateway: Gateway) -> None:
    early = before_it_was_mapped(gateway)
    assert [rejected(early, sent(early, 1)) for _ in range(2)] == [False, True]
    assert types(gateway) == {"submission.rejected": 1}


def test_what_was_rejected_is_read_again_once_its_mapping_was_put_right(gateway: Gateway) -> None:
    early = before_it_was_mapped(gateway)
    rejected(early, sent(early, 1))
    answers = [asyncio.run(receive(gateway, sent(gateway, 1))) for _ in range(2)]
    assert [(answer.status, answer.replayed) for answer in answers] == [(202, False), (202, True)]
    (submission,) = rows(gateway, "submission")
    assert (submission["state"], len(rows(gateway, "referral"))) == ("accepted", 1)
    assert [row["id"] for row in rows(gateway, "content") if row["kind"] == "raw"] == [submission["raw"]]


def test_what_is_rejected_when_it_is_read_again_is_recorded_again(gateway: Gateway) -> None:
    early = before_it_was_mapped(gateway)
    other_lists = replace(early, reader=replace(early.reader, mappings=replace(early.reader.mappings, codes={})))
    assert [rejected(which, sent(which, 1)) for which in (early, other_lists, other_lists)] == [False, False, True]
    assert (types(gateway), len(rows(gateway, "submission"))) == ({"submission.rejected": 2}, 1)


def test_a_batch_that_was_rejected_asks_about_each_child_once_it_can_be_read(gateway: Gateway, door: Door) -> None:
    early = before_it_was_mapped(gateway)
    children = range(1, 12)
    rejected(early, sent(early, *children))
    asked = door.submit("liquidlogic", bundle(*children), kind=JSON, key=LEICESTER, once="once")
    assert (asked.status_code, len(asked.json()["children"])) == (422, 11)


@pytest.mark.parametrize("store_urls", ["postgresql"], indirect=True)
def test_settled_55_two_processes_that_confirm_different_children_lose_neither(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    children = range(1, 12)

    async def confirm(gateway: Gateway, tokens: list[str]) -> None:
        await receive(gateway, sent(gateway, *children, confirmed=Confirmed("Sam Okoro", frozenset(tokens))))

    with running(catalogue, tmp_path, demo_urls) as one, running(catalogue, tmp_path, demo_urls) as other:
        question = Door(one).submit("liquidlogic", bundle(*children), kind=JSON, key=LEICESTER, once="x")
        tokens = [child["confirmation"] for child in question.json()["children"]]
        asyncio.run(confirm(one, tokens[:1]))

        async def at_once() -> None:
            await asyncio.gather(confirm(one, tokens[1:5]), confirm(other, tokens[5:]))

        asyncio.run(at_once())
        (submission,) = rows(one, "submission")
        told = json.loads(submission["answer"])["receipts"]
    assert {receipt["state"] for receipt in told} == {"accepted"}
