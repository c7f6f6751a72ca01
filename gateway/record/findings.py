"""What checking a record can find, in words that an information governance lead can act on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from contracts.evidence import Section
from gateway.record.entries import SALT, section_digest

MOST_FINDINGS: Final = 1_000
OPENED: Final = "opened"
NOT_SHOWN: Final = "present, not shown"
DISPOSED: Final = "present, content lawfully disposed"

UNREADABLE: Final = (Section("unreadable", None, None),)
"""In place of the sections of an entry whose content is there and cannot be opened."""

Disposals = Callable[[str, str], bool]
"""(rid, section) → whether a disposal entry of the record names that section."""


class Kind(StrEnum):
    """What was done to the record."""

    EDITED = "edited"
    DELETED = "deleted"
    INSERTED = "inserted"
    SWAPPED = "swapped"
    RENUMBERED = "renumbered"
    ERASED = "erased"  # content is gone and nobody recorded its disposal
    UNREADABLE = "unreadable"  # content is there, and cannot be opened: altered, or without its key
    TRUNCATED = "truncated"
    ROLLED_BACK = "rolled back"
    FORKED = "forked"
    FORGED = "forged"  # not signed by the pinned key
    OTHER_RECORD = "other record"
    UNSIGNED = "signature gone"  # a checkpoint or a witness's signature that was there
    TREE = "stored tree"  # the tiles are wrong, the entries right
    UNPROVEN = "unproven"  # the proof does not fit, or the bytes cannot be read


_DONE: Final = {
    Kind.EDITED: "was changed after it was sealed",
    Kind.INSERTED: "was never sealed with it",
    Kind.ERASED: "is gone, and no disposal was recorded",
    Kind.UNREADABLE: "cannot be opened: it was changed, or the key that it is sealed with is not here",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `first` and `last` are the indexes of the entries it touches, None when it touches no entry."""

    kind: Kind
    say: str
    first: int | None = None
    last: int | None = None
    rid: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What checking found. Counts of entries, checkpoints and sections.

    entries      read
    proven       covered by a checkpoint whose root they gave
    unsealed     newer than the last checkpoint: the exposure window, in which a change cannot be seen yet
    checkpoints  signed by the pinned key
    opened       sections whose content matches its seal
    disposed     sections whose content was lawfully disposed of
    hidden       sections that a bundle does not show
    findings     the first 1,000; `more` counts the rest
    """

    entries: int
    proven: int
    unsealed: int
    checkpoints: int
    opened: int
    disposed: int
    hidden: int
    findings: tuple[Finding, ...]
    more: int

    @property
    def sound(self) -> bool:
        """Nothing was found. It says nothing of unsealed entries, nor that any sharing was right."""
        return not self.findings


def entry_name(index: int, rid: str | None) -> str:
    """An entry in words: `entry 4,812 (0192f1c2-…)`."""
    return f"entry {index:,} ({rid})" if rid else f"entry {index:,}"


def section_states(
    digests: Mapping[str, str], sections: tuple[Section, ...], rid: str, disposed: Disposals
) -> dict[str, str]:
    """Each section → OPENED, DISPOSED, NOT_SHOWN, or what was done to it."""
    if sections is UNREADABLE:
        return dict.fromkeys(digests, Kind.UNREADABLE)
    states: dict[str, str] = dict.fromkeys(digests, NOT_SHOWN)
    for part in sections:
        if part.name not in digests:
            states[part.name] = Kind.INSERTED
        elif part.value is None and part.salt is None:
            states[part.name] = DISPOSED if disposed(rid, part.name) else Kind.ERASED
        elif part.value is None or part.salt is None:
            states[part.name] = Kind.ERASED
        elif len(part.salt) == SALT and section_digest(part.name, part.salt, part.value) == digests[part.name]:
            states[part.name] = OPENED
        else:
            states[part.name] = Kind.EDITED
    return states


@dataclass(slots=True)
class Tally:
    """A report in the making."""

    entries: int = 0
    checkpoints: int = 0
    opened: int = 0
    disposed: int = 0
    hidden: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0

    def find(
        self, kind: Kind, say: str, first: int | None = None, last: int | None = None, rid: str | None = None
    ) -> None:
        """Notes a fault; `last` is `first` unless given."""
        self.add(Finding(kind, say, first, first if last is None else last, rid))

    def add(self, finding: Finding) -> None:
        """Notes a fault."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.more += 1

    def count(self, index: int, rid: str, states: Mapping[str, str], *, whole: bool = False) -> None:
        """Counts the sections of an entry and notes the faulty ones. In a whole record none may be left out."""
        for name, state in states.items():
            if state == OPENED:
                self.opened += 1
            elif state == DISPOSED:
                self.disposed += 1
            elif state == NOT_SHOWN and not whole:
                self.hidden += 1
            else:
                kind = Kind.ERASED if state == NOT_SHOWN else Kind(state)
                self.find(kind, f"{name} of {entry_name(index, rid)} {_DONE[kind]}", index, rid=rid)

    @property
    def faults(self) -> int:
        """Faults noted so far."""
        return len(self.findings) + self.more

    def report(self, proven: int, unsealed: int) -> Report:
        """The report as it stands."""
        return Report(
            self.entries,
            proven,
            unsealed,
            self.checkpoints,
            self.opened,
            self.disposed,
            self.hidden,
            tuple(self.findings),
            self.more,
        )
