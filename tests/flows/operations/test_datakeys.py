"""What is at rest says nothing of a family, and its keys can be changed (reliability I5, settled 20)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, make_url, select, update

from contracts.errors import ContentUnreadable, StoreRefused
from gateway.flows.evidence.proving import prove
from gateway.flows.gateway import Gateway
from gateway.flows.operations import datakeys
from gateway.record.findings import Kind
from gateway.store.content import get
from gateway.store.tables import CONTENT
from gateway.store.vault import PLAIN
from gateway.store.writer import Write
from tests.running import Door, a_hull_referral, counts, rows

WORDS = "quillwort-lantern-words"
CANARIES = (WORDS, "Maya", "Fernsby", "2017-03-14", "Sam Okoro", "Invented Academy")


def a_family(door: Door, many: int = 3) -> list[str]:
    document = a_hull_referral(reason=f"{WORDS}: her mother asks for help with routines.")
    return [door.accepted(document, once=f"k{number}") for number in range(many)]


def every_byte(gateway: Gateway) -> bytes:
    """The files of a SQLite store, its log too; of PostgreSQL every row, bytes as bytes and not in hex."""
    url = make_url(gateway.settings.store)
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    owner = create_engine(url.set(drivername="postgresql+psycopg", username="postgres"))
    try:
        with owner.connect() as connection:
            raw: Any = connection.connection.driver_connection
            dumped = []
            for table in inspect(connection).get_table_names():
                with raw.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copied:
                    dumped += [bytes(part) for part in copied]
        return b"".join(dumped)
    finally:
        owner.dispose()


def kept(gateway: Gateway) -> dict[str, bytes]:
    return {row["id"]: row["body"] for row in rows(gateway, "content")}


def said(gateway: Gateway) -> bytes:
    return b"".join(kept(gateway).values())


def test_the_store_on_the_disk_holds_nothing_of_the_family(door: Door) -> None:
    a_family(door)
    found = every_byte(door.gateway)
    assert [word for word in CANARIES if word.encode() not in said(door.gateway)] == [], (
        "they must be there to be missed"
    )
    assert [word for word in CANARIES if word.encode() in found] == []


def test_a_rotation_reseals_every_row_and_what_comes_next(door: Door) -> None:
    (first, *_) = a_family(door)
    before = kept(door.gateway)
    assert datakeys.rotate(door.gateway, "hull") == len(before)
    told = datakeys.standing(door.gateway, "hull")
    assert [(key.number, key.seals, key.rows > 0) for key in told.keys] == [(2, True, True), (1, False, False)]
    assert before.items() <= kept(door.gateway).items()
    assert door.get(f"/v1/referrals/{first}").status_code == 200
    door.accepted(once="after")
    assert datakeys.standing(door.gateway, "hull").keys[1].rows == 0


def test_a_rotation_is_recorded_and_the_record_still_verifies(door: Door) -> None:
    a_family(door)
    datakeys.rotate(door.gateway, "hull")
    door.gateway.writer.run(door.gateway.sealer.seal_now())
    proven = prove(door.gateway.store, "hull", door.gateway.keys["hull"].record)
    assert proven.report.sound
    assert [row["type"] for row in rows(door.gateway, "entry")].count(datakeys.ROTATED) == 1


def test_what_older_gateways_kept_plain_is_read_counted_and_sealed(door: Door) -> None:
    a_family(door)
    plain(door.gateway)
    assert WORDS.encode() in every_byte(door.gateway)
    assert datakeys.standing(door.gateway, "hull").plain == counts(door.gateway)["content"]
    before = kept(door.gateway)
    assert datakeys.encrypt(door.gateway, "hull") == counts(door.gateway)["content"]
    assert datakeys.standing(door.gateway, "hull").plain == 0
    assert kept(door.gateway) == before
    if door.gateway.store.kind == "sqlite":  # PostgreSQL lets go when it next vacuums
        assert WORDS.encode() not in every_byte(door.gateway)


def test_a_key_is_forgotten_only_once_nothing_needs_it(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    a_family(door)
    with pytest.raises(StoreRefused, match="still needed"):
        datakeys.forget(door.gateway, "hull", 1)
    datakeys.rotate(door.gateway, "hull")
    with pytest.raises(StoreRefused, match="Another process may still seal with it"):
        datakeys.forget(door.gateway, "hull", 1)
    monkeypatch.setattr(datakeys, "LOOK", 0.0)
    assert datakeys.forget(door.gateway, "hull", 1).number == 1
    assert [key.number for key in datakeys.standing(door.gateway, "hull").keys] == [2]
    with pytest.raises(StoreRefused, match="has no data key 1"):
        datakeys.forget(door.gateway, "hull", 1)


def test_altered_content_is_an_error_and_record_verify_names_its_entry(door: Door) -> None:
    a_family(door, 1)
    door.gateway.writer.run(door.gateway.sealer.seal_now())
    (entry,) = [row for row in rows(door.gateway, "entry") if row["type"] == "decision.machine"]
    alter(door.gateway, entry["sections"])
    proven = prove(door.gateway.store, "hull", door.gateway.keys["hull"].record)
    assert {(one.kind, one.rid) for one in proven.report.findings} == {(Kind.UNREADABLE, entry["rid"])}
    assert "cannot be opened: it was changed, or the key" in proven.report.findings[0].say
    with door.gateway.store.read("hull") as connection, pytest.raises(ContentUnreadable, match="cannot be opened"):
        get(connection, "hull", entry["sections"])


def plain(gateway: Gateway) -> None:
    """Write every row as a gateway without data keys did."""
    found = rows(gateway, "content")
    for row in found:
        change = update(CONTENT).where(CONTENT.c.id == row["id"]).values(body=PLAIN + row["body"])
        gateway.writer.run(Write(lambda tx, change=change: tx.execute(change)))  # type: ignore[misc]


def alter(gateway: Gateway, content: str) -> None:
    """Flip one bit of the last byte, as a hand in the database would."""
    one = CONTENT.c.id == content
    body = gateway.writer.run(Write(lambda tx: bytes(tx.execute(select(CONTENT.c.body).where(one)).scalar_one())))
    changed = body[:-1] + bytes([body[-1] ^ 1])
    gateway.writer.run(Write(lambda tx: tx.execute(update(CONTENT).where(one).values(body=changed))))
