"""What the record keeps of a decision: parts that can be opened, or erased, one by one (governance 4.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.flows.gateway import Gateway
from gateway.path.course import Course, Matter
from gateway.store.keys import lookup_token

ENGINE: Final = "early-help-gateway 0.1.0"
"""Which software decided."""


def sections_of(
    gateway: Gateway,
    matter: Matter,
    course: Course,
    withheld: Sequence[Mapping[str, str]],
    referral: Mapping[str, Any],
    by: str,
) -> dict[str, object]:
    """The parts of a decision's entry (governance 4.1): each salted and erasable on its own."""
    decision, registration = course.decision, matter.registration
    policy = gateway.policy(referral["council"])
    child = lookup_token(gateway.keys[referral["council"]], "subject", f"{referral['id']}/{decision.candidate.subject}")
    sections: dict[str, object] = {
        "actors": {"client": referral["sender"], "engine": ENGINE, "recipient": decision.hub, "by": by},
        "subject": {
            "child_ref": child[:32],
            "referral": referral["id"],
            "version": referral["version"],
            "content": matter.content,
        },
        "request": {
            "purpose": decision.candidate.purpose,
            "service": decision.candidate.service,
            "route": decision.candidate.because,
        },
        "facts": {
            "values": dict(decision.facts.values),
            "sources": {k: list(v) for k, v in decision.facts.sources.items()},
        },
        "policy": {
            "id": policy.id,
            "version": policy.version,
            "sha256": policy.digest,
            "rules_hit": [hit.rule for hit in decision.hits],
            "rule_deciding": list(decision.deciding),
        },
        "outcome": {
            "code": str(decision.outcome),
            "reason_text": decision.say,
            "obligations": [[o.kind, o.code, o.rule] for o in decision.obligations],
            "sent_groups": list(decision.groups),
            "withheld": list(withheld),
        },
    }
    if registration is not None:
        sections["basis"] = {
            "art6": registration.article_6,
            "power": registration.power,
            "art9": list(registration.article_9),
            "sch1_para": registration.schedule_1,
            "necessity": registration.necessity,
            "dsa_id": registration.agreement,
        }
    return sections
