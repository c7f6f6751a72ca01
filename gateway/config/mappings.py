"""Reads the mappings of `mappings/sources/`: one folder to a source, one file to a form, nine words to a row.

Everything is checked when the gateway starts: a target the referral does not have, a transform or a code list nobody
wrote, a type that cannot fit, a field filled twice, a mapping that does not say where its form asks about harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final, cast

from pydantic import Field, JsonValue

from adapters import SOURCES, enriching
from adapters.formats.text import ENCODINGS
from contracts.adapter import Fault, Plain, ReadOptions
from contracts.errors import ConfigError, UnknownSource
from contracts.model import Code
from contracts.referral import Purpose
from contracts.source import Freshness
from gateway.config.codes import CodeList
from gateway.config.entries import Entry, FieldRow, Resolving, answers_of
from gateway.config.matching import Match, MatchPart, match_faults, match_of
from gateway.config.yamlfile import Loaded, Part, load, refuse, unknown

NONE: Final = "none"
"""What `safety_question` says where a form does not ask about harm (settled 31)."""

Key = tuple[str, str, str]
"""Source, form and council; the council is "" for a mapping that any council may use."""


class IgnoreRow(Part):
    """A leaf, or all that is under it, left out on purpose. `*` stands for any one name."""

    from_: str = Field(alias="from", pattern="^/")
    why: str = Field(min_length=3)


class MappingFile(Part):
    """One mapping: its header, its rows, and what it leaves out on purpose."""

    source: Code
    form: Code
    version: str
    adapter: str
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    council: str = Field(default="", pattern=r"^[a-z][a-z0-9_]*$|^$")
    freshness: Freshness | None = None
    purpose: Purpose | None = None
    safety_question: str = Field(default="", pattern="^/|^none$|^$")
    match: MatchPart | None = None
    referral: str = Field(default="", pattern="^/|^$")
    fields: tuple[FieldRow, ...]
    ignore: tuple[IgnoreRow, ...] = ()


@dataclass(frozen=True, slots=True)
class FormMapping:
    """One mapping, checked: how the records of one form become referrals, or enrich one.

    purpose          what is asked for; "" for a mapping that enriches, which asks for nothing
    freshness        how often the source draws what it sends; "" where nobody says
    safety_question  pointer of the question about harm, or None where the form has none
    match            where the records of a mapping that enriches say whose they are; None for a form
    canonical        pointer of the part of a record that is a referral in our own words already; "" for most
    ignored          pointers left out on purpose, each with its reason
    position         "file:line:column" of the council it is for, or of its header
    """

    source: str
    form: str
    version: str
    digest: str
    adapter: str
    council: str
    purpose: str
    safety_question: str | None
    options: ReadOptions
    entries: tuple[Entry, ...]
    ignored: tuple[tuple[str, str], ...]
    position: str = ""
    match: Match | None = None
    freshness: str = ""
    canonical: str = ""

    @property
    def named(self) -> str:
        """Which words mapped a record: form, version and SHA-256 of the file, for the record of what was decided."""
        return f"{self.form} {self.version} {self.digest}"

    @property
    def key(self) -> Key:
        """What tells this mapping from every other."""
        return self.source, self.form, self.council

    def takes(self, form: str) -> bool:
        """Whether records of `form` are its own: by its id, or by the name that the form gives itself."""
        return _folded(form) in {_folded(self.form), _folded(str(self.options.settings.get(_FORM_NAME, self.form)))}


@dataclass(frozen=True, slots=True)
class Mappings:
    """Every mapping of a deployment."""

    by_key: Mapping[Key, FormMapping]
    codes: Mapping[str, CodeList] = field(default_factory=dict, repr=False)

    def enrichments(self, council: str) -> Sequence[FormMapping]:
        """The mappings of files that may stand beside a request to this council, its own first."""
        sources = sorted({source for source, _, _ in self.by_key})
        found = [mapping for source in sources for mapping in self._of(source, council) if mapping.match]
        return sorted(found, key=lambda mapping: mapping.council != council)

    def reading(self, source: str, council: str) -> tuple[str, ReadOptions]:
        """The adapter that reads what this source sends this council, and with which options.

        Raises UnknownSource when the council has no mapping of it. With several forms the record itself says which it
        is, so their options agree in all else; that is checked when they are loaded.
        """
        forms = list(self._of(source, council))
        if not forms:
            raise UnknownSource(f"No mapping connects the source {source} to the council {council}.")
        first = forms[0]
        return first.adapter, first.options if len(forms) == 1 else _shared(first.options)

    def digest(self, source: str, council: str) -> str:
        """SHA-256 of every file that says what records of this source mean for this council, 64 hex digits."""
        read = [*self._of(source, council), *self.enrichments(council)]
        digests = (*(mapping.digest for mapping in read), *(codes.digest for codes in self.codes.values()))
        return sha256("\n".join(sorted(digests)).encode()).hexdigest()

    def chosen(self, source: str, form: str, council: str) -> FormMapping | None:
        """The mapping of one record: the council's own before one for any council. None where nobody wrote one."""
        return next((mapping for mapping in self._of(source, council) if mapping.takes(form)), None)

    def _of(self, source: str, council: str) -> Iterator[FormMapping]:
        own = [mapping for key, mapping in self.by_key.items() if (key[0], key[2]) == (source, council)]
        yield from own
        for key, mapping in self.by_key.items():
            if (key[0], key[2]) == (source, "") and not any(other.form == mapping.form for other in own):
                yield mapping


_FORM_NAME: Final = "form_name"


def load_mappings(folder: Path, lists: Mapping[str, CodeList]) -> Mappings:
    """Every mapping under `folder`, as `<source>/<form>.yaml`. Raises ConfigError with all faults of all files."""
    found: dict[Key, tuple[FormMapping, Loaded[MappingFile]]] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*/*.yaml")):
        try:
            mapping, loaded = load_mapping(path, lists)
        except ConfigError as error:
            faults += error.faults
            continue
        faults += _beside(mapping, loaded, (other for other, _ in found.values()))
        found[mapping.key] = (mapping, loaded)
    refuse(faults)
    return Mappings({key: mapping for key, (mapping, _) in found.items()}, lists)


def load_mapping(path: Path, lists: Mapping[str, CodeList]) -> tuple[FormMapping, Loaded[MappingFile]]:
    """One mapping file, and where everything in it stands. Raises ConfigError with all its faults."""
    loaded = load(path, MappingFile)
    model = loaded.model
    resolving = Resolving(loaded, lists)
    entries = resolving.entries(model.fields)
    refuse([*resolving.faults, *_header_faults(loaded, entries)])
    settings = cast("dict[str, Plain]", model.settings)
    mapping = FormMapping(
        source=model.source,
        form=model.form,
        version=model.version,
        digest=loaded.digest,
        adapter=model.adapter,
        council=model.council,
        purpose=model.purpose.value if model.purpose else "",
        safety_question=None if model.safety_question == NONE else model.safety_question,
        options=ReadOptions(model.form, model.encoding, model.delimiter, settings),
        entries=entries,
        ignored=tuple((row.from_, row.why) for row in model.ignore),
        position=loaded.at("council"),
        match=match_of(model.match) if model.match else None,
        freshness=model.freshness.value if model.freshness else "",
        canonical=model.referral,
    )
    return mapping, loaded


def _header_faults(loaded: Loaded[MappingFile], entries: tuple[Entry, ...]) -> Iterator[Fault]:
    model = loaded.model
    folder = loaded.path.parent.name
    if model.source != folder:
        yield loaded.fault("source", expected=f"`{folder}`, the name of its folder", remedy="One name, everywhere.")
    if model.adapter not in SOURCES:
        known = ", ".join(SOURCES)
        yield loaded.fault("adapter", expected=f"one of {known}", remedy=unknown(model.adapter, SOURCES))
    if model.encoding.lower() not in ENCODINGS:
        known = ", ".join(sorted(ENCODINGS))
        yield loaded.fault("encoding", expected=f"one of {known}", remedy=unknown(model.encoding, ENCODINGS))
    if model.match is None:
        yield from _asking_faults(loaded, entries)
    else:
        yield from _enriching_faults(loaded, model.match, entries)


def _enriching_faults(loaded: Loaded[MappingFile], match: MatchPart, entries: tuple[Entry, ...]) -> Iterator[Fault]:
    """What is wrong with the header of a mapping of files that are never a referral alone."""
    model = loaded.model
    asks = (("purpose", model.purpose), ("safety_question", model.safety_question), ("referral", model.referral))
    for word, written in asks:
        if written:
            remedy = "Take one away: a file with `match` enriches what somebody asks for elsewhere."
            yield loaded.fault(word, expected=f"`match`, or `{word}`", remedy=remedy)
    if model.adapter in SOURCES and enriching(model.adapter) is None:
        remedy = f"`{model.adapter}` reads requests for help: write `purpose` and `safety_question` instead."
        yield loaded.fault("match", expected="an adapter of files that enrich", remedy=remedy)
    yield from match_faults(loaded, match_of(match), {entry.to[0] for entry in entries})


def _asking_faults(loaded: Loaded[MappingFile], entries: tuple[Entry, ...]) -> Iterator[Fault]:
    """What is wrong with the header of a form's mapping."""
    model = loaded.model
    if model.adapter in SOURCES and enriching(model.adapter) is not None:
        remedy = "Say under `match` where a record names its child: this adapter's files are never a referral alone."
        yield loaded.fault("adapter", expected="`match`", remedy=remedy)
        return
    if model.purpose is None:
        yield loaded.fault("purpose", expected="`purpose` here", remedy="Add it, and `safety_question`.")
    asked = {source for entry in answers_of(entries) if entry.path == "harm.level" for source in entry.sources}
    if model.referral:
        asked.add(f"{model.referral}/harm/level")
    place = ("safety_question",)
    if not model.safety_question:
        remedy = "Add it. It names the question that asks about harm, or says `none`."
        yield loaded.fault(*place, expected="`safety_question` here", remedy=remedy)
        return
    if model.safety_question == NONE and asked:
        remedy = "A row fills `harm.level`, so the form does ask. Name that question here."
        yield loaded.fault(*place, expected="the pointer of the safety question", remedy=remedy)
    elif model.safety_question != NONE and model.safety_question not in asked:
        remedy = "Fill `harm.level` from this pointer, or write `none`: the hub then reads that nobody was asked."
        yield loaded.fault(*place, expected="a question that fills `harm.level`", remedy=remedy)


def _beside(mapping: FormMapping, loaded: Loaded[MappingFile], others: Iterable[FormMapping]) -> Iterator[Fault]:
    """What is wrong with a mapping only because of another one."""
    for other in others:
        if other.key == mapping.key:
            remedy = "Another file maps this form for this council. Keep one."
            yield loaded.fault("form", expected="each form of a source once for each council", remedy=remedy)
        elif mapping.match is None and (other.source, other.council) == (mapping.source, mapping.council):
            same = (other.adapter, _shared(other.options)) == (mapping.adapter, _shared(mapping.options))
            if not same:
                remedy = f"`{other.form}` differs. Forms that one council sends through one source are read alike."
                yield loaded.fault("adapter", expected="adapter, encoding and settings of its neighbour", remedy=remedy)


def _shared(options: ReadOptions) -> ReadOptions:
    settings = {name: value for name, value in options.settings.items() if name != _FORM_NAME}
    return replace(options, form="", settings=settings)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
