"""What reviewers answered about an assurance sample: read from its newest draw, one piece of it in memory at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select

from contracts.errors import NotSentYet
from gateway.flows.reports.definition import Asking
from gateway.flows.reports.lines import Row, Sheet
from gateway.flows.reports.pieces import READY, rows_of
from gateway.flows.reports.sample import CHECKLIST, NAME
from gateway.path.sampling import agreement
from gateway.store.tables import REPORT, SAMPLED
from gateway.store.transaction import Tx

ANSWERS: Final[Mapping[str, str]] = {"yes": "Yes", "no": "No", "not_known": "It cannot be known"}
SHEETS: Final = (
    Sheet("The ten questions", ("Question", "Yes", "No", "It cannot be known")),
    Sheet("How far it is", ("What", "How many")),
    Sheet(
        "Each decision", ("Number", "Why it is in the sample", "Reference", "Reviewed by", "Answered no", "Not known")
    ),
)


def results(asking: Asking) -> Iterator[Row]:
    """The answers counted, then decision by decision. Raises NotSentYet while there is no sample of this quarter."""
    report = _drawn(asking)
    given = answers_of(asking.connection, asking.council.name, report)
    many = Counter(
        (question, said) for answers in given.values() for one in answers for question, said in one[1].items()
    )
    for code, question in CHECKLIST:
        yield Row((question, *(many[code, said] for said in ANSWERS)))
    items = list(_items(asking, report))
    pairs = [(one[1], other[1]) for answers in given.values() for one, other in combinations(answers, 2)]
    agree, of = agreement(pairs)
    yield Row(("Decisions in the sample", len(items)), 1)
    yield Row(
        ("Reviewed as often as they should be", sum(len(given[place]) >= _wanted(row) for place, row in items)), 1
    )
    yield Row(("Reviewed by two people", len(pairs)), 1)
    yield Row(("Answers in which two people agree", f"{agree} of {of}" if of else "None can be compared yet"), 1)
    for place, row in items:
        said = [answer for _, answers in given[place] for answer in answers.items()]
        told = [", ".join(_questions(said, which)) for which in ("no", "not_known")]
        by = ", ".join(who for who, _ in given[place]) or "Nobody yet"
        yield Row((place, row.cells[1], row.cells[3], by, *told), 2, row.decision, row.referral)


def answers_of(
    connection: Connection | Tx, council: str, report: str
) -> defaultdict[int, list[tuple[str, dict[str, str]]]]:
    """Number in the sample → who answered, and what."""
    found = select(SAMPLED).where(SAMPLED.c.council == council, SAMPLED.c.report == report).order_by(SAMPLED.c.at)
    given = defaultdict[int, list[tuple[str, dict[str, str]]]](list)
    for row in connection.execute(found):
        given[row.row].append((row.by, orjson.loads(row.answers)))
    return given


def _wanted(row: Row) -> int:
    return int(row.cells[7] or 1)


def _questions(said: list[tuple[str, str]], which: str) -> list[str]:
    return [question.rstrip("?") for code, question in CHECKLIST if (code, which) in said]


def _items(asking: Asking, report: str) -> Iterator[tuple[int, Row]]:
    for row in rows_of(asking.connection, asking.council.name, report):
        if row.sheet == 0:
            yield int(row.cells[0] or 0), row


def _drawn(asking: Asking) -> Any:
    newest = (
        select(REPORT.c.id)
        .where(REPORT.c.council == asking.council.name, REPORT.c.name == NAME, REPORT.c.state.in_(READY))
        .where(REPORT.c.query == asking.question.query)
        .order_by(REPORT.c.version.desc())
        .limit(1)
    )
    found = asking.connection.execute(newest).scalar()
    if found is None:
        raise NotSentYet("No sample was drawn for this quarter. Draw it first.")
    return found
