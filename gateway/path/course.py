"""The middle of the path as one call: choose, derive, decide, trim. Intake, preview and permit all take it.

Pure, so that a preview, a rehearsal and the check before a permit are the same code as the decision itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from contracts.adapter import Fault
from contracts.council import Council, HubSettings, Registration
from contracts.decision import Candidate, Decision, Outcome, Payload, RuleHit
from contracts.recorded import PersonFact
from contracts.referral import Referral
from contracts.returned import AgreementTold
from gateway.config.groups import Grouping
from gateway.config.policy import Policy
from gateway.config.screens import Screens
from gateway.path.answered import refusal
from gateway.path.calendar import day_of
from gateway.path.deciding import Verdict, evaluate
from gateway.path.dues import dues
from gateway.path.events import Seen, seen
from gateway.path.facts import derive
from gateway.path.groups import groups_for
from gateway.path.labels import labels
from gateway.path.payload import Told
from gateway.path.routing import choose
from gateway.path.screening import Screening, screen
from gateway.path.trimming import trim
from gateway.path.whom import whom_to_ask
from gateway.path.withholding import Terms


@dataclass(frozen=True, slots=True)
class Rules:
    """What one council decides with."""

    council: Council
    policy: Policy
    groups: Grouping
    screens: Screens


@dataclass(frozen=True, slots=True)
class Matter:
    """One filed referral, as the path sees it.

    reference  the referral's id: what hub and sender call it
    content    digest of this version, 64 hex digits (`PersonFact.content`)
    epoch      of the family's agreement: rises with every withdrawal (P11)
    spelt      the referral as `spell` writes it, where that was done already; b"" where it was not
    sent       digest of what the sender sent, where something was added to it here; "" where `content` is that
    since      what the family said later and was recorded here, oldest first: it is in `referral` already
    seen       event → when it happened, in ms UTC, of those that timers of it have started with already
    received   when it came, in ms UTC; None is now
    mapping    what the source record was mapped with (`FormMapping.named`); "" for a canonical referral
    """

    referral: Referral
    faults: tuple[Fault, ...]
    registration: Registration | None
    reference: str
    content: str
    persons: tuple[PersonFact, ...] = ()
    epoch: int = 0
    spelt: bytes = b""
    sent: str = ""
    since: tuple[AgreementTold, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict)
    mapping: str = ""
    received: int | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What is decided for one candidate."""

    decision: Decision
    hub: HubSettings | None


@dataclass(frozen=True, slots=True)
class Promise:
    """One message to one hub, and the decisions that allow it (settled 1)."""

    hub: HubSettings
    decisions: tuple[Decision, ...]
    payload: Payload


def consider(matter: Matter, rules: Rules, now: int) -> tuple[tuple[Course, ...], Screening]:
    """A decision for each candidate. `now` in ms UTC."""
    screening = screen(matter.referral, rules.screens)
    candidates = choose(matter.referral, rules.council, now, matter.persons, matter.content)
    return tuple(_decide(matter, candidate, rules, screening, now) for candidate in candidates), screening


def promises(
    matter: Matter, courses: Iterable[Course], rules: Rules, screening: Screening, now: int
) -> tuple[Promise, ...]:
    """What goes where: one message for each hub and outcome, in the order the decisions were made. `now` in ms UTC."""
    together: dict[tuple[str, Outcome], list[Course]] = {}
    known = tuple(courses)
    happened = events(matter, known, now)
    for course in known:
        if course.hub is not None and course.decision.outcome.sends:
            together.setdefault((course.hub.name, course.decision.outcome), []).append(course)
    return tuple(_promise(matter, group, rules, screening, now, happened) for group in together.values())


def events(matter: Matter, courses: Iterable[Course], now: int) -> tuple[Seen, ...]:
    """What the gateway sees happen with these decisions. `now` in ms UTC."""
    return seen(matter.referral, ((course.decision, course.hub) for course in courses), now, matter.seen)


def inputs_digest(rules: Rules, hub: str, sender: str, epoch: int) -> str:
    """Of everything a decision leans on but the referral itself: same digest, same answer (settled 12)."""
    read = (rules.policy.digest, rules.council.digest, rules.groups.digest, rules.screens.digest)
    return sha256("\n".join((*read, hub, sender, str(epoch))).encode()).hexdigest()


def _decide(matter: Matter, candidate: Candidate, rules: Rules, screening: Screening, now: int) -> Course:
    facts, until = derive(
        matter.referral,
        candidate,
        rules.council,
        matter.registration,
        matter.faults,
        screening,
        matter.persons,
        now,
        matter.content,
        matter.received,
    )
    verdict = evaluate(rules.policy, facts)
    if matter.persons and verdict.outcome is not Outcome.DIVERT:
        verdict = _refused(verdict, refusal(matter.persons, candidate, facts.values, matter.content, now))
    name = rules.council.front_door if verdict.outcome is Outcome.DIVERT else candidate.hub
    hub = rules.council.hubs.get(name)
    sender = matter.registration.sender if matter.registration else ""
    groups: tuple[str, ...] = ()
    if hub is not None and verdict.outcome.sends:
        duties = rules.council.settings.duties
        groups = groups_for(rules.groups, verdict.outcome, hub, facts, matter.referral, duties)
    decision = Decision(
        candidate=candidate,
        outcome=verdict.outcome,
        hub=name,
        facts=facts,
        hits=verdict.hits,
        deciding=verdict.deciding,
        obligations=verdict.obligations,
        groups=groups,
        inputs=inputs_digest(rules, name, sender, matter.epoch),
        valid_until=until,
    )
    return Course(decision, hub)


def _refused(verdict: Verdict, hit: RuleHit | None) -> Verdict:
    """A person's decision not to share in place of what the tables said; whatever safety asks for still stands."""
    if hit is None:
        return verdict
    safety = {rule.rule for rule in verdict.hits if rule.table == _SAFETY}
    stay = tuple(o for o in verdict.obligations if o.kind == "flag" or o.rule in safety)
    return Verdict(hit.outcome, (*verdict.hits, hit), (hit.rule,), stay)


def _promise(
    matter: Matter,
    group: Sequence[Course],
    rules: Rules,
    screening: Screening,
    now: int,
    happened: Sequence[Seen],
) -> Promise:
    hub, decisions = group[0].hub, tuple(course.decision for course in group)
    assert hub is not None
    shared = _strictest(decisions)
    flags = [o.code for decision in decisions for o in decision.obligations if o.kind == "flag"]
    registered = matter.registration.title if matter.registration else ""
    told = Told(
        reference=matter.reference,
        on=day_of(now),
        ask=whom_to_ask(matter.referral, registered, rules.screens.streets),
        flags=tuple(rules.policy.flags[code] for code in dict.fromkeys(flags)),
        labels=labels(matter.referral, rules.council),
        urgent=shared.outcome is Outcome.DIVERT or _URGENT in flags,
        due=tuple(dues(rules.council, hub, shared.outcome, happened)),
    )
    subjects = tuple(decision.candidate.subject for decision in decisions if decision.candidate.subject)
    terms = Terms(rules.groups, rules.screens, screening)
    return Promise(hub, decisions, trim(matter.referral, shared, hub, terms, told, subjects, matter.spelt))


def _strictest(decisions: Sequence[Decision]) -> Decision:
    """The message bundles decisions of one outcome; what any of them keeps back, all of them keep back."""
    if len(decisions) == 1:
        return decisions[0]
    groups = frozenset.intersection(*(frozenset(decision.groups) for decision in decisions))
    strictest = min(decisions, key=_freedom)
    return replace(strictest, groups=tuple(group for group in strictest.groups if group in groups))


def _freedom(decision: Decision) -> tuple[bool, bool]:
    """How much of the free text a decision lets go: least first. Read for one child is not read for another."""
    values = decision.facts.values
    return values.get("narrative") != "needs_reading", values.get("agreement") == "in_scope"


_SAFETY: Final = "T1"
"""The table whose answer stands beside every other (settled 31)."""

_URGENT: Final = "harm_possible"
"""The flag of a message that waits for nothing and is read first (settled 31)."""
