"""What a real file asks and how it is answered: each leaf, how often it says something, and what kind of thing it says.

Nothing here keeps a value: a survey is counts, kinds and questions, which an analyst may read and file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.adapter import SourceRecord
from contracts.identifiers import CHECKS
from gateway.config.codes import CodeList
from gateway.path.leaves import WORDING, flattened, question, spoken
from gateway.path.transforms import TRANSFORMS

READS: Final = (
    "uk_date", "iso_date", "uk_or_iso_date", "iso_datetime", "date_of_datetime", "written_date", "yes_no",
    "whole_number",
)  # fmt: skip
"""The transforms that answers are tried with, the narrowest first."""

_MOST: Final = 0.8
_SHORT: Final = 60
_FEW: Final = 15
_KINDS: Final = {
    "uk_date": "dates such as 14/03/2015",
    "iso_date": "dates such as 2015-03-14",
    "uk_or_iso_date": "dates in two ways",
    "iso_datetime": "dates with times",
    "date_of_datetime": "dates with times",
    "written_date": "dates in words",
    "yes_no": "yes or no",
    "whole_number": "whole numbers",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a file.

    pointer   of its answer; "*" stands for the number of an element of a list
    question  its wording, or the names that lead to it
    answered  records that say something there
    kind      what the answers are, in words
    reads     the names for `as` that read at least four in five of the distinct answers
    listed    code list → how many of the distinct answers it has; of those that have any
    distinct  how many different answers there are
    many      whether the leaf is an item of a list
    own       whether the tool says it itself, and nobody was asked
    """

    pointer: str
    question: str
    answered: int
    kind: str
    reads: tuple[str, ...]
    listed: Mapping[str, int] = field(repr=False)
    distinct: int
    many: bool = False
    own: bool = False

    def in_list(self, name: str) -> bool:
        """Whether at least four in five of the distinct answers are in this list."""
        return self.distinct > 0 and self.listed.get(name, 0) >= _MOST * self.distinct


@dataclass(frozen=True, slots=True)
class Survey:
    """The questions of the first records of a file, in the order in which they first stand, and how many records."""

    asked: tuple[Asked, ...]
    records: int


def survey(records: Iterable[SourceRecord], lists: Mapping[str, CodeList]) -> Survey:
    """What these records ask and how they answer it, without any of their values."""
    said: dict[str, Counter[str]] = {}
    wordings: dict[str, str] = {}
    answered: Counter[str] = Counter()
    total = 0
    for record in records:
        total += 1
        leaves, counts = flattened(record.data)
        met: set[str] = set()
        for pointer, leaf in leaves.items():
            place = placed(pointer, counts)
            values = said.setdefault(place, Counter())
            wordings.setdefault(place, question(leaves, pointer))
            if text := spoken(leaf):
                values[text] += 1
                met.add(place)
        answered.update(met)
    found = (
        _asked(place, wordings[place], answered[place], values, lists)
        for place, values in said.items()
        if not place.endswith(f"/{WORDING}")
    )
    return Survey(tuple(found), total)


def _asked(place: str, wording: str, answered: int, values: Counter[str], lists: Mapping[str, CodeList]) -> Asked:
    many = place.endswith("/*")
    pointer = place.removesuffix("/*")
    reads = tuple(name for name in READS if _most(values, name, lambda text, name: TRANSFORMS[name](text) is not None))
    reads += tuple(name for name in CHECKS if _most(values, name, lambda text, name: CHECKS[name](text) is None))
    short = [text for text in values if len(text) <= _SHORT]
    listed = {name: sum(one.code_of(text) is not None for text in short) for name, one in lists.items()}
    own = not place.startswith("/answers/") and any(
        place.startswith(start) for start in ("/submission/", "/submission_", "/submitted_at", "/meta/", "/metadata/")
    )
    listed = {name: count for name, count in listed.items() if count}
    return Asked(pointer, wording, answered, _kind(values, reads), reads, listed, len(values), many, own)


def _most(values: Counter[str], name: str, reads: Callable[[str, str], bool]) -> bool:
    return bool(values) and sum(reads(text, name) for text in values) >= _MOST * len(values)


def _kind(values: Counter[str], reads: Sequence[str]) -> str:
    if not values:
        return "never answered"
    if first := next((name for name in reads if name in _KINDS), ""):
        return _KINDS[first]
    short = all(len(text) <= _SHORT for text in values)
    if short and len(values) <= _FEW and values.total() >= 2 * len(values):
        return f"one of {len(values)} short texts" if len(values) > 1 else "always the same short text"
    return "short texts" if short else "free text"


def placed(pointer: str, counts: Mapping[str, int]) -> str:
    """A pointer with "*" for each number of an element."""
    if not counts:
        return pointer
    names = pointer.split("/")
    return "/".join("*" if number and "/".join(names[:number]) in counts else name for number, name in enumerate(names))
