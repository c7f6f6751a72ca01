"""Chooses the candidates of a referral: which child, which hub, for what (settled 1).

A council's routes are read from the top and the first that matches wins. There is no default and nothing is guessed:
what matches none, or comes from somewhere else, is a candidate that a person must route.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from contracts.council import Council, HubSettings, Route
from contracts.decision import Candidate
from contracts.people import Person
from contracts.recorded import PersonFact
from contracts.referral import Referral
from gateway.path import calendar
from gateway.path.areas import is_home, located, outside


def choose(
    referral: Referral, council: Council, now: int, persons: Sequence[PersonFact] = (), content: str = ""
) -> tuple[Candidate, ...]:
    """One candidate for each child and each requested service; one with subject "" where nobody is named.

    A route that a person recorded (fact `route`, answering what the routes said before) stands in place of the routes.
    `now` in ms UTC: only addresses of today count. `content`: digest of this version; one chosen for another is void.
    """
    persons = [person for person in persons if not content or person.content == content]
    candidates = (
        _candidate(referral, council, now, child, service, persons)
        for child in _subjects(referral)
        for service in _services(referral, council, child)
    )
    return tuple(dict.fromkeys(both for one in candidates for both in _pair(one, council)))


def _pair(one: Candidate, council: Council) -> Iterator[Candidate]:
    """The candidate, and beside it the one for the hub that has everything this one has (settled 1, 49)."""
    yield one
    other = council.hubs[one.hub].pair if one.state == "right_hub" else ""
    if other:
        yield replace(one, hub=other, because=f"It is recorded on both systems. {one.because}")


def front_door(council: Council) -> HubSettings:
    """The hub that takes every divert of this council."""
    return council.hubs[council.front_door]


def situation(
    referral: Referral, council: Council, child: Person | None, service: str, now: int
) -> Mapping[str, frozenset[str]]:
    """What routes may look at, by key: coded things only (`contracts.council.ROUTE_KEYS`). `now` in ms UTC."""
    step_down = referral.step_down
    return {
        "purpose": frozenset({referral.purpose.value}),
        "service": frozenset({service or "none"}),
        "locality": frozenset({located(referral, council, child, now).code}),
        "need": frozenset(need.code for need in referral.needs if need.code),
        "level": frozenset({referral.level.canonical or "unknown"}),
        "significant_disability": frozenset({_truth(child.significant_disability if child else None)}),
        "lead_found": frozenset({_truth(step_down.lead_found if step_down else None)}),
        "anonymous": frozenset({"yes" if referral.anonymous else "no"}),
    }


def _subjects(referral: Referral) -> tuple[Person | None, ...]:
    """A nameless enquiry is about nobody, whoever the form also holds: the facts then find the contradiction."""
    return (None,) if referral.anonymous or not referral.children else referral.children


def _services(referral: Referral, council: Council, child: Person | None) -> Iterator[str]:
    """Services asked for this child: named for it, for no child in particular, or for its parents (HU-R05).

    A code that no hub of this council lists is a sender's own word: `unknown`.
    """
    children = {person.id for person in referral.children}
    asked = [
        service.code if service.code and _is_listed(service.code, council) else "unknown"
        for service in referral.requested_services
        if child is None or child.id in service.for_whom or not children & set(service.for_whom)
    ]
    yield from asked or ("",)


def _is_listed(service: str, council: Council) -> bool:
    return any(service in hub.services for hub in council.hubs.values())


def _candidate(
    referral: Referral,
    council: Council,
    now: int,
    child: Person | None,
    service: str,
    persons: Sequence[PersonFact],
) -> Candidate:
    subject, purpose = child.id if child else "", referral.purpose.value
    row = _route(council.routes, situation(referral, council, child, service, now))
    hub, because = (row.hub, row.because) if row else ("", "No route of this council matches.")
    chosen = _chosen(persons, council, subject, hub)
    if chosen:
        hub, because = chosen.value, "A person chose this route."
    if _elsewhere(referral, council, child, now) and not chosen:
        return Candidate(subject, hub, purpose, "other_area", _whose(referral, council, child, now), service)
    if not hub:
        return Candidate(subject, hub, purpose, "unknown", because, service)
    takes = purpose in council.hubs[hub].purposes
    return Candidate(subject, hub, purpose, "right_hub" if takes else "no_role", because, service)


def _route(routes: Iterable[Route], seen: Mapping[str, frozenset[str]]) -> Route | None:
    return next((row for row in routes if all(seen[key] & set(values) for key, values in row.when.items())), None)


def _chosen(persons: Sequence[PersonFact], council: Council, subject: str, hub: str) -> PersonFact | None:
    """The newest route recorded for this child. It answered what the routes said then, and is void if they changed."""
    fitting = [
        person
        for person in persons
        if person.fact == "route" and person.subject == subject and person.was == hub and person.value in council.hubs
    ]
    return max(fitting, key=lambda person: person.at, default=None)


def _elsewhere(referral: Referral, council: Council, child: Person | None, now: int) -> bool:
    """Whether anything names a home outside this council: then a person says whose child it is (A-205)."""
    if referral.council != council.name or _others(referral, council, child, now):
        return True
    return not referral.family.home_council and outside(referral, council, child, now)


def _others(referral: Referral, council: Council, child: Person | None, now: int) -> list[str]:
    """The councils that a home is said to be in, and that are not this one."""
    today = calendar.day_of(now)
    stated = [referral.family.home_council] if referral.family.home_council else []
    stated += [
        address.local_authority
        for address in (child.addresses if child else ())
        if address.local_authority and is_home(address) and (address.to_date is None or address.to_date >= today)
    ]
    ours = {word.casefold() for word in (council.name, council.title, council.gss, *council.aliases)}
    return [word for word in stated if word.strip().casefold() not in ours]


def _whose(referral: Referral, council: Council, child: Person | None, now: int) -> str:
    """Which council may be responsible, and how its front door is rung where this council entered it (settled 33)."""
    named = [council.neighbours.get(word.strip().casefold()) for word in _others(referral, council, child, now)]
    ring = [
        f"Ring {one.title} on {one.telephone}{f', or {one.out_of_hours} out of hours' if one.out_of_hours else ''}."
        for one in dict.fromkeys(named)
        if one is not None
    ]
    return " ".join(["Another council may be responsible.", *ring])


def _truth(value: bool | None) -> str:
    return "unknown" if value is None else "yes" if value else "no"
