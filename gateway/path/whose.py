"""Whose turn it is to look at what waits: the first owner who can be reached before the turn ends (settled 44)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from contracts.council import DutyRole
from gateway.config.policy import Schools
from gateway.path.closures import opens_within

SENDERS: Final = ("referrer", "sender_safeguarding_lead")
"""Roles that the sender's own people have."""

SCHOOLS: Final = ("maintained_school", "academy", "independent_school", "private_nursery")
"""Types of sender that are shut in the holidays."""


def whose_turn(
    owners: Sequence[str],
    handovers: Sequence[int],
    until: int,
    now: int,
    roles: Mapping[str, DutyRole],
    sender_type: str,
    schools: Schools,
) -> str:
    """The role that has it at `now`: nobody has taken it. Times are ms UTC.

    handovers    when each owner's turn ends but the last one's, which ends at `until`
    sender_type  a key of contracts.council.SENDER_TYPES, "" where it is not known
    """
    passed = sum(at <= now for at in handovers)
    ends = (*handovers, until)
    for place in range(min(passed, len(owners) - 1), len(owners)):
        owner = owners[place]
        end = ends[min(place, len(ends) - 1)]
        shut = owner in SENDERS and sender_type in SCHOOLS and not opens_within(schools, now, end)
        if not shut:
            return covered(owner, roles)
    return covered(owners[-1], roles)


def covered(role: str, roles: Mapping[str, DutyRole]) -> str:
    """The role itself, or whichever covers for it where nobody is in it. One that nobody covers keeps its own."""
    seen, at = [role], role
    while at in roles and not roles[at].people:
        at = roles[at].cover
        if not at or at in seen:
            return role
        seen.append(at)
    return at
