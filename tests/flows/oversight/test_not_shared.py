"""Decisions not to share are listed and counted with their reason, who made them and when they are looked at again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from contracts.errors import SenderError
from gateway.flows.decisions.again import decide_again, load
from gateway.flows.oversight.not_shared import COLUMNS, NotShared, as_csv, counted, not_shared
from gateway.path.answered import REFUSALS
from gateway.path.calendar import day_of
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.flows.desks import HUB, NO, Desk
from tests.running import Door, a_hull_referral, rows

SAYS = {hit.rule: hit.say for hit in REFUSALS.values()}


@pytest.fixture
def desk(door: Door) -> Desk:
    return Desk(door.gateway)


def found(desk: Desk, shift: int = 0) -> tuple[NotShared, ...]:
    today = day_of(desk.gateway.now()) + timedelta(days=shift)
    with desk.gateway.store.read(desk.council) as connection:
        return not_shared(connection, desk.council, SAYS, today, today)


def decide_anew(desk: Desk, referral: str) -> int:
    """Decide all of it again, as an unrelated change would. Returns the newest version."""

    def work(tx: Tx) -> None:
        decide_again(desk.gateway, tx, *load(desk.gateway, tx, desk.council, referral))

    desk.gateway.writer.run(Write(work))
    return max(row["version"] for row in rows(desk.gateway, "decision") if row["referral"] == referral)


def decided(door: Door, desk: Desk, answer: str = "refuse", once: str = "first") -> str:
    referral = door.accepted(a_hull_referral(agreements=NO), once=once)
    desk.decide(desk.hold(referral), answer, review="2030-01-07")
    return referral


def test_a_refusal_is_listed_with_who_why_and_its_review(door: Door, desk: Desk) -> None:
    referral = decided(door, desk)
    (one,) = found(desk)
    assert (one.referral, one.by, one.review, one.stands) == (referral, HUB[0], date(2030, 1, 7), True)
    assert one.rules == ("P-REFUSED",)
    assert one.reason == "A named person decided not to share this, and wrote why."


def test_what_was_shared_or_waits_is_not_listed(door: Door, desk: Desk) -> None:
    door.accepted()
    door.accepted(a_hull_referral(agreements=NO), once="waits")
    assert found(desk) == ()


def test_what_was_opened_again_is_listed_and_no_longer_stands(door: Door, desk: Desk) -> None:
    referral = decided(door, desk)
    desk.decide(desk.hold(referral, "review:"), "reopen", ("sunny.vale", "hub_manager"))
    (one,) = found(desk)
    assert one.stands is False


def test_made_again_it_is_one_decision_and_still_the_persons(door: Door, desk: Desk) -> None:
    referral = decided(door, desk)
    first = found(desk)
    again = decide_anew(desk, referral)
    assert (again > 1, found(desk)) == (True, first)


def test_another_day_is_not_listed(door: Door, desk: Desk) -> None:
    decided(door, desk)
    assert (found(desk, -1), found(desk, 1)) == ((), ())


def test_they_are_counted_by_their_rules_the_most_frequent_first(door: Door, desk: Desk) -> None:
    for once, answer in (("1", "close"), ("2", "refuse"), ("3", "refuse")):
        decided(door, desk, answer, once)
    assert [(rules, count) for rules, _, count in counted(found(desk))] == [("P-REFUSED", 2), ("P-CLOSED", 1)]


def test_the_list_names_no_family_and_holds_nothing_that_a_person_wrote(door: Door, desk: Desk) -> None:
    decided(door, desk)
    written = as_csv(found(desk)).decode()
    assert not [word for word in ("Maya", "Fernsby", "Joan", "teacher") if word in written]
    assert written.splitlines()[0].lstrip("\ufeff").split(",") == list(COLUMNS)


def test_a_cell_cannot_be_a_formula() -> None:
    one = NotShared(date(2026, 11, 2), "r", "hub", ("X",), "=1+1", "@evil", True, None)
    assert b",'=1+1,'@evil," in as_csv((one,))


def test_days_in_the_wrong_order_are_refused(desk: Desk) -> None:
    with desk.gateway.store.read("hull") as connection, pytest.raises(SenderError, match="before the first"):
        not_shared(connection, "hull", SAYS, date(2026, 11, 3), date(2026, 11, 2))
