"""The disclosure log, and what a sharing agreement or a record of processing activities needs of it.

The log holds one row in memory at a time. Of the two summaries, what grows is the number of kinds of sharing: sender,
recipient, purpose and outcome; never the number of decisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from contracts.council import Council, Registration
from contracts.decision import Outcome
from gateway.flows.oversight import asked
from gateway.flows.oversight.sharinglog import became, is_sealed
from gateway.flows.reports.definition import Asking
from gateway.flows.reports.lines import Row, Sheet
from gateway.path.calendar import day_of
from gateway.path.telling import in_london
from gateway.record.receipt import ARTICLES
from gateway.store.reported import decisions, plain_decisions

SEALED: Final = "Sealed file"
LOG: Final = (
    Sheet(
        "Decisions, the oldest first",
        (
            "When",
            "Reference",
            "Child",
            "From",
            "To",
            "Decision",
            "Purpose",
            "Kinds of information",
            "Parts kept back",
            "Basis",
            "Agreement",
            "A person recorded why",
            "What became of it",
        ),
    ),
)
AGREEMENTS: Final = (
    Sheet(
        "Each sharing agreement, by sender and recipient",
        (
            "Agreement",
            "Sender",
            "Recipient",
            "Ends",
            "Decisions",
            "Sent",
            "Allowed and never sent",
            "Sent and not allowed today",
            "Held while it had lapsed",
            "One-offs that somebody recorded",
        ),
    ),
)
ACTIVITIES: Final = (
    Sheet(
        "Processing activities",
        (
            "Activity",
            "Who answers for it",
            "Whose data",
            "Purpose",
            "Kinds of information",
            "From",
            "To",
            "Basis",
            "Special category condition",
            "Sharing agreement",
            "Kept for",
            "Decisions",
        ),
    ),
)
_TOLD: Final = frozenset({"subject", "request", "outcome", "withheld"})
"""Parts of a decision's entry that are told here."""
_CONTROLLERS: Final = {"sender": "the sender", "council": "the council", "joint": "both together"}
_SCHEDULE: Final = {
    "para_2": "Schedule 1 paragraph 2",
    "para_6": "Schedule 1 paragraph 6",
    "para_18": "Schedule 1 paragraph 18",
}


def disclosures(asking: Asking) -> Iterator[Row]:
    """Every decision that was asked for, the oldest first. Of a sealed file only that there is one."""
    question, council = asking.question, asking.council
    for row, parts in decisions(asking.connection, council.name, question.which, question.reference, _TOLD):
        if is_sealed(row):
            yield Row((in_london(row["at"]), SEALED, *[""] * 3, asked.OUTCOMES[row["outcome"]], *[""] * 7))
            continue
        facts = orjson.loads(row["facts"])
        registration = council.senders.get(row["sender"])
        yield Row(
            (
                in_london(row["at"]),
                row["referral"][:8],
                str(parts.get("subject", {}).get("child_ref", ""))[:8],
                _title(registration, row["sender"]),
                _hub(council, row["hub"]),
                asked.OUTCOMES[row["outcome"]],
                str(parts.get("request", {}).get("purpose", row["purpose"])).replace("_", " "),
                ", ".join(group.replace("_", " ") for group in sent_groups(row, parts)) or "None",
                len(parts["withheld"]["listed"]) if "withheld" in parts else "Disposed of",
                _basis(registration),
                asked.AGREEMENT.get(facts.get("agreement", ""), "Not known"),
                "Yes" if facts.get("human") == "recorded" else "No",
                became(row),
            ),
            decision=row["id"],
            referral=row["referral"],
        )


@dataclass(slots=True)
class Seen:
    """What one kind of sharing came to."""

    many: int = 0
    lapsed: int = 0
    one_off: int = 0
    groups: Counter[str] = field(default_factory=Counter)
    allowed: set[str] = field(default_factory=set)


def agreements(asking: Asking) -> Iterator[Row]:
    """Each agreement with each recipient: its volume, and what went beside what may."""
    seen: dict[tuple[str, str, str], Seen] = {}
    council, question = asking.council, asking.question
    for row, parts in decisions(asking.connection, council.name, question.which, only=_TOLD):
        registration = council.senders.get(row["sender"])
        at = (registration.agreement if registration else "", row["sender"], row["hub"])
        kind = seen.setdefault(at, Seen())
        dsa = orjson.loads(row["facts"]).get("dsa")
        kind.many += 1
        kind.lapsed += row["outcome"] == Outcome.HOLD and dsa == "lapsed"
        kind.one_off += dsa == "one_off_recorded"
        kind.groups.update(sent_groups(row, parts))
        kind.allowed |= _allowed(asking, row)
    titles = asking.gateway.catalogue.groups.titles
    for (agreement, sender, hub), kind in sorted(seen.items()):
        registration = council.senders.get(sender)
        ends = registration.agreement_until if registration else None
        yield Row(
            (
                agreement or "None is registered",
                _title(registration, sender),
                _hub(council, hub),
                f"{ends:%-d %B %Y}" if ends else "No end is registered",
                kind.many,
                _listed(kind.groups, titles),
                _listed(kind.allowed - set(kind.groups), titles),
                _listed(set(kind.groups) - kind.allowed, titles),
                kind.lapsed,
                kind.one_off,
            )
        )


def activities(asking: Asking) -> Iterator[Row]:
    """One row for each sender, recipient and purpose that something was decided about in these days (Article 30)."""
    many: Counter[tuple[str, str, str]] = Counter()
    council = asking.council
    for row in plain_decisions(asking.connection, council.name, asking.question.which):
        if Outcome(row["outcome"]).sends:
            many[row["sender"], row["hub"], row["purpose"]] += 1
    kept = asking.gateway.catalogue.schedules[council.name].after
    about = sorted(name for name in kept if name not in ("report", "sample", "export"))
    held = "; ".join(f"{name.replace('_', ' ')}: {kept[name]}" for name in about)
    for (sender, hub, purpose), count in sorted(many.items()):
        registration = council.senders.get(sender)
        yield Row(
            (
                "Sending a request for early help to who may help",
                _answers(council),
                "Children, their families, who is named with them, and who asks",
                purpose.replace("_", " "),
                _may_go(asking, hub),
                _title(registration, sender),
                _hub(council, hub),
                _basis(registration) + (f", {registration.power}" if registration and registration.power else ""),
                _special(registration),
                registration.agreement if registration and registration.agreement else "None is registered",
                held or "No time is set",
                count,
            )
        )


def sent_groups(row: Mapping[str, Any], parts: Mapping[str, Any]) -> tuple[str, ...]:
    """Field groups that this decision let go."""
    if not Outcome(row["outcome"]).sends:
        return ()
    return tuple(parts.get("outcome", {}).get("sent_groups", ()))


def _allowed(asking: Asking, row: Mapping[str, Any]) -> set[str]:
    if not Outcome(row["outcome"]).sends:
        return set()
    return set(_may(asking, row["hub"], row["outcome"]))


def _may(asking: Asking, hub: str, outcome: str) -> frozenset[str]:
    """What this recipient may have today at most, for this outcome."""
    most = asking.gateway.catalogue.groups.most(outcome)
    settings = asking.council.hubs.get(hub)
    named = settings.groups.get(outcome) if settings else None
    return most & frozenset(named) if named else most


def _may_go(asking: Asking, hub: str) -> str:
    every = frozenset().union(*(_may(asking, hub, outcome) for outcome in Outcome if outcome.sends))
    return _listed(every, asking.gateway.catalogue.groups.titles)


def _listed(groups: Any, titles: Mapping[str, str]) -> str:
    return "; ".join(titles.get(group, group).removesuffix(".") for group in sorted(groups)) or "Nothing"


def _title(registration: Registration | None, sender: str) -> str:
    return registration.title if registration else sender


def _hub(council: Council, hub: str) -> str:
    return council.hubs[hub].title if hub in council.hubs else hub or "Nobody"


def _basis(registration: Registration | None) -> str:
    code = registration.article_6 if registration else ""
    return ARTICLES.get(code, "None is registered")


def _special(registration: Registration | None) -> str:
    if registration is None or not registration.article_9:
        return "None is registered"
    said = [ARTICLES.get(code, code) for code in registration.article_9]
    return ", ".join((*said, _SCHEDULE.get(registration.schedule_1, "")) if registration.schedule_1 else said)


def _answers(council: Council) -> str:
    said = council.controllers
    return "; ".join(
        f"{name}: {_CONTROLLERS.get(getattr(said, name), 'the council has not said')}"
        for name in ("received", "held", "sent")
    )


def day(ms: int) -> str:
    """A day in London, as a report has it."""
    return f"{day_of(ms):%-d %B %Y}"
