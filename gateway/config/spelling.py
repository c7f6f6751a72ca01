"""Reads how senders write a code: the code beside its label, words in another order, examples, typing of many kinds.

For lists that say so with `words`, and only for answers that no list has whole. It reads in this order, and takes the
first that says one code and only one:

1. what is left without an enumeration, quotes or brackets: "d) WOTH", "‘POLICE’.", "69) Individual - Self"
2. a code that stands before or after its label: "2A - Schools", "MWAS:White & Asian", "Bangladeshi [ABAN]"
3. `words` anywhere in the answer, the longest first, without what it excludes ("excluding housing", "not social care")
   and without its examples ("e.g. hospice", "including prisons"); then `broad` words; then the examples; then "other"

Two codes that contradict each other are no answer. Nothing is ever read out of a list that declares no words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

_SHAPES: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "\\": "/"})
_MOJIBAKE: Final = re.compile(r"(?<=\w)(?:Ã¢â‚¬â„¢|â€™|\?{1,3}|�)(?=s\b)")
_ENUMERATED: Final = re.compile(r"^\(?[a-z]\)\s*(?=\S{2})|^\(?[0-9]{2}\)\s*(?=\S{2})|^\(cs\)\s*", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"^\(?(?:[A-Z]\.\s?|[A-Z](?=[0-9]\.[0-9]))([A-Z0-9.]{1,5})\)?(?=$|[A-Z\s:>-])[\s:>-]*")
_BEFORE: Final = re.compile(r"^([A-Za-z0-9]{1,8})(?=$|\s*[:)\]–-]|\s+[A-Za-z(\[-])[\s:)\]-]*")
_AFTER: Final = re.compile(r"[\[(]([A-Za-z0-9]{1,8})[\])]\s*$")
_EXAMPLES: Final = re.compile(r"\b(?:e\.?\s?g\b\.?|i\.?e\b\.?|including|incl?\b\.?|such as)")
_EXCLUDED: Final = re.compile(r"(?<=.)\b(?:excluding|excl?\b\.?|except|other than|not|non)\b[^()\[\];]*")
_INITIALS: Final = re.compile(r"\b(?:[A-Z]\.){3,}")
_MARK: Final = re.compile(r"[a-z0-9]{1,2}|[a-z][0-9]{1,2}|[a-z]{4}")
_WORD: Final = re.compile(r"[a-z0-9]+")
_AND: Final = re.compile(r"[&+]")
_FILLING: Final = frozenset(
    [
        "a",
        "an",
        "any",
        "at",
        "background",
        "backgroun",
        "backgrounds",
        "by",
        "for",
        "from",
        "groups",
        "heritage",
        "in",
        "of",
        "on",
        "or",
        "origin",
        "s",
        "the",
        "to",
    ]
)


@dataclass(frozen=True, slots=True)
class Speller:
    """What one list knows about how its codes are written.

    whole    code of each code, label and alias, normalised
    marks    those of them that look like a code: "2a", "mwas", "c3"
    phrases  code of each phrase, by its words, and whether it is a broad one
    longest  words in the longest phrase
    groups   the group of each code: codes of two groups contradict each other
    other    the code that yields to every other: what the bare word “other” means
    yields   whether a broad phrase yields to a phrase of another group, or contradicts it
    """

    whole: Mapping[str, str] = field(repr=False)
    marks: Mapping[str, str] = field(repr=False)
    phrases: Mapping[tuple[str, ...], tuple[str, bool]] = field(repr=False)
    longest: int
    groups: Mapping[str, str]
    other: str = ""
    yields: bool = False

    def read(self, text: str) -> str | None:
        """The code that the text stands for, or None where it stands for none or for several."""
        bare = _bare(text)
        if (code := self.whole.get(_folded(bare))) is not None:
            return code
        if (numbered := _NUMBERED.match(bare)) is not None:
            rest, mark = bare[numbered.end() :], numbered[1].casefold()
            return self.read(rest) if rest.strip() else self.marks.get(mark) or self.marks.get(mark.partition(".")[0])
        marked, worded = self._marked(bare), self._in_words(bare)
        if marked is None or worded is None or self.groups[marked] == self.groups[worded]:
            return marked or worded
        # "7 - Police": a bare digit may be the council's own numbering, and does not outdo words.
        return marked if self.yields and not (marked.isdigit() and len(marked) == 1 and worded != self.other) else None

    def _marked(self, text: str) -> str | None:
        """The code that stands before or after the label."""
        rest = text
        while (match := _BEFORE.match(rest)) is not None and _is_mark(match[1]):
            if (code := self.marks.get(match[1].casefold())) is not None:
                return code
            rest = rest[match.end() :]
        after = _AFTER.search(text)
        return self.marks.get(after[1].casefold()) if after is not None and _is_mark(after[1]) else None

    def _in_words(self, text: str) -> str | None:
        folded = _AND.sub(" and ", text.casefold())
        if (found := self.phrases.get(phrase(folded))) is not None and not found[1]:
            return found[0]  # "information not obtained" is a whole answer: nothing is excluded there
        base, *examples = _EXAMPLES.split(folded, maxsplit=1)
        only_other = False
        for part in (_EXCLUDED.sub(" ", base), *examples):
            named, broadly = self._met(phrase(part))
            if only_other and self.other in named:
                return self.other  # examples of "other" that are the other code's own
            if named:
                return self._one(named, () if self.yields else broadly)
            if set(broadly) == {self.other}:
                only_other = True
            elif broadly:
                return self._one(broadly, broadly)
        return self.other if only_other else None

    def _met(self, words: tuple[str, ...]) -> tuple[list[str], list[str]]:
        """Codes of the phrases in the words, in order, none of them part of a longer one; and of broad ones."""
        met: tuple[list[str], list[str]] = ([], [])
        place = 0
        while place < len(words):
            for length in range(min(self.longest, len(words) - place), 0, -1):
                if (found := self.phrases.get(words[place : place + length])) is not None:
                    met[found[1]].append(found[0])
                    place += length - 1
                    break
            place += 1
        return met

    def _one(self, codes: Iterable[str], beside: Iterable[str]) -> str | None:
        """The last said, as labels go from the group to its part; none if any two are of different groups."""
        said = [*codes]
        if len(set(said)) > 1:
            said = [code for code in said if code != self.other]
        groups = {self.groups[code] for code in said} | {self.groups[code] for code in beside if code != self.other}
        return said[-1] if len(groups) == 1 else None


def speller(
    whole: Mapping[str, str],
    words: Iterable[tuple[str, str]],
    broad: Iterable[tuple[str, str]],
    groups: Mapping[str, str],
    other: str,
    yields: bool,
) -> Speller:
    """Of what a list has whole, of its words and its broad words, each with its code; a code is no phrase."""
    found = {phrase(text): (code, True) for text, code in broad}
    found |= {phrase(text): (code, False) for text, code in words if not _looks_like_a_code(text)}
    marks = {text: code for text, code in whole.items() if _MARK.fullmatch(text)}
    return Speller(whole, marks, found, max(map(len, found), default=0), groups, other, yields)


def _bare(text: str) -> str:
    """Without what stands around an answer: quotes, an enumeration, the dots of initials."""
    shaped = " ".join(_MOJIBAKE.sub("'", text).translate(_SHAPES).split())
    bare = _INITIALS.sub(lambda match: match[0].replace(".", ""), shaped).strip("'\" .-")
    while (shorter := _ENUMERATED.sub("", bare, count=1)) != bare:
        bare = shorter
    return bare.strip("'\" .-")


def _looks_like_a_code(text: str) -> bool:
    return _MARK.fullmatch(text.casefold()) is not None and _is_mark(text)


def _is_mark(token: str) -> bool:
    """A code stands in capitals or holds a digit, so that the word “both” is not the code BOTH."""
    return token.isupper() or any(character.isdigit() for character in token)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def phrase(text: str) -> tuple[str, ...]:
    """The words of a text that count: small letters and digits, without filling words."""
    return tuple(word for word in _WORD.findall(text.casefold().replace("'", "")) if word not in _FILLING)
