"""The forms in which a report is taken out, each written piece by piece from the lines that were made.

CSV and JSON Lines hold the report's own rows, and nothing that is not in them. FHIR and evidence hold what the record
has of each request that the rows name, sealed files left out: people's written reasons are in the evidence.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

from sqlalchemy import Connection, select

from adapters.formats.spreadsheet import MARK, lines
from gateway.flows.evidence.fhir_export import bundle_of
from gateway.flows.evidence.proving import write_zip
from gateway.flows.gateway import Gateway
from gateway.flows.reports.defined import DEFINITIONS
from gateway.flows.reports.lines import Row
from gateway.flows.reports.lines import written as spelt
from gateway.flows.reports.pieces import pieces_of, rows_of
from gateway.store.reported import has_sealed
from gateway.store.tables import ENTRY

_BYTES: Final = 262_144
_MANY: Final = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """One form. content: whether it holds what people wrote, which takes a role that may have it."""

    name: str
    title: str
    ends: str
    media_type: str
    content: bool = False


KINDS: Final[Mapping[str, Kind]] = {
    one.name: one
    for one in (
        Kind("csv", "CSV for a spreadsheet (UTF-8 with its mark)", "csv", "text/csv"),
        Kind("csv_plain", "CSV for a program (UTF-8 without a mark)", "csv", "text/csv"),
        Kind("jsonl", "JSON Lines: the very bytes that are signed", "jsonl", "application/x-ndjson"),
        Kind("fhir", "FHIR: a bundle of what the record has", "json", "application/fhir+json", content=True),
        Kind("evidence", "Evidence: a zip that anybody can check", "zip", "application/zip", content=True),
    )
}
"""Name → form. None of them holds a formula that a spreadsheet would run."""

Pieces = Iterator[tuple[bytes, int]]
Lay = Callable[[bytes, int], None]
"""Takes the next piece, and how many rows are in it."""


def write(gateway: Gateway, connection: Connection, council: str, report: Any, kind: Kind, lay: Lay) -> None:
    """Write the file piece by piece."""
    if kind.name == "evidence":
        _zip(gateway, connection, council, _rids(connection, council, report.id), lay)
        return
    for piece, rows in _pieces(gateway, connection, council, report, kind):
        lay(piece, rows)


def _pieces(gateway: Gateway, connection: Connection, council: str, report: Any, kind: Kind) -> Pieces:
    if kind.name == "jsonl":
        return ((piece, piece.count(b'{"cells":')) for _, piece in pieces_of(connection, council, report.id))
    if kind.name == "fhir":
        rids = _rids(connection, council, report.id)
        return _cut(bundle_of(connection, council, gateway.keys[council].record.name, rids))
    return _csv(rows_of(connection, council, report.id), report.name, mark=kind.name == "csv")


def _csv(rows: Iterator[Row], name: str, *, mark: bool) -> Pieces:
    """One table; with several, each table's name stands first in its rows, and its columns in a row of their own."""
    sheets = DEFINITIONS[name].sheets
    several, last, begin = len(sheets) > 1, -1, MARK if mark else b""
    table, many = list[list[str]](), 0
    for row in rows:
        if row.sheet != last:
            last = row.sheet
            table.append([*(["Table"] if several else []), *sheets[last].columns])
        cells = [spelt(cell) for cell in row.cells]
        table.append([sheets[last].title, *cells] if several else cells)
        many += 1
        if many == _MANY:
            yield begin + lines(table), many
            table, many, begin = [], 0, b""
    if last < 0:
        table.append(list(sheets[0].columns))
    yield begin + lines(table), many


def _cut(parts: Iterator[bytes]) -> Pieces:
    kept, size = list[bytes](), 0
    for part in parts:
        kept.append(part)
        size += len(part)
        if size >= _BYTES:
            yield b"".join(kept), 0
            kept, size = [], 0
    yield b"".join(kept), 0


def _rids(connection: Connection, council: str, report: str) -> tuple[str, ...]:
    """Sealed entries of every request that the rows name, in the record's order."""
    referrals = {row.referral for row in rows_of(connection, council, report) if row.referral}
    found = list[tuple[int, str]]()
    for referral in sorted(referrals):
        if not has_sealed(connection, council, referral):
            which = (ENTRY.c.council == council) & (ENTRY.c.referral == referral) & ENTRY.c.idx.is_not(None)
            found += [(row.idx, row.rid) for row in connection.execute(select(ENTRY.c.idx, ENTRY.c.rid).where(which))]
    return tuple(rid for _, rid in sorted(found))


class _Out(io.RawIOBase):
    """Takes what a zip is made of, and hands it on in pieces."""

    def __init__(self, lay: Lay) -> None:
        self._lay, self._held = lay, bytearray()

    def writable(self) -> bool:
        """Yes; and it cannot be sought in."""
        return True

    def write(self, data: Any, /) -> int:
        """Keep it, and hand on what makes a piece."""
        self._held += data
        if len(self._held) >= _BYTES:
            self.rest()
        return len(data)

    def rest(self) -> None:
        """Hand on what is left."""
        self._lay(bytes(self._held), 0)
        self._held.clear()


def _zip(gateway: Gateway, connection: Connection, council: str, rids: tuple[str, ...], lay: Lay) -> None:
    out, policy = _Out(lay), gateway.policy(council)
    key, words = gateway.keys[council].record, {policy.digest: policy.text}
    write_zip(connection, council, key, cast(BinaryIO, out), rids, words=words)
    out.rest()
