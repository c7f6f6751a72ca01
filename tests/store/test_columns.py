"""What no store may keep is refused the same by both (F13)."""

from __future__ import annotations

from enum import StrEnum

import pytest
from sqlalchemy import select, update

from gateway.store.columns import RowRefused
from gateway.store.tables import METADATA, SUBMISSION
from gateway.store.writer import Write
from tests.conftest import Store
from tests.store.writes import accept, submission_row

BAD = {
    "NUL in text": {"source": "a\0b"},
    "half a surrogate pair": {"source": "a\ud800b"},
    "a number where text belongs": {"source": 7},
    "bytes where text belongs": {"source": b"mis_csv"},
    "text where a number belongs": {"status": "202"},
    "True where a number belongs": {"test": True},
    "a fraction where a number belongs": {"status": 202.0},
    "33 bits where 32 belong": {"status": 2**31},
    "65 bits where 64 belong": {"at": 2**63},
    "text where bytes belong": {"answer": "{}"},
    "nothing where something belongs": {"source": None},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD.keys())
def test_F13_an_inserted_row_is_refused(store: Store, changes: dict[str, object]) -> None:
    with pytest.raises(RowRefused, match=rf"^submission\.{next(iter(changes))} "):
        store.writer.run(Write(lambda tx: tx.insert(SUBMISSION, submission_row("k") | changes)))


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD.keys())
def test_F13_a_changed_row_is_refused(store: Store, changes: dict[str, object]) -> None:
    store.writer.run(accept("k"))
    with pytest.raises(RowRefused):
        store.writer.run(Write(lambda tx: tx.execute(update(SUBMISSION), changes)))


def test_a_refusal_repeats_no_value(store: Store) -> None:
    with pytest.raises(RowRefused) as refused:
        store.writer.run(accept("k", source="Imogen\0Farthing"))
    assert "Imogen" not in f"{refused.value!r} {refused.value.__cause__!r}"


@pytest.mark.parametrize("text", ["Zoë O’Brien-Ślęk", "李小龍", "👩‍👩‍👧", "e\u0301", "\u202eabc", "x" * 100_000])
def test_every_other_text_is_kept_exactly(store: Store, text: str) -> None:
    store.writer.run(accept("k", source=text))
    with store.opened.read("hull") as connection:
        assert connection.execute(select(SUBMISSION.c.source)).scalar_one() == text


def test_a_coded_value_is_kept_as_its_text(store: Store) -> None:
    class State(StrEnum):
        ACCEPTED = "accepted"

    store.writer.run(accept("k", state=State.ACCEPTED))
    with store.opened.read("hull") as connection:
        assert type(connection.execute(select(SUBMISSION.c.state)).scalar_one()) is str


def test_a_column_nobody_knows_is_named(store: Store) -> None:
    with pytest.raises(RowRefused, match="submission has no column for colour"):
        store.writer.run(accept("k", colour="red"))


def test_every_table_but_meta_carries_its_council() -> None:
    assert [name for name, table in METADATA.tables.items() if "council" not in table.c] == ["meta"]
