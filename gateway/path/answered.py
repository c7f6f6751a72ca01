"""What a person may record about one candidate, and whether it still answers exactly that (settled 9, 36).

A person's fact stands for one child, one recipient and one content, and for what would hold without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from contracts.decision import VOCABULARY, Candidate, Outcome, RuleHit
from contracts.recorded import NOT_SHARED, PersonFact

ANY: Final[tuple[str, ...]] = ()

_UNCERTAIN: Final = ("unknown", "not_sought_other", "stale", "giver_doubt")

PERSONS_MAY: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "human": {"recorded": ANY},
    "agreement": {"in_scope": _UNCERTAIN},
    "young": {"agrees": ("silent_12_15", "silent_16_17")},
    "dsa": {"one_off_recorded": ("lapsed", "none")},
    "leak": {"clean": ("suspected",)},
    "notice": {"given": ("missing",)},
    "thirdp": {"needed": ANY},
    "subject": {"identified": ("incomplete", "described", "family")},
    "basis": {"complete": ("incomplete",)},
    "special": {"conditioned": ("unconditioned",)},
    "criminal": {"conditioned": ("unconditioned",)},
    "protect": {"address": ("sealed",)},
    "harm": {
        "significant": ("none_declared", "not_asked", "possible"),
        "immediate": ("none_declared", "not_asked", "possible", "significant"),
        "none_declared": ("possible",),
    },
    "agreement_form": {"as_required": ANY},
    "both_consents": {"both": ("one", "none")},
    "lead": {"agreed": ANY},
    "parents": {"told": ANY, "not_told_risk": ANY},
    "eligibility": {"in_range": ANY},
    "complete": {"yes": ANY},
    "narrative": {"read": ("needs_reading",)},
    "panel": {"family_read": ("family_guarded",)},
}
"""Fact → value a person may record → what it may stand in for; ANY for whatever else there is.

A refusal is never turned into an agreement, and nobody records away a harm that was declared: a decision to share
despite a refusal is `human` (G-514), and a sealed file stays one that hides an address.
"""

_CAUTION: Final = VOCABULARY["harm"]


def stands(person: PersonFact, candidate: Candidate, before: Mapping[str, str], content: str, now: int) -> bool:
    """Whether a person's fact answers exactly this: child, recipient, content, and what would hold without it.

    before  every fact as it is derived; content: digest of this version; now in ms UTC
    """
    asked = before.get("agreement" if person.fact in ("human", NOT_SHARED) else person.fact)
    return _may(person) and _about(person, candidate, content, now) and person.was == asked


def refusal(
    persons: Iterable[PersonFact], candidate: Candidate, values: Mapping[str, str], content: str, now: int
) -> RuleHit | None:
    """A person's decision that this is not shared, as a hit like any other; None if none stands."""
    about = [one for one in persons if one.fact == NOT_SHARED and _about(one, candidate, content, now)]
    newest = max((one for one in about if one.was == values.get("agreement")), key=lambda one: one.at, default=None)
    return REFUSALS.get(newest.value) if newest is not None else None


REFUSED: Final = "P-REFUSED"
CLOSED: Final = "P-CLOSED"
REFUSALS: Final[Mapping[str, RuleHit]] = {
    "refused": RuleHit(REFUSED, "P", Outcome.REFUSE, "A named person decided not to share this, and wrote why."),
    "closed": RuleHit(CLOSED, "P", Outcome.REFUSE, "A named person closed this without sharing, and wrote why."),
}
"""What a person's refusal says where a rule would say it."""


def _may(person: PersonFact) -> bool:
    """Whether anybody may record this. To lower a harm takes a second person (governance 1.7)."""
    instead_of = PERSONS_MAY.get(person.fact, {}).get(person.value)
    if instead_of is None or (instead_of and person.was not in instead_of):
        return False
    if person.fact == "harm" and _CAUTION.index(person.value) < _CAUTION.index(person.was):
        return person.second not in ("", person.by)
    return True


def _about(person: PersonFact, candidate: Candidate, content: str, now: int) -> bool:
    return (
        bool(content)
        and person.content == content
        and (person.subject, person.hub) == (candidate.subject, candidate.hub)
        and person.at <= now
        and (person.until is None or person.until > now)
    )
