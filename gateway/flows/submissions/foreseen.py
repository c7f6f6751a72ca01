"""A preview in words that a head teacher and an information governance lead both understand; codes come last."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from contracts.decision import Decision, Outcome
from contracts.referral import HarmLevel, Referral
from gateway.path.course import Course, Matter, Promise, Rules, consider, promises
from gateway.path.outline import Outline, named, outline
from gateway.path.telling import role_title

WIDTH: Final = 96

WOULD: Final = {
    Outcome.DIVERT: "It would go to {hub} at once, as a safeguarding contact.",
    Outcome.REFUSE: "It would be refused. Nothing would go.",
    Outcome.RETURN: "It would come back to you. Nothing would go until you have completed it.",
    Outcome.HOLD: "It would wait. Nothing would go until a person has decided.",
    Outcome.ADVICE_ONLY: "The question alone would go to {hub}, with nobody's name.",
    Outcome.SHARE_MINIMISED: "Part of it would go to {hub}: only what may go.",
    Outcome.SHARE: "It would go to {hub}.",
}
"""outcome → what would happen, in a sentence."""

_NOT_ANSWERS: Final = ("path", "purpose", "human", "harm", "duty")
"""Facts that every row may look at, and that nobody would look up."""

_DANGER: Final = (HarmLevel.SIGNIFICANT, HarmLevel.IMMEDIATE)


def in_words(rules: Rules, matter: Matter, now: int, services: Mapping[str, str] = MappingProxyType({})) -> str:
    """What would be decided about one referral, what would go and stay, and why.

    now       ms UTC
    services  code of a service that can be asked for → its label on the form
    """
    courses, screening = consider(matter, rules, now)
    sent = promises(matter, courses, rules, screening, now)
    who = matter.registration.title if matter.registration else "an unknown sender"
    lines = [f"Nothing has been sent. This is what would happen if it came from {who}."]
    lines += _danger(rules, matter, courses)
    for alike in _alike(courses):
        promise = next((one for one in sent if alike[0].decision in one.decisions), None)
        lines += ["", _about(matter.referral, [course.decision for course in alike], services).upper()]
        lines += _decision(rules, matter, alike, promise)
    lines += ["", rules.council.emergency, "", "Details for the file", *_details(matter.referral, courses, sent)]
    return "\n".join(line for text in lines for line in _wrapped(text)) + "\n"


def _danger(rules: Rules, matter: Matter, courses: Sequence[Course]) -> Iterator[str]:
    """Where there is danger, or may be: whom to ring now, before anything else is read."""
    level, door = matter.referral.harm.level, rules.council.hubs[rules.council.front_door]
    night = f", or {door.out_of_hours} out of hours" if door.out_of_hours else ""
    facts = [course.decision.facts.values["harm"] for course in courses]
    if level is HarmLevel.IMMEDIATE:
        yield from ("", "RING 999 NOW. Somebody may be in danger.")
    if level in _DANGER or any(course.decision.outcome is Outcome.DIVERT for course in courses):
        yield from () if level is HarmLevel.IMMEDIATE else ("",)
        yield f"RING {door.title} NOW on {door.telephone}{night}. Sending this does not do it for you."
    elif HarmLevel.POSSIBLE.value in facts:
        yield from (
            "",
            f"Something here may mean harm. If you are worried, ring {door.title} now on {door.telephone}{night}.",
        )


def _alike(courses: Sequence[Course]) -> list[list[Course]]:
    """Decisions of which everything is the same but the child, told together."""
    together: dict[object, list[Course]] = {}
    for course in courses:
        decision = course.decision
        same = (decision.outcome, decision.hub, decision.candidate.service, decision.hits, decision.obligations)
        together.setdefault(same, []).append(course)
    return list(together.values())


def _decision(rules: Rules, matter: Matter, alike: Sequence[Course], promise: Promise | None) -> Iterator[str]:
    decision, hub = alike[0].decision, alike[0].hub
    yield WOULD[decision.outcome].format(hub=hub.title if hub else "the hub")
    if hub is not None and not decision.outcome.sends:
        yield f"It is meant for {hub.title}."
    yield from _listed("Why", _why(decision))
    yield from _listed("Where to look", _where(rules, matter.referral, decision))
    yield from _listed("What happens next", _next(rules, decision))
    said = [rules.policy.flags[one.code] for one in decision.obligations if one.kind == "flag"]
    yield from _listed("What you are told" if promise is None else "What the receiver reads, and so do you", said)
    if promise is not None:
        subjects = [each.candidate.subject for each in promise.decisions if each.candidate.subject]
        yield from _copy(outline(matter.referral, promise.payload, rules.groups, subjects))


def _about(referral: Referral, decisions: Sequence[Decision], services: Mapping[str, str]) -> str:
    """Whom this is decided for: "children 1 and 3 of 3, for parenting support"."""
    children = [child.id for child in referral.children]
    places = [str(children.index(one.candidate.subject) + 1) for one in decisions if one.candidate.subject in children]
    who = "the child" if places else "the enquiry"
    if len(children) > 1 and places:
        several = f"{', '.join(places[:-1])} and {places[-1]}" if len(places) > 1 else places[0]
        who = f"{'children' if len(places) > 1 else 'child'} {several} of {len(children)}"
    code = decisions[0].candidate.service
    service = services.get(code, code.replace("_", " "))
    return f"{who}, for {service}" if service else who


def _why(decision: Decision) -> Iterator[str]:
    """The reasons that decided, then what else stands in the way and would have to be put right too."""
    yield from (hit.say for hit in decision.hits if hit.rule in decision.deciding)
    if not decision.outcome.sends:
        rest = (hit for hit in decision.hits if hit.rule not in decision.deciding and not hit.outcome.sends)
        yield from (f"And besides: {hit.say}" for hit in rest)


def _where(rules: Rules, referral: Referral, decision: Decision) -> Iterator[str]:
    """Where in the request the answers stand for which nothing goes."""
    if decision.outcome.sends:
        return
    deciding = [rule for table in rules.policy.tables for rule in table.rules if rule.id in decision.deciding]
    asked = dict.fromkeys(fact for rule in deciding for fact, _ in rule.when if fact not in _NOT_ANSWERS)
    pointers = (pointer for fact in asked for pointer in decision.facts.sources.get(fact, ()) if pointer[:1] == "/")
    yield from filter(None, (named(referral, pointer) for pointer in pointers))


def _next(rules: Rules, decision: Decision) -> Iterator[str]:
    """Who does what, and how soon: the hold first where there is one."""
    policy, council = rules.policy, rules.council
    waits = decision.outcome in (Outcome.HOLD, Outcome.RETURN)
    for one in dict.fromkeys((each.kind, each.code) for each in decision.obligations):
        kind, code = one
        if kind == "hold" and waits:
            hold = policy.holds[code]
            yield f"{_titled(role_title(hold.owners[0], council))}, within {hold.within}: {hold.say}"
        elif kind == "task":
            task = policy.tasks[code]
            yield f"{_titled(role_title(task.owner, council))}, within {task.within}: {task.say}"
        elif kind == "clock":
            clock = policy.clocks[code]
            yield f"{_titled(role_title(clock.owner, council))} is asked to acknowledge it within {clock.within}."
        elif kind == "notice":
            yield f"Those who had something before are told: {policy.notices[code]}"


def _copy(copy: Outline) -> Iterator[str]:
    yield from _listed("What would go", copy.sent)
    if not copy.kept:
        yield from _listed("What would stay", ["Nothing. All of it would go."])
        return
    yield from ("", "What would stay, and why")
    for kept in copy.kept:
        yield f"  {kept.because}"
        yield from (f"    - {who + ': ' if who else ''}{', '.join(names)}" for who, names in kept.fields.items())
    yield "  The receiver reads that something was not sent and whom to ask, never what or why."


def _details(referral: Referral, courses: Sequence[Course], sent: Sequence[Promise]) -> Iterator[str]:
    """For the file: codes, rules and places."""
    for decision in (course.decision for course in courses):
        deciding = decision.deciding
        met = ", ".join(hit.rule for hit in decision.hits if hit.rule not in deciding)
        about = referral.place_of(decision.candidate.subject) or "the enquiry"
        yield f"  {about}: {decision.outcome} by {', '.join(deciding)}" + (f"; also met: {met}" if met else "")
    for promise in sent:
        for one in promise.payload.withheld:
            yield f"  not to {promise.hub.name}: {one.pointer} ({one.reason}, {one.rule})"


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    said = list(dict.fromkeys(lines))
    if said:
        yield from ("", title)
        yield from (f"  - {line}" for line in said)


def _titled(words: str) -> str:
    return words[:1].upper() + words[1:]


def _wrapped(text: str) -> list[str]:
    indent = len(text) - len(text.lstrip(" -")) if text.startswith(" ") else 0
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False) or [""]
