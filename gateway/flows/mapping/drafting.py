"""`gateway source new`: from one real file to a draft of its mapping and an invented sample beside it.

The adapter is the one that reads the file: each says itself what it does not know. Of a table that none knows, and of
a JSON array of pupils, the general ones make what they can.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, BinaryIO, Final

from adapters import SOURCES, enriching
from adapters.formats.csv import Row, Table, open_table
from adapters.formats.definitions import refuse_definition
from adapters.formats.json import strict_json
from adapters.formats.json_stream import HEAD, shape
from adapters.formats.xlsx import Worksheet, open_sheet
from adapters.formats.zip import is_zip
from adapters.sources.tabular_form import tools
from contracts.adapter import Fault, Plain, ReadOptions, SourceRecord
from contracts.errors import GatewayError, UnreadablePayload
from gateway.config.codes import CodeList
from gateway.config.guesses import asks_for_help, is_reference, is_time, may_ask_about_harm
from gateway.config.mappings import FormMapping, Mappings
from gateway.path.drafting import Guessed, Heading, draft, guessed
from gateway.path.inventing import invented_json, invented_table
from gateway.path.survey import Survey, survey
from gateway.path.transforms import date_of_datetime, uk_date, whole_number, yes_no

FIRST: Final = 500
"""Records that are looked at."""

_LISTS: Final = (
    "sex", "ethnicity", "language", "nc_year", "relationship", "referrer_kind", "agreement_status", "need",
    "harm_level",
)  # fmt: skip
_LARGEST: Final = 64 << 20
_FORMS, _PUPILS = "tabular_form", "mis_json"
_PARTED_BY: Final = ",;\t|"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The adapter that reads a file, with the options under which it does, and the first of its records."""

    adapter: str
    options: ReadOptions
    records: tuple[SourceRecord, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Drafted:
    """What can be written down of one file.

    mapping    the YAML of the draft
    sample     the invented sample, "" where none could be made; suffix: of its name
    found      what the file asks; rows: what was guessed
    """

    adapter: str
    encoding: str
    mapping: str
    sample: str
    suffix: str
    found: Survey
    rows: tuple[Guessed, ...]

    @property
    def about_harm(self) -> tuple[str, ...]:
        """Pointers of the questions that may be the one about harm."""
        return tuple(asked.pointer for asked in self.found.asked if may_ask_about_harm(asked.question))


def mapped_already(file: BinaryIO, mappings: Mappings, council: str) -> FormMapping | None:
    """The mapping of an export of pupils that reads this file as it is; None where there is none."""
    file.seek(0)
    head = file.read(HEAD)
    if _asks(file):
        return None
    for mapping in mappings.enrichments(council):
        adapter = enriching(mapping.adapter)
        if adapter is not None and adapter.fits(head, mapping.options):
            return mapping
    return None


def drafted(file: BinaryIO, source: str, form: str, council: str, lists: Mapping[str, CodeList]) -> Drafted:
    """The draft and the sample. Raises UnreadablePayload where no adapter reads the file, with what was wrong."""
    wanted = {name: lists[name] for name in _LISTS if name in lists}
    chosen = choose(file, form)
    found = survey(chosen.records, wanted)
    head = Heading(
        source, form, chosen.adapter, council, chosen.options.encoding, chosen.options.delimiter,
        chosen.options.settings, enriching(chosen.adapter) is not None,
    )  # fmt: skip
    sample, suffix = _sample(file, chosen, wanted)
    if not _tried(chosen.adapter, io.BytesIO(sample.encode(chosen.options.encoding)), chosen.options):
        sample = suffix = ""
    return Drafted(chosen.adapter, chosen.options.encoding, draft(head, found), sample, suffix, found, guessed(found))


def choose(file: BinaryIO, form: str) -> Chosen:
    """The adapter whose shape the file has. Raises UnreadablePayload where none has it."""
    for name in SOURCES:
        if name in (_FORMS, _PUPILS) or enriching(name) is not None:
            continue
        for options in _options():
            found = _tried(name, file, options)
            if found:
                return Chosen(name, _named(options, name, found[0].form), found)
            if is_zip(file):
                break
    table, options = _table(file)
    if table is not None:
        options = _described(table, replace(options, form=form))
        return Chosen(_FORMS, options, tuple(_records(_FORMS, file, options)))
    return _pupils(file, form)


def _options() -> Iterator[ReadOptions]:
    for encoding in ("utf-8", "cp1252"):
        for delimiter in _PARTED_BY:
            yield ReadOptions(encoding=encoding, delimiter=delimiter)


def _tried(name: str, file: BinaryIO, options: ReadOptions) -> tuple[SourceRecord, ...]:
    try:
        return tuple(_records(name, file, options))
    except GatewayError:
        return ()


def _records(name: str, file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord]:
    file.seek(0)
    items = SOURCES[name].read(file, options)
    yield from islice((item for item in items if isinstance(item, SourceRecord)), FIRST)


def _named(options: ReadOptions, adapter: str, form: str) -> ReadOptions:
    """With the name that the form gives itself, for the adapters that tell forms apart by it."""
    named = adapter in ("govuk_forms", "moj_forms", "form_builder", "multi_agency") and form
    return replace(options, settings={"form_name": form}) if named else options


def _table(file: BinaryIO) -> tuple[Table | Worksheet | None, ReadOptions]:
    """The file as a table, and how it was read; None where it is none."""
    file.seek(0)
    if is_zip(file):
        try:
            return open_sheet(file, repeats=True), ReadOptions()
        except UnreadablePayload:
            return None, ReadOptions()
    if file.read(HEAD).lstrip()[:1] in (b"{", b"[", b"<", b""):
        return None, ReadOptions()
    problem: GatewayError | None = None
    for options in _options():
        try:
            table = open_table(file, options.encoding, options.delimiter, repeats=True)
        except GatewayError as error:
            problem = problem or error
            continue
        if len(table.header) > 1:
            _refuse_data_as_heading(table.header)
            return table, options
    raise problem or _unknown()


def _refuse_data_as_heading(header: tuple[str, ...]) -> None:
    """A first row that holds a date, a number or an address of mail is somebody's answers, and must not be repeated."""
    if any(_is_an_answer(cell) for cell in header):
        remedy = "It seems to hold answers. Export the table again with the names of its columns in row 1."
        fault = Fault("row 1", "", "the names of the columns in the first row", remedy)
        raise UnreadablePayload("The first row is not one of headings.", (fault,))


def _is_an_answer(cell: str) -> bool:
    return (
        "@" in cell
        or yes_no(cell) is not None
        or any(reads(cell) is not None for reads in (uk_date, date_of_datetime, whole_number))
    )


def _described(table: Table | Worksheet, options: ReadOptions) -> ReadOptions:
    """The settings of a table that a form tool exported, or that somebody made."""
    tool = tools.recognised(table.header)
    columns: dict[str, Plain] = {}
    if not tool:
        for name, is_own in (("id", is_reference), ("submitted_at", is_time)):
            if column := next((one for one in table.header if is_own(one)), ""):
                columns[column] = name
    own = tools.own_columns(
        tools.TOOLS[tool or "other"], table.header, {one: str(name) for one, name in columns.items()}
    )
    questions: list[Plain] = [one for one in table.header if one not in own]
    named: dict[str, Plain] = {"columns": columns} if columns else {}
    return replace(options, settings={"tool": tool or "other", "forms": {options.form: questions[-3:]}, **named})


def _pupils(file: BinaryIO, form: str) -> Chosen:
    """A JSON array of pupils from a school's system that no mapping knows."""
    file.seek(0)
    head = file.read(HEAD)
    for pointer in ("", "/data", "/pupils", "/students", "/results", "/items"):
        found, keys = shape(head, pointer)
        if found == "array" and keys:
            settings: dict[str, Plain] = {"pupils": pointer, "known_by": sorted(keys)[:3]}
            options = ReadOptions(form, settings=settings)
            if records := _tried(_PUPILS, file, options):
                return Chosen(_PUPILS, options, records)
    _refuse_definition(file)
    raise _unknown()


def _refuse_definition(file: BinaryIO) -> None:
    """Raises UnreadablePayload for a form's definition, which holds no answers that a mapping could be drafted from."""
    file.seek(0)
    try:
        value = strict_json(file.read(_LARGEST))
    except UnreadablePayload:
        return
    refuse_definition("the file", value)


def _unknown() -> UnreadablePayload:
    expected = "a file in a shape that one of the adapters reads"
    remedy = (
        "docs/sources.md lists them. Export it as CSV or XLSX with a row for each request and the headings in row 1."
    )
    return UnreadablePayload("No adapter reads this file.", (Fault("the file", "", expected, remedy),))


def _asks(file: BinaryIO) -> bool:
    """Whether it is a table whose headings ask for help."""
    try:
        table, _ = _table(file)
    except GatewayError:
        return False
    return table is not None and asks_for_help(iter(table.header))


def _sample(file: BinaryIO, chosen: Chosen, lists: Mapping[str, CodeList]) -> tuple[str, str]:
    """The invented sample and the suffix of its name; "" where a sample has to be made by hand."""
    try:
        table, read = _table(file)
    except GatewayError:
        table, read = None, chosen.options
    if table is not None:
        cells = (row.cells for row in table.rows() if isinstance(row, Row))
        return invented_table(table.header, list(islice(cells, FIRST)), lists, read.delimiter), ".csv"
    file.seek(0)
    content = file.read(_LARGEST)
    try:
        return invented_json(json.loads(content), chosen.adapter, lists), ".json"
    except ValueError:
        pass
    try:
        lines: Any = [json.loads(line) for line in content.splitlines() if line.strip()]
    except ValueError:
        return "", ""
    return invented_json(lines, chosen.adapter, lists), ".json"
