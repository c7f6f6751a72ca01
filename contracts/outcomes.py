"""One answer that a hub may give, as its council words it, and what follows from it (rules 9.2, settled 46)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HubOutcome:
    """One row of a council's `outcomes.yaml`.

    code     key of contracts.events.OUTCOMES: what the hub's system sends
    title    the council's own words for it
    hubs     names of the hubs that may answer so; () is every hub
    needs    what must come with it: `words`, the reason or the advice; `lead`, who leads
    follows  what the sender does next, "" where nothing
    family   what a family that asked for itself may read of it; "" gives it the number to ring
    """

    name: str
    code: str
    title: str
    hubs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    follows: str = ""
    family: str = ""
    rules: tuple[str, ...] = ()


def outcomes_of(rows: Mapping[str, HubOutcome], hub: str) -> dict[str, HubOutcome]:
    """What one hub may answer, by code."""
    return {row.code: row for row in rows.values() if not row.hubs or hub in row.hubs}
