"""The whole path as a dry run: what would be decided, and what would go where. Writes nothing and sends nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from contracts.adapter import LedgerLine
from contracts.decision import Outcome
from contracts.referral import HarmLevel
from gateway.flows.decisions.cited import listed
from gateway.flows.gateway import Gateway
from gateway.flows.mapping.sources import Read
from gateway.flows.submissions.intake import Sent, understand
from gateway.flows.submissions.receipts import decision_out, marked, shown
from gateway.path.course import Matter, Rules, consider, promises
from gateway.path.freshness import freshness


async def preview(gateway: Gateway, sent: Sent) -> dict[str, object]:
    """What would happen to this. Raises as `intake.receive` does."""
    return dry_run(gateway.rules[sent.council], await understand(gateway, sent), gateway.now())


def dry_run(rules: Rules, matters: Iterable[tuple[Read, Matter | None]], now: int) -> dict[str, object]:
    """What would happen to these records under these rules. `now` in ms UTC."""
    council = rules.council
    records = [_record(rules, read, matter, now) for read, matter in matters]
    said: dict[str, object] = {"say": "Nothing has been sent."}
    if any(record.pop("danger", False) for record in records):
        door = council.hubs[council.front_door]
        said["ring"] = f"Ring {door.title} now: {door.telephone}. Out of hours: {door.out_of_hours or 'ring 999'}."
    return said | {"records": records, "emergency": council.emergency}


def _record(rules: Rules, read: Read, matter: Matter | None, now: int) -> dict[str, object]:
    told: dict[str, object] = {"position": read.position, "warnings": [shown(fault) for fault in read.faults]}
    if read.ledger:
        told["ledger"] = ledger_out(read.ledger)
    if matter is None:
        return told | {"state": "rejected"}
    if fresh := freshness(matter.referral.source):
        told["freshness"] = fresh
    courses, screening = consider(matter, rules, now)
    told |= marked(courses, screening)
    if matter.referral.attachments:
        told["documents"] = listed(matter.referral, matter.faults)
    return told | {
        "state": "accepted",
        "danger": any(course.decision.outcome is Outcome.DIVERT for course in courses)
        or matter.referral.harm.level in (HarmLevel.SIGNIFICANT, HarmLevel.IMMEDIATE),
        "decisions": [
            decision_out(matter.referral, course)
            | {
                "why": [
                    {"rule": hit.rule, "say": hit.say}
                    for hit in course.decision.hits
                    if hit.outcome is not Outcome.SHARE
                ],
                "facts": dict(course.decision.facts.values),
            }
            for course in courses
        ],
        "would_send": [
            {
                "hub": promise.hub.title,
                "payload": json.loads(promise.payload.body),
                "withheld": [
                    {"pointer": w.pointer, "reason": w.reason, "rule": w.rule} for w in promise.payload.withheld
                ],
            }
            for promise in promises(matter, courses, rules, screening, now)
        ],
    }


def ledger_out(ledger: Iterable[LedgerLine]) -> dict[str, object]:
    """The field ledger as people read it: the sums, and every leaf that nobody mapped."""
    lines = list(ledger)
    counts = Counter[str](line.state for line in lines)
    return (
        {"leaves": len(lines)} | counts | {"unmapped_at": [line.source for line in lines if line.state == "unmapped"]}
    )
