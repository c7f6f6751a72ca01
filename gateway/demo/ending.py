"""What became of each thing sent, as its own sender can ask, held against what was expected."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from contracts.delivery import DeliveryState
from gateway.demo.expected import Expected
from gateway.demo.stage import Stage
from gateway.demo.telling import Sent
from gateway.path.calendar import LONDON

PATIENCE: Final = 15.0
"""Seconds to wait for a delivery: the first step of the retry ladder is five, and a fifth more at most."""


@dataclass(frozen=True, slots=True)
class Came:
    """What one thing came to: the first five as in `Expected`, then in words what became of it and why."""

    decided: str
    hub: str
    ends: str
    tries: int
    rules: tuple[str, ...]
    became: str
    why: str


async def came_to(stage: Stage, sent: Sent, rule: str) -> Came:
    """What this came to, with the sentence of `rule` as the reason if it is among those that decided."""
    receipt = sent.receipt
    if sent.status >= 400:
        slug = "key_used" if receipt["type"].endswith("/key-used-for-other-content") else "refused"
        return Came(slug, "", "", 0, (), "Nothing. What was sent before stands.", f"{receipt['title']}.")
    if sent.replayed:
        return Came("replayed", "", "", 0, (), "Nothing new: the same receipts.", "The same key and the same bytes.")
    if receipt["state"] == "rejected":
        fault = receipt["errors"][0]
        return Came("rejected", "", "", 0, (), "Not taken in. The sender has its place.", fault["remedy"])
    told = await stage.get(sent.sender, receipt["status"])
    decision, delivery = told["decisions"][-1], next(iter(carried(told)), None)
    return Came(
        decided=decision["outcome"],
        hub=delivery["hub"] if delivery else receipt["decisions"][0]["hub"],
        ends=delivery["state"] if delivery else "",
        tries=delivery["attempts"] if delivery else 0,
        rules=tuple(decision["rules"]),
        became=_became(stage, sent, told, decision["outcome"], delivery),
        why=_sentence(stage, sent, rule if rule in decision["rules"] else decision["rules"][0]),
    )


def carried(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The messages that carry a decision: what tells of one, an envelope or a notice, is beside them."""
    return [delivery for delivery in told["deliveries"] if delivery["kind"] not in ("envelope", "notice")]


def differences(number: int, expected: Expected, came: Came) -> list[str]:
    """Where an end is not the one expected, in words."""
    pairs = (
        ("was to be decided", expected.decided, came.decided),
        ("was for the hub", expected.hub, came.hub),
        ("was to end as", expected.ends or "nothing sent", came.ends or "nothing sent"),
        ("was to take attempts", str(expected.tries), str(came.tries)),
    )
    wrong = [f"{number} {what}: {wanted}. It was: {got}." for what, wanted, got in pairs if wanted != got]
    if expected.rule and expected.rule not in came.rules:
        wrong.append(f"{number} was to rest on {expected.rule}. It rests on: {', '.join(came.rules)}.")
    return wrong


async def until_settled(stage: Stage, sent: Sent) -> dict[str, Any]:
    """The status of a referral once its first delivery waits for nothing, or patience ends."""
    give_up = time.monotonic() + PATIENCE
    while True:
        told: dict[str, Any] = await stage.get(sent.sender, sent.receipt["status"])
        states = {delivery["state"] for delivery in carried(told)}
        if not states & {DeliveryState.DUE, DeliveryState.SENDING} or time.monotonic() > give_up:
            return told
        await asyncio.sleep(0.05)


async def until_tried(stage: Stage, sent: Sent) -> dict[str, Any]:
    """The status of a referral once a first attempt at it is over, or patience ends."""
    give_up = time.monotonic() + PATIENCE
    while True:
        told: dict[str, Any] = await stage.get(sent.sender, sent.receipt["status"])
        if any("Attempt" in event["say"] for event in told["timeline"]) or time.monotonic() > give_up:
            return told
        await asyncio.sleep(0.05)


def owner_of(stage: Stage, sent: Sent, told: Mapping[str, Any]) -> str:
    """Who must act next, and by when; "" if nobody waits for anybody."""
    waiting = [clock for clock in told["waiting"] if clock["for"].partition(":")[0] in ("hold", "clock")]
    if not waiting:
        return ""
    clock = min(waiting, key=lambda clock: clock["due"])
    due = datetime.fromisoformat(clock["due"].replace("Z", "+00:00")).astimezone(LONDON)
    return f"{title_of(stage, sent, clock['owner'])}, by {due:%a %d %b, %H:%M}"


def title_of(stage: Stage, sent: Sent, role: str) -> str:
    """What people call this duty role."""
    roles = stage.council_of(sent.sender).roles
    return roles[role].title if role in roles else role.replace("_", " ").capitalize()


def _became(stage: Stage, sent: Sent, told: Mapping[str, Any], outcome: str, delivery: Mapping[str, Any] | None) -> str:
    if delivery and delivery["state"] == DeliveryState.DELIVERED:
        arrived = "Arrived" if delivery["attempts"] == 1 else f"Arrived at try {delivery['attempts']}"
        owner = owner_of(stage, sent, told) if outcome == "divert" else ""
        return f"{arrived}. {f'To acknowledge it: {owner}.' if owner else 'Nobody has confirmed reading it.'}"
    return f"Not sent. Rests with: {owner_of(stage, sent, told) or 'nobody'}."


def _sentence(stage: Stage, sent: Sent, rule: str) -> str:
    policy = stage.gateway.policy(stage.council_of(sent.sender).name)
    say = next(r.hit.say for table in policy.tables for r in table.rules if r.id == rule)
    return f"{say} ({rule})"
