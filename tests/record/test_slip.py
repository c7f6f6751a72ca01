"""The slip that is printed weekly gives its checkpoint back, whatever a printer or a person added around it."""

from __future__ import annotations

import pytest

from contracts.evidence import Checkpoint
from gateway.record.note import open_checkpoint
from gateway.record.slip import note_in, slip
from tests.record.conftest import ORIGIN, Signing


def test_a_slip_gives_its_checkpoint_back(checkpoint: Checkpoint, log_key: Signing) -> None:
    note = note_in(slip(checkpoint, "Hull", "Mon 23 Nov 2026, 09:00"))
    assert note == checkpoint.note
    assert open_checkpoint(note, log_key[0], ORIGIN).size == 5


def test_a_checkpoint_alone_is_taken_too(checkpoint: Checkpoint) -> None:
    assert note_in(checkpoint.note) == checkpoint.note


def test_a_slip_saved_with_other_line_ends_is_taken(checkpoint: Checkpoint) -> None:
    assert note_in(slip(checkpoint, "Hull", "today").replace("\n", "\r\n")) == checkpoint.note


@pytest.mark.parametrize("cut", [0, 1, 3])
def test_a_text_without_a_whole_checkpoint_gives_none(cut: int, checkpoint: Checkpoint) -> None:
    assert note_in("\n".join(checkpoint.note.split("\n")[:cut])) is None


def test_a_slip_has_a_place_for_date_and_signature(checkpoint: Checkpoint) -> None:
    page = slip(checkpoint, "Hull", "today")
    assert ("Date: ____" in page, "Signature: ____" in page) == (True, True)
