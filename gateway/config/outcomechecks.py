"""Whether a council's `outcomes.yaml` holds: codes that can be told, hubs that exist, one meaning for each of both."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from contracts.adapter import Fault
from contracts.events import OUTCOMES
from gateway.config.councilfiles import OutcomesFile
from gateway.config.yamlfile import Loaded, unknown


def outcome_faults(outcomes: Loaded[OutcomesFile], hubs: Collection[str]) -> Iterator[Fault]:
    """A code that nobody knows could not be told, and one that stands twice for a hub would have two meanings."""
    said: dict[tuple[str, str], str] = {}
    for name, row in outcomes.model.outcomes.items():
        at, code = ("outcomes", name), row.code or name
        if code not in OUTCOMES:
            place = outcomes.at(*at, "code") if row.code else outcomes.at_name(*at)
            yield Fault(place, "", "an outcome that can be told", unknown(code, OUTCOMES))
        for number, hub in enumerate(row.hubs):
            if hub not in hubs:
                yield outcomes.fault(*at, "hubs", number, expected="a hub of hubs.yaml", remedy=unknown(hub, hubs))
        twice = next((said[hub, code] for hub in row.hubs or hubs if (hub, code) in said), None)
        if twice is not None:
            remedy = f"`{twice}` says it for the same hub. Name the hubs of each, or take one away."
            yield Fault(outcomes.at_name(*at), "", "one row for each hub and code", remedy)
        said |= {(hub, code): name for hub in row.hubs or hubs}
