"""Entries of the record: leaves that hold no personal data, and sections that can be opened or erased one by one.

The formats are governance 3.3: a leaf commits to each section by a digest salted with 32 random bytes, so a section
that is gone cannot be guessed back.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import starmap
from typing import Any, Final

import orjson

from contracts.evidence import Entry, Section
from gateway.record.canonical import base64_bytes, base64_text, canonical, verbatim

LARGEST_LEAF: Final = 65_535
"""Bytes (c2sp.org/tlog-tiles, log entries)."""

ABOUT: Final = "about"
"""The section that says which referral an entry is about. It holds a random id and no personal data, so it stays."""

SALT: Final = 32
"""Bytes. Fixed, or bytes could move between a salt and its value without changing the digest."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_URLSAFE: Final = bytes.maketrans(b"+/", b"-_")
_RID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME: Final = r"[a-z][a-z0-9_]*"
_TYPE: Final = r"[a-z][a-z0-9_.]*"
_rid_of: Final = re.compile(_RID).fullmatch
_type_of: Final = re.compile(_TYPE).fullmatch
_name_of: Final = re.compile(_NAME).fullmatch
_DIGEST: Final = rf'"{_NAME}":"[A-Za-z0-9_-]{{42}}[AEIMQUYcgkosw048]"'
_LEAF: Final = re.compile(
    rf'\{{"rid":"({_RID})",'
    rf'"sections":\{{((?:{_DIGEST}(?:,{_DIGEST})*)?)\}},'
    r'"ts":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)",'
    rf'"type":"({_TYPE})","v":1\}}'
)
_FIELDS: Final = ("rid", "sections", "ts", "type", "v")


class BadLeaf(ValueError):
    """These bytes are no leaf that this gateway writes."""


class BadSections(ValueError):
    """This content does not hold sections."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a leaf says. `ts` is RFC 3339 UTC with milliseconds; `digests` is section name → base64url digest."""

    rid: str
    type: str
    ts: str
    digests: Mapping[str, str]


def make_entry(
    rid: str,
    council: str,
    type: str,
    ts: int,
    sections: Mapping[str, object],
    salts: Callable[[], bytes] | Mapping[str, bytes],
    referral: str = "",
) -> Entry:
    """An entry ready to be stored and sealed.

    rid       random UUID in lower case
    ts        ms UTC
    sections  name → value; each is stored as the exact bytes that were hashed
    salts     gives 32 random bytes at each call, or holds them by section name
    referral  id of the one it is about: the section `about` seals it; "" for none, and then there is no such section

    Raises BadLeaf when rid, type, a section's name or a salt has the wrong form, NotCanonical when a value has no
    canonical spelling.
    """
    if not (_rid_of(rid) and _type_of(type) and all(map(_name_of, sections)) and ABOUT not in sections):
        raise BadLeaf("a leaf has a random UUID, a type and names in small letters, of which `about` is not free")
    if referral:
        sections = {ABOUT: {"referral": referral}, **sections}
    made = [(name, salts() if callable(salts) else salts[name], canonical(value)) for name, value in sections.items()]
    if any(len(salt) != SALT for _, salt, _ in made):
        raise BadLeaf("a salt is 32 bytes")
    leaf = verbatim({"rid": rid, "sections": _digests(made), "ts": stamp(ts), "type": type, "v": 1})
    if len(leaf) > LARGEST_LEAF:
        raise BadLeaf("a leaf is at most 65,535 bytes")
    return Entry(rid, council, type, ts, leaf, tuple(starmap(Section, made)), referral)


def stamp(ts: int) -> str:
    """ms UTC as a leaf spells it: RFC 3339 with milliseconds."""
    return (_EPOCH + ts * _MILLISECOND).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def section_digest(name: str, salt: bytes, value: bytes) -> str:
    """SHA-256("ehg/section/v1" || 0 || name || 0 || salt || value), as base64url without padding."""
    return binascii.b2a_base64(_hashed(name, salt, value), newline=False).translate(_URLSAFE)[:43].decode()


def _hashed(name: str, salt: bytes, value: bytes) -> bytes:
    return sha256(b"ehg/section/v1\0%s\0%s%s" % (name.encode(), salt, value)).digest()


def _digests(made: Sequence[tuple[str, bytes, bytes]]) -> dict[str, str]:
    """`section_digest` of each name, salt and value, spelt at once: a 33rd byte of 0 shows in the 44th letter only."""
    digests = b"".join([_hashed(*one) + b"\0" for one in made])
    spelt = binascii.b2a_base64(digests, newline=False).translate(_URLSAFE).decode()
    return {one[0]: spelt[at : at + 43] for at, one in zip(range(0, len(spelt), 44), made, strict=True)}


def read_leaf(leaf: bytes) -> Leaf:
    """What a leaf says. Raises BadLeaf for anything but the one canonical spelling `make_entry` writes."""
    parts = _LEAF.fullmatch(leaf.decode("ascii", "replace"))
    if parts is None or len(leaf) > LARGEST_LEAF:
        raise BadLeaf("not the canonical spelling of a leaf")
    rid, inner, when, kind = parts.groups()
    words = inner.split('"')
    names = words[1::4]
    digests = dict(zip(names, words[3::4], strict=True))
    if names != sorted(digests):
        raise BadLeaf("the sections of a leaf are sorted and each stands once")
    return Leaf(rid, kind, when, digests)


def well_spelt(leaves: Sequence[bytes]) -> bool:
    """Whether each of these is JSON in its one spelling, with the fields of a leaf: one look at all of them together.

    False says that `read_leaf` has to look at each. Of what the tree proves to be as it was sealed, this is enough.
    """
    array = b"[" + b",".join(leaves) + b"]"
    try:
        read = orjson.loads(array)
    except orjson.JSONDecodeError:
        return False
    if len(read) != len(leaves) or max(map(len, leaves)) > LARGEST_LEAF:
        return False
    if orjson.dumps(read, option=orjson.OPT_SORT_KEYS) != array:
        return False
    return {*map(type, read)} == {dict} and {*map(tuple, read)} == {_FIELDS}


def pack(sections: Iterable[Section]) -> bytes:
    """One blob for the store: canonical JSON of name → {salt, value}, or null for a section disposed of."""
    return verbatim(packed(sections))


def unpack(blob: bytes) -> tuple[Section, ...]:
    """Reads `pack`. Raises BadSections."""
    try:
        return unpacked(orjson.loads(blob))
    except orjson.JSONDecodeError:
        raise BadSections("the content of an entry is JSON") from None


def packed(sections: Iterable[Section]) -> dict[str, object]:
    """Sections as a JSON object, for a receipt or a bundle."""
    return {
        part.name: None
        if part.salt is None or part.value is None
        else {"salt": base64_text(part.salt), "value": part.value.decode()}
        for part in sections
    }


def unpacked(document: object) -> tuple[Section, ...]:
    """Reads `packed`. Raises BadSections."""
    if not isinstance(document, dict):
        raise BadSections("the sections of an entry are a JSON object")
    try:
        return tuple(_section(name, part) for name, part in document.items())
    except (TypeError, KeyError, ValueError, AttributeError):
        raise BadSections("each section holds a salt in base64 and a value as text, or is null") from None


def values(blob: bytes, only: Container[str] = ()) -> dict[str, Any]:
    """What is left of the sections `pack` packed, by name, read; of these names only, if any are given.

    For whoever shows many and proves none: salts are not looked at. Raises BadSections.
    """
    try:
        document = orjson.loads(blob)
        return {
            name: orjson.loads(part["value"])
            for name, part in document.items()
            if part is not None and (not only or name in only)
        }
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
        raise BadSections("the content of an entry is JSON: each section holds JSON, or is null") from None


def is_about(sections: Iterable[Section], referral: str) -> bool:
    """Whether the opened section `about` names this referral; for "" whether there is none."""
    said = next((part.value for part in sections if part.name == ABOUT), None)
    return said == about_value(referral) if referral else said is None


def about_value(referral: str) -> bytes:
    """The bytes of the section `about` of an entry about this referral."""
    return canonical({"referral": referral})


def dispose(blob: bytes, names: Collection[str]) -> bytes:
    """The blob without value and salt of the sections named. The others still match the leaf.

    Raises BadSections for `about`: without it anybody could move the entry to another referral.
    """
    if ABOUT in names:
        raise BadSections("what says which referral an entry is about holds no personal data, and stays")
    return pack(Section(part.name, None, None) if part.name in names else part for part in unpack(blob))


def _section(name: str, part: Mapping[str, str] | None) -> Section:
    if part is None:
        return Section(name, None, None)
    return Section(name, base64_bytes(part["salt"]), part["value"].encode())
