"""Turns the rows of a mapping into entries that know what they fill, and says of every row that cannot fit why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from pydantic import BaseModel, Field, JsonValue

from contracts.adapter import Fault
from contracts.referral import Referral
from gateway.config.codes import CodeList
from gateway.config.targets import TRANSFORMS, NoTarget, Target, fields_of, stated_beside, value_faults
from gateway.config.yamlfile import Keys, Loaded, Part, unknown

OURS: Final = frozenset(
    {
        "schema_version",
        "council",
        "other_answers",
        "source.system",
        "source.form",
        "source.freshness",
        "source.test",
    }
)
"""What the gateway fills itself; the rest of the header (`purpose`) an answer may replace."""

_NUMBERED: Final = "#"


Required = bool | Literal["warn"]
"""Whether a record without the answer goes back to its sender, or goes on with a warning."""


class FieldRow(Part):
    """One row of a mapping: which field `to` fills, and with what."""

    to: str
    from_: str | tuple[str, ...] | None = Field(default=None, alias="from")
    as_: str | None = Field(default=None, alias="as")
    codes: str | None = None
    each: str | None = None
    fields: tuple[FieldRow, ...] = ()
    value: JsonValue = None
    required: Required = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One row, resolved: a group (with `entries`), a constant (with `value`) or an answer (with `sources`).

    to       names from the part that holds it
    path     the whole dotted path, for people: "people.first_name"
    sources  RFC 6901 pointers, relative to the element inside `each`
    stated   name of the field beside it that keeps the sender's own words for a code, or ""
    each     pointer of the list whose elements a group repeats for; None where the group stands once
    """

    to: tuple[str, ...]
    path: str
    target: Target
    sources: tuple[str, ...] = ()
    transform: str = ""
    codes: CodeList | None = None
    stated: str = ""
    value: JsonValue = None
    each: str | None = None
    entries: tuple[Entry, ...] = ()
    required: Required = False


@dataclass(slots=True)
class Resolving:
    """The rows of one file on their way to entries, with the faults found so far."""

    loaded: Loaded[Any]
    lists: Mapping[str, CodeList]
    faults: list[Fault] = field(default_factory=list)
    people: dict[str, int] = field(default_factory=dict)

    def entries(self, rows: tuple[FieldRow, ...], keys: Keys = ("fields",)) -> tuple[Entry, ...]:
        """The entries of a mapping's body."""
        return self._group(rows, keys, Referral, "", repeated=False)

    def _group(
        self, rows: tuple[FieldRow, ...], keys: Keys, part: type[BaseModel], path: str, repeated: bool
    ) -> tuple[Entry, ...]:
        found: list[Entry] = []
        for number, row in enumerate(rows):
            entry = self._entry(row, (*keys, number), part, path, repeated)
            if entry is None:
                continue
            if not (entry.target.many and entry.target.part) and any(entry.path == other.path for other in found):
                self._fault((*keys, number, "to"), "each field once", f"`{entry.path}` is filled above. Keep one.")
            found.append(entry)
        filled = {entry.to for entry in found}
        return tuple(
            replace(entry, stated="") if (*entry.to[:-1], entry.stated) in filled else entry for entry in found
        )

    def _entry(self, row: FieldRow, keys: Keys, part: type[BaseModel], path: str, repeated: bool) -> Entry | None:
        whole = f"{path}.{row.to}" if path else row.to
        target = self._target(row.to, keys, part, path)
        if target is None:
            return None
        if whole in OURS:
            self._fault((*keys, "to"), "a field that an answer fills", f"The gateway fills `{whole}` itself.")
        entry = Entry(tuple(row.to.split(".")), whole, target, required=row.required)
        if row.fields or target.part:
            return self._nested(row, keys, entry, repeated)
        if row.value is not None:
            return self._constant(row, keys, part, entry, repeated)
        return self._answer(row, keys, part, entry, repeated)

    def _target(self, to: str, keys: Keys, part: type[BaseModel], path: str) -> Target | None:
        try:
            *parents, target = fields_of(part, to)
        except NoTarget as error:
            before = f"{path}." if path else ""
            hint = f"; did you mean {before}{error.near}?" if error.near else "."
            self._fault((*keys, "to"), "a field of a referral", f"A referral has no {before}{error.path}{hint}")
            return None
        if any(parent.many for parent in parents):
            first, *rest = to.split(".")
            remedy = f"`{first}` is a list. Write `to: {first}`, and `to: {'.'.join(rest)}` in its `fields`."
            self._fault((*keys, "to"), "a field outside a list", remedy)
            return None
        return target

    def _nested(self, row: FieldRow, keys: Keys, entry: Entry, repeated: bool) -> Entry | None:
        part = entry.target.part
        if part is None or not row.fields or not entry.target.many:
            wanted = "a list of the referral with `fields`, or one field without"
            field = f"{row.to}.…" if part and not entry.target.many else row.to
            remedy = "Say what fills each of its fields." if entry.target.many and part else f"Write `to: {field}`."
            self._fault((*keys, "to"), wanted, remedy)
            return None
        self._refuse_words(row, keys, ("from_", "codes", "value"), "a group of fields")
        self._pointer(row.each, (*keys, "each"), repeated)
        if row.as_ is not None and (row.each is None or not _splits(row.as_)):
            self._fault((*keys, "as"), "a transform that splits what `each` names", "Take `as` away.")
        entries = self._group(row.fields, (*keys, "fields"), part, entry.path, repeated or row.each is not None)
        if not any(_has_source(inner) for inner in entries):
            self._fault((*keys, "to"), "something from the source in each group", "A group of constants is left out.")
        self._require(part, entries, keys, entry.path)
        return replace(entry, each=row.each, transform=row.as_ or "", entries=entries)

    def _constant(self, row: FieldRow, keys: Keys, part: type[BaseModel], entry: Entry, repeated: bool) -> Entry | None:
        self._refuse_words(row, keys, ("from_", "as_", "codes", "each"), "a constant")
        value = row.value
        if entry.target.kind == "ref" and isinstance(value, str):
            self._person(value, keys, entry, repeated)
            value = value.replace(_NUMBERED, "1")
        if wanted := value_faults(part, row.to, value):
            self._fault((*keys, "value"), f"a value that `{entry.path}` takes", f"{wanted}.")
            return None
        return replace(entry, value=row.value)

    def _person(self, value: str, keys: Keys, entry: Entry, repeated: bool) -> None:
        if _NUMBERED in value and not repeated:
            self._fault((*keys, "value"), "`#` only inside `each`", "There is no number to put in its place.")
        if entry.path != "people.id":
            return
        if repeated and _NUMBERED not in value:
            self._fault((*keys, "value"), "a name for each person", f"Write `{value}-#`: `#` becomes 1, 2 and so on.")
        if value in self.people:
            self._fault((*keys, "value"), "each person's name once", f"`{value}` is already the name of another.")
        self.people[value] = 1

    def _answer(self, row: FieldRow, keys: Keys, part: type[BaseModel], entry: Entry, repeated: bool) -> Entry | None:
        if row.from_ is None:
            self._fault((*keys, "to"), "`from` or `value` with each field", f"Say what fills `{entry.path}`.")
            return None
        self._refuse_words(row, keys, ("each",), "one field")
        sources = (row.from_,) if isinstance(row.from_, str) else row.from_
        for number, source in enumerate(sources):
            self._pointer(source, (*keys, "from") if isinstance(row.from_, str) else (*keys, "from", number), repeated)
        if len(sources) != 1 and not entry.target.many and row.as_ != "lines":
            self._fault((*keys, "from"), "one pointer", "Several answers fill one field only with `as: lines`.")
        codes = self.lists.get(row.codes) if row.codes is not None else None
        if row.codes is not None and codes is None:
            self._fault((*keys, "codes"), "a list of `mappings/codes/`", unknown(row.codes, self.lists))
        elif row.as_ is not None and row.as_ not in TRANSFORMS:
            self._fault((*keys, "as"), f"one of {', '.join(TRANSFORMS)}", unknown(row.as_, TRANSFORMS))
        else:
            self._fit(row, keys, entry, codes)
        stated = stated_beside(_holder(part, entry.to), entry.to[-1]) if codes else ""
        return replace(entry, sources=sources, transform=row.as_ or "", codes=codes, stated=stated)

    def _fit(self, row: FieldRow, keys: Keys, entry: Entry, codes: CodeList | None) -> None:
        """What the transform and the code list give has to be what the field takes."""
        target, transform = entry.target, TRANSFORMS[row.as_] if row.as_ else None
        if transform and transform.many and not target.many:
            self._fault((*keys, "as"), "a field that is a list", f"`{entry.path}` takes one answer.")
        if codes:
            self._codes_fit(keys, entry, codes)
        elif target.kind == "ref":
            self._fault((*keys, "from"), "`value` with the name of a person", "A source's own ids stay in the source.")
        elif target.kind in ("code", "choice"):
            self._fault((*keys, "from"), "`codes` beside `from`", f"`{entry.path}` takes codes. Name their list.")
        elif (transform.gives if transform else "text") != target.kind:
            able = [name for name, known in TRANSFORMS.items() if known.gives == target.kind]
            expected = f"`as: {', '.join(able)}`" if target.kind != "text" else "a transform that gives text, or none"
            place = "as" if transform else "from"
            self._fault((*keys, place), expected, f"`{entry.path}` takes a {target.kind.replace('_', ' ')}.")

    def _codes_fit(self, keys: Keys, entry: Entry, codes: CodeList) -> None:
        allowed = ("true", "false") if entry.target.kind == "yes_no" else entry.target.choices
        if entry.target.kind not in ("code", "choice", "yes_no"):
            self._fault((*keys, "codes"), "a field that takes codes", f"`{entry.path}` is no coded field.")
        elif allowed and (strange := [code for code in codes.labels if code not in allowed]):
            remedy = f"`{codes.name}` also has {', '.join(strange)}, which `{entry.path}` does not take."
            self._fault((*keys, "codes"), f"a list within {', '.join(allowed)}", remedy)

    def _require(self, part: type[BaseModel], entries: tuple[Entry, ...], keys: Keys, path: str) -> None:
        filled = {entry.to[0] for entry in entries}
        for name, info in part.model_fields.items():
            if info.is_required() and name not in filled:
                self._fault((*keys, "to"), f"`{path}.{name}` in its fields", f"Each of `{path}` needs it.")

    def _pointer(self, pointer: str | None, keys: Keys, repeated: bool) -> None:
        if pointer is not None and not pointer.startswith("/") and not (repeated and pointer == ""):
            remedy = 'Begin it with "/"; a "/" inside a name is written ~1, and a "~" ~0.'
            self._fault(keys, "a pointer such as /answers/name", remedy)

    def _refuse_words(self, row: FieldRow, keys: Keys, words: tuple[str, ...], what: str) -> None:
        for word in words:
            if getattr(row, word) is not None:
                name = word.rstrip("_")
                self._fault((*keys, name), f"no `{name}` with {what}", "Take it away, or make it a row of its own.")

    def _fault(self, keys: Keys, expected: str, remedy: str) -> None:
        self.faults.append(self.loaded.fault(*keys, expected=expected, remedy=remedy))


def answers_of(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    """Every entry that takes an answer, however deep."""
    for entry in entries:
        if entry.sources:
            yield entry
        yield from answers_of(entry.entries)


def _has_source(entry: Entry) -> bool:
    return next(answers_of((entry,)), None) is not None


def _splits(transform: str) -> bool:
    return transform in TRANSFORMS and TRANSFORMS[transform].many


def _holder(part: type[BaseModel], to: tuple[str, ...]) -> type[BaseModel]:
    return (fields_of(part, ".".join(to[:-1]))[-1].part or part) if len(to) > 1 else part
