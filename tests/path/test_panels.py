"""Panels: a panel gets what every one of its members may have, and nothing that is not for a family that sits on it."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.council import FAMILY
from contracts.decision import Outcome
from contracts.recorded import PersonFact
from gateway.path.course import Matter, Rules, consider, promises
from gateway.path.envelope import envelopes
from gateway.path.screening import NOT_RUN
from tests.builders import NOW, a_child, a_mother, a_referral, an_agreement
from tests.path.copies import GROUPING, SCREENS, body
from tests.path.deriving import COUNCILS, POLICIES, fact
from tests.path.scenarios import INFORMED
from tests.path.test_scenarios import through

PANELS = [(council, hub) for council in COUNCILS.values() for hub in council.hubs.values() if hub.members]
ASKED: dict[str, Any] = {"purpose": "panel_referral", "agreements": [INFORMED]}
GUARDED: dict[str, dict[str, Any]] = {
    "a person who may have harmed": {"people": [a_child(), a_mother(), {"id": "x", "roles": ["alleged_harm"]}]},
    "somebody who must not learn of it": {"people": [a_child(), a_mother(protection=["do_not_inform"])]},
    "a refuge": {"people": [a_child(addresses=[{"kind": "refuge"}]), a_mother()]},
    "a name kept from the family": {"referrer": {"kind": "professional", "keep_name_from_family": True}},
    "a person kept from the family": {"people": [a_child(), a_mother(confidential_from_family=True)]},
    "a risk to those who visit": {"staff_risk": {"known": True}},
    "harm that is possible": {"harm": {"level": "possible"}},
    "what the family keeps back": {"sharing_limits": [{"what": "The father's debts"}]},
    "parents who were not told": {"informed": [{"who": "parents", "told": False, "reason_not": "It raises the risk."}]},
    "coercion in doubt": {"agreements": [an_agreement(doubt="He answered for her.")]},
    "a decision to share despite it": {"override": {"reason": "She is afraid."}},
}


def masp(**changes: Any) -> Any:
    return through("leicester", "early_help_forms", **(ASKED | changes))


@pytest.mark.parametrize(("council", "hub"), PANELS, ids=[f"{c.name}-{h.name}" for c, h in PANELS])
def test_a_panel_may_have_what_every_member_may_have_settled_50(council: Any, hub: Any) -> None:
    allowed = GROUPING.at_the_table(hub.members)
    assert allowed
    assert all(allowed <= GROUPING.members[kind] for kind in hub.members)


def test_the_family_sits_on_leicesters_panel_and_on_none_of_hulls_LE_R09_HU_R07() -> None:
    assert [hub.name for _, hub in PANELS if FAMILY in hub.members] == ["masp"]
    assert [hub.name for council, hub in PANELS if council.name == "hull"] == ["eham_west", "eham_east", "eham_north"]


def test_a_case_that_is_stuck_goes_to_the_panel_LE_R09_LE_E07() -> None:
    (course,), (sent,) = masp()
    assert (course.decision.outcome, course.decision.hub) == (Outcome.SHARE, "masp")
    assert "late most mornings" in sent.payload.body.decode()


@pytest.mark.parametrize(
    "group", ["safety", "alleged_harm", "sharing_limits", "carer_detail", "attachments", "criminal"]
)
def test_what_a_family_must_not_see_is_in_no_groups_of_its_panel_settled_50(group: str) -> None:
    (course,), _ = masp()
    assert group not in course.decision.groups


@pytest.mark.parametrize("changes", GUARDED.values(), ids=GUARDED)
def test_what_is_not_for_the_family_keeps_it_from_a_panel_it_sits_on_settled_50(changes: dict[str, Any]) -> None:
    (course,), sent = masp(**changes)
    assert "LE-PANEL" in {hit.rule for hit in course.decision.hits}
    assert (course.decision.outcome.sends, sent) == (False, ())


@pytest.mark.parametrize("changes", GUARDED.values(), ids=GUARDED)
def test_not_even_an_envelope_goes_where_the_family_sits_settled_43_settled_50(changes: dict[str, Any]) -> None:
    council = COUNCILS["leicester"]
    matter = Matter(
        a_referral(council="leicester", **(ASKED | changes)),
        (),
        council.senders["early_help_forms"],
        "R-1",
        "c" * 64,
    )
    rules = Rules(council, POLICIES["leicester"], GROUPING, SCREENS)
    courses, _ = consider(matter, rules, NOW)
    assert [course.decision.hub for course in courses] == ["masp"]
    assert envelopes(matter, courses, rules, NOW) == ()


@pytest.mark.parametrize("changes", GUARDED.values(), ids=GUARDED)
def test_a_panel_without_the_family_is_not_stopped_by_it(changes: dict[str, Any]) -> None:
    asked = ASKED | {"family": {"locality": "East"}} | changes
    (course,), _ = through("hull", "invented_academy", **asked)
    assert course.decision.facts.values["panel"] == "no_family"


def test_a_person_who_has_read_it_may_let_it_go_and_the_groups_stay_narrow_settled_9() -> None:
    council = COUNCILS["leicester"]
    referral = a_referral(council="leicester", **(ASKED | {"staff_risk": {"known": True, "what": "A dog."}}))
    said = PersonFact(
        fact="panel",
        value="family_read",
        subject="child",
        hub="masp",
        was="family_guarded",
        content="c" * 64,
        by="ana.reyes",
        role="hub_manager",
        reason="The dog is theirs, and they speak of it.",
        at=NOW,
    )
    matter = Matter(referral, (), council.senders["early_help_forms"], "R-1", "c" * 64, (said,))
    rules = Rules(council, POLICIES["leicester"], GROUPING, SCREENS)
    courses, screening = consider(matter, rules, NOW)
    (sent,) = promises(matter, courses, rules, screening, NOW)
    assert courses[0].decision.outcome is Outcome.SHARE
    assert "A dog." not in sent.payload.body.decode()


@pytest.mark.parametrize(("locality", "hub"), [("West", "eham_west"), ("East", "eham_east"), ("North", "eham_north")])
def test_a_stuck_case_goes_to_the_action_meeting_of_its_locality_HU_R07_HU_E04(locality: str, hub: str) -> None:
    asked = ASKED | {"family": {"locality": locality}}
    (course,), _ = through("hull", "invented_academy", **asked)
    assert (course.decision.outcome, course.decision.hub) == (Outcome.SHARE, hub)


def test_the_action_meeting_is_no_way_past_the_hub_for_harm_HU_R07() -> None:
    asked = ASKED | {"family": {"locality": "East"}, "harm": {"level": "significant"}}
    (course,), _ = through("hull", "invented_academy", **asked)
    assert (course.decision.outcome, course.decision.hub) == (Outcome.DIVERT, "ehash")


def test_a_meeting_with_a_housing_officer_gets_no_health_settled_50() -> None:
    asked = {
        "purpose": "step_down",
        "agreements": [INFORMED],
        "step_down": {"lead_found": False},
        "family": {"locality": "East"},
        "people": [a_child(health="Asthma, with an inhaler at school."), a_mother()],
    }
    (course,), (sent,) = through("hull", "social_care", **asked)
    assert course.decision.hub == "eham_east"
    assert "inhaler" not in sent.payload.body.decode()
    assert body(sent.payload)["withheld"]


def test_a_hub_that_is_no_panel_has_no_table() -> None:
    assert GROUPING.at_the_table(()) == frozenset(GROUPING.titles)


def test_a_kind_of_member_nobody_knows_may_have_nothing() -> None:
    assert GROUPING.at_the_table(("social_care", "nobody")) == frozenset()


def test_screens_that_did_not_run_guard_the_family_too() -> None:
    council = COUNCILS["leicester"]
    assert fact("panel", council=council, screening=NOT_RUN, purpose="panel_referral") == "family_guarded"
