"""A large JSON text, one element of its array at a time: as strict as `json` where a stream can be.

Half a character written as an escape comes through as a question mark: the parser replaces it, and says nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO, Final, Literal

import ijson  # type: ignore[import-untyped]
import ijson.backends.yajl2_c as parser  # type: ignore[import-untyped]

from adapters.formats.json import DEPTH, LARGEST
from contracts.adapter import Fault, Plain
from contracts.errors import UnreadablePayload

HEAD: Final = 1 << 16
"""Bytes in which the array has to begin."""

Shape = Literal["array", "object", ""]
Event = tuple[str, Any]

_OPENS: Final = ("start_map", "start_array")
_CLOSES: Final = ("end_map", "end_array")
_BROKEN: Final = (ijson.JSONError, UnicodeDecodeError)


class _Refused(Exception):
    """JSON allows this and this door does not: what was expected, and what to do."""


def shape(head: bytes, pointer: str) -> tuple[Shape, frozenset[str]]:
    """Whether an array or an object stands at `pointer`, and the keys of its first object. `head` may end anywhere."""
    found: Shape = ""
    keys: set[str] = set()
    level = 0
    try:
        for event, value in _at(io.BytesIO(head), pointer):
            found = found or ("array" if event == "start_array" else "object")
            level += (event in _OPENS) - (event in _CLOSES)
            first = 2 if found == "array" else 1
            if event == "map_key" and level == first:
                keys.add(value)
            elif event == "end_map" and level == first - 1:
                break
    except (*_BROKEN, _Refused):
        pass  # the head ends inside the text, or it is no JSON: what was found says which
    return found, frozenset(keys)


def elements(file: BinaryIO, pointer: str, called: str = "element") -> Iterator[Mapping[str, Plain]]:
    """The objects of the array at `pointer`, or the one object there. `called` is what one is called in positions.

    A number with a fraction, an exponent or more digits than other programs hold stays text.
    Raises UnreadablePayload where the text is found wrong, which may be as late as its end: no array there, broken
    syntax, an element that is no object, a key twice, NaN and Infinity, NUL, text more than 32 deep or not in UTF-8.
    """
    file.seek(0)
    number = 0
    try:
        for element in _built(_at(file, pointer)):
            yield element
            number += 1
        return
    except _Refused as problem:
        expected, remedy = problem.args
    except _BROKEN:
        expected = "well-formed JSON in UTF-8"
        remedy = "The text is not JSON from there on, or it is cut short. Export it again as a whole."
    position = f"after {called} {number}" if number else f"{called} 1"
    raise UnreadablePayload(
        f"Not readable as JSON {position}: expected {expected}.", (Fault(position, "", expected, remedy),)
    )


def _at(file: BinaryIO, pointer: str) -> Iterator[Event]:
    """The events of the array or object at `pointer`. What is around it is read to the end, and let go."""
    names = pointer.split("/")[1:]
    level = led = inside = 0
    leads, found = True, False
    for event, value in parser.basic_parse(file):
        if event in _OPENS:
            level += 1
            if level > DEPTH:
                raise _Refused(f"at most {DEPTH} levels", "Send the record without the levels around it.")
            if leads and not inside and led == len(names):
                inside, found = level, True
        elif event == "map_key" and not inside:
            leads = level == led + 1 and led < len(names) and value == names[led]
            led += leads
        if inside:
            yield event, value
        if event in _CLOSES:
            leads, inside = False, inside if level != inside else 0
            level -= 1
    if not found:
        raise _Refused("an array of objects", "Check that this is the whole answer or export.")


def _built(events: Iterator[Event]) -> Iterator[dict[str, Plain]]:
    """The objects that the events make, one at a time: those of an array, or the only one."""
    opened: list[Any] = []
    names: list[str] = []
    single = next(events)[0] == "start_map"
    if single:
        opened, names = [{}], [""]
    for event, value in events:
        if event == "map_key":
            names[-1] = _new(opened[-1], value)
        elif event in _CLOSES:
            if not opened:
                continue  # the array itself ends
            names.pop()
            element = opened.pop()
            if not opened:
                yield element
        else:
            part: Any = {} if event == "start_map" else [] if event == "start_array" else _leaf(value)
            if not opened and event != "start_map":
                raise _Refused("an object", "Send an array of objects, one for each.")
            if opened:
                _put(opened[-1], names[-1], part)
            if event in _OPENS:
                opened.append(part)
                names.append("")


def _new(holder: Any, name: str) -> str:
    if name in holder:
        raise _Refused("each key once in an object", "Remove the second of the two keys, or rename it.")
    return str(_leaf(name))


def _put(holder: Any, name: str, part: Any) -> None:
    if isinstance(holder, dict):
        holder[name] = part
    else:
        holder.append(part)


def _leaf(value: Any) -> Any:
    if isinstance(value, str):
        if "\0" in value:
            raise _Refused("text without the NUL character", "Remove the NUL character from the text.")
        return value
    if isinstance(value, Decimal) or (isinstance(value, int) and not -LARGEST <= value <= LARGEST):
        return str(value)
    return value
