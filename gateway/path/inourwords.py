"""Takes over the part of a source record that is a canonical referral already, and accounts for each of its leaves."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, Final

from contracts.adapter import Fault, LedgerLine, Plain, SourceRecord
from gateway.config.mappings import FormMapping
from gateway.path.answering import Run

_GONE: Final = object()


def another_council(mapping: FormMapping, record: SourceRecord, council: str) -> Fault | None:
    """What is wrong where the referral in this record says that it is for another council: it goes to neither."""
    held = _held(mapping, record.data) if mapping.canonical else None
    if not isinstance(held, Mapping) or held.get("council") in (None, council):
        return None
    pointer = f"{mapping.canonical}/council"
    return Fault(record.position, pointer, "the council that this is sent to", "Send it to its own council.")


def as_written(
    run: Run, tree: dict[str, Any], mapping: FormMapping, data: Mapping[str, Plain], doubts: Container[str]
) -> None:
    """Fill the referral's tree with what the record says in our own words, less the leaves that do not fit.

    What it says of its own source stands; a test stays one, whoever says so (settled 53). Of a source without a name
    for the record, the name is the one by which the record is known here.
    """
    held = _taken(run, _held(mapping, data), mapping.canonical, "", doubts)
    if not isinstance(held, dict):
        return
    written, own = tree["source"], held.pop("source", {})
    if isinstance(own, dict):
        named = {name: written[name] for name in ("record_id",) if name in written}
        source = (named if "system" in own else written) | own
        tree["source"] = source | {"test": written.get("test") is True or own.get("test", False)}
    held.pop("council", None)  # a record is mapped for the council it is sent to
    others = held.pop("other_answers", [])
    if isinstance(others, list):
        run.others += others
    tree |= held


def _held(mapping: FormMapping, data: Mapping[str, Plain]) -> Plain:
    """What stands where the mapping says that the referral does."""
    part: Plain = data
    for name in mapping.canonical.split("/")[1:]:
        part = part.get(name) if isinstance(part, Mapping) else None
    return part


def _taken(run: Run, value: Plain, source: str, to: str, doubts: Container[str]) -> Any:
    """A copy without the leaves that are doubted, and without the parts that held nothing else."""
    if isinstance(value, Mapping):
        parts = ((name, _escaped(name), part) for name, part in value.items())
        made = {name: _taken(run, part, f"{source}/{step}", f"{to}/{step}", doubts) for name, step, part in parts}
        left = {name: part for name, part in made.items() if part is not _GONE}
        return left if left or not value else _GONE
    if isinstance(value, Sequence) and not isinstance(value, str):
        items: list[Any] = []
        for place, part in enumerate(value):
            one = _taken(run, part, f"{source}/{place}", f"{to}/{len(items)}", doubts)
            items += [one] if one is not _GONE else []
        return items if items or not value else _GONE
    if source in doubts:
        return _GONE
    run.note(LedgerLine(source, "mapped", to))
    return value


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
