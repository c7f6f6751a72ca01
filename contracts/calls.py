"""Requests by telephone: who of a council writes them down, and where its document sends a caller first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TAKES_CALLS: Final = ("front_door", "hub_duty")
"""Duty roles that may write down what somebody says who rings."""


@dataclass(frozen=True, slots=True)
class OtherDoor:
    """Where the council's document sends callers of these kinds first. who: codes of contracts.people.ReferrerKind."""

    who: tuple[str, ...]
    say: str
    rules: tuple[str, ...] = ()
