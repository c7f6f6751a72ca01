"""Statutory returns as reports that are only taken out: Annex A holds children's dates of birth (settled 58).

The three lists are held whole while they are made, since the third counts what came in the year before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.flows.reports.annexa import COLUMNS, Period, lists_of
from gateway.flows.reports.definition import Asking
from gateway.flows.reports.lines import Row, Sheet
from gateway.path.calendar import day_of

ANNEX_A: Final = tuple(Sheet(name, columns) for name, columns in COLUMNS.items())


def annex_a(asking: Asking) -> Iterator[Row]:
    """Lists 1 to 3 of Ofsted's Annex A."""
    question = asking.question
    period = Period(question.first, question.last, day_of(asking.gateway.now()))
    lists = lists_of(asking.gateway, asking.connection, asking.council.name, period)
    for sheet, rows in enumerate(lists.values()):
        yield from (Row(cells, sheet) for cells in rows)
