"""What the record keeps of a decision: parts that can be shown, withheld or erased one by one (governance 4.1).

What a recipient may know stands apart from what only the sender and an IG lead may: `outcome` from `reasons` and
`withheld`, `policy` from `rules` (settled 40).
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import date
from typing import Any, Final

from contracts.council import Registration
from contracts.council_facts import COUNCIL_FACTS
from contracts.decision import Decision
from contracts.referral import Purpose
from gateway.config.policy import Policy
from gateway.flows.decisions.cited import listed
from gateway.flows.decisions.marks import CAPACITIES, DOCUMENTS, WHO, WHY_NOT, all_coded, coded, marked
from gateway.flows.gateway import Gateway
from gateway.path.calendar import age_on, day_of
from gateway.path.course import Course, Matter
from gateway.store.keys import CouncilKeys, lookup_token

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
        "request": _request(gateway, matter, decision, referral),
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
        sections["agreement"] = _agreement(gateway, matter, referral["council"])
    if told.attachments:
        sections["documents"] = _documents(gateway.keys[referral["council"]], matter)
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


def _request(gateway: Gateway, matter: Matter, decision: Decision, referral: Mapping[str, Any]) -> dict[str, object]:
    """What was asked for, in codes, and from what it was read. Software that speaks our own form names its own."""
    keys, told = gateway.keys[referral["council"]], matter.referral
    needs, form = gateway.catalogue.codes["need"].labels, told.source.form or ""
    return {
        "purpose": decision.candidate.purpose,
        "path": decision.facts.values.get("path", ""),
        "service": decision.candidate.service,
        "route": decision.candidate.because,
        "level": coded(keys, told.level.canonical or "", COUNCIL_FACTS["level"]),
        "needs": sorted({coded(keys, need.code, needs) for need in told.needs if need.code}),
        "source": {
            "system": referral["source"],
            "form": form if matter.mapping else marked(keys, form),
            "mapping": matter.mapping,
        },
    }


def _policy(policy: Policy) -> dict[str, object]:
    """Which words applied."""
    starts = policy.effective_from.isoformat()
    return {"id": policy.id, "version": policy.version, "sha256": policy.digest, "effective_from": starts}


def _agreement(gateway: Gateway, matter: Matter, council: str) -> dict[str, object]:
    """What the family agreed to and was told, in codes and days: nobody's name."""
    told, keys, registered = matter.referral, gateway.keys[council], matter.registration
    known = {
        "capacity": CAPACITIES,
        "categories": gateway.catalogue.groups.titles,
        "purposes": _purposes(gateway, council) if any(one.scope.purposes for one in told.agreements) else (),
        "who": WHO,
        "reason_code": WHY_NOT,
        "version": (registered.notice_to_every_family,) if registered else (),
        "form_version": (),
    }
    said = [_codes(keys, one, _AGREEMENT, known) | _codes(keys, one.scope, _SCOPE, known) for one in told.agreements]
    return {
        "agreements": said,
        "informed": [_codes(keys, one, _INFORMED, known) for one in told.informed],
        "notices": [_codes(keys, one, _NOTICE, known) for one in told.notices],
    }


def _purposes(gateway: Gateway, council: str) -> tuple[str, ...]:
    """What an agreement may be for: every purpose, and every service of this council's hubs."""
    return (*Purpose, *(service for hub in gateway.council(council).hubs.values() for service in hub.services))


def _codes(
    keys: CouncilKeys, part: Any, names: Sequence[str], known: Mapping[str, Container[str]]
) -> dict[str, object]:
    """These fields of a part, those without a value left out, and whatever is no code of ours by its mark."""
    found = {name: getattr(part, name) for name in names}
    return {name: _plain(keys, value, known.get(name)) for name, value in found.items() if value not in (None, ())}


def _plain(keys: CouncilKeys, value: object, known: Container[str] | None) -> object:
    """`known` is None for what only our own words can stand in: a status, a day, yes or no."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return all_coded(keys, value, known or ())
    if known is not None and isinstance(value, str):
        return coded(keys, value, known)
    return value if isinstance(value, bool) else str(value)


_AGREEMENT: Final = (
    "capacity", "holds_parental_responsibility", "meaning", "status", "form", "on_date", "until", "withdrawn_on",
    "form_version", "not_sought",
)  # fmt: skip
_SCOPE: Final = ("categories", "purposes", "support", "sharing")
_INFORMED: Final = ("who", "told", "on_date", "reason_code")
_NOTICE: Final = ("given", "version", "on_date")


def _documents(keys: CouncilKeys, matter: Matter) -> dict[str, object]:
    """Each document that is named, in digests and codes; one that is not here by the marks of its sender's words."""
    told = listed(matter.referral, matter.faults)
    for one in told:
        here = one["state"] == "here"
        one["sha256"] = str(one["sha256"]) if here else marked(keys, str(one["sha256"]))
        one["media_type"] = str(one["media_type"]) if here else marked(keys, str(one["media_type"]))
        one["kind"] = coded(keys, str(one["kind"]), DOCUMENTS)
    return {"listed": told}


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
