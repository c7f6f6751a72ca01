"""Marks where free text may name harm, an identifier or somebody unlisted: pointers and places, never the text itself.

No language model, and no judgement: a harm word only ever raises a referral's urgency, and "no identifiers found" never
means anonymous (settled 10, governance 1.8.6).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from string import digits as ascii_digits
from typing import Any, Final

from contracts.people import Person
from contracts.referral import Referral
from gateway.config.fields import person_leaves, referral_leaves
from gateway.config.screens import Phrases, Screens, Shape, words
from gateway.path.protection import guards

MOST_SPANS: Final = 200
"""Spans of one referral. Beyond them a person has to read it all anyway."""

OPEN_LINES: Final = frozenset(
    (
        "needs/as_stated",
        "strengths/as_stated",
        "risk_factors/as_stated",
        "level/council_label",
        "family/locality",
        "family/cluster",
        "family/district",
        "requested_services/as_stated",
        "meetings/as_stated",
        "assessments/as_stated",
        "harm/as_stated",
        "views/how",
        "plan/actions/by_when",
        "step_down/sessions",
        "other_answers/question",
        "attachments/name",
        "referrer/relationship_to_child",
        "relationships/as_stated",
        "agreements/as_stated",
        "agreements/giver_as_stated",
    )
)
"""Single lines in which a sender typed what they liked. Other lines are names and addresses by design."""

_INDEX: Final = re.compile(r"/\d+(?=/|$)")
_DIGITS: Final = re.compile(r"\d+")
_CAPITAL: Final = r"[A-ZÀ-ÖØ-Þ][\w'’-]{1,40}"
_CAPITALS: Final = re.compile(rf"{_CAPITAL}(?: {{1,2}}{_CAPITAL}){{1,7}}")
_NAME: Final = re.compile(_CAPITAL)
_MARGIN: Final = 24
"""Characters around a number that may belong to the same identifier: a month, a street's name, the next few digits."""
_PARTS: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Span:
    """Where something was found: pointer of the field, what kind it is, and its place in the field's text."""

    pointer: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Screening:
    """What the screens saw.

    ran             False: nobody looked, and nothing here means anything
    harm            pointers of free text with a harm word
    identifiers     pointer and kind of each identifier found in text
    unlisted_names  pointers of text with a name that is no listed person's
    protected       pointers of text that holds a protected value (`protection.guards`)
    spans           each place, for the page that shows it to the sender; at most MOST_SPANS
    """

    ran: bool
    harm: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    unlisted_names: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()

    @property
    def revealing(self) -> frozenset[str]:
        """Pointers of text that may say who somebody is."""
        return frozenset((*(pointer for pointer, _ in self.identifiers), *self.unlisted_names, *self.protected))


NOT_RUN: Final = Screening(ran=False)


def screen(referral: Referral, screens: Screens) -> Screening:
    """What may be in the referral's free text. Time grows with the length of the text and nothing else."""
    own, listed = _names(referral)
    nameless = referral.anonymous or not referral.people
    listed |= screens.titles
    protected = guards(referral, screens.streets)
    spans: list[Span] = []
    tainted: list[str] = []
    for pointer, text, prose in _texts(referral):
        if len(spans) < MOST_SPANS:
            found = _found(pointer, text, prose, screens, own, listed)
            spans += [span for span in found if nameless or span.kind != "unique"]
        if protected and any(values.within(text) for _, values in protected):
            tainted.append(pointer)
    return _screening(spans[:MOST_SPANS], tainted)


def _screening(spans: Iterable[Span], tainted: Iterable[str]) -> Screening:
    spans = tuple(spans)
    return Screening(
        ran=True,
        harm=tuple(dict.fromkeys(span.pointer for span in spans if span.kind == "harm")),
        identifiers=tuple(
            dict.fromkeys((span.pointer, span.kind) for span in spans if span.kind not in ("harm", "unlisted_name"))
        ),
        unlisted_names=tuple(dict.fromkeys(span.pointer for span in spans if span.kind == "unlisted_name")),
        protected=tuple(tainted),
        spans=spans,
    )


def _found(
    pointer: str, text: str, prose: bool, screens: Screens, own: frozenset[str], listed: frozenset[str]
) -> Iterator[Span]:
    lower = text.lower()
    said = frozenset(words(lower))
    if prose:
        for start, end in _phrases(text, said, screens.harm):
            yield Span(pointer, "harm", start, end)
    for kind, start, end in _identifiers(text, said, screens):
        yield Span(pointer, kind, start, end)
    for name in own & said:
        for start, end in _places(text, lower, name):
            yield Span(pointer, "own_name", start, end)
    if not screens.titles.isdisjoint(said):
        for found in screens.title.finditer(text):
            if not screens.safe_words.issuperset(_PARTS.findall(found[0].lower())[1:]):
                yield Span(pointer, "title_and_name", *found.span())
    for start, end in _unlisted(text, screens.safe_words, listed):
        yield Span(pointer, "unlisted_name", start, end)


def _phrases(text: str, said: frozenset[str], phrases: Phrases) -> Iterator[tuple[int, int]]:
    for first in phrases.keys() & said:
        for rest, pattern in phrases[first]:
            if rest <= said:
                yield from (found.span() for found in pattern.finditer(text))


def _identifiers(text: str, said: frozenset[str], screens: Screens) -> Iterator[tuple[str, int, int]]:
    yield from (("unique", *place) for place in _phrases(text, said, screens.unique))
    windows = tuple(_windows(text))
    most = max(windows)[0] if windows else 0
    for shape in screens.shapes if windows else screens.figureless:
        if shape.digits <= most and shape.holds in text:
            for start, end in _where(shape, text, windows):
                for found in shape.pattern.finditer(text, start, end):
                    if shape.doubt is None or shape.doubt(found[0]) is None:
                        yield shape.kind, *found.span()
    if not screens.street_ends.isdisjoint(said):
        for _, start, end in windows:
            for found in screens.street.finditer(text, start, end):
                if screens.safe_words.isdisjoint(found[1].lower().split()):
                    yield "street", *found.span()


def _where(shape: Shape, text: str, windows: tuple[tuple[int, int, int], ...]) -> Iterable[tuple[int, int]]:
    if not shape.digits:
        return ((0, len(text)),)
    return [(start, end) for digits, start, end in windows if digits >= shape.digits]


def _windows(text: str) -> Iterator[tuple[int, int, int]]:
    """How many digits there are, from where and to where, around every number; those that meet are joined."""
    # Most texts hold no number, and ten looks for a letter are far quicker than one for a kind of letter.
    if text.isascii() and not any(map(text.__contains__, ascii_digits)):
        return
    digits, start, end = 0, -1, -1
    for found in _DIGITS.finditer(text):
        first, last = found.span()
        if start >= 0 and first - _MARGIN > end:
            yield digits, start, end
            digits, start = 0, -1
        if start < 0:
            start = max(0, first - _MARGIN)
        digits, end = digits + last - first, last + _MARGIN
    if start >= 0:
        yield digits, start, end


def _places(text: str, lower: str, name: str) -> Iterator[tuple[int, int]]:
    """Where a name stands as a word; the whole text where small letters are not as many as capitals."""
    if len(lower) != len(text):
        yield 0, len(text)
        return
    at = lower.find(name)
    while at >= 0:
        end = at + len(name)
        if not (lower[at - 1 : at].isalpha() or lower[end : end + 1].isalpha()):
            yield at, end
        at = lower.find(name, end)


def _unlisted(text: str, safe: frozenset[str], listed: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Two words with capitals side by side that are neither ordinary words nor the name of anybody listed."""
    for run in _CAPITALS.finditer(text):
        name = list(_NAME.finditer(run[0]))
        for first, second in pairwise(name):
            parts = _PARTS.findall(f"{first[0]} {second[0]}".lower())
            if safe.isdisjoint(parts) and not listed.issuperset(part for part in parts if len(part) > 1):
                yield run.start() + first.start(), run.start() + second.end()


def _names(referral: Referral) -> tuple[frozenset[str], frozenset[str]]:
    """Words of the family's names, and of everybody's whom the referral lists."""
    own = _parts(name for person in referral.people for name in _called(person))
    others = [professional.name for professional in referral.professionals] + [referral.referrer.name]
    others += [referral.referrer.agency, *(professional.agency for professional in referral.professionals)]
    others += [person.education.setting_name for person in referral.people if person.education]
    return frozenset(word for word in own if len(word) > 2), own | _parts(others)


def _called(person: Person) -> tuple[str | None, ...]:
    names = (person.first_name, person.middle_names, person.surname, person.full_name, person.preferred_name)
    return (*names, *person.former_names)


def _parts(names: Iterable[str | None]) -> frozenset[str]:
    """The words of these names, in small letters."""
    return frozenset(_PARTS.findall(" ".join(filter(None, names)).lower()))


Reach = tuple[tuple[str, bool, "Reach | None"], ...]
"""Fields to visit: name, whether it is prose, and what lies below it."""


@cache
def _referral_reach() -> Reach:
    leaves = referral_leaves()
    paths = {path: kind == "prose" for path, kind in leaves.items() if screened(f"/{path}", kind)}
    return _reach(paths)


@cache
def _person_reach() -> Reach:
    return _reach({path: True for path, kind in person_leaves().items() if kind == "prose"})


def screened(pointer: str, kind: str) -> bool:
    """Whether the screens read the field at this pointer. Of a person they read what is free text."""
    return kind == "prose" or _INDEX.sub("", pointer)[1:] in OPEN_LINES


def _reach(paths: dict[str, bool]) -> Reach:
    below: dict[str, dict[str, bool]] = {}
    for path, prose in paths.items():
        first, _, rest = path.partition("/")
        below.setdefault(first, {})
        if rest:
            below[first][rest] = prose
    return tuple((name, paths.get(name, False), _reach(inner) if inner else None) for name, inner in below.items())


Read = tuple[str, str, bool]
"""A field the screens read: its pointer, its text, and whether that is prose."""


def _texts(referral: Referral) -> list[Read]:
    """Every field the screens read."""
    found: list[Read] = []
    _walk(referral, "", _referral_reach(), found)
    for place, person in enumerate(referral.people):
        _walk(person, f"/people/{place}", _person_reach(), found)
    return found


def _walk(part: Any, pointer: str, reach: Reach, found: list[Read]) -> None:
    fields = vars(part)
    for name, prose, below in reach:
        value = fields[name]
        if not value:
            continue
        if below is None:
            found.append((f"{pointer}/{name}", value, prose))
        elif isinstance(value, tuple):
            for place, item in enumerate(value):
                _walk(item, f"{pointer}/{name}/{place}", below, found)
        else:
            _walk(value, f"{pointer}/{name}", below, found)
