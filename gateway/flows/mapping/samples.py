"""Proves mappings by their samples: what each becomes, beside what is written down that it must become.

A sample is a file of an invented family in `samples/` beside a mapping; a folder travels as the zip of its files. What
is expected of `<name>` stands in `<name>.expected.jsonl`, one referral a line as `gateway convert` prints it, and in
`<name>.faults.jsonl` where something is wrong with it. A file that only enriches has what it adds written in the same
way; or it stands in a package of another source. Where one file can be read for several councils, such as a school's
sheet, the sample's name begins with the council's: `kent_two_pupils`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from adapters import SOURCES, enriching
from adapters.formats.zip import is_zip, members
from adapters.sources import covering_sheet
from contracts.adapter import Fault, LedgerLine, Plain, SourceRecord
from contracts.errors import NotFound, SenderError
from gateway.config.mappings import FormMapping, Key, Mappings
from gateway.flows.mapping.packing import packed
from gateway.flows.mapping.sources import Reader
from gateway.path.mapping import CompiledMapping, compile_all, to_enrichment, to_referral

EXPECTED: Final = ".expected.jsonl"
FAULTS: Final = ".faults.jsonl"
ANY_COUNCIL: Final = "any_council"
"""How the samples of a mapping begin that any council may use, and the council that they are then read for."""

_HEAD: Final = 65_536

Data = Mapping[str, Plain]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """One record of a sample, and what its mapping makes of it.

    made  the referral, or what the record adds to one, as JSON; None where nothing could be made of it
    """

    mapping: FormMapping
    data: Data = field(repr=False)
    made: Document | None = field(repr=False)
    ledger: tuple[LedgerLine, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """What one sample becomes: its records, and what was wrong with it; `council` is the one it is read for."""

    council: str
    shown: tuple[Shown, ...]
    faults: tuple[Fault, ...]

    @property
    def made(self) -> list[Document]:
        """What is made of the sample, one document to each record of which something is."""
        return [one.made for one in self.shown if one.made is not None]

    @property
    def told(self) -> list[Document]:
        """What is wrong with it, as it is written down: kind, pointer and position."""
        return [{"kind": fault.kind, "pointer": fault.pointer, "position": fault.position} for fault in self.faults]


@dataclass(frozen=True)
class Bench:
    """The mappings of a folder, and the samples beside them. `council` stands for all where any may use a mapping."""

    root: Path
    mappings: Mappings
    council: str
    _proofs: dict[Path, Proof] = field(default_factory=dict, repr=False)
    _additions: dict[Path, tuple[Shown | Fault, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def compiled(self) -> Mapping[Key, CompiledMapping]:
        """Every mapping as functions."""
        return compile_all(self.mappings)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The sources there are."""
        return tuple(sorted({source for source, _, _ in self.mappings.by_key}))

    def of(self, source: str) -> tuple[FormMapping, ...]:
        """The mappings of one source. Raises NotFound."""
        found = tuple(mapping for mapping in self.mappings.by_key.values() if mapping.source == source)
        if not found:
            raise NotFound(f"There is no source of that name. There are: {', '.join(self.sources)}.")
        return found

    def enriches(self, source: str) -> bool:
        """Whether the files of a source are never a request alone."""
        return any(mapping.match for mapping in self.of(source))

    def samples(self, source: str) -> list[Path]:
        """The samples of one source, in order of their names."""
        folder = self.root / source / "samples"
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        return [path for path in found if not path.name.endswith((EXPECTED, FAULTS))]

    def prove(self, source: str, sample: Path) -> Proof:
        """What one sample becomes, worked out once. Raises SenderError where no mapping of the source reads it."""
        if sample not in self._proofs:
            self._proofs[sample] = self._proof(source, sample)
        return self._proofs[sample]

    def _proof(self, source: str, sample: Path) -> Proof:
        if self.enriches(source):
            found = self.additions(sample)
            shown = tuple(item for item in found if isinstance(item, Shown))
            return Proof(self.council, shown, tuple(item for item in found if isinstance(item, Fault)))
        council = self.council_of(source, sample)
        return self._package(source, sample, council) or self._forms(source, sample, council)

    def council_of(self, source: str, sample: Path) -> str:
        """The council whose mapping reads this sample: a source for several keeps its samples in one folder."""
        problem: SenderError | None = None
        all_of = self.of(source)
        named = [one for one in all_of if sample.name.startswith(f"{one.council or ANY_COUNCIL}_")]
        for mapping in named or all_of:
            council = mapping.council or self._stand_in(source)
            adapter, options = self.mappings.reading(source, mapping.council)
            try:
                items = list(SOURCES[adapter].read(io.BytesIO(bytes_of(sample)), options))
            except SenderError as error:
                problem = problem or error
                continue
            if any(isinstance(item, SourceRecord) for item in items):
                return council
        raise problem or NotFound(f"No mapping of {source} takes a record of this sample.")

    def _stand_in(self, source: str) -> str:
        """A council that has no mapping of its own for this source."""
        return ANY_COUNCIL if any(one.council == self.council for one in self.of(source)) else self.council

    def _package(self, source: str, sample: Path, council: str) -> Proof | None:
        adapter, _ = self.mappings.reading(source, council)
        if adapter != covering_sheet.NAME:
            return None
        shown, faults = list[Shown](), list[Fault]()
        for read in Reader(self.mappings, self.compiled).read(source, council, io.BytesIO(bytes_of(sample))):
            faults += read.faults
            kept = {name: value for name, value in (read.kept or {}).items() if name != "files"}
            if read.referral:
                made = json.loads(read.referral.model_dump_json(exclude_defaults=True))
                mapping = self.mappings.chosen(source, str(made["source"]["form"]), council)
                shown += [Shown(mapping, kept, made, read.ledger)] if mapping else []
        return Proof(council, tuple(shown), tuple(faults))

    def _forms(self, source: str, sample: Path, council: str) -> Proof:
        adapter, options = self.mappings.reading(source, council)
        shown, faults = list[Shown](), list[Fault]()
        for item in SOURCES[adapter].read(io.BytesIO(bytes_of(sample)), options):
            if isinstance(item, Fault):
                faults.append(item)
                continue
            mapping = self.mappings.chosen(source, item.form, council)
            if mapping is None:
                raise NotFound(f"No mapping of {source} takes a record of this sample: it names another form.")
            referral, ledger, told = to_referral(self.compiled[mapping.key], item, council)
            made = json.loads(referral.model_dump_json(exclude_defaults=True)) if referral else None
            shown.append(Shown(mapping, item.data, made, ledger))
            faults += told
        return Proof(council, tuple(shown), tuple(faults))

    def additions(self, sample: Path) -> tuple[Shown | Fault, ...]:
        """What stands in a sample that enriches: the whole, or any file in it, each with the mapping it is for.

        Faults stand where they were met.
        """
        if sample not in self._additions:
            self._additions[sample] = tuple(self._added(sample))
        return self._additions[sample]

    def _added(self, sample: Path) -> Iterator[Shown | Fault]:
        content = bytes_of(sample)
        bodies = [content]
        if is_zip(io.BytesIO(content)) and sample.is_dir():
            bodies += [body for _, body in members(io.BytesIO(content))]
        for body in bodies:
            for mapping in self.mappings.enrichments(self.council):
                adapter = enriching(mapping.adapter)
                if adapter is not None and adapter.fits(body[:_HEAD], mapping.options):
                    for item in adapter.read(io.BytesIO(body), mapping.options):
                        if isinstance(item, Fault):
                            yield item
                            continue
                        addition, ledger, told = to_enrichment(self.compiled[mapping.key], item, self.council)
                        yield Shown(mapping, item.data, addition, ledger)
                        yield from told
                    break

    def showing(self, mapping: FormMapping) -> Iterator[Shown]:
        """Every record of a sample that this mapping reads; those that enrich stand in any source's samples."""
        for source in self.sources if mapping.match else (mapping.source,):
            for sample in self.samples(source):
                shown = self.additions(sample) if mapping.match else self.prove(source, sample).shown
                yield from (one for one in shown if isinstance(one, Shown) and one.mapping.key == mapping.key)


def beside(sample: Path, suffix: str) -> Path:
    """`agreed.json` and `agreed/` both have `agreed.expected.jsonl`."""
    return sample.with_name(sample.name.removesuffix(sample.suffix) + suffix)


def written(path: Path) -> list[Document]:
    """The documents of a file of JSON Lines; none where it is not there."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def bytes_of(path: Path) -> bytes:
    """A file's bytes; a folder of tables as the zip it stands for."""
    return packed(sorted(path.iterdir())) if path.is_dir() else path.read_bytes()
