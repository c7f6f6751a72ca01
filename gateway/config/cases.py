"""Reads `cases.yaml` of a council's folder: how its case system's own table says what came of what it was sent.

The file may be missing. What the system writes is turned into an event or an outcome word by word: a word that stands
in no row of `means` is told, and never guessed (settled 46).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field

from adapters.formats.headings import folded
from contracts.adapter import Fault
from contracts.council import Council, Registration
from contracts.errors import ConfigError
from contracts.events import TOLD
from contracts.outcomes import outcomes_of
from gateway.config.councilfiles import Line, Name
from gateway.config.yamlfile import Loaded, Part, load, refuse, unknown

FILE: Final = "cases.yaml"
NOTHING: Final = "nothing"
"""What a word means that says nothing yet, as an empty cell does."""

OPERATION: Final = "deliveries.outcome"
_NOT_HERE: Final = ("notice_acknowledged", "more_information_given")
"""Events that no case system's table tells of."""

Dates = Literal["uk_date", "iso_date", "uk_or_iso_date", "written_date"]
Meaning = Annotated[str, Field(pattern=rf"^((event|outcome):[a-z_]+|{NOTHING})$")]


class CaseTablePart(Part):
    """One table, by its columns.

    system     the registration of senders.yaml that speaks for the hubs it is about
    reference  our reference of the request, or the number of the message
    said       what became of it, in the system's own words, which `means` turns into ours
    on         the day on which it did; without the column, the day on which the table is read
    """

    system: Name
    reference: Line
    said: Line
    on: Line | None = None
    dates: Dates = "uk_or_iso_date"
    words: Line | None = None
    lead: Line | None = None
    encoding: Line = "utf-8"
    delimiter: Literal[",", ";", "|", "\t"] = ","
    means: dict[Line, Meaning] = Field(min_length=1)


class CasesFile(Part):
    """`cases.yaml`."""

    cases: dict[Name, CaseTablePart] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class CaseTable:
    """One table of one council's case system. `means` is by the folded word."""

    council: str
    name: str
    part: CaseTablePart
    means: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that it must have."""
        one = self.part
        return tuple(filter(None, (one.reference, one.said, one.on, one.words, one.lead)))


Cases = Mapping[str, Mapping[str, CaseTable]]
"""Council → table by its name."""

NO_CASES: Final[Cases] = MappingProxyType({})


def load_cases(folder: Path, councils: Mapping[str, Council]) -> Cases:
    """Every table of these councils, from `<folder>/<council>/cases.yaml`. Raises ConfigError with all faults."""
    found: list[Fault] = []
    cases: dict[str, Mapping[str, CaseTable]] = {}
    for name, council in councils.items():
        if not (path := folder / name / FILE).is_file():
            continue
        try:
            loaded = load(path, CasesFile)
        except ConfigError as error:
            found += error.faults
            continue
        found += _faults(loaded, council)
        cases[name] = {
            key: CaseTable(name, key, part, {folded(word): meaning for word, meaning in part.means.items()})
            for key, part in loaded.model.cases.items()
        }
    refuse(found)
    return cases


def _faults(loaded: Loaded[CasesFile], council: Council) -> Iterator[Fault]:
    for name, part in loaded.model.cases.items():
        at = ("cases", name)
        system = council.senders.get(part.system)
        if system is None or not system.hubs or OPERATION not in system.may:
            speaks = [key for key, one in council.senders.items() if one.hubs and OPERATION in one.may]
            expected = f"a registration of senders.yaml with `hubs`, that may {OPERATION}"
            yield loaded.fault(*at, "system", expected=expected, remedy=unknown(part.system, speaks))
            continue
        seen: dict[str, str] = {}
        for word, meaning in part.means.items():
            yield from _meaning_faults(loaded, (*at, "means", word), part, meaning, council, system)
            if seen.setdefault(folded(word), meaning) != meaning:
                remedy = "Case and spacing make no difference. Keep one of the two."
                yield loaded.fault(*at, "means", word, expected="one meaning for each word", remedy=remedy)


def _meaning_faults(
    loaded: Loaded[CasesFile],
    at: tuple[str, ...],
    part: CaseTablePart,
    meaning: str,
    council: Council,
    system: Registration,
) -> Iterator[Fault]:
    kind, _, code = meaning.partition(":")
    if kind == "event":
        may = [event for event in TOLD if event not in _NOT_HERE]
        if code not in may:
            yield loaded.fault(*at, expected="an event that a hub tells", remedy=unknown(code, may))
        elif code == "more_information_asked" and part.words is None:
            yield loaded.fault(*at, expected="the column of the question, in `words`", remedy="Name the column.")
    elif kind == "outcome":
        rows = {one: row for hub in system.hubs for one, row in outcomes_of(council.outcomes, hub).items()}
        if code not in rows:
            yield loaded.fault(*at, expected="an outcome of outcomes.yaml for these hubs", remedy=unknown(code, rows))
            return
        for need in rows[code].needs:
            if getattr(part, need) is None:
                expected, remedy = f"the column of what must come with it, in `{need}`", "Name the column."
                yield loaded.fault(*at, expected=expected, remedy=remedy)
