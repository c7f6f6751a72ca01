"""Backups of a SQLite store: taken while it runs, proven, brought back, and not sent from until somebody has looked."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import make_url

from contracts.errors import StoreRefused
from gateway.store import backup
from gateway.store.engine import open_engine
from gateway.store.heads import FILE, Heads
from gateway.store.restored import FROM_BACKUP, holds_sending, restored_in
from gateway.store.sealer import Sealer, record_entry
from gateway.store.sqlite import driver
from gateway.store.writer import Write, Writer
from tests.conftest import Store
from tests.store.writes import accept, entry, on_postgresql, on_sqlite


def path_of(store: Store) -> Path:
    return Path(str(make_url(store.url).database))


@on_sqlite
def test_a_backup_of_a_running_store_holds_all_that_was_acknowledged_before_it(store: Store, tmp_path: Path) -> None:
    for number in range(20):
        store.writer.run(accept(f"before-{number}"))
    stop = threading.Event()

    def go_on() -> None:
        number = 0
        while not stop.is_set():
            store.writer.run(accept(f"meanwhile-{number}"))
            number += 1

    writing = threading.Thread(target=go_on)
    writing.start()
    try:
        backup.create(store.url, tmp_path / "copy")
    finally:
        stop.set()
        writing.join()
    backup.check(tmp_path / "copy")
    copy = driver().connect(tmp_path / "copy" / backup.COPY)
    kept = {key for (key,) in copy.execute("SELECT key FROM submission")}
    copy.close()
    assert {f"before-{number}" for number in range(20)} <= kept


@on_sqlite
def test_a_backup_says_when_it_was_made_and_how_much_of_each_record_was_signed(store: Store, tmp_path: Path) -> None:
    for number in range(3):
        store.writer.run(Write(lambda tx, n=number: record_entry(tx, entry(n))))  # type: ignore[misc]
    store.writer.run(store.sealer.seal_now())
    made = backup.create(store.url, tmp_path / "copy")
    assert made == backup.read(tmp_path / "copy")
    assert (made.heads, made.kind) == ({"hull": 3}, "live")


@on_sqlite
def test_a_backup_is_its_users_alone(store: Store, tmp_path: Path) -> None:
    backup.create(store.url, tmp_path / "copy")
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "copy" / backup.COPY).stat().st_mode & 0o777 == 0o600


@on_sqlite
def test_a_backup_never_goes_over_another(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="is there already"):
        backup.create(store.url, tmp_path)


@on_sqlite
@pytest.mark.parametrize("harm", ["cut", "changed", "no page", "no copy"])
def test_a_backup_that_was_harmed_is_refused(store: Store, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "copy"
    backup.create(store.url, folder)
    copy = folder / backup.COPY
    if harm == "cut":
        copy.write_bytes(copy.read_bytes()[:-4096])
    elif harm == "changed":
        content = bytearray(copy.read_bytes())
        content[5000] ^= 1
        copy.write_bytes(content)
    else:
        (folder / (backup.PAGE if harm == "no page" else backup.COPY)).unlink()
    with pytest.raises(StoreRefused, match=r"is not the copy that was made|is no backup"):
        backup.restore(folder, f"sqlite:///{tmp_path}/other.db")
    assert not (tmp_path / "other.db").exists()


@on_sqlite
def test_what_was_backed_up_is_back_and_what_came_since_is_aside(store: Store, tmp_path: Path) -> None:
    store.writer.run(accept("before"))
    backup.create(store.url, tmp_path / "copy")
    store.writer.run(accept("since"))
    store.close()
    _, aside = backup.restore(tmp_path / "copy", store.url)
    assert aside is not None
    store.reopen()
    assert [store.writer.run(accept(key))[1] for key in ("before", "since")] == [True, False]
    old = open_engine(f"sqlite:///{aside}", demo=False, read_only=True)
    old.close()


@on_sqlite
def test_a_store_that_is_restored_holds_all_sending(store: Store, tmp_path: Path) -> None:
    made = backup.create(store.url, tmp_path / "copy")
    assert store.writer.run(Write(holds_sending)) is False
    store.close()
    backup.restore(tmp_path / "copy", store.url)
    store.reopen()
    found = store.writer.run(Write(restored_in))
    assert found is not None
    assert (found.why, found.since, found.holds) == (FROM_BACKUP, made.at, True)


@on_sqlite
def test_a_store_that_a_gateway_runs_on_is_not_replaced(store: Store, tmp_path: Path) -> None:
    backup.create(store.url, tmp_path / "copy")
    with pytest.raises(StoreRefused, match="already runs a gateway"):
        backup.restore(tmp_path / "copy", store.url)


@on_postgresql
def test_postgresql_is_backed_up_by_its_own_tools(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="back it up with its own tools"):
        backup.create(store.url, tmp_path / "copy")


def test_the_sealer_remembers_outside_the_store_what_was_committed(store: Store, tmp_path: Path) -> None:
    heads = Heads(tmp_path)
    store.writer.stop()
    sealer = Sealer(store.keys, every=0.02, kept=heads.keep)
    store.writer = Writer(store.opened, between=sealer, tick=0.01)
    store.writer.start()
    store.writer.run(Write(lambda tx: record_entry(tx, entry(1))))
    store.writer.run(sealer.seal_now())
    store.writer.run(sealer.seal_now())
    assert heads.read()["hull"].size == 1


def test_a_file_of_heads_that_cannot_be_read_holds_nothing_up(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("[]")
    assert Heads(tmp_path).read() == {}
    assert Heads(tmp_path / "gone").read() == {}
