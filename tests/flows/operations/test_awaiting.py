"""Everything that waits for a second person, a review or a signature is in one list, for those who may do it alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.config.catalogue import Catalogue
from gateway.config.policytext import redated
from gateway.flows.gateway import Gateway
from gateway.flows.operations.awaiting import awaiting
from gateway.flows.policy import policies, proposing
from gateway.flows.reports import exporting, signing
from tests.flows.data_protection.test_retaining import LATER, a_request, on
from tests.flows.desks import GROUNDS, HUB, MANAGER, NO, PRACTICE, Desk
from tests.flows.reports.test_reports import LEAD, OFFICER, WHY, made, row_of, wait, who
from tests.running import Door, a_hull_referral, running

HEAD = ("nell.gray", "service_head")
SECOND = "Confirm as a second person"


@pytest.fixture(scope="module")
def gateway(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Hull, where one request has ended and another is held."""
    folder = tmp_path_factory.mktemp("awaiting")
    with running(catalogue, folder, (f"sqlite:///{folder}/gateway.db", "")) as built:
        door = Door(built)
        a_request(door)
        door.accepted(a_hull_referral(agreements=NO), once="held")
        yield built


def waits(gateway: Gateway, one: tuple[str, str], do: str = "") -> list[str]:
    """What waits for somebody, or of that what is to be done so; never twice."""
    found = wait(awaiting(gateway, who(gateway, one)))
    assert len(set(found)) == len(found)
    return [each.what for each in found if each.do == do or not do]


def test_an_answer_waits_for_another_person_until_they_confirm_it(gateway: Gateway) -> None:
    desk = Desk(gateway)
    held = next(one for one in desk.ask("list") if one["title"].startswith("What the family"))
    desk.decide(held["id"], "share_anyway", **GROUNDS)
    assert waits(gateway, HUB, SECOND) == []
    assert waits(gateway, LEAD, SECOND) == []
    assert waits(gateway, MANAGER, SECOND) == [held["title"]]
    desk.ask("confirm", MANAGER, hold=held["id"])
    assert waits(gateway, MANAGER, SECOND) == []


def test_a_hold_that_ended_asks_whoever_decides_its_kind_whether_it_was_needed(gateway: Gateway) -> None:
    desk = Desk(gateway)
    (ended,) = desk.ask("list", ended="yes")
    assert waits(gateway, HUB, "Say whether it was needed") == ["1 hold that ended"]
    assert waits(gateway, LEAD, "Say whether it was needed") == []
    desk.ask("needed", hold=ended["id"], needed="yes")
    assert waits(gateway, HUB, "Say whether it was needed") == []


def test_a_report_waits_for_a_review_and_then_for_a_signature_by_others(gateway: Gateway) -> None:
    report = made(gateway, "disclosure-log")
    said = ["Report: Disclosure log"]
    assert [waits(gateway, one, "Review") for one in (LEAD, OFFICER, PRACTICE, MANAGER)] == [[], said, said, []]
    wait(signing.review(gateway, who(gateway, PRACTICE), "disclosure-log", report))
    assert [waits(gateway, one, "Sign") for one in (PRACTICE, HEAD, LEAD)] == [[], said, said]
    wait(signing.sign(gateway, who(gateway, HEAD), "disclosure-log", report, read=True))
    assert waits(gateway, LEAD, "Sign") == waits(gateway, OFFICER, "Review") == []


def test_a_large_export_waits_for_a_second_person(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "ALONE", 0)
    report = made(gateway, "disclosure-log")
    export = wait(exporting.ask(gateway, who(gateway, LEAD), report, "csv", WHY, wait=60))
    assert waits(gateway, LEAD, SECOND) == waits(gateway, PRACTICE, SECOND) == []
    (said,) = waits(gateway, OFFICER, SECOND)
    assert said.startswith("Export of")
    assert said.endswith("rows: Disclosure log")
    over = replace(gateway, now=lambda: row_of(gateway, "export", export)["until"])
    assert waits(over, OFFICER, SECOND) == []
    wait(exporting.confirm(gateway, who(gateway, OFFICER), export))
    assert waits(gateway, OFFICER, SECOND) == []


def test_a_list_to_dispose_of_waits_for_a_second_person_and_only_the_newest(gateway: Gateway) -> None:
    desk, said = on(gateway, LATER), "A list of 1 record to dispose of"
    desk.ask("retention-propose", LEAD)
    newer = desk.ask("retention-propose", LEAD)["list"]
    assert [waits(gateway, one, SECOND) for one in (LEAD, OFFICER, PRACTICE)] == [[], [said, said], []]
    desk.ask("retention-confirm", OFFICER, list=newer)
    assert waits(gateway, OFFICER, SECOND) == []


def test_a_policy_waits_for_each_approver_and_then_to_be_published(gateway: Gateway) -> None:
    day = datetime.now(UTC) + timedelta(days=7)
    text = redated(gateway.policy("hull").text, "9.0.0", day)
    wait(proposing.propose(gateway, who(gateway, OFFICER), text, "To begin it a week from now."))
    said = ["Rules, version 9.0.0"]
    assert [waits(gateway, one, "Approve") for one in (LEAD, PRACTICE, OFFICER, HUB)] == [said, said, [], []]
    wait(policies.approve(gateway, who(gateway, LEAD), text))
    assert (waits(gateway, LEAD, "Approve"), waits(gateway, LEAD, "Publish")) == ([], [])
    wait(policies.approve(gateway, who(gateway, PRACTICE), text))
    assert waits(gateway, PRACTICE, "Approve") == []
    assert waits(gateway, PRACTICE, "Publish") == said
    wait(proposing.put_aside(gateway, who(gateway, OFFICER), policies.check(text).digest))
    assert waits(gateway, PRACTICE, "Publish") == []
