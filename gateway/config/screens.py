"""Reads `mappings/screens.yaml`: what the gateway looks for in free text, ready to be looked for in linear time."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.adapter import Fault
from contracts.identifiers import CHECKS, Doubt
from gateway.config.yamlfile import Loaded, Part, load, refuse, unknown

LONGEST_REPEAT: Final = 64
"""How often a shape may repeat anything. With it every shape takes a time that only grows with the text."""

_BACKSLASHED: Final = re.compile(r"\\.")
_CLASS: Final = re.compile(r"\[[^\]]*\]")
_REPEAT: Final = re.compile(r"\{(\d*)(,?)(\d*)\}")
_MARKS: Final = dict.fromkeys((*range(33, 65), *range(91, 97), *range(123, 127), *range(8208, 8232), 160, 173), " ")
"""What stands between words: marks, digits, dashes and quotation marks."""


class HarmWords(Part):
    """Words that mean the same kind of harm, and why they are here."""

    why: str
    words: tuple[str, ...]


class UniqueWords(Part):
    """Words that may say which family it is without naming it, and why they are here (governance 1.8.6)."""

    why: str
    words: tuple[str, ...]


class IdentifierShape(Part):
    """One kind of identifier: a regular expression in any case, and the check that tells it from a look-alike."""

    kind: str
    digits: int = 0
    holds: str = ""
    shape: str
    check: str = ""


class Titles(Part):
    """Words before a surname; the second kind are ordinary words unless a capital follows."""

    always: tuple[str, ...]
    before_a_capital: tuple[str, ...]


class ScreensFile(Part):
    """`mappings/screens.yaml` as it stands."""

    version: str
    harm: tuple[HarmWords, ...]
    unique: tuple[UniqueWords, ...]
    identifiers: tuple[IdentifierShape, ...]
    titles: Titles
    streets: Mapping[str, tuple[str, ...]]
    safe_words: tuple[str, ...]


Phrases = Mapping[str, tuple[tuple[frozenset[str], re.Pattern[str]], ...]]
"""First word of a phrase → the rest of its words and its pattern."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One identifier, compiled. `doubt` answers None for text that can be one; `digits` and `holds` save looking."""

    kind: str
    digits: int
    holds: str
    pattern: re.Pattern[str]
    doubt: Callable[[str], Doubt | None] | None


@dataclass(frozen=True, slots=True)
class Screens:
    """What to look for. Words are in lower case.

    harm      words that mean harm
    unique    the same for words that may make one family known
    shapes    of identifiers; figureless: those of them that hold no digit
    titles    words that make it worth looking for `title`
    streets   how a street name may end, long → short; street_ends: all of them
    digest    SHA-256 of the file, 64 hex digits
    """

    version: str
    digest: str
    harm: Phrases
    unique: Phrases
    shapes: tuple[Shape, ...]
    figureless: tuple[Shape, ...]
    titles: frozenset[str]
    title: re.Pattern[str]
    streets: Mapping[str, tuple[str, ...]]
    street_ends: frozenset[str]
    street: re.Pattern[str]
    safe_words: frozenset[str]


def load_screens(path: Path | str) -> Screens:
    """The screens of this file. Raises ConfigError with file, line and column of every fault."""
    loaded = load(path, ScreensFile)
    refuse(_faults(loaded))
    file = loaded.model
    titles, shapes = file.titles, tuple(map(_shape, file.identifiers))
    return Screens(
        version=file.version,
        digest=loaded.digest,
        harm=_phrases(word for words in file.harm for word in words.words),
        unique=_phrases(word for words in file.unique for word in words.words),
        shapes=shapes,
        figureless=tuple(shape for shape in shapes if not shape.digits),
        titles=frozenset(titles.always + titles.before_a_capital),
        title=_title(titles),
        streets=file.streets,
        street_ends=frozenset(_ends(file.streets)),
        street=_street(file.streets),
        safe_words=frozenset(file.safe_words),
    )


def words(text: str) -> list[str]:
    """The words of a text as they stand, without marks and digits: "Maya's" is Maya and s."""
    return text.translate(_MARKS).split()


def _phrases(phrases: Iterable[str]) -> Phrases:
    by_first: dict[str, list[tuple[frozenset[str], re.Pattern[str]]]] = defaultdict(list)
    for phrase in phrases:
        first, *rest = words(phrase)
        pattern = re.compile(r"\b" + r"[\s‐-―-]{1,3}".join(map(re.escape, (first, *rest))) + r"\b", re.IGNORECASE)
        by_first[first].append((frozenset(rest), pattern))
    return {first: tuple(phrases) for first, phrases in by_first.items()}


def _shape(shape: IdentifierShape) -> Shape:
    doubt = CHECKS[shape.check] if shape.check else None
    return Shape(shape.kind, shape.digits, shape.holds, re.compile(shape.shape, re.IGNORECASE), doubt)


def _title(titles: Titles) -> re.Pattern[str]:
    always = "|".join(map(re.escape, titles.always))
    others = "|".join(map(re.escape, titles.before_a_capital))
    surname = r"(?-i:[A-ZÀ-ÖØ-Þ])[\w'’-]{1,40}"
    return re.compile(
        rf"\b(?:(?:{always})\.? {{1,2}}[^\W\d_][\w'’-]{{1,40}}|(?:{others}) {{1,2}}{surname})", re.IGNORECASE
    )


def _street(streets: Mapping[str, tuple[str, ...]]) -> re.Pattern[str]:
    ends = "|".join(map(re.escape, _ends(streets)))
    return re.compile(rf"\d{{1,4}}[a-z]?,? ((?:[^\W\d_][\w'’-]{{0,30}} ){{1,3}})(?:{ends})\b", re.IGNORECASE)


def _ends(streets: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [end for long, short in streets.items() for end in (long, *short)]


def _faults(loaded: Loaded[ScreensFile]) -> Iterator[Fault]:
    file = loaded.model
    seen: set[str] = set()
    listed = [("harm", *row) for row in enumerate(file.harm)] + [("unique", *row) for row in enumerate(file.unique)]
    for part, row, group in listed:
        for place, phrase in enumerate(group.words):
            at = (part, row, "words", place)
            yield from _word_faults(loaded, at, phrase)
            if phrase in seen:
                yield loaded.fault(*at, expected="each word once", remedy=f"`{phrase}` is already above. Keep one.")
            seen.add(phrase)
    for place, word in enumerate(file.safe_words):
        yield from _word_faults(loaded, ("safe_words", place), word)
    for row, shape in enumerate(file.identifiers):
        yield from _shape_faults(loaded, row, shape)


def _word_faults(loaded: Loaded[ScreensFile], at: tuple[str | int, ...], phrase: str) -> Iterator[Fault]:
    if " ".join(words(phrase)) != phrase or phrase != phrase.lower():
        yield loaded.fault(
            *at, expected="words in small letters with single blanks", remedy="A blank matches a hyphen too."
        )


def _shape_faults(loaded: Loaded[ScreensFile], row: int, shape: IdentifierShape) -> Iterator[Fault]:
    if shape.check and shape.check not in CHECKS:
        remedy = unknown(shape.check, CHECKS)
        yield loaded.fault("identifiers", row, "check", expected=f"one of {', '.join(CHECKS)}", remedy=remedy)
    if not shape.digits and not shape.holds:
        expected = "`digits` or `holds` beside the shape"
        yield loaded.fault(
            "identifiers", row, expected=expected, remedy="Say how many digits it has, or what it holds."
        )
    try:
        re.compile(shape.shape)
    except re.error as error:
        remedy = f"It reads wrongly: {error.msg}."
        yield loaded.fault("identifiers", row, "shape", expected="a regular expression", remedy=remedy)
        return
    if not _bounded(shape.shape):
        remedy = f"Say how often, at most {LONGEST_REPEAT} times: `{{1,{LONGEST_REPEAT}}}`; no `*`, `+` or `\\1`."
        yield loaded.fault("identifiers", row, "shape", expected="a shape with an upper bound", remedy=remedy)


def _bounded(shape: str) -> bool:
    """Whether nothing in the shape repeats without end or refers back to what it matched."""
    if re.search(r"\\[1-9]|\(\?P=", shape):
        return False
    bare = _CLASS.sub("x", _BACKSLASHED.sub("x", shape))
    repeats = _REPEAT.findall(bare)
    return not re.search(r"[*+]", bare) and all(
        (not comma or most) and int(most or least or 0) <= LONGEST_REPEAT for least, comma, most in repeats
    )
