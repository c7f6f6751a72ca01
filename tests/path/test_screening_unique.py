"""What makes one family known without naming it: only a nameless enquiry is looked at for it (governance 1.8.6)."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.referral import Referral
from gateway.path.screening import screen
from tests.builders import a_referral
from tests.path.copies import SCREENS
from tests.path.deriving import COUNCILS, fact
from tests.path.scenarios import NAMELESS

KNOWN = [
    "A Year 4 boy whose father is the only butcher in Ash.",
    "Their mother runs the only nursery in the village.",
    "She is the only Welsh speaker in our school.",
    "Her father is the vicar.",
    "His mother was the village postmaster.",
    "They are twins, and one of them is ill.",
    "He has Rett syndrome.",
    "It was in the newspaper last week.",
]
NOT_KNOWN = [
    "This is the only time he smiles.",
    "It is the only way in which we can help.",
    "The only thing that helps is sleep.",
    "Mum is the only adult at home.",
    "She asked the vicar for help.",
    "The family twinned its plans with ours.",
    "He only eats at school.",
]


def nameless(reason: str) -> Referral:
    return a_referral(**(NAMELESS | {"reason": reason}))


def kinds(referral: Referral) -> set[str]:
    return {kind for _, kind in screen(referral, SCREENS).identifiers}


@pytest.mark.parametrize("text", KNOWN)
def test_what_fits_one_family_only_is_marked_v16(text: str) -> None:
    assert "unique" in kinds(nameless(text))


@pytest.mark.parametrize("text", NOT_KNOWN)
def test_what_fits_many_families_is_not(text: str) -> None:
    assert "unique" not in kinds(nameless(text))


@pytest.mark.parametrize("text", KNOWN)
def test_a_request_with_names_is_not_looked_at_for_it(text: str) -> None:
    assert "unique" not in kinds(a_referral(reason=text))


@pytest.mark.parametrize(("text", "expected"), [(KNOWN[0], "suspected"), (NOT_KNOWN[0], "clean")])
def test_such_an_enquiry_goes_back_to_its_sender_i_302(text: str, expected: str) -> None:
    council = COUNCILS["tower_hamlets"]
    asked: dict[str, Any] = NAMELESS | {"purpose": "general_enquiry", "reason": text}
    assert fact("leak", council=council, screening=screen(nameless(text), SCREENS), **asked) == expected
