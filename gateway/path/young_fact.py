"""Derives `young`: what the child or young person said of it, by their age on the day of the decision."""

from __future__ import annotations

from typing import Final

from gateway.path.agreement_fact import Statement, over, statements
from gateway.path.case import Case, Finding

ASKED_FROM: Final = 12
OWN_VIEW_FROM: Final = 16
"""Governance 1.8.5: 12 is a working presumption; at 16 a young person is presumed able to decide."""

_NO: Final = ("refused", "withdrawn")


def young(case: Case) -> Finding:
    """A recorded refusal counts at any age, also against a recorded yes. An unknown age is never better than 16.

    Without a date of birth a stated age or school year counts, as the oldest it can mean.
    """
    if case.child is None or case.child.unborn:
        return Finding("not_needed", (case.child_at,))
    own = [statement for statement in case.once(statements) if statement.by_child]
    views = [
        (f"/views/{place}", view.agrees_with_request)
        for place, view in enumerate(case.referral.views)
        if _whose(case, view.person, view.whose) and view.agrees_with_request is not None
    ]
    sources = (*(f"/agreements/{said.place}" for said in own), *(pointer for pointer, _ in views))
    ends = case.birthdays(ASKED_FROM, OWN_VIEW_FROM)
    if any(said.state in _NO for said in own) or any(agrees is False for _, agrees in views):
        return Finding("refuses", sources, ends)
    if case.own_request == "child":
        return Finding("agrees", (*sources, "/referrer/kind"), ends)
    if any(_agrees(case, said) for said in own) or views:
        return Finding("agrees", sources, ends)
    return Finding(_silent(case.age_or_stated), (f"{case.child_at}/date_of_birth",), ends)


def _agrees(case: Case, said: Statement) -> bool:
    """A yes that stands. That it may not stand alone (G-505) does not make it less of a view."""
    doubted = said.state == "giver_doubt" and not said.agreement.doubt and not over(case, said.agreement, by_child=True)
    return doubted or said.state in ("in_scope", "partial_scope")


def _silent(age: int | None) -> str:
    if age is None or age >= OWN_VIEW_FROM:
        return "silent_16_17"
    return "silent_12_15" if age >= ASKED_FROM else "not_needed"


def _whose(case: Case, person: str | None, whose: str) -> bool:
    """Whether a view is this child's: named, or the only child's."""
    if person is not None:
        return person == case.candidate.subject
    return whose == "child" and len(case.referral.children) == 1
