"""What a mapping may fill: the fields of a referral, what each takes, and which transforms give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from contracts.identifiers import CHECKS
from contracts.model import Code, Ref
from gateway.config.yamlfile import nearest

Kind = Literal["text", "code", "ref", "choice", "date", "datetime", "yes_no", "whole_number", "part"]


@dataclass(frozen=True, slots=True)
class Transform:
    """What a transform gives, and what it reads, as a noun phrase. Its function is in `path/transforms.py`."""

    gives: Kind
    reads: str
    many: bool = False


TRANSFORMS: Final[Mapping[str, Transform]] = {
    "uk_date": Transform("date", "a date such as 14/03/2015"),
    "iso_date": Transform("date", "a date such as 2015-03-14"),
    "uk_or_iso_date": Transform("date", "a date such as 14/03/2015 or 2015-03-14"),
    "date_of_datetime": Transform("date", "a date and time such as 2015-03-14T09:30:00"),
    "written_date": Transform("date", "a date such as 14/03/2015, 14 March 2015 or 2015-Mar-14"),
    "iso_datetime": Transform("datetime", "a date and time such as 2015-03-14T09:30:00Z"),
    "yes_no": Transform("yes_no", "yes or no"),
    "whole_number": Transform("whole_number", "a whole number such as 12"),
    "count": Transform("whole_number", "a count such as 12 or 12.0"),
    "upper": Transform("text", "text"),
    "lines": Transform("text", "text"),
    "split_lines": Transform("text", "text, one item a line", many=True),
    "split_semicolon": Transform("text", "text with semicolons between items", many=True),
    **{name: Transform("text", "text") for name in CHECKS},
}
"""The closed list that `as:` may name. The names of identifiers carry text as it is, and doubt what fails its check."""


@dataclass(frozen=True, slots=True)
class Target:
    """What one field of the referral takes.

    many     it is a list
    part     the model inside, for the kind `part`
    choices  the values of a closed list, for the kind `choice`
    limit    how many a list may hold, 0 for any number
    longest  characters of one text, 0 for what is no text
    flag     yes or no, and no where nobody says
    """

    kind: Kind
    many: bool = False
    part: type[BaseModel] | None = None
    choices: tuple[str, ...] = ()
    limit: int = 0
    longest: int = 0
    flag: bool = False


class NoTarget(Exception):
    """The path leads nowhere; `near` is the nearest path that leads somewhere, or ""."""

    def __init__(self, path: str, near: str) -> None:
        super().__init__(path)
        self.path, self.near = path, near


def fields_of(part: type[BaseModel], path: str) -> tuple[Target, ...]:
    """The targets along a dotted path, the last of which is the one meant. Raises NoTarget."""
    found: list[Target] = []
    model: type[BaseModel] | None = part
    names = path.split(".")
    for number, name in enumerate(names):
        if model is None or name not in model.model_fields:
            known = model.model_fields if model else ()
            near = nearest(name, known)
            raise NoTarget(path, ".".join([*names[:number], near, *names[number + 1 :]]) if near else "")
        found.append(_target(model.model_fields[name]))
        model = found[-1].part
    return tuple(found)


def value_faults(part: type[BaseModel], path: str, value: object) -> str:
    """Why `value` cannot stand at `path`, as a noun phrase of what could, or "" if it can."""
    *parents, name = path.split(".")
    model = fields_of(part, ".".join(parents))[-1].part if parents else part
    if model is None:
        return "a field"
    info = model.model_fields[name]
    field: Any = Annotated[info.annotation, info]
    adapter: TypeAdapter[Any] = TypeAdapter(field)
    try:
        adapter.validate_json(TypeAdapter(Any).dump_json(value), strict=True)
    except ValidationError as error:
        return str(error.errors(include_url=False, include_input=False)[0]["msg"])
    return ""


def stated_beside(part: type[BaseModel], name: str) -> str:
    """The field that keeps the sender's own words for the code in `name`, or "" if there is none."""
    shared = {"code": "as_stated", "kind": "as_stated", "level": "as_stated", "status": "as_stated"}
    for candidate in (f"{name}_as_stated", shared.get(name, ""), "council_label" if name == "canonical" else ""):
        if candidate in part.model_fields:
            return candidate
    return ""


def _target(info: FieldInfo) -> Target:
    kinds = list(_unwrapped(info.annotation, tuple(info.metadata)))
    inner, metadata = kinds[0]
    if get_origin(inner) is tuple:
        limits = [item.max_length for item in metadata if getattr(item, "max_length", None)]
        return _scalar(*next(_unwrapped(get_args(inner)[0], ())), many=True, limit=limits[0] if limits else 0)
    found = _scalar(inner, metadata)
    return replace(found, flag=True) if found.kind == "yes_no" and info.default is False else found


def _scalar(inner: Any, metadata: tuple[Any, ...], many: bool = False, limit: int = 0) -> Target:
    if get_origin(inner) is Literal:
        return Target("choice", many, choices=tuple(map(str, get_args(inner))), limit=limit)
    if issubclass(inner, BaseModel):
        return Target("part", many, part=inner, limit=limit)
    if issubclass(inner, StrEnum):
        return Target("choice", many, choices=tuple(member.value for member in inner), limit=limit)
    plain: dict[type, Kind] = {date: "date", datetime: "datetime", bool: "yes_no", int: "whole_number"}
    if inner in plain:
        return Target(plain[inner], many, limit=limit)
    longest = next((item.max_length for item in metadata if getattr(item, "max_length", None)), 0)
    return Target(_PATTERNS.get(_pattern(metadata), "text"), many, limit=limit, longest=longest)


def _unwrapped(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The types of an annotation without `Annotated` and `| None`, with what was noted on them."""
    if get_origin(annotation) is Annotated:
        inner, *notes = get_args(annotation)
        noted = [item for note in notes for item in (note.metadata if isinstance(note, FieldInfo) else [note])]
        yield from _unwrapped(inner, (*metadata, *noted))
    elif get_origin(annotation) in (Union, UnionType):
        for member in get_args(annotation):
            if member is not type(None):
                yield from _unwrapped(member, metadata)
    else:
        yield annotation, metadata


def _pattern(metadata: tuple[Any, ...]) -> str:
    return next((str(item.pattern) for item in metadata if getattr(item, "pattern", None)), "")


_PATTERNS: Final[Mapping[str, Kind]] = {
    _pattern(next(_unwrapped(Code, ()))[1]): "code",
    _pattern(next(_unwrapped(Ref, ()))[1]): "ref",
}
