"""Reads what a source sent into referrals: its adapter, then its mapping. The same for intake, preview and convert."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import BinaryIO

from adapters import SOURCES, enriching
from adapters.sources import covering_sheet
from contracts.adapter import Fault, ReadOptions, SourceRecord
from gateway.config.mappings import FormMapping, Key, Mappings
from gateway.flows.mapping.enclosed import ZIP_TYPE, attach, set_apart, with_documents
from gateway.flows.mapping.enrich import Package, alone
from gateway.flows.mapping.read import Read
from gateway.path.inourwords import another_council
from gateway.path.mapping import CompiledMapping, to_referral

__all__ = ["Read", "Reader"]


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
        if enriching(adapter) is not None:
            raise alone(file, self.mappings, self.compiled, council)
        if name:
            options = replace(options, settings={**options.settings, "file_name": name})
        own, enclosed = set_apart(file, SOURCES[adapter].MEDIA_TYPES)
        reads = self._read(source, council, adapter, own, options, test)
        yield from with_documents(reads, enclosed) if enclosed else reads

    def _read(
        self, source: str, council: str, adapter: str, file: BinaryIO, options: ReadOptions, test: bool
    ) -> Iterator[Read]:
        if adapter == covering_sheet.NAME:
            yield from Package(self.mappings, self.compiled, source, council, options, test).read(file)
            return
        chosen = lru_cache(16)(partial(self.mappings.chosen, source, council=council))
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
                last = self._mapped(chosen(item.form), item, council, test)
        if last is not None:
            yield last

    def media_types(self, source: str, council: str) -> tuple[str, ...]:
        """What this source is sent as: its own types, and a zip of it with documents. Raises UnknownSource."""
        own = SOURCES[self.mappings.reading(source, council)[0]].MEDIA_TYPES
        return tuple(dict.fromkeys((*own, ZIP_TYPE)))

    def keeps_bytes(self, source: str, council: str) -> bool:
        """Whether what this source sends is kept as it came: not so for a pupil export (settled 2, 55)."""
        return SOURCES[self.mappings.reading(source, council)[0]].KEEPS_BYTES

    def _mapped(self, mapping: FormMapping | None, record: SourceRecord, council: str, test: bool) -> Read:
        if mapping is None:
            return Read(record.position, None, (), (_unmapped(record.position),))
        if elsewhere := another_council(mapping, record, council):
            return Read(record.position, None, (), (elsewhere,))
        referral, ledger, faults = to_referral(self.compiled[mapping.key], record, council, test)
        read = Read(record.position, referral, ledger, faults, mapping=mapping.named)
        return attach(read, record.documents)


def _unmapped(position: str) -> Fault:
    return Fault(
        position=position,
        pointer="",
        expected="a form that has a mapping for this council",
        remedy="Ask the council which form to use, or have an analyst add a mapping for this one.",
    )
