"""The large store of the bench: what is made is looked at, and a report of all of it is made and erased again."""

from __future__ import annotations

import asyncio

import pytest

from tests.bench import deciding, large, looking, reporting
from tests.bench.goals import GOALS
from tests.bench.written import open_store


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> large.Large:
    return large.make(tmp_path_factory.mktemp("large"), 60, lambda words: None)


def test_every_page_of_the_sharing_log_is_asked_for_on_a_store_that_was_filled_for_it(filled: large.Large) -> None:
    found = asyncio.run(looking.look(filled, 3))
    goals = {name for name in GOALS if name.startswith("P25")}
    assert {name: len(times) for name, times in found.items()} == dict.fromkeys(goals, 3)


def test_a_report_and_its_export_are_made_of_every_row_of_that_store_and_erased_again(filled: large.Large) -> None:
    seen = reporting.cost(filled, filled.began)
    assert seen.rows == 60 + len(deciding.KINDS)
    assert all(seconds > 0 for seconds in (seen.report, seen.report_floor, seen.export, seen.export_floor))
    connection = open_store(filled.folder / "store.db")
    assert connection.execute("SELECT count(*) FROM sheet").fetchone() == (0,)
    connection.close()
