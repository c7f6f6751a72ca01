"""Who may do what to holds and tasks, cell by cell: operation × role × class (settled 27, 44; governance 5.1)."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from contracts.errors import GatewayError, NotYourRole
from gateway.config.catalogue import Catalogue
from gateway.flows import desk
from gateway.flows.access import PEOPLE
from gateway.flows.acting import acting, may_act
from gateway.flows.duties import DECIDES, DOES
from gateway.flows.gateway import Gateway
from tests.flows.desks import NO, Desk
from tests.running import Door, a_hull_referral, on_sqlite, rows

MATRIX = """
role                     safety wishes paperwork routing register sealed returned policy_defect
hub_duty                 O      O      O         O       -        -      O        O
hub_manager              O      O      O         O       -        -      O        O
practice_manager         O      O      O         -       -        -      -        -
designated_cp_officer    -      O      -         -       -        -      -        -
front_door               O      -      -         -       -        -      -        -
routing_desk             -      -      -         O       -        -      -        -
sealed_list              -      -      -         -       -        O      -        -
ig_lead                  s      s      s         s       D        -      s        s
data_protection_officer  s      s      s         s       D        -      s        s
service_head             -      -      -         -       -        c      -        -
team_manager             -      -      -         -       -        -      -        -
council_admin            -      -      -         -       -        -      -        -
"""
"""What each role may do to each class. O: open, see, take, decide, confirm. D: all of these but open. s: see the
envelope. c: confirm. -: nothing at all."""

MEANS = {
    "O": {"show", "open", "take", "decide", "confirm", "needed"},
    "D": {"show", "take", "decide", "confirm", "needed"},
    "s": {"show"},
    "c": {"confirm"},
    "-": set(),
}
HEAD, *BODY = [line.split() for line in MATRIX.strip().splitlines()]
CELLS = {(line[0], kind): MEANS[cell] for line in BODY for kind, cell in zip(HEAD[1:], line[1:], strict=True)}
OPERATIONS = ("confirm", "decide", "needed", "open", "show", "take")


@pytest.mark.parametrize(("role", "kind"), sorted(CELLS))
def test_the_table_says_of_every_role_and_class_what_the_matrix_says(role: str, kind: str) -> None:
    assert {operation for operation in OPERATIONS if (role, kind) in PEOPLE[f"holds.{operation}"]} == CELLS[role, kind]


def test_the_table_knows_no_other_role_and_no_other_class() -> None:
    for operation in OPERATIONS:
        assert PEOPLE[f"holds.{operation}"] <= set(CELLS)


def test_settled_44_no_role_of_information_governance_decides_a_case() -> None:
    cases = {kind for kind, roles in DECIDES.items() if {"ig_lead", "data_protection_officer"} & roles}
    assert cases == {"register"}


def test_every_class_of_hold_and_every_task_has_somebody_in_every_council(catalogue: Catalogue) -> None:
    for name, policy in catalogue.policies.items():
        council = catalogue.councils[name]
        theirs = [DECIDES[kind] for kind in policy.holds] + [DOES[code] for code in (*policy.tasks, *policy.clocks)]
        for roles in theirs:
            assert any(may_act(council, role) for role in roles), (name, roles)


def test_whoever_is_told_to_act_on_a_class_may(catalogue: Catalogue) -> None:
    for name, policy in catalogue.policies.items():
        ours = set(catalogue.councils[name].roles)
        for kind, hold in policy.holds.items():
            assert set(hold.owners) & ours <= DECIDES[kind], (name, kind)


def test_whoever_owns_a_task_may_do_it(catalogue: Catalogue) -> None:
    for name, policy in catalogue.policies.items():
        ours = set(catalogue.councils[name].roles)
        for code, task in {**policy.tasks, **policy.clocks}.items():
            assert {task.owner} & ours <= DOES[code], (name, code)


MESSAGES = """
role                     stop stop_diverts test again again_doubted again_divert cancel cancel_divert first
hub_manager              +    +            +    +     +             +            +      +             +
hub_duty                 +    +            +    +     +             +            -      -             +
practice_manager         -    -            -    -     -             -            +      -             -
front_door               -    +            -    -     +             +            -      +             -
council_admin            +    -            +    +     -             -            -      -             -
ig_lead                  +    -            -    -     -             -            -      -             -
data_protection_officer  -    -            -    -     -             -            -      -             -
"""
"""What each role may do to a hub and to messages that have not arrived; all may list them."""

COLUMNS = {
    "stop": ("hubs.stop", ""),
    "stop_diverts": ("hubs.stop", "divert"),
    "test": ("hubs.test", ""),
    "again": ("deliveries.replay", ""),
    "again_doubted": ("deliveries.replay", "uncertain"),
    "again_divert": ("deliveries.replay", "divert"),
    "cancel": ("deliveries.cancel", ""),
    "cancel_divert": ("deliveries.cancel", "divert"),
    "first": ("deliveries.skip", ""),
}
OVER = [line.split() for line in MESSAGES.strip().splitlines()]


@pytest.mark.parametrize("line", OVER[1:], ids=[line[0] for line in OVER[1:]])
def test_the_table_says_who_may_act_on_hubs_and_messages(line: list[str]) -> None:
    role, *cells = line
    says = {name: (role, COLUMNS[name][1]) in PEOPLE[COLUMNS[name][0]] for name in OVER[0][1:]}
    assert says == {name: cell == "+" for name, cell in zip(OVER[0][1:], cells, strict=True)}
    assert {operation for operation in ("hubs.list", "deliveries.list") if (role, "") in PEOPLE[operation]} == {
        "hubs.list",
        "deliveries.list",
    }


def test_every_act_on_hubs_and_messages_has_somebody_in_every_council(catalogue: Catalogue) -> None:
    for name, council in catalogue.councils.items():
        for operation, about in COLUMNS.values():
            roles = [role for role, kind in PEOPLE[operation] if kind == about]
            assert any(may_act(council, role) for role in roles), (name, operation, about)


# Through the desk ----------------------------------------------------------------------------------------------------

HOLDS: dict[str, dict[str, Any]] = {
    "wishes": {"agreements": NO},
    "paperwork": {"agreements": []},
    "routing": {"family": {"locality": "Elsewhere"}},
    "safety": {"agreements": [{"status": "not_sought", "not_sought": "unsafe"}]},
    "sealed": {"people": [a_hull_referral()["people"][0] | {"protection": ["sealed"]}, a_hull_referral()["people"][1]]},
}
ASKED = {
    "show": {},
    "open": {"purpose": "To see what the family says"},
    "take": {},
    "decide": {"answer": "front_door", "reason": "She is in danger, her aunt says."},
    "confirm": {},
    "needed": {"needed": "yes"},
}


@on_sqlite
@pytest.mark.parametrize("kind", sorted(HOLDS))
def test_the_desk_lets_each_role_do_what_the_matrix_says_and_nothing_else(door: Door, kind: str) -> None:
    ours = Desk(door.gateway)
    roles = [role for role in door.gateway.council("hull").roles if (role, kind) in CELLS]
    for place, (role, operation) in enumerate(product(roles, ASKED)):
        referral = door.accepted(a_hull_referral(**HOLDS[kind]), once=f"{kind}-{place}")
        hold = next(
            row["id"]
            for row in rows(door.gateway, "clock")
            if row["referral"] == referral and row["kind"] == f"hold:{kind}"
        )
        before = len(rows(door.gateway, "entry"))
        may = operation in CELLS[role, kind]
        assert _refused(ours, operation, role, hold) is not may, (role, kind, operation)
        if not may:
            assert len(rows(door.gateway, "entry")) == before


def _refused(ours: Desk, operation: str, role: str, hold: str) -> bool:
    """Whether the role is what stands in the way: another error is an answer to one who may."""
    who = (may_act(ours.gateway.council("hull"), role)[0], role)
    try:
        ours.ask(operation, who, hold=hold, **ASKED[operation])
    except NotYourRole:
        return True
    except GatewayError:
        return False
    return False


def test_every_word_of_the_desk_asks_the_table_first(gateway: Gateway) -> None:
    for verb in desk.VERBS:
        with pytest.raises(NotYourRole):
            Desk(gateway).ask(verb, ("bram.ellis", "ig_lead"), hold="abcdef", month="2026-11", referral="abcdef")


def test_a_role_of_no_council_is_refused_by_name(catalogue: Catalogue) -> None:
    with pytest.raises(NotYourRole, match="has no role"):
        acting(catalogue.councils["hull"], "bram.ellis", "anything")
