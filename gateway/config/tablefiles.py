"""What is written in the files of a sharing policy: tables and their rows, holds, flags, tasks, and the head."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from contracts.decision import Outcome
from gateway.config.yamlfile import Part

Kind = Literal["hold", "clock", "flag", "task", "notice"]
Sentence = Annotated[str, Field(min_length=10, pattern=r"[.?!]$")]
Time = Annotated[str, Field(pattern=r"^[1-9][0-9]* (minute|hour|working hour|day|working day)s?$")]
DayOfYear = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
PlainName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*\.yaml$", description="a file beside this one")]
Roles = Annotated[tuple[str, ...], Field(min_length=1)]


class RuleRow(Part):
    """One row: when every named fact has one of the listed values, then this outcome. No arithmetic, no negation."""

    id: str
    when: dict[str, tuple[str, ...]]
    then: Outcome
    say: Sentence
    flags: tuple[str, ...] = ()
    hold: str | None = None
    clock: str | None = None
    task: str | None = None
    notice: str | None = None
    cites: tuple[str, ...] = Field(default=(), description="documents the row rests on, and where in them")
    review_by: date | None = Field(default=None, description="day by which the row must be looked at again")
    owner: str | None = Field(default=None, description="role that keeps this row, where it is not the table's")


class TableFile(Part):
    """One table. `overlaps_ok` lists every pair of rows that can match together and decide differently."""

    id: str = Field(pattern=r"^[A-Z][A-Z0-9]*$")
    title: str
    owner: str
    rules: tuple[RuleRow, ...]
    overlaps_ok: tuple[tuple[str, str], ...] = ()


class CouncilTableFile(TableFile):
    """A council's `rules.yaml`: rows that tighten, flag or return, and the facts it adds with their values."""

    facts: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class HoldRow(Part):
    title: str
    owners: Roles
    within: Time
    on_expiry: Roles
    say: Sentence
    interrupts: bool = False
    again: Time = "1 working day"


class TaskRow(Part):
    owner: str
    within: Time
    say: Sentence
    tells: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    all_of_them: bool = False
    interrupts: bool = False
    again: Time = "1 working day"


class ShutRow(Part):
    """Days of every year on which England's schools are usually shut: `12-21` is 21 December."""

    first: DayOfYear
    last: DayOfYear


class SchoolsPart(Part):
    """When schools are open, roughly: each has its own calendar. Days around Easter are counted from Easter Sunday."""

    opens: time
    closes: time
    shut: tuple[ShutRow, ...]
    days_before_easter: int = Field(ge=0, le=30)
    days_after_easter: int = Field(ge=0, le=30)


class HoldsFile(Part):
    holds: dict[str, HoldRow]
    schools: SchoolsPart


class FlagsFile(Part):
    flags: dict[str, Sentence]


class TasksFile(Part):
    tasks: dict[str, TaskRow]
    clocks: dict[str, TaskRow]
    deliveries: dict[
        Literal["pair", "late", "half", "lane", "not_taken", "uncertain", "held", "dead", "divert"], TaskRow
    ]
    notices: dict[str, Sentence]
    record: dict[Literal["unsealed", "cannot_seal", "unwitnessed", "mismatch", "manifests", "review"], TaskRow] = Field(
        default_factory=dict
    )


class PolicyFile(Part):
    """The head of a policy (governance 6.2)."""

    policy: str
    title: str
    version: str = Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")
    effective_from: AwareDatetime
    combine: Literal["most_cautious"]
    no_match: Literal["hold"]
    review_by: date | None = None
    tables: tuple[PlainName, ...] = Field(min_length=1)


def asked(row: RuleRow) -> Iterator[tuple[Kind, str, tuple[str | int, ...]]]:
    """What a row asks for besides its outcome: kind, code, and the keys it stands at within the row."""
    for index, flag in enumerate(row.flags):
        yield "flag", flag, ("flags", index)
    single: tuple[tuple[Kind, str | None], ...] = (
        ("hold", row.hold),
        ("clock", row.clock),
        ("task", row.task),
        ("notice", row.notice),
    )
    yield from ((kind, code, (kind,)) for kind, code in single if code is not None)
