"""What came with a test key is marked wherever it is listed, and counts in no report (settled 53)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import pytest

from gateway.config.catalogue import Catalogue
from gateway.doors.cli import laying
from gateway.flows.access import Caller, Role
from gateway.flows.gateway import Gateway
from gateway.flows.oversight import asked, sharinglog
from gateway.flows.oversight.asked import Asked
from gateway.path.calendar import day_of
from tests.flows.data_protection.test_retaining import LATER, on
from tests.flows.desks import HUB, NO, PRACTICE, REASON, Desk
from tests.flows.pages import sign_in
from tests.flows.reports.test_reports import LEAD, lines, made, wait, who
from tests.running import HULL, Door, a_hull_referral, running

TRIAL = "a-test-key-of-hulls-school"
TAG = '<strong class="govuk-tag govuk-tag--yellow">Test</strong>'


@pytest.fixture(scope="module")
def both(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Door, str, str]]:
    """Hull, where one request that is held came with a live key and another with a test key: door, live id, test id."""
    folder = tmp_path_factory.mktemp("marked")
    with running(catalogue, folder, (f"sqlite:///{folder}/gateway.db", "")) as built:
        school = built.callers[sha256(HULL.encode()).hexdigest()].registration
        known = dict(built.callers) | {sha256(TRIAL.encode()).hexdigest(): Caller(Role.SENDER, school, test=True)}
        door = Door(replace(built, callers=known))
        live = door.accepted(a_hull_referral(agreements=NO), once="live")
        test = door.accepted(a_hull_referral(agreements=NO), once="test", key=TRIAL)
        yield door, live, test


def log(gateway: Gateway, **given: str) -> dict[str, bool]:
    """Request → whether the sharing log marks it."""
    council = gateway.council("hull")
    known = asked.choices(council, gateway.policy("hull"))
    question: Asked = asked.read_question(lambda name: given.get(name, ""), council, known, gateway.now())
    found = wait(sharinglog.listed(gateway, who(gateway, LEAD), question, None))
    return {row["referral"]: row["test"] for row in found.rows}


def test_the_lists_of_holds_and_tasks_mark_it_and_so_does_the_command_line(
    both: tuple[Door, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    door, live, test = both
    rows = Desk(door.gateway).ask("list", HUB)
    assert {row["referral"]: row["test"] for row in rows} == {live: False, test: True}
    laying.lines(rows, what="hold")
    assert capsys.readouterr().out.count("TEST: ") == 1
    page = sign_in(door, "hub_duty").get("/holds").text
    assert page.count(TAG) == 1
    one = Desk(door.gateway).hold(test)
    assert "No family is meant" in sign_in(door, "hub_duty").get(f"/holds/{one}").text


def test_the_sharing_log_leaves_it_out_says_so_and_shows_it_marked_when_asked(both: tuple[Door, str, str]) -> None:
    door, live, test = both
    assert log(door.gateway) == {live: False}
    assert log(door.gateway, tests="with") == {live: False, test: True}
    assert log(door.gateway, tests="only") == {test: True}
    lead = sign_in(door, "ig_lead")
    page = lead.get("/log").text
    assert "What came with a test key is left out" in page
    assert TAG not in page
    assert lead.get("/log?tests=with").text.count(TAG) == 1


def test_no_report_counts_it_and_each_says_so(both: tuple[Door, str, str]) -> None:
    door, live, test = both
    gateway, desk = door.gateway, Desk(door.gateway)
    for one in (live, test):
        desk.decide(desk.hold(one), "refuse", PRACTICE, reason=REASON, review="2027-05-01")
    for name in ("disclosure-log", "overrides"):
        found = lines(gateway, name, made(gateway, name))
        assert {row.referral for row in found} == {live}, name
    today = day_of(gateway.now())
    counted = desk.ask("report", LEAD, month=f"{today:%Y-%m}")
    assert counted["ended"] == 1
    page = sign_in(door, "ig_lead").get("/reports/hold-quality").text
    assert "What came with a test key is left out." in page
    assert "it did ring" in sign_in(door, "ig_lead").get("/reports/alarm-budget").text


def test_its_sender_reads_that_it_is_a_test(both: tuple[Door, str, str]) -> None:
    door, live, test = both
    school = next(name for name, one in door.gateway.council("hull").senders.items() if one.people.get("sender_lead"))
    lead = sign_in(door, "sender_lead", sender=school)
    assert lead.get("/sent").text.count(TAG) >= 1
    assert "No family is meant" in lead.get(f"/sent/{test}").text
    assert "No family is meant" not in lead.get(f"/sent/{live}").text


def test_what_is_due_to_go_is_marked(both: tuple[Door, str, str]) -> None:
    door, live, test = both
    due = on(door.gateway, LATER).ask("retention-list", LEAD)["due"]
    assert {one["referral"]: one["test"] for one in due} == {live: False, test: True}
    assert "No family is meant" in sign_in(door, "ig_lead").get(f"/retention/{test}/request").text
