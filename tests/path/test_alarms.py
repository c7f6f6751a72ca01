"""Who hears of a clock, when, and whose turn it is: the alarms' budget, cover, and schools that are shut."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.council import DutyRole, MailedLinks
from gateway.config.tables import load_policy
from gateway.path.alarms import NEVER, Ticking, Watch, can_ring, first_turn, step, tell_at, watch_of
from gateway.path.calendar import LONDON
from gateway.path.clocks import due, handovers
from gateway.path.closures import is_school_day, opens_within
from gateway.path.whose import covered
from tests.path.deriving import COUNCILS

POLICY = load_policy(Path(__file__).parents[2] / "mappings" / "sharing")
HULL = COUNCILS["hull"]
HOUR = 3_600_000


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1000)


MONDAY = at("2026-11-02T10:00")


def clock(kind: str, started: int = MONDAY, **changes: object) -> tuple[Ticking, Watch]:
    watch = watch_of(kind, "", POLICY, HULL)
    until = due(watch.within, started, HULL.hours)
    owner, _ = first_turn(watch, started, until, started, HULL, "academy", POLICY.schools)
    return replace(Ticking(owner, "", 0, started, until, "academy"), **changes), watch  # type: ignore[arg-type]


# Whose turn ----------------------------------------------------------------------------------------------------------


def test_a_safety_hold_goes_to_the_hub_at_half_time_settled_44() -> None:
    one, watch = clock("hold:safety")
    half = step(one, watch, HULL, POLICY.schools, MONDAY + HOUR // 2)
    assert (one.owner, half.owner, half.told, half.next_at) == (
        "sender_safeguarding_lead",
        "hub_duty",
        ("hub_duty",),
        one.due_at,
    )


def test_half_time_is_half_of_the_working_time() -> None:
    friday = at("2026-11-06T16:00")
    assert handovers("4 working hours", friday, at("2026-11-09T12:00"), 2) == (at("2026-11-09T10:00"),)


def test_three_owners_have_half_and_then_half_of_the_rest() -> None:
    one, watch = clock("hold:wishes")
    turns = handovers(watch.within, MONDAY, one.due_at, 3)
    assert turns == (at("2026-11-03T13:30"), at("2026-11-04T11:15"))


def test_what_a_person_has_taken_is_passed_to_nobody() -> None:
    one, watch = clock("hold:safety", taken_by="sam")
    half = step(one, watch, HULL, POLICY.schools, MONDAY + HOUR // 2)
    assert (half.owner, half.why, half.next_at) == ("sender_safeguarding_lead", "", one.due_at)


@pytest.mark.parametrize(
    ("started", "owner"),
    [
        pytest.param("2026-11-02T10:00", "sender_safeguarding_lead", id="in term"),
        pytest.param("2026-11-02T16:10", "hub_duty", id="after school, while the hub is open"),
        pytest.param("2026-08-11T10:00", "hub_duty", id="in the summer holidays"),
        pytest.param("2026-04-09T10:00", "hub_duty", id="in the Easter holidays"),
        pytest.param("2027-01-04T10:00", "sender_safeguarding_lead", id="first day of spring term"),
    ],
)
def test_a_schools_hold_passes_to_the_hub_while_the_school_is_shut_settled_44(started: str, owner: str) -> None:
    assert clock("hold:safety", at(started))[0].owner == owner


def test_a_hospitals_hold_stays_with_it_in_august() -> None:
    watch = watch_of("hold:safety", "", POLICY, HULL)
    august = at("2026-08-11T10:00")
    until = due(watch.within, august, HULL.hours)
    assert first_turn(watch, august, until, august, HULL, "nhs", POLICY.schools)[0] == "sender_safeguarding_lead"


def test_an_empty_role_is_covered_and_one_that_nobody_covers_keeps_its_own() -> None:
    roles = {"a": DutyRole("A", cover="b"), "b": DutyRole("B", cover="c"), "c": DutyRole("C", ("kit",))}
    assert covered("a", roles) == "c"
    assert covered("a", {"a": DutyRole("A", cover="b"), "b": DutyRole("B", cover="a")}) == "a"


def test_a_school_that_opens_before_the_turn_ends_keeps_its_turn() -> None:
    night, morning = at("2026-11-02T20:00"), at("2026-11-03T08:31")
    assert opens_within(POLICY.schools, night, morning)
    assert not opens_within(POLICY.schools, night, at("2026-11-03T08:30"))


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 3, 27), True),
        (date(2026, 3, 30), False),
        (date(2026, 4, 13), True),
        (date(2026, 5, 4), False),
        (date(2026, 7, 22), False),
        (date(2026, 9, 2), True),
        (date(2026, 12, 31), False),
        (date(2027, 1, 4), True),
        (date(2026, 11, 7), False),
    ],
)
def test_schools_keep_englands_usual_days(day: date, open_: bool) -> None:
    assert is_school_day(day, POLICY.schools) is open_


# What rings ----------------------------------------------------------------------------------------------------------


def test_when_time_is_up_more_people_hear_and_nothing_else_happens() -> None:
    one, watch = clock("hold:paperwork")
    done = step(one, watch, HULL, POLICY.schools, one.due_at)
    assert (done.why, done.rung, done.owner) == ("due", 1, one.owner)
    assert done.told == (one.owner, "sender_safeguarding_lead", "hub_manager")


def test_a_divert_rings_again_every_fifteen_minutes_at_night_too_settled_33() -> None:
    one, watch = clock("clock:divert_acknowledged", at("2026-12-25T02:00"))
    first = step(one, watch, HULL, POLICY.schools, one.due_at)
    again = step(replace(one, rung=1), watch, HULL, POLICY.schools, first.next_at)
    assert [one.due_at, first.next_at, again.next_at] == [
        at("2026-12-25T02:15"),
        at("2026-12-25T02:30"),
        at("2026-12-25T02:45"),
    ]
    assert first.told[0] == "front_door"


@pytest.mark.parametrize(
    ("kind", "interrupts"),
    [
        ("clock:divert_acknowledged", True),
        ("task:ring_front_door", True),
        ("task:look_at_possible_harm", True),
        ("delivery:divert", True),
        ("hold:safety", True),
        ("hold:wishes", False),
        ("hold:paperwork", False),
        ("hold:register", False),
        ("task:chase_signed_form", False),
        ("delivery:dead", False),
        ("timer:feedback", False),
        ("signed_form.unread", False),
    ],
)
def test_only_danger_diverts_and_overdue_safety_holds_interrupt_settled_45(kind: str, interrupts: bool) -> None:
    assert watch_of(kind, "hub_duty", POLICY, HULL).interrupts is interrupts


@pytest.mark.parametrize(
    ("now", "digest"),
    [
        ("2026-11-02T08:59", "2026-11-02T09:00"),
        ("2026-11-02T09:00", "2026-11-02T14:00"),
        ("2026-11-02T14:00", "2026-11-03T09:00"),
        ("2026-11-06T15:00", "2026-11-09T09:00"),
        ("2026-04-02T15:00", "2026-04-07T09:00"),
        ("2026-10-24T12:00", "2026-10-26T09:00"),
    ],
)
def test_the_rest_waits_for_the_digest_at_nine_or_two_on_a_working_day_settled_45(now: str, digest: str) -> None:
    assert tell_at(False, at(now), HULL.hours) == at(digest)


def test_what_interrupts_waits_for_no_digest() -> None:
    assert tell_at(True, at("2026-12-25T02:00"), HULL.hours) == at("2026-12-25T02:00")


def test_a_timer_rings_once_something_here_can_tell_that_it_ended_settled_45() -> None:
    told = replace(HULL.senders["invented_academy"], may=("deliveries.outcome",), hubs=("ehash",))
    nobody = {name: one for name, one in HULL.senders.items() if "deliveries.outcome" not in one.may}
    deaf, hears = replace(HULL, senders=nobody), replace(HULL, senders=nobody | {"hub": told})
    assert [can_ring(deaf, "feedback"), can_ring(hears, "feedback")] == [False, True]
    assert can_ring(deaf, "written_follow_up"), "its arrival is seen here"
    assert not can_ring(COUNCILS["tower_hamlets"], "assessment_review")


def test_a_link_in_a_mail_can_tell_that_a_timer_ended_settled_45() -> None:
    """Whoever reads a hub's mailbox, or a team's that hears of the timer, is mailed a link by which they say so."""
    nobody = {name: one for name, one in HULL.senders.items() if "deliveries.outcome" not in one.may}
    deaf = replace(HULL, senders=nobody)
    hub, team, other = (
        replace(deaf, links=one)
        for one in (
            MailedLinks(hubs=frozenset({"locality_west"})),
            MailedLinks(roles=frozenset({"hub_duty"})),
            MailedLinks(roles=frozenset({"team_manager"})),
        )
    )
    assert [can_ring(one, "feedback") for one in (hub, team, other)] == [True, True, False]
    unseen = replace(hub.clocks["feedback"], stops=("plan_reviewed",))
    assert not can_ring(replace(hub, clocks={"feedback": unseen}), "feedback"), "no link tells of that"


def test_a_timer_that_cannot_ring_is_never_looked_at_again() -> None:
    watch = Watch(("hub_duty",), "5 working days", "Ask.", rings=False)
    one = Ticking("hub_duty", "", 0, MONDAY, MONDAY + 1)
    assert step(one, watch, HULL, POLICY.schools, MONDAY + HOUR) == step(one, watch, HULL, POLICY.schools, MONDAY)
    assert step(one, watch, HULL, POLICY.schools, MONDAY).next_at == NEVER


KINDS = [
    *(f"hold:{code}" for code in POLICY.holds),
    *(f"task:{code}" for code in POLICY.tasks),
    *(f"clock:{code}" for code in POLICY.clocks),
    *(f"delivery:{code}" for code in POLICY.deliveries),
    *(f"timer:{name}" for name in HULL.clocks),
    "signed_form.unread",
]
INSTANTS = st.integers(at("2026-01-01T00:00"), at("2028-01-01T00:00"))


@settings(max_examples=50)
@given(st.sampled_from(KINDS), INSTANTS, st.integers(0, 40 * 24 * HOUR), st.sampled_from(["", "kit"]))
def test_the_next_look_is_always_later(kind: str, started: int, waited: int, taken: str) -> None:
    one, watch = clock(kind, started, taken_by=taken)
    assert step(one, watch, HULL, POLICY.schools, started + waited).next_at > started + waited


@settings(max_examples=50)
@given(st.sampled_from(KINDS), INSTANTS, st.integers(0, 40 * 24 * HOUR))
def test_looking_late_comes_to_what_looking_often_would(kind: str, started: int, waited: int) -> None:
    """Between two looks nothing is lost: the owner is the one whose turn it is, however long nobody looked."""
    one, watch = clock(kind, started)
    now, then, often = started + waited, started, one
    late = step(one, watch, HULL, POLICY.schools, min(now, one.due_at - 1))
    for _ in range(len(watch.owners) + 1):
        done = step(often, watch, HULL, POLICY.schools, then)
        often, then = replace(often, owner=done.owner), done.next_at
        if then > min(now, one.due_at - 1):
            break
    assert late.owner == often.owner or one.due_at <= started + 1


@settings(max_examples=50)
@given(st.sampled_from(["4 working hours", "2 working days", "15 minutes", "3 weeks"]), INSTANTS, st.integers(1, 5))
def test_turns_follow_one_another_before_time_is_up(within: str, started: int, owners: int) -> None:
    until = due(within, started, HULL.hours)
    turns = handovers(within, started, until, owners, HULL.hours)
    assert list(turns) == sorted(set(turns))
    assert all(started < turn < until for turn in turns)
