"""What the command line may ask about a policy, as data in and data out: the same here and through the socket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.errors import SenderError
from gateway.flows import policies
from gateway.flows.acting import acting
from gateway.flows.gateway import Gateway
from gateway.flows.rehearse import record_rehearsal
from gateway.path.calendar import LONDON


async def act(gateway: Gateway, asked: Mapping[str, Any]) -> dict[str, Any]:
    """`approve`, `publish`, or record as `rehearsed` the words in `text`, as `by` in `role`. Raises GatewayError."""
    person = acting(gateway.council(asked["council"]), asked["by"], asked["role"])
    if asked["act"] == "approve":
        done = await policies.approve(gateway, person, asked["text"])
        return {"sha256": done.digest, "say": done.say}
    if asked["act"] == "publish":
        done = await policies.publish(gateway, person, asked["text"], at_once=asked["at_once"])
        starts = datetime.fromtimestamp(done.starts / 1_000, LONDON)
        return {"sha256": done.digest, "say": f"{done.say} It decides from {starts:%-d %B %Y, %H:%M:%S}."}
    if asked["act"] == "rehearsed":
        digest = await record_rehearsal(gateway, person, asked["text"], asked["said"])
        return {"sha256": digest, "say": "The rehearsal is in the record."}
    raise SenderError("A policy can be approved, published or rehearsed.")
