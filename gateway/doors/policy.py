"""What the command line may ask about a policy, as data in and data out: the same here and through the socket."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from contracts.errors import SenderError
from gateway.doors.asked import Asked
from gateway.flows.acting import acting
from gateway.flows.gateway import Gateway
from gateway.flows.policy import changefile, policies, proposing
from gateway.flows.policy.rehearse import record_rehearsal
from gateway.path.calendar import LONDON

PATH: Final = "/policy"


async def act(gateway: Gateway, asked: Asked) -> dict[str, Any]:
    """`propose`, `approve`, `publish`, or record as `rehearsed` the words in `text`, as `by` in `role`; or tell the
    change `file` of those in `sha256`. Raises GatewayError."""
    what, council, by, role, text = (str(asked.get(name, "")) for name in ("act", "council", "by", "role", "text"))
    person = acting(gateway.council(council), by, role)
    if what == "file":
        file = await changefile.change_file(gateway, person, str(asked.get("sha256", "")))
        return {"text": changefile.as_text(file, person.council.title)}
    if what == "propose":
        done = await proposing.propose(gateway, person, text, str(asked.get("why", "")))
        return {"sha256": done.digest, "say": done.say}
    if what == "approve":
        done = await policies.approve(gateway, person, text)
        return {"sha256": done.digest, "say": done.say}
    if what == "publish":
        done = await policies.publish(gateway, person, text, at_once=asked.get("at_once") is True)
        starts = datetime.fromtimestamp(done.starts / 1_000, LONDON)
        return {"sha256": done.digest, "say": f"{done.say} It decides from {starts:%-d %B %Y, %H:%M:%S}."}
    if what == "rehearsed":
        digest = await record_rehearsal(gateway, person, text, dict(asked.get("said") or {}))
        return {"sha256": digest, "say": "The rehearsal is in the record."}
    raise SenderError("A policy can be put forward, approved, published or rehearsed.")
