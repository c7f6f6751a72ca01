"""Says in words how old the data of a source may be, so that nobody takes last night's export for the state of now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.source import SourceRef

OFTEN: Final[Mapping[str, str]] = {
    "at_once": "sent as it was written",
    "nightly": "nightly export",
    "weekly": "weekly export",
    "by_hand": "exported by hand",
}
"""`contracts.source.Freshness` → the words of a message."""


def freshness(source: SourceRef) -> str:
    """ "Data as of 9 March 2026, nightly export."; "" where the source declares neither a day nor how often."""
    often = OFTEN[source.freshness] if source.freshness else ""
    if source.data_as_of is None:
        return (
            f"The source does not say of which day its data is: {often}." if often not in ("", OFTEN["at_once"]) else ""
        )
    day = f"Data as of {source.data_as_of.day} {source.data_as_of:%B %Y}"
    return f"{day}, {often}." if often else f"{day}."
