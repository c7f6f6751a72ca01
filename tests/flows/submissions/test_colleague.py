"""The process beside this one: it works out the same, it may die, and nobody who sends notices either."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from gateway.config.catalogue import Catalogue
from gateway.flows.access import Caller, Role
from gateway.flows.gateway import Gateway
from gateway.flows.submissions.colleague import Colleague, colleague
from gateway.flows.submissions.intake import CANONICAL, Sent, receive
from gateway.flows.submissions.prepared import Prepared
from gateway.main import without_store
from tests.running import JSON, a_hull_referral, as_bytes, on_sqlite, rows, running

T = TypeVar("T")

pytestmark = [
    on_sqlite,
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
    pytest.mark.skipif(
        not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="one core: nobody to ask"
    ),
]


def beside(gateway: Gateway, use: Callable[[Colleague], Awaitable[T]]) -> T:
    """What `use` comes to with a colleague at work."""

    async def scenario() -> T:
        async with colleague(lambda: without_store(gateway.settings, gateway.catalogue)) as other:
            assert other is not None
            return await use(other)

    return asyncio.run(scenario())


def sent(gateway: Gateway, number: int = 1, content: bytes = b"") -> Sent:
    registration = gateway.council("hull").senders["invented_academy"]
    document = a_hull_referral(source={"system": "canonical", "record_id": f"T-{number}"})
    body = content or as_bytes(document)
    return Sent(Caller(Role.SENDER, registration, test=False), "hull", CANONICAL, f"key-{number}", body, JSON)


def children() -> list[int]:
    """Processes that this one started and that run still."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def decided(body: bytes) -> list[object]:
    return [receipt["decisions"] for receipt in json.loads(body)["receipts"]]


def test_it_works_out_what_this_process_would(gateway: Gateway) -> None:
    prepared = beside(gateway, lambda other: other.prepared(sent(gateway)))
    assert isinstance(prepared, Prepared)
    here = asyncio.run(receive(gateway, sent(gateway)))
    assert decided(prepared.row["answer"]) == decided(here.body)
    ((_, made),) = [(name, values) for name, values in prepared.made.rows if name == "referral"]
    (referral,), (submission,) = rows(gateway, "referral"), rows(gateway, "submission")
    assert (made[0], prepared.row["fingerprint"]) == (referral["id"], submission["fingerprint"])
    assert Counter(name for name, _ in prepared.made.rows) == {
        name: len(rows(gateway, name)) for name in {name for name, _ in prepared.made.rows}
    }


def test_what_it_worked_out_is_accepted_once_however_often_it_is_written(gateway: Gateway) -> None:
    prepared = beside(gateway, lambda other: other.prepared(sent(gateway)))
    assert prepared is not None
    first, second = (gateway.writer.run(prepared.write(gateway, sent(gateway))) for _ in range(2))
    assert (first.status, first.replayed, second.status, second.replayed) == (202, False, 202, True)  # type: ignore[union-attr]
    assert first.body == second.body  # type: ignore[union-attr]
    assert len(rows(gateway, "referral")) == 1


@pytest.mark.parametrize("content", [b"{", b'{"council": "hull"}', as_bytes(a_hull_referral(council="leicester"))])
def test_what_is_wrong_is_left_to_this_process_to_tell(gateway: Gateway, content: bytes) -> None:
    assert beside(gateway, lambda other: other.prepared(sent(gateway, content=content))) is None


def test_everybody_who_sends_at_once_is_answered_with_its_own_referral(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    asked = []

    async def scenario(gateway: Gateway, other: Colleague) -> list[str]:
        async def counted(one: Sent) -> Prepared | None:
            asked.append(one.key)
            return await other.prepared(one)

        both = replace(gateway, colleague=counted)
        answers = await asyncio.gather(*(receive(both, sent(gateway, number)) for number in range(40)))
        return [json.loads(answer.body)["receipts"][0]["referral"] for answer in answers]

    with running(catalogue, tmp_path, demo_urls) as gateway:
        told = beside(gateway, lambda other: scenario(gateway, other))
        assert asked, "nothing was asked of the colleague although everything came at once"
        assert sorted(told) == sorted(row["id"] for row in rows(gateway, "referral"))
        assert len(set(told)) == 40


def test_a_referral_is_accepted_although_the_colleague_died(gateway: Gateway) -> None:
    async def scenario(other: Colleague) -> tuple[Prepared | None, Prepared | None]:
        (pid,) = children()
        os.kill(pid, signal.SIGSTOP)
        waiting = asyncio.create_task(other.prepared(sent(gateway)))
        await asyncio.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
        return await waiting, await other.prepared(sent(gateway, 2))

    assert beside(gateway, scenario) == (None, None)


def test_one_that_does_not_answer_is_asked_no_more(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.flows.submissions.colleague.PATIENCE", 0.05)

    async def scenario(other: Colleague) -> tuple[Prepared | None, Prepared | None]:
        (pid,) = children()
        os.kill(pid, signal.SIGSTOP)
        return await other.prepared(sent(gateway)), await other.prepared(sent(gateway, 2))

    assert beside(gateway, scenario) == (None, None)


def test_it_ends_with_the_process_that_asks(gateway: Gateway) -> None:
    async def alive(other: Colleague) -> list[int]:
        return children()

    assert len(beside(gateway, alive)) == 1
    assert children() == []
