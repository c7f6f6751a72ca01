"""The bench itself: its floors, senders and hub work for a moment, and its table says what was reached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

from contracts.referral import Referral
from gateway.main import load_checked
from gateway.store.columns import Bytes, Text
from gateway.store.tables import (
    ATTEMPT,
    CONTENT,
    DECISION,
    DELIVERY,
    ENTRY,
    METADATA,
    PERMIT,
    REFERRAL,
    SUBMISSION,
)
from tests.bench import (
    client,
    deciding,
    family,
    load,
    nodered,
    packages,
    reading,
    rehearsing,
    table,
)
from tests.bench.goals import GOALS, Goal, Measured, at_least, pairs
from tests.bench.processes import PROC, ROOT, NotStarted, Process, free_port, python, running, start
from tests.bench.stand import QUICK, Stand, set_up
from tests.bench.verifying import Part, make_record, verify
from tests.bench.written import Copies, Written, capture, gather, lay_out, open_store, snapshot
from tests.running import Door
from tests.running import running as whole

MOMENT = 0.2


def _id(word: str) -> str:
    return f"{word:->8}{word.encode().hex():0>32}"


def _row(of: Table, **given: object) -> dict[str, object]:
    """A row with something in every column that was not given."""
    plain: dict[type, object] = {Text: "words", Bytes: b"\x00bytes"}
    found = {column.name: plain.get(type(column.type), 1) for column in of.columns if column.autoincrement is not True}
    return found | given


def _one_referral() -> list[tuple[Table, dict[str, object]]]:
    """Rows as one delivered referral would leave them."""
    raw, filed, payload = _id("raw"), _id("filed"), _id("payload")
    referral, delivery = _id("ref"), _id("del")
    rows = [(CONTENT, _row(CONTENT, id=content)) for content in (raw, filed, payload)]
    rows += [
        (SUBMISSION, _row(SUBMISSION, id=_id("sub"), key=_id("key"), raw=raw)),
        (REFERRAL, _row(REFERRAL, id=referral, submission=_id("sub"), filed=filed, supersedes=None)),
        (DECISION, _row(DECISION, id=_id("dec"), referral=referral, delivery=delivery, entry=_id("rid1"))),
        (
            DELIVERY,
            _row(
                DELIVERY, id=delivery, referral=referral, payload=payload, kind="referral", state="delivered",
                lane=f"hull/early_help/{referral}",
            ),
        ),
        (PERMIT, _row(PERMIT, delivery=delivery, entry=_id("rid2"))),
        (ATTEMPT, _row(ATTEMPT, delivery=delivery, entry=_id("rid3"))),
    ]  # fmt: skip
    for rid in ("rid1", "rid2", "rid3"):
        rows.append((CONTENT, _row(CONTENT, id=_id(f"s{rid}"))))
        rows.append((ENTRY, _row(ENTRY, rid=_id(rid), sections=_id(f"s{rid}"), idx=None)))
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def written(folder: Path) -> Written:
    store = lay_out(folder / "store.db")
    before = snapshot(store)
    connection = open_store(store)
    for of, row in _one_referral():
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO {of.name} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
    connection.close()
    return capture(before, snapshot(store))


@pytest.fixture(scope="module")
def stand(folder: Path, written: Written) -> Iterator[Stand]:
    with set_up(folder, QUICK, lambda words: None) as made:
        made.written = written.save(folder / "written")
        yield made


def test_every_copy_of_the_family_is_a_referral_with_a_number_and_name_of_its_own() -> None:
    copies = [Referral.model_validate_json(family.body(n)) for n in range(50)]
    assert len({copy.source.record_id for copy in copies}) == len({copy.people[0].surname for copy in copies}) == 50
    assert len({len(family.body(n)) for n in (0, 1, 10**7, 10**11)}) == 1
    assert 2_500 < len(family.body(0)) < 3_500


def test_a_sheet_beside_xml_asks_for_the_same_as_one_beside_csv(tmp_path: Path) -> None:
    told = []
    with whole(load_checked(ROOT / "mappings"), tmp_path, (f"sqlite:///{tmp_path}/gateway.db", "")) as gateway:
        for n, kind in enumerate(packages.KINDS):
            body = packages.package(n, kind)
            assert len({len(packages.package(one, kind)) for one in (0, 1, 10**7)}) == 1
            answer = Door(gateway).submit("school", body, kind="application/zip", once=kind)
            assert answer.status_code == 202, answer.text
            (receipt,) = answer.json()["receipts"]
            told.append([(one["for"], one["outcome"], one["rules"]) for one in receipt["decisions"]])
    assert told[0] == told[1] != []


def test_what_was_written_is_sorted_into_its_three_transactions(written: Written) -> None:
    tables = {stage: sorted(name for name, _ in rows) for stage, rows in written.rows.items()}
    assert tables["permit"] == ["content", "entry", "permit"]
    assert tables["settle"] == ["attempt", "content", "entry"]
    assert tables["accept"].count("content") == 4
    assert {row["state"] for name, row in written.rows["accept"] if name == "delivery"} == {"due"}
    assert written.payload == b"bytes"
    assert written.size("accept") > 100


def test_every_copy_of_the_rows_can_be_kept_beside_the_first(folder: Path, written: Written) -> None:
    copies, connection = Copies(written), open_store(folder / "copies.db", tables=True)
    connection.execute("PRAGMA foreign_keys = ON")
    for _ in range(3):
        ids, statements = copies.ids(), dict[str, list[tuple[object, ...]]]()
        for stage in ("accept", "permit", "settle"):
            gather(copies.rows(stage, ids), statements)
        for statement, values in statements.items():
            connection.executemany(statement, values)
    counts = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in METADATA.tables}
    lanes = connection.execute("SELECT count(DISTINCT lane), min(instr(lane, referral)) FROM delivery").fetchone()
    connection.close()
    assert counts["delivery"] == counts["permit"] == counts["attempt"] == 3
    assert counts["entry"] == 9
    assert lanes == (3, len("hull/early_help/") + 1)


@pytest.mark.parametrize("mode", ["raw", "parsed", "one", "group"])
def test_a_floor_accepts(stand: Stand, mode: str) -> None:
    store = stand.store(mode)
    with running(stand.floor(mode, store)) as process:
        seen = load.send(process.port, clients=4, seconds=MOMENT)
        assert not PROC or (process.cpu() > 0 and process.memory() > 1)
    assert seen.rate > 0
    assert seen.others == {}
    assert 0 < seen.p50 <= seen.p99
    if mode in ("one", "group"):
        connection = open_store(store)
        assert connection.execute("SELECT count(*) FROM submission").fetchone()[0] == seen.accepted
        connection.close()


@pytest.mark.parametrize("mode", ["ref", "ref_bare"])
def test_a_reference_delivers_all_that_it_accepts(stand: Stand, mode: str) -> None:
    store = stand.store(mode)
    stand.hub.reset()
    with running(stand.floor(mode, store)) as process:
        seen = load.send(process.port, clients=4, seconds=MOMENT)
        came = stand.hub.settled(seen.accepted, 10)
    assert came.distinct == came.messages == seen.accepted > 0
    assert _permits(store) == (seen.accepted if mode == "ref" else 0)


def test_the_hub_refuses_forgets_and_counts_repeats(stand: Stand, folder: Path) -> None:
    payload = folder / "bytes"
    payload.write_bytes(b"{}")
    stand.hub.reset()
    stand.hub.down()
    client.post(stand.hub.url, 3, 1, payload)
    stand.hub.up()
    assert client.post(stand.hub.url, 5, 2, payload) > 0
    client.post(stand.hub.url, 5, 2, payload)
    came = stand.hub.arrived()
    assert (came.refused, came.messages, came.distinct) == (3, 10, 5)
    assert set(stand.hub.ids().values()) == {2}


def test_a_process_that_does_not_start_says_why(folder: Path) -> None:
    process = start(python("tests.bench.floors", "nonsense"), folder, free_port())
    with pytest.raises(NotStarted, match="invalid choice"), running(process):
        pass


def test_a_killed_server_is_an_error_and_not_an_answer(stand: Stand) -> None:
    process: Process = stand.floor("raw")
    with running(process):
        pass
    with pytest.raises(Exception, match="status"):
        load.send(process.port, clients=1, seconds=MOMENT)


def test_the_bulk_made_record_verifies_whole_and_in_halves(folder: Path) -> None:
    store, key = make_record(folder, 600)
    assert verify(Part(str(store), key, 0, 600)) == 600
    assert verify(Part(str(store), key, 512, 600)) == 88


@pytest.mark.parametrize("kind", list(reading.KINDS))
@pytest.mark.parametrize("side", ["ours", "alone", "floor"])
def test_each_side_reads_every_record_of_each_format(folder: Path, kind: str, side: str) -> None:
    found = reading.run(kind, side, reading.write(folder / f"{kind}.{side}", kind, 20))
    assert found["records"] == 20
    assert found["seconds"] > 0
    assert found["mebibytes"] > 1


@pytest.mark.parametrize("kind", list(reading.KINDS))
def test_every_record_that_is_read_becomes_a_line_of_canonical_json(folder: Path, kind: str) -> None:
    lines: list[str] = []
    reading.ours(kind, reading.write(folder / f"{kind}.lines", kind, 3), lines.append)
    assert len({line for line in lines if "Pennyworth" in line or "Casper" in line}) == 3


def test_each_kind_of_referral_is_decided_and_two_of_the_four_are_trimmed_or_held(stand: Stand) -> None:
    outcomes = [decision.outcome.value for decision in deciding.decisions()]
    assert outcomes == ["share", "share_minimised", "hold", "divert"]
    lines = deciding.measure(stand, times=2)
    assert [line.goal.id for line in lines] == ["P21", "P21"]
    assert all(line.ratio for line in lines)


def test_a_rehearsal_replays_every_stored_decision_and_finds_who_is_treated_differently(folder: Path) -> None:
    store, now = rehearsing.make_decisions(folder, 300), deciding.policy()
    assert rehearsing.read(store, 300) == 300
    assert rehearsing.rehearse(store, now, now, 300) == 0
    assert 0 < rehearsing.rehearse(store, now, rehearsing.loosened(now), 300) < 300


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [
        ((0.9, 0.7, 0.8), "reached"),
        ((0.6, 0.6), "not reached; the least is"),
        ((0.4,), "not reached"),
        ((), "not measured"),
    ],
)
def test_the_median_of_the_rounds_is_held_against_aim_and_least(ratios: tuple[float, ...], verdict: str) -> None:
    assert Measured(GOALS["P1"], "", "", ratios).verdict == verdict


def test_a_peer_that_is_not_on_the_machine_is_said_to_be_missing_and_counts_as_no_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(nodered.NotHere, match="no `node-red` on the path") as missing:
        nodered.node_red(tmp_path, "http://127.0.0.1:1")
    line = Measured(GOALS["P7 peer"], "", "", not_run=str(missing.value))
    assert line.verdict.startswith("not run: there is no `node-red`")
    assert table.summary([line]) == "0 of 0 goals reached."


def test_a_node_red_without_its_sqlite_node_is_not_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "node_modules" / "node-red" / "red.js"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    (tmp_path / "node-red").symlink_to(program)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(nodered.NotHere, match="without node-red-node-sqlite"):
        nodered.find()


def test_the_table_has_a_line_for_each_goal_and_its_notes_below() -> None:
    goal = Goal("P99", "ours ÷ theirs", at_least(0.8), at_least(0.5))
    said = table.markdown([Measured(goal, "8/s", "10/s", pairs([8.0, 9.0], [10.0, 10.0]), "a note.")])
    assert "| P99 | ours ÷ theirs | 8/s | 10/s | 0.85 (0.80–0.90) | ≥ 0.8 | ≥ 0.5 | reached |" in said
    assert said.endswith("* P99: a note.\n")
    brief = table.short([Measured(goal, "8/s", "10/s", (0.85,)), Measured(Goal("P98", "no aim", None), "", "", (1,))])
    assert brief.splitlines()[2:] == ["| P99 | ours ÷ theirs | 0.85 | ≥ 0.8 | reached |"]
    assert table.summary([Measured(goal, "", "", (0.1,)), Measured(goal, "", "", (1,))]) == (
        "1 of 2 goals reached; 1 below the least."
    )


def test_the_table_takes_its_place_in_the_guide(tmp_path: Path) -> None:
    guide = tmp_path / "speed.md"
    guide.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n")
    table.write(guide, "new\n")
    assert guide.read_text() == f"before\n{table.BEGIN}\nnew\n{table.END}\nafter\n"
    guide.write_text("no marks")
    with pytest.raises(ValueError, match="needs the lines"):
        table.write(guide, "new\n")


def _permits(store: Path) -> int:
    connection: Any = open_store(store)
    try:
        found: int = connection.execute("SELECT count(*) FROM permit").fetchone()[0]
    finally:
        connection.close()
    return found
