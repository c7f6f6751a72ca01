"""An objection, and a restriction, pause what is sent for Early Help, never what safeguards (Articles 18 and 21)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.config.catalogue import Catalogue
from gateway.flows.data_protection import answering, writingdown
from gateway.flows.gateway import Gateway
from tests.flows.data_protection.test_rights import given, who
from tests.flows.desks import REASON
from tests.running import Door, a_hull_referral, delivering, on_sqlite, rows, until

DANGER = {"level": "immediate", "what_happened": "She was hurt this morning.", "rung": True}


def states(gateway: Gateway) -> dict[str, tuple[str, str]]:
    """Kind → state and why, of what was promised last."""
    return {row["kind"]: (row["state"], row["why"]) for row in rows(gateway, "delivery")}


async def sent(door: Door, once: str, **changes: Any) -> None:
    document = a_hull_referral(source={"system": "canonical", "record_id": once}, **changes)
    answer = await door.ask("POST", "/v1/referrals", json=document, headers={"idempotency-key": once})
    assert answer.status_code == 202, answer.text


async def objected(gateway: Gateway, kind: str) -> str:
    return await writingdown.write_down(gateway, who(gateway), given(gateway, kind))


@on_sqlite
@pytest.mark.parametrize(
    ("kind", "outcome", "goes"),
    [
        ("objection", "not_upheld", True),
        ("objection", "upheld", False),
        ("restriction", "refused", True),
        ("restriction", "restricted", False),
    ],
)
def test_what_is_sent_for_early_help_waits_until_somebody_has_decided(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str], kind: str, outcome: str, goes: bool
) -> None:
    async def scenario() -> None:
        async with delivering(catalogue, tmp_path, demo_urls) as (door, _):
            request = await objected(door.gateway, kind)
            await sent(door, "T-1")
            await until(lambda: states(door.gateway).get("referral") == ("held", "objected"))
            await answering.act(door.gateway, who(door.gateway), request, "close", REASON, outcome)
            if goes:
                await until(lambda: states(door.gateway)["referral"] == ("delivered", ""))
                return
            assert states(door.gateway)["referral"] == ("held", "objected")
            await answering.act(door.gateway, who(door.gateway), request, "lift", REASON)
            await until(lambda: states(door.gateway)["referral"] == ("delivered", ""))

    asyncio.run(scenario())


@on_sqlite
def test_a_safeguarding_contact_about_somebody_who_objected_goes_at_once(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def scenario() -> None:
        async with delivering(catalogue, tmp_path, demo_urls) as (door, _):
            await objected(door.gateway, "objection")
            await sent(door, "T-1", harm=DANGER)
            await until(lambda: states(door.gateway).get("divert") == ("delivered", ""))

    asyncio.run(scenario())
