"""Reads one YAML file into a pydantic model, and says of every mistake in which line and column it is.

YAML is 1.2: `NO`, `on`, `12:30` and `2026-09-30` are text. A number where text is meant (`010`) is refused, because
YAML would drop its zero. Models are checked as strict JSON is: nothing is turned into something else, except text into
dates, enumerations and the like.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Generic, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from contracts.adapter import Fault
from contracts.errors import ConfigError
from gateway.config.yamltree import ALIAS, MAP, SEQUENCE, Node, Place, tree

M = TypeVar("M", bound=BaseModel)
Keys = tuple[str | int, ...]

_WHOLE: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})")  # longer numbers are codes, and codes are text
_DECIMAL: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_WORDS: Final = (
    (re.compile(r"^Value error, "), ""),
    (re.compile(r"^Input should be (an? )?(valid )?"), r"\1"),
    (re.compile(r"^String should have"), "text with"),
    (re.compile(r"^String should match"), "text that matches"),
    (re.compile(r"^(List|Tuple|Set|Dictionary) should have"), "a list or group with"),
)


class Part(BaseModel):
    """Base of every model of a configuration file: unknown names are refused, nothing is converted, nothing changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[M]):
    """One file as its model.

    path    as it was given to `load`
    text    the file as it is; digest: SHA-256 of its bytes, 64 hex digits
    values  where each value stands, by its keys and indexes; names: where each name does
    """

    path: Path
    model: M
    digest: str
    values: dict[Keys, Place] = field(repr=False)
    names: dict[Keys, Place] = field(repr=False)
    text: str = field(repr=False)

    def at(self, *keys: str | int) -> str:
        """Position "file:line:column" of the value at these keys and indexes, or of the nearest thing around it."""
        return _position(self.path, self.values, keys)

    def at_name(self, *keys: str | int) -> str:
        """Position of the name itself (`when:`) rather than of its value."""
        return _position(self.path, self.names if keys in self.names else self.values, keys)

    def fault(self, *keys: str | int, expected: str, remedy: str) -> Fault:
        """A fault at the value of these keys, for a mistake that only the reader of the model can see."""
        return Fault(position=self.at(*keys), pointer="", expected=expected, remedy=remedy)


def load(path: Path | str, model: type[M]) -> Loaded[M]:
    """Read `path` as `model`.

    Raises ConfigError with every fault: all YAML mistakes of the file or, if there are none, all of the model's.
    """
    path = Path(path)
    return _loaded(path, model, _bytes(path))


@lru_cache(maxsize=256)
def _loaded(path: Path, model: type[M], content: bytes) -> Loaded[M]:
    """Remembered by what the file holds: every council's policy begins with the same tables."""
    reading = _read(content)
    refuse(replace(fault, position=f"{path}:{fault.position}") for fault in reading.faults)
    try:
        read = model.model_validate_json(reading.text, strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        plain = json.loads(reading.text)
        refuse(_model_fault(path, reading, plain, model, detail) for detail in details)
        raise
    return Loaded(path, read, hashlib.sha256(content).hexdigest(), reading.values, reading.names, content.decode())


def plainly(path: Path | str) -> Any:
    """What a file holds, of no model. Raises ConfigError with every fault."""
    reading = _read(_bytes(Path(path)))
    refuse(replace(fault, position=f"{path}:{fault.position}") for fault in reading.faults)
    return json.loads(reading.text)


def refuse(faults: Iterable[Fault]) -> None:
    """Raise ConfigError with all of these faults, in order of their place, if there are any."""
    found = tuple(sorted(dict.fromkeys(faults), key=_in_order))
    if found:
        raise ConfigError("\n".join(map(told, found)), found)


def told(fault: Fault) -> str:
    """A fault as one line: `file:line:column: expected this. Do that.`"""
    place = f"{fault.position}: " if fault.position else ""
    return f"{place}expected {fault.expected}. {fault.remedy}".rstrip()


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The candidate most like `word`, in whatever case, or "" if none is like it."""
    by_fold = {candidate.casefold(): candidate for candidate in candidates}
    close = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[close[0]] if close else ""


def unknown(word: str, candidates: Iterable[str]) -> str:
    """The remedy for a word that is in no list: names it and the nearest right one."""
    close = nearest(word, candidates)
    return f"`{word}` is not known here; did you mean `{close}`?" if close else f"`{word}` is not known here."


def _position(path: Path, places: dict[Keys, Place], keys: Keys) -> str:
    while keys and keys not in places:
        keys = keys[:-1]
    line, column = places.get(keys, (1, 1))
    return f"{path}:{line}:{column}"


def _in_order(fault: Fault) -> tuple[str, int, int]:
    name, _, place = fault.position.partition(".yaml:")
    line, _, column = place.partition(":")
    return (name, int(line), int(column)) if line.isdigit() and column.isdigit() else (fault.position, 0, 0)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        remedy = f"It could not be read: {error.strerror}."
        refuse([Fault(str(path), "", "a YAML file", remedy)])
        raise


@lru_cache(maxsize=512)
def _read(content: bytes) -> _Reading:
    """Remembered by the bytes alone: a copy of the mappings is checked as often as they are."""
    root, reading = tree(content), _Reading()
    if isinstance(root, Fault):
        reading.faults.append(root)
    else:
        reading.text = json.dumps(reading.plain(root, ()))
    return reading


@dataclass(slots=True)
class _Reading:
    """Turns nodes into plain data, and notes places and faults on the way: `line:column`, in whichever file it is.

    text  the plain data as JSON, "" where there is none
    """

    text: str = ""
    values: dict[Keys, Place] = field(default_factory=dict)
    names: dict[Keys, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def plain(self, node: Node, keys: Keys) -> Any:
        self.values[keys] = node.place
        if node.anchored or node.kind == ALIAS:
            self._fault(node, "plain YAML without & and *", "Write the value out in each place.")
            return None
        if node.kind == MAP:
            return self._mapping(node, keys)
        if node.kind == SEQUENCE:
            return [self.plain(item, (*keys, index)) for index, item in enumerate(node.parts)]
        return self._scalar(node)

    def _mapping(self, node: Node, keys: Keys) -> dict[str, Any]:
        read: dict[str, Any] = {}
        for name, value in node.pairs():
            if name.kind != "str":
                self._fault(name, "a name that is text", "Put quotes around it.")
            elif name.text in read:
                line, _ = self.names[(*keys, name.text)]
                self._fault(name, "each name once", f"`{name.text}` is already on line {line}. Keep one.")
            else:
                self.names[(*keys, name.text)] = name.place
                read[name.text] = self.plain(value, (*keys, name.text))
                if read[name.text] is None:  # nothing written: YAML would point at whatever comes next
                    self.values[(*keys, name.text)] = name.place
        return read

    def _scalar(self, node: Node) -> str | int | float | bool | None:
        kind, text = node.kind, node.text
        if kind == "str":
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.casefold() == "true"
        if kind == "int" and _WHOLE.fullmatch(text):
            return int(text)
        if kind == "float" and _DECIMAL.fullmatch(text):
            return float(text)
        if kind in ("int", "float"):
            self._fault(node, "a plain number or text", "If it is text or a code, put quotes around it.")
        else:
            self._fault(node, "plain YAML without ! tags", "Take the tag away.")
        return None

    def _fault(self, node: Node, expected: str, remedy: str) -> None:
        line, column = node.place
        self.faults.append(Fault(f"{line}:{column}", "", expected, remedy))


def _model_fault(path: Path, reading: _Reading, plain: Any, model: type[BaseModel], detail: ErrorDetails) -> Fault:
    """One of pydantic's errors as a fault: where it is in the file, and what belongs there."""
    keys = _keys(plain, detail["loc"])
    position = _position(path, reading.values, keys)
    kind, given = detail["type"], detail["input"]
    if kind == "missing":
        return Fault(position, "", f"`{detail['loc'][-1]}` here", "Add it.")
    if kind == "extra_forbidden":
        position = _position(path, reading.names, keys)
        known = sorted({name for part in _parts(model, keys[:-1]) for name in _names(part)})
        return Fault(position, "", f"only {', '.join(known)}", unknown(str(keys[-1]), known))
    if kind in ("literal_error", "enum"):
        known = re.findall(r"'([^']*)'", str(detail["ctx"]["expected"]))
        return Fault(position, "", f"one of {', '.join(known)}", unknown(str(given), known))
    if kind == "string_type":
        if isinstance(given, dict | list):
            return Fault(position, "", "text", "Write one text here, not a list or a group.")
        remedy = "Put quotes around a number, true, false or null that is meant as text, and leave nothing empty."
        return Fault(position, "", "text", remedy)
    expected = detail["msg"]
    for pattern, words in _WORDS:
        expected = pattern.sub(words, expected)
    return Fault(position, "", expected, "")


def _keys(plain: Any, loc: tuple[str | int, ...]) -> Keys:
    """Pydantic's location without the names of union branches, which are in no file."""
    keys: list[str | int] = []
    for key in loc:
        if (isinstance(plain, dict) and key in plain) or (isinstance(plain, list) and isinstance(key, int)):
            plain = plain[key]  # type: ignore[index]  # either kind takes its own key
            keys.append(key)
    return tuple(keys)


def _parts(kind: Any, keys: Keys) -> Iterator[type[BaseModel]]:
    """The models that may stand at `keys` within a type."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if not keys:
            yield kind
        for name, info in kind.model_fields.items():
            if keys and keys[0] in (name, info.alias):
                yield from _parts(info.annotation, keys[1:])
        return
    inside = get_origin(kind) in (Union, UnionType, Annotated)
    for part in get_args(kind) if inside or keys else ():
        yield from _parts(part, keys if inside else keys[1:])


def _names(part: type[BaseModel]) -> Iterator[str]:
    return (info.alias or name for name, info in part.model_fields.items())
