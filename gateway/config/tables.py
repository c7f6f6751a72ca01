"""Reads the sharing policy from its files: the base tables every council has, and the rows one council adds.

`policy.yaml` lists the tables in order; `holds.yaml`, `flags.yaml` and `tasks.yaml` say what their codes mean. A policy
holds no approvals: those are entries of the record that name its digest (settled 11).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from contracts.adapter import Fault
from contracts.decision import VOCABULARY, Obligation, Outcome, RuleHit
from contracts.errors import ConfigError
from contracts.events import EVENTS
from gateway.config.answers import AnswersFile, answer_faults, answers_of
from gateway.config.policy import DEFECT, Hold, Policy, Rule, Schools, Table, Task
from gateway.config.tablefiles import (
    CouncilTableFile,
    FlagsFile,
    HoldsFile,
    Kind,
    PolicyFile,
    RuleRow,
    SchoolsPart,
    TableFile,
    TasksFile,
    asked,
)
from gateway.config.yamlfile import Loaded, load, refuse, unknown

M = TypeVar("M", bound=BaseModel)

_RULE_ID: Final = re.compile(r"(?!NO-MATCH-|UNKNOWN-)[A-Z][A-Z0-9]*(-[A-Z0-9]+)+")
_WAITS: Final = (Outcome.HOLD, Outcome.RETURN)


@dataclass(frozen=True, slots=True)
class _Files:
    """All files of one policy, read but not yet held against each other."""

    head: Loaded[PolicyFile]
    holds: Loaded[HoldsFile]
    flags: Loaded[FlagsFile]
    tasks: Loaded[TasksFile]
    base: tuple[Loaded[TableFile], ...]
    extra: Loaded[CouncilTableFile] | None
    answers: Loaded[AnswersFile] | None

    @property
    def tables(self) -> tuple[Loaded[Any], ...]:
        return (*self.base, self.extra) if self.extra else self.base

    @property
    def vocabulary(self) -> dict[str, tuple[str, ...]]:
        return {**VOCABULARY, **(self.extra.model.facts if self.extra else {})}

    @property
    def codes(self) -> Mapping[Kind, Mapping[str, object]]:
        tasks = self.tasks.model
        return {
            "hold": self.holds.model.holds,
            "flag": self.flags.model.flags,
            "task": tasks.tasks,
            "clock": tasks.clocks,
            "notice": tasks.notices,
        }


def load_policy(folder: Path, council_rules: Path | None = None) -> Policy:
    """The policy of `folder`, with a council's rows on top if it has any.

    Raises ConfigError with the faults of all its files. Gaps, overlaps and idle rules are for `path/boxes.py`.
    """
    files = _read_all(folder, council_rules)
    refuse(
        [
            *(fault for table in files.tables for fault in _row_faults(table, files.vocabulary, files.codes)),
            *_repeated(files.tables),
            *(_council_faults(files.extra) if files.extra else ()),
            *_without_defect(files.holds, files.tasks),
            *_event_faults(files.tasks),
            *_answer_faults(files),
        ]
    )
    head, tasks = files.head.model, files.tasks.model
    told = [files.answers] if files.answers else []
    text = _text([files.head, files.holds, files.flags, files.tasks, *files.tables, *told], folder / "groups.yaml")
    return Policy(
        id=head.policy,
        title=head.title,
        version=head.version,
        effective_from=head.effective_from,
        tables=tuple(compiled(table, additional=table is files.extra) for table in files.tables),
        vocabulary={fact: frozenset(values) for fact, values in files.vocabulary.items()},
        holds={code: Hold(**dict(row)) for code, row in files.holds.model.holds.items()},
        flags=files.flags.model.flags,
        tasks={code: Task(**dict(row)) for code, row in tasks.tasks.items()},
        clocks={code: Task(**dict(row)) for code, row in tasks.clocks.items()},
        deliveries={code: Task(**dict(row)) for code, row in tasks.deliveries.items()},
        record={code: Task(**dict(row)) for code, row in tasks.record.items()},
        schools=_schools(files.holds.model.schools),
        notices=tasks.notices,
        text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        answers=answers_of(files.answers) if files.answers else {},
        review_by=head.review_by,
    )


def _read_all(folder: Path, council_rules: Path | None) -> _Files:
    faults: list[Fault] = []
    head = _read(folder / "policy.yaml", PolicyFile, faults)
    holds = _read(folder / "holds.yaml", HoldsFile, faults)
    flags = _read(folder / "flags.yaml", FlagsFile, faults)
    tasks = _read(folder / "tasks.yaml", TasksFile, faults)
    base = [_read(folder / name, TableFile, faults) for name in (head.model.tables if head else ())]
    extra = _read(council_rules, CouncilTableFile, faults) if council_rules else None
    # Words that were published before answers were part of a policy have none.
    said = folder / "answers.yaml"
    answers = _read(said, AnswersFile, faults) if said.exists() else None
    refuse(faults)
    assert head and holds and flags and tasks  # noqa: PT018  # what is not read has left a fault
    return _Files(head, holds, flags, tasks, tuple(table for table in base if table), extra, answers)


def compiled(loaded: Loaded[TableFile], additional: bool = False) -> Table:
    """A table whose rows have been checked, ready to be asked."""
    table = loaded.model
    rules = tuple(_rule(table.id, row, loaded.at("rules", index)) for index, row in enumerate(table.rules))
    overlaps = frozenset(frozenset(pair) for pair in table.overlaps_ok)
    return Table(table.id, table.title, rules, overlaps, additional, loaded.at("overlaps_ok"))


def _rule(table: str, row: RuleRow, position: str) -> Rule:
    when = tuple((fact, frozenset(values)) for fact, values in row.when.items())
    hit = RuleHit(rule=row.id, table=table, outcome=row.then, say=row.say)
    obligations = tuple(Obligation(kind, code, row.id) for kind, code, _ in asked(row))
    return Rule(row.id, row.then, when, hit, obligations, position, row.cites, row.review_by)


def _read(path: Path, model: type[M], faults: list[Fault]) -> Loaded[M] | None:
    try:
        return load(path, model)
    except ConfigError as error:
        faults.extend(error.faults)
        return None


def _row_faults(
    table: Loaded[TableFile], vocabulary: Mapping[str, Sequence[str]], codes: Mapping[Kind, Mapping[str, object]]
) -> Iterator[Fault]:
    """Words of a table that mean nothing: facts, values, codes, ids."""
    for index, row in enumerate(table.model.rules):
        at = ("rules", index)
        if not _RULE_ID.fullmatch(row.id):
            yield table.fault(*at, "id", expected="an id such as G-502", remedy=f"`{row.id}` is none.")
        for fact, values in row.when.items():
            yield from _condition_faults(table, (*at, "when", fact), values, vocabulary)
        if (row.hold is not None) is not (row.then in _WAITS):
            remedy = "Name its class under `hold:`." if row.then in _WAITS else "Take `hold:` away."
            yield table.fault(
                *at, "then", expected="`hold:` with hold and return, and with nothing else", remedy=remedy
            )
        for kind, code, keys in asked(row):
            if code not in codes[kind]:
                yield table.fault(*at, *keys, expected=f"a {kind} of the policy", remedy=unknown(code, codes[kind]))


def _condition_faults(
    table: Loaded[TableFile],
    keys: tuple[str | int, ...],
    values: Sequence[str],
    vocabulary: Mapping[str, Sequence[str]],
) -> Iterator[Fault]:
    fact = str(keys[-1])
    if fact not in vocabulary:
        yield Fault(table.at_name(*keys), "", "a fact", unknown(fact, vocabulary))
        return
    if not values:
        yield table.fault(*keys, expected="at least one value", remedy=f"Name one, or leave `{fact}` out for any.")
    for place, value in enumerate(values):
        if value not in vocabulary[fact]:
            expected = f"a value of {fact}: {', '.join(vocabulary[fact])}"
            yield table.fault(*keys, place, expected=expected, remedy=unknown(value, vocabulary[fact]))


def _repeated(tables: Sequence[Loaded[TableFile]]) -> Iterator[Fault]:
    """Ids that stand for two things, and pairs that name no row."""
    table_ids: set[str] = set()
    rule_ids: dict[str, str] = {}
    for table in tables:
        if table.model.id in table_ids:
            yield table.fault("id", expected="a table id of its own", remedy=f"`{table.model.id}` is taken.")
        table_ids.add(table.model.id)
        for index, row in enumerate(table.model.rules):
            if row.id in rule_ids:
                remedy = f"`{row.id}` is already at {rule_ids[row.id]}."
                yield table.fault("rules", index, "id", expected="a rule id of its own", remedy=remedy)
            rule_ids.setdefault(row.id, table.at("rules", index, "id"))
    for table in tables:
        for index, pair in enumerate(table.model.overlaps_ok):
            for side, rule in enumerate(pair):
                if rule not in rule_ids:
                    remedy = unknown(rule, rule_ids)
                    yield table.fault("overlaps_ok", index, side, expected="the id of a row", remedy=remedy)


def _council_faults(table: Loaded[CouncilTableFile]) -> Iterator[Fault]:
    """A council only tightens, flags or returns (settled 7); its facts are its own."""
    for index, row in enumerate(table.model.rules):
        if row.then is Outcome.SHARE and not any(asked(row)):
            expected = "a row that tightens, flags or returns"
            remedy = "A council's row cannot loosen. Give it another outcome, a flag or a task, or take it away."
            yield table.fault("rules", index, "then", expected=expected, remedy=remedy)
    for fact, values in table.model.facts.items():
        if fact in VOCABULARY:
            yield Fault(table.at_name("facts", fact), "", "a fact of the council's own", f"`{fact}` is a base fact.")
        if len(set(values)) < 2:
            yield table.fault(
                "facts", fact, expected="two values or more", remedy="A fact with one value says nothing."
            )


def _without_defect(holds: Loaded[HoldsFile], tasks: Loaded[TasksFile]) -> Iterator[Fault]:
    if DEFECT not in holds.model.holds:
        yield holds.fault(
            "holds", expected=f"the hold `{DEFECT}`", remedy="It is for cases that no rule covers. Add it."
        )
    if DEFECT not in tasks.model.tasks:
        yield tasks.fault(
            "tasks", expected=f"the task `{DEFECT}`", remedy="It is for cases that no rule covers. Add it."
        )


def _event_faults(tasks: Loaded[TasksFile]) -> Iterator[Fault]:
    """A task that an event should end, and that no event could."""
    for section in ("tasks", "clocks", "deliveries", "record"):
        for code, row in getattr(tasks.model, section).items():
            for place, event in enumerate(row.stops):
                if event not in EVENTS:
                    at = (section, code, "stops", place)
                    yield tasks.fault(*at, expected="an event that can be told", remedy=unknown(event, EVENTS))


def _answer_faults(files: _Files) -> Iterable[Fault]:
    if files.answers is None:
        return ()
    return answer_faults(files.answers, files.holds.model.holds, files.tasks.model.tasks, files.vocabulary)


def _schools(part: SchoolsPart) -> Schools:
    shut = tuple((_month_and_day(row.first), _month_and_day(row.last)) for row in part.shut)
    return Schools(part.opens, part.closes, shut, part.days_before_easter, part.days_after_easter)


def _month_and_day(words: str) -> tuple[int, int]:
    month, _, day = words.partition("-")
    return int(month), int(day)


def _text(files: Iterable[Loaded[Any]], groups: Path) -> str:
    """Every file that whoever signs the policy must have read: the tables, answers, and what each outcome sends."""
    read = [(file.path.name, file.text) for file in files]
    if groups.exists():
        read.append((groups.name, groups.read_text(encoding="utf-8")))
    return "".join(f"--- {name}\n{text.rstrip()}\n" for name, text in sorted(read))
