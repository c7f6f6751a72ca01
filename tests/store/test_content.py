"""Personal bytes have one door, and erased means gone from the disk (F2, settled 20)."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from sqlalchemy import make_url

from contracts.errors import ContentUnreadable
from gateway.store import content
from gateway.store.vault import NO_KEYS
from gateway.store.writer import Write
from tests.conftest import Store
from tests.store.writes import accept, on_sqlite

SIZES = (40, 3_000, 300_000)


def on_disk(store: Store, canary: bytes) -> list[str]:
    """The names of the store's files that hold these bytes."""
    path = Path(str(make_url(store.url).database))
    return [file.name for file in sorted(path.parent.glob(path.name + "*")) if canary in file.read_bytes()]


@on_sqlite
@pytest.mark.parametrize("size", SIZES)
def test_F2_erasure_leaves_no_canary_on_the_disk(store: Store, size: int) -> None:
    canary = secrets.token_hex(20).encode()
    body = (canary * (size // len(canary) + 1))[:size]
    for number in range(5):
        store.writer.run(accept(f"before {number}", answer=secrets.token_bytes(4_000)))
    kept = [store.writer.run(Write(lambda tx: content.put(tx, "hull", "raw", body))) for _ in range(4)]
    assert on_disk(store, canary), "the canary must have been there to be missed"
    store.writer.run(Write(lambda tx: content.erase(tx, "hull", kept)))
    assert on_disk(store, canary) == []


@on_sqlite
def test_F2_a_reader_in_the_way_only_puts_it_off(store: Store) -> None:
    canary = secrets.token_hex(20).encode()
    kept = store.writer.run(Write(lambda tx: content.put(tx, "hull", "raw", canary)))
    with store.opened.read("hull") as connection:
        assert content.get(connection, "hull", kept) == canary
        store.writer.run(Write(lambda tx: content.erase(tx, "hull", [kept])))
    store.writer.run(accept("k"))
    store.writer.run(accept("another"))
    assert on_disk(store, canary) == []


def test_one_council_cannot_erase_what_another_keeps(store: Store) -> None:
    kept = store.writer.run(Write(lambda tx: content.put(tx, "hull", "raw", b"words")))
    assert store.writer.run(Write(lambda tx: content.erase(tx, "leicester", [kept]))) == 0
    with store.opened.read("hull") as connection:
        assert content.get(connection, "hull", kept) == b"words"


@pytest.mark.parametrize("body", [b"", b"\0", bytes(range(256)) * 1000])
def test_bytes_come_back_as_they_went_in(store: Store, body: bytes) -> None:
    kept = store.writer.run(Write(lambda tx: content.put(tx, "hull", "raw", body)))
    with store.opened.read("hull") as connection:
        assert content.get(connection, "hull", kept) == body


def test_what_a_newer_gateway_sealed_is_not_taken_for_plain() -> None:
    with pytest.raises(ContentUnreadable, match="a newer gateway"):
        NO_KEYS.unseal("hull", "one", "raw", b"\x02ciphertext")
