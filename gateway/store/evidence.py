"""Reads the record out of the store: entries in order, tiles, checkpoints, and the proof of one entry."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, null, select

from contracts.errors import ContentUnreadable
from contracts.evidence import Entry, Proof, Section
from gateway.record.bundle import Evidence
from gateway.record.entries import BadSections, unpack, values
from gateway.record.findings import UNREADABLE
from gateway.record.note import read_checkpoint
from gateway.record.shelf import Cosigned, Head
from gateway.record.tree import Tiles, inclusion
from gateway.store.content import vault_of
from gateway.store.tables import CHECKPOINT, CONTENT, ENTRY, TILE, WITNESSED
from gateway.store.transaction import Tx

_COUNCIL: Final[BindParameter[str]] = bindparam("council")
_WITH_SECTIONS: Final = ENTRY.outerjoin(
    CONTENT, and_(CONTENT.c.id == ENTRY.c.sections, CONTENT.c.council == ENTRY.c.council)
)
_IN_ORDER: Final = (
    select(ENTRY.c.idx, ENTRY.c.leaf, ENTRY.c.sections, CONTENT.c.body)
    .select_from(_WITH_SECTIONS)
    .where(ENTRY.c.council == _COUNCIL, ENTRY.c.idx >= bindparam("start"))
    .order_by(ENTRY.c.idx)
)
_WITH_COLUMNS: Final = (
    select(
        ENTRY.c.idx,
        ENTRY.c.leaf,
        ENTRY.c.sections,
        CONTENT.c.body,
        ENTRY.c.rid,
        ENTRY.c.type,
        ENTRY.c.ts,
        ENTRY.c.referral,
    )
    .select_from(_WITH_SECTIONS)
    .where(ENTRY.c.council == _COUNCIL, ENTRY.c.idx.is_not(None))
    .order_by(ENTRY.c.idx)
)
_LEAVES: Final = (
    select(ENTRY.c.idx, ENTRY.c.leaf, null())
    .where(ENTRY.c.council == _COUNCIL, ENTRY.c.idx >= bindparam("start"))
    .order_by(ENTRY.c.idx)
)
_ONE: Final = (
    select(ENTRY, CONTENT.c.body)
    .select_from(_WITH_SECTIONS)
    .where(ENTRY.c.council == _COUNCIL, ENTRY.c.rid == bindparam("entry"))
)
_TILE: Final = select(TILE.c.hashes).where(
    TILE.c.council == _COUNCIL, TILE.c.level == bindparam("tile_level"), TILE.c.n == bindparam("place")
)
_NOTES: Final = select(CHECKPOINT.c.note).where(CHECKPOINT.c.council == _COUNCIL).order_by(CHECKPOINT.c.size)
_LATEST: Final = (
    select(CHECKPOINT.c.note).where(CHECKPOINT.c.council == _COUNCIL).order_by(CHECKPOINT.c.size.desc()).limit(1)
)
_MOST_WITNESSED: Final = select(func.max(WITNESSED.c.size)).where(
    WITNESSED.c.council == _COUNCIL, WITNESSED.c.size > bindparam("index")
)
_WITNESSED: Final = (
    select(CHECKPOINT.c.note, WITNESSED.c.line)
    .join_from(WITNESSED, CHECKPOINT, (CHECKPOINT.c.council == _COUNCIL) & (CHECKPOINT.c.size == WITNESSED.c.size))
    .where(WITNESSED.c.council == _COUNCIL, WITNESSED.c.size == _MOST_WITNESSED.scalar_subquery())
    .order_by(WITNESSED.c.witness)
)
_HEADS: Final = (
    select(CHECKPOINT.c.size, CHECKPOINT.c.root, CHECKPOINT.c.frontier, CHECKPOINT.c.note)
    .where(CHECKPOINT.c.council == _COUNCIL)
    .order_by(CHECKPOINT.c.size)
)
_TILES: Final = (
    select(TILE.c.level, TILE.c.n, TILE.c.hashes).where(TILE.c.council == _COUNCIL).order_by(TILE.c.level, TILE.c.n)
)
_COSIGNED: Final = (
    select(WITNESSED.c.witness, WITNESSED.c.size, WITNESSED.c.line)
    .where(WITNESSED.c.council == _COUNCIL)
    .order_by(WITNESSED.c.size, WITNESSED.c.witness)
)
_OLDEST: Final = select(func.min(ENTRY.c.ts)).where(
    ENTRY.c.council == _COUNCIL, (ENTRY.c.idx.is_(None)) | (ENTRY.c.idx >= bindparam("start"))
)
_RUN: Final = select(TILE.c.n, TILE.c.hashes).where(
    TILE.c.council == _COUNCIL, TILE.c.level == 0, TILE.c.n >= bindparam("place"), TILE.c.n < bindparam("end")
)
_CHUNK: Final = 1_000
_AHEAD: Final = 64


def sealed_entries(
    connection: Connection, council: str, *, start: int = 0, content: bool = True
) -> Iterator[tuple[int, bytes, tuple[Section, ...] | None]]:
    """(index, leaf, sections) of every sealed entry from `start` on, in order, in constant memory.

    Sections are () once the whole content is gone, UNREADABLE where it cannot be opened, and None when `content` is not
    asked for. Entries that wait for their checkpoint have no index yet and are left out.
    """
    bounds = {"council": council, "start": start}
    if not content:
        for rows in connection.execute(_LEAVES.execution_options(yield_per=_CHUNK), bounds).partitions():
            yield from rows
        return
    for row in connection.execute(_IN_ORDER.execution_options(yield_per=_CHUNK), bounds):
        yield row[0], row[1], _sections(connection, council, row[2], row[3])


def stored_entries(
    connection: Connection, council: str
) -> Iterator[tuple[int, bytes, tuple[Section, ...], str, str, int, str]]:
    """As `sealed_entries`, and what the columns beside say: rid, type, ts in ms UTC, and referral."""
    for row in connection.execute(_WITH_COLUMNS.execution_options(yield_per=_CHUNK), {"council": council}):
        sections = _sections(connection, council, row[2], row[3])
        yield row[0], row[1], sections, row[4], row[5], row[6], row[7]


def entry_of(connection: Connection | Tx, council: str, rid: str) -> Entry | None:
    """One entry with what is left of its sections, sealed or not."""
    row = connection.execute(_ONE, {"council": council, "entry": rid}).mappings().first()
    if row is None:
        return None
    sections = _sections(connection, council, row["sections"], row["body"])
    left = () if sections is UNREADABLE else sections
    return Entry(rid, council, row["type"], row["ts"], row["leaf"], left, row["referral"])


def tiles_of(connection: Connection | Tx, council: str) -> Tiles:
    """The stored tree of a council's record."""

    def tile(level: int, place: int) -> bytes:
        found = connection.execute(_TILE, {"council": council, "tile_level": level, "place": place}).scalar()
        return b"" if found is None else bytes(found)

    return tile


def tiles_ahead(connection: Connection, council: str) -> Tiles:
    """The same for whoever goes through the record from its beginning: leaf hashes are read 64 tiles at a time."""
    one, ahead = tiles_of(connection, council), dict[int, bytes]()

    def tile(level: int, place: int) -> bytes:
        if level:
            return one(level, place)
        if place not in ahead:
            ahead.clear()
            bounds = {"council": council, "place": place, "end": place + _AHEAD}
            ahead.update((row[0], bytes(row[1])) for row in connection.execute(_RUN, bounds))
        return ahead.get(place, b"")

    return tile


def checkpoints(connection: Connection, council: str) -> Iterator[str]:
    """Every signed note of a council's record, the smallest tree first."""
    yield from connection.execute(_NOTES.execution_options(yield_per=_CHUNK), {"council": council}).scalars()


def heads(connection: Connection, council: str) -> Iterator[Head]:
    """Every checkpoint of a council's record with its columns, the smallest tree first."""
    rows = connection.execute(_HEADS.execution_options(yield_per=_CHUNK), {"council": council})
    yield from (Head(row[0], bytes(row[1]), bytes(row[2]), row[3]) for row in rows)


def stored_tiles(connection: Connection, council: str) -> Iterator[tuple[int, int, bytes]]:
    """Level, place and hashes of every stored tile, in that order."""
    rows = connection.execute(_TILES.execution_options(yield_per=_CHUNK), {"council": council})
    yield from ((row[0], row[1], bytes(row[2])) for row in rows)


def cosignatures(connection: Connection, council: str) -> Iterator[Cosigned]:
    """Every signature of a witness, the smallest tree first."""
    rows = connection.execute(_COSIGNED.execution_options(yield_per=_CHUNK), {"council": council})
    yield from (Cosigned(row[0], row[1], row[2]) for row in rows)


def oldest_from(connection: Connection, council: str, index: int) -> int | None:
    """When the oldest entry from this number on was recorded, sealed or not: ms UTC; None where there is none."""
    found: int | None = connection.execute(_OLDEST, {"council": council, "start": index}).scalar()
    return found


def latest_checkpoint(connection: Connection, council: str) -> str | None:
    """The newest signed note, or None before the first."""
    note: str | None = connection.execute(_LATEST, {"council": council}).scalar()
    return note


def witnessed_checkpoint(connection: Connection, council: str, index: int = 0) -> str | None:
    """The newest signed note that covers this entry and that witnesses have signed too, with their signatures."""
    signed = connection.execute(_WITNESSED, {"council": council, "index": index}).all()
    return signed[0].note + "".join(row.line for row in signed) if signed else None


def proof_of(connection: Connection, council: str, rid: str, covering: int = 0) -> Proof | None:
    """That this entry is in the newest checkpoint, or in the newest that a witness has signed if it is in that.

    covering  number of another entry that the same checkpoint has to cover

    None while it waits to be sealed, and for an entry nobody knows.
    """
    row = connection.execute(_ONE, {"council": council, "entry": rid}).mappings().first()
    if row is None or row["idx"] is None:
        return None
    note = witnessed_checkpoint(connection, council, max(row["idx"], covering)) or latest_checkpoint(
        connection, council
    )
    if note is None:
        return None
    head = read_checkpoint(note)
    return Proof(row["idx"], inclusion(row["idx"], head.size, tiles_of(connection, council)), head)


def evidence_of(connection: Connection, council: str, rid: str, covering: int = 0) -> Evidence | None:
    """Leaf, sections and proof of one entry, for a receipt or a bundle. None and `covering` as for `proof_of`."""
    entry, proof = entry_of(connection, council, rid), proof_of(connection, council, rid, covering)
    return None if entry is None or proof is None else Evidence(entry.leaf, entry.sections, proof)


def parts_of(
    connection: Connection | Tx, council: str, content: str, stored: bytes | None, only: Container[str] = ()
) -> dict[str, Any]:
    """What is left of an entry's sections, by name, from the stored bytes of its content; of these only, if any."""
    if stored is None:
        return {}
    try:
        return values(vault_of(connection).unseal(council, content, "sections", bytes(stored)), only)
    except (BadSections, ContentUnreadable):
        return {}


def _sections(connection: Connection | Tx, council: str, content: str, stored: bytes | None) -> tuple[Section, ...]:
    if stored is None:
        return ()
    try:
        return unpack(vault_of(connection).unseal(council, content, "sections", bytes(stored)))
    except (BadSections, ContentUnreadable):
        return UNREADABLE


def sealed_rids(
    connection: Connection, council: str, referral: str = "", within: tuple[int, int] | None = None
) -> tuple[str, ...]:
    """Ids of sealed entries in order: of one referral, or of the whole record. within: ms UTC, the end not included."""
    which = select(ENTRY.c.rid).where(ENTRY.c.council == council, ENTRY.c.idx.is_not(None)).order_by(ENTRY.c.idx)
    if referral:
        which = which.where(ENTRY.c.referral == referral)
    if within is not None:
        which = which.where(ENTRY.c.ts >= within[0], ENTRY.c.ts < within[1])
    return tuple(connection.execute(which).scalars())


def index_of(connection: Connection, council: str, rid: str) -> int:
    """The number of a sealed entry; 0 for one that waits."""
    found = connection.execute(select(ENTRY.c.idx).where(ENTRY.c.council == council, ENTRY.c.rid == rid)).scalar()
    return int(found or 0)


def unsealed(connection: Connection, council: str) -> int:
    """How many entries wait for their checkpoint."""
    waiting = select(func.count()).where(ENTRY.c.council == council, ENTRY.c.idx.is_(None))
    return int(connection.execute(waiting).scalar_one())
