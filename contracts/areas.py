"""Where a council is, and the councils beside it: what it entered of both (settled 33, 50)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Areas:
    """Where this council is, by postcodes that it entered: districts (`HU5`), sectors (`HU5 3`) or whole codes.

    ours        all of it: a home outside is a question for two councils; () nobody entered any
    localities  (area, the council's code for its locality)
    routes      the map chooses the locality where the sender was not sure; else it only checks (settled 50)
    not_sure    what senders write who are not sure, in lower case
    """

    ours: tuple[str, ...] = ()
    localities: tuple[tuple[str, str], ...] = ()
    routes: bool = False
    not_sure: tuple[str, ...] = ()


NO_AREAS: Final = Areas()
"""Of a council that has entered none."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another council, not connected here, and how its front door is rung (settled 33): the council entered it.

    out_of_hours  "" where the one number is answered day and night
    """

    title: str
    telephone: str
    out_of_hours: str = ""
