"""A bundle of Standard Safeguarding Dataset tables: one record for each contact that ended in Early Help.

Not a vendor-certified interface: table and column names are those of the public SSD specification and its reporting
scripts, which councils run on any supplier's system. Names are in small letters; extra columns are kept:

    {"contact": {…}, "outcome": {…}, "person": {…}, "addresses": [{…, "parts": {…}}], "episodes": [{…}],
     "family": [{"family": {…}, "person": {…}}]}

`outcome` and `parts` are what the JSON in a cell says, as `cells` reads it; a cell that is plain text is
`{"OUTCOME": text}`. `family` is everybody else with the same `fami_family_id`; the dataset does not say who they are to
the child. `person` has `"unborn": true` where there is an expected date and no birth date. SSD_PH, which stands for a
column nobody fills, -1, 'Unknown' and XXXX are null.

A contact is a record if its outcome names one of the setting `outcomes`, by default EH Referral: as its text, as the
value of a key, or as a key that says Y. A zip is streamed, and only those contacts and their people are kept in memory.
Settings: `rename`, `choose` (as in `formats.tables`), `outcomes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from adapters.formats.tables import Bundle, Index, Layout, Line, choosing, lacking, none_chosen, read_tables
from adapters.sources.ssd_tables.cells import ADDRESS_KEYS, OUTCOME_KEYS, read_cell
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord

NAME: str = "ssd_tables"
MEDIA_TYPES: tuple[str, ...] = ("application/zip", "application/json")
KEEPS_BYTES: bool = True
ABOUT: About = About(
    title="Standard Safeguarding Dataset",
    format="A zip or folder of CSV tables, or JSON of arrays; any supplier's system",
    seen="",
    limits="Not a vendor's interface: the dataset's names, with our own rows. It does not say who is whose parent.",
)

_OUTCOMES: Final = ("EH Referral",)
_PLACEHOLDER: Final = "ssd_ph"
_MAY_SAY_UNKNOWN: Final = frozenset({"pers_upn", "pers_legacy_id", "pers_single_unique_id"})
_NO_POSTCODE: Final = frozenset({"xxxx", "nopostcode"})


def _says_nothing(column: str, text: str) -> bool:
    said = text.casefold()
    if column == "addr_address_postcode":
        return said in _NO_POSTCODE
    return (
        said == _PLACEHOLDER
        or (column in _MAY_SAY_UNKNOWN and said == "unknown")
        or (column.endswith("_id") and said in ("-1", "-1.0"))
    )


_LAYOUT: Final = Layout(
    system="a bundle of SSD tables",
    keys={
        "ssd_person": ("pers_person_id",),
        "ssd_address": ("addr_person_id",),
        "ssd_family": ("fami_family_id", "fami_person_id"),
        "ssd_contacts": ("cont_person_id", "cont_contact_outcome_json"),
        "ssd_early_help_episodes": ("earl_person_id",),
    },
    says_nothing=_says_nothing,
    fold=str.lower,
)


@dataclass(frozen=True, slots=True)
class _Contact:
    """A contact that is a record, what its outcome says, and what was wrong with how it is written."""

    line: Line
    outcome: Mapping[str, Plain]
    doubts: Sequence[Fault]


@dataclass(frozen=True, slots=True)
class _Joined:
    """The rows that hang together with the contacts that are records."""

    people: Index
    addresses: Index
    episodes: Index
    homes: Index
    families: Index


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """One record for each contact whose outcome is one of those asked for, in the order of the table.

    A contact whose person is not in ssd_person exactly once, or whose id was met before, is an unreadable Fault. JSON
    that is broken never is: what could be recovered is doubted, straight after the record.
    Raises UnreadablePayload: as `read_tables`, and without ssd_person or ssd_contacts.
    """
    bundle = read_tables(file, options, _LAYOUT)
    lacking(bundle, ["ssd_person", "ssd_contacts"])
    contacts = list(_contacts(bundle, options))
    joined = _join(bundle, {contact.line.id("cont_person_id") for contact in contacts})
    yield from bundle.faults
    if not contacts:
        yield none_chosen("ssd_contacts")
    met: set[str] = set()
    for contact in contacts:
        person = _person(joined.people, contact.line)
        key = _key(contact.line)
        if isinstance(person, Fault):
            yield person
        elif key in met:
            remedy = "Remove the row that repeats an id, and send it again."
            yield Fault(contact.line.position, "", "each contact once", remedy)
        else:
            met.add(key)
            data, doubts = _data(joined, contact, person)
            yield SourceRecord(contact.line.position, options.form, key, "referral", data)
            yield from doubts


def _contacts(bundle: Bundle, options: ReadOptions) -> Iterator[_Contact]:
    chosen, asked = choosing(options, _LAYOUT), _asking(options)
    for line in bundle.rows("ssd_contacts"):
        where = (f"{line.position}, column cont_contact_outcome_json", "/outcome")
        outcome, doubts = read_cell(line.cells.get("cont_contact_outcome_json"), OUTCOME_KEYS, *where)
        if asked(outcome) and chosen(line):
            yield _Contact(line, outcome, doubts)


def _asking(options: ReadOptions) -> Callable[[Mapping[str, Plain]], bool]:
    """Whether an outcome is one of the setting `outcomes`: its text, a value, or a key that says Y."""
    named = options.settings.get("outcomes")
    wanted = {str(name).strip().casefold() for name in (named if isinstance(named, list) else _OUTCOMES)}

    def asked(outcome: Mapping[str, Plain]) -> bool:
        said = {str(value).strip().casefold() for key, value in outcome.items() if key != "COMMENTS"}
        said |= {key.casefold() for key, value in outcome.items() if str(value).strip().upper() in ("Y", "YES", "TRUE")}
        return bool(said & wanted)

    return asked


def _join(bundle: Bundle, children: set[str]) -> _Joined:
    homes = bundle.index("ssd_family", "fami_person_id", children)
    names = {row.id("fami_family_id") for rows in homes.values() for row in rows} - {""}
    families = bundle.index("ssd_family", "fami_family_id", names)
    relatives = {row.id("fami_person_id") for rows in families.values() for row in rows}
    return _Joined(
        bundle.index("ssd_person", "pers_person_id", children | relatives),
        bundle.index("ssd_address", "addr_person_id", children),
        bundle.index("ssd_early_help_episodes", "earl_person_id", children),
        homes,
        families,
    )


def _key(line: Line) -> str:
    own = line.id("cont_contact_id") or f"{line.id('cont_person_id')}:{line.id('cont_contact_date')}"
    return f"ssd_contacts:{own}"


def _person(people: Index, line: Line) -> Line | Fault:
    rows = people.get(line.id("cont_person_id"), ())
    if len(rows) == 1:
        return rows[0]
    position = f"{line.position}, column cont_person_id"
    if not rows:
        return Fault(position, "", "a person who is in ssd_person", "Add the person's row to ssd_person.")
    where = ", ".join(row.position for row in rows)
    return Fault(position, "", "one row in ssd_person", f"This person stands in {where}. Keep the right one.")


def _data(joined: _Joined, contact: _Contact, person: Line) -> tuple[dict[str, Plain], list[Fault]]:
    identifier, doubts = person.id("pers_person_id"), list(contact.doubts)
    addresses: list[Plain] = []
    for place, row in enumerate(joined.addresses.get(identifier, ())):
        where = (f"{row.position}, column addr_address_json", f"/addresses/{place}/parts")
        parts, told = read_cell(row.cells.get("addr_address_json"), ADDRESS_KEYS, *where)
        doubts += told
        addresses.append({**_without(row, "addr_address_json"), "parts": parts})
    data: dict[str, Plain] = {
        "contact": _without(contact.line, "cont_contact_outcome_json"),
        "outcome": contact.outcome,
        "person": _described(person),
        "addresses": addresses,
        "episodes": [row.cells for row in joined.episodes.get(identifier, ())],
        "family": list(_family(joined, identifier)),
    }
    return data, doubts


def _family(joined: _Joined, child: str) -> Iterator[Plain]:
    met = {child}
    for home in joined.homes.get(child, ()):
        for row in joined.families.get(home.id("fami_family_id"), ()):
            people = joined.people.get(row.id("fami_person_id"), ())
            if row.id("fami_person_id") not in met and len(people) == 1:
                met.add(row.id("fami_person_id"))
                yield {"family": row.cells, "person": _described(people[0])}


def _described(person: Line) -> dict[str, Plain]:
    awaited = person.cells.get("pers_expected_dob") is not None and person.cells.get("pers_dob") is None
    return {**person.cells, "unborn": True} if awaited else dict(person.cells)


def _without(line: Line, column: str) -> dict[str, Plain]:
    return {name: value for name, value in line.cells.items() if name != column}
