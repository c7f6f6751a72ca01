"""Derives `agreement`: what those who could agree said of this service, this hub and this child, as it stands today.

The newest answer of each giver counts, then the most cautious across givers (governance 1.2, 1.8, 4.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from contracts.agreement import Agreement, AgreementStatus, NotSought
from contracts.people import PersonRole
from gateway.path import calendar
from gateway.path.case import Case, Finding, day_after

CAUTION: Final = (
    "withdrawn",
    "disputed",
    "refused",
    "not_sought_unsafe",
    "giver_doubt",
    "stale",
    "unknown",
    "not_sought_other",
    "partial_scope",
    "in_scope",
)
"""What givers may have said, most cautious first."""

_AGREED: Final = ("in_scope", "partial_scope")
_SILENT: Final = ("stale", "unknown", "not_sought_other")
"""Answers that a duty, or a purpose that needs no agreement, may stand in for. A refusal is never one (settled 7)."""


class Statement(NamedTuple):
    """One giver's newest answer about this child: where it stands, what it comes to, and when that may change."""

    place: int
    agreement: Agreement
    state: str
    by_child: bool
    ends: tuple[int, ...]


def agreement(case: Case) -> Finding:
    """The fact `agreement`, with G-515's `not_required` where the council says so (settled 7)."""
    said = case.once(statements)
    value, sources = _across(case, said)
    ends = tuple(end for statement in said for end in statement.ends)
    if not said and asked_by_the_form(case):
        until = case.registration.agreement_asked_until if case.registration else None
        return Finding(
            "partial_scope" if case.referral.sharing_limits else "in_scope", ("registration",), day_after(until)
        )
    if value in _SILENT:
        duty = listed_duty(case)
        if duty is not None:
            return Finding("not_required", (f"/statutory_duties/{duty}", "council"), ends)
        if not case.council.settings.terms(case.referral.purpose.value).required:
            return Finding("not_required", ("council",), ends)
    return Finding(value, sources, ends)


def statements(case: Case) -> tuple[Statement, ...]:
    """The newest answer of everybody who may answer for this child.

    Another child's answer decides about that child, in its own candidate.
    """
    groups: dict[tuple[str | None, ...], list[Statement]] = {}
    for place, item in enumerate(case.referral.agreements):
        by_child = _by_this_child(case, item)
        if by_child or not _another_child(case, item):
            key = ("child",) if by_child else (item.giver, _folded(item.giver_as_stated), item.capacity)
            groups.setdefault(key, []).append(_statement(case, place, item, by_child))
    return tuple(statement for group in groups.values() for statement in _newest(case, group))


def asked_by_the_form(case: Case) -> bool:
    """Whether the sender's form goes no further without the family's yes, as its registration says, and today still.

    Not where the text may tell of harm, or nobody looked: nothing then says that it was safe to ask.
    """
    registered = case.registration
    if registered is None or not registered.agreement_of_every_family or case.referral.agreements:
        return False
    if case.screening.harm or not case.screening.ran:
        return False
    return registered.agreement_asked_until is None or registered.agreement_asked_until >= case.today


def undated(case: Case, item: Agreement) -> bool:
    """Whether a yes has no day at all and nothing says that it is old: it is as old as the paper it came on.

    Where the council asks for a form of it, the day is part of the form, and without one it stays too old to rely on.
    """
    if item.until is not None or _day(case, item) is not None or any(fault.kind == "doubtful" for fault in case.faults):
        return False  # a day that nobody could read may be an old one
    return not case.council.settings.terms(case.referral.purpose.value).form


def listed_duty(case: Case) -> int | None:
    """Place of the first stated statutory duty that the council lists (TH-C02)."""
    listed = case.council.settings.duties
    return next((place for place, duty in enumerate(case.referral.statutory_duties) if duty.code in listed), None)


def _across(case: Case, said: tuple[Statement, ...]) -> tuple[str, tuple[str, ...]]:
    """The most cautious answer. A child's own is for the fact `young`, unless nobody else was asked."""
    own = [statement for statement in said if statement.by_child]
    adults = [statement for statement in said if not statement.by_child and not _lapsed(case, statement, own)]
    if own and own[0].state in _AGREED and all(_not_theirs_to_give(one) for one in adults):
        # Had nobody else been asked, their own yes would do: a yes that was not another's to give makes it no weaker.
        adults = []
    counted = adults or own
    if case.own_request != "no":
        counted = [statement for statement in counted if statement.state not in ("unknown", "not_sought_other")]
        if not counted:
            return "partial_scope" if case.referral.sharing_limits else "in_scope", ("/referrer/kind",)
    sources = tuple(f"/agreements/{statement.place}" for statement in counted)
    states = {statement.state for statement in counted}
    if "refused" in states and states & {"in_scope", "partial_scope"} and "withdrawn" not in states:
        return "disputed", sources
    return min(states, key=CAUTION.index, default="unknown"), sources


def _not_theirs_to_give(said: Statement) -> bool:
    """A yes of somebody who may not answer for the child, and nothing else against it: never one that was pressed."""
    return said.state == "giver_doubt" and not said.agreement.doubt


def _lapsed(case: Case, said: Statement, own: list[Statement]) -> bool:
    """A parent's yes for somebody who is an adult now, and who was asked (TH-C26)."""
    return bool(own) and said.state == "stale" and case.age is not None and case.age >= 18


def _statement(case: Case, place: int, item: Agreement, by_child: bool) -> Statement:
    state, ends = _state(case, item, by_child), tuple[int, ...]()
    if state in ("in_scope", "partial_scope", "giver_doubt"):
        day = case.received_on if undated(case, item) else _day(case, item)
        months = case.council.settings.stale_months
        ends = day_after(item.until) + (day_after(calendar.add_months(day, months)) if day else ())
        ends += case.birthdays(case.council.settings.young_alone) if by_child else case.birthdays(18)
    elif state == "unknown" and item.on_date and item.on_date > case.today:
        ends = (calendar.start_of(item.on_date),)
    return Statement(place, item, state, by_child, ends)


def _state(case: Case, item: Agreement, by_child: bool) -> str:
    """What one answer comes to today."""
    if item.withdrawn_on or item.status is AgreementStatus.WITHDRAWN:
        return "withdrawn"
    if item.status is AgreementStatus.REFUSED or _refuses_by_scope(item):
        return "refused"
    if item.status is AgreementStatus.NOT_SOUGHT or (item.status is None and item.not_sought):
        return "not_sought_unsafe" if item.not_sought is NotSought.UNSAFE else "not_sought_other"
    if item.status is None:
        return "unknown"
    if item.doubt or not _may_answer(case, item, by_child):
        return "giver_doubt"
    return over(case, item, by_child) or _scope(case, item)


def _refuses_by_scope(item: Agreement) -> bool:
    """Agreed to nobody or to nothing: an empty list is nothing, never everything (governance 1.8.3)."""
    scope = item.scope
    return () in (scope.agencies, scope.categories, scope.purposes) or False in (scope.support, scope.sharing)


def _may_answer(case: Case, item: Agreement, by_child: bool) -> bool:
    """Whether it is clear that this giver can agree for this child (G-505, TH-C07, governance 1.8.5)."""
    if by_child:
        assessed = item.competence is not None and item.competence.assessed and bool(item.competence.assessed_by)
        return assessed or (case.age is not None and case.age >= case.council.settings.young_alone)
    if item.giver is None and item.giver_as_stated is None and item.capacity is None:
        return False
    person = next((person for person in case.referral.people if person.id == item.giver), None)
    if item.giver is not None and (person is None or PersonRole.ALLEGED_HARM in person.roles):
        return False
    held = [item.holds_parental_responsibility]
    held += [
        relation.parental_responsibility
        for relation in case.referral.relationships
        if relation.person == item.giver and relation.to == case.candidate.subject
    ]
    return False not in held and (item.capacity != "other" or True in held)


def over(case: Case, item: Agreement, by_child: bool) -> str:
    """`stale` if it is too old or ended, `unknown` if its date lies ahead, "" if it stands.

    An answer without any date counts from the day it came (`undated`), or is as old as can be. A parent's lapses when
    the child is 18 (governance 1.8.1).
    """
    day = case.received_on if undated(case, item) else _day(case, item)
    if day is not None and day > case.today:
        return "unknown"
    if day is None or case.today > calendar.add_months(day, case.council.settings.stale_months):
        return "stale"
    if item.until is not None and item.until < case.today:
        return "stale"
    return "stale" if not by_child and case.age is not None and case.age >= 18 else ""


def _scope(case: Case, item: Agreement) -> str:
    """What was agreed to, held against this hub and purpose. Agreed to others only: nobody was asked about this one."""
    scope, hub = item.scope, case.hub
    if scope.agencies is not None:
        names = {_folded(name) for name in (hub.name, hub.title, *hub.agencies)} if hub else set()
        if not names & {_folded(agency) for agency in scope.agencies}:
            return "unknown"
    if scope.purposes is not None and not {case.candidate.purpose, case.candidate.service} & set(scope.purposes):
        return "unknown"
    return "partial_scope" if scope.categories is not None or case.referral.sharing_limits else "in_scope"


def _newest(case: Case, group: list[Statement]) -> Iterator[Statement]:
    """The newest of one giver's answers, and those whose date is missing or lies ahead: they may be newer still."""
    if len(group) == 1:
        yield group[0]
        return
    days = [(statement, _day(case, statement.agreement)) for statement in group]
    newest = max((day for _, day in days if day and day <= case.today), default=None)
    yield from (statement for statement, day in days if day is None or day > case.today or day == newest)


def _day(case: Case, item: Agreement) -> date | None:
    """When it was said: as dated, else when the sender submitted it, who says so as of then."""
    sent = case.referral.source.submitted_at
    day = item.withdrawn_on or item.on_date
    return day or (calendar.day_of(int(sent.timestamp() * 1000)) if sent and sent.tzinfo else sent and sent.date())


def _by_this_child(case: Case, item: Agreement) -> bool:
    if item.giver is not None:
        return item.giver == case.candidate.subject
    return item.capacity == "young_person"


def _another_child(case: Case, item: Agreement) -> bool:
    """Given by a child or sibling who is nobody's parent here (a young mother answers for her baby)."""
    roles = next((set(person.roles) for person in case.referral.people if person.id == item.giver), set())
    return bool(roles & {PersonRole.CHILD, PersonRole.SIBLING}) and not case.is_carer(item.giver)


def _folded(text: str | None) -> str:
    return " ".join((text or "").split()).casefold()
