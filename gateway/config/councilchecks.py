"""Whether a council's eight files fit together: every name that one of them uses is defined in another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from contracts.adapter import Fault
from contracts.council import FAMILY, ROUTE_KEYS
from contracts.council_facts import COUNCIL_FACTS
from contracts.referral import Purpose
from gateway.config.auditfile import audit_faults
from gateway.config.councilfiles import (
    CouncilFile,
    HubsFile,
    OutcomesFile,
    PeopleFile,
    RouteRow,
    RoutesFile,
    SendersFile,
    TimersFile,
)
from gateway.config.hubchecks import hub_faults
from gateway.config.outcomechecks import outcome_faults
from gateway.config.senderchecks import sender_faults
from gateway.config.signinfile import jwk_faults, sign_in_faults
from gateway.config.tablefiles import CouncilTableFile
from gateway.config.timerchecks import timer_faults
from gateway.config.yamlfile import Loaded, unknown

_Use = tuple[Loaded[Any], tuple[str | int, ...], Sequence[str], Collection[str], str]
_TRUTHS: Final = ("yes", "no", "unknown")
_LEVELS: Final = ("universal", "universal_plus", "targeted", "targeted.intensive", "child_in_need", "child_protection")


@dataclass(frozen=True, slots=True)
class Words:
    """What is defined outside a council's folder: codes of needs and services, field groups, kinds of panel members."""

    needs: Collection[str] = ()
    services: Collection[str] = ()
    groups: Collection[str] = ()
    members: Collection[str] = ()


NO_WORDS: Final = Words()


class Files(Protocol):
    """A council's eight files as they were read."""

    @property
    def council(self) -> Loaded[CouncilFile]: ...
    @property
    def hubs(self) -> Loaded[HubsFile]: ...
    @property
    def routes(self) -> Loaded[RoutesFile]: ...
    @property
    def timers(self) -> Loaded[TimersFile]: ...
    @property
    def outcomes(self) -> Loaded[OutcomesFile]: ...
    @property
    def senders(self) -> Loaded[SendersFile]: ...
    @property
    def people(self) -> Loaded[PeopleFile]: ...
    @property
    def rules(self) -> Loaded[CouncilTableFile]: ...


def faults(files: Files, folder: str, words: Words) -> Iterator[Fault]:
    """Everything that does not fit, each at its own line."""
    yield from _council_faults(files, folder)
    yield from hub_faults(files.hubs)
    yield from _word_faults(files, words)
    yield from _route_faults(files)
    yield from sender_faults(files.senders, files.hubs.model.hubs, files.people.model.roles)
    yield from jwk_faults(files.senders, {})
    yield from _role_faults(files)
    yield from audit_faults(files.people, files.senders.model.senders)
    yield from sign_in_faults(files.people, files.people.model.sign_in, files.people.model.roles)
    yield from timer_faults(files.timers, files.people.model.roles)
    yield from _fact_faults(files.rules)
    yield from outcome_faults(files.outcomes, files.hubs.model.hubs)
    yield from _panel_faults(files)


def _council_faults(files: Files, folder: str) -> Iterator[Fault]:
    head, hubs = files.council, files.hubs.model.hubs
    if head.model.council != folder:
        yield head.fault("council", expected=f"the folder's name, `{folder}`", remedy="Name both alike.")
    yield from _area_faults(head)
    for level in head.model.levels:
        if level not in _LEVELS:
            place = head.at_name("levels", level)
            yield Fault(place, "", "a level of the common scale", unknown(level, _LEVELS))
    door = hubs.get(head.model.front_door)
    if door is None:
        yield head.fault("front_door", expected="a hub of hubs.yaml", remedy=unknown(head.model.front_door, hubs))
    elif not door.front_door:
        expected, remedy = "a hub that is a front door", "Give it `front_door: true`."
        yield files.hubs.fault("hubs", head.model.front_door, expected=expected, remedy=remedy)
    if door is not None and not door.out_of_hours:
        remedy = "Add `out_of_hours:`; a council cannot be connected without it."
        yield files.hubs.fault("hubs", head.model.front_door, expected="an out-of-hours number", remedy=remedy)
    low = head.model.hours
    if low.opens >= low.closes:
        yield head.fault("hours", expected="opening before closing", remedy="Swap them.")


def _area_faults(head: Loaded[CouncilFile]) -> Iterator[Fault]:
    """A map that could choose a locality nobody has, or two."""
    postcodes, owners = head.model.postcodes, dict[str, str]()
    for code, areas in postcodes.localities.items():
        if code not in head.model.localities:
            place = head.at_name("postcodes", "localities", code)
            yield Fault(place, "", "a locality of this file", unknown(code, head.model.localities))
        for number, area in enumerate(areas):
            at = ("postcodes", "localities", code, number)
            if owners.setdefault(area, code) != code:
                yield head.fault(*at, expected="an area of one locality", remedy=f"It is also {owners[area]}'s.")
            if postcodes.ours and not any(area == ours or area.startswith(f"{ours} ") for ours in postcodes.ours):
                yield head.fault(*at, expected="an area that `ours` covers", remedy=f"Add {area} to `ours`.")
    for number, word in enumerate(head.model.not_sure):
        if any(word.casefold() == known.casefold() for words in head.model.localities.values() for known in words):
            yield head.fault("not_sure", number, expected="a word that names no locality", remedy="Take it away.")


def _word_faults(files: Files, words: Words) -> Iterator[Fault]:
    """A word of no list would match nothing, and nobody would notice."""
    for loaded, keys, used, known, kind in _used(files, words):
        for place, word in enumerate(used):
            if known and word not in known:
                yield loaded.fault(*keys, place, expected=f"a {kind}", remedy=unknown(word, known))


def _used(files: Files, words: Words) -> Iterator[_Use]:
    for name, hub in files.hubs.model.hubs.items():
        yield files.hubs, ("hubs", name, "services"), hub.services, words.services, "requested service"
        yield files.hubs, ("hubs", name, "members"), hub.members, words.members, "kind of panel member"
        for outcome, groups in hub.groups.items():
            yield files.hubs, ("hubs", name, "groups", outcome), groups, words.groups, "field group"
    for index, row in enumerate(files.routes.model.routes):
        needs = row.when.get("need", ())
        yield files.routes, ("routes", index, "when", "need"), needs, words.needs, "need"
    for duty, groups in files.council.model.agreement.statutory_duties.items():
        keys = ("agreement", "statutory_duties", duty)
        yield files.council, keys, groups, words.groups, "field group"


def _route_faults(files: Files) -> Iterator[Fault]:
    routes, ids, earlier = files.routes, dict[str, str](), list[RouteRow]()
    for index, row in enumerate(routes.model.routes):
        at = ("routes", index)
        if row.id in ids:
            yield routes.fault(*at, "id", expected="an id of its own", remedy=f"`{row.id}` is at {ids[row.id]}.")
        ids.setdefault(row.id, routes.at(*at, "id"))
        yield from _destination_faults(files, row, at)
        for key, values in row.when.items():
            yield from _condition_faults(files, key, values, (*at, "when", key))
        shadow = next((other.id for other in earlier if _covers(other, row)), None)
        if shadow:
            remedy = f"`{shadow}` above takes every case of it. Move it up, or take it away."
            yield routes.fault(*at, expected="a row that can be reached", remedy=remedy)
        earlier.append(row)


def _destination_faults(files: Files, row: RouteRow, at: tuple[str | int, ...]) -> Iterator[Fault]:
    """LE-R05: nothing is sent to a hub that takes no such purpose or service."""
    hubs, routes = files.hubs.model.hubs, files.routes
    hub = hubs.get(row.to)
    if hub is None:
        yield routes.fault(*at, "to", expected="a hub of hubs.yaml", remedy=unknown(row.to, hubs))
        return
    asked = row.when.get("purpose")
    if asked is None:
        yield routes.fault(*at, "when", expected="`purpose:` in every route", remedy="Say which purposes go there.")
    for purpose in asked or ():
        if purpose not in hub.purposes:
            remedy = f"`{row.to}` does not take `{purpose}`: change the route, or the hub's purposes."
            yield routes.fault(*at, "to", expected="a hub that takes it", remedy=remedy)
    for service in row.when.get("service", ()):
        if hub.services and service not in (*hub.services, "none"):
            yield routes.fault(
                *at, "when", "service", expected="a service this hub takes", remedy=unknown(service, hub.services)
            )


def _condition_faults(files: Files, key: str, values: Sequence[str], at: tuple[str | int, ...]) -> Iterator[Fault]:
    routes = files.routes
    if key not in ROUTE_KEYS:
        yield Fault(routes.at_name(*at), "", "something a route may look at", unknown(key, ROUTE_KEYS))
        return
    if not values:
        yield routes.fault(*at, expected="at least one value", remedy="Name one, or take the condition away.")
    known = _known(files.council.model)[key]
    for place, value in enumerate(values):
        if known is not None and value not in known:
            yield routes.fault(*at, place, expected=f"one of {', '.join(known)}", remedy=unknown(value, known))


def _known(council: CouncilFile) -> Mapping[str, Sequence[str] | None]:
    """The values of each key of a route; None where a code list or the hub says."""
    return {
        "purpose": tuple(Purpose),
        "service": None,
        "need": None,
        "locality": (*council.localities, "not_said", "unknown"),
        "level": (*_LEVELS, "unknown"),
        "significant_disability": _TRUTHS,
        "lead_found": _TRUTHS,
        "anonymous": ("yes", "no"),
    }


def _covers(earlier: RouteRow, later: RouteRow) -> bool:
    return all(key in later.when and set(later.when[key]) <= set(values) for key, values in earlier.when.items())


def _role_faults(files: Files) -> Iterator[Fault]:
    people, roles = files.people, files.people.model.roles
    for name, row in roles.items():
        if row.cover and row.cover not in roles:
            yield people.fault("roles", name, "cover", expected="a role of this file", remedy=unknown(row.cover, roles))
    listed = {person for row in roles.values() for person in row.people}
    for person, hubs in people.model.works_for.items():
        if person not in listed:
            yield people.fault("works_for", person, expected="a person of a role", remedy=unknown(person, listed))
        for number, hub in enumerate(hubs):
            if hub not in files.hubs.model.hubs:
                remedy = unknown(hub, files.hubs.model.hubs)
                yield people.fault("works_for", person, number, expected="a hub of hubs.yaml", remedy=remedy)
    approver = files.council.model.inform_parents.approver
    if approver and approver not in roles:
        yield files.council.fault(
            "inform_parents", "approver", expected="a role of people.yaml", remedy=unknown(approver, roles)
        )


def _fact_faults(rules: Loaded[CouncilTableFile]) -> Iterator[Fault]:
    """A fact that nothing derives would hold every referral of the council."""
    for fact, values in rules.model.facts.items():
        if fact not in COUNCIL_FACTS:
            yield Fault(rules.at_name("facts", fact), "", "a fact that is derived", unknown(fact, COUNCIL_FACTS))
            continue
        missing = [value for value in COUNCIL_FACTS[fact] if value not in values]
        extra = [value for value in values if value not in COUNCIL_FACTS[fact]]
        if missing or extra:
            expected = f"all values of {fact}: {', '.join(COUNCIL_FACTS[fact])}"
            yield rules.fault("facts", fact, expected=expected, remedy=_difference(missing, extra))


def _panel_faults(files: Files) -> Iterator[Fault]:
    """Where the family sits on a panel, a row must hold what is not for its eyes (settled 50)."""
    for name, hub in files.hubs.model.hubs.items():
        if FAMILY in hub.members and "panel" not in files.rules.model.facts:
            expected = "the fact `panel` in rules.yaml, and a row that holds `family_guarded`"
            yield files.hubs.fault(
                "hubs", name, "members", expected=expected, remedy="Take the row from another council."
            )


def _difference(missing: Iterable[str], extra: Iterable[str]) -> str:
    add, take = ", ".join(missing), ", ".join(extra)
    return " ".join(filter(None, (f"Add {add}." if add else "", f"Take {take} away." if take else "")))
