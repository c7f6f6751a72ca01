"""What every sharing policy keeps to, whoever writes it: each a name, a sentence to sign, and claims that are proved.

Sources: the ten principles of the gate, and questions 7, 8, 10, 31, 36, 41 and 42 of the design. A policy that breaks
one is refused before it can decide anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.council_facts import COUNCIL_FACTS
from contracts.decision import VOCABULARY, Outcome
from gateway.path.boxes import Box
from gateway.path.claims import NOTHING_GOES, AsksFor, AtLeast, Claim, EachAsksFor, NeverLooser


@dataclass(frozen=True, slots=True)
class Invariant:
    """One promise about every policy."""

    name: str
    say: str
    claims: tuple[Claim, ...]


def _is(**facts: str) -> dict[str, frozenset[str]]:
    return {fact: frozenset(values.split()) for fact, values in facts.items()}


def _nothing_goes(*cases: Box) -> tuple[AtLeast, ...]:
    return tuple(AtLeast(case, NOTHING_GOES) for case in cases)


def _turning(fact: str, order: str, floor: Outcome = NOTHING_GOES, where: Box | None = None) -> Iterator[NeverLooser]:
    """From any of the earlier values to each later one."""
    values = order.split()
    for place in range(1, len(values)):
        yield NeverLooser(fact, frozenset(values[:place]), values[place], floor, where=where or {})


_ASKED: Final = _is(path="early_help update")
_ALONE: Final = _ASKED | _is(human="none")

_WORSE: Final[Mapping[str, str]] = {
    "sender": "authorised not_authorised",
    "recipient": "right_hub unknown other_area no_role",
    "dsa": "in_force one_off_recorded lapsed none",
    "leak": "clean suspected not_run",
    "basis": "complete incomplete",
    "special": "none conditioned unconditioned",
    "criminal": "none conditioned unconditioned",
    "young": "not_needed agrees silent_12_15 silent_16_17 refuses",
    "notice": "given safe_reason missing",
    "thirdp": "none needed excess unreviewed",
    "protect": "none do_not_inform address sealed",
    "complete": "yes no",
    "codes": "known unknown",
    "identifiers": "sound doubtful",
    "agreement_form": "as_required signed_to_follow other_form unknown",
    "parties": "as_required child_missing",
    "agreement_record": "stated undated by_the_form",
    "both_consents": "both one none",
    "informed_agreement": "stated not_stated",
    "family_choice": "recorded not_recorded",
    "override": "none incomplete void",
    "parents": "told not_told_risk not_told_unapproved not_told unknown",
    "lead": "agreed unknown not_agreed",
    "unlisted_names": "none some",
    "narrative": "free read needs_reading",
    "do_not_inform": "no yes",
    "documents": "here not_here",
    "joint_visit": "yes no unknown",
    "headings": "complete parts_missing missing",
    "reuse": "reused reason_given not_said",
    "absent_parents": "named not_named",
    "on_paper": "no yes",
    "checklist": "filled_in not_here",
    "staff_risk": "not_known known",
    "panel": "no_family family family_read family_guarded",
}
"""Facts whose values have an order, best first. Harm and agreement have promises of their own."""

_UNKNOWN: Final[Mapping[str, str]] = {
    "agreement": "unknown",
    "recipient": "unknown",
    "leak": "not_run",
    "subject": "incomplete",
    "notice": "missing",
    "thirdp": "unreviewed",
    "dsa": "none",
} | {fact: "unknown" for fact, values in COUNCIL_FACTS.items() if "unknown" in values}
"""The value that says nobody knows. Harm has its own: nobody asked (settled 31)."""

_SAFETY: Final = (
    Invariant(
        "safety first",
        "Significant or immediate harm, a duty to report and a safeguarding referral always go to the front door, "
        "whatever is missing, refused or unknown besides.",
        tuple(
            AtLeast(case, Outcome.DIVERT)
            for case in (_is(harm="significant immediate"), _is(duty="applies"), _is(path="safeguarding"))
        ),
    ),
    Invariant(
        "more harm never loosens",
        "Whoever declares more harm never gets a less cautious answer, and possible harm delays nothing.",
        (
            *_turning("harm", "none_declared not_asked possible significant immediate", Outcome.DIVERT),
            *_turning("duty", "none applies", Outcome.DIVERT),
            NeverLooser("harm", frozenset({"possible"}), "none_declared"),
        ),
    ),
    Invariant(
        "possible harm is looked at",
        "Where harm is possible a person is always asked to look at it, whatever the outcome.",
        (AsksFor(_is(harm="possible"), frozenset({"task look_at_possible_harm", "clock divert_acknowledged"})),),
    ),
    Invariant(
        "nobody asked is never none",
        "Where nobody was asked about harm, sender and hub read that nobody was asked.",
        (AsksFor(_is(harm="not_asked"), frozenset({"flag harm_not_asked", "clock divert_acknowledged"})),),
    ),
    Invariant(
        "a divert is followed until somebody has it",
        "Every rule that sends to the front door also starts the clock that rings until a person acknowledges.",
        (EachAsksFor(Outcome.DIVERT, frozenset({"clock divert_acknowledged"})),),
    ),
)

_ADMISSION: Final = (
    Invariant(
        "nobody unregistered gets through",
        "What a sender who is not registered for it sends goes nowhere but to the front door.",
        _nothing_goes(_is(sender="not_authorised")),
    ),
    Invariant(
        "only to those with a part in it",
        "Nothing goes to a hub that has no part in it, to an unknown one, to another area, or for another purpose.",
        _nothing_goes(_is(recipient="other_area no_role unknown"), _is(purpose="other")),
    ),
    Invariant(
        "nameless stays nameless",
        "A nameless enquiry in which somebody could be known goes nowhere, and of a clean one only the question goes.",
        (
            *_nothing_goes(
                _is(path="advice", leak="suspected not_run"),
                _is(path="advice", subject="identified described family incomplete"),
                _is(path="early_help update safeguarding", subject="anonymous incomplete"),
            ),
            AtLeast(_is(path="advice"), Outcome.ADVICE_ONLY),
        ),
    ),
    Invariant(
        "no sharing without a basis",
        "Without a recorded basis, or a condition for sensitive or criminal information, nothing goes.",
        _nothing_goes(_is(basis="incomplete"), _is(special="unconditioned"), _is(criminal="unconditioned")),
    ),
)

_AGREEMENT: Final = (
    Invariant(
        "a no is a no",
        "Where the family refused, took it back or disagrees, or the young person refused, nothing goes unless a named "
        "person has recorded a decision to share.",
        _nothing_goes(_ALONE | _is(agreement="refused withdrawn disputed"), _ALONE | _is(young="refuses")),
    ),
    Invariant(
        "silence is no agreement",
        "Where the family was not asked, agreed too long ago, may not have been able to agree, or was not told what "
        "happens to its information, nothing goes unless a named person has recorded a decision to share.",
        _nothing_goes(
            _ALONE | _is(agreement="stale giver_doubt not_sought_unsafe not_sought_other unknown"),
            _ALONE | _is(agreement="in_scope partial_scope", notice="safe_reason missing"),
        ),
    ),
    Invariant(
        "a silent young person is asked",
        "Where what a young person of 16 or 17 wants is not recorded, or nobody knows how old they are, nothing goes "
        "that does not tell the hub and the sender to ask them before anybody acts.",
        (
            AsksFor(
                _ALONE | _is(agreement="in_scope partial_scope not_required", young="silent_16_17"),
                frozenset({"flag ask_young_person_first"}),
            ),
            AsksFor(
                _ALONE | _is(agreement="in_scope partial_scope not_required", young="silent_16_17"),
                frozenset({"task ask_the_young_person_first"}),
            ),
        ),
    ),
    Invariant(
        "less agreement never loosens",
        "An agreement that covers less, or is taken back, never lets more go than one that covers all.",
        tuple(
            _turning(
                "agreement",
                "in_scope partial_scope not_sought_other unknown stale giver_doubt not_sought_unsafe refused "
                "disputed withdrawn",
                where=_is(human="none"),
            )
        ),
    ),
    Invariant(
        "what needs no full agreement is trimmed",
        "On part of an agreement, on a duty or on a person's decision, no more than the least that is needed goes.",
        (
            AtLeast(_ALONE | _is(agreement="partial_scope not_required"), Outcome.SHARE_MINIMISED),
            AtLeast(_ASKED | _is(human="recorded"), Outcome.SHARE_MINIMISED),
        ),
    ),
    Invariant(
        "a person overrides an agreement and nothing else",
        "A recorded decision to share loosens no refusal and no divert, opens no sealed file, and is looked at after.",
        (
            NeverLooser("human", frozenset({"none"}), "recorded", only=Outcome.REFUSE),
            *_nothing_goes(_is(human="recorded", protect="sealed")),
            AsksFor(_ASKED | _is(human="recorded"), frozenset({"task sample_decision"})),
        ),
    ),
    Invariant(
        "a withdrawal reaches everybody",
        "When a family takes its agreement back, those who had something before are told, and safety is asked about.",
        (
            AsksFor(_ALONE | _is(agreement="withdrawn"), frozenset({"notice withdrawal"})),
            AsksFor(_ALONE | _is(agreement="withdrawn"), frozenset({"task ask_whether_stopping_is_safe"})),
        ),
    ),
)

_PROTECTION: Final = (
    Invariant(
        "sealed stays sealed",
        "A sealed file goes nowhere but to the front door, until those named for it have decided.",
        _nothing_goes(_is(protect="sealed")),
    ),
    Invariant(
        "others are protected",
        "People nobody has placed hold it back, too much about them is trimmed, and a protected address never goes "
        "in full.",
        (
            *_nothing_goes(_is(thirdp="unreviewed")),
            AtLeast(_is(thirdp="excess"), Outcome.SHARE_MINIMISED),
            AtLeast(_is(protect="address"), Outcome.SHARE_MINIMISED),
        ),
    ),
    Invariant(
        "no family reads what is kept from it",
        "Nothing goes to a panel on which the family sits while something in it is not for the family's eyes.",
        _nothing_goes(_ASKED | _is(panel="family_guarded")),
    ),
    Invariant(
        "protection travels",
        "Every copy says that an address is protected, or that somebody must not learn of it.",
        (
            AsksFor(_is(protect="address"), frozenset({"flag address_protected"})),
            AsksFor(_is(protect="do_not_inform"), frozenset({"flag do_not_inform"})),
            AsksFor(_is(do_not_inform="yes"), frozenset({"flag do_not_inform"})),
        ),
    ),
)

_KNOWING: Final = (
    Invariant(
        "unknown is never the better answer",
        "Where nobody knows, nothing goes that the worst known answer would have kept back.",
        (
            *(
                NeverLooser(fact, frozenset({**VOCABULARY, **COUNCIL_FACTS}[fact]) - {unknown}, unknown, NOTHING_GOES)
                for fact, unknown in _UNKNOWN.items()
            ),
            # Silence is not the worst answer of a young person: who says no is obeyed (G-508), who is silent is asked.
            NeverLooser("young", frozenset({"not_needed", "agrees", "silent_12_15"}), "silent_16_17", NOTHING_GOES),
        ),
    ),
    Invariant(
        "learning something worse never loosens",
        "No answer that speaks more against sharing ever lets more go.",
        tuple(claim for fact, order in _WORSE.items() for claim in _turning(fact, order)),
    ),
)

INVARIANTS: Final = (*_SAFETY, *_ADMISSION, *_AGREEMENT, *_PROTECTION, *_KNOWING)
"""Every promise, in the order a reader asks."""
