"""What somebody with the store file can do to a record, each kind at a random place: plain SQL, as they would.

Every kind is a function of the open file and of `Way`, which holds the keys it may use and its random places.
"""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from gateway.record.note import Key

SIZE: Final = 300
HELD: Final = 240
"""Entries that the checkpoint covers which is held outside, and which the witness signed."""
EVERY: Final = 30
_NAMES: Final = ("facts", "human", "outcome")

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Way:
    """What a tamperer has: chance, the record's key if an insider, an old key, and one with a witness's name.

    strangers  lines of a bundle about others, proven in the same record against the same checkpoint
    """

    chance: random.Random
    key: Key
    sign: Sign
    old: tuple[Key, Sign]
    no_witness: tuple[Key, Sign]
    strangers: tuple[bytes, ...]

    def place(self, end: int = SIZE) -> int:
        """A random entry before `end`."""
        return self.chance.randrange(end)


Tamper = Callable[[Any, Way], None]


def one_of(raw: Any, index: int, council: str = "hull") -> tuple[bytes, str, bytes]:
    """Leaf, id of its content, and its content."""
    found = raw.execute(
        "SELECT leaf, sections, body FROM entry JOIN content ON content.id = sections "
        "WHERE idx = ? AND entry.council = ?",
        (index, council),
    ).fetchone()
    return bytes(found[0]), found[1], bytes(found[2])


def put_leaf(raw: Any, index: int, leaf: bytes) -> None:
    raw.execute("UPDATE entry SET leaf = ? WHERE council = 'hull' AND idx = ?", (leaf, index))


def flipped(data: bytes, way: Way, first: int = 0) -> bytes:
    at = way.chance.randrange(first, len(data))
    return data[:at] + bytes([data[at] ^ 1 << way.chance.randrange(8)]) + data[at + 1 :]


def _sections(raw: Any, index: int, change: Callable[[dict[str, Any]], object]) -> None:
    _, content, body = one_of(raw, index)
    parts = json.loads(body[1:])
    change(parts)
    blob = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    raw.execute("UPDATE content SET body = ? WHERE id = ?", (body[:1] + blob, content))


def edit_leaf(raw: Any, way: Way) -> None:
    index = way.place()
    put_leaf(raw, index, flipped(one_of(raw, index)[0], way))


def edit_content(raw: Any, way: Way) -> None:
    _, content, body = one_of(raw, way.place())
    raw.execute("UPDATE content SET body = ? WHERE id = ?", (flipped(body, way), content))


def edit_value(raw: Any, way: Way) -> None:
    def change(parts: dict[str, Any]) -> None:
        parts["outcome"]["value"] = parts["outcome"]["value"].replace("hold", "share")

    _sections(raw, way.place(), change)


def edit_salt(raw: Any, way: Way) -> None:
    def change(parts: dict[str, Any]) -> None:
        part = parts[way.chance.choice(_NAMES)]
        at = way.chance.randrange(40)
        part["salt"] = part["salt"][:at] + ("A" if part["salt"][at] != "A" else "B") + part["salt"][at + 1 :]

    _sections(raw, way.place(), change)


def fields_swapped_with_equal_bytes(raw: Any, way: Way) -> None:
    one, other = way.chance.sample(_NAMES, 2)

    def change(parts: dict[str, Any]) -> None:
        parts[one], parts[other] = parts[other], parts[one]

    _sections(raw, way.place(), change)


def unicode_equivalent(raw: Any, way: Way) -> None:
    def change(parts: dict[str, Any]) -> None:
        parts["human"]["value"] = unicodedata.normalize("NFD", parts["human"]["value"])

    _sections(raw, way.place(), change)


def section_erased_without_disposal(raw: Any, way: Way) -> None:
    gone = way.chance.choice(_NAMES)
    _sections(raw, way.place(), lambda parts: parts.update({gone: None}))


def content_erased_without_disposal(raw: Any, way: Way) -> None:
    raw.execute("DELETE FROM content WHERE id = ?", (one_of(raw, way.place())[1],))


def sections_swapped_between_entries(raw: Any, way: Way) -> None:
    one, other = way.chance.sample(range(SIZE), 2)
    contents = [one_of(raw, index)[1] for index in (one, other)]
    for index, content in zip((other, one), contents, strict=True):
        raw.execute("UPDATE entry SET sections = ? WHERE council = 'hull' AND idx = ?", (content, index))


def clock_edit(raw: Any, way: Way) -> None:
    shift = way.chance.randrange(1, 10**9) * way.chance.choice((1, -1))
    raw.execute("UPDATE entry SET ts = ts + ? WHERE council = 'hull' AND idx = ?", (shift, way.place()))


def clock_edit_in_theput_leaf(raw: Any, way: Way) -> None:
    index = way.place()
    head, _, tail = one_of(raw, index)[0].partition(b'"ts":"20')
    year = b"%02d" % ((int(tail[:2]) + way.chance.randrange(1, 99)) % 100)
    put_leaf(raw, index, head + b'"ts":"20' + year + tail[2:])


def type_edit(raw: Any, way: Way) -> None:
    raw.execute("UPDATE entry SET type = 'decision.human' WHERE council = 'hull' AND idx = ?", (way.place(),))


def id_edit(raw: Any, way: Way) -> None:
    raw.execute(
        "UPDATE entry SET rid = '0192f1c2-0000-4000-8000-ffffffffffff' WHERE council = 'hull' AND idx = ?",
        (way.place(),),
    )


def moved_to_another_referral(raw: Any, way: Way) -> None:
    index = way.place()
    (was,) = raw.execute("SELECT referral FROM entry WHERE council = 'hull' AND idx = ?", (index,)).fetchone()
    now = way.chance.choice([one for one in ("r", "s", "") if one != was])
    raw.execute("UPDATE entry SET referral = ? WHERE council = 'hull' AND idx = ?", (now, index))


def delete(raw: Any, way: Way) -> None:
    raw.execute("DELETE FROM entry WHERE council = 'hull' AND idx = ?", (way.place(),))


def _shift(raw: Any, start: int, by: int) -> None:
    raw.execute("UPDATE entry SET idx = -1 - idx WHERE council = 'hull' AND idx >= ?", (start,))
    raw.execute("UPDATE entry SET idx = ? - 1 - idx WHERE council = 'hull' AND idx < 0", (by,))


def delete_and_close_the_gap(raw: Any, way: Way) -> None:
    index = way.place()
    raw.execute("DELETE FROM entry WHERE council = 'hull' AND idx = ?", (index,))
    _shift(raw, index, -1)


def _put_in(raw: Any, index: int, leaf: bytes, rid: str, content: str) -> None:
    _shift(raw, index, 1)
    raw.execute(
        "INSERT INTO entry (rid, council, type, ts, referral, leaf, sections, idx) "
        "SELECT ?, council, type, ts, referral, ?, ?, ? FROM entry WHERE council = 'hull' AND idx = 0",
        (rid, leaf, content, index),
    )


def insert(raw: Any, way: Way) -> None:
    leaf, content, _ = one_of(raw, 0)
    rid = "0192f1c2-0000-4000-8000-eeeeeeeeeeee"
    _put_in(raw, way.place() + 1, leaf[:8] + rid.encode() + leaf[44:], rid, content)


def duplicate(raw: Any, way: Way) -> None:
    leaf, content, _ = one_of(raw, way.place())
    _put_in(raw, way.place() + 1, leaf, "0192f1c2-0000-4000-8000-eeeeeeeeeeee", content)


def copy_over_another(raw: Any, way: Way) -> None:
    one, other = way.chance.sample(range(SIZE), 2)
    leaf, content, _ = one_of(raw, one)
    raw.execute("UPDATE entry SET leaf = ?, sections = ? WHERE council = 'hull' AND idx = ?", (leaf, content, other))


def swap(raw: Any, way: Way) -> None:
    one, other = way.chance.sample(range(SIZE), 2)
    for was, now in ((one, -1), (other, one), (-1, other)):
        raw.execute("UPDATE entry SET idx = ? WHERE council = 'hull' AND idx = ?", (now, was))


def renumber(raw: Any, way: Way) -> None:
    now = SIZE + way.chance.randrange(1, 10**6)
    raw.execute("UPDATE entry SET idx = ? WHERE council = 'hull' AND idx = ?", (now, way.place()))


def number_taken_away(raw: Any, way: Way) -> None:
    raw.execute("UPDATE entry SET idx = NULL WHERE council = 'hull' AND idx = ?", (way.place(),))


def truncate(raw: Any, way: Way) -> None:
    raw.execute("DELETE FROM entry WHERE council = 'hull' AND idx >= ?", (way.place(),))


def moved_to_another_council(raw: Any, way: Way) -> None:
    index = way.place()
    content = one_of(raw, index)[1]
    raw.execute("UPDATE entry SET council = 'kent', idx = NULL WHERE council = 'hull' AND idx = ?", (index,))
    raw.execute("UPDATE content SET council = 'kent' WHERE id = ?", (content,))


def entry_of_another_council(raw: Any, way: Way) -> None:
    put_leaf(raw, way.place(), one_of(raw, way.place(EVERY), "kent")[0])


ENTRIES: Final[tuple[Tamper, ...]] = (
    edit_leaf,
    edit_content,
    edit_value,
    edit_salt,
    fields_swapped_with_equal_bytes,
    unicode_equivalent,
    section_erased_without_disposal,
    content_erased_without_disposal,
    sections_swapped_between_entries,
    clock_edit,
    clock_edit_in_theput_leaf,
    type_edit,
    id_edit,
    moved_to_another_referral,
    delete,
    delete_and_close_the_gap,
    insert,
    duplicate,
    copy_over_another,
    swap,
    renumber,
    number_taken_away,
    truncate,
    moved_to_another_council,
    entry_of_another_council,
)
"""Everything here, for whoever goes through it."""
