"""What is aimed at, what must hold at least, and what a measurement came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Limit:
    """A ratio to keep: `>=` at least this much, `<=` at most."""

    sign: Literal[">=", "<="]
    figure: float

    def holds(self, ratio: float) -> bool:
        """Whether this ratio keeps it."""
        return ratio >= self.figure if self.sign == ">=" else ratio <= self.figure

    def __str__(self) -> str:
        return f"{'≥' if self.sign == '>=' else '≤'} {self.figure:g}"


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the table.

    ratio  what is divided by what, in words
    least  what must hold even where the aim is not reached yet
    """

    id: str
    ratio: str
    aim: Limit | None
    least: Limit | None = None


def at_least(figure: float) -> Limit:
    """The ratio may not be smaller."""
    return Limit(">=", figure)


def at_most(figure: float) -> Limit:
    """The ratio may not be larger."""
    return Limit("<=", figure)


GOALS: Final = {
    "P1": Goal("P1", "accepted a second, 32 clients ÷ group commit of the same rows", at_least(0.8), at_least(0.5)),
    "P1 one": Goal("P1", "accepted a second, 32 clients ÷ one transaction for each request", at_least(1.5)),
    "P2": Goal("P2", "accepted a second, 32 clients ÷ a route that only parses and checks", at_least(0.4)),
    "P2 raw": Goal("P2", "the same ÷ a route that does nothing at all", None),
    "P3": Goal("P3", "99th percentile, 32 clients ÷ that of group commit", at_most(1.25), at_most(2)),
    "P4": Goal("P4", "median, 1 client ÷ that of one transaction for each request", at_most(1.5)),
    "P5": Goal("P5", "a school's sheet beside XML accepted a second, 32 clients ÷ the same beside CSV", at_least(0.8)),
    "P7": Goal("P7", "delivered a second, 16 clients ÷ one-process reference with permits", at_least(0.85)),
    "P7 bare": Goal("P7", "the same ÷ the reference without permits", None),
    "P7 peer": Goal("P7", "delivered a second, 16 clients ÷ Node-RED with SQLite", at_least(2), at_least(2)),
    "P8": Goal("P8", "processor time for each delivery ÷ that of the reference with permits", at_most(1.25)),
    "P8 peer": Goal("P8", "processor time for each delivery ÷ that of Node-RED with SQLite", at_most(0.4)),
    "P9": Goal("P9", "memory with the long queue ÷ memory with 1,000 waiting", at_most(1.1), at_most(1.1)),
    "P10": Goal("P10", "backlog sent a second ÷ the bare HTTP client", at_least(0.5)),
    "P12 lost": Goal("P12", "killed under load: accepted and lost", at_most(0), at_most(0)),
    "P12 twice": Goal("P12", "killed under load: messages sent twice ÷ messages in flight", at_most(1)),
    "P12 back": Goal("P12", "killed under load: seconds from restart to sending ÷ 3 seconds", at_most(1)),
    "P13 lost": Goal("P13", "hub refused all, then recovered: never delivered", at_most(0), at_most(0)),
    "P13": Goal("P13", "hub recovered: seconds to empty ÷ (2 seconds + backlog ÷ rate)", at_most(1)),
    "P14": Goal("P14", "XML pupils read, mapped and written a second ÷ lxml's iterparse alone", at_least(0.35)),
    "P14 alone": Goal("P14", "XML pupils read a second ÷ lxml's iterparse alone", None),
    "P15": Goal("P15", "JSON pupils read, mapped and written a second ÷ ijson alone", at_least(0.35)),
    "P15 alone": Goal("P15", "JSON pupils read a second ÷ ijson alone", None),
    "P16": Goal("P16", "CSV submissions read, mapped and written a second ÷ csv.DictReader alone", at_least(0.25)),
    "P16 alone": Goal("P16", "CSV submissions read a second ÷ csv.DictReader alone", None),
    "P17": Goal("P17", "growth of memory from the small file to the large one ÷ 64 MiB", at_most(1), at_most(1)),
    "P18": Goal("P18", "verify the record ÷ read, hash and spell every entry again", at_most(1.25)),
    "P18 plain": Goal("P18", "verify the record ÷ read and hash every entry", at_most(2.5)),
    "P18 two": Goal("P18", "verify on two cores ÷ on one", at_most(0.65)),
    "P19": Goal("P19", "start to first 202 ÷ that of the reference", at_most(2)),
    "P21": Goal(
        "P21", "choose, derive, decide and trim one referral ÷ read and spell it once", at_most(8), at_most(16)
    ),
    "P21 engine": Goal("P21", "the same ÷ another decision engine asked about its facts alone", at_most(2)),
    "P22": Goal("P22", "rehearse 100,000 decisions ÷ ten times 10,000 of them", at_most(1.2), at_most(1.5)),
    "P22 read": Goal("P22", "the same ÷ read their facts and decide nothing", None),
    "P23": Goal("P23", "backlog sent a second on PostgreSQL, two workers ÷ one", at_least(1)),
    "P24": Goal("P24", "killed with the long queue: seconds from restart to sending ÷ 30 seconds", at_most(1)),
    "P24 drain": Goal("P24", "the long queue sent a second, after that kill ÷ the bare HTTP client", at_least(0.5)),
    "P25": Goal("P25", "sharing log, the first page: 95th percentile ÷ 150 ms", at_most(1)),
    "P25 filter": Goal("P25", "sharing log, filtered, over up to all days ÷ 150 ms", at_most(1)),
    "P25 nothing": Goal("P25", "sharing log, a filter that nothing answers to ÷ 150 ms", at_most(1)),
    "P25 decision": Goal("P25", "one decision ÷ 150 ms", at_most(1)),
    "P25 child": Goal("P25", "find a child and tell all in time order ÷ 150 ms", at_most(1)),
    "P25 home": Goal("P25", "the first page after signing in ÷ 150 ms", at_most(1)),
    "P26": Goal("P26", "rows of a report made a second ÷ read the same rows and nothing else", at_least(0.1)),
    "P26 memory": Goal("P26", "memory of a report of ten times the rows ÷ memory", at_most(1.1), at_most(1.1)),
    "P27": Goal(
        "P27", "rows exported as CSV a second ÷ open and parse the report's lines and write nothing", at_least(0.1)
    ),
    "P27 memory": Goal("P27", "memory of an export of ten times the rows ÷ memory", at_most(1.1), at_most(1.1)),
    "P20": Goal("P20", "syncs to disk for each accepted and delivered, 4 clients", at_most(0.75)),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one goal came to.

    ours, floor  in words, with units; "" where there is none
    ratios       one for each round, taken in pairs; the median counts
    note         what a reader must know of this one
    not_run      what the machine lacks to measure it
    """

    goal: Goal
    ours: str
    floor: str
    ratios: Sequence[float] = field(default_factory=tuple)
    note: str = ""
    not_run: str = ""

    @property
    def ratio(self) -> float | None:
        """The median of the rounds; None where nothing could be measured."""
        return median(self.ratios) if self.ratios else None

    @property
    def verdict(self) -> str:
        """Whether the aim was reached, in words."""
        if self.not_run:
            return f"not run: {self.not_run}"
        if self.ratio is None:
            return "not measured"
        if self.goal.aim is None:
            return "–"
        if self.goal.aim.holds(self.ratio):
            return "reached"
        if self.goal.least is not None and self.goal.least.holds(self.ratio):
            return "not reached; the least is"
        return "not reached"


def pairs(ours: Sequence[float], floor: Sequence[float]) -> tuple[float, ...]:
    """Ratios of the same round, where both were measured."""
    return tuple(a / b for a, b in zip(ours, floor, strict=True) if b)
