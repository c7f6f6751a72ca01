"""What a family reads about a sharing: short sentences, everyday words, no codes, and nothing that may endanger."""

from __future__ import annotations

import re

import pytest

from gateway.record.explanation import KINDS, Sharing, explanation


def told(*groups: str, young: bool = False) -> str:
    return explanation(
        Sharing(
            "Invented School",
            "Testham Hub",
            "020 7946 0100",
            "Testham",
            "3 November 2026",
            groups or tuple(KINDS),
            young,
        )
    )


def grade(text: str) -> float:
    """Flesch and Kincaid's school grade; an age is five years more."""
    sentences = [part for part in re.split(r"[.?!:]\s|\n", text) if part.strip()]
    words = re.findall(r"[A-Za-z]+", text)
    sounds = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower())))) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * sounds / len(words) - 15.59


@pytest.mark.parametrize("young", [False, True])
def test_settled_40_a_child_of_nine_can_read_it(young: bool) -> None:
    assert grade(told(young=young)) <= 4.5


def test_it_holds_no_code() -> None:
    assert not re.findall(r"[A-Z]-[0-9]{2,}|[a-z]+_[a-z]+|\b[0-9a-f]{16,}\b|GDPR|Article", told())


def test_what_may_endanger_somebody_is_never_named() -> None:
    hushed = ("alleged_harm", "third_parties", "third_parties_detail", "criminal", "safety", "sharing_limits")
    assert told("carers", *hushed) == told("carers")


def test_only_what_went_is_named() -> None:
    assert ("where your child lives" in told("child_contact"), "where your child lives" in told("carers")) == (
        True,
        False,
    )


def test_a_child_is_spoken_to() -> None:
    said = told(young=True)
    assert "- who you are\n- where you live\n- who looks after you" in said
    assert "your child" not in said
