"""A hold or a task as a person reads it before deciding: envelope, rules in words, and what each answer would do.

No name, no narrative and no answer of the machine's that stands out: whoever decides looks first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from contracts.agreement import Agreement
from contracts.decision import Outcome
from contracts.people import Person, PersonRole
from contracts.recorded import NOT_SHARED, REOPENED, PersonFact
from contracts.referral import Referral
from gateway.flows.acting import Acting
from gateway.flows.decisions.again import CONTINUED
from gateway.flows.gateway import Gateway
from gateway.flows.holds import passing
from gateway.flows.holds.alike import alike
from gateway.flows.holds.held import Held, about, find, held
from gateway.flows.holds.offers import Offer, offers, outcome_of
from gateway.flows.holds.opening import has_read, is_sealed
from gateway.flows.holds.sealed import must_be_named
from gateway.flows.stamps import stamp
from gateway.path.envelope import age_of
from gateway.path.telling import days_between
from gateway.path.whom import whom_to_ask
from gateway.store import waits
from gateway.store.tables import REFERRAL
from gateway.store.versions import versions

ROLES: Final[Mapping[PersonRole, str]] = {
    PersonRole.CHILD: "the child",
    PersonRole.SIBLING: "a sibling",
    PersonRole.PARENT: "a parent or carer",
    PersonRole.HOUSEHOLD: "somebody in the household",
    PersonRole.NON_RESIDENT_PARENT: "a parent who lives elsewhere",
    PersonRole.ALLEGED_HARM: "somebody who may have caused harm",
    PersonRole.PROFESSIONAL: "a professional",
    PersonRole.OTHER: "somebody else",
}
"""Who somebody is, without their name."""

TITLES: Final = {"divert_acknowledged": "Say that the front door has read this"}
"""Titles of tasks whose code is none."""

SENDERS: Final = {"referrer": "whoever sent it", "sender_safeguarding_lead": "the sender's safeguarding lead"}
"""Duty roles that the sender's own people have."""


async def show(gateway: Gateway, who: Acting, name: str) -> dict[str, Any]:
    """Everything a person may know before they decide, and nobody's name. Raises NotYourRole, NotFound."""
    now, council = gateway.now(), who.council.name
    case = await gateway.store.ask(council, lambda connection: held(gateway, connection, who, name, now))
    who.must_be_let("holds.show" if case.is_hold else "tasks.show", case.about)
    if is_sealed(case):
        must_be_named(who, case.referral["id"], "holds.show")
    like, first, opened = await gateway.store.ask(council, lambda connection: _beside(gateway, connection, who, case))
    may_read = opened and who.may("holds.open" if case.is_hold else "tasks.open", case.about)
    following = passing.following(gateway, who, case.clock)
    return {
        **line(gateway, who, case.clock, now),
        "age_band": age_of(case.matter, _subject(case), now) or "not known",
        "received": stamp(case.referral["at"]),
        "next": who.council.roles[following].title if following else "",
        "days": days_between(first, now),
        "ring": _ring(case),
        "whose_data": _whose(case),
        "why": list(_why(case)),
        "flags": _flags(case),
        "agreement": list(agreement_in_words(case.matter.referral)),
        "alike": like,
        "proposed": _proposed(case, who, may_read),
        "decided": [_recorded(case, fact, who, may_read) for fact in case.people.facts],
        "answers": [_answer(case, offer, now) for offer in offers(gateway, case, now)],
        "direct": _direct(case),
        "emergency": who.council.emergency,
    }


async def alone(gateway: Gateway, who: Acting, name: str) -> dict[str, Any] | None:
    """A task that is about no one referral, as its list has it; None for any other. Raises NotYourRole, NotFound."""
    council = who.council.name
    clock = await gateway.store.ask(council, lambda connection: find(connection, who, name))
    if clock["referral"]:
        return None
    who.must_be_let("tasks.show", about(clock))
    return line(gateway, who, clock, gateway.now())


def _beside(
    gateway: Gateway, connection: Connection, who: Acting, case: Held
) -> tuple[list[dict[str, Any]], int, bool]:
    """What it may be the same as, when its first version came (ms UTC, settled 45), and whether they have opened it."""
    first = versions(connection, who.council.name, case.referral["id"])[0]
    came = int(connection.execute(select(REFERRAL.c.at).where(REFERRAL.c.id == first)).scalar_one())
    return alike(gateway, connection, case), came, has_read(connection, who, case.referral["id"])


def line(gateway: Gateway, who: Acting, clock: Mapping[str, Any], now: int) -> dict[str, Any]:
    """One row of a list: what it is, whose turn, since when and how long. `now` in ms UTC."""
    council, policy = who.council, gateway.policy(who.council.name)
    what, _, code = clock["kind"].partition(":")
    hub = council.hubs.get(clock["hub"])
    role = council.roles.get(clock["owner"])
    sender = council.senders.get(clock["sender"])
    title, say = titled(policy, what, code)
    return {
        "id": clock["id"],
        "kind": clock["kind"],
        "title": title,
        "say": say,
        "referral": clock["referral"],
        "sender": sender.title if sender else clock["sender"],
        "hub": hub.title if hub else "",
        "turn": role.title if role else SENDERS.get(clock["owner"], clock["owner"].replace("_", " ")),
        "turn_role": clock["owner"],
        "taken_by": clock["taken_by"],
        "state": clock["state"],
        "since": clock["started_at"],
        "due": clock["due_at"],
        "now": now,
        "needed": clock["needed"],
        "goes_on": clock["why"] == CONTINUED,
        "test": clock["test"] == 1,
        "may": who.may("holds.show" if what == "hold" else "tasks.show", about(clock)),
    }


async def holding(gateway: Gateway, who: Acting, referral: str) -> list[dict[str, Any]]:
    """The holds that wait on one referral, of those a list shows. Raises NotYourRole."""
    return [one for one in await listed(gateway, who, ("hold:",), mine=False) if one["referral"] == referral]


async def listed(gateway: Gateway, who: Acting, kinds: tuple[str, ...], *, mine: bool) -> list[dict[str, Any]]:
    """What waits in this council, the first due first. `mine`: only what this role may answer."""
    operation = "holds" if kinds == ("hold:",) else "tasks"
    who.must_be_let(f"{operation}.list")
    now, council = gateway.now(), who.council.name
    found = await gateway.store.ask(council, lambda connection: waits.running(connection, council, kinds))
    show = [clock for clock in found if who.serves(clock["hub"])]
    show = [clock for clock in show if not mine or who.may(f"{operation}.take", about(clock))]
    return [line(gateway, who, clock, now) for clock in show if not clock["kind"].startswith("timer:")]


def agreement_in_words(referral: Referral) -> Iterator[str]:
    """Who said what about agreeing, and who was told, by role and never by name."""
    people = {person.id: person for person in referral.people}
    for item in referral.agreements:
        yield _said(item, people)
    if not referral.agreements:
        yield "Nothing is recorded about agreement."
    for told in referral.informed:
        whom = _role(people.get(told.person or ""), told.who or "the family")
        were = "were" if whom == "parents" else "was"
        said = f"{were} told" if told.told else f"{were} not told" if told.told is False else "may not have been told"
        yield f"{whom.capitalize()} {said} of this sharing."
    for limit in referral.sharing_limits:
        yield f"The family keeps something back{f' from {limit.from_whom}' if limit.from_whom else ''}."


def _said(item: Agreement, people: Mapping[str, Person]) -> str:
    who = _role(people.get(item.giver or ""), (item.capacity or "somebody").replace("_", " "))
    status = (item.status.value if item.status else "nothing stated").replace("_", " ")
    form = f", {item.form.value.replace('_', ' ')}" if item.form else ""
    day = item.withdrawn_on or item.on_date
    return f"{who.capitalize()}: {status}{form}{f', on {day:%-d %B %Y}' if day else ', no date'}."


def _role(person: Person | None, otherwise: str) -> str:
    return ROLES[person.roles[0]] if person is not None and person.roles else otherwise


def _subject(case: Held) -> str:
    return case.course.decision.candidate.subject if case.course else ""


def _why(case: Held) -> Iterator[dict[str, str]]:
    """The rules that made it wait, in words; then those that only say something besides."""
    decision = case.course.decision if case.course else None
    for hit in decision.hits if decision else ():
        if hit.outcome is not Outcome.SHARE:
            yield {"rule": hit.rule, "say": hit.say}


def _flags(case: Held) -> list[str]:
    decision = case.course.decision if case.course else None
    codes = [o.code for o in decision.obligations if o.kind == "flag"] if decision else []
    return [case.rules.policy.flags[code] for code in dict.fromkeys(codes)]


def _ring(case: Held) -> str:
    registered = case.matter.registration.title if case.matter.registration else ""
    return whom_to_ask(case.matter.referral, registered, case.rules.screens.streets)


def _whose(case: Held) -> str:
    """Whose information it is, while it is held or once it is sent (settled 52)."""
    council = case.rules.council
    sender = case.matter.registration.title if case.matter.registration else "the sender"
    who, when = (
        (council.controllers.held, "while it is held here")
        if case.is_hold
        else (council.controllers.sent, "once it is sent")
    )
    return _CONTROLLERS[who].format(sender=sender, council=council.title, when=when)


_CONTROLLERS: Final = {
    "sender": "{sender} answers for this information {when}.",
    "council": "{council} answers for this information {when}.",
    "joint": "{sender} and {council} answer for this information together {when}.",
    "not_said": "{council} has not said who answers for this information {when}.",
}


def _proposed(case: Held, who: Acting, may_read: bool) -> dict[str, str] | None:
    proposal = case.people.proposed(case.clock["id"])
    return None if proposal is None else _recorded(case, proposal.fact, who, may_read) | {"answer": proposal.answer}


def _recorded(case: Held, fact: PersonFact, who: Acting, may_read: bool) -> dict[str, str]:
    """What somebody recorded. Their reason may name people: whoever reads it has opened the content, or wrote it."""
    answers = (answer for answer in case.answers.values() if (answer.fact, answer.value) == (fact.fact, fact.value))
    otherwise = RECORDED.get((fact.fact, fact.value), f"{fact.fact.replace('_', ' ')}: {fact.value}")
    return {
        "title": next((answer.title for answer in answers), otherwise),
        "by": fact.by,
        "second": fact.second,
        "role": fact.role,
        "reason": fact.reason if may_read or fact.by == who.name else "",
        "wrote": "yes" if fact.reason else "",
        "at": stamp(fact.at),
    }


RECORDED: Final = {
    (NOT_SHARED, "refused"): "Decided not to share this",
    (NOT_SHARED, "closed"): "Closed this without sharing",
    (NOT_SHARED, REOPENED): "Opened this again",
}


def _direct(case: Held) -> list[str]:
    """What a person may do besides: end a hold without sharing, or open again what was not shared."""
    if case.clock["state"] != "running":
        return []
    if case.is_hold:
        return ["refuse", "close"]
    return ["reopen"] if case.clock["kind"].startswith("review:") else []


def _answer(case: Held, offer: Offer, now: int) -> dict[str, Any]:
    answer = offer.answer
    hub = case.rules.council.hubs.get(offer.hub)
    return {
        "answer": answer.code,
        "title": answer.title,
        "say": answer.say,
        "hub": offer.hub,
        "hub_title": hub.title if hub else "",
        "asks": list(answer.asks),
        "second": answer.second,
        "read": answer.read,
        "would": outcome_of(case, offer.fact, now),
    }


def titled(policy: Any, what: str, code: str) -> tuple[str, str]:
    """What a hold or a task is called, and what it says. what: hold, task, clock or review."""
    if what == "hold" and code in policy.holds:
        return policy.holds[code].title, policy.holds[code].say
    tasks = {"task": policy.tasks, "clock": policy.clocks}.get(what, {})
    if code in tasks:
        return TITLES.get(code, code.replace("_", " ").capitalize()), tasks[code].say
    if what == "review":
        return "Look again at what was not shared", "Read the reason, and decide whether it still holds."
    return code.replace("_", " ").capitalize(), ""
