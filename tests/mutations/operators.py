"""Inputs that are almost right: a real sample with a few things changed where its own grammar has places for them.

Bytes changed at random mostly break the first bracket and test nothing behind it. These change a value, a key, a row,
an element or a file of an archive, and only now and then a byte.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any, Final

ODD: Final[tuple[Any, ...]] = (
    *(None, "", " ", True, False, 0, -1, 2**53, -(2**63), "NaN", "1e999", "-1", "1.0", "2026-02-30", "31/02/2026"),
    *("99/99/9999", "0000-00-00", "2026-11-22T25:61:00Z", "yes", "No", "=1+1", "@SUM(1)", "\u202eabc", "a\u0300", "ﬀ"),
    *("😀" * 40, "\u00a0", "a;b;;c", "a\nb\r\nc", "'" * 9, '"', "\\", "{", "[", "<x/>", "&amp;", "Ω", "x" * 30_000),
    *([], {}, [[]], [None], {"": ""}, {"a": {"b": {"c": [1, "2", None]}}}, ["a", "b"], [{"a": 1}, "b"]),
)
TEXTS: Final = tuple(str(odd) for odd in ODD if isinstance(odd, str | int))
ELEMENT: Final = re.compile(r"<([A-Za-z][\w.-]*)([^<>]*)>([^<>]*)</\1>")
TAG: Final = re.compile(r"</?([A-Za-z][\w.-]*)")


def mutated(content: bytes, random: Random) -> bytes:
    """The content with one to four changes in its own grammar, and one time in eight one in its bytes."""
    changed = _of_kind(content)(content, random)
    return _bytes_of(changed, random) if random.random() < 0.12 else changed


def _of_kind(content: bytes) -> Callable[[bytes, Random], bytes]:
    head = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if content.startswith(b"PK\x03\x04"):
        return _archive
    if head.startswith((b"{", b"[")):
        return _json
    return _xml if head.startswith(b"<") else _table


def _json(content: bytes, random: Random) -> bytes:
    text = content.decode("utf-8-sig")
    try:
        document = json.loads(text)
    except ValueError:  # one JSON text on each line
        lines = text.splitlines()
        if len(lines) < 2:  # and this one is broken on purpose
            return _bytes_of(content, random)
        place = random.randrange(len(lines))
        lines[place] = _json(lines[place].encode(), random).decode("utf-8", "replace") if lines[place].strip() else "{}"
        return "\n".join(lines).encode()
    for _ in range(random.randint(1, 4)):
        holders = list(_holders(document))
        if not holders:
            break
        _change(*random.choice(holders), random)
    return json.dumps(document, ensure_ascii=random.random() < 0.5, indent=random.choice((None, 1))).encode()


def _holders(value: Any) -> Any:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in pairs:
            yield value, key
            yield from _holders(part)


def _change(holder: Any, key: Any, random: Random) -> None:
    act = random.randrange(6)
    if act <= 2:
        holder[key] = deepcopy(random.choice(ODD))
    elif act == 3:
        del holder[key]
    elif isinstance(holder, list):
        holder.insert(random.randrange(len(holder) + 1), deepcopy(holder[key]))
    elif act == 4:
        holder[random.choice((key.swapcase(), f"{key} ", f"{key}2", "", "é", key[::-1]))] = holder.pop(key)
    else:
        holder[key] = [holder[key]]


def _table(content: bytes, random: Random) -> bytes:
    text = content.decode("utf-8-sig", "replace")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    for _ in range(random.randint(1, 4)):
        _change_row(rows, random)
    written = io.StringIO()
    ends = random.choice(("\r\n", "\r\n", "\n", "\r"))
    quoting = random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    delimiter = random.choice((*",,,,,,,,,,,,,", ";", "\t"))
    csv.writer(written, lineterminator=ends, quoting=quoting, delimiter=delimiter).writerows(rows)
    mark = b"\xef\xbb\xbf" if random.random() < 0.2 else b""
    return mark + written.getvalue().encode(random.choice(("utf-8",) * 12 + ("cp1252",)), "replace")


def _change_row(rows: list[list[str]], random: Random) -> None:
    full = [number for number, row in enumerate(rows) if row]
    if not full:
        return
    place = random.choice(full) if random.random() < 0.85 else full[0]
    row, act = rows[place], random.randrange(10)
    cell = random.randrange(len(row))
    if act <= 4:
        row[cell] = (
            random.choice(TEXTS) if place != full[0] else random.choice((row[cell].upper(), f" {row[cell]} ", "x"))
        )
    elif act == 5:
        row.pop(cell)
    elif act == 6:
        row.insert(cell, random.choice(TEXTS))
    elif act == 7:
        rows.insert(place, list(row))
    elif act == 8 and len(full) > 2:
        rows.pop(place)
    else:
        row[cell], row[-1] = row[-1], row[cell]


def _xml(content: bytes, random: Random) -> bytes:
    text = content.decode("utf-8-sig", "replace")
    for _ in range(random.randint(1, 4)):
        text = _change_xml(text, random)
    return text.encode()


def _change_xml(text: str, random: Random) -> str:
    found = list(ELEMENT.finditer(text))
    if not found:
        return text
    match = random.choice(found)
    name, attributes, inside = match.groups()
    odd = random.choice(TEXTS).replace("&", "&amp;").replace("<", "&lt;")
    whole, other = f"<{name}{attributes}>", name.swapcase()
    new = random.choice(
        (
            *("", match[0] * 2, f"{whole}{odd}</{name}>", f"<{name}/>", f"{whole}<{name}>{inside}</{name}></{name}>"),
            *(f"<{other}>{inside}</{other}>", f"<X{name}>{inside}</X{name}>", f"<{name} a='1'>{inside}</{name}>"),
            *(f"<{name}><![CDATA[{inside}]]></{name}>", f"<!-- x -->{match[0]}", f"<?x y?>{match[0]}"),
            *(f"loose {match[0]}", f"<{name}>{inside}</{name}x>", f"<{name}>&nothing;</{name}>"),
        )
    )
    return text[: match.start()] + new + text[match.end() :]


def _archive(content: bytes, random: Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = [(name, archive.read(name)) for name in archive.namelist() if not name.endswith("/")]
    place = random.randrange(len(files))
    name, body = files[place]
    act = random.randrange(12)
    if act == 0 and len(files) > 1:
        files.pop(place)
    elif act == 1:
        files[place] = (random.choice((name.upper(), f"x{name}", f"folder/{name}", f"{name}.txt")), body)
    elif act == 2:
        files.append(
            (random.choice(("readme.txt", "é.csv", "more.json", "__MACOSX/x")), random.choice((b"", b"x", body)))
        )
    elif body:
        files[place] = (name, mutated(body, random))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body)
    return packed.getvalue()


def _bytes_of(content: bytes, random: Random) -> bytes:
    if not content:
        return b"\x00"
    place, act = random.randrange(len(content)), random.randrange(5)
    odd = random.choice((b"\x00", b"\xff", b"\xe9", b'"', b"\n", b"<", b"{", b",", b"\xef\xbb\xbf", b"\xed\xa0\x80"))
    if act == 0:
        return content[:place]
    return content[:place] + odd + content[place + (act > 2) :]
