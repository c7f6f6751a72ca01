"""Reads `pickups.yaml` of a council's folder: from where the gateway fetches what senders leave there for it.

The file may be missing. It holds no secret: a password or a key is a file of that name in GATEWAY_SECRETS.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import Field

from contracts.adapter import Fault
from contracts.council import Council
from contracts.errors import ConfigError, UnknownSource
from gateway.config.cases import NO_CASES, Cases, CaseTable
from gateway.config.councilfiles import Name
from gateway.config.mappings import Mappings
from gateway.config.places import AllowedPart, FolderPart, MailboxPart, ObjectStorePart, SftpPart, Where
from gateway.config.yamlfile import Loaded, Part, load, refuse, unknown

__all__ = ["AllowedPart", "FolderPart", "MailboxPart", "ObjectStorePart", "Pickup", "SftpPart", "Where", "load_pickups"]

FILE: Final = "pickups.yaml"
CANONICAL: Final = "canonical"
"""The source that needs no mapping: the sender writes our own JSON."""


class PickupRow(Part):
    """One place. It is of one kind: the part that is written out. `every` is in seconds.

    cases  a table of cases.yaml is left there, and no requests
    """

    sender: Name | None = None
    source: Name | None = None
    cases: Name | None = None
    test: bool = False
    every: int = Field(default=30, ge=1, le=86_400)
    tell: Name
    folder: FolderPart | None = None
    sftp: SftpPart | None = None
    mailbox: MailboxPart | None = None
    object_store: ObjectStorePart | None = None

    @property
    def places(self) -> tuple[Where, ...]:
        every = (self.folder, self.sftp, self.mailbox, self.object_store)
        return tuple(place for place in every if place is not None)


class PickupsFile(Part):
    """`pickups.yaml`."""

    pickups: dict[Name, PickupRow] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Pickup:
    """One place the gateway fetches from.

    sender  registration under which everything there is sent; "" for a mailbox, where each address has its own
    source  what wrote it; "" for a mailbox
    test    everything there is for trying out, and reaches stub doors only (settled 53)
    every   seconds between looks
    tell    role that is told of what could not be taken
    cases   the table of the council's case system that is left there, "" where requests are
    """

    council: str
    name: str
    sender: str
    source: str
    test: bool
    every: int
    tell: str
    where: Where
    cases: str = ""

    @property
    def key(self) -> str:
        """What tells it from every other: `hull/evening_drop`."""
        return f"{self.council}/{self.name}"

    @property
    def senders(self) -> frozenset[str]:
        """Everybody in whose name something may come from here."""
        if isinstance(self.where, MailboxPart):
            return frozenset(row.sender for row in self.where.allowed.values())
        return frozenset({self.sender})


def load_pickups(
    folder: Path, councils: Mapping[str, Council], mappings: Mappings, cases: Cases = NO_CASES
) -> tuple[Pickup, ...]:
    """Every pickup of these councils, from `<folder>/<council>/pickups.yaml`. Raises ConfigError with all faults."""
    found: list[Fault] = []
    pickups: list[Pickup] = []
    taken: dict[tuple[str, str], str] = {}
    for name, council in councils.items():
        if not (path := folder / name / FILE).is_file():
            continue
        try:
            loaded = load(path, PickupsFile)
        except ConfigError as error:
            found += error.faults
            continue
        tables = cases.get(name, {})
        faults = [*_faults(loaded, council, mappings, tables), *_taken_twice(loaded, taken)]
        found += faults
        if not faults:
            rows = loaded.model.pickups.items()
            pickups += [_pickup(name, key, row, tables) for key, row in rows]
    refuse(found)
    return tuple(pickups)


def _pickup(council: str, name: str, row: PickupRow, tables: Mapping[str, CaseTable]) -> Pickup:
    sender, source = row.sender or "", row.source or ""
    if row.cases:
        sender, source = tables[row.cases].part.system, "cases"
    return Pickup(council, name, sender, source, row.test, row.every, row.tell, row.places[0], row.cases or "")


def _faults(
    loaded: Loaded[PickupsFile], council: Council, mappings: Mappings, tables: Mapping[str, CaseTable]
) -> Iterator[Fault]:
    for name, row in loaded.model.pickups.items():
        at = ("pickups", name)
        if len(row.places) != 1:
            expected = "one of folder, sftp, mailbox, object_store"
            yield loaded.fault(*at, expected=expected, remedy="Write out the one place this pickup fetches from.")
            continue
        if row.tell not in council.roles:
            expected, remedy = "a role of people.yaml", unknown(row.tell, council.roles)
            yield loaded.fault(*at, "tell", expected=expected, remedy=remedy)
        yield from _sign_in_faults(loaded, row, at)
        if row.cases:
            yield from _table_faults(loaded, row, at, tables)
            continue
        if row.mailbox is None:
            yield from _sender_faults(loaded, council, mappings, row, at)
            continue
        for word in ("sender", "source"):
            if getattr(row, word) is not None:
                remedy = "In a mailbox each address under `allowed` has its own."
                yield loaded.fault(*at, word, expected=f"no `{word}` here", remedy=remedy)
        for address, allowed in row.mailbox.allowed.items():
            yield from _sender_faults(loaded, council, mappings, allowed, (*at, "mailbox", "allowed", address))


def _table_faults(
    loaded: Loaded[PickupsFile], row: PickupRow, at: tuple[str, ...], tables: Mapping[str, CaseTable]
) -> Iterator[Fault]:
    """Where a case system's table is left, nothing else is, and it comes as a file of its own."""
    if row.cases not in tables:
        expected, remedy = "a table of cases.yaml", unknown(row.cases or "", tables)
        yield loaded.fault(*at, "cases", expected=expected, remedy=remedy)
    if row.sender or row.source or row.test or row.mailbox:
        remedy = "Take away `sender`, `source`, `test` and `mailbox`: cases.yaml says whose table it is."
        yield loaded.fault(*at, expected="a place for the table alone", remedy=remedy)


def _sender_faults(
    loaded: Loaded[PickupsFile],
    council: Council,
    mappings: Mappings,
    row: PickupRow | AllowedPart,
    at: tuple[str, ...],
) -> Iterator[Fault]:
    """Whether this registration may send from this source, and the council can read it."""
    registration = council.senders.get(row.sender or "")
    if row.sender is None or row.source is None:
        yield loaded.fault(
            *at, expected="`sender` and `source`", remedy="Say who leaves files here, and what wrote them."
        )
    elif registration is None:
        expected, remedy = "a sender of senders.yaml", unknown(row.sender, council.senders)
        yield loaded.fault(*at, "sender", expected=expected, remedy=remedy)
    elif row.source not in registration.sources:
        expected = f"a source that {row.sender} may send from: {', '.join(registration.sources)}"
        yield loaded.fault(*at, "source", expected=expected, remedy=unknown(row.source, registration.sources))
    elif row.source != CANONICAL:
        try:
            mappings.reading(row.source, council.name)
        except UnknownSource:
            remedy = "Add a mapping of it for this council."
            yield loaded.fault(*at, "source", expected="a source with a mapping", remedy=remedy)


def _sign_in_faults(loaded: Loaded[PickupsFile], row: PickupRow, at: tuple[str, ...]) -> Iterator[Fault]:
    place = row.places[0]
    ways: Iterable[str | None]
    if isinstance(place, SftpPart):
        ways, names = (place.password, place.key), "`password` or `key`"
    elif isinstance(place, MailboxPart):
        ways, names = (place.password, place.bearer), "`password` or `bearer`"
    else:
        if isinstance(place, ObjectStorePart):
            yield from _key_faults(loaded, place, at)
        return
    if isinstance(place, MailboxPart) and len({place.folder, place.done, place.quarantine}) != 3:
        remedy = "What was put away would be fetched again."
        yield loaded.fault(*at, "mailbox", expected="three folders of different names", remedy=remedy)
    if sum(way is not None for way in ways) != 1:
        remedy = "Name one file of GATEWAY_SECRETS to sign in with."
        yield loaded.fault(*at, place.kind, expected=f"one of {names}", remedy=remedy)


def _key_faults(loaded: Loaded[PickupsFile], place: ObjectStorePart, at: tuple[str, ...]) -> Iterator[Fault]:
    """Keys, or the machine's own role in so many words: its cloud is asked for that by no guarded way."""
    given = {place.access_key is not None, place.secret_key is not None}
    if given != {not place.machine_role}:
        expected, remedy = "`access_key` and `secret_key`, or `machine_role: true`", "Name the files that hold the two."
        yield loaded.fault(*at, place.kind, expected=expected, remedy=remedy)


def _taken_twice(loaded: Loaded[PickupsFile], taken: dict[tuple[str, str], str]) -> Iterator[Fault]:
    """Two pickups of one place would race for its files, and two councils' would mix their families."""
    for name, row in loaded.model.pickups.items():
        for place in row.places:
            here = loaded.at("pickups", name, place.kind)
            before = taken.setdefault((place.kind, place.address), here)
            if before != here:
                yield Fault(here, "", "each place once", f"It is also fetched from at {before}. Keep one.")
