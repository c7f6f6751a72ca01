"""The way back over real HTTP: a running gateway, a hub that listens, and its own system that tells."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from gateway.demo.back import HUB_KEY
from gateway.demo.stage import Stage, stage
from tests.running import a_hull_referral, as_bytes, until

NORTH = ("hull", "locality_north")


async def tells(playing: Stage, path: str, document: object, key: str) -> Any:
    headers = {"authorization": f"Bearer {HUB_KEY}", "content-type": "application/json", "webhook-id": key}
    return await playing.client.post(path, content=json.dumps(document).encode(), headers=headers)


async def journey(folder: Path) -> tuple[list[str], dict[str, Any], dict[str, Any]]:
    """What North got, in order; the status after its outcome; and after the notice was read."""
    async with stage(folder) as playing:
        hub = playing.hubs[NORTH]
        document = as_bytes(a_hull_referral(family={"locality": "North"}))
        receipt = (await playing.post("school", "/v1/referrals", document, key="one")).json()["receipts"][0]
        await until(lambda: bool(hub.arrivals))
        answer_at = json.loads(hub.arrivals[0].body)["your_answer"]
        await until(lambda: _delivered(playing, receipt["status"]))
        asked = {"event": "more_information_asked", "words": "Which days?"}
        assert (await tells(playing, answer_at["events"], asked, "ask")).status_code == 202
        said = await playing.post("school", f"{receipt['status']}/answers", b'{"words": "On Mondays."}', key="two")
        assert said.status_code == 202, said.text
        await until(lambda: len(hub.arrivals) == 2)
        assert (await tells(playing, answer_at["outcome"], {"outcome": "allocated"}, "done")).status_code == 202
        decided = await playing.get("school", receipt["status"])
        await playing.post("school", f"{receipt['status']}/withdrawal", b"")
        await until(lambda: len(hub.arrivals) == 3)
        notice = json.loads(hub.arrivals[2].body)
        await tells(playing, notice["your_answer"]["events"], {"event": "notice_acknowledged"}, "read")
        bodies = [json.loads(arrival.body) for arrival in hub.arrivals]
        kinds = [body.get("kind") or str(len(body["other_answers"])) for body in bodies]
        return kinds, decided, await playing.get("school", receipt["status"])


async def _delivered(playing: Stage, path: str) -> bool:
    told = await playing.get("school", path)
    return [one["state"] for one in told["deliveries"] if one["kind"] == "referral"] == ["delivered"]


def test_a_question_an_answer_an_outcome_and_a_notice_go_all_the_way(tmp_path: Path) -> None:
    got, decided, ended = asyncio.run(journey(tmp_path))
    assert got == ["0", "1", "notice"]
    assert decided["tell"] == "Targeted Early Help response"
    assert [question["state"] for question in decided["questions"]] == ["answered"]
    assert [notice["state"] for notice in ended["notices"]] == ["acknowledged"]
