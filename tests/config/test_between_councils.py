"""Where the councils' documents differ each has its own setting, and where one contradicts itself it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts.council import FAMILY, Council
from gateway.config.codes import load_codes
from gateway.config.councils import load_councils

MAPPINGS = Path(__file__).parents[2] / "mappings"
COUNCILS = load_councils(MAPPINGS / "councils")
CODES = load_codes(MAPPINGS / "codes")


def _rows(council: Council) -> str:
    return (MAPPINGS / "councils" / council.name / "rules.yaml").read_text(encoding="utf-8")


def _hubs_for(purpose: str) -> Callable[[Council], set[str]]:
    def found(council: Council) -> set[str]:
        return {route.hub for route in council.routes if purpose in route.when["purpose"]}

    return found


def _within(clock: str) -> Callable[[Council], str]:
    return lambda council: council.clocks[clock].within if clock in council.clocks else ""


LOCALITIES = {"spa_locality_1", "spa_locality_2", "spa_locality_3"}
MEETINGS = {"eham_west", "eham_east", "eham_north"}
DIFFER: Mapping[str, tuple[Callable[[Council], Any], Mapping[str, Any]]] = {
    "X-02": (
        lambda council: council.settings.terms("request").form,
        {"tower_hamlets": "signed", "derby": "written", "kent": "", "leicester": "", "hull": ""},
    ),
    "X-03": (
        lambda council: council.settings.terms("request").parties,
        {
            "tower_hamlets": "child_and_family",
            "derby": "child_or_parent",
            "kent": "child_and_family",
            "leicester": "child_or_parent",
            "hull": "child_or_parent",
        },
    ),
    "X-04": (
        lambda council: council.settings.young_alone,
        {"tower_hamlets": 18, "derby": 16, "kent": 16, "leicester": 16, "hull": 16},
    ),
    "X-05": (
        lambda council: set(council.settings.duties),
        {"tower_hamlets": {"school_attendance"}, "derby": set(), "kent": set(), "leicester": set(), "hull": set()},
    ),
    "X-06": (
        lambda council: set(council.settings.advice),
        {
            "tower_hamlets": {"general_enquiry", "request"},
            "derby": set(),
            "kent": set(),
            "leicester": set(),
            "hull": {"consultation"},
        },
    ),
    "X-07": (
        lambda council: council.settings.inform_parents,
        {"tower_hamlets": True, "derby": False, "kent": False, "leicester": True, "hull": True},
    ),
    "X-08": (
        lambda council: council.settings.approver,
        {"tower_hamlets": "designated_cp_officer", "derby": "", "kent": "", "leicester": "", "hull": ""},
    ),
    "X-09": (
        lambda council: council.settings.eligibility.min_needs,
        {"tower_hamlets": None, "derby": None, "kent": None, "leicester": 3, "hull": None},
    ),
    "X-10": (
        lambda council: "needs_count" in _rows(council),
        {"tower_hamlets": False, "derby": False, "kent": False, "leicester": True, "hull": False},
    ),
    "X-13": (
        lambda council: (council.settings.eligibility.age_max, council.settings.eligibility.ldd_age_max),
        {
            "tower_hamlets": (19, 24),
            "derby": (None, None),
            "kent": (17, None),
            "leicester": (18, 25),
            "hull": (None, None),
        },
    ),
    "X-14": (
        _hubs_for("request"),
        {
            "tower_hamlets": {"ehh"},
            "derby": LOCALITIES | {"lighthouse", "one_agency"},
            "kent": {"front_door"},
            "leicester": {"eh_in_das"},
            "hull": {"ehash", "locality_west", "locality_east", "locality_north", "additional_support"},
        },
    ),
    "X-15": (
        lambda council: council.front_door,
        {
            "tower_hamlets": "mash",
            "derby": "initial_response",
            "kent": "front_door",
            "leicester": "duty_and_advice",
            "hull": "ehash",
        },
    ),
    "X-18": (
        _hubs_for("panel_referral"),
        {
            "tower_hamlets": set(),
            "derby": LOCALITIES | {"lighthouse"},
            "kent": set(),
            "leicester": {"masp"},
            "hull": MEETINGS,
        },
    ),
    "X-19": (
        lambda council: (
            council.settings.terms("step_down").required,
            council.settings.terms("step_down").consents,
        ),
        {
            "tower_hamlets": (True, ()),
            "derby": (True, ()),
            "kent": (False, ()),
            "leicester": (True, ("support", "sharing")),
            "hull": (True, ()),
        },
    ),
    "X-20": (
        lambda council: "record_on_both_systems" in _rows(council),
        {"tower_hamlets": False, "derby": False, "kent": True, "leicester": False, "hull": False},
    ),
    "X-22": (
        lambda council: "keep_early_help_open" in _rows(council),
        {"tower_hamlets": False, "derby": False, "kent": False, "leicester": True, "hull": False},
    ),
    "X-26": (
        lambda council: council.settings.partial_choice,
        {"tower_hamlets": False, "derby": False, "kent": False, "leicester": False, "hull": True},
    ),
}
"""What each council's own document says, as its files have it (rules 10.1)."""


@pytest.mark.parametrize("rule", DIFFER)
def test_councils_differ_where_their_documents_do(rule: str) -> None:
    read, expected = DIFFER[rule]
    assert {name: read(council) for name, council in COUNCILS.items()} == expected


@pytest.mark.parametrize("council", sorted(COUNCILS))
def test_every_address_is_one_that_keeps_it_secret_X_23(council: str) -> None:
    assert {hub.url.partition(":")[0] for hub in COUNCILS[council].hubs.values()} == {"https"}


@pytest.mark.parametrize("council", sorted(COUNCILS))
def test_danger_is_sent_whole_and_no_hub_narrows_it_X_25(council: str) -> None:
    assert [hub.name for hub in COUNCILS[council].hubs.values() if "divert" in hub.groups] == []


def test_an_assessments_tools_are_all_known_X_21() -> None:
    assert {"eha", "family_star_plus", "my_star", "own", "child_and_family", "single_assessment"} == set(
        CODES["assessment_kind"].labels
    )


def test_derbys_front_door_takes_a_contact_X_27() -> None:
    title = {name: council.hubs[council.front_door].title for name, council in COUNCILS.items()}
    assert [name for name, words in title.items() if "contact" in words] == ["derby"]


def test_the_family_sits_on_one_panel_of_five_councils() -> None:
    assert [hub.name for council in COUNCILS.values() for hub in council.hubs.values() if FAMILY in hub.members] == [
        "masp"
    ]


ASKED = [
    pytest.param("tower_hamlets", "questions.universal_plus_form", id="Q-01"),
    pytest.param("tower_hamlets", "eligibility.ldd_age_max", id="Q-02"),
    pytest.param("tower_hamlets", "questions.mash_number", id="Q-03"),
    pytest.param("tower_hamlets", "questions.hours", id="Q-04"),
    pytest.param("tower_hamlets", "agreement.young_alone", id="Q-05"),
    pytest.param("tower_hamlets", "agreement.purposes.request.parties", id="Q-06"),
    pytest.param("leicester", "questions.step_up_door", id="Q-13"),
    pytest.param("leicester", "questions.referral_or_assessment", id="Q-15"),
    pytest.param("leicester", "questions.first_meeting", id="Q-16"),
    pytest.param("leicester", "questions.single_assessment_becomes_eha", id="Q-17"),
    pytest.param("leicester", "eligibility.min_needs", id="Q-18"),
    pytest.param("leicester", "eligibility.age_max", id="Q-19"),
    pytest.param("hull", "questions.hub_or_ehash", id="Q-21"),
    pytest.param("hull", "questions.age_11", id="Q-22"),
    pytest.param("kent", "questions.team_names", id="Q-24"),
    pytest.param("kent", "questions.joint_route_days", id="Q-25"),
    pytest.param("derby", "questions.siblings_at_the_lighthouse", id="Q-27"),
    pytest.param("derby", "questions.intake_names", id="Q-28"),
    pytest.param("kent", "agreement.young_alone", id="Q-29"),
]


@pytest.mark.parametrize(("council", "setting"), ASKED)
def test_a_contradiction_is_a_question_that_only_the_council_answers(council: str, setting: str) -> None:
    (ask,) = [ask for ask in COUNCILS[council].asks if ask.setting == setting]
    assert "?" in ask.question
    assert ask.answered_by == "demo"
    assert ask in COUNCILS[council].unanswered()
    assert ask not in COUNCILS[council].unanswered(demo=True)


def test_leicesters_two_names_for_one_door_are_both_its_hubs_Q_14() -> None:
    assert COUNCILS["leicester"].hubs["duty_and_advice"].agencies == ("Duty and Advice", "Duty and Assessment Team")


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param(
            "plan_review",
            {"tower_hamlets": "", "derby": "12 weeks", "kent": "6 weeks", "leicester": "3 months", "hull": ""},
            id="X-11-DE-T02-KE-T04",
        ),
        pytest.param(
            "allocation",
            {"tower_hamlets": "", "derby": "", "kent": "2 working days", "leicester": "", "hull": ""},
            id="X-12",
        ),
        pytest.param(
            "joint_route",
            {"tower_hamlets": "", "derby": "", "kent": "10 days", "leicester": "", "hull": ""},
            id="KE-T06",
        ),
    ],
)
def test_clocks_are_the_documents_own(clock: str, expected: Mapping[str, str]) -> None:
    assert {name: _within(clock)(council) for name, council in COUNCILS.items()} == expected
