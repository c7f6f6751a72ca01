"""Which record of an export is about a child: exactly one, or a Fault that says where to look.

A wrong match sends a family's request about another child, so nothing is guessed: a number decides, what else is known
must not contradict it, and two records that both fit are two too many.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.adapter import Fault, Plain
from contracts.people import Person
from gateway.config.matching import Match
from gateway.path.transforms import date_of_datetime, written_date

NUMBERS: Final = ("upn", "admission_number")


@dataclass(frozen=True, slots=True)
class Known:
    """What a child can be found by, as texts are compared; `position` is where it stands.

    numbers  kind of number → the number
    key      what the source's own tables call it
    """

    position: str
    numbers: Mapping[str, str] = field(default_factory=dict)
    surnames: frozenset[str] = frozenset()
    forenames: frozenset[str] = frozenset()
    born: str = ""
    key: str = ""

    @property
    def named(self) -> bool:
        """Whether it is named in full, with the date of birth."""
        return bool(self.surnames and self.forenames and self.born)

    def is_called_as(self, other: Known) -> bool:
        """Whether the two have a name and the date of birth in common."""
        both = self.surnames & other.surnames and self.forenames & other.forenames
        return bool(both and self.born and self.born == other.born)


@dataclass(frozen=True, slots=True)
class Found:
    """What one file has for a child: the one record, or the Faults that say why not; `near` only has the names."""

    record: Known | None = None
    faults: tuple[Fault, ...] = ()
    near: tuple[Known, ...] = ()


def folded(text: str) -> str:
    """Text as it is compared: letters in one case, one space, one kind of apostrophe."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("`", "'")
    return " ".join(text.split()).casefold()


def of_person(person: Person, position: str) -> Known:
    """What a referral says of a child."""
    numbers = {one.system: number(one.value) for one in person.identifiers if one.system == "upn"}
    if person.education and person.education.admission_number:
        numbers["admission_number"] = number(person.education.admission_number)
    forenames = {folded(name) for name in (person.first_name, person.preferred_name) if name}
    surnames = {folded(name) for name in (person.surname,) if name}
    born = person.date_of_birth.isoformat() if person.date_of_birth else ""
    kept = {kind: value for kind, value in numbers.items() if value}
    return Known(position, kept, frozenset(surnames), frozenset(forenames), born)


def of_record(data: Mapping[str, Plain], match: Match, position: str) -> Known:
    """What a record says of its child."""
    numbers = {kind: value for kind in NUMBERS if (value := number(_first(data, getattr(match, kind))))}
    return Known(
        position,
        numbers,
        frozenset(folded(text) for text in _all(data, match.surname)),
        frozenset(folded(text) for text in _all(data, match.forename)),
        day(_first(data, match.date_of_birth)),
        _first(data, match.key).strip(),
    )


def may_be_wanted(data: Mapping[str, Plain], match: Match, numbers: frozenset[str], surnames: frozenset[str]) -> bool:
    """Whether a record of an export is worth a closer look: most are let go by this alone."""
    for pointers in (match.upn, match.admission_number):
        for text in _all(data, pointers):
            if number(text) in numbers:
                return True
    return any(folded(text) in surnames for text in _all(data, match.surname))


def match_in(child: Known, records: Sequence[Known]) -> Found:
    """What one file has for the child. Neither a record nor a Fault: the file does not have the child."""
    numbered = [one for one in records if any(one.numbers.get(kind) == value for kind, value in child.numbers.items())]
    named = [one for one in records if child.is_called_as(one)]
    candidates = numbered if child.numbers else named
    doubts: tuple[Fault, ...] = ()
    if not candidates and child.numbers:
        # A system that may not see the numbers can only be matched by name.
        candidates = [one for one in named if not one.numbers.keys() & child.numbers.keys()]
        doubts = tuple(_by_name(one) for one in candidates)
    if len(candidates) > 1:
        return Found(faults=(_several(child, candidates),))
    if not candidates:
        return Found(near=tuple(named))
    if fault := contradiction(child, candidates[0]):
        return Found(faults=(fault,))
    return Found(candidates[0], doubts)


def contradiction(child: Known, record: Known) -> Fault | None:
    """Why the two cannot be one child, though a number says so."""
    said, found = ({**known.numbers, "date_of_birth": known.born} for known in (child, record))
    for kind in (*NUMBERS, "date_of_birth"):
        if said.get(kind) and found.get(kind) and said[kind] != found[kind]:
            remedy = f"{record.position} has another {kind.replace('_', ' ')}. Check which pupil is meant."
            return Fault(child.position, "", "what the export says of this pupil", remedy)
    return None


def unmatched(child: Known, near: Iterable[Known]) -> Fault:
    """The Fault for a child whom no file has."""
    if not child.numbers and not child.named:
        expected = "a UPN, an admission number, or surname, forename and date of birth"
        return Fault(child.position, "", expected, "Say which pupil this is about.")
    remedy = "Check the numbers, or the names and date of birth, against the export, and that the pupil is in it."
    if places := where(near):
        remedy = f"No row has this number. The names and date of birth are those of {places}; correct the number."
    return Fault(child.position, "", "a pupil who is in the export", remedy)


def where(records: Iterable[Known]) -> str:
    """Where the records stand."""
    return "; ".join(dict.fromkeys(one.position for one in records))


def number(text: str) -> str:
    """A number as it is compared."""
    return "".join(text.split()).casefold()


def day(text: str) -> str:
    """The day in ISO form, in whatever style it is written; the text itself where it is no date."""
    text = text.strip()
    return written_date(text) or date_of_datetime(text) or folded(text)


def _several(child: Known, candidates: Sequence[Known]) -> Fault:
    remedy = f"These fit: {where(candidates)}. Leave one of them in the export, or add the UPN."
    return Fault(child.position, "", "exactly one pupil of the export", remedy)


def _by_name(record: Known) -> Fault:
    remedy = "It has no number to compare, so names and date of birth decided. Check that the right pupil is meant."
    return Fault(record.position, "", "a number of this pupil", remedy, "doubtful")


def _first(data: Mapping[str, Plain], pointers: tuple[str, ...]) -> str:
    return next(iter(_all(data, pointers)), "")


def _all(data: Mapping[str, Plain], pointers: tuple[str, ...]) -> list[str]:
    found = []
    for pointer in pointers:
        value: Plain = data
        for name in pointer[1:].split("/"):
            value = value.get(name.replace("~1", "/").replace("~0", "~")) if isinstance(value, Mapping) else None
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            found.append(str(value))
    return found
