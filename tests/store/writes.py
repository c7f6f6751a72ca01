"""What the tests of the store write: invented submissions, and the entries that go with them."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from contracts.evidence import Entry
from gateway.record.entries import make_entry
from gateway.store.tables import SUBMISSION
from gateway.store.writer import Tx, Write
from tests.conftest import Store

on_sqlite = pytest.mark.parametrize("store_urls", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("store_urls", ["postgresql"], indirect=True)


def submission_row(key: str, *, council: str = "hull", sender: str = "school", **changes: object) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "council": council,
        "sender": sender,
        "key": key,
        "fingerprint": "f",
        "source": "mis_csv",
        "state": "accepted",
        "status": 202,
        "answer": b"{}",
        "raw": None,
        "test": 0,
        "at": 1_700_000_000_000,
        **changes,
    }


def accept(key: str, *, council: str = "hull", sender: str = "school", **changes: object) -> Write[tuple[str, bool]]:
    """Accept once: the id under this key, and whether it was there before."""

    def work(tx: Tx) -> tuple[str, bool]:
        known = tx.submission((council, sender, key))
        if known is not None:
            return str(known["id"]), True
        row = submission_row(key, council=council, sender=sender, **changes)
        tx.insert(SUBMISSION, row)
        return str(row["id"]), False

    return Write(work, ((council, sender, key),))


def entry(
    number: int, *, council: str = "hull", ts: int = 1_700_000_000_000, referral: str = "", **sections: object
) -> Entry:
    """An entry whose id tells its number."""
    salt = number.to_bytes(32, "big")
    rid = str(UUID(int=0x0192F1C2_0000_4000_8000_000000000000 + number))
    said = sections or {"facts": {"n": number}}
    return make_entry(rid, council, "decision.machine", ts, said, lambda: salt, referral)


def referral_row(identifier: str, submission: str, *, council: str = "hull", **changes: object) -> dict[str, object]:
    return {
        "id": identifier,
        "council": council,
        "sender": "school",
        "source": "mis_csv",
        "submission": submission,
        "version": 1,
        "epoch": 0,
        "filed": "c",
        "facts_by_people": "",
        "purpose": "early_help",
        "test": 0,
        "at": 1_700_000_000_000,
        **changes,
    }


def delivery_row(identifier: str, referral: str, *, council: str = "hull", **changes: object) -> dict[str, object]:
    return {
        "id": identifier,
        "council": council,
        "referral": referral,
        "hub": "east",
        "kind": "referral",
        "urgent": 0,
        "lane": f"{council}/east/child",
        "state": "due",
        "due_at": 1_700_000_000_000,
        "attempts": 0,
        "schedule": "1",
        "hub_class": "A",
        "rungs": 0,
        "lost": 0,
        "early": 0,
        "planned_at": None,
        "passed": 0,
        "fence": 0,
        "lease_until": None,
        "payload": "c",
        "digest": "0" * 64,
        "inputs": "i",
        "why": "",
        "at": 1_700_000_000_000,
        "ended_at": None,
        **changes,
    }


def tamper(store: Store, statement: str) -> None:
    """Change the store behind the gateway's back, as whoever administers the database could."""
    if store.kind == "sqlite":
        store.writer.run(Write(lambda tx: tx.execute(text(statement))))
        return
    owner = create_engine(make_url(store.url).set(drivername="postgresql+psycopg", username="postgres"))
    with owner.begin() as connection:
        connection.execute(text(statement))
    owner.dispose()
