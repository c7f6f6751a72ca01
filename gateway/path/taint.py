"""Finds a protected value wherever it turns up again: in other spelling, inside a sentence, as part of something else.

A text that holds one is kept back whole; nothing is ever cut out of a text (settled 10).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Final
from unicodedata import combining, normalize
from urllib.parse import unquote

SHORTEST: Final = 5
"""Letters and digits from which a value is looked for inside other words; a shorter one must stand as a word."""

_NOT_LETTERS: Final = re.compile(r"[\W_]+")
_WORDS: Final = re.compile(r"[^\W_]+")
_POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) *([0-9][A-Z]{2})", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"^[0-9]+[a-z]?$")
_DATED: Final = re.compile(r"([0-9]{1,4})[^\w\s]([0-9]{1,2})[^\w\s]([0-9]{1,4})(?![0-9])")
_PLAIN: Final = str.maketrans({**dict(zip("łŁøØđĐħı", "lLoOdDhi", strict=True)), "æ": "ae", "œ": "oe", "ʼ": "'"})
"""Letters that Unicode does not take apart into a plain one and a mark, and a mark that it takes for a letter."""

_ROUNDS: Final = 3
"""How often a text may have been encoded for a link or a page."""


@dataclass(frozen=True, slots=True)
class Values:
    """Protected values in their many spellings, in small letters without blanks or marks.

    inside  looked for anywhere in a text, across its blanks
    words   looked for as words of their own
    """

    inside: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.inside or self.words)

    def __or__(self, other: Values) -> Values:
        return Values(self.inside | other.inside, self.words | other.words)

    def __sub__(self, other: Values) -> Values:
        return Values(self.inside - other.inside, self.words - other.words)

    def within(self, text: str) -> bool:
        """Whether the text holds one of them, as it stands or as a link or a page would encode it."""
        return any(map(self._in_plain, _decoded(text)))

    def _in_plain(self, text: str) -> bool:
        folded = _folded(text)
        if self.words and not self.words.isdisjoint(_words(folded)):
            return True
        joined = _NOT_LETTERS.sub("", folded)
        return any(value in joined for value in self.inside)


NONE: Final = Values()


def of_text(text: str) -> Values:
    """A value that is looked for as it is."""
    return _filed([squeezed(text)])


def of_name(text: str) -> Values:
    """A name, and each of its words of three letters or more."""
    parts = [part for part in _WORDS.findall(_folded(text)) if len(part) > 2]
    return _filed([squeezed(text)]) | Values(words=frozenset(parts))


def of_postcode(text: str) -> Values:
    """A postcode, its first half as a word, and that with one figure more: each names a few streets."""
    found = _POSTCODE.fullmatch(" ".join(text.split()))
    if found is None:
        return of_text(text)
    return Values(frozenset({squeezed(text)}), frozenset({found[1].casefold()})) | of_text(found[1] + found[2][0])


def of_address_line(text: str, streets: Mapping[str, tuple[str, ...]]) -> Values:
    """An address line, without its house number, and with the street's word long and short ("road", "rd")."""
    words = _WORDS.findall(_folded(text))
    street = [word for word in words if not _NUMBERED.match(word)]
    spellings = ["".join(words), "".join(street)]
    for long, short in streets.items():
        ends = (long, *short)
        if len(street) > 1 and street[-1] in ends:
            spellings += ["".join((*street[:-1], end)) for end in ends]
    return _filed(spelling for spelling in spellings if not spelling.isdigit())


def of_phone(text: str) -> Values:
    """A telephone number, with or without the country's code."""
    digits = "".join(filter(str.isdigit, text))
    for start in ("0044", "44", "0"):
        digits = digits.removeprefix(start)
    return _filed([digits or squeezed(text)])


def of_date(day: date) -> Values:
    """A date as people write it: 14/03/2015, 4.3.15, 2015-03-14, 14 March 2015, 14th Mar 15."""
    spellings = {day.strftime(form) for form in ("%Y%m%d", "%d%m%Y", "%d%m%y")}
    spellings |= {f"{day.day}{day.month}{day:%Y}", f"{day:%Y}{day.month}{day.day}", f"{day.day}{day.month}{day:%y}"}
    for month in (day.strftime("%B").lower(), day.strftime("%b").lower()):
        for number in (str(day.day), _ordinal(day.day)):
            spellings |= {f"{number}{month}{day:%Y}", f"{number}of{month}{day:%Y}", f"{month}{number}{day:%Y}"}
    return _filed(spellings)


def every(values: Iterable[Values]) -> Values:
    """All of these as one."""
    inside: set[str] = set()
    words: set[str] = set()
    for value in values:
        inside |= value.inside
        words |= value.words
    return Values(frozenset(inside), frozenset(words))


def squeezed(text: str) -> str:
    """A text in small letters without blanks or marks: how values are compared."""
    return _NOT_LETTERS.sub("", _folded(text))


def _folded(text: str) -> str:
    """A text in small plain letters: "Zoë" as "zoe"."""
    if text.isascii():
        return text.casefold()
    apart = normalize("NFKD", text.translate(_PLAIN))
    return "".join(letter for letter in apart if not combining(letter)).casefold()


def _words(folded: str) -> list[str]:
    """The words of a text, and each date in figures as one: "4.3.15" as "4315"."""
    return _WORDS.findall(folded) + ["".join(found) for found in _DATED.findall(folded)]


def _decoded(text: str) -> Iterator[str]:
    """A text as it stands, then as what it was before somebody encoded it."""
    yield text
    if "%" not in text and "&" not in text:
        return
    for _ in range(_ROUNDS):
        before, text = text, unquote(unescape(text))
        if text == before:
            return
        yield text


def _filed(spellings: Iterable[str]) -> Values:
    """Long spellings to be found inside, short ones as words; nothing of one letter."""
    inside: set[str] = set()
    words: set[str] = set()
    for spelling in _said(spellings):
        (inside if len(spelling) >= SHORTEST else words).add(spelling)
    return Values(frozenset(inside), frozenset(words))


def _said(spellings: Iterable[str]) -> Iterator[str]:
    return (spelling for spelling in spellings if len(spelling) > 1)


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
