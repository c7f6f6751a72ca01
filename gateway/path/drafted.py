"""One page of an enquiry: its fields out of a referral that is being written, and what was typed back into it.

A draft is the published model as JSON from its first field on: there is no second model. Every function here leaves the
document that it was handed as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import groupby
from typing import Any, Final, Literal

from adapters.formats.wording import own_words
from contracts.enquiry import AskedPage, Asking, Group, Question, Step
from gateway.path.asking import PAIRS, PURPOSE, ROLES
from gateway.path.household import names_of, pairs
from gateway.path.placed import Document, read, without_nothing, write
from gateway.path.typed import DATE_PARTS, FAMILY, Typed, Wrong, given, typed_of, value_of

_FAMILY_WORDS: Final = "The whole family"


@dataclass(frozen=True, slots=True)
class Field:
    """One question as it stands on a page.

    name     of its field, unique on the page
    at       where in the whole document its answer stands
    choices  code → label
    holds    what stands there: the answer, or one that stays until another takes its place, a list of parts that are a
             code each, a list of which the answer is the first, or a person beside whom `family` may stand
    """

    name: str
    label: str
    question: Question
    at: tuple[Step, ...]
    choices: Mapping[str, str]
    hint: str = ""
    holds: Literal["it", "stays", "codes", "first", "family"] = "it"


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of a page: the council's label, what is asked at once, and what is folded away.

    one  for a member of a list, what it is called
    """

    label: str
    fields: tuple[Field, ...]
    more: tuple[Field, ...] = ()
    one: str = ""


def rows_of(page: AskedPage, asking: Asking, document: Document, person: str = "") -> tuple[Shown, ...]:
    """The page's rows with every field. `person`: whose page it is, on a page about people."""
    bare = all(one.more for one in page.questions)
    names = names_of(document)
    start: tuple[Step, ...] = (Step("people", (("id", person),)),) if page.people else ()
    found: list[Shown] = []
    for row in page.rows:
        single = row.label if len(row.questions) == 1 else ""
        for name, run in groupby(row.questions, key=lambda one: one.group):
            questions, group = list(run), asking.groups.get(name)
            if group is not None and not group.ticks:
                found += _members(row.label, group, questions, document, names)
                continue
            fields = [one for question in questions for one in _fields(question, start, document, names, single, group)]
            found.append(_shown(row.label, fields, bare))
    return tuple(row for row in found if row.fields or row.more)


def typed_page(rows: Sequence[Shown], document: Document) -> dict[str, tuple[str, ...]]:
    """What the fields of these rows hold now, as a form would send it."""
    held: dict[str, tuple[str, ...]] = {}
    for field in fields_of(rows):
        held |= typed_of(field.question, field.name, _held(document, field))
    return held


def mark_of(typed: Typed) -> str:
    """Names what a page held when it was opened: whoever saves it later is told if that has changed since."""
    plain = {name: list(values) for name, values in sorted(typed.items()) if any(values)}
    return sha256(json.dumps(plain).encode()).hexdigest()[:32]


def take(rows: Sequence[Shown], document: Document, typed: Typed, today: date) -> tuple[Document, tuple[Wrong, ...]]:
    """The document with what was typed into these rows, and what is to be put right before it may be kept.

    What was left as it was shown stays as it was, to the byte: a form shows less of an answer than it may hold.
    """
    new, wrong = deepcopy(document), list[Wrong]()
    fields = list(fields_of(rows))
    for field in (one for one in fields if not _as_shown(one, document, typed)):
        try:
            value = value_of(field.question, field.name, field.label, typed, field.choices, today)
        except Wrong as error:
            wrong.append(error)
        else:
            _put(new, field, value)
    alone = {step.member for field in fields for step in field.at if step.member and step.name != "people"}
    new = without_nothing(new, tuple(alone), document)
    wrong += [] if wrong else _needed(fields, new)
    return new, tuple(wrong)


def without_names(document: Document, asking: Asking) -> Document:
    """The same without whatever says who somebody is, as an enquiry without names is sent."""
    new = deepcopy(document)
    for question in (one for one in asking.questions if one.names):
        of_person = question.path.startswith("referral/people/")
        within = new.get("people", ()) if of_person else new.get(question.group.rpartition("/")[2], ())
        for one in within if of_person or question.group else (new,):
            write(one, question.steps, None)
    kept: Document = without_nothing(new)
    return kept


def fields_of(rows: Sequence[Shown]) -> Iterator[Field]:
    """Every field of these rows."""
    for row in rows:
        yield from row.fields
        yield from row.more


def _needed(fields: Sequence[Field], new: Document) -> Iterator[Wrong]:
    """What cannot stand without another answer of the same page."""
    known = {field.question.name: field for field in fields}
    for field in fields:
        other = known.get(field.question.needs)
        if other is not None and _held(new, field) is not None and _held(new, other) is None:
            yield Wrong(other.name, f"{other.label}: say this too, since you answered “{field.label}”.")


def _fields(
    question: Question,
    start: tuple[Step, ...],
    document: Document,
    names: Mapping[str, str],
    label: str,
    group: Group | None,
) -> Iterator[Field]:
    if question.path == PAIRS:
        yield from _pairs(question, document, names)
        return
    hint = question.hint or (question.ask if label and label != question.ask else "")
    said = label or question.ask
    if group is not None:
        ticked = replace(question, control="several")
        at = (Step(group.path.rpartition("/")[2]), *question.steps)
        ticks = [one.get(at[-1].name) for one in read(document, at[:-1]) or ()]
        yield Field(question.name, said, ticked, at, _with_held(ticked, ticks), hint, "codes")
        return
    holds: Literal["it", "first", "stays"] = "first" if question.path == ROLES else "it"
    if question.path == PURPOSE:
        holds = "stays"
    at = (*start, *question.steps)
    choices = names if question.control == "person" else _with_held(question, read(document, at))
    yield Field(question.name, said, question, at, choices, hint, holds)


def _members(
    label: str, group: Group, questions: Sequence[Question], document: Document, names: Mapping[str, str]
) -> Iterator[Shown]:
    """One row for each member of a list, and for each empty place."""
    bare, name = all(one.more for one in questions), group.path.rpartition("/")[2]
    for place in range(len(document.get(name, ())) + group.blank):
        fields = []
        for question in questions:
            own = replace(question, name=f"{group.name}-{place}-{question.name.removeprefix(f'{group.name}-')}")
            at = (Step(name, place=place), *question.steps)
            held = _with_held(question, read(document, at))
            choices = _people(question, names) if question.control == "person" else held
            holds: Literal["it", "family"] = "family" if question.beside else "it"
            fields.append(Field(own.name, question.ask, own, at, choices, question.hint, holds))
        yield replace(_shown(label, fields, bare), one=f"{group.one} {place + 1}")


def _pairs(question: Question, document: Document, names: Mapping[str, str]) -> Iterator[Field]:
    """What each grown-up is to each child, and whether they hold parental responsibility."""
    for adult, child in pairs(document):
        member = Step("relationships", (("person", adult), ("to", child)))
        name = f"{question.name}-{adult}-{child}"
        kind = replace(question, name=name, control="one")
        label = f"What is {names[adult]} to {names[child]}?"
        yield Field(name, label, kind, (member, Step("kind")), question.choices)
        holds = replace(question, name=f"{name}-responsible", control="yes_no", choices={})
        label = f"Does {names[adult]} hold parental responsibility for {names[child]}?"
        yield Field(holds.name, label, holds, (member, Step("parental_responsibility")), {})


def _with_held(question: Question, held: Any) -> Mapping[str, str]:
    """What there is to choose from, and what stands there although this form does not offer it."""
    if question.control not in ("one", "several"):
        return question.choices
    codes = held if isinstance(held, list) else [held]
    others = {code: own_words(code) for code in codes if isinstance(code, str) and code not in question.choices}
    return {**question.choices, **others} if others else question.choices


def _people(question: Question, names: Mapping[str, str]) -> Mapping[str, str]:
    return {**names, FAMILY: _FAMILY_WORDS} if question.beside else names


def _shown(label: str, fields: Sequence[Field], bare: bool) -> Shown:
    """A row, with what most people leave out folded away; not where that would be everything."""
    folded = () if bare or len(fields) == 1 else tuple(field for field in fields if field.question.more)
    return Shown(label, tuple(field for field in fields if field not in folded), folded)


def _as_shown(field: Field, document: Document, typed: Typed) -> bool:
    """Whether a form that showed this field sends it back unchanged."""
    shown = typed_of(field.question, field.name, _held(document, field))
    names = [f"{field.name}-{part}" for part in DATE_PARTS] if field.question.control == "date" else [field.name]
    return all(_plain(field, shown, name) == _plain(field, typed, name) for name in names)


def _plain(field: Field, typed: Typed, name: str) -> object:
    match field.question.control:
        case "several":
            return {one for one in typed.get(name, ()) if one}
        case "tick":
            return given(typed, name) == "yes"
        case "line":
            return given(typed, name).replace("\n", "")  # a browser shows no second line there
        case "lines":
            return [line.strip() for line in given(typed, name).split("\n") if line.strip()]
        case _:
            return given(typed, name)


def _held(document: Document, field: Field) -> Any:
    match field.holds:
        case "codes":
            held = [one[field.at[-1].name] for one in read(document, field.at[:-1]) or () if field.at[-1].name in one]
            return held or None
        case "first":
            return (read(document, field.at) or [None])[0]
        case "family":
            return read(document, field.at) or read(document, _beside(field))
        case _:
            return read(document, field.at)


def _put(new: Document, field: Field, value: Any) -> None:
    match field.holds:
        case "codes":
            _tick(new, field, value or [])
        case "first":
            if value:
                others = (read(new, field.at) or [])[1:]
                write(new, field.at, [value, *(one for one in others if one != value)])
        case "stays":
            if value:
                write(new, field.at, value)
        case "family":
            write(new, field.at, None if value == FAMILY else value)
            write(new, _beside(field), value if value == FAMILY else None)
        case _:
            write(new, field.at, value)


def _tick(new: Document, field: Field, codes: Sequence[str]) -> None:
    """A list of nothing but codes; whatever else was said of one that stays, stays with it."""
    name, key = field.at[0].name, field.at[-1].name
    before = {one[key]: one for one in new.get(name, ()) if key in one}
    kept = [one for one in new.get(name, ()) if key not in one]
    new[name] = [before.get(code, {key: code}) for code in codes] + kept


def _beside(field: Field) -> tuple[Step, ...]:
    return (*field.at[:-1], Step(field.question.beside))
