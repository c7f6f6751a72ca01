"""What a row of a mapping that fills one field does to one record.

A row is bound to a place first: the pointer it starts from, the pointer of the part it fills, and the number of the
element inside `each`. So what a place is called is worked out once and not for each record. The step that comes of it
gets the run and the part, and returns whether the source filled anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from contracts.adapter import Fault, LedgerLine, LedgerState
from contracts.identifiers import CHECKS
from gateway.config import targets
from gateway.config.codes import CodeList
from gateway.config.entries import Entry
from gateway.path.transforms import DATED, TRANSFORMS, excel_counted

_LINE: Final = 500
_SHORT: Final = 8
"""Values of a code list that are told to whoever wrote another one."""

EXCELS_DAY: Final = (
    "This is how Excel counts days. Format the column as a date, so that it shows as 14/03/2015, and save it again. "
    "It is kept as written, among the other answers."
)
"""What to do about a date that came as Excel's number. Which day it is stays unsaid: it may be a birthday."""

_KEPT: Final = 12
"""Elements of a list whose steps are kept for the next record; longer lists are rare, and memory must not grow."""


@dataclass(slots=True)
class Run:
    """One record on its way through a mapping.

    said    the leaves that say something, as text without the white space around it
    ledger  what became of each leaf so far
    kept    pointers whose original travels as an other answer, because a row could not read all of it
    refs    where the mapping names a person: the part, the field, the name or names
    """

    said: Mapping[str, str]
    counts: Mapping[str, int]
    position: str
    ledger: dict[str, LedgerLine] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    refs: list[tuple[dict[str, Any], str, Any]] = field(default_factory=list)

    def note(self, line: LedgerLine) -> None:
        """One leaf went somewhere. A leaf that goes to two places has both in its one line."""
        before = self.ledger.setdefault(line.source, line)
        if before is not line and line.to != before.to:
            state = "translated" if line.state == "translated" else before.state
            self.ledger[line.source] = LedgerLine(line.source, state, f"{before.to}, {line.to}")

    def missing(self, pointer: str, entry: Entry) -> None:
        """The mapping requires this, or asks to be warned, and the record does not say it."""
        kind: Literal["missing", "advised"] = "advised" if entry.required == "warn" else "missing"
        expected = f"an answer, for {entry.path}"
        self.faults.append(Fault(self.position, pointer, expected, "Ask the sender to complete it.", kind))

    def unread(self, pointer: str, entry: Entry, read: _Reader) -> None:
        """The leaf says something that the row cannot read: the original stays, and somebody is told."""
        remedy = EXCELS_DAY if read.dated and excel_counted(self.said.get(pointer, "")) else read.remedy
        self.faults.append(Fault(self.position, pointer, read.expected, remedy, read.kind))


Step = Callable[[Run, dict[str, Any]], bool]
Row = Callable[[str, str, int], Step]
"""Prefix of the source's pointers, pointer of the part that is filled, number of the element inside `each`."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """How a row reads one text, and what it says when it cannot."""

    read: Callable[[str], Any]
    expected: str
    remedy: str
    kind: Any
    state: LedgerState
    dated: bool = False


def row_of(entry: Entry) -> Row:
    """One row that fills one field: with a constant, with an answer, or with several."""
    if not entry.sources:
        return _constant(entry)
    if entry.target.many or len(entry.sources) > 1 or entry.transform == "lines":
        return _several(entry)
    return _translated(entry) if entry.codes or entry.transform else _copied(entry)


def _constant(entry: Entry) -> Row:
    *parents, name = entry.to
    refers = entry.target.kind == "ref" and entry.path != "people.id"

    def bound(prefix: str, at: str, number: int) -> Step:
        value = entry.value
        if entry.target.kind == "ref" and isinstance(value, str):
            value = value.replace("#", str(number))

        def step(run: Run, part: dict[str, Any]) -> bool:
            holder = inside(part, parents) if parents else part
            holder[name] = value
            if refers:
                run.refs.append((holder, name, value))
            return False

        return step

    return bound


def _copied(entry: Entry) -> Row:
    *parents, name = entry.to
    to, required = "/" + "/".join(entry.to), bool(entry.required)

    def bound(prefix: str, at: str, number: int) -> Step:
        pointer = prefix + entry.sources[0]
        line = LedgerLine(pointer, "mapped", at + to)

        def step(run: Run, part: dict[str, Any]) -> bool:
            text = run.said.get(pointer)
            if text is None:
                if required:
                    run.missing(pointer, entry)
                return False
            (inside(part, parents) if parents else part)[name] = text
            run.note(line)
            return True

        return step

    return bound


def _translated(entry: Entry) -> Row:
    *parents, name = entry.to
    stated, reader, check = entry.stated, _reader(entry), CHECKS.get(entry.transform)
    field_of, beside = "/" + "/".join(entry.to), "/" + "/".join([*parents, entry.stated])
    reads = reader.read

    def bound(prefix: str, at: str, number: int) -> Step:
        pointer = prefix + entry.sources[0]
        line, as_stated = LedgerLine(pointer, reader.state, at + field_of), LedgerLine(pointer, "mapped", at + beside)

        def step(run: Run, part: dict[str, Any]) -> bool:
            text = run.said.get(pointer)
            if text is None:
                if entry.required:
                    run.missing(pointer, entry)
                return False
            read = reads(text)
            keeps = stated and len(text) <= _LINE
            if keeps:
                inside(part, parents)[stated] = text
            if check is not None and (doubt := check(text)) is not None:
                run.faults.append(doubt.fault(run.position, pointer))
            if read is not None:
                (inside(part, parents) if parents else part)[name] = read
                run.note(line)
                return True
            run.unread(pointer, entry, reader)
            if keeps:
                run.note(as_stated)
                return True
            run.kept.add(pointer)
            return False

        return step

    return bound


def _several(entry: Entry) -> Row:
    """Several answers, or one that is a list, into a field that is a list; or joined into one text by `lines`."""
    *parents, name = entry.to
    to, reader, joins = "/" + "/".join(entry.to), _reader(entry), entry.transform == "lines"
    split = splitting(entry)

    def bound(prefix: str, at: str, number: int) -> Step:
        sources = [prefix + source for source in entry.sources]

        def step(run: Run, part: dict[str, Any]) -> bool:
            found: list[Any] = []
            for pointer in _pointers(run, sources):
                text = run.said.get(pointer)
                if text is None:
                    continue
                read = [reader.read(piece) for piece in (split(text) if split else (text,))]
                found += (piece for piece in read if piece is not None)
                if None in read:
                    run.unread(pointer, entry, reader)
                    run.kept.add(pointer)
                if any(piece is not None for piece in read):
                    run.note(LedgerLine(pointer, reader.state, at + to))
            if found:
                inside(part, parents)[name] = "\n".join(found) if joins else found
            elif entry.required:
                run.missing(sources[0], entry)
            return bool(found)

        return step

    return bound


def _pointers(run: Run, sources: list[str]) -> list[str]:
    """The leaves that a row names: each itself, or the items of the list it names."""
    if run.counts.keys().isdisjoint(sources):
        return sources
    found: list[str] = []
    for source in sources:
        count = run.counts.get(source)
        found += [source] if count is None else [f"{source}/{index}" for index in range(count)]
    return found


def splitting(entry: Entry) -> Callable[[str], list[str]] | None:
    """What takes an answer apart, where the row's transform does."""
    splits = bool(entry.transform) and targets.TRANSFORMS[entry.transform].many
    return cast("Callable[[str], list[str]]", TRANSFORMS[entry.transform]) if splits else None


def _reader(entry: Entry) -> _Reader:
    transform = TRANSFORMS[entry.transform] if entry.transform else None
    one = None if splitting(entry) else transform
    state: LedgerState = "mapped" if entry.codes is None and entry.transform in ("", *CHECKS) else "translated"
    if entry.codes is not None:
        codes = entry.codes
        remedy = f"It is kept as written. {_listed(codes)}"
        return _Reader(_coded(entry, codes, one), f"a value of the list {codes.name}", remedy, "unknown_code", state)
    expected = targets.TRANSFORMS[entry.transform].reads if entry.transform else "text"
    kind = "unknown_code" if entry.target.kind == "yes_no" else "doubtful"
    remedy = "It is kept as written, among the other answers. Write it in that way."
    return _Reader(one or (lambda text: text), expected, remedy, kind, state, dated=entry.transform in DATED)


def _listed(codes: CodeList) -> str:
    """What whoever wrote it may write instead: the list where it is short, else whom to ask."""
    if len(codes.labels) <= _SHORT:
        return f"Write one of these: {'; '.join(codes.labels.values())}."
    return "Write it as the council lists it, or ask the council to add this wording."


def _coded(entry: Entry, codes: CodeList, first: Callable[[str], Any] | None) -> Callable[[str], Any]:
    yes_no = entry.target.kind == "yes_no"

    def read(text: str) -> Any:
        shaped = text if first is None else first(text)
        code = None if shaped is None else codes.code_of(str(shaped))
        return code if code is None or not yes_no else code == "true"

    return read


def inside(part: dict[str, Any], parents: Sequence[str]) -> dict[str, Any]:
    """The part that those names lead to, made where it is not there yet."""
    for parent in parents:
        part = part.setdefault(parent, {})
    return part
