"""What the record keeps of a decision: parts that can be shown, withheld or erased one by one (governance 4.1).

What a recipient may know stands apart from what only the sender and an IG lead may: `outcome` from `reasons` and
`withheld`, `policy` from `rules` (settled 40).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from contracts.council import Registration
from contracts.decision import Decision
from contracts.referral import Referral
from gateway.config.policy import Policy
from gateway.flows.cited import listed
from gateway.flows.gateway import Gateway
from gateway.path.calendar import age_on, day_of
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
    decision, told = course.decision, matter.referral
    sections: dict[str, object] = {
        "actors": _actors(matter.registration, decision, referral, by),
        "subject": _subject(gateway, matter, decision, referral),
        "request": _request(told, decision, matter.mapping),
        "facts": {"values": decision.facts.values, "sources": decision.facts.sources},
        "policy": _policy(gateway.policy(referral["council"])),
        "rules": {"hit": [[hit.rule, hit.table] for hit in decision.hits], "deciding": list(decision.deciding)},
        "outcome": {"code": str(decision.outcome), "sent_groups": list(decision.groups)},
        "reasons": {
            "text": decision.say,
            "obligations": [[one.kind, one.code, one.rule] for one in decision.obligations],
        },
        "withheld": {"listed": list(withheld)},
    }
    if told.agreements or told.informed or told.notices:
        sections["agreement"] = _agreement(told)
    if told.attachments:
        sections["documents"] = {"listed": listed(told, matter.faults)}
    if matter.registration is not None:
        sections["basis"] = _basis(matter.registration, decision)
    return sections


def _actors(
    registration: Registration | None, decision: Decision, referral: Mapping[str, Any], by: str
) -> dict[str, object]:
    """Who sent, to whom, and who or what decided."""
    return {
        "client": referral["sender"],
        "sender_type": registration.sender_type if registration else "",
        "recipient": decision.hub,
        "engine": ENGINE,
        "by": by,
    }


def _subject(gateway: Gateway, matter: Matter, decision: Decision, referral: Mapping[str, Any]) -> dict[str, object]:
    """Who and what was judged: a keyed name for the child, their age, and the digest of this version."""
    keys, child = gateway.keys[referral["council"]], f"{referral['id']}/{decision.candidate.subject}"
    said: dict[str, object] = {
        "child_ref": lookup_token(keys, "subject", child)[:32],
        "referral": referral["id"],
        "version": referral["version"],
        "content": matter.content,
    }
    person = next((one for one in matter.referral.people if one.id == decision.candidate.subject), None)
    born, today = (person.date_of_birth if person else None), day_of(referral["at"])
    if born is not None and born <= today:
        said["age_years"] = age_on(born, today)
    if referral.get("supersedes"):
        said["supersedes"] = referral["supersedes"]
    return said


def _request(told: Referral, decision: Decision, mapping: str) -> dict[str, object]:
    """What was asked for, in codes, and from what it was read."""
    return {
        "purpose": decision.candidate.purpose,
        "path": decision.facts.values.get("path", ""),
        "service": decision.candidate.service,
        "route": decision.candidate.because,
        "level": str(told.level.canonical or "") if told.level else "",
        "needs": sorted({need.code for need in told.needs if need.code}),
        "source": {"system": told.source.system, "form": told.source.form or "", "mapping": mapping},
    }


def _policy(policy: Policy) -> dict[str, object]:
    """Which words applied."""
    starts = policy.effective_from.isoformat()
    return {"id": policy.id, "version": policy.version, "sha256": policy.digest, "effective_from": starts}


def _agreement(told: Referral) -> dict[str, object]:
    """What the family agreed to and was told, in codes and days: nobody's name."""
    return {
        "agreements": [_codes(one, _AGREEMENT) | _codes(one.scope, _SCOPE) for one in told.agreements],
        "informed": [_codes(one, _INFORMED) for one in told.informed],
        "notices": [_codes(one, _NOTICE) for one in told.notices],
    }


def _codes(part: Any, names: Sequence[str]) -> dict[str, object]:
    """These fields of a part, those without a value left out."""
    found = {name: getattr(part, name) for name in names}
    return {name: _plain(value) for name, value in found.items() if value not in (None, ())}


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return value if isinstance(value, bool) else str(value)


_AGREEMENT: Final = (
    "capacity", "holds_parental_responsibility", "meaning", "status", "form", "on_date", "until", "withdrawn_on",
    "form_version", "not_sought",
)  # fmt: skip
_SCOPE: Final = ("categories", "purposes", "support", "sharing")
_INFORMED: Final = ("who", "told", "on_date", "reason_code")
_NOTICE: Final = ("given", "version", "on_date")


def _basis(registration: Registration, decision: Decision) -> dict[str, object]:
    """On what the sender says it may share, and how the sharing agreement stood."""
    return {
        "art6": registration.article_6,
        "power": registration.power,
        "art9": list(registration.article_9),
        "sch1_para": registration.schedule_1,
        "para18_reason": registration.paragraph_18_reason,
        "art10": registration.article_10,
        "necessity": registration.necessity,
        "dsa_id": registration.agreement,
        "dsa_state": decision.facts.values.get("dsa", ""),
    }
