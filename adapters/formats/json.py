"""The one strict door for JSON: bytes in, plain data out, or the line and column of what is wrong.

Stricter than RFC 8259 where its freedom loses data or crashes a reader: the I-JSON profile (RFC 7493), with caps on
depth and size. Positions are worked out only once something is wrong, so a good body pays for little but its parsing.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple, cast

from adapters.formats.text import line_and_column
from contracts.adapter import Fault, Plain
from contracts.errors import UnreadablePayload

DEPTH: Final = 32
NODES: Final = 10_000
LARGEST: Final = 2**53 - 1
"""Beyond this a whole number changes on its way through other programs (RFC 7493, 2.2)."""

_BOM: Final = b"\xef\xbb\xbf"
# Possessive, and closed by the end of the text too, so that a missing quote costs one pass and not one per quote.
_STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)'
_STRINGS: Final = re.compile(_STRING.encode(), re.DOTALL)
_TOKEN: Final = re.compile(rf"{_STRING}|[\[\]{{}},]|-?Infinity|NaN|-?[0-9][0-9.eE+-]*+", re.DOTALL)
_HARMFUL_ESCAPE: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_HARMLESS: Final = re.compile(
    r"(?:[^\\]++|\\[^u]|\\u(?!0000|[dD][89a-fA-F])|\\u[dD][89abAB]..\\u[dD][c-fC-F]..)*+", re.DOTALL
)
_SQUARE: Final = bytes.maketrans(b"{}", b"[]")
_NEITHER_COMMA_NOR_BRACKET: Final = bytes(set(range(256)) - set(b",[]{}"))


class _Wrong(NamedTuple):
    offset: int
    expected: str
    remedy: str


class _Refused(Exception):
    """A hook met something JSON allows and this door does not; where it stands is looked up afterwards."""


_UNIQUE_KEYS = ("each key once in an object", "Remove the second of the two keys, or give it its own name.")
_NUMBER = (
    "a number that other programs can hold",
    "Write a whole number of at most 15 digits, an ordinary decimal, or text in quotes.",
)
_NUL = ("text without the NUL character", "Remove the NUL character, written \\u0000, from the text.")
_SURROGATE = (
    "whole characters",
    "Half a character was written, such as \\ud83d alone. Write both halves, or the character itself.",
)


def strict_json(content: bytes, nodes: int = NODES, first_line: int = 1) -> Plain:
    """The plain data in a JSON text of at most `nodes` values, at most 32 deep.

    A number with a fraction or an exponent stays the text that was written, since `Plain` holds no floats.
    `first_line` is the line of a file that the text begins on, where it is part of one.
    Raises UnreadablePayload with one Fault, whose position is "line L, column C" and which repeats no key and no value:
    for bytes that are not UTF-8 (a UTF-8 byte order mark is let through), an empty body, broken syntax, anything after
    the end, duplicate keys, NaN and Infinity, numbers that overflow, NUL, lone surrogates, and text too deep or large.
    """
    body = content[3:] if content.startswith(_BOM) else content
    text, wrong = _decoded(body)
    if wrong is None:
        wrong = _outgrown(body, text, nodes)
    if wrong is None:
        parsed, wrong = _parsed(body, text)
        if wrong is None:
            return parsed
    line, column = line_and_column(text, wrong.offset)
    position = f"line {line + first_line - 1}, column {column}"
    fault = Fault(position, "", wrong.expected, wrong.remedy)
    raise UnreadablePayload(f"Not readable as JSON at {position}: expected {wrong.expected}.", (fault,))


def _decoded(body: bytes) -> tuple[str, _Wrong | None]:
    """The text, or the part of it before the first byte that is wrong."""
    if b"\0" in body[:4] or body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", _Wrong(0, "text in UTF-8", "This looks like UTF-16 or UTF-32. Save or send it as UTF-8.")
    try:
        text = body.decode()
    except UnicodeDecodeError as problem:
        before = body[: problem.start].decode()
        return before, _Wrong(
            len(before), "text in UTF-8", "Send the text as UTF-8; this byte belongs to another encoding."
        )
    if not text or text.isspace():
        return text, _Wrong(0, "a JSON value", "The body is empty. Send the JSON text as the body.")
    return text, None


def _outgrown(body: bytes, text: str, nodes: int) -> _Wrong | None:
    """What is too deep or too large, told before parsing, so that nothing can exhaust the stack or the memory."""
    opened = body.count(b"[") + body.count(b"{")
    if opened <= DEPTH and opened + body.count(b",") < nodes:
        return None
    bare = _without_strings(body)
    if (deep := _too_deep(bare, text, nodes)) is not None:
        return deep
    values = 1 + bare.count(b",") + bare.count(b"[") - bare.count(b"[]")
    if values <= nodes:
        return None
    offset = _offset_of_value(text, nodes)
    return _Wrong(offset, f"at most {nodes:,} values", "Send fewer records at a time, or send them as a file.")


def _without_strings(body: bytes) -> bytes:
    """Commas and brackets outside strings, with every bracket a square one."""
    outside = b"".join(body.split(b'"')[::2]) if b"\\" not in body else _STRINGS.sub(b"", body)
    return outside.translate(_SQUARE, _NEITHER_COMMA_NOR_BRACKET)


def _too_deep(bare: bytes, text: str, nodes: int) -> _Wrong | None:
    brackets = bare.replace(b",", b"")
    for _ in range(DEPTH):
        # Takes away the innermost level, so what is left after 32 rounds is too deep or not well formed.
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return None
    depth = 0
    for piece in _first_tokens(text, nodes):
        mark = text[piece.start()]
        if mark in "[{":
            depth += 1
            if depth > DEPTH:
                return _Wrong(piece.start(), f"at most {DEPTH} levels", "Send the record without the levels around it.")
        elif mark in "]}":
            depth -= 1
    return None


def _first_tokens(text: str, nodes: int) -> Iterator[re.Match[str]]:
    """As many tokens as well-formed text of `nodes` values can have; the parser stops at what is not well formed."""
    return itertools.islice(_TOKEN.finditer(text), 8 * nodes)


def _offset_of_value(text: str, nodes: int) -> int:
    """Near enough to find it: where the commas and brackets so far make more values than are allowed."""
    met = 0
    for piece in _first_tokens(text, nodes):
        met += text[piece.start()] in "[{,"
        if met > nodes:
            return piece.start()
    return 0


def _parsed(body: bytes, text: str) -> tuple[Plain, _Wrong | None]:
    try:
        parsed = cast("Plain", _DECODER.decode(text))
    except json.JSONDecodeError as problem:
        return None, _Wrong(problem.pos, *_syntax(problem.msg))
    except _Refused:
        return None, _first_refused(text)
    if _HARMFUL_ESCAPE.search(body):
        return parsed, _first_harmful_escape(text)
    return parsed, None


def _syntax(message: str) -> tuple[str, str]:
    if message.startswith("Extra data"):
        return "nothing after the end of the JSON", "Send one JSON value and nothing after it."
    if message.startswith("Invalid control character"):
        return "text without raw control characters", "Write a line break inside text as \\n, and a tab as \\t."
    if message.startswith("Unterminated string"):
        return "a closing quote", "Close the quoted text that begins here; the body may have been cut short."
    return "well-formed JSON", "Check the commas, quotes and brackets just before this place."


def _pairs(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise _Refused
    return table


def _whole(digits: str) -> int:
    if len(digits) > 17 or not -LARGEST <= (number := int(digits)) <= LARGEST:
        raise _Refused
    return number


def _decimal(digits: str) -> str:
    if float(digits) in (float("inf"), float("-inf")):
        raise _Refused
    return digits


def _constant(_name: str) -> Plain:
    raise _Refused


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_whole, parse_float=_decimal, parse_constant=_constant
)


def _first_refused(text: str) -> _Wrong:
    """The first duplicate key, constant or number that the hooks refused. The parser met no other fault before it."""
    for offset, mark, keys in _tokens(text):
        if mark[0] == '"':
            if keys is not None and (key := json.loads(mark)) in keys:
                return _Wrong(offset, *_UNIQUE_KEYS)
            if keys is not None:
                keys.add(key)
        elif "N" in mark or "I" in mark:
            return _Wrong(
                offset, "a number, or null", "JSON has no NaN and no Infinity. Send null, or leave the key out."
            )
        elif not _holds(mark):
            return _Wrong(offset, *_NUMBER)
    return _Wrong(0, "well-formed JSON", "Check the whole body with a JSON validator.")


def _holds(number: str) -> bool:
    try:
        _decimal(number) if set(number) & set(".eE") else _whole(number)
    except _Refused:
        return False
    return True


def _tokens(text: str) -> Iterator[tuple[int, str, set[str] | None]]:
    """Strings and numbers with their offsets; a string that is a key comes with the keys met in its object so far."""
    objects: list[set[str] | None] = []
    key_next = False
    for match in _TOKEN.finditer(text):
        mark = match[0]
        if mark in "[{":
            objects.append(set() if mark == "{" else None)
            key_next = mark == "{"
        elif mark in "]}":
            objects.pop()
            key_next = False
        elif mark == ",":
            key_next = objects[-1] is not None
        else:
            yield match.start(), mark, objects[-1] if key_next and objects else None
            key_next = False


def _first_harmful_escape(text: str) -> _Wrong | None:
    """The first NUL or lone surrogate. In text that parsed, a backslash begins an escape and nothing else."""
    harmless = _HARMLESS.match(text)
    offset = harmless.end() if harmless else 0
    if offset == len(text):
        return None
    return _Wrong(offset, *(_NUL if text.startswith("\\u0000", offset) else _SURROGATE))
