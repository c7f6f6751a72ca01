"""Sealed paper codes: two people make them, two halves let one person in once, and it rings (governance 5.4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotAllowed, NotYourRole
from gateway.flows.access import PEOPLE
from gateway.flows.acting import ON_PAPER, PAPER, Acting, acting
from gateway.flows.entry import sections_of
from gateway.flows.gateway import Gateway
from gateway.flows.oversight import glass, papercodes
from gateway.flows.oversight.glass import Sought
from gateway.flows.oversight.papercodes import PAIRS, Printed
from gateway.flows.sign_in import sessions
from gateway.flows.telling.alarms import tellings
from tests.builders import a_child
from tests.flows.desks import HUB, REASON, Desk
from tests.flows.oversight.test_glass import DPO, DUTY, IG, MAYA, WHY, done, later, someone
from tests.running import Door, a_hull_referral, on_sqlite, rows


def sheet(gateway: Gateway) -> tuple[Printed, Printed]:
    first = done(papercodes.begin(gateway, someone(gateway, IG)))
    return first, done(papercodes.complete(gateway, someone(gateway, DPO), first.sheet))


def come_in(gateway: Gateway, *codes: str, who: tuple[str, str] = DUTY, council: str = "hull") -> Acting:
    return done(papercodes.use(gateway, council, *who, codes))


def test_two_people_make_a_sheet_and_the_store_knows_neither_half(door: Door) -> None:
    first, second = sheet(door.gateway)
    assert len({*first.codes, *second.codes}) == 2 * PAIRS
    kept = str(list(rows(door.gateway, "paper_code"))) + str([row["body"] for row in rows(door.gateway, "content")])
    for code in (*first.codes, *second.codes):
        assert code not in kept
        assert code.replace("-", "") not in kept
    (standing,) = done(papercodes.sheets(door.gateway, someone(door.gateway, IG)))
    assert (standing.first, standing.second, standing.left) == (IG[0], DPO[0], PAIRS)
    assert [row["type"] for row in rows(door.gateway, "entry")].count(papercodes.MADE) == 2


@on_sqlite
def test_whoever_printed_the_first_halves_does_not_print_the_second(door: Door) -> None:
    first = done(papercodes.begin(door.gateway, someone(door.gateway, IG)))
    with pytest.raises(NotYourRole, match="Somebody else"):
        done(papercodes.complete(door.gateway, someone(door.gateway, IG), first.sheet))
    for code in first.codes:
        with pytest.raises(NotAllowed):
            come_in(door.gateway, code, code)
    with pytest.raises(NotYourRole):
        done(papercodes.begin(door.gateway, someone(door.gateway, HUB)))


def test_two_halves_let_one_person_in_once_and_it_rings_and_is_in_the_record(door: Door) -> None:
    first, second = sheet(door.gateway)
    who = come_in(door.gateway, first.codes[2].lower().replace("-", " "), second.codes[2])
    assert (who.name, who.role, who.how) == (*DUTY, PAPER)
    (entry,) = [row["rid"] for row in rows(door.gateway, "entry") if row["type"] == papercodes.USED]
    with door.gateway.store.read("hull") as connection:
        said = sections_of(connection, "hull", entry)["human"]
    assert (said["by"], said["how"], said["number"]) == (DUTY[0], PAPER, 3)
    told = {one.role: one.interrupts for one in done(tellings(door.gateway, "hull"))}
    assert told.items() >= {"ig_lead": True, "data_protection_officer": True, "service_head": True}.items()
    assert "task:paper_code_used" in {one["kind"] for one in Desk(door.gateway).ask("tasks", IG)}
    with pytest.raises(NotAllowed):
        come_in(door.gateway, first.codes[2], second.codes[2])
    (standing,) = done(papercodes.sheets(door.gateway, someone(door.gateway, DPO)))
    assert (standing.left, [(n, by) for n, _, by in standing.used]) == (PAIRS - 1, [(3, DUTY[0])])


@on_sqlite
@pytest.mark.parametrize(
    "wrong", ["other_pair", "same_half", "one_half", "guessed", "nobody", "other_role", "other_council", "no_council"]
)
def test_whatever_is_wrong_is_answered_in_the_same_words_and_spends_nothing(door: Door, wrong: str) -> None:
    first, second = sheet(door.gateway)
    a, b = first.codes[0], second.codes[0]
    codes = {"other_pair": (a, second.codes[1]), "same_half": (a, first.codes[1]), "one_half": (a, a)}
    codes |= {"guessed": (a, "AAAAA-AAAAA-AAAAA-AAAAA")}
    who = {"nobody": ("no.body", "hub_duty"), "other_role": IG}.get(wrong, DUTY)
    council = {"other_council": "kent", "no_council": "nowhere"}.get(wrong, "hull")
    with pytest.raises(NotAllowed, match="do not let you in"):
        come_in(door.gateway, *codes.get(wrong, (a, b)), who=who, council=council)
    assert {row["used_at"] for row in rows(door.gateway, "paper_code")} == {None}
    assert come_in(door.gateway, a, b).name == DUTY[0]


def test_on_paper_nobody_does_anything_but_break_the_glass_for_one_child(door: Door) -> None:
    door.accepted()
    door.accepted(a_hull_referral(people=[a_child(first_name="Nia")]), once="other")
    first, second = sheet(door.gateway)
    who = come_in(door.gateway, first.codes[0], second.codes[0])
    roles = {about for role, about in PEOPLE["holds.open"] if role == who.role}
    assert not any(who.may("holds.open", about) for about in roles)
    with pytest.raises(NotYourRole, match="and nothing else"):
        who.must_be_let("policy.list")
    name = done(glass.break_glass(door.gateway, who, "danger", WHY, MAYA))
    assert done(glass.mine(door.gateway, who, name)).requests
    other = Sought("Nia Fernsby", MAYA.born)
    with pytest.raises(NoSuchAnswer, match="one child"):
        done(glass.break_glass(door.gateway, who, "danger", WHY, other))
    again = come_in(door.gateway, first.codes[1], second.codes[1])
    assert done(glass.break_glass(later(door.gateway, 1_000), again, "danger", WHY, other))


@pytest.mark.parametrize("operation", sorted(set(PEOPLE) - ON_PAPER))
def test_no_other_operation_is_open_on_paper(operation: str) -> None:
    for role, about in PEOPLE[operation]:
        assert not Acting(None, "bram.ellis", role, how=PAPER).may(operation, about)  # type: ignore[arg-type]


@on_sqlite
def test_a_new_sheet_and_an_end_have_what_was_left_let_nobody_in(door: Door) -> None:
    gateway = door.gateway
    old = sheet(gateway)
    new = sheet(later(gateway, 60_000))
    with pytest.raises(NotAllowed):
        come_in(gateway, old[0].codes[0], old[1].codes[0])
    come_in(gateway, new[0].codes[0], new[1].codes[0])
    with pytest.raises(NoSuchAnswer):
        done(papercodes.end(gateway, someone(gateway, IG), "lost"))
    done(papercodes.end(gateway, someone(gateway, IG), REASON))
    with pytest.raises(NotAllowed):
        come_in(gateway, new[0].codes[1], new[1].codes[1])
    assert [one.left for one in done(papercodes.sheets(gateway, someone(gateway, IG)))] == [0]
    with pytest.raises(AnsweredAlready):
        done(papercodes.complete(gateway, someone(gateway, DPO), new[0].sheet))


@on_sqlite
def test_a_session_on_paper_is_proven_at_once_and_ends_after_seventy_minutes(door: Door) -> None:
    now = [door.gateway.now()]
    gateway = replace(door.gateway, now=lambda: now[0])
    who = acting(gateway.council("hull"), *DUTY, how=PAPER)
    session = done(sessions.sign_in(gateway, who, allowed=(who.role,)))
    assert session.stepped_up == now[0] + sessions.STEPPED_UP
    for _ in range(3):
        now[0] += 23 * 60_000
        found = done(sessions.session_of(gateway, session.token))
        assert found is not None
        assert sessions.roles_of(found) == (who.role,)
    now[0] += 2 * 60_000
    assert done(sessions.session_of(gateway, session.token)) is None


@given(st.data())
@settings(max_examples=20)
def test_a_code_is_the_same_however_it_is_typed(data: st.DataObject) -> None:
    code = papercodes._code()
    typed = "".join(data.draw(st.sampled_from((letter, letter.lower(), f" {letter}", f"-{letter}"))) for letter in code)
    assert papercodes._digest("hull", typed) == papercodes._digest("hull", code)
    assert papercodes._digest("kent", code) != papercodes._digest("hull", code)
