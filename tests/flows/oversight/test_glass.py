"""Break-glass: one child for an hour, everybody told, and somebody else who looks at it (governance 5.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import pytest

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.acting import Acting, acting
from gateway.flows.gateway import Gateway
from gateway.flows.oversight import glass, glassread, glassreview
from gateway.flows.oversight.glass import LASTS, Sought
from gateway.flows.telling.alarms import tellings
from gateway.path.calendar import closing_of, day_of, next_working_day
from tests.builders import a_child
from tests.flows.desks import NO, Desk
from tests.flows.pages import Visitor, sign_in
from tests.running import Door, a_hull_referral, on_sqlite, rows

T = TypeVar("T")
WHY = "The police are at the door of the family's flat."
MAYA = Sought("Maya Fernsby", date(2017, 3, 14))
DUTY, DOOR, IG, DPO = (
    ("bram.ellis", "hub_duty"),
    ("ines.pike", "front_door"),
    ("ruth.lane", "ig_lead"),
    ("kit.moor", "data_protection_officer"),
)


def done(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def someone(gateway: Gateway, who: tuple[str, str], council: str = "hull") -> Acting:
    return acting(gateway.council(council), *who)


def broken(door: Door, who: tuple[str, str] = DOOR, sought: Sought = MAYA) -> str:
    return done(glass.break_glass(door.gateway, someone(door.gateway, who), "danger", WHY, sought))


def later(gateway: Gateway, by: int) -> Gateway:
    now = gateway.now
    return replace(gateway, now=lambda: now() + by)


def test_it_lets_somebody_read_what_their_role_does_not_open(door: Door) -> None:
    referral = door.accepted(a_hull_referral(agreements=[]))
    hold = Desk(door.gateway).hold(referral, "hold:paperwork")
    with pytest.raises(NotYourRole):
        Desk(door.gateway).ask("open", DOOR, hold=hold, purpose="To see what the family says")
    name = broken(door)
    content = done(glassread.read(door.gateway, someone(door.gateway, DOOR), name, referral))
    assert content["people"][0]["surname"] == "Fernsby"


def test_the_record_says_so_before_anything_is_shown_and_again_at_each_read(door: Door) -> None:
    first, second = door.accepted(once="a"), door.accepted(once="b")
    name = broken(door)
    assert [Desk(door.gateway).entries(one)[-1] for one in (first, second)] == ["glass.broken", "glass.broken"]
    done(glassread.read(door.gateway, someone(door.gateway, DOOR), name, first))
    assert Desk(door.gateway).entries(first)[-1] == "content.read"
    assert Desk(door.gateway).entries(second)[-1] == "glass.broken"


@pytest.mark.parametrize(
    ("held", "whose"), [({"family": {"locality": "Elsewhere"}}, "routing_desk"), ({"agreements": NO}, "hub_manager")]
)
def test_whoever_oversees_and_whose_turn_it_is_hear_at_once(door: Door, held: dict[str, Any], whose: str) -> None:
    """Where it is the sender's own turn, the hub's manager hears in their place."""
    referral = door.accepted(a_hull_referral(**held))
    broken(door)
    told = [one for one in done(tellings(door.gateway, "hull")) if "broke the glass" in one.what]
    assert {(one.role, one.interrupts) for one in told} == {("ig_lead", True), (whose, True)}
    assert {one.referral for one in told} == {referral}


def test_its_review_is_a_task_due_when_the_next_working_day_ends(door: Door) -> None:
    referral = door.accepted()
    broken(door)
    (clock,) = [row for row in rows(door.gateway, "clock") if row["kind"] == "task:review_break_glass"]
    hull = door.gateway.council("hull")
    assert clock["due_at"] == closing_of(next_working_day(day_of(door.gateway.now()), hull.hours), hull.hours)
    assert (clock["owner"], clock["referral"]) == ("ig_lead", referral)
    titles = [one["kind"] for one in Desk(door.gateway).ask("tasks", IG)]
    assert "task:review_break_glass" in titles


def test_it_ends_by_itself_after_an_hour(door: Door) -> None:
    referral = door.accepted()
    name, who = broken(door), someone(door.gateway, DOOR)
    assert not done(glass.mine(later(door.gateway, LASTS - 60_000), who, name)).ended
    after = later(door.gateway, LASTS + 1)
    shown = done(glass.mine(after, who, name))
    assert (shown.ended, shown.requests) == (True, ())
    before = len(rows(door.gateway, "entry"))
    for act in (
        glassread.read(after, who, name, referral),
        glassread.divert(after, who, name, referral, WHY),
        glass.end(after, who, name),
    ):
        with pytest.raises(AnsweredAlready):
            done(act)
    assert len(rows(door.gateway, "entry")) == before


def test_its_person_ends_it_before(door: Door) -> None:
    referral = door.accepted()
    name, who = broken(door), someone(door.gateway, DOOR)
    done(glass.end(door.gateway, who, name))
    with pytest.raises(AnsweredAlready):
        done(glassread.read(door.gateway, who, name, referral))


def test_it_is_about_one_child_and_no_other(door: Door) -> None:
    other = door.accepted(
        a_hull_referral(people=[a_child(first_name="Ola", surname="Prewett")], agreements=NO), once="o"
    )
    door.accepted()
    name, who = broken(door), someone(door.gateway, DOOR)
    for act in (glassread.read(door.gateway, who, name, other), glassread.divert(door.gateway, who, name, other, WHY)):
        with pytest.raises(NotFound):
            done(act)


def test_anybody_elses_is_nobodys(door: Door) -> None:
    referral = door.accepted()
    name = broken(door)
    assert done(glassread.read(door.gateway, someone(door.gateway, DOOR), name, referral))
    with pytest.raises(NotFound):
        done(glassread.read(door.gateway, someone(door.gateway, DUTY), name, referral))


def test_a_child_that_no_request_names_breaks_nothing_and_is_not_kept(door: Door) -> None:
    door.accepted()
    assert broken(door, sought=Sought("Nobody Here", date(2017, 3, 14))) == ""
    assert rows(door.gateway, "glass") == []
    assert [row["type"] for row in rows(door.gateway, "entry")][-1] == "children.searched"


def test_another_councils_request_a_test_and_a_sealed_one_are_not_found(door: Door) -> None:
    sealed = [a_hull_referral()["people"][0] | {"protection": ["sealed"]}, a_hull_referral()["people"][1]]
    door.accepted(a_hull_referral(people=sealed))
    assert broken(door) == ""
    manager = door.gateway.council("leicester").roles["hub_manager"].people[0]
    there = someone(door.gateway, (manager, "hub_manager"), "leicester")
    assert done(glass.break_glass(door.gateway, there, "danger", WHY, MAYA)) == ""


@pytest.mark.parametrize(
    ("code", "why", "sought"), [("", WHY, MAYA), ("danger", "quick", MAYA), ("danger", WHY, Sought("Maya Fernsby"))]
)
def test_without_a_reason_or_a_child_nothing_begins(door: Door, code: str, why: str, sought: Sought) -> None:
    with pytest.raises(NoSuchAnswer):
        done(glass.break_glass(door.gateway, someone(door.gateway, DOOR), code, why, sought))
    assert rows(door.gateway, "glass") == []


def test_a_divert_sends_all_of_it_to_the_front_door_at_once(door: Door) -> None:
    referral = door.accepted(a_hull_referral(agreements=NO))
    name = broken(door)
    told = done(glassread.divert(door.gateway, someone(door.gateway, DOOR), name, referral, WHY))
    assert told["outcome"] == "divert"
    assert [state for hub, state, _ in Desk(door.gateway).deliveries(referral, "divert")] == ["due"]
    with pytest.raises(AnsweredAlready):
        done(glassread.divert(door.gateway, someone(door.gateway, DOOR), name, referral, WHY))


def test_a_divert_is_possible_of_what_was_shared_already(door: Door) -> None:
    referral = door.accepted()
    name = broken(door)
    done(glassread.divert(door.gateway, someone(door.gateway, DOOR), name, referral, WHY))
    assert ("divert", "promised") in Desk(door.gateway).standing(referral)


# The review ----------------------------------------------------------------------------------------------------------


def test_somebody_else_reviews_it_and_the_task_ends(door: Door) -> None:
    referral = door.accepted()
    name = broken(door)
    done(glassread.read(door.gateway, someone(door.gateway, DOOR), name, referral))
    shown = done(glassreview.show(door.gateway, someone(door.gateway, IG), name))
    assert [one["what"] for one in shown["did"]] == [
        "Broke the glass to read about this child",
        "Read what the sender wrote",
    ]
    done(glassreview.review(door.gateway, someone(door.gateway, IG), name, "justified", "The police had rung."))
    (clock,) = [row for row in rows(door.gateway, "clock") if row["kind"] == "task:review_break_glass"]
    assert (clock["state"], clock["ended_by"], clock["why"]) == ("stopped", "ruth.lane", "justified")
    (row,) = rows(door.gateway, "glass")
    assert (row["found"], row["reviewed_by"], row["token"]) == ("justified", "ruth.lane", "")
    with pytest.raises(AnsweredAlready):
        done(glassreview.review(door.gateway, someone(door.gateway, DPO), name, "misuse", "I see it otherwise."))


def test_nobody_reviews_their_own(door: Door) -> None:
    """Also where the council lists one person in both roles."""
    door.accepted()
    hull = door.gateway.council("hull")
    roles = dict(hull.roles) | {"ig_lead": replace(hull.roles["ig_lead"], people=("ines.pike",))}
    both = replace(
        door.gateway.catalogue, councils={**door.gateway.catalogue.councils, "hull": replace(hull, roles=roles)}
    )
    ours = Door(replace(door.gateway, catalogue=both))
    name = broken(ours)
    with pytest.raises(NotYourRole, match="their own"):
        done(glassreview.review(ours.gateway, someone(ours.gateway, ("ines.pike", "ig_lead")), name, "justified", WHY))
    task = next(row["id"] for row in rows(ours.gateway, "clock") if row["kind"] == "task:review_break_glass")
    with pytest.raises(NoSuchAnswer):
        Desk(ours.gateway).ask("done", ("ines.pike", "ig_lead"), hold=task, note="Fine.")


def test_whoever_reviews_reads_the_reason_only_once_the_record_says_so(door: Door) -> None:
    referral = door.accepted()
    name = broken(door)
    shown = done(glassreview.show(door.gateway, someone(door.gateway, IG), name))
    assert WHY not in str(shown)
    assert done(glassreview.reason(door.gateway, someone(door.gateway, IG), name, "Review of this week")) == WHY
    assert Desk(door.gateway).entries(referral)[-1] == "reasons.read"


@pytest.mark.parametrize("who", [IG, DPO, ("dale.frost", "sealed_list"), ("nell.gray", "service_head")])
def test_only_duty_roles_of_practice_break_glass(door: Door, who: tuple[str, str]) -> None:
    with pytest.raises(NotYourRole):
        broken(door, who)


def test_only_whoever_oversees_reviews(door: Door) -> None:
    door.accepted()
    name = broken(door)
    for who in (DUTY, ("sunny.vale", "hub_manager"), ("dale.frost", "practice_manager")):
        with pytest.raises(NotYourRole):
            done(glassreview.review(door.gateway, someone(door.gateway, who), name, "justified", WHY))


# At the pages --------------------------------------------------------------------------------------------------------

CHILD = {"name": "Maya Fernsby", "born-day": "14", "born-month": "3", "born-year": "2017", "reason": "danger"}


def stepped_up(person: Visitor) -> Visitor:
    from gateway.flows.sign_in import sessions

    assert person.session is not None
    return Visitor(person.door, done(sessions.step_up(person.door.gateway, person.session)))


@on_sqlite
def test_the_page_asks_for_a_new_proof_before_any_child_is_looked_for(door: Door) -> None:
    door.accepted()
    person = sign_in(door, "front_door")
    answer = person.send("/break-glass", reason="danger", why=WHY)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/step-up?then=%2Fbreak-glass%2Fchild%3Freason%3Ddanger",
    )
    assert person.send("/break-glass/child", **CHILD).headers["location"].startswith("/step-up")
    assert rows(door.gateway, "glass") == []


@on_sqlite
def test_every_page_says_that_the_glass_is_broken_until_it_ends(door: Door) -> None:
    door.accepted()
    person = sign_in(door, "front_door")
    person.send("/break-glass", reason="danger", why=WHY)
    sure = stepped_up(person)
    went = sure.send("/break-glass/child", **CHILD)
    assert went.status_code == 303
    for path in ("/", "/holds", "/account", "/nowhere-at-all", went.headers["location"]):
        page = asyncio.run(sure.door.ask("GET", path, key=None, headers=sure._cookie() | {"accept": "text/html"}))
        assert "You have broken the glass." in page.text, path
    after = Visitor(Door(later(door.gateway, 25 * 60_000)), sure.session)
    assert "You have broken the glass." in after.get("/").text
    sure.send(f"{went.headers['location']}/end")
    assert "You have broken the glass." not in sure.get("/").text


@on_sqlite
def test_break_glass_opens_nothing_but_the_child(door: Door) -> None:
    """No policy, no key, no export: what the role may not open stays shut while it lasts."""
    referral = door.accepted()
    decision = next(row["id"] for row in rows(door.gateway, "decision") if row["referral"] == referral)
    broken(door)
    person = stepped_up(sign_in(door, "front_door"))
    for path in ("/log", f"/log/{decision}", "/children", "/break-glass/used"):
        assert person.get(path).status_code == 403, path
    for path in (f"/log/{decision}/evidence", f"/log/{decision}/content"):
        assert person.send(path, purpose=WHY).status_code == 403, path


def test_an_error_of_it_never_repeats_what_was_looked_for(door: Door) -> None:
    for sought in (Sought("Zq Canary"), Sought(number="zqnumber"), Sought("Zq Canary", None, "zqsystem", "zqnumber")):
        with pytest.raises(NoSuchAnswer) as said:
            broken(door, sought=sought)
        assert "zq" not in str(said.value).lower()
