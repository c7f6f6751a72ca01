"""Pupils as JSON, from the API of a school's system or of whoever collects from several. It enriches, and never asks.

Each vendor is a mapping and no code. Settings: `pupils`, the pointer of the array of pupils, or of the one pupil ("",
the default, is the whole text); `known_by`, the keys of a pupil that tell this vendor from others; `agree`, lists of
keys that say the same thing in two ways and so must not differ.

One record for each object of the array, as it stands. A null or an empty text says nothing: such an API also writes
null for what the application may not see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from adapters.formats.json_stream import HEAD, elements, shape
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

NAME: str = "mis_json"
MEDIA_TYPES: tuple[str, ...] = ("application/json",)
KEEPS_BYTES: bool = False
ABOUT: About = About(
    title="A school's system, JSON (Wonde, Assembly, Progresso)",
    format="JSON; each vendor is a mapping and no code",
    seen="the published Wonde school and employee files, which hold no pupil and are refused",
    limits=(
        "Wonde's contacts and attendance, and all of Assembly, are mapped by their documented names: no such "
        "payload is public."
    ),
)


def fits(head: bytes, options: ReadOptions) -> bool:
    """Whether the first pupil has the keys by which this vendor is known."""
    known = _texts(options.settings.get("known_by"))
    found, keys = shape(head, _pupils(options))
    return bool(known and found) and keys.issuperset(known)


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """One record for each pupil, each followed by a doubtful Fault where two of its keys disagree.

    Raises UnreadablePayload for another vendor's text, and as `elements` says.
    """
    file.seek(0)
    if not fits(file.read(HEAD), options):
        expected = "an array of pupils with the keys that the mapping names"
        remedy = "Send the whole answer of the vendor's API, or add a mapping for this vendor."
        raise UnreadablePayload("Not readable as a known vendor's pupils.", (Fault("the file", "", expected, remedy),))
    pairs = [_texts(pair) for pair in _listed(options.settings.get("agree"))]
    for number, pupil in enumerate(elements(file, _pupils(options), "pupil"), start=1):
        yield SourceRecord(f"pupil {number}", options.form, "", "enrichment", pupil)
        for pair in pairs:
            yield from _disagreement(f"pupil {number}", pupil, pair)


def _disagreement(position: str, pupil: Mapping[str, Plain], keys: Sequence[str]) -> Iterator[Fault]:
    said = {key: str(pupil[key]).strip().casefold() for key in keys if pupil.get(key) not in (None, "")}
    if len(set(said.values())) > 1:
        first, *others = said
        remedy = f"It says something else than {' and '.join(others)}. Ask the school which is right."
        yield Fault(position, f"/{first}", "what the export says elsewhere of this pupil", remedy, "doubtful")


def _pupils(options: ReadOptions) -> str:
    return str(options.settings.get("pupils", ""))


def _texts(value: Plain) -> tuple[str, ...]:
    return tuple(str(part) for part in _listed(value))


def _listed(value: Plain) -> Sequence[Plain]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
