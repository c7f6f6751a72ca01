"""Puts the rows of an export that are about a referral's children into the referral, and accounts for every leaf.

Each row is mapped on its own and then merged: what the referral says stays. Pure: the rows come chosen and in order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from contracts.adapter import Fault, LedgerLine, SourceRecord
from contracts.referral import Referral
from gateway.config.entries import answers_of
from gateway.path.attendance import BLOCK, with_totals
from gateway.path.mapping import CHILD, CompiledMapping, to_enrichment
from gateway.path.merging import Added, Tree, add

_RIVALS: Final = "several rows have totals, and none of them was taken"
_IMPOSSIBLE: Final = "the totals cannot be right, so no percentage is taken"
_OWN_PROVENANCE: Final = ("people", "relationships", "other_answers")


@dataclass(frozen=True, slots=True)
class Row:
    """One record that was chosen.

    child   id of the person in the referral whom it is about
    file    number of the file it is from
    digest  SHA-256 of that file
    record  its position begins with the file
    doubts  what its adapter and the matching doubt about it
    """

    child: str
    file: int
    digest: str
    record: SourceRecord
    compiled: CompiledMapping
    doubts: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class _Mapped:
    row: Row
    at: str
    addition: dict[str, Any]
    ledger: tuple[LedgerLine, ...]


def enriched(
    referral: Referral, rows: Sequence[Row], group_of: Callable[[str], str | None]
) -> tuple[Referral, tuple[LedgerLine, ...], tuple[Fault, ...]]:
    """The referral with what the rows add, one ledger line for each leaf of a row, and what was wrong.

    The pointers begin with `/beside/<n>`, where n is the row's place in `rows`.
    """
    if not rows:
        return referral, (), ()
    tree: Tree = json.loads(referral.model_dump_json(exclude_defaults=True))
    had = {child.id for child in referral.children if _has_totals(child.model_dump(exclude_defaults=True))}
    faults: list[Fault] = []
    mapped = list(_mapped(referral, rows, faults))
    rivals = _rivals(mapped, faults)
    ledger: list[LedgerLine] = []
    of_totals: dict[str, str] = {}
    for one in mapped:
        addition = _without_totals(one.addition) if one.at in rivals else one.addition
        mine = one.row.child not in had and one.row.compiled.mapping.source
        totals = bool(mine) and (
            not _has_totals(_child(addition)) or of_totals.setdefault(one.row.child, str(mine)) == mine
        )
        before = {name: len(items) for name, items in tree.items() if isinstance(items, list)}
        added = add(tree, addition, one.row.child, totals)
        if one.at in rivals:
            place = next(n for n, person in enumerate(one.addition["people"]) if person["id"] == CHILD)
            added.left |= {f"/people/{place}/education/{name}": _RIVALS for name in BLOCK}
        faults += _differences(one, added)
        ledger += _moved(one, added)
        _provenance(tree, one.row, before)
    ledger = _settle(tree, mapped, ledger, faults, group_of)
    return Referral.model_validate_json(json.dumps(tree)), tuple(ledger), tuple(dict.fromkeys(faults))


def still_missing(faults: Iterable[Fault], compiled: CompiledMapping, referral: Referral) -> list[Fault]:
    """The faults without those that ask the sender for what an export has since said of a child."""
    paths = {
        source: entry.path.removeprefix("people.")
        for entry in answers_of(compiled.mapping.entries)
        if entry.required and entry.path.startswith("people.")
        for source in entry.sources
    }
    said = [child.model_dump(exclude_defaults=True) for child in referral.children]
    return [
        fault
        for fault in faults
        if not (fault.kind == "missing" and (path := paths.get(fault.pointer)) and all(_at(one, path) for one in said))
    ]


def _mapped(referral: Referral, rows: Sequence[Row], faults: list[Fault]) -> Iterator[_Mapped]:
    for number, row in enumerate(rows):
        addition, ledger, told = to_enrichment(row.compiled, row.record, referral.council)
        at = f"/beside/{number}"
        faults += (replace(fault, pointer=at + fault.pointer) for fault in (*row.doubts, *told))
        for answer in addition.get("other_answers", ()):
            answer["pointer"] = at + answer.get("pointer", "")
        yield _Mapped(row, at, addition, ledger)


def _rivals(mapped: Sequence[_Mapped], faults: list[Fault]) -> set[str]:
    """Rows of one file that each have totals of one child: nobody chooses between them."""
    telling = [one for one in mapped if "sessions_possible" in _child(one.addition).get("education", {})]
    counts = Counter((one.row.child, one.row.file) for one in telling)
    rivals = [one for one in telling if counts[one.row.child, one.row.file] > 1]
    for key in dict.fromkeys((one.row.child, one.row.file) for one in rivals):
        places = [one.row.record.position for one in rivals if (one.row.child, one.row.file) == key]
        remedy = f"Several rows have totals, and none was taken: {'; '.join(places)}."
        at = next(one.at for one in rivals if (one.row.child, one.row.file) == key)
        faults.append(Fault(places[0], at, "one row of totals for a pupil", remedy, "doubtful"))
    return {one.at for one in rivals}


def _differences(one: _Mapped, added: Added) -> Iterator[Fault]:
    """A doubt for each leaf that says something else than the referral, without either's value."""
    for target in added.differs:
        for line in one.ledger:
            if target in line.to.split(", "):
                remedy = "The referral says something else, and that stays. Check which is right."
                if target.endswith(("/first_name", "/surname")):
                    remedy = "The referral has another name, and that stays. Check that the right pupil is meant."
                place, pointer = one.row.record.position, one.at + line.source
                yield Fault(place, pointer, "what the referral says", remedy, "doubtful")


def _moved(one: _Mapped, added: Added) -> Iterator[LedgerLine]:
    """The row's own ledger, with pointers into what was kept and into the referral."""
    for line in one.ledger:
        source = one.at + line.source
        if not line.to:
            yield replace(line, source=source)
            continue
        places = [added.now(to) for to in line.to.split(", ")]
        if tos := [to for to, _ in places if to]:
            yield LedgerLine(source, line.state, ", ".join(dict.fromkeys(tos)), line.why)
        else:
            yield LedgerLine(source, "ignored", "", places[0][1])


def _provenance(tree: Tree, row: Row, before: Mapping[str, int]) -> None:
    """The digest of the file beside its child, and beside each other item it brought."""
    place = next(place for place, person in enumerate(tree["people"]) if person["id"] == row.child)
    new = [f"/people/{place}"]
    for name, items in tree.items():
        if isinstance(items, list) and name not in (*_OWN_PROVENANCE, "provenance"):
            new += (f"/{name}/{number}" for number in range(before.get(name, 0), len(items)))
    lines = tree.setdefault("provenance", [])
    lines += (line for at in new if (line := {"pointer": at, "copied_from": row.digest}) not in lines)


def _settle(
    tree: Tree,
    mapped: Sequence[_Mapped],
    ledger: list[LedgerLine],
    faults: list[Fault],
    group_of: Callable[[str], str | None],
) -> list[LedgerLine]:
    """Totals worked out from codes; totals that cannot be right are told, and leave no percentage."""
    rows = {one.at: one.row for one in mapped}
    for number, person in enumerate(tree["people"]):
        if not person.get("education") or not any(row.child == person["id"] for row in rows.values()):
            continue
        person["education"], wrong = with_totals(person["education"], group_of)
        if not wrong:
            continue
        at = f"/people/{number}/education"
        behind = [line for line in ledger if any(to.startswith(f"{at}/{wrong}") for to in line.to.split(", "))]
        for line in behind[:1]:
            row = rows["/".join(line.source.split("/")[:3])]
            column = line.source.split("/", 3)[3]
            remedy = "The totals cannot be right, so no percentage can be worked out. Ask the school for them again."
            expected = "whole numbers of sessions that fit into the possible ones"
            faults.append(Fault(f"{row.record.position}, column {column}", line.source, expected, remedy, "doubtful"))
        stated = f"{at}/attendance_as_stated"
        ledger = [LedgerLine(line.source, "ignored", "", _IMPOSSIBLE) if line.to == stated else line for line in ledger]
    return ledger


def _child(addition: Mapping[str, Any]) -> dict[str, Any]:
    return next((person for person in addition.get("people", ()) if person["id"] == CHILD), {})


def _has_totals(person: Mapping[str, Any]) -> bool:
    education = person.get("education") or {}
    return any(name in education for name in BLOCK if name.startswith("sessions_"))


def _without_totals(addition: Mapping[str, Any]) -> dict[str, Any]:
    people = []
    for person in addition["people"]:
        school = {name: value for name, value in person.get("education", {}).items() if name not in BLOCK}
        people.append({**person, "education": school} if person["id"] == CHILD else person)
    return {**addition, "people": people}


def _at(said: Any, path: str) -> Any:
    for name in path.split("."):
        said = said.get(name) if isinstance(said, Mapping) else None
    return said
