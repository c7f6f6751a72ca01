"""What somebody who passes an evidence bundle on can do to it, each kind at a random place.

Every kind is a function of the bundle's lines, another council's lines, and `Way`; it gives the lines afterwards.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.record.note import cosignature_line, read_checkpoint, sign_checkpoint
from tests.record.tamperedstore import Way

Tamper = Callable[[list[bytes], list[bytes], Way], list[bytes]]
_NAMES: Final = ("facts", "human", "outcome")


def _changed(lines: list[bytes], way: Way, change: Callable[[dict[str, Any]], object]) -> list[bytes]:
    at = way.chance.randrange(1, len(lines))
    return [*lines[:at], _with(lines[at], change), *lines[at + 1 :]]


def _with(line: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(line)
    change(document)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _count(lines: list[bytes]) -> list[bytes]:
    """The header made to fit."""
    return [_with(lines[0], lambda head: head.update(entries=len(lines) - 1)), *lines[1:]]


def one_bit(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    at = way.chance.randrange(1, len(lines))
    place, line = way.chance.randrange(len(lines[at]) - 1), lines[at]
    flipped = line[:place] + bytes([line[place] ^ 1 << way.chance.randrange(7)]) + line[place + 1 :]
    return [*lines[:at], *flipped.splitlines(keepends=True), *lines[at + 1 :]]


def value_edited(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    def change(document: dict[str, Any]) -> None:
        part = document["sections"]["outcome"]
        part["value"] = part["value"].replace("hold", "share")

    return _changed(lines, way, change)


def salt_edited(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    def change(document: dict[str, Any]) -> None:
        part = document["sections"][way.chance.choice(_NAMES)]
        part["salt"] = ("A" if part["salt"][0] != "A" else "B") + part["salt"][1:]

    return _changed(lines, way, change)


def fields_swapped_with_equal_bytes(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    one, two = way.chance.sample(_NAMES, 2)

    def change(document: dict[str, Any]) -> None:
        parts = document["sections"]
        parts[one], parts[two] = parts[two], parts[one]

    return _changed(lines, way, change)


def unicode_equivalent(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    def change(document: dict[str, Any]) -> None:
        part = document["sections"]["human"]
        part["value"] = unicodedata.normalize("NFD", part["value"])

    return _changed(lines, way, change)


def clock_edit(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    year = f'"ts":"20{way.chance.randrange(10, 26)}'
    return _changed(lines, way, lambda document: document.update(leaf=document["leaf"].replace('"ts":"2026', year)))


def line_deleted(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    at = way.chance.randrange(1, len(lines))
    return [*lines[:at], *lines[at + 1 :]]


def line_duplicated(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    at = way.chance.randrange(1, len(lines))
    return _count([*lines[: at + 1], *lines[at:]])


def lines_swapped(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    one, two = way.chance.sample(range(1, len(lines)), 2)
    lines[one], lines[two] = lines[two], lines[one]
    return lines


def sections_swapped_between_entries(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    one, two = way.chance.sample(range(1, len(lines)), 2)
    parts = [json.loads(lines[at])["sections"] for at in (two, one)]
    for at, part in zip((one, two), parts, strict=True):
        lines[at] = _with(lines[at], lambda document, part=part: document.update(sections=part))  # type: ignore[misc]
    return lines


def truncated(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    return lines[: way.chance.randrange(1, len(lines))]


def renumbered(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    def change(document: dict[str, Any]) -> None:
        head, _, rest = document["proof"].partition("index ")
        number, _, tail = rest.partition("\n")
        document["proof"] = f"{head}index {int(number) + way.chance.randrange(1, 9)}\n{tail}"

    return _changed(lines, way, change)


def put_in_from_another_council(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    at = way.chance.randrange(1, len(lines) + 1)
    return _count([*lines[:at], way.chance.choice(other[1:]), *lines[at:]])


def put_in_from_another_referral(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    """An entry of the same record, rightly proven, that is about somebody else or about nobody."""
    stranger = way.chance.choice(way.strangers)
    place = json.loads(stranger)["proof"].split("\n")[1]
    numbers = [int(json.loads(line)["proof"].split("\n")[1].split()[1]) for line in lines[1:]]
    at = 1 + sum(number < int(place.split()[1]) for number in numbers)
    return _count([*lines[:at], stranger, *lines[at:]])


def said_to_be_about_another_referral(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    said = way.chance.choice(("s", f"r{way.chance.randrange(10**6)}"))
    return [_with(lines[0], lambda head: head.update(referral=said)), *lines[1:]]


def leaf_of_another_council(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    stranger = json.loads(way.chance.choice(other[1:]))
    return _changed(lines, way, lambda document: document.update(leaf=stranger["leaf"], sections=stranger["sections"]))


def the_bundle_of_another_council(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    return [lines[0], *other[1 : way.chance.randrange(2, len(other))]]


def _notes(lines: list[bytes], note_of: Callable[[str], str]) -> list[bytes]:
    def change(document: dict[str, Any]) -> None:
        head, blank, note = document["proof"].partition("\n\n")
        document["proof"] = head + blank + note_of(note)

    return [lines[0], *(_with(line, change) for line in lines[1:])]


def signed_again_with_an_old_key(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    lines = value_edited(lines, other, way)

    def signed(note: str) -> str:
        said = read_checkpoint(note)
        return sign_checkpoint(*way.old, said.size, said.root).note

    return _notes(lines, signed)


def checkpoint_edited(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    by = way.chance.randrange(1, 1000)

    def edited(note: str) -> str:
        name, size, rest = note.split("\n", 2)
        return f"{name}\n{int(size) + by}\n{rest}"

    return _notes(lines, edited)


def checkpoint_replayed(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    """An earlier checkpoint of the record, rightly signed, in place of the one that proves."""
    early = sign_checkpoint(way.key, way.sign, way.chance.randrange(1, 200), way.chance.randbytes(32)).note
    return _notes(lines, lambda note: early)


def proof_edited(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    def change(document: dict[str, Any]) -> None:
        rows = document["proof"].split("\n")
        at = way.chance.randrange(2, rows.index(""))
        rows[at] = ("A" if rows[at][0] != "A" else "B") + rows[at][1:]
        document["proof"] = "\n".join(rows)

    return _changed(lines, way, change)


def cosignature_forged(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    at = way.chance.randrange(40, 90)

    def forged(note: str) -> str:
        *rows, last, _ = note.split("\n")
        head, _, data = last.rpartition(" ")
        edited = data[:at] + ("A" if data[at] != "A" else "B") + data[at + 1 :]
        return "\n".join((*rows, f"{head} {edited}", ""))

    return _notes(lines, forged)


def cosignature_removed_or_anothers(lines: list[bytes], other: list[bytes], way: Way) -> list[bytes]:
    """Without the witness's line, or with that of a key that only has its name."""
    keep, at = way.chance.random() < 0.5, way.chance.randrange(2**31)

    def changed(note: str) -> str:
        rows = note.split("\n")
        body = note.rpartition("\n\n")[0] + "\n"
        anothers = cosignature_line(*way.no_witness, body, at) if keep else ""
        return "\n".join((*rows[:-2], anothers))

    return _notes(lines, changed)


KINDS: Final[Mapping[str, Tamper]] = {
    one.__name__: one
    for one in (
        one_bit, value_edited, salt_edited, fields_swapped_with_equal_bytes, unicode_equivalent, clock_edit,
        line_deleted, line_duplicated, lines_swapped, sections_swapped_between_entries, truncated, renumbered,
        put_in_from_another_council, put_in_from_another_referral, said_to_be_about_another_referral,
        leaf_of_another_council, the_bundle_of_another_council,
        signed_again_with_an_old_key, checkpoint_edited, checkpoint_replayed, proof_edited, cosignature_forged,
        cosignature_removed_or_anothers,
    )
}  # fmt: skip
