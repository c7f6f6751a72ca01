"""A person answers a hold or a task: a fact is recorded and the engine decides again, in one transaction (settled 9).

Only refusing and closing are direct, and they too are kept as facts, so that deciding again cannot undo them. What
asks for a second person waits as a proposal: until somebody else confirms it, nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from contracts.decision import Decision
from contracts.errors import AnsweredAlready, NoSuchAnswer, NotYourRole
from contracts.recorded import NOT_SHARED, REOPENED, PersonFact
from gateway.config.answers import ROUTE
from gateway.flows.acting import Acting
from gateway.flows.decisions import recorded, words
from gateway.flows.decisions.again import decide_again
from gateway.flows.decisions.deed import Deed
from gateway.flows.decisions.lineage import is_superseded
from gateway.flows.decisions.recorded import Proposal
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.ending import end_without_sharing, stop
from gateway.flows.holds.held import Held, held, of_clock
from gateway.flows.holds.offers import Offer, offers
from gateway.flows.holds.opening import has_read
from gateway.path.answered import REFUSALS
from gateway.path.course import Course
from gateway.store import waits
from gateway.store.transaction import Tx
from gateway.store.writer import Write

DIRECT: Final = {"refuse": "refused", "close": "closed"}
"""Answer → value of the fact `not_shared`: what a person may do to any hold that is theirs."""

_REASON: Final = 10


@dataclass(frozen=True, slots=True)
class Order:
    """What one person decides.

    hold    the hold or task, by the beginning of its id; answer: a code of `answers.yaml`, or one of DIRECT
    reason  in their own words; ground, basis, hub: what an answer may ask for besides
    review  the day on which a decision not to share is looked at again
    """

    hold: str
    answer: str
    reason: str
    ground: str = ""
    basis: str = ""
    hub: str = ""
    review: date | None = None


async def decide(gateway: Gateway, who: Acting, order: Order) -> dict[str, object]:
    """Record it, and tell what came of it. Raises NotYourRole, NoSuchAnswer, AnsweredAlready, NotFound."""

    def work(tx: Tx) -> dict[str, object]:
        case = _mine(gateway, tx, who, order.hold, "decide")
        _complete(order)
        if order.answer == "reopen":
            return _reopened(gateway, tx, case, who, order)
        if order.answer in DIRECT:
            return _not_shared(gateway, tx, case, who, order)
        offer = _offered(gateway, tx, case, who, order)
        fact = _by(offer.fact, who, order, tx.now)
        if offer.answer.second:
            return _propose(tx, case, who, offer, fact)
        return _apply(gateway, tx, case, offer.answer.code, fact, who)

    told = await gateway.writer.submit(Write(work))
    gateway.wake()
    return told


async def confirm(gateway: Gateway, who: Acting, hold: str) -> dict[str, object]:
    """A second person confirms what the first proposed. Raises as `decide` does."""

    def work(tx: Tx) -> dict[str, object]:
        case = _mine(gateway, tx, who, hold, "confirm")
        proposal = case.people.proposed(case.clock["id"])
        if proposal is None:
            raise NoSuchAnswer("Nobody has proposed an answer to this yet.")
        if proposal.fact.by == who.name:
            raise NotYourRole(f"{who.name} proposed it. Somebody else must confirm it.")
        _approved(case, proposal, who)
        standing = [one for one in offers(gateway, case, tx.now) if one.answer.code == proposal.answer]
        same = [one for one in standing if _same(one.fact, proposal.fact)]
        if not same:
            raise AnsweredAlready("What was proposed no longer answers what this is about. Look at it again.")
        fact = replace(proposal.fact, second=who.name, at=tx.now)
        return _apply(gateway, tx, case, proposal.answer, fact, who)

    told = await gateway.writer.submit(Write(work))
    gateway.wake()
    return told


def _mine(gateway: Gateway, tx: Tx, who: Acting, name: str, operation: str) -> Held:
    """The case, if it still waits and is this person's to answer."""
    case = held(gateway, tx, who, name, tx.now)
    who.must_be_let(
        f"{'holds' if case.is_hold else 'tasks'}.{operation if case.is_hold else _TASKS[operation]}", case.about
    )
    if case.clock["state"] != "running":
        raise AnsweredAlready("This has ended already. Nothing was changed.")
    return case


_TASKS: Final = {"decide": "done", "confirm": "confirm"}


def _complete(order: Order) -> None:
    if len(order.reason.strip()) < _REASON:
        raise NoSuchAnswer("Write the reason in a sentence: somebody will read it later.")


def _offered(gateway: Gateway, tx: Tx, case: Held, who: Acting, order: Order) -> Offer:
    """The offer that is meant. Raises NoSuchAnswer, saying which there are, or what is missing."""
    offered = offers(gateway, case, tx.now)
    meant = [one for one in offered if one.answer.code == order.answer]
    if not meant:
        codes = (*dict.fromkeys(one.answer.code for one in offered), *(DIRECT if case.is_hold else ()))
        raise NoSuchAnswer(f"{order.answer} is no answer to this. These are: {', '.join(codes)}.")
    asks = meant[0].answer.asks
    for name in asks:
        if not getattr(order, name).strip():
            raise NoSuchAnswer(f"Say with --{name} what {_ASKED[name]}.")
    if "hub" in asks:
        meant = [one for one in meant if one.hub == order.hub]
        if not meant:
            hubs = ", ".join(one.hub for one in offered if one.answer.code == order.answer)
            raise NoSuchAnswer(f"{order.hub} cannot have this. These can: {hubs}.")
    if order.answer != "front_door" and is_superseded(tx, who.council.name, case.referral["id"]):
        raise AnsweredAlready("A newer version of this referral came. Decide on that one, and close this.")
    if meant[0].answer.read and not has_read(tx, who, case.referral["id"]):
        raise NoSuchAnswer("Read it first: open what the sender wrote, under your own name, and say why.")
    return meant[0]


_ASKED: Final[Mapping[str, str]] = {
    "ground": "the decision rests on",
    "basis": "power or duty lets you share",
    "hub": "hub should have it",
}


def _by(fact: PersonFact, who: Acting, order: Order, now: int) -> PersonFact:
    return replace(
        fact, by=who.name, role=who.role, reason=order.reason.strip(), ground=order.ground, basis=order.basis, at=now
    )


def _propose(tx: Tx, case: Held, who: Acting, offer: Offer, fact: PersonFact) -> dict[str, object]:
    """Keep it until a second person confirms it. Nothing else changes."""
    council, referral = who.council.name, case.referral
    proposal = Proposal(case.clock["id"], offer.answer.code, fact)
    kept = case.people.without(proposal.clock)
    people = replace(kept, proposals=(*kept.proposals, proposal))
    recorded.keep(tx, council, referral["id"], referral["facts_by_people"], people)
    said = who.said | {"hold": proposal.clock, "choice": proposal.answer, "reason": fact.reason}
    write_entry(tx, council, referral["id"], "decision.proposed", said, section="human")
    return {"state": "proposed", "hold": case.clock["id"], "say": words.PROPOSED}


def _approved(case: Held, proposal: Proposal, who: Acting) -> None:
    """Where the council names who decides with the practitioner that parents are not told, it is one of the two."""
    approver = case.rules.council.settings.approver
    if (proposal.fact.fact, proposal.fact.value) != ("parents", "not_told_risk") or not approver:
        return
    if approver not in (proposal.fact.role, who.role):
        title = case.rules.council.roles[approver].title
        raise NotYourRole(f"One of the two must be the {title} ({approver}).")


def _same(offered: PersonFact, proposed: PersonFact) -> bool:
    """Whether a proposal still answers what it was made for (settled 36)."""
    named = ("fact", "was", "value", "subject", "hub", "content")
    return all(getattr(offered, name) == getattr(proposed, name) for name in named)


def _not_shared(gateway: Gateway, tx: Tx, case: Held, who: Acting, order: Order) -> dict[str, object]:
    """Refuse or close it: a decision like any other, with a reason and the day on which it is looked at again."""
    if not case.is_hold or case.course is None:
        raise NoSuchAnswer("Only a hold can be refused or closed. A task is done.")
    if order.review is None:
        raise NoSuchAnswer("Say with --review on which day this decision is looked at again.")
    decision = case.course.decision
    fact = PersonFact(
        NOT_SHARED,
        decision.facts.values["agreement"],
        DIRECT[order.answer],
        decision.candidate.subject,
        decision.candidate.hub,
        case.matter.content,
        "", "", "", tx.now,
    )  # fmt: skip
    told = _apply(gateway, tx, case, order.answer, _by(fact, who, order, tx.now), who)
    end_without_sharing(tx, case, decision.hub, order.review, who)
    return told | {"say": words.ENDED[fact.value]}


def _reopened(gateway: Gateway, tx: Tx, case: Held, who: Acting, order: Order) -> dict[str, object]:
    """Take back what was decided not to share: the engine decides again, as if nobody had."""
    if not case.clock["kind"].startswith("review:"):
        raise NoSuchAnswer("Only a decision not to share is opened again, from its review.")
    newest = {(one.subject, one.hub): one for one in case.people.facts if one.fact == NOT_SHARED}
    standing = [one for one in newest.values() if one.value in REFUSALS and one.content == case.matter.content]
    if not standing:
        raise AnsweredAlready("No such decision stands any more: the referral has changed since.")
    back = [_by(replace(one, value=REOPENED, second=""), who, order, tx.now) for one in standing]
    row = dict(case.referral)
    people = replace(case.people, facts=(*case.people.facts, *back))
    row["facts_by_people"] = recorded.keep(tx, who.council.name, row["id"], row["facts_by_people"], people)
    said = who.said | {"choice": order.answer, "reason": order.reason.strip(), "review": case.clock["id"]}
    hubs = frozenset(one.hub for one in back)
    decide_again(
        gateway,
        tx,
        row,
        replace(case.matter, persons=people.facts),
        deed=Deed(who.name, back[0].subject, hubs, order.answer, said),
    )
    stop(tx, case.clock["id"], who.name, order.answer)
    return {"state": "decided", "hold": case.clock["id"], "say": words.REOPENED}


def _apply(gateway: Gateway, tx: Tx, case: Held, answer: str, fact: PersonFact, who: Acting) -> dict[str, object]:
    """Record the fact, decide again, and tell what came of it."""
    row, council, assumed = dict(case.referral), who.council.name, case.course
    assert assumed is not None, "an offer is made of a case that is there"
    people = case.people.without(case.clock["id"])
    people = replace(people, facts=(*people.facts, fact))
    row["facts_by_people"] = recorded.keep(tx, council, row["id"], row["facts_by_people"], people)
    candidate = assumed.decision.candidate
    hubs = frozenset({candidate.hub, fact.hub} | ({fact.value} if fact.fact == ROUTE else set()))
    deed = Deed(fact.by, candidate.subject, hubs, answer, _said(who, case.clock, answer, fact, assumed.decision))
    decide_again(gateway, tx, row, replace(case.matter, persons=people.facts), deed=deed)
    return _told(gateway, tx, case, assumed)


def _said(who: Acting, clock: Mapping[str, Any], answer: str, fact: PersonFact, before: Decision) -> dict[str, object]:
    """What the record keeps of it (governance 4.1)."""
    return {
        "by": fact.by,
        "role": fact.role,
        "how": who.said["how"],
        "second_person": fact.second,
        "hold": clock["id"],
        "choice": answer,
        "fact": fact.fact,
        "was": fact.was,
        "value": fact.value,
        "reason": fact.reason,
        "ground": fact.ground,
        "basis": fact.basis,
        "machine": {"outcome": str(before.outcome), "rules": list(before.deciding)},
    }


def _told(gateway: Gateway, tx: Tx, case: Held, before: Course) -> dict[str, object]:
    """What is decided now of the same child and service."""
    # Whosever it is by now: an answer may have sent it to a hub whose work is not theirs.
    (clock,) = waits.called(tx, case.rules.council.name, case.clock["id"])
    now = of_clock(gateway, tx, clock, tx.now).course or before
    hub = now.hub.title if now.hub and now.decision.outcome.sends else ""
    return {
        "state": "decided",
        "hold": case.clock["id"],
        "outcome": str(now.decision.outcome),
        "hub": hub,
        "say": words.decided(now.decision.outcome, hub, now.hub.telephone if now.hub else "", now.decision.say),
        "ask": "" if not case.is_hold or now.decision.outcome.value == "hold" else words.NEEDED,
    }
