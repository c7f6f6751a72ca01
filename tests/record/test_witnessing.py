"""A witness signs what begins with all it has seen, and nothing else (governance 3.3, c2sp.org/tlog-witness)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from contracts.evidence import Entry
from gateway.record.note import BadNote, Key, open_checkpoint, open_note, sign_checkpoint
from gateway.record.tree import Frontier, consistency, extend, leaf_hash
from gateway.record.witnessing import Answer, Seen, asking, cosigned, witness
from tests.record.conftest import ORIGIN, Signing

AT = 1_795_357_020


@dataclass
class Record:
    """A record that grows, and a witness that remembers."""

    log: Signing
    seer: Signing
    entry: Callable[[int], Entry]
    seen: dict[str, Seen] = field(default_factory=dict)

    def hashes(self, size: int, changed: int = -1) -> list[bytes]:
        return [leaf_hash(b"other" if n == changed else self.entry(n).leaf) for n in range(size)]

    def note(self, size: int, changed: int = -1) -> str:
        return sign_checkpoint(*self.log, size, Frontier().append(self.hashes(size, changed)).root()).note

    def proof(self, old: int, new: int, changed: int = -1) -> tuple[bytes, ...]:
        tiles = {(t.level, t.index): t.hashes for t in extend(0, self.hashes(new, changed), lambda level, index: b"")}
        return consistency(old, new, lambda level, index: tiles[level, index])

    def ask(self, old: int, new: int, changed: int = -1) -> Answer:
        proof = self.proof(old, new, changed) if old else ()
        return self.send(asking(old, proof, self.note(new, changed)))

    def send(self, body: bytes, logs: dict[str, Key] | None = None) -> Answer:
        known = {ORIGIN: self.log[0]} if logs is None else logs
        origin, answer = witness(body, known, self.seen, *self.seer, AT)
        if answer.seen is not None:
            self.seen[origin] = answer.seen
        return answer


@pytest.fixture
def record(log_key: Signing, witness_key: Signing, entry: Callable[[int], Entry]) -> Record:
    return Record(log_key, witness_key, entry)


def test_the_first_checkpoint_is_signed_as_it_comes(record: Record) -> None:
    assert record.ask(0, 5).status == 200


def test_its_signature_holds_and_says_when(record: Record) -> None:
    note = cosigned(record.note(5), record.ask(0, 5).text, record.seer[0])
    _, held = open_note(note, (record.log[0], record.seer[0]))
    assert [(signature.key.name, signature.at) for signature in held] == [(ORIGIN, None), ("witness.example/w1", AT)]
    assert open_checkpoint(note, record.log[0], ORIGIN, (record.seer[0],)).size == 5


@pytest.mark.parametrize("steps", [(5, 9), (1, 2, 3), (256, 300), (7, 512, 513)])
def test_a_record_that_only_grew_is_signed_again(record: Record, steps: tuple[int, ...]) -> None:
    assert [record.ask(old, new).status for old, new in zip((0, *steps), steps, strict=False)] == [200] * len(steps)


def test_the_same_checkpoint_may_be_signed_again(record: Record) -> None:
    record.ask(0, 5)
    assert record.ask(5, 5).status == 200


def test_a_record_whose_past_was_changed_is_not_signed(record: Record) -> None:
    record.ask(0, 5)
    assert record.ask(5, 9, changed=2).status == 422


def test_another_record_of_the_same_size_is_not_signed(record: Record) -> None:
    record.ask(0, 5)
    assert record.ask(5, 5, changed=2).status == 409


def test_a_record_that_was_rolled_back_is_not_signed(record: Record) -> None:
    record.ask(0, 9)
    assert record.send(asking(9, (), record.note(5))).status == 400


def test_whoever_forgot_what_it_has_seen_is_told(record: Record) -> None:
    record.ask(0, 5)
    answer = record.ask(0, 9)
    assert (answer.status, answer.text) == (409, "5\n")


def test_a_refusal_changes_nothing_of_what_it_has_seen(record: Record) -> None:
    record.ask(0, 5)
    record.ask(5, 9, changed=2)
    assert record.seen[ORIGIN].size == 5


def test_a_record_it_does_not_know_is_not_signed(record: Record) -> None:
    assert record.send(asking(0, (), record.note(5)), {}).status == 404


def test_a_checkpoint_that_another_key_signed_is_not_signed(record: Record, other_key: Signing) -> None:
    assert record.send(asking(0, (), record.note(5)), {ORIGIN: other_key[0]}).status == 403


@pytest.mark.parametrize(
    "body", [b"", b"old 5", b"old x\n\nnote", b"old 0\nnot base64!\n\nnote\n", b"\xff\xfe", b"old 0\n\nnote"]
)
def test_what_is_no_request_is_answered_400(record: Record, body: bytes) -> None:
    assert record.send(body).status == 400


@pytest.mark.parametrize("answer", ["", "ok\n", "— witness.example/w1 AAAA\n", "two\nlines\n"])
def test_an_answer_that_is_no_signature_is_not_believed(record: Record, answer: str) -> None:
    with pytest.raises(BadNote):
        cosigned(record.note(5), answer, record.seer[0])


def test_the_signature_of_another_witness_is_not_believed(record: Record, other_key: Signing) -> None:
    stranger = Key("stranger.example/w9", record.seer[0].kind, other_key[0].public)
    with pytest.raises(BadNote):
        cosigned(record.note(5), record.ask(0, 5).text, stranger)
