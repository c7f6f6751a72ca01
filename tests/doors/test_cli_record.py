"""`gateway record` for whoever must judge it: how much is exposed, the weekly slip, and a witness's word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.record.note import WITNESS
from gateway.store.sqlite import driver
from tests.doors.test_cli import Run, here, kept, run, settle_seals
from tests.record.conftest import seeded

__all__ = ["here", "kept", "run"]

A_WITNESS = seeded("witness.example/w1", "demo witness key", WITNESS)[0].vkey


@pytest.fixture
def slip(run: Run, kept: Path, catalogue: Any, tmp_path: Path) -> Path:
    """Hull's slip, printed after everything was sealed."""
    settle_seals(kept, catalogue)
    page = tmp_path / "slip.txt"
    page.write_text(run("record", "slip", "--council", "hull", "--demo")[1], encoding="utf-8")
    return page


def change(store: Path, *statements: str) -> None:
    """As whoever administers the machine could, with the gateway stopped."""
    with driver().connect(store) as raw:
        for statement in statements:
            raw.execute(statement)
    raw.close()


def test_a_record_under_a_slip_that_was_kept_is_not_exposed(run: Run, slip: Path) -> None:
    code, _, err = run("record", "verify", "--demo", "--council", "hull", "--held", slip)
    assert (code, "every entry is covered by a checkpoint that is held or signed outside" in err) == (0, True)


def test_without_a_checkpoint_from_outside_all_is_exposed_and_since_when_is_said(run: Run, slip: Path) -> None:
    code, _, err = run("record", "verify", "--demo", "--council", "hull")
    assert (code, "No checkpoint from outside was given" in err, "entries since " in err) == (0, True, True)


def test_a_record_rolled_back_below_the_slip_is_named(run: Run, kept: Path, slip: Path) -> None:
    gone = "FROM {} WHERE council = 'hull'"
    change(kept, *(f"DELETE {gone.format(table)}" for table in ("entry", "tile", "checkpoint")))
    code, _, err = run("record", "verify", "--demo", "--council", "hull", "--held", slip)
    assert (code, "is held elsewhere, but this record has 0" in err) == (1, True)


def test_a_witness_that_never_signed_is_named(run: Run, slip: Path) -> None:
    code, _, err = run("record", "verify", "--demo", "--council", "hull", "--witness", A_WITNESS)
    assert (code, "witness.example/w1 has signed no checkpoint of this record" in err) == (1, True)


def test_a_slip_of_another_record_is_refused(run: Run, slip: Path) -> None:
    code, _, err = run("record", "verify", "--demo", "--council", "kent", "--held", slip)
    assert (code, "belongs to none of the records" in err) == (2, True)


def test_a_file_that_is_no_slip_is_refused(run: Run, slip: Path) -> None:
    slip.write_text("CHECKPOINT SLIP\n", encoding="utf-8")
    code, _, err = run("record", "verify", "--demo", "--held", slip)
    assert (code, "holds no checkpoint" in err) == (2, True)


def test_a_slip_before_anything_is_sealed_says_so(run: Run, kept: Path) -> None:
    change(kept, "DELETE FROM checkpoint")
    code, out, err = run("record", "slip", "--council", "hull", "--demo")
    assert (code, out, "Nothing is sealed yet" in err) == (1, "", True)


@pytest.fixture
def stated(monkeypatch: pytest.MonkeyPatch, catalogue: Any) -> None:
    """The catalogue that is loaded already."""
    monkeypatch.setattr("gateway.doors.cli.standing.load_catalogue", lambda root: catalogue)


def test_the_state_says_how_far_each_record_is(run: Run, slip: Path, stated: None) -> None:
    code, _, err = run("record", "state", "--demo")
    hull = next(line for line in err.splitlines() if line.startswith("hull:"))
    assert (code, "no witness is set" in hull, "wait since" in hull) == (0, True, False)


def test_the_state_says_what_waits_and_since_when(run: Run, kept: Path, slip: Path, stated: None) -> None:
    change(kept, "UPDATE entry SET idx = NULL WHERE council = 'hull' AND idx > 0")
    change(kept, "DELETE FROM checkpoint WHERE council = 'hull'")
    err = run("record", "state", "--demo", "--council", "hull")[2]
    assert ("sealed up to 0 (" in err, " wait since " in err) == (True, True)


def test_the_state_exits_1_while_something_rings(run: Run, kept: Path, slip: Path, stated: None) -> None:
    change(
        kept,
        "INSERT INTO clock (id, council, kind, referral, decision, delivery, owner, taken_by, state, rung, started_at,"
        " due_at, next_at, ended_by, why, needed) VALUES"
        " ('c', 'hull', 'record:mismatch', '', '', '', 'ig_lead', '', 'running', 0, 1, 1, 1, '', '', '')",
    )
    code, _, err = run("record", "state", "--demo")
    assert (code, "hull: RINGING  The record does not verify." in err) == (1, True)
