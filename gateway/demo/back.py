"""The last story of the demonstration: what comes back from a hub, and what a family says after it has gone."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Final

import httpx2

from gateway.demo.ending import PATIENCE
from gateway.demo.hub import StubHub
from gateway.demo.stage import Stage
from gateway.demo.telling import Telling

HUB_KEY: Final = "demo-hull-hub"
"""The key of Hull's hubs' own system, which everybody knows."""


async def way_back(stage: Stage, told: Telling) -> None:
    """A hub asks, the school answers, the hub decides, and the family changes its mind."""
    told.story(5, "What comes back")
    sent, north = told.sent[10], stage.hubs["hull", "locality_north"]
    message = north.arrivals[-1].id
    told.say("North's own system asks for more about 10. The question is the school's now, and has a time.")
    words = "Which mornings is it, and who walks to school?"
    await _tells(stage, f"/v1/deliveries/{message}/events", {"event": "more_information_asked", "words": words}, "ask")
    (question,) = (await stage.get(sent.sender, sent.receipt["status"]))["questions"]
    told.sees(f"{question['hub']}: {question['words']}", number=10)
    told.say("The school answers on the same referral. Its answer is screened, decided and trimmed like all the rest.")
    said = json.dumps({"words": "Mondays and Fridays, and the grandmother walks along."}).encode()
    answered = await stage.post(sent.sender, f"{sent.receipt['status']}/answers", said, key="friday")
    told.sees(answered.json()["say"], number=10)
    came = await _until(lambda: _has(north, b"the grandmother walks along"))
    others = [hub for hub in stage.hubs.values() if hub is not north and _has(hub, b"the grandmother walks along")]
    told.claim(came and not others, "It arrived at the hub that had asked, and nowhere else.")
    told.say("North says what becomes of it, in the council's words.")
    await _tells(stage, f"/v1/deliveries/{message}/outcome", {"outcome": "allocated"}, "outcome")
    status = await stage.get(sent.sender, sent.receipt["status"])
    told.sees(status["tell"], number=10)
    told.claim(status["outcomes"][-1]["outcome"] == "allocated", "The school reads it where it looked before.")
    told.say("A week later the family no longer agrees. What has gone cannot be called back, so North is told.")
    withdrawn = (await stage.post(sent.sender, f"{sent.receipt['status']}/withdrawal", b"{}")).json()
    told.sees(withdrawn["say"], number=10)
    await _until(lambda: _has(north, b'"kind":"notice"'))
    notice = next(json.loads(one.body) for one in north.arrivals if b'"kind":"notice"' in one.body)
    told.sees(f"North's system is told: {notice['says']} {notice['do']}")
    await _tells(stage, notice["your_answer"]["events"], {"event": "notice_acknowledged"}, "read")
    (standing,) = (await stage.get(sent.sender, sent.receipt["status"]))["notices"]
    told.claim(standing["state"] == "acknowledged", "Somebody at North has read it, and the school can see that.")


async def _tells(stage: Stage, path: str, document: dict[str, Any], key: str) -> httpx2.Response:
    """The hub's own system says this."""
    headers = {"authorization": f"Bearer {HUB_KEY}", "content-type": "application/json", "webhook-id": key}
    answer = await stage.client.post(path, content=json.dumps(document).encode(), headers=headers)
    answer.raise_for_status()
    return answer


def _has(hub: StubHub, text: bytes) -> bool:
    return any(text in arrival.body for arrival in hub.arrivals)


async def _until(seen: Callable[[], bool]) -> bool:
    """Whether it is so before patience ends."""
    give_up = time.monotonic() + PATIENCE
    while not seen():
        if time.monotonic() > give_up:
            return False
        await asyncio.sleep(0.05)
    return True
