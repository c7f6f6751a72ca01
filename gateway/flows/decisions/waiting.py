"""What waits for a person after a decision: one clock for each hold, task and timer that a matched rule asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.flows.decisions.timers import Row, clock_row
from gateway.flows.gateway import Gateway
from gateway.path.alarms import first_turn, watch_of
from gateway.path.clocks import due
from gateway.path.course import Course

_WAITS = ("hold", "task", "clock")


def clocks_of(gateway: Gateway, courses: Sequence[Course], decisions: Sequence[str], referral: Row) -> Iterator[Row]:
    """Rows of the clock table. `decisions` are the ids of the courses' decisions; `referral` is its row, as of now."""
    council, now = referral["council"], referral["at"]
    policy, home = gateway.policy(council), gateway.council(council)
    registered = home.senders.get(referral["sender"])
    sender_type = registered.sender_type if registered else ""
    for course, decision in zip(courses, decisions, strict=True):
        for kind, code in dict.fromkeys((o.kind, o.code) for o in course.decision.obligations):
            if kind not in _WAITS:
                continue
            watch = watch_of(f"{kind}:{code}", "", policy, home)
            until = due(watch.within, now, home.hours)
            owner, following = first_turn(watch, now, until, now, home, sender_type, policy.schools)
            yield clock_row(council, f"{kind}:{code}", referral["id"], decision, owner, now, until, next_at=following)
