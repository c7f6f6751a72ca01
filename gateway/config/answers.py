"""Reads what a person may record in answer to a hold or a task (`mappings/sharing/answers.yaml`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from contracts.adapter import Fault
from gateway.config.tablefiles import Sentence
from gateway.config.yamlfile import Loaded, Part, load, unknown

Asked = Literal["ground", "basis", "hub"]

ROUTE: Final = "route"
"""The fact whose value is a hub: it stands in place of the council's routes, and no rule reads it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer a person may give: a fact, recorded for one child, one recipient and one content.

    instead   values it may stand in for; () for any
    holds     classes of hold, and tasks: codes of tasks, that it may answer
    asks      what must be said beside the reason
    always    offered whether or not a rule that holds reads the fact
    second    another person must confirm it first
    read      whoever records it must have opened the content first
    """

    code: str
    title: str
    fact: str
    value: str
    instead: tuple[str, ...]
    holds: tuple[str, ...]
    tasks: tuple[str, ...]
    asks: tuple[Asked, ...]
    always: bool
    second: bool
    read: bool
    say: str

    def answers(self, kind: str) -> bool:
        """Whether it may answer a clock of this kind: `hold:CLASS` or `task:CODE`."""
        what, _, code = kind.partition(":")
        return code in {"hold": self.holds, "task": self.tasks}.get(what, ())


class _Row(Part):
    title: str
    fact: str
    to: str = ""
    instead: tuple[str, ...] = Field(default=(), alias="from")
    holds: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    asks: tuple[Asked, ...] = ()
    always: bool = False
    second: bool = False
    read: bool = False
    say: Sentence


class AnswersFile(Part):
    answers: dict[str, _Row]


def load_answers(file: Path) -> Mapping[str, Answer]:
    """Every answer by its code, in the file's order. Raises ConfigError."""
    return answers_of(read_answers(file))


def read_answers(file: Path) -> Loaded[AnswersFile]:
    """The file, not yet held against a policy. Raises ConfigError."""
    return load(file, AnswersFile)


def answer_faults(
    file: Loaded[AnswersFile],
    holds: Collection[str],
    tasks: Collection[str],
    vocabulary: Mapping[str, Collection[str]],
) -> Iterator[Fault]:
    """Classes, tasks and values that an answer names and the policy does not know."""
    for code, row in file.model.answers.items():
        for key, names, known in (("holds", row.holds, holds), ("tasks", row.tasks, tasks)):
            for place, name in enumerate(names):
                if name not in known:
                    remedy = unknown(name, known)
                    yield file.fault("answers", code, key, place, expected=f"one of the {key}", remedy=remedy)
        # A fact that is not here is another council's own: no row of this policy asks for it.
        if row.fact in vocabulary and row.to not in vocabulary[row.fact]:
            expected, remedy = f"a value of {row.fact}", unknown(row.to, vocabulary[row.fact])
            yield file.fault("answers", code, "to", expected=expected, remedy=remedy)


def answers_of(file: Loaded[AnswersFile]) -> dict[str, Answer]:
    """Every answer by its code, in the file's order."""
    rows = file.model.answers
    return {
        code: Answer(
            code, row.title, row.fact, row.to, row.instead, row.holds, row.tasks, row.asks,
            row.always, row.second, row.read, row.say,
        )
        for code, row in rows.items()
    }  # fmt: skip
