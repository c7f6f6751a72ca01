"""Reads what a source sent into referrals: its adapter, then its mapping. The same for intake, preview and convert."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from adapters import SOURCES
from contracts.adapter import Fault, LedgerLine, SourceRecord
from contracts.referral import Referral
from gateway.config.mappings import Key, Mappings
from gateway.path.mapping import CompiledMapping, to_referral


@dataclass(frozen=True, slots=True)
class Read:
    """One record as it was read: a referral, or only the reasons why it is none.

    position  where in what was sent
    ledger    what became of each leaf of the source record
    """

    position: str
    referral: Referral | None
    ledger: tuple[LedgerLine, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading needs: the mappings, and each compiled."""

    mappings: Mappings
    compiled: Mapping[Key, CompiledMapping] = field(repr=False)

    def read(self, source: str, council: str, file: BinaryIO, name: str = "", test: bool = False) -> Iterator[Read]:
        """Every record in the file, in order. `name` is the file's, for adapters that must know it.

        Raises UnknownSource, and UnreadablePayload when nothing can be read at all.
        """
        adapter, options = self.mappings.reading(source, council)
        if name:
            options = replace(options, settings={**options.settings, "file_name": name})
        last: Read | None = None
        for item in SOURCES[adapter].read(file, options):
            if last is not None and isinstance(item, Fault) and item.kind == "doubtful":
                last = replace(last, faults=(*last.faults, item))
                continue
            if last is not None:
                yield last
            if isinstance(item, Fault):
                last = Read(item.position, None, (), (item,))
            else:
                last = self._mapped(source, item, council, test)
        if last is not None:
            yield last

    def media_types(self, source: str, council: str) -> tuple[str, ...]:
        """What this source is sent as. Raises UnknownSource."""
        return SOURCES[self.mappings.reading(source, council)[0]].MEDIA_TYPES

    def keeps_bytes(self, source: str, council: str) -> bool:
        """Whether what this source sends is kept as it came: not so for a pupil export (settled 2, 55)."""
        return SOURCES[self.mappings.reading(source, council)[0]].KEEPS_BYTES

    def _mapped(self, source: str, record: SourceRecord, council: str, test: bool) -> Read:
        mapping = self.mappings.chosen(source, record.form, council)
        if mapping is None:
            return Read(record.position, None, (), (_unmapped(record.position),))
        referral, ledger, faults = to_referral(self.compiled[mapping.key], record, council, test)
        return Read(record.position, referral, ledger, faults)


def _unmapped(position: str) -> Fault:
    return Fault(
        position=position,
        pointer="",
        expected="a form that has a mapping for this council",
        remedy="Ask the council which form to use, or have an analyst add a mapping for this one.",
    )
