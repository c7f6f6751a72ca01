"""What waits for a person after a decision: one clock for each hold, task and timer that a matched rule asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.config.policy import Policy
from gateway.flows.gateway import Gateway
from gateway.flows.timers import clock_row
from gateway.path.clocks import due
from gateway.path.course import Course


def clocks_of(
    gateway: Gateway, courses: Sequence[Course], decisions: Sequence[str], referral: str, council: str, now: int
) -> Iterator[dict[str, Any]]:
    """Rows of the clock table. `decisions` are the ids of the courses' decisions; `now` in ms UTC."""
    policy, hours = gateway.policy(council), gateway.council(council).hours
    for course, decision in zip(courses, decisions, strict=True):
        for kind, code in dict.fromkeys((o.kind, o.code) for o in course.decision.obligations):
            waits = _waits(policy, kind, code)
            if waits is None:
                continue
            within, owner = waits
            yield clock_row(council, f"{kind}:{code}", referral, decision, owner, now, due(within, now, hours))


def _waits(policy: Policy, kind: str, code: str) -> tuple[str, str] | None:
    """How long and for whom an obligation waits, if it is one that waits."""
    if kind == "hold":
        return policy.holds[code].within, policy.holds[code].owners[0]
    if kind == "task":
        return policy.tasks[code].within, policy.tasks[code].owner
    if kind == "clock":
        return policy.clocks[code].within, policy.clocks[code].owner
    return None
