"""What a person reads before deciding: no name, no answer chosen, and what is said of each answer comes true."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from contracts.errors import NoSuchAnswer, NotYourRole
from gateway.store.tables import REFERRAL
from gateway.store.writer import Write
from tests.flows.desks import GROUNDS, HUB, IG, MANAGER, NO, PRACTICE, Desk, refused, unasked
from tests.running import Door, a_hull_referral, on_sqlite, rows

NAMES = ("maya", "fernsby", "joan", "invented row", "zz1", "07700", "late most mornings", "2017-03-14", "okoro")
HELD: dict[str, dict[str, Any]] = {
    "asked nobody": {"agreements": []},
    "refused": {"agreements": NO},
    "no hub": {"family": {"locality": "Elsewhere"}},
    "two councils": {"family": {"locality": "West", "home_council": "York"}},
}


@pytest.fixture(params=sorted(HELD))
def shown(request: pytest.FixtureRequest, door: Door) -> tuple[Desk, str, dict[str, Any]]:
    """A held referral of each sort, and what is shown of it."""
    desk = Desk(door.gateway)
    hold = desk.hold(door.accepted(a_hull_referral(**HELD[request.param])))
    return desk, hold, desk.ask("show", hold=hold)


@on_sqlite
def test_neither_list_nor_show_names_anybody(shown: tuple[Desk, str, dict[str, Any]]) -> None:
    desk, _, told = shown
    said = json.dumps([told, desk.ask("list"), desk.ask("list", all="yes")]).casefold()
    assert [name for name in NAMES if name in said] == []


@on_sqlite
def test_nothing_of_an_answer_stands_out(shown: tuple[Desk, str, dict[str, Any]]) -> None:
    _, _, told = shown
    assert len(told["answers"]) > 1
    assert len({tuple(sorted(answer)) for answer in told["answers"]}) == 1
    order = list(dict.fromkeys(answer["answer"] for answer in told["answers"]))
    file = [code for code in shown[0].gateway.catalogue.answers if code in order]
    assert order == file


@on_sqlite
@pytest.mark.parametrize("name", sorted(HELD))
def test_what_show_says_of_an_answer_comes_true(door: Door, name: str) -> None:
    desk = Desk(door.gateway)
    first = desk.hold(door.accepted(a_hull_referral(**HELD[name]), once="look"))
    offered = desk.ask("show", hold=first)["answers"]
    for place, offer in enumerate(offered):
        hold = desk.hold(door.accepted(a_hull_referral(**HELD[name]), once=f"again-{place}"))
        told = desk.decide(hold, offer["answer"], hub=offer["hub"], **GROUNDS)
        if told["state"] == "proposed":
            told = desk.ask("confirm", MANAGER, hold=hold)
        assert (told["outcome"], told["hub"]) == (offer["would"]["outcome"], offer["would"]["hub"])


@on_sqlite
def test_show_says_what_would_go_and_what_would_stay(door: Door) -> None:
    desk = Desk(door.gateway)
    answers = desk.ask("show", hold=desk.hold(refused(door)))["answers"]
    (anyway,) = [one["would"] for one in answers if one["answer"] == "share_anyway"]
    assert "Who the child is." in anyway["sends"]
    assert any("The sender's own words" in said for said in anyway["keeps_back"])


@on_sqlite
def test_show_says_whose_turn_it_is_whose_data_it_is_and_who_said_what(door: Door) -> None:
    desk = Desk(door.gateway)
    told = desk.ask("show", hold=desk.hold(refused(door)))
    assert told["turn"] == "whoever sent it"
    assert told["whose_data"] == "Hull answers for this information while it is held here."
    assert told["agreement"][0] == "A parent or carer: refused, on 19 October 2026."
    assert told["ring"] == "Pastoral lead, Invented Academy"


@on_sqlite
def test_an_ig_lead_sees_the_envelope_and_never_the_content(door: Door) -> None:
    desk = Desk(door.gateway)
    hold = desk.hold(refused(door))
    assert desk.ask("show", IG, hold=hold)["title"] == "What the family or young person wants"
    with pytest.raises(NotYourRole):
        desk.ask("open", IG, hold=hold, purpose="To see what the family says")


@on_sqlite
def test_content_is_read_in_the_record_before_it_is_shown(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    told = desk.ask("open", hold=desk.hold(referral), purpose="To see what the family says")
    assert told["referral"]["people"][0]["first_name"] == "Maya"
    assert desk.entries(referral)[-1] == "content.read"


@on_sqlite
def test_mine_is_what_my_role_decides_and_all_is_what_waits(door: Door) -> None:
    desk = Desk(door.gateway)
    unasked(door, once="a")
    door.accepted(a_hull_referral(**HELD["no hub"]), once="b")
    assert len(desk.ask("list", PRACTICE)) == 1
    assert len(desk.ask("list", PRACTICE, all="yes")) == 2
    assert desk.ask("list", IG) == []


@on_sqlite
def test_whoever_takes_a_hold_is_named_and_its_time_runs_on(door: Door) -> None:
    desk, referral = Desk(door.gateway), refused(door)
    hold = desk.hold(referral)
    due = desk.ask("show", hold=hold)["due"]
    desk.ask("take", hold=hold)
    told = desk.ask("take", MANAGER, hold=hold)
    assert "bram.ellis had taken it before" in told["say"]
    (line,) = desk.ask("list")
    assert (line["taken_by"], line["due"]) == ("sunny.vale", due)
    assert desk.entries(referral).count("hold.taken") == 2


# Possible duplicates and siblings ------------------------------------------------------------------------------------


@on_sqlite
def test_the_same_child_again_is_flagged_and_both_stay(door: Door) -> None:
    desk, first, second = Desk(door.gateway), unasked(door, once="a"), unasked(door, once="b")
    (like,) = desk.ask("show", hold=desk.hold(second))["alike"]
    assert (like["is"], like["referral"]) == ("possible_duplicate", first)
    assert len(rows(desk.gateway, "referral")) == 2


@on_sqlite
def test_another_child_of_the_same_family_may_be_a_sibling(door: Door) -> None:
    mother = a_hull_referral()["people"][1] | {"date_of_birth": "1988-02-03"}
    other = a_hull_referral()["people"][0] | {"first_name": "Theo", "date_of_birth": "2019-05-02"}
    desk = Desk(door.gateway)
    first = door.accepted(a_hull_referral(people=[a_hull_referral()["people"][0], mother], agreements=[]), once="a")
    second = door.accepted(a_hull_referral(people=[other, mother], agreements=[]), once="b")
    (like,) = desk.ask("show", hold=desk.hold(second))["alike"]
    assert (like["is"], like["referral"]) == ("possible_sibling", first)


@on_sqlite
def test_a_newer_version_is_no_duplicate_of_itself(door: Door) -> None:
    desk = Desk(door.gateway)
    door.accepted(json.dumps(a_hull_referral(agreements=[])).encode(), once="a")
    newer = door.accepted(json.dumps(a_hull_referral(agreements=[], reason="Other words.")).encode(), once="b")
    assert desk.ask("show", hold=desk.hold(newer))["alike"] == []


@on_sqlite
def test_other_councils_referrals_are_never_looked_at(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    door.accepted(a_hull_referral(council="tower_hamlets"), key="demo-tower-hamlets-school", once="b")
    assert desk.ask("show", hold=desk.hold(referral))["alike"] == []


# Was it needed? ------------------------------------------------------------------------------------------------------


def test_settled_42_every_hold_that_ended_is_asked_about_and_counted(door: Door) -> None:
    desk = Desk(door.gateway)
    holds = [desk.hold(unasked(door, once=str(place))) for place in range(3)]
    for hold in holds:
        desk.decide(hold, "family_agrees")
    desk.ask("needed", hold=holds[0], needed="yes")
    desk.ask("needed", hold=holds[1], needed="no")
    assert [line["id"] for line in desk.ask("list", ended="yes")] == [holds[2]]
    (row,) = desk.ask("report", MANAGER, month=f"{datetime.now(UTC):%Y-%m}")["rows"]
    assert (row["rule"], row["class"]) == ("G-506", "paperwork")
    counts = {name: row[name] for name in ("ended", "by_people", "by_itself", "needed", "not_needed", "not_said")}
    assert counts == {"ended": 3, "by_people": 3, "by_itself": 0, "needed": 1, "not_needed": 1, "not_said": 1}


@on_sqlite
def test_a_hold_that_ends_by_itself_is_asked_about_too(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    agreed = a_hull_referral()["agreements"][0]
    answer = door.post(
        f"/v1/referrals/{referral}/agreement",
        json.dumps({"agreement": agreed}).encode(),
        headers={"content-type": "application/json", "idempotency-key": "later"},
    )
    if answer.status_code < 300 and desk.standing(referral) == [("share", "promised")]:
        assert len(desk.ask("list", ended="yes")) == 1
    else:
        pytest.fail(f"{answer.status_code} {answer.text} {desk.standing(referral)}")


@on_sqlite
def test_one_that_still_runs_was_neither_needed_nor_not(door: Door) -> None:
    desk = Desk(door.gateway)
    with pytest.raises(NoSuchAnswer):
        desk.ask("needed", HUB, hold=desk.hold(unasked(door)), needed="yes")


@on_sqlite
@pytest.mark.parametrize("month", ["", "November", "2026-13"])
def test_a_month_that_is_none_is_refused_in_words(door: Door, month: str) -> None:
    with pytest.raises(NoSuchAnswer, match="2026-11"):
        Desk(door.gateway).ask("report", MANAGER, month=month)


@on_sqlite
def test_a_list_leads_only_to_what_its_reader_may_open(door: Door) -> None:
    desk = Desk(door.gateway)
    hold = desk.hold(unasked(door))
    for who, may in ((HUB, True), (IG, True), (("nell.gray", "service_head"), False)):
        told = {row["id"]: row["may"] for row in desk.ask("list", who, all="yes")}
        assert told[hold] is may, who


@on_sqlite
def test_settled_45_a_hold_says_how_long_ago_the_first_version_was_sent(door: Door) -> None:
    desk = Desk(door.gateway)
    hold = desk.hold(unasked(door))
    earlier = update(REFERRAL).values(at=REFERRAL.c.at - 3 * 24 * 3_600_000)
    door.gateway.writer.run(Write(lambda tx: tx.execute(earlier).rowcount))
    assert desk.ask("show", hold=hold)["days"] == 3
