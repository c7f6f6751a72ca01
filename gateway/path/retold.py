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
