"""Reads a package: a request for help, and beside it files of which only the rows about its children are kept.

The request is a covering sheet, `referral.csv`, or canonical JSON, `referral.json`. Every other file is known by its
beginning. Files that name their pupils are read first; the others are joined to whom was found, by number or by the
key of the source's own tables. Rows stream past, so that a file of a million costs no more memory than one of ten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from adapters.formats.json import strict_json
from adapters.formats.zip import is_zip, streams
from adapters.sources import covering_sheet
from adapters.sources.covering_sheet import HOW_TO_ASK, MOST, SHEET, is_sheet
from contracts.adapter import Fault, LedgerLine, Plain, ReadOptions, SourceRecord
from contracts.errors import InvalidReferral, UnreadablePayload
from contracts.referral import Referral
from gateway.config.mappings import Key, Mappings
from gateway.flows.mapping.beside import Beside, beside, chosen_rows, told_apart
from gateway.flows.mapping.read import Read
from gateway.path.enriching import enriched, still_missing
from gateway.path.mapping import CompiledMapping, to_referral
from gateway.path.reading import read_referral

CANONICAL: Final = "referral.json"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request in a package, before anything enriches it.

    compiled  the mapping of its sheet; None for canonical JSON, which has none and stands without an export
    """

    position: str
    referral: Referral
    ledger: tuple[LedgerLine, ...] = ()
    faults: tuple[Fault, ...] = ()
    compiled: CompiledMapping | None = None
    data: Mapping[str, Plain] | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """What reading a package needs to know. `options` are those of the council's covering sheet."""

    mappings: Mappings
    compiled: Mapping[Key, CompiledMapping]
    source: str
    council: str
    options: ReadOptions
    test: bool = False

    def read(self, file: BinaryIO) -> Iterator[Read]:
        """Each request with what its children's rows add, and what is wrong with a file or a row.

        Raises UnreadablePayload: no zip, no request in it, none or only unreadable files beside a sheet; and as the
        adapters of the files do. Raises InvalidReferral for canonical JSON that is no referral of this council.
        """
        if not is_zip(file):
            raise alone(file, self.mappings, self.compiled, self.council)
        files = list(streams(file))
        sheets = [stream for name, stream in files if is_sheet(name)]
        written = [stream for name, stream in files if PurePosixPath(name).name.casefold() == CANONICAL]
        others, doubts = self._others(files)
        if not sheets and not written:
            raise _with_doubts(without_request(*others), doubts)
        if sheets and written:
            remedy = f"Keep {SHEET} or {CANONICAL}, whichever asks for help."
            raise _refusal("the zip", "one request for help", remedy)
        if sheets and not any(one.match.names for one in others):
            remedy = "Add an export with the pupils' names, dates of birth and numbers to the zip, beside the sheet."
            raise _with_doubts(_refusal("the zip", "a pupil export", remedy), doubts)
        asked: list[Asked] = []
        first: list[Fault | Read] = [*doubts]
        for item in self._written(written) if written else self._sheet(file):
            if isinstance(item, Asked):
                asked.append(item)
            else:
                first.append(item)
        yield from self._enriched(asked, others, first)

    def _others(self, files: Sequence[tuple[str, BinaryIO]]) -> tuple[list[Beside], list[Fault]]:
        """The files that may enrich, and a doubt for each that may not."""
        others: list[Beside] = []
        doubts: list[Fault] = []
        carried = self.options.settings.get("carry")
        for number, (name, stream) in enumerate(files, start=1):
            if is_sheet(name) or PurePosixPath(name).name.casefold() == CANONICAL:
                continue
            found = beside(stream, number, self.mappings, self.compiled, self.council)
            if isinstance(found, Fault):
                doubts.append(found)
            elif found.on_request and not (isinstance(carried, Sequence) and found.on_request in carried):
                remedy = "It was left unread: this council's form does not ask for it. Leave it out."
                doubts.append(Fault(found.position, "", "a file that the form asks for", remedy, "doubtful"))
            else:
                others.append(found)
        return told_apart(others), doubts

    def _sheet(self, file: BinaryIO) -> Iterator[Asked | Fault | Read]:
        for item in covering_sheet.read(file, self.options):
            if isinstance(item, Fault):
                yield item
                continue
            mapping = self.mappings.chosen(self.source, item.form, self.council)
            compiled = self.compiled[mapping.key] if mapping else None
            made = to_referral(compiled, item, self.council, self.test) if compiled else (None, (), (_unmapped(item),))
            referral, ledger, faults = made
            if referral is None:
                yield Read(item.position, None, ledger, faults)
            else:
                yield Asked(item.position, referral, ledger, faults, compiled, item.data)

    def _written(self, written: Sequence[BinaryIO]) -> Iterator[Asked]:
        content = written[0].read()
        parsed = strict_json(content)
        texts = [json.dumps(one).encode() for one in parsed] if isinstance(parsed, list) else [content]
        for number, text in enumerate(texts, start=1):
            referral = read_referral(text)
            if referral.council != self.council:
                fault = Fault(CANONICAL, "/council", "the council that this is sent to", "Send it to its own council.")
                raise InvalidReferral("One of the referrals is for another council.", (fault,))
            if self.test:
                referral = referral.model_copy(update={"source": referral.source.model_copy(update={"test": True})})
            yield Asked(f"{CANONICAL}, referral {number}" if len(texts) > 1 else CANONICAL, referral)

    def _enriched(
        self, asked: Sequence[Asked], others: Sequence[Beside], first: Sequence[Fault | Read]
    ) -> Iterator[Read]:
        group_of = self.mappings.codes["attendance_group"].code_of
        chosen, told = chosen_rows([(one.position, one.referral) for one in asked], others)
        for item in (*first, *told):
            yield item if isinstance(item, Read) else Read(item.position, None, (), (item,))
        for one, choice in zip(asked, chosen, strict=True):
            stops = choice.faults if one.compiled else ()
            if stops:
                yield Read(one.position, None, (), stops)
                continue
            referral, ledger, faults = enriched(one.referral, choice.rows, group_of)
            missed = tuple(replace(fault, kind="doubtful") for fault in choice.faults)
            asking = still_missing(one.faults, one.compiled, referral) if one.compiled else one.faults
            kept: dict[str, Plain] = dict(one.data) if one.data else {"referral": one.referral.model_dump(mode="json")}
            kept |= {"beside": [row.record.data for row in choice.rows], "files": choice.files}
            everything = (*asking, *faults, *missed)
            mapping = one.compiled.mapping.named if one.compiled else ""
            yield Read(one.position, referral, (*one.ledger, *ledger), everything, kept=kept, mapping=mapping)


def alone(
    file: BinaryIO, mappings: Mappings, compiled: Mapping[Key, CompiledMapping], council: str
) -> UnreadablePayload:
    """The refusal of a file that came without a request, whatever it is."""
    file.seek(0)
    found = beside(file, 0, mappings, compiled, council)
    return without_request(*([] if isinstance(found, Fault) else [replace(found, position="the file")]))


def without_request(*exports: Beside) -> UnreadablePayload:
    """The refusal of an export that came without a request, with how to choose and how to ask."""
    pupils = [export for export in exports if export.match.names]
    if not pupils:
        return _refusal("the file", f"a zip with {SHEET} and a pupil export", HOW_TO_ASK)
    if sum(export.count(MOST + 1) for export in pupils) > MOST:
        remedy = f"The export has more than {MOST} pupils. Choose the pupils you ask help for. {HOW_TO_ASK}"
        return _refusal("the file", "a selection of pupils; an export is not a referral", remedy)
    return _refusal("the file", "a covering sheet; an export alone is never a referral", HOW_TO_ASK)


def _with_doubts(error: UnreadablePayload, doubts: Sequence[Fault]) -> UnreadablePayload:
    """The refusal, and beside it why each file that might have been meant was left unread."""
    return UnreadablePayload(error.detail, (*error.faults, *(replace(doubt, kind="unreadable") for doubt in doubts)))


def _unmapped(record: SourceRecord) -> Fault:
    remedy = "Ask the council which form to use, or have an analyst add a mapping for this one."
    return Fault(record.position, "", "a form that has a mapping for this council", remedy)


def _refusal(position: str, expected: str, remedy: str) -> UnreadablePayload:
    fault = Fault(position, "", expected, remedy)
    return UnreadablePayload(f"Not readable as a request with its export: expected {expected}.", (fault,))
