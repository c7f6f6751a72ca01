"""What goes on beside everything else ends with it, also where its first request to end was lost."""

from __future__ import annotations

import asyncio

import pytest

from gateway.flows import meanwhile as module
from gateway.flows.meanwhile import ending, meanwhile


def test_work_that_lost_its_first_request_to_end_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.01)
    lost = []

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if lost:
                    raise
                lost.append(ending())

    async def run() -> None:
        async with asyncio.timeout(5), meanwhile(stubborn()):
            await asyncio.sleep(0)

    asyncio.run(run())
    assert lost == [True]


def test_what_the_work_ended_with_is_told() -> None:
    async def broken() -> None:
        raise ValueError("ours")

    async def run() -> None:
        async with meanwhile(broken()):
            await asyncio.sleep(0)

    with pytest.raises(ValueError, match="ours"):
        asyncio.run(run())


def test_nobody_is_ending_who_was_not_asked() -> None:
    async def run() -> bool:
        return ending()

    assert asyncio.run(run()) is False
