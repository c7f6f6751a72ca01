"""Writes lists 1 to 3 of Ofsted's Annex A as far as the store knows them, and records that it did (settled 58).

List 1 is every child of every request that was accepted; list 2 every Early Help Assessment that a request tells of;
list 3 every child whose request went to the council's own front door. Of a request that came in several versions the
newest counts, on the day that the first came. Tests and sealed files are left out. What nobody has told the gateway is
left empty, never guessed: the start of an assessment, whether a referral ended without action, the team and the worker.

The columns are the return's own, and so are the categories, through the code lists `annex_a_*`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, select

from adapters.formats.spreadsheet import written
from contracts.decision import Outcome
from contracts.people import Person, PersonRole, Protection, ReferrerKind
from contracts.referral import Referral
from gateway.flows.decisions.filed import read_filed
from gateway.flows.decisions.said import ENGINE
from gateway.flows.gateway import Gateway
from gateway.path.calendar import age_on, day_of, start_of
from gateway.record.entries import make_entry
from gateway.store import content
from gateway.store.keys import CouncilKeys, lookup_token
from gateway.store.sealer import record_entry
from gateway.store.tables import DECISION, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.versions import versions
from gateway.store.writer import Write

_CHILD: Final = ("Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Age")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "List 1": (*_CHILD, "Date of Contact", "Contact Source"),
    "List 2": (
        *_CHILD,
        "Assessment start date",
        "Assessment completion date",
        "Organisation completing assessment",
    ),
    "List 3": (
        *_CHILD,
        "Date of Referral",
        "Referral Source",
        "Referral NFA?",
        "Number of Referrals in Last 12 Months",
        "Allocated Team",
        "Allocated Worker",
    ),
}
"""List → its columns, as Annex A names them."""

_SOURCES: Final = {
    ReferrerKind.FAMILY: "1A",
    ReferrerKind.CHILD: "1C",
    ReferrerKind.PUBLIC: "1D",
    ReferrerKind.SOCIAL_WORKER: "5A",
}
_UNKNOWN: Final = "10"
_NEWER: Final = {"5D": "5B"}
"""Contact sources that are newer than the return's own list → what they count as there."""

_YEAR: Final = timedelta(days=365)

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """Which days are asked for, both included, and the day the return is made."""

    first: date
    last: date
    today: date

    def has(self, day: date) -> bool:
        """Whether a day is in it."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Contact:
    """One request as the lists see it. `to_social_care`: pointers of the children sent to the front door."""

    on: date
    referral: Referral
    to_social_care: frozenset[str]


async def export(gateway: Gateway, council: str, first: date, last: date, by: str) -> dict[str, bytes]:
    """List name → its CSV. `by` is who asked for it, for the record. Raises NotFound for a council nobody knows."""
    gateway.council(council)
    period = Period(first, last, day_of(gateway.now()))
    lists = await gateway.store.ask(council, lambda connection: lists_of(gateway, connection, council, period))
    sections = {
        "actors": {"by": by, "engine": ENGINE},
        "export": {
            "what": "annex_a",
            "from": first.isoformat(),
            "to": last.isoformat(),
            "rows": {name: len(rows) for name, rows in lists.items()},
        },
    }
    entry = make_entry(str(uuid4()), council, "export.annex_a", gateway.now(), sections, gateway.salt)

    def work(tx: Tx) -> None:
        record_entry(tx, entry)

    await gateway.writer.submit(Write(work))
    return {name: written(COLUMNS[name], rows) for name, rows in lists.items()}


def lists_of(gateway: Gateway, connection: Connection, council: str, period: Period) -> dict[str, list[Row]]:
    """Name of each list → its rows. All of them are held, and one request at a time beside them."""
    lists: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    before: defaultdict[str, list[date]] = defaultdict(list)
    said: set[Row] = set()
    # A year more than is asked for, since the third list counts what came in the twelve months before.
    for contact in _contacts(gateway, connection, council, period.first - _YEAR, period.last):
        for place, child in enumerate(contact.referral.people):
            if PersonRole.CHILD not in child.roles or Protection.SEALED in child.protection:
                continue
            name = _name(gateway.keys[council], child)
            head = _head(gateway, name, child, period.today)
            if period.has(contact.on):
                lists["List 1"].append((*head, _day(contact.on), _source(gateway, contact.referral)))
            lists["List 2"] += _once(said, _assessments(contact, head, period))
            if f"/people/{place}" in contact.to_social_care:
                if period.has(contact.on):
                    count = sum(contact.on - day <= _YEAR for day in before[name])
                    tail = (_day(contact.on), _source(gateway, contact.referral), "", str(count), "", "")
                    lists["List 3"].append((*head, *tail))
                if name:
                    before[name].append(contact.on)
    return lists


def _contacts(gateway: Gateway, connection: Connection, council: str, first: date, last: date) -> Iterator[Contact]:
    door = gateway.council(council).front_door
    begin, end = start_of(first), start_of(last + timedelta(days=1))
    for at, referral, filed in sorted(_newest(connection, council, begin, end)):
        body = content.get(connection, council, filed)
        if body is None:
            continue  # erased: nothing is known of it any more
        to_door = connection.execute(
            select(DECISION.c.subject, DECISION.c.outcome).where(
                DECISION.c.council == council,
                DECISION.c.referral == referral,
                DECISION.c.hub == door,
                DECISION.c.state != "superseded",
            )
        )
        sent = frozenset(one.subject for one in to_door if Outcome(one.outcome).sends)
        yield Contact(day_of(at), read_filed(body)[0], sent)


def _newest(connection: Connection, council: str, begin: int, end: int) -> Iterator[tuple[int, str, str]]:
    """When the first version of a request came, and the newest's id and content, of each that came in this time."""
    later, at = REFERRAL.alias("later"), REFERRAL.c.at
    found = select(REFERRAL.c.id, at, REFERRAL.c.filed, REFERRAL.c.version).where(
        REFERRAL.c.council == council,
        REFERRAL.c.test == 0,
        # A newer version comes later than the first, however late that is.
        at >= begin,
        (at < end) | (REFERRAL.c.version > 1),
        ~select(later.c.id).where(later.c.supersedes == REFERRAL.c.id).exists(),
    )
    for row in connection.execute(found).all():
        came = row.at
        if row.version > 1:
            oldest = versions(connection, council, row.id)[0]
            came = connection.execute(select(at).where(REFERRAL.c.id == oldest)).scalar_one()
        if begin <= came < end:
            yield came, row.id, row.filed


def _assessments(contact: Contact, head: Row, period: Period) -> Iterator[Row]:
    for one in contact.referral.assessments:
        if one.kind == "eha" and period.has(one.completed_on or contact.on):
            yield (*head, "", _day(one.completed_on), one.completed_by or "")


def _once(said: set[Row], rows: Iterable[Row]) -> list[Row]:
    """Those that were not there yet: several requests may tell of one assessment."""
    new = [row for row in rows if row not in said]
    said.update(new)
    return new


def _name(keys: CouncilKeys, child: Person) -> str:
    """A keyed name for a child, the same wherever the same child comes again; "" where nothing tells who it is."""
    for identifier in sorted(child.identifiers, key=lambda one: one.system):
        return lookup_token(keys, "annex_a", f"{identifier.system}/{''.join(identifier.value.upper().split())}")
    name = " ".join(filter(None, (child.first_name, child.surname))) or child.full_name or ""
    born = child.date_of_birth.isoformat() if child.date_of_birth else ""
    if not name:
        return ""
    return lookup_token(keys, "annex_a", f"{' '.join(name.casefold().split())}/{born}")


def _head(gateway: Gateway, name: str, child: Person, today: date) -> Row:
    """The five columns each list begins with. The council's own number for the child, if the sender gave it."""
    own = next((one.value for one in child.identifiers if one.system == "local" or one.system.endswith("_person")), "")
    born = child.date_of_birth
    age = str(age_on(born, today)) if born and born <= today else ""
    sex = _category(gateway, "annex_a_sex", child.sex or "U")
    return (
        own or (f"EHG-{name[:12]}" if name else ""),
        sex,
        _category(gateway, "annex_a_ethnicity", child.ethnicity or ""),
        _day(born),
        age,
    )


def _source(gateway: Gateway, referral: Referral) -> str:
    referrer = referral.referrer
    code = referrer.agency_kind or (_SOURCES.get(referrer.kind, "") if referrer.kind else "")
    if not code:
        code = "9" if referral.anonymous else _UNKNOWN
    return _category(gateway, "annex_a_source", _NEWER.get(code, code))


def _category(gateway: Gateway, name: str, code: str) -> str:
    """The return's own category; "" for a code it has none for."""
    return gateway.catalogue.codes[name].labels.get(code, "")


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
