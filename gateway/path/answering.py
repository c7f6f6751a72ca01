"""What each row of a mapping does to one record: the steps that a compiled mapping takes, in order.

A step gets the run, the pointer it starts from, the part it fills with that part's own pointer in the referral, and the
number of the element inside `each`. It returns whether the source filled anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from contracts.adapter import Fault, Leaf, LedgerState
from contracts.identifiers import CHECKS
from gateway.config import targets
from gateway.config.codes import CodeList
from gateway.config.entries import Entry
from gateway.path.leaves import spoken
from gateway.path.transforms import TRANSFORMS

NO_ANSWER: Final = "no answer was given"

_LINE: Final = 500


@dataclass(slots=True)
class Run:
    """One record on its way through a mapping.

    ledger  what became of each leaf so far: state, where to, why
    kept    pointers whose original travels as an other answer, because a row could not read all of it
    refs    where the mapping names a person: the part, the field, the name or names
    """

    leaves: Mapping[str, Leaf]
    counts: Mapping[str, int]
    position: str
    ledger: dict[str, tuple[LedgerState, str, str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    refs: list[tuple[dict[str, Any], str, Any]] = field(default_factory=list)

    def note(self, pointer: str, state: LedgerState, to: str) -> None:
        """One leaf went to `to`. A leaf that goes to two places has both in its one line."""
        before = self.ledger.get(pointer)
        if before is None:
            self.ledger[pointer] = (state, to, "")
        elif to != before[1]:
            worked = "translated" if "translated" in (state, before[0]) else before[0]
            self.ledger[pointer] = (worked, f"{before[1]}, {to}", "")

    def missing(self, pointer: str, entry: Entry) -> None:
        """The mapping requires this, or asks to be warned, and the record does not say it."""
        kind: Literal["missing", "advised"] = "advised" if entry.required == "warn" else "missing"
        expected = f"an answer, for {entry.path}"
        self.faults.append(Fault(self.position, pointer, expected, "Ask the sender to complete it.", kind))

    def unread(self, pointer: str, entry: Entry, read: _Reader) -> None:
        """The leaf says something that the row cannot read: the original stays, and somebody is told."""
        self.faults.append(Fault(self.position, pointer, read.expected, read.remedy, read.kind))


Step = Callable[[Run, str, dict[str, Any], str, int], bool]


@dataclass(frozen=True, slots=True)
class _Reader:
    """How a row reads one text, and what it says when it cannot."""

    read: Callable[[str], Any]
    expected: str
    remedy: str
    kind: Any
    state: LedgerState


def step_of(entry: Entry) -> Step:
    """The step for one row."""
    if entry.entries:
        return _group(entry) if entry.each is None else _repeated(entry)
    if not entry.sources:
        return _constant(entry)
    if entry.target.many or len(entry.sources) > 1 or entry.transform == "lines":
        return _several(entry)
    return _translated(entry) if entry.codes or entry.transform else _copied(entry)


def _constant(entry: Entry) -> Step:
    *parents, name = entry.to
    value, refers = entry.value, entry.target.kind == "ref" and entry.path != "people.id"
    numbered = entry.target.kind == "ref" and "#" in str(value)

    def step(run: Run, prefix: str, part: dict[str, Any], at: str, number: int) -> bool:
        holder = _inside(part, parents)
        holder[name] = str(value).replace("#", str(number)) if numbered and isinstance(value, str) else value
        if refers:
            run.refs.append((holder, name, holder[name]))
        return False

    return step


def _copied(entry: Entry) -> Step:
    *parents, name = entry.to
    source, to = entry.sources[0], "/" + "/".join(entry.to)

    def step(run: Run, prefix: str, part: dict[str, Any], at: str, number: int) -> bool:
        pointer = prefix + source
        leaf = run.leaves.get(pointer)
        if leaf is None or not (text := spoken(leaf)):
            if entry.required:
                run.missing(pointer, entry)
            return False
        (_inside(part, parents) if parents else part)[name] = text
        run.note(pointer, "mapped", at + to)
        return True

    return step


def _translated(entry: Entry) -> Step:
    *parents, name = entry.to
    source, stated, reader = entry.sources[0], entry.stated, _reader(entry)
    field_of = "/" + "/".join(entry.to)
    beside = "/" + "/".join([*parents, stated])
    check = CHECKS.get(entry.transform)

    def step(run: Run, prefix: str, part: dict[str, Any], at: str, number: int) -> bool:
        pointer = prefix + source
        leaf = run.leaves.get(pointer)
        if leaf is None or not (text := spoken(leaf)):
            if entry.required:
                run.missing(pointer, entry)
            return False
        read = reader.read(text)
        keeps = stated and len(text) <= _LINE
        if keeps:
            _inside(part, parents)[stated] = text
        if check is not None and (doubt := check(text)) is not None:
            run.faults.append(doubt.fault(run.position, pointer))
        if read is None:
            run.unread(pointer, entry, reader)
            if keeps:
                run.note(pointer, "mapped", at + beside)
                return True
            run.kept.add(pointer)
            return False
        (_inside(part, parents) if parents else part)[name] = read
        run.note(pointer, reader.state, at + field_of)
        return True

    return step


def _several(entry: Entry) -> Step:
    """Several answers, or one that is a list, into a field that is a list; or joined into one text by `lines`."""
    *parents, name = entry.to
    to, reader, joins = "/" + "/".join(entry.to), _reader(entry), entry.transform == "lines"
    splits = bool(entry.transform) and targets.TRANSFORMS[entry.transform].many

    def step(run: Run, prefix: str, part: dict[str, Any], at: str, number: int) -> bool:
        found: list[Any] = []
        for pointer in _pointers(run, prefix, entry):
            text = spoken(run.leaves.get(pointer))
            if not text:
                continue
            pieces = TRANSFORMS[entry.transform](text) if splits else [text]
            read = [reader.read(str(piece)) for piece in pieces]  # type: ignore[union-attr]  # splitting gives a list
            found += (piece for piece in read if piece is not None)
            if None in read:
                run.unread(pointer, entry, reader)
                run.kept.add(pointer)
            if any(piece is not None for piece in read):
                run.note(pointer, reader.state, at + to)
        if found:
            _inside(part, parents)[name] = "\n".join(found) if joins else found
        elif entry.required:
            run.missing(prefix + entry.sources[0], entry)
        return bool(found)

    return step


def _pointers(run: Run, prefix: str, entry: Entry) -> list[str]:
    """The leaves that a row names: each itself, or the items of the list it names."""
    found: list[str] = []
    for source in entry.sources:
        pointer = prefix + source
        count = run.counts.get(pointer)
        found += [pointer] if count is None else [f"{pointer}/{index}" for index in range(count)]
    return [pointer for pointer in found if pointer in run.leaves]


def _group(entry: Entry) -> Step:
    """One more item of a list, unless the source has nothing for it."""
    *parents, name = entry.to
    to, steps, limit = "/" + "/".join(entry.to), tuple(map(step_of, entry.entries)), entry.target.limit
    first = entry.entries[0].sources[0] if entry.entries[0].sources else ""

    def step(run: Run, prefix: str, part: dict[str, Any], at: str, number: int) -> bool:
        items = part
        for parent in parents:
            items = items.get(parent, {})
        index = len(items.get(name, ()))
        if limit and index >= limit:
            run.faults.append(_too_many(run.position, prefix, entry))
            return False
        item: dict[str, Any] = {}
        before = len(run.faults)
        filled = False
        for inner in steps:
            filled = inner(run, prefix, item, f"{at}{to}/{index}", number) or filled
        if filled:
            _inside(part, parents).setdefault(name, []).append(item)
            return True
        run.faults[before:] = [fault for fault in run.faults[before:] if fault.kind not in ("missing", "advised")]
        if entry.required:
            run.missing(prefix + first, entry)
        return False

    return step


def _repeated(entry: Entry) -> Step:
    """One item for each element of a list of the source; a single answer counts as a list of one, or is split."""
    group = _group(entry)
    each, split = entry.each or "", TRANSFORMS[entry.transform] if entry.transform else None

    def step(run: Run, prefix: str, part: dict[str, Any], at: str, number: int) -> bool:
        pointer = prefix + each
        count = run.counts.get(pointer)
        filled = False
        if count is not None:
            for index in range(count):
                filled = group(run, f"{pointer}/{index}", part, at, index + 1) or filled
            return filled
        text = spoken(run.leaves.get(pointer))
        if not text:
            return False
        whole = run.leaves
        for index, piece in enumerate(split(text) if split else [text], start=1):  # type: ignore[arg-type]  # a list
            run.leaves = {pointer: str(piece)}  # inside, the item stands where the whole answer stood
            filled = group(run, pointer, part, at, index) or filled
        run.leaves = whole
        return filled

    return step


def _too_many(position: str, pointer: str, entry: Entry) -> Fault:
    expected = f"at most {entry.target.limit} in {entry.path}"
    remedy = "The rest is kept as other answers. Send one referral for each family."
    return Fault(position, pointer, expected, remedy, "doubtful")


def _reader(entry: Entry) -> _Reader:
    transform = TRANSFORMS[entry.transform] if entry.transform else None
    splits = bool(entry.transform) and targets.TRANSFORMS[entry.transform].many
    one = None if splits else transform
    state: LedgerState = "mapped" if entry.codes is None and entry.transform in ("", *CHECKS) else "translated"
    if entry.codes is not None:
        codes = entry.codes
        remedy = f"It is kept as written. Use a listed value, or add this one to mappings/codes/{codes.name}.yaml."
        return _Reader(_coded(entry, codes, one), f"a value of the list {codes.name}", remedy, "unknown_code", state)
    expected = targets.TRANSFORMS[entry.transform].reads if entry.transform else "text"
    kind = "unknown_code" if entry.target.kind == "yes_no" else "doubtful"
    remedy = f"It is kept as written, among the other answers. Give {entry.path} in that way."
    return _Reader(one or (lambda text: text), expected, remedy, kind, state)


def _coded(entry: Entry, codes: CodeList, first: Callable[[str], Any] | None) -> Callable[[str], Any]:
    yes_no = entry.target.kind == "yes_no"

    def read(text: str) -> Any:
        shaped = text if first is None else first(text)
        code = None if shaped is None else codes.code_of(str(shaped))
        return code if code is None or not yes_no else code == "true"

    return read


def _inside(part: dict[str, Any], parents: list[str]) -> dict[str, Any]:
    for parent in parents:
        part = part.setdefault(parent, {})
    return part
