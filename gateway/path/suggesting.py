"""What of a part of a referral a reviewer should think of before it is given to whoever asks: suggestions, no answers.

From where a part stands and the words in it. A part without a suggestion may hold any of this all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

FLAGS: Final[Mapping[str, str]] = {
    "third_party": "May be about somebody else",
    "serious_harm": "Giving it may do serious harm",
    "child_abuse": "May be about child abuse",
    "crime": "May hinder finding or preventing crime",
    "privilege": "May be legal advice",
}
"""Code of a suggestion → in words."""

GROUNDS: Final[Mapping[str, str]] = {
    "third_party": "It is about somebody else, who has not agreed (Data Protection Act 2018, Schedule 2, paragraph 16)",
    "serious_harm": "It would be likely to do serious harm to somebody (Schedule 3)",
    "child_abuse": "It is about child abuse, and giving it is not in the child's interest (Schedule 3, paragraph 21)",
    "crime": "It would hinder finding or preventing crime (Schedule 2, paragraph 2)",
    "privilege": "It is legal advice (Schedule 2, paragraph 19)",
    "other": "Another ground, named in the reason",
}
"""Code of a ground for leaving a part out → in words."""

TOLD: Final[Mapping[str, str]] = {
    "third_party": "It is about somebody else, who has not agreed.",
    "privilege": "It is legal advice.",
}
"""Ground → what whoever asks may read of it. Of any other, saying it could do what leaving it out is to prevent."""

NOT_TOLD: Final = "The law allows that, or asks for it."

_OTHERS: Final = frozenset(
    {
        "people", "relationships", "professionals", "referrer", "family", "views", "meetings", "step_down",
        "written_here", "told_by_hubs", "attachments",
    }
)  # fmt: skip
_HARM: Final = frozenset({"harm", "staff_risk", "risk_factors", "override"})
_WORDS: Final[Mapping[str, re.Pattern[str]]] = {
    "serious_harm": re.compile(r"\b(self.?harm|suicid\w*|threat\w*|violen\w*|refuge|injunction|weapon)\b", re.I),
    "child_abuse": re.compile(r"\b(abus\w*|neglect\w*|exploit\w*|assault\w*|groom\w*|injur\w*)\b", re.I),
    "crime": re.compile(r"\b(police|offen[cd]\w*|arrest\w*|convict\w*|bail|probation|prison|crim\w*|drug\w*)\b", re.I),
    "privilege": re.compile(r"\b(solicitor\w*|barrister\w*|legal advice|counsel'?s? opinion|litigation)\b", re.I),
}


def suggested(place: str, value: Any, own: bool) -> tuple[str, ...]:
    """Keys of FLAGS. place: pointer into the referral, as `/people/1`; own: it is the person's who asks."""
    field, text = place.split("/")[1], list(words_in(value))
    found = set()
    if not own and (field in _OTHERS or any(len(one.split()) > _PHRASE for one in text)):
        found.add("third_party")
    if field in _HARM or (isinstance(value, Mapping) and "alleged_harm" in value.get("roles", ())):
        found |= {"serious_harm", "child_abuse"}
    if field == "criminal":
        found.add("crime")
    found |= {flag for flag, pattern in _WORDS.items() if any(map(pattern.search, text))}
    return tuple(flag for flag in FLAGS if flag in found)


_PHRASE: Final = 4
"""Words in a row from which on somebody wrote freely, and so perhaps of anybody."""


def words_in(value: Any) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from words_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from words_in(one)
