"""What a council's configuration says that its own papers need: whose data, which groups, to whom, on what basis.

Nothing is added to it: what only the council can know stays a gap in the paper (governance 2.7).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from contracts.complaints import COMMISSIONER
from contracts.council import Council, HubSettings, Registration
from contracts.decision import Outcome
from contracts.retention import Formula
from gateway.config.catalogue import Catalogue
from gateway.config.groups import Grouping
from gateway.config.policy import Policy
from gateway.config.retention import Schedule
from gateway.record.receipt import ARTICLES
from gateway.settings import Settings

SENDS: Final[Mapping[str, str]] = {
    Outcome.SHARE: "When it is shared",
    Outcome.SHARE_MINIMISED: "When only what is needed is shared",
    Outcome.ADVICE_ONLY: "When advice is asked for without a name",
    Outcome.DIVERT: "When it is a safeguarding contact",
}
"""Outcome that sends something → when that is so."""

DOORS: Final[Mapping[str, str]] = {
    "webhook": "a signed message to its own system, over TLS",
    "fhir_message": "a FHIR R4 message to its own system, over TLS",
    "secure_mail": "e-mail to a mailbox in a domain that the council confirmed to be secure",
    "file_drop": "files in its folder, over SFTP",
    "pick_up": "its own system collects it, over TLS",
}
"""Adapter of a hub → how it is reached."""

CONDITIONS: Final[Mapping[str, str]] = {
    "para_2": "Data Protection Act 2018 Schedule 1 paragraph 2, health or social care",
    "para_6": "Data Protection Act 2018 Schedule 1 paragraph 6, statutory purposes",
    "para_18": "Data Protection Act 2018 Schedule 1 paragraph 18, safeguarding",
}
"""Code of a condition → its name."""

RECORDS: Final[Mapping[str, str]] = {
    "request": "What a sender wrote",
    "held_request": "What a sender wrote, where a person decided",
    "decision": "The record of a decision",
    "access": "Who has looked",
    "rights": "What somebody asked of their rights",
    "report": "Reports that were made",
    "sample": "Assurance samples, and what reviewers answered",
    "export": "Files taken out of reports: these go by themselves",
}
"""Kind of record of `retention.yaml` → what it is."""

_FROM: Final = {
    "DELIVERED": "the last of its messages ended",
    "CASE_CLOSED": "a hub said that nothing more is done",
    "EVENT": "it was recorded last",
    "DOB": "the youngest child was born",
}
_ANSWERS_FOR: Final = {"sender": "the sender", "council": "the council", "joint": "the sender and the council together"}


@dataclass(frozen=True, slots=True)
class About:
    """What one council's papers are made of. policy: the words in force; published: whether the council has done so;
    settings: of the deployment that it runs in.
    """

    council: Council
    policy: Policy
    published: bool
    groups: Grouping
    schedule: Schedule
    purposes: Mapping[str, str]
    settings: Settings


def about(catalogue: Catalogue, name: str, policy: Policy, published: bool, settings: Settings) -> About:
    """The papers' matter of one council of the catalogue."""
    purposes, schedule = catalogue.codes["purpose"].labels, catalogue.schedules[name]
    return About(catalogue.councils[name], policy, published, catalogue.groups, schedule, purposes, settings)


def facts(matter: About, today: date) -> dict[str, Any]:
    """Everything that a paper may say, in words and lists. "" stands for what the configuration does not say."""
    council, held = matter.council, matter.council.controllers
    return {
        "council": council.title,
        "name": council.name,
        "today": today,
        "emergency": council.emergency,
        "policy": matter.policy,
        "published": matter.published,
        "controllers": {
            when: _ANSWERS_FOR.get(who, "")
            for when, who in (("received", held.received), ("held", held.held), ("sent", held.sent))
        },
        "groups": [
            {"code": code, "say": say, "always": code in matter.groups.always}
            for code, say in matter.groups.titles.items()
        ],
        "sends": SENDS,
        "hubs": [_hub(matter, hub) for hub in council.hubs.values()],
        "senders": [_sender(matter, one) for one in council.senders.values() if not one.hubs],
        "sources": sorted({source for one in council.senders.values() for source in one.sources}),
        "retention": list(_kept(matter.schedule)),
        "settings": council.settings,
        "clocks": sorted(council.clocks.values(), key=lambda one: one.name),
        "commissioner": COMMISSIONER,
        "complain": council.complaints.in_words,
        "officer": _title(council, "data_protection_officer"),
        "ig_lead": _title(council, "ig_lead"),
        "front_door": council.hubs[council.front_door].title,
        "deciders": [duty.title for role, duty in council.roles.items() if role in _DECIDE],
        "sign_in": council.sign_in,
        "deployment": {
            "store": matter.settings.store.partition(":")[0].partition("+")[0],
            "scanner": bool(matter.settings.scanner),
            "witnesses": len(matter.settings.witnesses),
        },
        "members": {kind: sorted(groups) for kind, groups in matter.groups.members.items()},
    }


_DECIDE: Final = ("hub_duty", "hub_manager", "practice_manager")


def _title(council: Council, role: str) -> str:
    known = council.roles.get(role)
    return known.title if known else ""


def _hub(matter: About, hub: HubSettings) -> dict[str, Any]:
    return {
        "name": hub.name,
        "title": hub.title,
        "door": DOORS[hub.adapter],
        "fhir": hub.adapter == "fhir_message",
        "confirmed": hub.confirmed,
        "purposes": [matter.purposes.get(one, one) for one in hub.purposes],
        "panel": hub.members,
        "may": {outcome: _may(matter.groups, hub, outcome) for outcome in _outcomes(matter.council, hub)},
    }


def _outcomes(council: Council, hub: HubSettings) -> Iterator[str]:
    """The ways in which something may come to this hub: a safeguarding contact goes to the front door alone."""
    for outcome in SENDS:
        if outcome == Outcome.DIVERT and hub.name != council.front_door:
            continue
        if outcome == Outcome.ADVICE_ONLY and not set(council.settings.advice) & set(hub.purposes):
            continue
        yield outcome


def _may(groups: Grouping, hub: HubSettings, outcome: str) -> list[str]:
    """The most that this hub may ever have: its own list, and for a panel what every member may have (G-511 aside)."""
    allowed = groups.given[outcome]
    if outcome == Outcome.DIVERT:
        return [code for code in groups.titles if code in allowed]
    if outcome in hub.groups:
        allowed = groups.most(outcome) & frozenset(hub.groups[outcome])
    if outcome in (Outcome.SHARE, Outcome.SHARE_MINIMISED):
        allowed |= groups.always
    allowed &= groups.at_the_table(hub.members)
    return [code for code in groups.titles if code in allowed]


def _sender(matter: About, one: Registration) -> dict[str, Any]:
    return {
        "title": one.title,
        "type": one.sender_type.replace("_", " "),
        "demo": one.demo,
        "sources": one.sources,
        "purposes": [matter.purposes.get(code, code) for code in one.purposes],
        "agreement": one.agreement,
        "until": one.agreement_until,
        "basis": [ARTICLES.get(code, code) for code in (one.article_6, *one.article_9) if code],
        "power": one.power,
        "condition": CONDITIONS.get(one.schedule_1, ""),
        "criminal": CONDITIONS.get(one.article_10, one.article_10),
        "necessity": one.necessity,
        "notice": one.notice_to_every_family,
    }


def _kept(schedule: Schedule) -> Iterator[dict[str, Any]]:
    for record, say in RECORDS.items():
        formula = schedule.after.get(record)
        code = schedule.codes.get("request" if record == "held_request" else record, "")
        holds = schedule.holds.get(record, ())
        yield {
            "record": record,
            "say": say,
            "after": in_words(formula) if formula else "",
            "code": code,
            "holds": holds,
        }


def in_words(formula: Formula) -> str:
    """How long, and from when: `30 days after the last of its messages ended`."""
    return f"{formula.time} after {_FROM[formula.trigger]}"
