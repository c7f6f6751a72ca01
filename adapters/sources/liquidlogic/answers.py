"""The answers of a Liquidlogic form, by question: the last one given, and those before it.

A question is its text, or its number where the text is missing or the setting `answer_key` is "code". Answers that
differ and cannot be put in order leave `answer` null, and a doubtful fault says so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from adapters.formats.tables import Line
from contracts.adapter import Fault, Plain

_QUESTION: Final = "DIM_ASSESSMENT_TEMPLATE_QUESTION_ID_DESC"
_JOINED: Final = frozenset(
    {
        "ANSWER",
        "ANSWERED_DTTM",
        "ANSWER_NO",
        "FACT_FORM_ID",
        "FACT_FORM_ANSWER_ID",
        "DIM_PERSON_ID",
        "DIM_ASSESSMENT_TEMPLATE_ID_DESC",
        _QUESTION,
    }
)
_ORDERED: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*")


def answers_of(given: Iterable[Line], by_code: bool) -> tuple[dict[str, Plain], list[Fault]]:
    """`{question: {"answer": …, "answered": …, "earlier": […]}}`, and a Fault for each that cannot be settled."""
    questions: dict[str, list[Line]] = defaultdict(list)
    first, second = ("ANSWER_NO", _QUESTION) if by_code else (_QUESTION, "ANSWER_NO")
    for row in given:
        questions[row.id(first) or row.id(second) or "unnamed"].append(row)
    answers: dict[str, Plain] = {}
    doubts: list[Fault] = []
    for question, rows in questions.items():
        latest, *earlier = sorted(rows, key=_answered, reverse=True)
        answer = _answer(latest)
        rivals = [row for row in earlier if _answered(row) in ("", _answered(latest))]
        if any(row.cells.get("ANSWER") != latest.cells.get("ANSWER") for row in rivals):
            answer, earlier = {"answer": None}, [latest, *earlier]
            doubts.append(_conflict(question, earlier))
        answers[question] = {**answer, "earlier": [_answer(row) for row in earlier]} if earlier else answer
    return answers, doubts


def _answer(row: Line) -> dict[str, Plain]:
    extra = {column: value for column, value in row.cells.items() if column not in _JOINED}
    return {"answer": row.cells.get("ANSWER"), "answered": row.cells.get("ANSWERED_DTTM"), **extra}


def _answered(row: Line) -> str:
    """Sorts as the time does; "" where the time is missing or in a style that does not sort."""
    text = row.id("ANSWERED_DTTM").replace("T", " ")
    return text if _ORDERED.fullmatch(text) else ""


def _conflict(question: str, rows: Sequence[Line]) -> Fault:
    pointer = f"/answers/{question.replace('~', '~0').replace('/', '~1')}"
    where = "; ".join(row.position for row in rows)
    remedy = f"The answers differ and nothing says which is the last: {where}. Ask the worker."
    return Fault(rows[0].position, pointer, "one answer, or answers with the time they were given", remedy, "doubtful")
