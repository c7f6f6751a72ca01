"""What a person did to one candidate, as the record keeps it beside the decision that came of it (governance 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.decision import Candidate


@dataclass(frozen=True, slots=True)
class Deed:
    """by: who did it. subject: id of the child. hubs: recipients it is about, before and after it.

    why   code of what they did: what the clocks that end with it say; said: all of it, for the record
    """

    by: str
    subject: str
    hubs: frozenset[str]
    why: str
    said: Mapping[str, object]

    def about(self, candidate: Candidate) -> bool:
        """Whether the decision on this candidate is what the person decided."""
        return candidate.subject == self.subject and candidate.hub in self.hubs
