"""Writes the first draft of a mapping from what a real file asks: guesses marked as guesses, all the rest listed.

A draft is text for an analyst to read and correct. It passes `gateway check` as it is written, and says nothing about
harm: which question asks about that is for a person to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.adapter import Plain
from contracts.identifiers import CHECKS
from gateway.config.guesses import Guess, guesses, may_ask_about_harm
from gateway.path.survey import Asked, Survey

_MARK: Final = " # guess"
_PEOPLE: Final = {"child": "child", "carer": "parent"}
_PLAIN: Final = re.compile(r"/?[A-Za-z_][A-Za-z0-9_./]*")


@dataclass(frozen=True, slots=True)
class Heading:
    """What the header of a draft says. `enriches`: the files are never a request alone."""

    source: str
    form: str
    adapter: str
    council: str
    encoding: str = "utf-8"
    delimiter: str = ","
    settings: Mapping[str, Plain] = field(default_factory=dict)
    enriches: bool = False


@dataclass(frozen=True, slots=True)
class Guessed:
    """One question with the field it was guessed to fill, and what the row says beside `from`."""

    asked: Asked
    guess: Guess

    @property
    def reading(self) -> str:
        """`, as: uk_date` or `, codes: sex`; "" where text is taken as it is."""
        if self.guess.codes:
            return f", codes: {self.guess.codes}"
        name = _read_by(self.asked, self.guess)
        return f", as: {name}" if name else ""


def guessed(found: Survey) -> tuple[Guessed, ...]:
    """The questions whose words suggest a field that their answers fit. A field that takes one answer has one."""
    taken: set[tuple[str, str]] = set()
    rows: list[Guessed] = []
    for asked in found.asked:
        if "*" in asked.pointer or not asked.answered:
            continue
        for guess in guesses(asked.question, asked.own):
            several = guess.to in ("addresses.lines", "emails", "phones") and guess.whose in _PEOPLE
            if (several or (guess.whose, guess.to) not in taken) and _fits(asked, guess):
                taken.add((guess.whose, guess.to))
                rows.append(Guessed(asked, guess))
                break
    return tuple(rows)


def draft(head: Heading, found: Survey) -> str:
    """The YAML of the draft."""
    rows = guessed(found)
    known = {row.asked.pointer for row in rows}
    rest = [asked for asked in found.asked if asked.pointer not in known]
    ignores = [asked for asked in rest if asked.pointer.startswith("/submission/")]
    written = list(_rows(rows, head.enriches))
    parts = [
        *_header(head, found, rows),
        "",
        "fields:" if written else "fields: []",
        *written,
        "",
        *_unmapped([asked for asked in rest if asked not in ignores], found.records),
    ]
    if ignores:
        why = "how the form tool keeps the submission"
        parts += ["", "ignore:", f"- {{from: /submission, why: {why}}}"]
    return "\n".join(parts) + "\n"


def _fits(asked: Asked, guess: Guess) -> bool:
    if guess.codes:
        return asked.in_list(guess.codes)
    if asked.many:
        return False
    return not guess.reads or bool(_read_by(asked, guess))


def _read_by(asked: Asked, guess: Guess) -> str:
    """The first name for `as` that reads the answers; an identifier is carried as written, whatever its check says."""
    return next((name for name in guess.reads if name in CHECKS or name in asked.reads), "")


def _header(head: Heading, found: Survey, rows: Sequence[Guessed]) -> Iterator[str]:
    yield f"# Drafted by `gateway source new` after reading {found.records} records of a file. Read every row: what is"
    yield "# marked “guess” was guessed from the words of a heading and the kind of its answers. Take the mark away"
    yield "# when you have looked. What nobody maps travels to the hub as an other answer."
    yield from (f"source: {head.source}", f"form: {head.form}", 'version: "0.1"', f"adapter: {head.adapter}")
    if head.encoding != "utf-8":
        yield f"encoding: {head.encoding}"
    if head.delimiter != ",":
        yield f"delimiter: {_scalar(head.delimiter)}"
    if head.settings:
        yield "settings:"
        yield from (f"  {name}: {_scalar(value)}" for name, value in head.settings.items())
    yield f"council: {head.council}"
    if head.enriches:
        yield from _match(rows)
        return
    yield f"purpose: request{_MARK}"
    yield "# Does the form ask whether a child is being harmed? Name that question here, and fill `harm.level` from it"
    yield "# with `codes: harm_level`. With `none`, the hub reads that nobody was asked."
    for asked in found.asked:
        if may_ask_about_harm(asked.question) and asked.answered:
            yield f"# It may be this one: {_scalar(asked.pointer)}"
    yield "safety_question: none"


def _match(rows: Sequence[Guessed]) -> Iterator[str]:
    """Where a record says whose it is."""
    names = {
        "identifiers.upn": "upn", "surname": "surname", "first_name": "forename", "date_of_birth": "date_of_birth",
    }  # fmt: skip
    found = {names[row.guess.to]: row.asked.pointer for row in rows if row.guess.to in names}
    if not {"surname", "forename", "date_of_birth"} <= set(found):
        found = {name: pointer for name, pointer in found.items() if name == "upn"}
    yield "# Where a record says whose it is: upn, admission_number or key; or surname, forename and date_of_birth."
    yield "match:" if found else "match: {}"
    yield from (f"  {name}: {_scalar(pointer)}{_MARK}" for name, pointer in found.items())


def _rows(rows: Sequence[Guessed], enriches: bool) -> Iterator[str]:
    yield from (_row(row, row.guess.to) for row in rows if row.guess.to.startswith(("source.", "referrer.")))
    if not enriches and not any(row.guess.to == "referrer.kind" for row in rows):
        yield f"- {{to: referrer.kind, value: professional}}{_MARK}"
    for whose, role in _PEOPLE.items():
        own = [row for row in rows if row.guess.whose == whose]
        if own:
            yield from _person(whose, "" if enriches else role, own)
    yield from (_row(row, row.guess.to) for row in rows if row.guess.to in ("reason", "tried_already"))
    for row in rows:
        if row.guess.to == "needs" and row.asked.many:
            yield from ("- to: needs", f"  each: {_scalar(row.asked.pointer)}{_MARK}", "  fields:")
            yield '  - {to: code, from: "", codes: need}'
        elif row.guess.to in ("needs", "strengths.detail"):
            name = "code" if row.guess.to == "needs" else "detail"
            yield from (f"- to: {row.guess.to.partition('.')[0]}", "  fields:", f"  {_row(row, name)}")
    agreed = [row for row in rows if row.guess.to.startswith("agreements.")]
    if agreed:
        yield from ("- to: agreements", "  fields:")
        yield from (f"  {_row(row, row.guess.to.partition('.')[2])}" for row in agreed)


def _person(name: str, role: str, rows: Sequence[Guessed]) -> Iterator[str]:
    yield from ("- to: people", "  fields:", f"  - {{to: id, value: {name}}}")
    if role:
        yield f"  - {{to: roles, value: [{role}]}}"
    nested = ("identifiers.", "addresses.", "phones", "emails", "relationship")
    yield from (f"  {_row(row, row.guess.to)}" for row in rows if not row.guess.to.startswith(nested))
    for row in rows:
        if row.guess.to.startswith("identifiers."):
            system = row.guess.to.partition(".")[2]
            yield from ("  - to: identifiers", "    fields:", f"    - {{to: system, value: {system}}}")
            yield f"    {_row(row, 'value')}"
    yield from _address(rows)
    for row in rows:
        if row.guess.to == "phones":
            yield from ("  - to: phones", "    fields:", f"    {_row(row, 'number')}")
    emails = [_scalar(row.asked.pointer) for row in rows if row.guess.to == "emails"]
    if emails:
        yield f"  - {{to: emails, from: [{', '.join(emails)}]}}{_MARK}"
    for row in rows:
        if row.guess.to == "relationship" and name == "carer":
            yield from ("- to: relationships", "  fields:", f"  - {{to: person, value: {name}}}")
            yield from ("  - {to: to, value: child}", f"  {_row(row, 'kind')}")


def _address(rows: Sequence[Guessed]) -> Iterator[str]:
    own = [row for row in rows if row.guess.to.startswith("addresses.")]
    if not own:
        return
    yield from ("  - to: addresses", "    fields:")
    lines = [_scalar(row.asked.pointer) for row in own if row.guess.to == "addresses.lines"]
    if lines:
        yield f"    - {{to: lines, from: [{', '.join(lines)}]}}{_MARK}"
    yield from (f"    {_row(row, row.guess.to.partition('.')[2])}" for row in own if row.guess.to != "addresses.lines")


def _row(row: Guessed, to: str) -> str:
    return f"- {{to: {to}, from: {_scalar(row.asked.pointer)}{row.reading}}}{_MARK}"


def _unmapped(rest: Sequence[Asked], records: int) -> Iterator[str]:
    if not rest:
        return
    yield "# Nobody has mapped these. Write `to:` and take the first # away, or leave them as other answers."
    for asked in rest:
        each = "; it repeats: write its list under `each`" if "*" in asked.pointer or asked.many else ""
        question = "" if asked.pointer.endswith(f"/{asked.question}") else f" {_scalar(asked.question)}:"
        said = f"{asked.answered} of {records} answered, {asked.kind}{each}"
        yield f"# - {{to: , from: {_scalar(asked.pointer)}}} #{question} {said}"


def _scalar(value: Plain) -> str:
    """A value as YAML writes it on one line: JSON, which is YAML too, unless it needs no marks."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.casefold() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


_WORDS: Final = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
