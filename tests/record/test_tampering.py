"""Whatever is done to a record or a bundle that is older than the checkpoint held outside is named (E16)."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from gateway.record.verify import verify_bundle
from tests.record import tamperedbundle, tamperedtree
from tests.record.tamperedstore import HELD, SIZE
from tests.record.tampering import STARTED, Stand, exposed, independent, standing, unnamed_in_bundle, unnamed_in_store

TIMES = 20


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("tampering")) as stand:
        yield stand


@pytest.mark.parametrize("kind", ["", "witness"])
def test_what_nobody_touched_is_sound(kind: str, stand: Stand) -> None:
    proven = stand.checked(kind)
    assert (proven.report.sound, proven.report.entries, proven.outside) == (True, SIZE, HELD)


def test_a_bundle_that_nobody_touched_is_sound_to_both_verifiers(stand: Stand) -> None:
    key, lines = stand.own.record, list(stand.bundle)
    assert len(lines) > 8
    assert verify_bundle(lines, key, key.name, witnesses=(stand.witness,)).sound
    assert independent(lines, key, stand.witness)


@pytest.mark.parametrize("kind", tamperedtree.KINDS)
def test_e16_tampering_with_the_store_is_named(kind: str, stand: Stand) -> None:
    unseen = [turn for turn in range(TIMES) if unnamed_in_store(stand, kind, random.Random(f"{kind} {turn}"))]
    assert unseen == []


@pytest.mark.parametrize("kind", tamperedbundle.KINDS)
def test_e16_tampering_with_a_bundle_is_named_by_both_verifiers(kind: str, stand: Stand) -> None:
    unseen = [(turn, blind) for turn in range(TIMES) if (blind := unnamed_in_bundle(stand, kind, random.Random(turn)))]
    assert unseen == []


def test_e16_what_is_newer_than_the_held_checkpoint_is_the_window_that_is_told(stand: Stand) -> None:
    told = {exposed(stand, random.Random(turn)) for turn in range(TIMES)}
    assert told == {(True, SIZE - HELD, STARTED + HELD * 1000)}
