"""A bundle of Liquidlogic (EHM, LCS, Liberi) reporting tables, joined to one record for each contact.

The records are the rows of the first table present of FACT_EHM_CONTACT, FACT_CONTACTS and FACT_CAF_EPISODE, or of the
one that the setting `records` names. Column names are the warehouse's, in capitals; extra columns are kept:

    {"contact": {…}, "person": {…}, "addresses": [{…}], "episodes": [{…}], "involvements": [{…}], "disabilities": [{…}],
     "relations": [{"relation": {…}, "person": {…}}],       from this person to the related one, in the table's terms
     "relations_from": [{"relation": {…}, "person": {…}}],  only where the other way round is not recorded
     "forms": [{…}], "answers": {question: {"answer": …, "answered": …, "earlier": [{…}]}}}

Where the records are episodes there is no `contact`, and `episodes` holds that one. A question is its text, or its
number where the text is missing or the setting `answer_key` is "code". The answer last given stands and the others are
under `earlier`; answers that differ and cannot be put in order leave `answer` null, and a doubtful fault follows.
Empty cells, -1 for an id, and 'Unknown' for an identifier are null. Date-times have no zone and stay text.

Leicester's bundle is the step-down from a Single Assessment: its answers carry the consents and the package.
Settings: `rename` (as in `tables`), `records`, `answer_key`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from adapters.sources.liquidlogic.tables import Bundle, Line, read_bundle
from contracts.adapter import Fault, Plain, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

NAME: str = "liquidlogic"
MEDIA_TYPES: tuple[str, ...] = ("application/zip", "application/json")
KEEPS_BYTES: bool = True

RECORDS: Final[Mapping[str, str]] = {
    "FACT_EHM_CONTACT": "FACT_EHM_CONTACT_ID",
    "FACT_CONTACTS": "FACT_CONTACT_ID",
    "FACT_CAF_EPISODE": "FACT_CAF_EPISODE_ID",
}
"""The tables whose rows can be records, the preferred first, and the column of their own id."""

_STARTED: Final = {"FACT_CAF_EPISODE": "EPISODE_START_DTTM"}
_LISTS: Final = {
    "addresses": "DIM_PERSON_ADDRESS",
    "episodes": "FACT_CAF_EPISODE",
    "involvements": "FACT_INVOLVEMENTS",
    "disabilities": "FACT_DISABILITY",
}
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

_Index = Mapping[str, Sequence[Line]]


@dataclass(frozen=True, slots=True)
class _Joined:
    """The tables, ready to be joined: rows by the person, or the form, they belong to."""

    records: str
    people: _Index
    by_person: Mapping[str, _Index]
    related: _Index
    answers: _Index
    by_code: bool


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """One record for each contact or episode whose person is in DIM_PERSON, in the order of its table.

    A contact without exactly one live person, or with an id met before, is an unreadable Fault. Doubtful Faults about a
    record come straight after it; those about single rows and files come first.
    Raises UnreadablePayload: as `read_bundle`, and without DIM_PERSON or any table whose rows can be records.
    """
    bundle, faults = read_bundle(file, options)
    joined = _join(bundle, options)
    yield from faults
    met: set[str] = set()
    for line in bundle[joined.records]:
        key = _key(joined.records, line)
        person = _live_person(joined.people, line)
        if isinstance(person, Fault):
            yield person
        elif key in met:
            yield Fault(line.position, "", "each contact once", "Remove the row that repeats an id, and send it again.")
        else:
            met.add(key)
            data, doubts = _data(joined, line, person)
            yield SourceRecord(line.position, options.form, key, "referral", data)
            yield from doubts


def _join(bundle: Bundle, options: ReadOptions) -> _Joined:
    named = options.settings.get("records")
    wanted = (str(named).upper(),) if named else tuple(RECORDS)
    records = next((table for table in wanted if table in RECORDS and table in bundle), "")
    missing = [] if "DIM_PERSON" in bundle else ["DIM_PERSON"]
    missing += [] if records else [" or ".join(wanted)]
    if missing:
        remedy = "Add the table to the bundle under its HDM name, or say in `rename` which file it is."
        faults = tuple(Fault("", "", f"a table {name}", remedy) for name in missing)
        raise UnreadablePayload(f"The bundle lacks a table: {', '.join(missing)}.", faults)
    tables = (*_LISTS.values(), "FACT_FORMS", "FACT_PERSON_RELATION")
    return _Joined(
        records,
        _indexed(bundle["DIM_PERSON"], "DIM_PERSON_ID"),
        {table: _indexed(bundle.get(table, ()), "DIM_PERSON_ID") for table in tables},
        _indexed(bundle.get("FACT_PERSON_RELATION", ()), "DIM_RELATED_PERSON_ID"),
        _indexed(bundle.get("FACT_FORM_ANSWERS", ()), "FACT_FORM_ID"),
        options.settings.get("answer_key") == "code",
    )


def _indexed(lines: Iterable[Line], column: str) -> _Index:
    index: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if identifier := line.id(column):
            index[identifier].append(line)
    return dict(index)


def _key(table: str, line: Line) -> str:
    started = _STARTED.get(table, "CONTACT_DTTM")
    own = line.id(RECORDS[table]) or f"{line.id('DIM_PERSON_ID')}:{line.id(started)}"
    return f"{table}:{own}"


def _live_person(people: _Index, line: Line, column: str = "DIM_PERSON_ID") -> Line | Fault:
    identifier = line.id(column)
    rows = people.get(identifier, ())
    live = [row for row in rows if row.cells.get("DUPLICATED_DTTM") is None]
    if len(live) == 1:
        return live[0]
    position = f"{line.position}, column {column}"
    if not identifier:
        return Fault(
            position, "", "a person", "The row names nobody (-1 or empty). Send it with the child it is about."
        )
    if live:
        where = ", ".join(row.position for row in live)
        return Fault(position, "", "one row in DIM_PERSON", f"This person stands in {where}. Keep the right one.")
    if rows:
        remedy = f"{rows[0].position} was merged into another record. Send the row under the record that remains."
        return Fault(position, "", "a person whose record is not merged", remedy)
    return Fault(position, "", "a person who is in DIM_PERSON", "Add the person's row to DIM_PERSON.")


def _data(joined: _Joined, line: Line, person: Line) -> tuple[dict[str, Plain], list[Fault]]:
    identifier = person.id("DIM_PERSON_ID")
    data: dict[str, Plain] = {"person": person.cells}
    for name, table in _LISTS.items():
        data[name] = [row.cells for row in joined.by_person[table].get(identifier, ())]
    if joined.records == "FACT_CAF_EPISODE":
        data["episodes"] = [line.cells]
    else:
        data["contact"] = line.cells
    doubts = _add_relations(joined, identifier, data)
    forms = [
        form for form in joined.by_person["FACT_FORMS"].get(identifier, ()) if _belongs(form, joined.records, line)
    ]
    data["forms"] = [form.cells for form in forms]
    given = [answer for form in forms for answer in joined.answers.get(form.id("FACT_FORM_ID"), ())]
    data["answers"], conflicts = _answers(given, joined.by_code)
    return data, doubts + conflicts


def _belongs(form: Line, records: str, line: Line) -> bool:
    """A form that names its contact is not used for another: an agreement given then is not given now."""
    contact = form.id(RECORDS[records])
    return not contact or contact == line.id(RECORDS[records])


def _add_relations(joined: _Joined, identifier: str, data: dict[str, Plain]) -> list[Fault]:
    doubts: list[Fault] = []
    outward = joined.by_person["FACT_PERSON_RELATION"].get(identifier, ())
    paired = {row.id("DIM_RELATED_PERSON_ID") for row in outward}
    inward = [row for row in joined.related.get(identifier, ()) if row.id("DIM_PERSON_ID") not in paired]
    data["relations"] = _relations(joined.people, outward, "DIM_RELATED_PERSON_ID", doubts)
    if inward:
        data["relations_from"] = _relations(joined.people, inward, "DIM_PERSON_ID", doubts)
    return doubts


def _relations(people: _Index, rows: Iterable[Line], column: str, doubts: list[Fault]) -> list[Plain]:
    relations: list[Plain] = []
    for row in rows:
        person = _live_person(people, row, column)
        if isinstance(person, Line):
            relations.append({"relation": row.cells, "person": person.cells})
        else:
            relations.append({"relation": row.cells})
            doubts.append(Fault(person.position, "", person.expected, person.remedy, "doubtful"))
    return relations


def _answers(given: Iterable[Line], by_code: bool) -> tuple[dict[str, Plain], list[Fault]]:
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
