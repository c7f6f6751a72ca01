"""Says which hubs may have less than before: who is told when the family's agreement changes (governance 1.8.2)."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.path.course import Promise


def narrowed(before: Iterable[Promise], after: Iterable[Promise]) -> frozenset[str]:
    """Hubs that something would have gone to and nothing does, or from which more is kept back."""
    was, now = _kept_back(before), _kept_back(after)
    return frozenset(hub for hub, withheld in was.items() if hub not in now or now[hub] - withheld)


def _kept_back(promises: Iterable[Promise]) -> dict[str, frozenset[str]]:
    """Hub → pointers of all that is kept back from it, in any of its messages."""
    found: dict[str, frozenset[str]] = {}
    for promise in promises:
        own = frozenset(one.pointer for one in promise.payload.withheld)
        found[promise.hub.name] = found.get(promise.hub.name, frozenset()) | own
    return found
