"""Reads a council's own form, and says on which line it asks for something that no message has (settled 56).

`form.yaml` gives the order and the labels of the council's document; `mappings/reading.yaml` how fields read that the
document says nothing about. A council without a form has everything shown in our own order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from adapters.formats.arranging import FIRST
from contracts.adapter import Fault
from contracts.errors import ConfigError
from contracts.form import NO_FORM, FieldWords, Form, FormRow, FormSection
from contracts.payload import PayloadBody
from contracts.people import PersonRole
from gateway.config.codes import CodeFile
from gateway.config.councilfiles import Line, Name, RuleId
from gateway.config.targets import NoTarget, Target, fields_of
from gateway.config.yamlfile import Loaded, Part, load, refuse

_Asked = tuple[str | None, tuple[PersonRole, ...], str]
_Pointer = Annotated[str, Field(pattern=r"^(/([a-z0-9_]+|\*))+$")]


class RowPart(Part):
    """One question: its label, and where in the message its answer is."""

    label: Line
    from_: _Pointer | tuple[_Pointer, ...] = Field(alias="from")

    @property
    def pointers(self) -> tuple[str, ...]:
        """Where its answer is, one or several."""
        return (self.from_,) if isinstance(self.from_, str) else self.from_


class SectionPart(Part):
    """One part of the form. `each: /referral/people` asks its questions of each of them, or of those with a role."""

    title: Line
    each: _Pointer | None = None
    roles: tuple[PersonRole, ...] = ()
    rows: tuple[RowPart, ...] = Field(min_length=1)


class WordsPart(Part):
    """How one field reads. `codes`: the list its codes are of; `person`: it names somebody of the message."""

    label: Line | None = None
    codes: Name | None = None
    person: bool = False


class ReadingFile(Part):
    """`reading.yaml`: path of a field without places in lists → how it reads."""

    fields: dict[str, WordsPart]


class FormFile(Part):
    """`form.yaml`: the council's document, part by part, as it is printed or as its rules imply it.

    fields  how fields read in this council alone, as in `reading.yaml`
    """

    title: Line
    rules: tuple[RuleId, ...] = ()
    fields: dict[str, WordsPart] = Field(default_factory=dict)
    sections: tuple[SectionPart, ...] = Field(min_length=1)


FILE: Final = "form.yaml"
"""In a council's folder; a council may be without it."""


def load_form(folder: Path) -> Form:
    """The form of the council whose folder this is. Raises ConfigError with every fault of it."""
    root, path = folder.parent.parent, folder / FILE
    words = _words(load(root / "reading.yaml", ReadingFile), root) if (root / "reading.yaml").is_file() else {}
    if not path.is_file():
        return Form(words=words) if words else NO_FORM
    form = load(path, FormFile)
    refuse(_faults(form))
    return Form(form.model.title, tuple(map(_section, form.model.sections)), {**words, **_words(form, root)})


def _section(part: SectionPart) -> FormSection:
    rows = tuple(FormRow(row.label, row.pointers) for row in part.rows)
    return FormSection(part.title, rows, part.each or "", tuple(role.value for role in part.roles))


def _faults(form: Loaded[FormFile]) -> Iterator[Fault]:
    asked: dict[_Asked, str] = {}
    for number, section in enumerate(form.model.sections):
        if section.each is not None:
            yield from _each_faults(form, section.each, ("sections", number, "each"))
        for place, row in enumerate(section.rows):
            several = not isinstance(row.from_, str)
            for index, pointer in enumerate(row.pointers):
                key = ("sections", number, "rows", place, "from", *((index,) if several else ()))
                yield from _pointer_faults(form, key, f"{section.each}/*{pointer}" if section.each else pointer)
                mine = form.at(*key)
                first = asked.setdefault((section.each, section.roles, pointer), mine)
                if first != mine:
                    remedy = f"It is already asked at {first}, and what stands there is shown once."
                    yield form.fault(*key, expected="each pointer once", remedy=remedy)


def _pointer_faults(form: Loaded[FormFile], key: tuple[str | int, ...], whole: str) -> Iterator[Fault]:
    if remedy := _misses(whole):
        yield form.fault(*key, expected="something that a message to a hub has", remedy=remedy)
    if any(f"{whole}/".startswith(f"{one}/") for row in FIRST.rows for one in row.of):
        remedy = f"Take it away: it always stands under “{FIRST.title}”, before the form."
        yield form.fault(*key, expected="what is not already shown first", remedy=remedy)


def _each_faults(form: Loaded[FormFile], each: str, at: tuple[str | int, ...]) -> Iterator[Fault]:
    if remedy := _misses(each):
        yield form.fault(*at, expected="something that a message to a hub has", remedy=remedy)
    elif not _targets(each)[-1].many or _targets(each)[-1].part is None:
        remedy = "Name one, as `/referral/people`, or take `each` away and write whole pointers."
        yield form.fault(*at, expected="a list of parts", remedy=remedy)


def _misses(pointer: str) -> str:
    """Why a pointer leads nowhere, as a remedy; "" where it leads somewhere."""
    try:
        targets = _targets(pointer)
    except NoTarget as error:
        near = f"; did you mean `/{error.near.replace('.', '/')}`?" if error.near else "."
        return f"`{pointer}` leads nowhere{near}"
    parts = pointer.split("/")[1:]
    named = [place for place, part in enumerate(parts) if part != "*"]
    for target, place in zip(targets, named, strict=True):
        starred = place + 1 < len(parts) and parts[place + 1] == "*"
        if starred and not target.many:
            return f"`{parts[place]}` is no list: take the `*` after it away."
        if target.many and not starred and place + 1 < len(parts):
            return f"`{parts[place]}` is a list: write `{parts[place]}/*`."
    return ""


def _targets(pointer: str) -> tuple[Target, ...]:
    return fields_of(PayloadBody, ".".join(part for part in pointer.split("/")[1:] if part != "*"))


def _words(reading: Loaded[ReadingFile] | Loaded[FormFile], root: Path) -> Mapping[str, FieldWords]:
    """Raises ConfigError for a field that no message has, or a list that there is not."""
    found: list[Fault] = []
    words = {name: _field(reading, name, row, root, found) for name, row in reading.model.fields.items()}
    refuse(found)
    return words


def _field(
    reading: Loaded[ReadingFile] | Loaded[FormFile], name: str, row: WordsPart, root: Path, found: list[Fault]
) -> FieldWords:
    try:
        fields_of(PayloadBody, name.replace("/", "."))
    except NoTarget as error:
        near = f"Did you mean `{error.near.replace('.', '/')}`?" if error.near else "Take it away."
        found.append(Fault(reading.at_name("fields", name), "", "a field that a message to a hub has", near))
    return FieldWords(row.label or "", _labels(reading, name, row.codes, root, found), row.person)


def _labels(
    reading: Loaded[ReadingFile] | Loaded[FormFile], name: str, codes: str | None, root: Path, found: list[Fault]
) -> Mapping[str, str]:
    """Code → label of a list. One that cannot be read is told where it is wrong; one without a folder, nowhere."""
    path = root / "codes" / f"{codes}.yaml"
    if codes and (root / "codes").is_dir() and not path.is_file():
        remedy = f"There is no list `{codes}`."
        found.append(reading.fault("fields", name, "codes", expected="a list of `mappings/codes/`", remedy=remedy))
    try:
        return {str(one.code): one.label for one in load(path, CodeFile).model.codes} if path.is_file() else {}
    except ConfigError:
        return {}
