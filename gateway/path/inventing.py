"""Invents a sample in the shape of a real file: every answer is replaced by one of an invented family.

Nothing that was answered is copied. What stays are headings, keys, and the wording of questions: what a form is, and
nobody's answer.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.adapter import SourceRecord
from gateway.config.codes import CodeList
from gateway.config.guesses import Guess, guesses, is_reference, plain
from gateway.path.drafting import guessed
from gateway.path.survey import Asked, Survey, survey

ROWS: Final = 3
"""How many invented records a sample has at most."""

_BY_FIELD: Final[Mapping[str, Sequence[str]]] = {
    "first_name": ("Alys", "Emrys", "Gwil"),
    "surname": ("Hollowbrook", "Ferncastle", "Tansywood"),
    "middle_names": ("Wren", "Sorrel", "Lark"),
    "preferred_name": ("Osh", "Caz", "Id"),
    "full_name": ("Elowen Hollowbrook", "Taliesin Ferncastle", "Lowri Tansywood"),
    "referrer.name": ("Sam Ashcombe", "Robin Fennimore", "Alex Thistledown"),
    "referrer.role": ("Teacher", "Nurse", "Youth worker"),
    "referrer.agency": ("Invented Primary School", "Made-up Clinic", "Fictional Youth Club"),
    "referrer.email": ("sam@invented-primary.example", "robin@clinic.example", "alex@club.example"),
    "emails": ("elowen@family.example", "taliesin@family.example", "lowri@family.example"),
    "referrer.phone": ("07700 900101", "07700 900102", "07700 900103"),
    "phones": ("07700 900201", "07700 900202", "07700 900203"),
    "addresses.lines": ("4 Invented Row", "7 Made-up Lane", "12 Fictional Street"),
    "addresses.town": ("Inventon", "Madeupham", "Fictionby"),
    "addresses.postcode": ("ZZ99 3VZ", "ZZ99 3WZ", "ZZ99 3CZ"),
    "identifiers.upn": ("N810999925001", "", ""),
    "identifiers.nhs_number": ("999 000 0018", "", ""),
    "education.setting_name": ("Invented Primary School", "Made-up Academy", "Fictional Nursery"),
    "reason": ("Late most mornings, and a parent asks for help with routines.", "Sleep and meals.", "Bereavement."),
    "tried_already": ("A talk with the class teacher.", "", "A referral to a club."),
}
_BY_KIND: Final[Mapping[str, Sequence[str]]] = {
    "dates such as 14/03/2015": ("14/03/2015", "01/07/2016", "22/11/2012"),
    "dates such as 2015-03-14": ("2015-03-14", "2016-07-01", "2012-11-22"),
    "dates in two ways": ("14/03/2015", "2016-07-01", "22/11/2012"),
    "dates with times": ("2026-03-02T09:15:00", "2026-03-03T10:20:00", "2026-03-04T11:25:00"),
    "dates in words": ("14 March 2015", "1 July 2016", "22 November 2012"),
    "yes or no": ("Yes", "No", "Yes"),
    "whole numbers": ("1", "2", "3"),
}
_KEPT: Final[Mapping[str, frozenset[str]]] = {
    "govuk_forms": frozenset(
        {"$schema", "form_name", "language", "answers/question_id", "answers/question_text"}
        | {"answers/can_have_multiple_answers"}
    ),
    "moj_forms": frozenset(
        {"service/id", "service/slug", "service/name", "serviceSlug", "meta/pdf_heading", "pages/heading"}
        | {"pages/answers/field_id", "pages/answers/field_name"}
    ),
    "form_builder": frozenset(
        {"name", "preferredLanguage", "questions/question", "questions/category", "questions/index"}
        | {"questions/fields/key", "questions/fields/title", "questions/fields/type"}
    ),
}
"""Adapter → where its JSON holds how the form is made, and never an answer. Numbers of elements are left out."""
_QUESTIONS: Final = ("question_text", "field_name", "title", "question")
_DEPTH: Final = 32


def invented_table(
    header: Sequence[str], rows: Sequence[Mapping[str, str]], lists: Mapping[str, CodeList], delimiter: str
) -> str:
    """A CSV table with this header and up to three invented rows. The real `rows` are only looked at."""
    found = survey((SourceRecord("", "", "", "referral", dict(row)) for row in rows), lists)
    columns = _fields(found)
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(header)
    by_heading = dict(zip(header, found.asked, strict=True)) if len(found.asked) == len(header) else {}
    for number in range(min(ROWS, max(1, len(rows)))):
        cells = [_of_column(by_heading.get(name), name, columns, number, lists) for name in header]
        writer.writerow(cells)
    return written.getvalue()


def _of_column(
    asked: Asked | None, name: str, fields: Mapping[str, Guess], number: int, lists: Mapping[str, CodeList]
) -> str:
    if asked is None or not asked.answered or plain(name) == "is draft":
        return ""
    if is_reference(name):
        return f"INV-{number + 1}"
    return _answer(asked, fields.get(asked.pointer), number, lists)


def invented_json(content: Any, adapter: str, lists: Mapping[str, CodeList]) -> str:
    """The same JSON with each answer replaced, and at most three of the records it lists."""
    shown = content[:ROWS] if isinstance(content, list) else content
    replaced = _Replacing(lists, _KEPT.get(adapter, frozenset())).of(shown, "", "", 0)
    return json.dumps(replaced, ensure_ascii=False, indent=1) + "\n"


@dataclass(slots=True)
class _Replacing:
    """A JSON text on its way to an invented one. `number`: of the answers replaced so far."""

    lists: Mapping[str, CodeList]
    kept: frozenset[str]
    number: int = 0

    def of(self, value: Any, path: str, words: str, depth: int) -> Any:
        if depth > _DEPTH:
            return None
        if isinstance(value, Mapping):
            asked = next(
                (str(value[name]) for name in _QUESTIONS if f"{path}{name}" in self.kept and name in value), ""
            )
            return {
                key: part
                if f"{path}{key}" in self.kept
                else self.of(part, f"{path}{key}/", asked or key.replace("_", " "), depth + 1)
                for key, part in value.items()
            }
        if isinstance(value, list):
            return [self.of(part, path, words, depth + 1) for part in value]
        if value is None or value == "" or isinstance(value, bool):
            return value
        self.number += 1
        return self.number if isinstance(value, int | float) else _leaf(value, words, self.lists, self.number)


def _leaf(value: str, words: str, lists: Mapping[str, CodeList], number: int) -> str:
    if is_reference(words) or words.endswith(("reference", " id")):
        return f"INV-{number}"
    alone = survey([SourceRecord("", "", "", "referral", {words: value})], lists)
    return _answer(alone.asked[0], _fields(alone).get(alone.asked[0].pointer), number % ROWS, lists)


def _fields(found: Survey) -> dict[str, Guess]:
    """Pointer → the field whose invented values stand there, as guessed for the draft or by its words alone."""
    fields = {row.asked.pointer: row.guess for row in guessed(found)}
    for asked in found.asked:
        for guess in guesses(asked.question):
            if guess.to in _BY_FIELD:
                fields.setdefault(asked.pointer, guess)
                break
    return fields


def _answer(asked: Asked, guess: Guess | None, number: int, lists: Mapping[str, CodeList]) -> str:
    if guess is not None and guess.to in _BY_FIELD:
        return _BY_FIELD[guess.to][number % ROWS]
    if asked.kind in _BY_KIND:
        return _BY_KIND[asked.kind][number % ROWS]
    if guess is not None and guess.codes:
        labels = list(lists[guess.codes].labels.values())
        return labels[number % min(ROWS, len(labels))]
    if any(asked.in_list(name) for name in ("harm_level", "yes_no") if name in lists):
        return "No"
    return f"Option {number + 1}" if asked.kind.startswith("one of") else f"Invented answer {number + 1}"
