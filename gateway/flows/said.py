"""What the record keeps of a decision: parts that can be opened, or erased, one by one (governance 4.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.council import Registration
from contracts.decision import Decision
from gateway.config.policy import Policy
from gateway.flows.cited import listed
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
    decision = course.decision
    sections: dict[str, object] = {
        "actors": {"client": referral["sender"], "engine": ENGINE, "recipient": decision.hub, "by": by},
        "subject": _subject(gateway, matter, decision, referral),
        "request": {
            "purpose": decision.candidate.purpose,
            "service": decision.candidate.service,
            "route": decision.candidate.because,
        },
        "facts": {"values": decision.facts.values, "sources": decision.facts.sources},
        "policy": _policy(gateway.policy(referral["council"]), decision),
        "outcome": {
            "code": str(decision.outcome),
            "reason_text": decision.say,
            "obligations": [[o.kind, o.code, o.rule] for o in decision.obligations],
            "sent_groups": list(decision.groups),
            "withheld": list(withheld),
        },
    }
    if matter.referral.attachments:
        sections["documents"] = {"listed": listed(matter.referral, matter.faults)}
    if matter.registration is not None:
        sections["basis"] = _basis(matter.registration)
    return sections


def _subject(gateway: Gateway, matter: Matter, decision: Decision, referral: Mapping[str, Any]) -> dict[str, object]:
    """Who and what was judged: a keyed name for the child, and the digest of this version."""
    keys, child = gateway.keys[referral["council"]], f"{referral['id']}/{decision.candidate.subject}"
    return {
        "child_ref": lookup_token(keys, "subject", child)[:32],
        "referral": referral["id"],
        "version": referral["version"],
        "content": matter.content,
    } | ({"supersedes": referral["supersedes"]} if referral.get("supersedes") else {})


def _policy(policy: Policy, decision: Decision) -> dict[str, object]:
    """Which words of which rules applied."""
    return {
        "id": policy.id,
        "version": policy.version,
        "sha256": policy.digest,
        "rules_hit": [hit.rule for hit in decision.hits],
        "rule_deciding": list(decision.deciding),
    }


def _basis(registration: Registration) -> dict[str, object]:
    """On what the sender says it may share."""
    return {
        "art6": registration.article_6,
        "power": registration.power,
        "art9": list(registration.article_9),
        "sch1_para": registration.schedule_1,
        "necessity": registration.necessity,
        "dsa_id": registration.agreement,
    }
