"""Settled 31, 37: a form that asks about harm in new words is not returned for it, and somebody must look."""

from __future__ import annotations

import io
from pathlib import Path

from gateway.config.catalogue import load_catalogue
from gateway.flows.mapping.sources import Read, Reader
from gateway.path.mapping import compile_all

ROOT = Path(__file__).parents[2] / "mappings"
SAMPLE = ROOT / "sources" / "gravity_forms" / "samples"
CATALOGUE = load_catalogue(ROOT)
READER = Reader(CATALOGUE.mappings, compile_all(CATALOGUE.mappings))
(QUESTION,) = (
    str(mapping.safety_question).removeprefix("/answers/").replace("~1", "/")
    for mapping in CATALOGUE.mappings.by_key.values()
    if mapping.source == "gravity_forms"
)


def reads(old: str, new: str) -> list[Read]:
    content = next(SAMPLE.glob("re*.csv")).read_text(encoding="utf-8")
    assert old in content
    return list(READER.read("gravity_forms", "leicester", io.BytesIO(content.replace(old, new).encode())))


def kinds(read: Read) -> set[str]:
    return {fault.kind for fault in read.faults if fault.pointer.startswith("/answers/" + QUESTION[:12])}


def test_the_question_as_it_is_known_is_read() -> None:
    assert all("reworded" not in {fault.kind for fault in read.faults} for read in reads(QUESTION, QUESTION))


def test_a_reworded_question_is_told_as_such_and_is_no_missing_answer() -> None:
    for read in reads(QUESTION, "Could this child be in danger?"):
        assert read.referral is not None
        assert read.referral.harm.level is None
        assert kinds(read) == {"reworded"}
        assert "Could this child be in danger?" in {other.question for other in read.referral.other_answers} | {""}
