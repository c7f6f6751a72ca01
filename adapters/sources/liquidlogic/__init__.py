"""A bundle of Liquidlogic (EHM, LCS, Liberi) reporting tables, joined to one record for each contact, episode or form.

Not a vendor-certified interface: column names come from public reporting scripts, and each council confirms them.
The records are the rows of the first table present of FACT_EHM_CONTACT, FACT_CONTACTS and FACT_CAF_EPISODE, or of the
one that the setting `records` names, which may be FACT_FORMS. Names are the warehouse's, in capitals; extra columns are
kept:

    {"contact": {…}, "person": {…}, "addresses": [{…}], "episodes": [{…}], "involvements": [{…}], "disabilities": [{…}],
     "unborn": {"DOB_ESTIMATED": "Y", "BIRTH_DTTM": …},     in place of /person/BIRTH_DTTM, as `people` says
     "relations": [{"relation": {…}, "person": {…}}],       from this person to the related one, in the table's terms
     "relations_from": [{"relation": {…}, "person": {…}}],  only where the other way round is not recorded
     "forms": [{…}], "answers": {question: {"answer": …, "answered": …, "earlier": [{…}]}}}

Where the records are episodes there is no `contact`, and `episodes` holds that one; where they are forms, `forms` and
`answers` are of that one, and `contact` is the one it names. Empty cells, -1 for an id, 'Unknown' for an identifier and
XXXX for a postcode are null. Date-times have no zone and stay text.

One bundle can feed several mappings: where a source has several for a council, or its one names a `form_name`, the form
of a record is its FACT_FORMS form type, which each mapping gives as its `form_name`. A contact with forms of two types
is then two records, and the type is part of their keys.
A zip is streamed: in memory are the rows that are records, and the rows about their people and forms.
Settings: `rename` (as in `formats.tables`), `records`, `choose` (`{COLUMN: [values]}`: only these rows are records),
`answer_key` (as in `answers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from adapters.formats.tables import Bundle, Index, Line, choosing, indexed, lacking, none_chosen, read_tables
from adapters.sources.liquidlogic.answers import answers_of
from adapters.sources.liquidlogic.layout import CONTACTS, FORM_TYPE, LAYOUT, LISTS, RECORDS
from adapters.sources.liquidlogic.people import described, live_person
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord

NAME: str = "liquidlogic"
MEDIA_TYPES: tuple[str, ...] = ("application/zip", "application/json")
KEEPS_BYTES: bool = True
ABOUT: About = About(
    title="Liquidlogic: EHM, LCS, Liberi",
    format="A zip or folder of CSV tables, or JSON of arrays, with the reporting warehouse's names",
    seen="",
    limits=(
        "Not a vendor's interface: no import or message format of Liquidlogic is public. Each council "
        "confirms its tables and the wording of its forms."
    ),
)

_STARTED: Mapping[str, str] = {"FACT_CAF_EPISODE": "EPISODE_START_DTTM"}


@dataclass(frozen=True, slots=True)
class _Joined:
    """The rows that are records, and those about their people and forms, ready to be joined."""

    records: str
    lines: Sequence[Line]
    people: Index
    by_person: Mapping[str, Index]
    outward: Index
    inward: Index
    contacts: Index
    forms: Index
    answers: Index
    by_code: bool


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """One record for each chosen row whose person is in DIM_PERSON, in the order of its table.

    A row with forms of two types gives two. One without exactly one live person, or with an id met before, is an
    unreadable Fault.
    Doubtful Faults about a record come straight after it; those about single rows and files come first.
    Raises UnreadablePayload: as `read_tables`, and without DIM_PERSON or any table whose rows can be records.
    """
    bundle = read_tables(file, options, LAYOUT)
    joined = _join(bundle, options)
    yield from bundle.faults
    if not joined.lines:
        yield none_chosen(joined.records)
    typed = not options.form or "form_name" in options.settings
    met: set[str] = set()
    for line in joined.lines:
        key = _key(joined.records, line)
        person = live_person(joined.people, line)
        if isinstance(person, Fault):
            yield person
        elif key in met:
            yield Fault(line.position, "", "each contact once", "Remove the row that repeats an id, and send it again.")
        else:
            met.add(key)
            forms = _forms(joined, line, person)
            for form, own in (_by_type(forms) if typed else {options.form: forms}).items():
                data, doubts = _data(joined, line, person, own)
                named = f"{key}:{form}" if typed and form and joined.records != "FACT_FORMS" else key
                yield SourceRecord(line.position, form, named, "referral", data)
                yield from doubts


def _join(bundle: Bundle, options: ReadOptions) -> _Joined:
    """One pass over each table, keeping what hangs together with the chosen records."""
    named = str(options.settings.get("records") or "").upper()
    wanted = (named,) if named else tuple(RECORDS)[:3]
    records = next((table for table in wanted if table in RECORDS and table in bundle), "")
    lacking(bundle, ["DIM_PERSON", *([] if records else [" or ".join(wanted)])])
    chosen = choosing(options, LAYOUT)
    lines = [line for line in bundle.rows(records) if chosen(line)]
    children = {line.id("DIM_PERSON_ID") for line in lines}
    outward, inward = _relation_rows(bundle, children)
    related = {row.id("DIM_RELATED_PERSON_ID") for rows in outward.values() for row in rows}
    related |= {row.id("DIM_PERSON_ID") for rows in inward.values() for row in rows}
    if records == "FACT_FORMS":
        forms = indexed(lines, "DIM_PERSON_ID")
    else:
        forms = bundle.index("FACT_FORMS", "DIM_PERSON_ID", children)
    form_ids = {form.id("FACT_FORM_ID") for rows in forms.values() for form in rows}
    contacts = bundle.index(CONTACTS[0], "DIM_PERSON_ID", children) if records == "FACT_FORMS" else {}
    return _Joined(
        records,
        lines,
        bundle.index("DIM_PERSON", "DIM_PERSON_ID", children | related),
        {table: bundle.index(table, "DIM_PERSON_ID", children) for table in LISTS.values()},
        outward,
        inward,
        contacts,
        forms,
        bundle.index("FACT_FORM_ANSWERS", "FACT_FORM_ID", form_ids),
        options.settings.get("answer_key") == "code",
    )


def _relation_rows(bundle: Bundle, children: set[str]) -> tuple[Index, Index]:
    rows = [
        row
        for row in bundle.rows("FACT_PERSON_RELATION")
        if row.id("DIM_PERSON_ID") in children or row.id("DIM_RELATED_PERSON_ID") in children
    ]
    return indexed(rows, "DIM_PERSON_ID"), indexed(rows, "DIM_RELATED_PERSON_ID")


def _key(table: str, line: Line) -> str:
    started = _STARTED.get(table, "CONTACT_DTTM")
    own = line.id(RECORDS[table]) or f"{line.id('DIM_PERSON_ID')}:{line.id(started)}"
    return f"{table}:{own}"


def _forms(joined: _Joined, line: Line, person: Line) -> Sequence[Line]:
    """The forms of this record, without any that names another contact: an agreement given then is not given now."""
    if joined.records == "FACT_FORMS":
        return (line,)
    own = RECORDS[joined.records]
    forms = joined.forms.get(person.id("DIM_PERSON_ID"), ())
    return [form for form in forms if form.id(own) in ("", line.id(own))]


def _by_type(forms: Iterable[Line]) -> dict[str, list[Line]]:
    """The forms by their type, in their order. One without a type belongs to all; none at all is the type ""."""
    typed = [(form, next((text for column in FORM_TYPE if (text := form.id(column))), "")) for form in forms]
    types = list(dict.fromkeys(name for _, name in typed if name)) or [""]
    return {name: [form for form, own in typed if own in ("", name)] for name in types}


def _data(joined: _Joined, line: Line, person: Line, forms: Sequence[Line]) -> tuple[dict[str, Plain], list[Fault]]:
    identifier = person.id("DIM_PERSON_ID")
    contact = line if joined.records in CONTACTS else _contact_of(joined, line)
    on = (contact or line).id(_STARTED.get(joined.records, "CONTACT_DTTM"))
    data, doubts = described(person, on)
    for name, table in LISTS.items():
        data[name] = [row.cells for row in joined.by_person[table].get(identifier, ())]
    if joined.records == "FACT_CAF_EPISODE":
        data["episodes"] = [line.cells]
    if contact is not None:
        data["contact"] = contact.cells
    _add_relations(joined, identifier, data, doubts)
    data["forms"] = [form.cells for form in forms]
    given = [answer for form in forms for answer in joined.answers.get(form.id("FACT_FORM_ID"), ())]
    data["answers"], conflicts = answers_of(given, joined.by_code)
    return data, doubts + conflicts


def _contact_of(joined: _Joined, form: Line) -> Line | None:
    """The contact that a form names, where the forms are the records."""
    own = RECORDS[CONTACTS[0]]
    rows = joined.contacts.get(form.id("DIM_PERSON_ID"), ()) if form.id(own) else ()
    return next((row for row in rows if row.id(own) == form.id(own)), None)


def _add_relations(joined: _Joined, identifier: str, data: dict[str, Plain], doubts: list[Fault]) -> None:
    outward = joined.outward.get(identifier, ())
    paired = {row.id("DIM_RELATED_PERSON_ID") for row in outward}
    inward = [row for row in joined.inward.get(identifier, ()) if row.id("DIM_PERSON_ID") not in paired]
    data["relations"] = _relations(joined.people, outward, "DIM_RELATED_PERSON_ID", doubts)
    if inward:
        data["relations_from"] = _relations(joined.people, inward, "DIM_PERSON_ID", doubts)


def _relations(people: Index, rows: Iterable[Line], column: str, doubts: list[Fault]) -> list[Plain]:
    relations: list[Plain] = []
    for row in rows:
        person = live_person(people, row, column)
        if isinstance(person, Line):
            relations.append({"relation": row.cells, **described(person, "")[0]})
        else:
            relations.append({"relation": row.cells})
            doubts.append(Fault(person.position, "", person.expected, person.remedy, "doubtful"))
    return relations
