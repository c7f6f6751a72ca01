"""Who watches the readers: each reading listed once, judged once, and told to somebody else than its reader (5.5)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import pytest

from contracts.errors import NoSuchAnswer, NotYourRole
from gateway.flows.acting import Acting, acting
from gateway.flows.gateway import Gateway
from gateway.flows.oversight import readers, reading, watching
from gateway.flows.oversight.readers import Watched
from gateway.path.calendar import day_of
from tests.builders import a_child
from tests.flows.desks import HUB, IG, NO, Desk
from tests.flows.pages import sign_in
from tests.running import Door, a_hull_referral, on_sqlite, rows

T = TypeVar("T")
WHY = "To look at the month with the team"
DPO = ("kit.moor", "data_protection_officer")
DAY = 86_400_000


def done(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def someone(gateway: Gateway, who: tuple[str, str]) -> Acting:
    return acting(gateway.council("hull"), *who)


def later(gateway: Gateway, days: int = 8) -> Gateway:
    now = gateway.now
    return replace(gateway, now=lambda: now() + days * DAY)


def month(door: Door, who: tuple[str, str] = IG, person: str = "") -> Watched:
    return done(readers.report(door.gateway, someone(door.gateway, who), day_of(door.gateway.now()), WHY, person))


def held(door: Door, once: str = "first", **changes: Any) -> str:
    """A hold of a referral whose family said no."""
    return Desk(door.gateway).hold(door.accepted(a_hull_referral(agreements=NO, **changes), once=once), "hold:")


def opened(door: Door, hold: str, who: tuple[str, str] = HUB) -> None:
    Desk(door.gateway).ask("open", who, hold=hold, purpose="To see what the family says")


def seen_by_lead(door: Door, once: str = "lead") -> None:
    referral = door.accepted(once=once)
    decision = next(row["id"] for row in rows(door.gateway, "decision") if row["referral"] == referral)
    done(reading.reasons(door.gateway, someone(door.gateway, IG), decision, WHY))


def test_every_reading_is_listed_by_person_and_none_is_listed_twice(door: Door) -> None:
    opened(door, held(door))
    seen_by_lead(door)
    entries = [row for row in rows(door.gateway, "entry") if row["type"] in ("content.read", "reasons.read")]
    listed = {row["entry"]: (row["person"], row["type"]) for row in rows(door.gateway, "reading")}
    assert listed == {
        row["rid"]: ("bram.ellis" if row["type"] == "content.read" else "ruth.lane", row["type"]) for row in entries
    }


def test_why_somebody_looked_is_in_no_table(door: Door) -> None:
    opened(door, held(door))
    assert "what the family says" not in str(rows(door.gateway, "reading"))


def test_the_lead_sees_everybody_elses_reading_and_the_officer_the_leads(door: Door) -> None:
    opened(door, held(door))
    seen_by_lead(door)
    assert [one.person for one in month(door, IG).readers] == ["bram.ellis"]
    assert [one.person for one in month(door, DPO).readers] == ["ruth.lane"]


def test_reading_the_report_is_one_entry_and_listed_itself(door: Door) -> None:
    opened(door, held(door))
    before = len(rows(door.gateway, "entry"))
    month(door)
    assert [row["type"] for row in rows(door.gateway, "entry")][before:] == ["readers.seen"]
    assert [(one.person, dict(one.what)) for one in month(door, DPO).readers] == [
        ("ruth.lane", {"Saw who has looked": 1})
    ]


def test_each_reading_of_one_person_says_why(door: Door) -> None:
    opened(door, held(door))
    assert [line["purpose"] for line in month(door, IG, "bram.ellis").lines] == ["To see what the family says"]


def test_another_month_is_empty(door: Door) -> None:
    opened(door, held(door))
    told = readers.report(door.gateway, someone(door.gateway, IG), date(2025, 1, 1), WHY)
    assert done(told).total == 0


def test_without_a_purpose_nothing_is_told_and_nothing_written(door: Door) -> None:
    before = len(rows(door.gateway, "entry"))
    with pytest.raises(NoSuchAnswer):
        done(readers.report(door.gateway, someone(door.gateway, IG), date(2026, 11, 1), "  "))
    assert len(rows(door.gateway, "entry")) == before


@pytest.mark.parametrize("who", [HUB, ("sunny.vale", "hub_manager"), ("ruth.lane", "council_admin")])
def test_nobody_else_sees_who_looked(door: Door, who: tuple[str, str]) -> None:
    with pytest.raises(NotYourRole):
        month(door, who)


# Judging -------------------------------------------------------------------------------------------------------------


def test_a_reading_is_judged_once_a_working_day_has_passed_and_then_never_again(door: Door) -> None:
    opened(door, held(door))
    assert done(watching.nightly(door.gateway)) == 0
    after = later(door.gateway)
    assert done(watching.nightly(after)) == 1
    assert done(watching.nightly(after)) == 0
    assert len([row for row in rows(door.gateway, "entry") if row["type"] == "readers.judged"]) == 1


def found(door: Door) -> list[str]:
    """The codes that the rules found, of every reading, but for the hour of the day at which the test runs."""
    done(watching.nightly(later(door.gateway)))
    codes = (code for row in rows(door.gateway, "reading") for code in (row["flags"] or "").split(","))
    return sorted(code for code in codes if code and code != "out_of_hours")


def test_whoever_opens_and_decides_is_not_asked_about(door: Door) -> None:
    hold = held(door)
    opened(door, hold)
    Desk(door.gateway).decide(hold, "close", review="2027-01-04")
    assert found(door) == []


def test_whoever_opens_and_does_nothing_is(door: Door) -> None:
    opened(door, held(door))
    assert found(door) == ["no_action"]


def test_whoever_opens_a_request_of_their_own_surname_is(door: Door) -> None:
    opened(door, held(door, people=[a_child(surname="Ellis"), a_hull_referral()["people"][1]]))
    assert found(door) == ["no_action", "own_name"]


def test_whoever_opens_what_never_waited_for_them_is(door: Door) -> None:
    referral = door.accepted()
    decision = next(row["id"] for row in rows(door.gateway, "decision") if row["referral"] == referral)
    manager = someone(door.gateway, ("sunny.vale", "hub_manager"))
    done(reading.opened(door.gateway, manager, decision, WHY))
    assert found(door) == ["no_action", "no_case"]


def test_whoever_tries_a_sealed_file_is_refused_and_written_down(door: Door) -> None:
    sealed = [a_hull_referral()["people"][0] | {"protection": ["sealed"]}, a_hull_referral()["people"][1]]
    referral = door.accepted(a_hull_referral(people=sealed))
    decision = next(row["id"] for row in rows(door.gateway, "decision") if row["referral"] == referral)
    page = sign_in(door, "hub_manager").get(f"/log/{decision}")
    assert (page.status_code, "Fernsby" in page.text) == (403, False)
    assert Desk(door.gateway).entries(referral)[-1] == "sealed.tried"
    assert found(door) == ["sealed"]


def test_what_is_found_of_a_lead_is_the_officers_to_look_at_and_not_the_leads(door: Door) -> None:
    sealed = [a_hull_referral()["people"][0] | {"protection": ["sealed"]}, a_hull_referral()["people"][1]]
    referral = door.accepted(a_hull_referral(people=sealed))
    decision = next(row["id"] for row in rows(door.gateway, "decision") if row["referral"] == referral)
    sign_in(door, "ig_lead").get(f"/log/{decision}")
    done(watching.nightly(later(door.gateway)))
    (task,) = [row for row in rows(door.gateway, "clock") if row["kind"] == "task:look_at_readers"]
    assert task["owner"] == "data_protection_officer"
    with pytest.raises(NotYourRole):
        Desk(door.gateway).ask("done", IG, hold=task["id"], note="Nothing to see.")
    assert Desk(door.gateway).ask("done", DPO, hold=task["id"], note="I asked.")["state"] == "done"


def test_one_task_runs_at_a_time_however_much_is_found(door: Door) -> None:
    for once in ("a", "b"):
        opened(door, held(door, once))
        done(watching.nightly(later(door.gateway)))
    tasks = [row for row in rows(door.gateway, "clock") if row["kind"] == "task:look_at_readers"]
    assert [row["owner"] for row in tasks] == ["ig_lead"]


# At the page ---------------------------------------------------------------------------------------------------------


@on_sqlite
def test_the_page_asks_why_before_it_shows_anything(door: Door) -> None:
    opened(door, held(door))
    lead = sign_in(door, "ig_lead")
    assert "bram.ellis" not in lead.get("/readers").text
    this = f"{day_of(door.gateway.now()):%Y-%m}"
    assert lead.send("/readers", month=this, purpose="").status_code == 422
    shown = lead.send("/readers", month=this, purpose=WHY)
    assert ("bram.ellis" in shown.text, "Fernsby" in shown.text) == (True, False)


@on_sqlite
def test_the_task_is_ended_on_the_page(door: Door) -> None:
    opened(door, held(door))
    done(watching.nightly(later(door.gateway)))
    (task,) = [row for row in rows(door.gateway, "clock") if row["kind"] == "task:look_at_readers"]
    lead = sign_in(door, "ig_lead")
    assert f'href="/readers?task={task["id"]}"' in lead.get("/tasks").text
    assert lead.send("/readers/done", task=task["id"], note="I asked, and it was a mistake.").status_code == 303
    (task,) = [row for row in rows(door.gateway, "clock") if row["kind"] == "task:look_at_readers"]
    assert task["state"] == "stopped"
