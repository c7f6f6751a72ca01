"""Every timer of the councils' documents: its events, its unit, its owner; and what is only printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.events import EVENTS
from gateway.config import timerchecks
from gateway.config.councils import load_councils
from gateway.path import telling, whose

COUNCILS = load_councils(Path(__file__).parents[2] / "mappings" / "councils")
CLOCKS = [
    pytest.param(council, name, id=f"{council} {name} {' '.join(clock.rules)}")
    for council, loaded in COUNCILS.items()
    for name, clock in loaded.clocks.items()
]


@pytest.mark.parametrize(
    ("council", "name", "within", "starts", "stops"),
    [
        pytest.param(
            "tower_hamlets",
            "signed_form",
            "1 working day",
            "shared_without_signed_form",
            {"signed_form_came", "signed_form_seen"},
            id="TH-C05",
        ),
        pytest.param("tower_hamlets", "assessment_review", "6 months", "assessment_completed", set(), id="TH-T04"),
        pytest.param("derby", "assessment_done", "10 working days", "need_seen", {"assessment_completed"}, id="DE-T01"),
        pytest.param("derby", "plan_review", "12 weeks", "plan_agreed", {"plan_reviewed"}, id="DE-T02"),
        pytest.param("kent", "allocation", "2 working days", "district_received", {"allocated"}, id="KE-T01"),
        pytest.param(
            "kent",
            "first_contact",
            "10 working days",
            "front_door_received",
            {"family_contacted", "child_seen"},
            id="KE-T02",
        ),
        pytest.param(
            "kent", "child_seen_after_step_down", "10 working days", "stepped_down", {"child_seen"}, id="KE-T03"
        ),
        pytest.param("kent", "plan_review", "6 weeks", "plan_agreed", {"plan_reviewed"}, id="KE-T04"),
        pytest.param("kent", "joint_route", "10 days", "joint_route_agreed", {"joint_route_finished"}, id="KE-T06"),
        pytest.param("leicester", "first_meeting", "3 weeks", "stepped_down", {"meeting_arranged"}, id="LE-T01"),
        pytest.param("leicester", "plan_review", "3 months", "plan_agreed", {"plan_reviewed"}, id="LE-T02"),
        pytest.param(
            "hull",
            "written_follow_up",
            "48 hours",
            "first_contact",
            {"front_door_received", "written_follow_up"},
            id="HU-T01",
        ),
        pytest.param("hull", "feedback", "5 working days", "contact_to_front_door", {"outcome_told"}, id="HU-T02"),
    ],
)
def test_a_timer_has_its_own_events_and_the_documents_unit(
    council: str, name: str, within: str, starts: str, stops: set[str]
) -> None:
    clock = COUNCILS[council].clocks[name]
    assert (clock.within, clock.starts, set(clock.stops)) == (within, starts, stops)


@pytest.mark.parametrize(("council", "name"), CLOCKS)
def test_a_timer_that_alarms_has_an_owner_and_an_end_and_others_have_neither_alarm_nor_tellings(
    council: str, name: str
) -> None:
    clock = COUNCILS[council].clocks[name]
    assert {clock.starts, *clock.stops} <= set(EVENTS)
    assert bool(clock.owner and clock.stops) if clock.alarms else not clock.tells


@pytest.mark.parametrize(
    ("council", "rule"),
    [
        pytest.param("tower_hamlets", "TH-T01", id="TH-T01"),
        pytest.param("tower_hamlets", "TH-T02", id="TH-T02"),
        pytest.param("tower_hamlets", "TH-T03", id="TH-T03"),
        pytest.param("tower_hamlets", "TH-T05", id="TH-T05"),
        pytest.param("tower_hamlets", "TH-T06", id="TH-T06"),
        pytest.param("tower_hamlets", "TH-T07", id="TH-T07"),
        pytest.param("tower_hamlets", "TH-T08", id="TH-T08"),
        pytest.param("tower_hamlets", "TH-T09", id="TH-T09"),
        pytest.param("tower_hamlets", "TH-T10", id="TH-T10"),
        pytest.param("derby", "DE-T03", id="DE-T03"),
        pytest.param("kent", "KE-T05", id="KE-T05"),
        pytest.param("kent", "KE-T07", id="KE-T07"),
        pytest.param("kent", "KE-T09", id="KE-T09"),
        pytest.param("leicester", "LE-T03", id="LE-T03"),
        pytest.param("hull", "HU-T04", id="HU-T04"),
        pytest.param("hull", "HU-T05", id="HU-T05"),
    ],
)
def test_what_is_asked_for_inside_the_case_is_printed_once_and_never_counted_settled_45(
    council: str, rule: str
) -> None:
    said = [one for one in COUNCILS[council].guidance if rule in one.rules]
    assert len(said) == 1
    assert [clock for clock in COUNCILS[council].clocks.values() if rule in clock.rules] == []


def test_the_senders_own_roles_are_the_same_everywhere() -> None:
    assert timerchecks.SENDERS == whose.SENDERS == tuple(telling.SENDERS)
