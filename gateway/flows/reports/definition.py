"""What a report is: its name and words, its columns, what it can be asked, who it is for, and what gathers its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from contracts.council import Council
from gateway.flows.gateway import Gateway
from gateway.flows.reports.lines import Row, Sheet
from gateway.flows.reports.question import Period, Question


@dataclass(frozen=True, slots=True)
class Asking:
    """What a report's rows are gathered from: one read-only transaction, and the question."""

    gateway: Gateway
    connection: Connection
    council: Council
    question: Question


Gather = Callable[[Asking], Iterator[Row]]
"""Reads the rows one after another. None may hold more than its docstring says."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One report.

    words     what it answers, and what it does not
    cadence   how often the governance paper asks for it
    audience  "" for all who read reports; `close` for information governance alone: it touches content or staff;
              `sample` for whoever reviews decisions
    content   it names children or their days: it is never shown, only taken out, and erased when an export would be
    tests     whether what tests caused counts too; every other report leaves out what came with a test key
    public    its counts are made to be published, once they are signed
    filters   names of `flows.oversight.asked.choices`, and `reference` and `aware`
    """

    name: str
    title: str
    words: str
    cadence: str
    sheets: tuple[Sheet, ...]
    gather: Gather
    audience: str = ""
    content: bool = False
    public: bool = False
    filters: tuple[str, ...] = ()
    period: Period = "days"
    tests: bool = False
