"""What the gateway decides, from which facts, and how it says so.

Facts are small, finite and coded: a rule never sees a name or a narrative. Their vocabularies are governance 1.3 with
settled 7 (`not_required`) and 31 (`not_asked`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal


class Outcome(StrEnum):
    """Outcomes, most cautious first (design 3). Order is meaning: the lowest index wins."""

    DIVERT = "divert"  # to the safeguarding front door, at once
    REFUSE = "refuse"  # no one may lawfully or technically do this
    RETURN = "return"  # only the sender can complete it
    HOLD = "hold"  # a named person must act
    ADVICE_ONLY = "advice_only"  # a nameless enquiry
    SHARE_MINIMISED = "share_minimised"
    SHARE = "share"

    @property
    def caution(self) -> int:
        """0 is the most cautious."""
        return _CAUTION[self]

    @property
    def sends(self) -> bool:
        """Whether anything goes to a hub."""
        return self in (Outcome.DIVERT, Outcome.ADVICE_ONLY, Outcome.SHARE_MINIMISED, Outcome.SHARE)


_CAUTION: Final = {outcome: index for index, outcome in enumerate(Outcome)}

VOCABULARY: Final[Mapping[str, tuple[str, ...]]] = {
    "path": ("early_help", "advice", "safeguarding", "update"),
    "harm": ("none_declared", "not_asked", "possible", "significant", "immediate"),
    "duty": ("none", "applies"),
    "sender": ("authorised", "not_authorised"),
    "recipient": ("right_hub", "other_area", "no_role", "unknown"),
    "purpose": ("early_help", "advice", "safeguarding", "other"),
    "dsa": ("in_force", "one_off_recorded", "lapsed", "none"),
    "subject": ("identified", "described", "family", "incomplete", "anonymous"),
    "leak": ("clean", "suspected", "not_run"),
    "basis": ("complete", "incomplete"),
    "special": ("none", "conditioned", "unconditioned"),
    "criminal": ("none", "conditioned", "unconditioned"),
    "agreement": (
        "in_scope",
        "partial_scope",
        "not_required",
        "stale",
        "refused",
        "withdrawn",
        "disputed",
        "giver_doubt",
        "not_sought_unsafe",
        "not_sought_other",
        "unknown",
    ),
    "young": ("not_needed", "agrees", "refuses", "silent_12_15", "silent_16_17"),
    "human": ("none", "recorded"),
    "notice": ("given", "safe_reason", "missing"),
    "thirdp": ("none", "needed", "excess", "unreviewed"),
    "protect": ("none", "address", "do_not_inform", "sealed"),
}
"""Every fact and its values (governance 1.3). Councils' tables may add facts of their own, declared in their file."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The engine's whole input: one value per fact, and where each came from.

    values   fact → value, each from its vocabulary (base or the council's)
    sources  fact → pointers into the referral, or `registration`, `council`, `screen`, `person`
    """

    values: Mapping[str, str]
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible share: this child, this hub, this purpose, and why (settled 1).

    subject  id of the child in the referral, or "" for a nameless enquiry
    hub      name of the hub in the council's file, or "" when no route was found
    state    what the router could say of the recipient: the fact `recipient`
    service  code of the requested service, `unknown` for one that is in no list, "" for none: one box, one candidate
    """

    subject: str
    hub: str
    purpose: str
    state: Literal["right_hub", "other_area", "no_role", "unknown"]
    because: str
    service: str = ""


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something that must also happen: every matched rule's obligations apply (settled 8).

    kind  `hold`, `clock`, `flag`, `task`, `notice`, `ask`
    code  which one, a key of the holds, flags or clocks in `mappings/`
    """

    kind: Literal["hold", "clock", "flag", "task", "notice", "ask"]
    code: str
    rule: str


@dataclass(frozen=True, slots=True)
class RuleHit:
    """One rule that matched: its id, table, outcome and its sentence in plain English."""

    rule: str
    table: str
    outcome: Outcome
    say: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one candidate, and why.

    hits        every rule that matched, in table order; `deciding` are those with the winning outcome
    groups      field groups this recipient may have (governance 1.6); empty when nothing goes
    inputs      digest of policy, council, registration, route and agreement epoch (settled 12)
    valid_until first instant, in ms UTC, at which a dated fact changes; None if none does
    """

    candidate: Candidate
    outcome: Outcome
    hub: str
    facts: Facts
    hits: tuple[RuleHit, ...]
    deciding: tuple[str, ...]
    obligations: tuple[Obligation, ...]
    groups: tuple[str, ...]
    inputs: str
    valid_until: int | None = None

    @property
    def say(self) -> str:
        """The deciding rules in words."""
        return " ".join(hit.say for hit in self.hits if hit.rule in self.deciding)


@dataclass(frozen=True, slots=True)
class Withheld:
    """One element that did not go: its pointer, why, and the rule or group that kept it back."""

    pointer: str
    reason: str
    rule: str


@dataclass(frozen=True, slots=True)
class Payload:
    """What one recipient gets. Hubs never see a Referral.

    body      canonical bytes ready to be signed and sent
    withheld  every element left out
    """

    body: bytes
    withheld: tuple[Withheld, ...]
