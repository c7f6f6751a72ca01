"""Turns a source record into the canonical referral by its mapping, and accounts for every leaf of the record.

A mapping is compiled once, into functions that know their pointers; a record is walked once, into a flat table of its
leaves. Nothing here raises because of what a record holds: what cannot be mapped is kept, and told as a fault.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import orjson
from pydantic import ValidationError

from contracts.adapter import Fault, Leaf, LedgerLine, SourceRecord
from contracts.referral import Purpose, Referral
from gateway.config.mappings import FormMapping, Key, Mappings
from gateway.path.answering import Run, Step
from gateway.path.gathering import step_of
from gateway.path.inourwords import as_written
from gateway.path.leaves import flattened, question, said

_ALONE: Final = Fault(
    "",
    "",
    "a request for help",
    "An export of pupils is not a referral. Send it with a sheet that says for whom, why, and who asks.",
)
CHILD: Final = "child"
"""What the mapping of a file that enriches calls the child whom a record is about."""

_HEADER: Final = {"council", "purpose", "source"}
"""Of a referral, what an enrichment has only so that it can be checked as one."""

_NO_ANSWER: Final = "no answer was given"
_NOT_ASKED: Final = "nobody asked for this of an export"
_NO_REFERRAL: Final = "No referral was made of this record."
_ANSWER: Final = 20_000
_LABEL: Final = 500


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """One mapping, ready to be used on any number of records, by any number of threads."""

    mapping: FormMapping
    steps: tuple[Step, ...] = field(repr=False)
    ignored: Callable[[str], LedgerLine | None] = field(repr=False)


def compile_mapping(mapping: FormMapping) -> CompiledMapping:
    """The mapping as functions: no pointer is parsed and no name looked up again."""
    return CompiledMapping(mapping, tuple(map(step_of, mapping.entries)), _ignored(mapping.ignored))


def compile_all(mappings: Mappings) -> Mapping[Key, CompiledMapping]:
    """Every mapping of a deployment, by source, form and council."""
    return {key: compile_mapping(mapping) for key, mapping in mappings.by_key.items()}


def to_referral(
    compiled: CompiledMapping, record: SourceRecord, council: str, test: bool = False
) -> tuple[Referral | None, tuple[LedgerLine, ...], tuple[Fault, ...]]:
    """The referral, what became of each leaf, and what was wrong.

    The ledger has one line for each leaf of the record, in its order. The referral is None only for a record that can
    be none: an enrichment, or text that is not Unicode; the last fault says which. An answer that fits nowhere, though
    it is mapped, is kept among the other answers and doubted.
    """
    if record.kind != "referral":
        return None, _nothing(flattened(record.data)[0]), (_ALONE,)
    return _mapped(compiled, record, lambda: _start(compiled.mapping, record, council, test))


def to_enrichment(
    compiled: CompiledMapping, record: SourceRecord, council: str
) -> tuple[dict[str, Any], tuple[LedgerLine, ...], tuple[Fault, ...]]:
    """What an enrichment record adds to a referral, as JSON in a referral's shape; its ledger, and what was wrong.

    It has none of a referral's header, and its child is the person `child`, even where nothing else is said of it. What
    no row takes is left out: an export has columns that nobody asked for. Empty where the record can be nothing.
    """

    def start() -> dict[str, Any]:
        return {"council": council, "purpose": Purpose.REQUEST.value, "source": {"system": compiled.mapping.source}}

    made, ledger, faults = _mapped(compiled, record, start)
    tree = made.model_dump(mode="json", exclude=_HEADER, exclude_defaults=True) if made else {}
    return tree, ledger, faults


def _mapped(
    compiled: CompiledMapping, record: SourceRecord, start: Callable[[], dict[str, Any]]
) -> tuple[Referral | None, tuple[LedgerLine, ...], tuple[Fault, ...]]:
    leaves, counts = flattened(record.data)
    spoken = said(leaves)
    enriches = compiled.mapping.match is not None
    doubts: dict[str, Fault] = {}
    while True:
        answered = {pointer: text for pointer, text in spoken.items() if pointer not in doubts} if doubts else spoken
        run = Run(answered, counts, record.position)
        tree = start()
        if compiled.mapping.canonical:
            as_written(run, tree, compiled.mapping, record.data, doubts)
        for step in compiled.steps:
            step(run, tree)
        _forget_absent_people(run, tree, {CHILD} if enriches else set())
        _account_for_the_rest(run, compiled, leaves, spoken, doubts)
        if run.others:
            tree["other_answers"] = run.others
        try:
            referral = Referral.model_validate_json(_written(tree))
        except ValidationError as error:
            misfits = _misfits(run, error, record.position, doubts)
            if not misfits:
                return None, _nothing(leaves), _each_once(*run.faults, _unreadable(record.position))
            doubts.update(misfits)
            continue
        faults = _reworded(run, compiled.mapping, leaves, referral)
        return referral, tuple(map(run.ledger.__getitem__, leaves)), _each_once(*faults, *doubts.values())


def _reworded(run: Run, mapping: FormMapping, leaves: Mapping[str, Leaf], referral: Referral) -> list[Fault]:
    """The faults, where the question about harm may have been asked in other words: then its answer is not missing.

    A form that words it anew must not stop a request, least of all this answer (settled 31, 37). That is so where the
    record does not have the question at all, and has answers that nobody mapped.
    """
    question = mapping.safety_question
    if question is None or referral.harm.level is not None:
        return run.faults
    asked = any(leaf == question or leaf.startswith(question + "/") for leaf in leaves)
    if asked or not any(line.state == "unmapped" for line in run.ledger.values()):
        return run.faults
    expected = "the question about harm, as the mapping knows it"
    remedy = "Its wording may have changed. Read the other answers at once, and put the new wording into the mapping."
    rest = [fault for fault in run.faults if fault.pointer != question]
    return [*rest, Fault(run.position, question, expected, remedy, "reworded")]


def _written(tree: dict[str, Any]) -> bytes | str:
    try:
        return orjson.dumps(tree)
    except orjson.JSONEncodeError:  # text that is not Unicode, which the referral then refuses by its own rule
        return json.dumps(tree)


def _start(mapping: FormMapping, record: SourceRecord, council: str, test: bool) -> dict[str, Any]:
    source: dict[str, Any] = {"system": mapping.source, "form": mapping.form, "test": test}
    if mapping.freshness:
        source["freshness"] = mapping.freshness
    if record.key and len(record.key) <= _LABEL:
        source["record_id"] = record.key
    tree: dict[str, Any] = {"schema_version": "1", "council": council, "purpose": mapping.purpose, "source": source}
    if mapping.safety_question is None:
        tree["harm"] = {"level": "not_asked"}
    return tree


def _forget_absent_people(run: Run, tree: dict[str, Any], elsewhere: set[str]) -> None:
    """A mapping may name a person of whom this record says nothing: then nobody is named."""
    present = elsewhere | {person.get("id") for person in tree.get("people", ())}
    for holder, name, value in run.refs:
        if isinstance(value, list):
            holder[name] = [ref for ref in value if ref in present]
        elif value not in present:
            holder.pop(name, None)


def _account_for_the_rest(
    run: Run,
    compiled: CompiledMapping,
    leaves: Mapping[str, Leaf],
    spoken: Mapping[str, str],
    doubts: Container[str],
) -> None:
    """What no row took is ignored for a reason, says nothing, or travels as an other answer; so does what is kept."""
    ledger, kept, enriches = run.ledger, run.kept, compiled.mapping.match is not None
    for pointer in [pointer for pointer in leaves if pointer not in ledger or pointer in kept]:
        taken = pointer in ledger
        untold = not taken and pointer not in doubts and pointer not in kept
        if untold and (line := compiled.ignored(pointer)):
            ledger[pointer] = line
        elif pointer not in spoken:
            ledger[pointer] = _silent(pointer)
        elif enriches and untold:
            ledger[pointer] = LedgerLine(pointer, "ignored", why=_NOT_ASKED)
        else:
            if not taken:
                ledger[pointer] = LedgerLine(pointer, "unmapped", f"/other_answers/{len(run.others)}")
            run.others += _other_answers(question(leaves, pointer), spoken[pointer], pointer)


def _other_answers(asked: str, text: str, pointer: str) -> Iterable[dict[str, Any]]:
    """One answer, or as many as a narrative of any length needs."""
    label = asked if len(asked) <= _LABEL else asked[: _LABEL - 1] + "…"
    for start in range(0, len(text), _ANSWER):
        answer: dict[str, Any] = {"question": label, "answer": text[start : start + _ANSWER]}
        yield {**answer, "pointer": pointer} if len(pointer) <= _LABEL else answer


def _misfits(run: Run, error: ValidationError, position: str, known: Mapping[str, Fault]) -> dict[str, Fault]:
    """The leaves behind what the referral refuses, by pointer, each with its fault; none when it is no leaf's doing."""
    found: dict[str, Fault] = {}
    for detail in error.errors(include_url=False, include_input=False):
        loc = detail["loc"][:-1] if detail["type"] == "missing" else detail["loc"]
        for end in range(len(loc), 0, -1):
            target = "/" + "/".join(map(str, loc[:end]))
            behind = [pointer for pointer, line in run.ledger.items() if _within(line.to, target)]
            if behind:
                expected = f"an answer that fits {target}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
                remedy = "It is kept as an other answer. Shorten or correct it, or correct the mapping."
                found |= {pointer: Fault(position, pointer, expected, remedy, "doubtful") for pointer in behind}
                break
    return {pointer: fault for pointer, fault in found.items() if pointer not in known}


def _within(tos: str, target: str) -> bool:
    return any(to == target or to.startswith(target + "/") for to in tos.split(", "))


@lru_cache(maxsize=8192)  # the same form gives the same lines again and again; they hold no value
def _silent(pointer: str) -> LedgerLine:
    return LedgerLine(pointer, "ignored", why=_NO_ANSWER)


def _nothing(leaves: Iterable[str]) -> tuple[LedgerLine, ...]:
    return tuple(LedgerLine(pointer, "unmapped", why=_NO_REFERRAL) for pointer in leaves)


def _each_once(*faults: Fault) -> tuple[Fault, ...]:
    return tuple(dict.fromkeys(faults))


def _unreadable(position: str) -> Fault:
    return Fault(position, "", "text that is Unicode throughout", "Export the record again as UTF-8.")


def _ignored(ignored: tuple[tuple[str, str], ...]) -> Callable[[str], LedgerLine | None]:
    """The ledger line of a pointer that the mapping leaves out, with the reason why; None if it does not."""
    whole = dict(reversed(ignored))
    branches = [_branch(pointer) for pointer, _ in ignored]
    if not branches:
        return lambda pointer: None
    reasons = [why for _, why in ignored]
    matching = re.compile("|".join(f"({branch})(?:/.*)?" for branch in branches), re.DOTALL).fullmatch

    @lru_cache(maxsize=8192)
    def line(pointer: str) -> LedgerLine | None:
        match = matching(pointer)
        why = whole.get(pointer) or (reasons[(match.lastindex or 1) - 1] if match else "")
        return LedgerLine(pointer, "ignored", why=why) if why else None

    return line


def _branch(pointer: str) -> str:
    return "/".join("[^/]*" if name == "*" else re.escape(name) for name in pointer.split("/"))
