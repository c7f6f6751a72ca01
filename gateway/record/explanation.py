"""Tells a family what was shared, in words that a child of nine can read: no codes, and nothing that was held back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

KINDS: Final[Mapping[str, str]] = {
    "child_identity": "who {child} is",
    "child_contact": "where {child} lives",
    "carers": "who looks after {child}",
    "request": "what help was asked for",
    "education": "which school {child} goes to",
    "attendance": "how often {child} is at school",
    "health_send": "health, and help with learning",
    "language": "which words and signs {child} uses best",
    "narrative": "what the person who asked wrote",
    "agreement": "what your family said yes to",
}
"""Field group → what it is to a family. The others are not named: they tell who has harmed, or whom it may endanger."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """One delivery as its family may hear of it. day: in words; young: whether the reader is the child it is about."""

    sender: str
    recipient: str
    telephone: str
    council: str
    day: str
    groups: Collection[str]
    young: bool


def explanation(sharing: Sharing) -> str:
    """The text, as paragraphs and a list."""
    child = "you" if sharing.young else "your child"
    kinds = [words.format(child=child) for group, words in KINDS.items() if group in sharing.groups]
    told = [_agree(line) if sharing.young else line for line in kinds]
    ring = f" Their phone number is {sharing.telephone}." if sharing.telephone else ""
    paragraphs = [
        f"What was shared about {'you' if sharing.young else 'your family'}",
        f"{sharing.sender} asked for some help for {'you' if sharing.young else 'your family'}.",
        f"They asked {sharing.recipient}. That was on {sharing.day}.",
        "To give good help, people there need to know some things. We told them this, if it was written down:",
        "\n".join(f"- {line}" for line in told),
        "They may only use this to help. They must keep it safe.",
        f"They may call you or write to you next.{ring}",
        "Is something here wrong? Do you want this to stop? Tell them, or tell the person who gave you this.",
        f"You can ask {sharing.council} council to show you what it keeps about you. You can also say that you are "
        "not happy with it.",
    ]
    return "\n\n".join(part for part in paragraphs if part) + "\n"


def _agree(line: str) -> str:
    """The verb after `you`."""
    for one, other in (
        ("you is", "you are"),
        ("you lives", "you live"),
        ("you goes", "you go"),
        ("you uses", "you use"),
    ):
        line = line.replace(one, other)
    return line
