"""What a row of a mapping that fills a list of parts does to one record: an item, or one for each element of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from contracts.adapter import Fault
from gateway.config.entries import Entry
from gateway.path.answering import Row, Run, Step, inside, row_of, splitting

_KEPT: Final = 12
"""Elements of a list whose steps are kept for the next record; longer lists are rare, and memory must not grow."""


def step_of(entry: Entry) -> Step:
    """The step for one row that stands by itself."""
    return _row(entry)("", "", 0)


def _row(entry: Entry) -> Row:
    if not entry.entries:
        return row_of(entry)
    return _group(entry) if entry.each is None else _repeated(entry)


def _group(entry: Entry) -> Row:
    """One more item of a list, unless the source has nothing for it."""
    *parents, name = entry.to
    limit = entry.target.limit
    first = entry.entries[0].sources[0] if entry.entries[0].sources else ""
    wanted, steps_of = tuple(dict.fromkeys(_wanted(entry))), _bound_to_each(entry)

    def bound(prefix: str, at: str, number: int) -> Step:
        pointers = frozenset(prefix + pointer for pointer in wanted)
        steps = steps_of(prefix, at, number)

        def step(run: Run, part: dict[str, Any]) -> bool:
            items = part
            for parent in parents:
                items = items.get(parent, {})
            index = len(items.get(name, ()))
            if limit and index >= limit:
                run.faults.append(_too_many(run.position, prefix, entry))
                return False
            # Most groups of a long form are empty, which is quickly seen.
            if not (run.said.keys().isdisjoint(pointers) and run.counts.keys().isdisjoint(pointers)):
                item = _filled(run, steps(index))
                if item is not None:
                    inside(part, parents).setdefault(name, []).append(item)
                    return True
            if entry.required:
                run.missing(prefix + first, entry)
            return False

        return step

    return bound


def _wanted(entry: Entry) -> Iterator[str]:
    """Every pointer under which a group may find something, from the element it stands in."""
    for inner in entry.entries:
        if inner.each is not None:
            yield inner.each
        else:
            yield from inner.sources
            yield from _wanted(inner)


def _bound_to_each(entry: Entry) -> Callable[[str, str, int], Callable[[int], tuple[Step, ...]]]:
    """The steps of a group's rows, by the place of the group and by the index of the item that they fill."""
    rows, to = tuple(map(_row, entry.entries)), "/" + "/".join(entry.to)

    def bound(prefix: str, at: str, number: int) -> Callable[[int], tuple[Step, ...]]:
        ready: dict[int, tuple[Step, ...]] = {}

        def steps(index: int) -> tuple[Step, ...]:
            found = ready.get(index)
            if found is None:
                found = tuple(row(prefix, f"{at}{to}/{index}", number) for row in rows)
                if index < _KEPT:
                    ready[index] = found
            return found

        return steps

    return bound


def _filled(run: Run, steps: tuple[Step, ...]) -> dict[str, Any] | None:
    """The item that the steps fill, or None; then nobody misses anything in it."""
    item: dict[str, Any] = {}
    before, filled = len(run.faults), False
    for step in steps:
        filled = step(run, item) or filled
    if filled:
        return item
    run.faults[before:] = [fault for fault in run.faults[before:] if fault.kind not in ("missing", "advised")]
    return None


def _repeated(entry: Entry) -> Row:
    """One item for each element of a list of the source; a single answer counts as a list of one, or is split."""
    row, split = _group(entry), splitting(entry)

    def bound(prefix: str, at: str, number: int) -> Step:
        pointer = prefix + (entry.each or "")
        ready: dict[tuple[str, int], Step] = {}

        def group(element: str, index: int) -> Step:
            found = ready.get((element, index))
            if found is None:
                found = row(element, at, index)
                if index <= _KEPT:
                    ready[element, index] = found
            return found

        def step(run: Run, part: dict[str, Any]) -> bool:
            count = run.counts.get(pointer)
            filled = False
            if count is not None:
                for index in range(count):
                    filled = group(f"{pointer}/{index}", index + 1)(run, part) or filled
                return filled
            text = run.said.get(pointer)
            if text is None:
                return False
            whole = run.said
            for index, piece in enumerate(split(text) if split else (text,), start=1):
                run.said = {pointer: piece}  # inside, the item stands where the whole answer stood
                filled = group(pointer, index)(run, part) or filled
            run.said = whole
            return filled

        return step

    return bound


def _too_many(position: str, pointer: str, entry: Entry) -> Fault:
    expected = f"at most {entry.target.limit} in {entry.path}"
    remedy = "The rest is kept as other answers. Send one referral for each family."
    return Fault(position, pointer, expected, remedy, "doubtful")
