"""What no resource says: every value of the payload that reading the resources would not give back, as answers.

So nothing is lost, whatever the resources can hold: what they say and this together are the payload, value for value.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from adapters.formats.fhir.terms import ABSENT, EMPTY, Resource, our_system

Plain = Any

_PLAIN_TEXT: Final = re.compile(r"(?=.*\S)[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+", re.DOTALL)
"""What a FHIR string may be: neither empty nor only white space, and no control characters."""
_DEEPEST: Final = 32
_SYSTEM: Final = our_system("value")
_NAMES: Final = {repr(value): code for code, value in EMPTY.items()}
_MISSING: Final = object()


def speakable(value: Plain) -> Plain:
    """The payload without the texts that no FHIR string can hold: those are answers in the remainder."""
    if isinstance(value, Mapping):
        spoken = {name: speakable(part) for name, part in value.items()}
        return {name: part for name, part in spoken.items() if part is not _MISSING}
    if isinstance(value, list):
        return [part for part in map(speakable, value) if part is not _MISSING]
    return _MISSING if isinstance(value, str) and not _PLAIN_TEXT.fullmatch(value) else value


def items(whole: Plain, said: Plain) -> list[Resource]:
    """The answers that turn what the resources say into the whole payload, in the order of the payload."""
    return list(_differences(whole, said, ""))


def put(said: Plain, answers: Sequence[Resource]) -> Plain:
    """What the resources say, with these answers in it. Raises ValueError for a pointer that leads nowhere."""
    whole = deepcopy(said)
    for item in answers:
        link, given = item.get("linkId", ""), item.get("answer")
        if not link.startswith("/") or link.count("/") > _DEEPEST or not given:
            raise ValueError("an answer without a value, or without a pointer that can be followed")
        whole = _put(whole, [_unescaped(name) for name in link.split("/")[1:]], _value(given[0]))
    return whole


def _differences(whole: Plain, said: Plain, at: str) -> Iterator[Resource]:
    if isinstance(whole, Mapping) and isinstance(said, Mapping) and whole:
        for name, part in whole.items():
            yield from _differences(part, said.get(name, _MISSING), f"{at}/{_escaped(name)}")
        for name in [name for name in said if name not in whole]:
            yield _item(f"{at}/{_escaped(name)}", _code(ABSENT))
    elif isinstance(whole, list) and isinstance(said, list) and whole:
        for place, part in enumerate(whole):
            yield from _differences(part, said[place] if place < len(said) else _MISSING, f"{at}/{place}")
        for place in reversed(range(len(whole), len(said))):
            yield _item(f"{at}/{place}", _code(ABSENT))
    elif isinstance(whole, Mapping | list) and whole:
        if said is not _MISSING:
            yield _item(at, _code(ABSENT))
        yield from _differences(whole, type(whole)(), at)
    elif type(whole) is not type(said) or whole != said:
        yield _item(at, _answer(whole))


def _answer(value: Plain) -> Resource:
    match value:
        case bool():
            return {"valueBoolean": value}
        case int() if abs(value) < 2**31:
            return {"valueInteger": value}
        case str() if _PLAIN_TEXT.fullmatch(value):
            return {"valueString": value}
        case int() | str() if value:
            data = base64.b64encode(json.dumps(value).encode()).decode()
            return {"valueAttachment": {"contentType": "application/json", "data": data}}
    return _code(_NAMES[repr(value)])


def _value(answer: Resource) -> Plain:
    for name in ("valueBoolean", "valueInteger", "valueString"):
        if name in answer:
            return answer[name]
    if "valueAttachment" in answer:
        return json.loads(base64.b64decode(answer["valueAttachment"].get("data", ""), validate=True))
    coding = answer.get("valueCoding", {})
    if coding.get("system") != _SYSTEM or coding.get("code") not in {*EMPTY, ABSENT}:
        raise ValueError("an answer of a kind that is never written")
    return _MISSING if coding["code"] == ABSENT else deepcopy(EMPTY[coding["code"]])


def _put(whole: Plain, names: list[str], value: Plain) -> Plain:
    """`whole` with the value at this pointer, or without what stands there."""
    if not names:
        return value
    name, rest = names[0], names[1:]
    listed = isinstance(whole, list) or (whole is _MISSING and name == "0")
    if listed:
        there = [] if whole is _MISSING else whole
        if not re.fullmatch(r"[0-9]{1,6}", name) or int(name) > len(there):
            raise ValueError("a pointer that leads past a list")
        place = int(name)
        part = _put(there[place] if place < len(there) else _MISSING, rest, value)
        there[place : place + 1] = [] if part is _MISSING else [part]
        return there
    found = {} if whole is _MISSING else whole
    if not isinstance(found, dict):
        raise ValueError("a pointer that leads into a value")
    part = _put(found.get(name, _MISSING), rest, value)
    found.pop(name, None) if part is _MISSING else found.update({name: part})
    return found


def _item(pointer: str, answer: Resource) -> Resource:
    return {"linkId": pointer, "answer": [answer]}


def _code(code: str) -> Resource:
    return {"valueCoding": {"system": _SYSTEM, "code": code}}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _unescaped(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")
