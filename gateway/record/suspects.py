"""Works out what was done to the entries that differ from the stored tree: edited, reordered, deleted or put in."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.record.findings import Finding, Kind, entry_name


@dataclass(frozen=True, slots=True)
class Suspect:
    """An entry whose leaf hash is not the one in the stored tree."""

    index: int
    rid: str
    got: bytes
    want: bytes


def diagnose(suspects: Sequence[Suspect], near: Mapping[bytes, int], end: int) -> tuple[list[Finding], bool]:
    """What was done, given that the stored tree is right, and whether later entries still stand at their places.

    near  leaf hash → index in the stored tree, in the neighbourhood of the suspects
    end   entries read so far; when all up to it are out of place, a hash sealed beyond it has moved up
    """
    places = {one.index for one in suspects}
    beyond = end if suspects[-1].index == end - 1 else sys.maxsize
    stood = {digest: index for digest, index in near.items() if index in places or index >= beyond}
    stood |= {one.want: one.index for one in suspects}
    got = {one.got: one.index for one in suspects}
    moved = [one for one in suspects if one.got in stood or one.want in got]
    edited = [one for one in suspects if one not in moved]
    findings = [
        _finding(Kind.EDITED, f"{entry_name(one.index, one.rid)} was changed after it was sealed", one)
        for one in edited
    ]
    if not moved:
        return findings, True
    finding = _moved(moved[0], stood, got, moved[-1].index)
    return [*findings, finding], finding.kind is Kind.SWAPPED


def _moved(one: Suspect, stood: Mapping[bytes, int], got: Mapping[bytes, int], last: int) -> Finding:
    """What the first entry out of place says: its own place tells whether entries went, came or changed order."""
    name, later = entry_name(one.index, one.rid), stood.get(one.got, -1)
    if later > one.index and one.want in got:
        words = f"from {name} to entry {last:,}, entries do not stand in the order in which they were sealed"
        return _finding(Kind.SWAPPED, words, one, last)
    if later > one.index:
        words = f"entry {one.index:,} was deleted; {one.rid} and those after it were moved up to hide the gap"
        return _finding(Kind.DELETED, words, one, later - 1)
    words = f"{name} was put in after the record was sealed, and those after it were moved down"
    return _finding(Kind.INSERTED, words, one, got[one.want] - 1)


def _finding(kind: Kind, say: str, one: Suspect, last: int | None = None) -> Finding:
    return Finding(kind, say, one.index, one.index if last is None else last, one.rid)
