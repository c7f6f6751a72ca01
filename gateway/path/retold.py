"""What somebody wrote on an enquiry, read back to them: the council's labels, and no code of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from contracts.enquiry import AskedPage, Asking
from gateway.path.drafted import Field, Shown, rows_of, typed_page
from gateway.path.household import names_of, on_page, role_of
from gateway.path.placed import Document
from gateway.path.typed import Typed, said_of


@dataclass(frozen=True, slots=True)
class Line:
    """One answer. label: what it is within its row, "" where the row says it."""

    label: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the form as it was filled in.

    of    the person it is about, "" for nobody alone; place: where that is asked again
    rows  label of each row that holds something, with its answers
    """

    title: str
    place: str
    of: str = field(repr=False)
    rows: tuple[tuple[str, tuple[Line, ...]], ...] = field(repr=False)


def retold(document: Document, asking: Asking, pages: Sequence[AskedPage]) -> tuple[Part, ...]:
    """Every part that holds something, in the order in which it is asked."""
    return tuple(part for page in pages for part in _parts(document, asking, page, pages) if part.rows)


@dataclass(frozen=True, slots=True)
class Changed:
    """One answer that is another now. before, after: as one reads them, "" for nothing."""

    label: str = field(repr=False)
    before: str = field(repr=False)
    after: str = field(repr=False)


def changed(before: Document, after: Document, asking: Asking, pages: Sequence[AskedPage]) -> tuple[Changed, ...]:
    """What the form shows another answer for, in the order in which it is asked.

    A name that is another now changes how other answers read, and none of them.
    """
    was, now = (dict(_answers(one, asking, pages)) for one in (before, after))
    return tuple(
        Changed(now[key].label if key in now else was[key].label, _text(was.get(key)), _text(now.get(key)))
        for key in dict.fromkeys((*now, *was))
        if _typed(was.get(key)) != _typed(now.get(key))
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    label: str
    typed: tuple[tuple[str, ...], ...]
    text: str


def _answers(
    document: Document, asking: Asking, pages: Sequence[AskedPage]
) -> Iterator[tuple[tuple[str, str, str], _Answer]]:
    """Each answer by its page, person and field."""
    names = names_of(document)
    for page in pages:
        for person in [one["id"] for one in on_page(document, page, pages)] if page.people else [""]:
            for row in rows_of(page, asking, document, person):
                typed = typed_page((row,), document)
                for one in (*row.fields, *row.more):
                    held = tuple(values for name, values in typed.items() if name == one.name or _is_part(name, one))
                    if any(map(any, held)):
                        called = dict.fromkeys(filter(None, (names.get(person, ""), row.label, row.one, one.label)))
                        yield (page.name, person, one.name), _Answer(": ".join(called), held, said(one, typed))


def _is_part(name: str, one: Field) -> bool:
    return one.question.control == "date" and name.startswith(f"{one.name}-")


def _typed(answer: _Answer | None) -> tuple[tuple[str, ...], ...]:
    return answer.typed if answer else ()


def _text(answer: _Answer | None) -> str:
    return answer.text if answer else ""


def said(one: Field, typed: Typed) -> str:
    """One field's answer as it is read; "" for none."""
    return said_of(one.question, one.name, one.choices, typed)


def _parts(document: Document, asking: Asking, page: AskedPage, pages: Sequence[AskedPage]) -> Iterator[Part]:
    if not page.people:
        yield Part(page.title, page.name, "", _rows(rows_of(page, asking, document), document))
        return
    names = names_of(document)
    for one in on_page(document, page, pages):
        title = f"{names[one['id']]}, {role_of(one).lower()}"
        rows = _rows(rows_of(page, asking, document, one["id"]), document)
        yield Part(page.title, f"{page.name}/{one['id']}", title, rows)


def _rows(rows: Sequence[Shown], document: Document) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    typed = typed_page(rows, document)
    found = []
    for row in rows:
        lines = [Line(one.label, text) for one in (*row.fields, *row.more) if (text := said(one, typed))]
        if lines:
            alone = len(lines) == 1 and lines[0].label == row.label
            label = f"{row.label}: {row.one[:1].lower()}{row.one[1:]}" if row.one else row.label
            found.append((label, (Line("", lines[0].text),) if alone else tuple(lines)))
    return tuple(found)
