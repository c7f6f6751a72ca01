"""Reports, samples and exports go when their time is over: by two people, or by themselves (governance 2.3, 2.4)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import ConfigError, NoSuchAnswer
from contracts.retention import read_formula
from gateway.config.retention import FILE, load_schedule
from gateway.flows.data_protection.keeping import DONE
from gateway.flows.entry import sections_of
from gateway.flows.gateway import Gateway
from gateway.flows.reports import expiring, making, shelf
from gateway.flows.reports.sample import NAME
from gateway.path.calendar import start_of
from gateway.store import content
from gateway.store.tables import REPORT, SAMPLED, SHEET
from gateway.store.writer import Write
from tests.flows.data_protection.test_retaining import DPO
from tests.flows.desks import IG, REASON, Desk
from tests.flows.reports.test_reports import LEAD, entries, exported, made, plant, row_of, taken, who
from tests.running import on_sqlite, rows

DAY = 86_400_000
SOON, OVER = date(2032, 10, 1), date(2033, 1, 1)


def at(gateway: Gateway, day: date) -> Gateway:
    ms = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)
    return replace(gateway, now=lambda: ms)


def due(gateway: Gateway) -> list[tuple[str, str, str]]:
    """What is due of reports and samples, by formula."""
    told = Desk(gateway).ask("retention-list", IG)["due"]
    return [(one["referral"], one["record"], one["formula"]) for one in told if one["record"] in ("report", "sample")]


def dispose(gateway: Gateway) -> Any:
    made = Desk(gateway).ask("retention-propose", IG)
    with pytest.raises(NoSuchAnswer, match="A second person"):
        Desk(gateway).ask("retention-confirm", IG, list=made["list"])
    return Desk(gateway).ask("retention-confirm", DPO, list=made["list"])


def tombstone(gateway: Gateway, one: str) -> dict[str, Any]:
    (rid,) = [row["rid"] for row in rows(gateway, "entry") if row["type"] == DONE and row["referral"] == one]
    with gateway.store.read("hull") as connection:
        return dict(sections_of(connection, "hull", rid)["disposal"])


def test_a_report_goes_six_years_after_it_was_made_by_two_people_and_that_it_was_made_stays(gateway: Gateway) -> None:
    plant(gateway)
    report = made(gateway, "disclosure-log")
    assert due(at(gateway, SOON)) == []
    later = at(gateway, OVER)
    assert due(later) == [(report, "report", "EVENT+6y")]
    done = dispose(later)
    assert report in {one["referral"] for one in done["disposed"]}
    assert [row for row in rows(gateway, "sheet") if row["of"] == report] == []
    assert "report" not in {row["kind"] for row in rows(gateway, "content")}
    row = row_of(gateway, "report", report)
    assert (row["state"], row["made_by"]) == ("ended", LEAD[0])
    said = tombstone(gateway, report)
    assert (said["sha256"], said["report"], said["version"]) == (row["digest"], "disclosure-log", 1)
    assert (said["proposed_by"], said["by"]) == (IG[0], DPO[0])
    shown = asyncio.run(shelf.one(later, who(later, LEAD), "disclosure-log", report))
    assert (shown.ready, shown.rows) == (False, ())
    assert due(later) == []
    again = made(gateway, "disclosure-log")
    assert row_of(gateway, "report", again)["version"] == 2


@on_sqlite
def test_a_report_counts_from_its_last_signature_and_a_hold_keeps_it(gateway: Gateway) -> None:
    plant(gateway)
    report = made(gateway, "disclosure-log")
    signed = REPORT.update().where(REPORT.c.id == report).values(signed_at=start_of(date(2028, 5, 1)))
    gateway.writer.run(Write(lambda tx: tx.execute(signed) and None))
    assert due(at(gateway, OVER)) == []
    later = at(gateway, date(2034, 5, 1))
    assert due(later) == [(report, "report", "EVENT+6y")]
    desk = Desk(later)
    hold = desk.ask("retention-hold", IG, referral=report, record="report", review="2036-01-01", reason=REASON)["hold"]
    with pytest.raises(NoSuchAnswer, match="Nothing is due"):
        dispose(later)
    desk.ask("retention-release", IG, hold=hold, reason=REASON)
    dispose(later)
    assert row_of(gateway, "report", report)["state"] == "ended"


def test_a_sample_goes_with_what_its_reviewers_answered_and_wrote(gateway: Gateway) -> None:
    plant(gateway)
    report = made(gateway, "disclosure-log")
    note = gateway.writer.run(Write(lambda tx: content.put(tx, "hull", "said", b"Quillwort: ask her brother")))
    row = {"report": report, "row": 1, "by": "kit.moor", "council": "hull", "answers": "{}", "note": note, "entry": ""}
    answered = start_of(date(2027, 3, 1))
    named = REPORT.update().where(REPORT.c.id == report).values(name=NAME)
    gateway.writer.run(Write(lambda tx: tx.insert(SAMPLED, row | {"at": answered})))
    gateway.writer.run(Write(lambda tx: tx.execute(named) and None))
    assert due(at(gateway, OVER)) == []
    later = at(gateway, date(2033, 3, 1))
    assert due(later) == [(report, "sample", "EVENT+6y")]
    dispose(later)
    assert rows(gateway, "sampled") == []
    assert note not in {one["id"] for one in rows(gateway, "content")}


@on_sqlite
def test_an_export_ends_on_the_day_of_the_councils_schedule_and_the_record_says_under_which(gateway: Gateway) -> None:
    plant(gateway)
    schedule = gateway.catalogue.schedules["hull"]
    schedule = replace(schedule, after={**schedule.after, "export": read_formula("EVENT+2d")}, codes={"export": "EX2"})
    catalogue = replace(gateway.catalogue, schedules={**gateway.catalogue.schedules, "hull": schedule})
    gateway = replace(gateway, catalogue=catalogue)
    export = exported(gateway, made(gateway, "disclosure-log"), "csv")
    now = gateway.now()
    assert asyncio.run(expiring.end_old(replace(gateway, now=lambda: now + DAY), "hull")) == 0
    asyncio.run(expiring.nightly(replace(gateway, now=lambda: now + 3 * DAY)))
    assert row_of(gateway, "export", export)["state"] == "ended"
    (rid,) = entries(gateway, expiring.ENDED)
    with gateway.store.read("hull") as connection:
        said = sections_of(connection, "hull", rid)["export"]
    assert said == {"export": export, "record": "export", "formula": "EVENT+2d", "code": "EX2"}
    with pytest.raises(NoSuchAnswer, match="its time is over"):
        taken(gateway, export)


@pytest.mark.parametrize(
    ("formula", "day"), [("EVENT+1m", date(2026, 12, 23)), ("EVENT+1y", date(2027, 11, 23)), ("EVENT+2d", None)]
)
def test_months_and_years_count_to_a_day_and_days_to_the_millisecond(formula: str, day: date | None) -> None:
    made_at = start_of(date(2026, 11, 23)) + 12_345
    assert expiring.ends(read_formula(formula), made_at) == (start_of(day) if day else made_at + 2 * DAY)


@on_sqlite
def test_what_broke_off_while_it_was_made_is_erased_in_the_night(gateway: Gateway) -> None:
    plant(gateway)
    report = made(gateway, "disclosure-log")
    unfinished = REPORT.update().where(REPORT.c.id == report).values(state="making")
    gateway.writer.run(Write(lambda tx: tx.execute(unfinished) and None))
    asyncio.run(expiring.nightly(gateway))
    assert row_of(gateway, "report", report)["state"] == "making"
    silent = row_of(gateway, "report", report)["seen_at"] + making.SILENT + 1
    asyncio.run(expiring.nightly(replace(gateway, now=lambda: silent)))
    assert row_of(gateway, "report", report)["state"] == "failed"
    with gateway.store.read("hull") as connection:
        assert connection.execute(SHEET.select()).all() == []


@pytest.mark.parametrize("record", ["access", "rights", "report", "sample", "export"])
def test_a_formula_that_nothing_would_ever_set_off_is_refused(tmp_path: Path, record: str) -> None:
    (tmp_path / FILE).write_text(f"records:\n  {record}: {{after: DOB+25y, code: A}}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"retention.yaml:2:.*counts from EVENT"):
        load_schedule(tmp_path)
