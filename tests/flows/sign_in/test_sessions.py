"""Sessions on both stores: how they end, what they carry, and how often their id changes (reliability 5.3, 5.4)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from contracts.errors import NotYourRole
from gateway.doors.pages import account
from gateway.doors.pages.visit import SignInAgain, Visit
from gateway.flows.acting import acting
from gateway.flows.gateway import Gateway
from gateway.flows.sign_in import sessions
from gateway.flows.sign_in.sessions import IDLE, LONGEST, STEPPED_UP, Session, session_of
from tests.flows.pages import Visitor, nobody, sign_in
from tests.running import Door, on_sqlite, rows

T = TypeVar("T")


def done(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def signed_in(gateway: Gateway, role: str = "hub_manager", name: str = "sunny.vale") -> Session:
    return done(sessions.sign_in(gateway, acting(gateway.council("hull"), name, role)))


def later(gateway: Gateway, by: int) -> Gateway:
    """The same gateway when its clock shows this many milliseconds more."""
    now = gateway.now
    return replace(gateway, now=lambda: now() + by)


def test_a_session_is_found_by_what_the_browser_holds_and_stored_by_its_digest_only(gateway: Gateway) -> None:
    session = signed_in(gateway)
    found = done(session_of(gateway, session.token))
    assert found is not None
    assert (found.who.name, found.who.role) == ("sunny.vale", "hub_manager")
    assert session.token not in str(rows(gateway, "session"))


@pytest.mark.parametrize("token", ["", "hull.", "hull.guess", "nowhere.guess", "leicester."])
def test_what_nobody_gave_out_is_no_session(gateway: Gateway, token: str) -> None:
    signed_in(gateway)
    assert done(session_of(gateway, token)) is None


def test_a_session_of_one_council_is_none_of_another(gateway: Gateway) -> None:
    token = signed_in(gateway).token
    assert done(session_of(gateway, token.replace("hull", "leicester", 1))) is None


def test_an_idle_session_has_ended(gateway: Gateway) -> None:
    token = signed_in(gateway).token
    assert done(session_of(later(gateway, IDLE + 60_000), token)) is None


def test_an_old_session_has_ended_however_busy(gateway: Gateway) -> None:
    token = signed_in(gateway).token
    for at in range(IDLE // 2, LONGEST, IDLE // 2):
        assert done(session_of(later(gateway, at), token)) is not None
    assert done(session_of(later(gateway, LONGEST + 60_000), token)) is None


def test_a_role_that_was_taken_away_ends_the_session_at_the_next_page(gateway: Gateway) -> None:
    token = signed_in(gateway).token
    hull = gateway.council("hull")
    roles = {name: replace(role, people=()) for name, role in hull.roles.items()}
    less = replace(gateway.catalogue, councils={**gateway.catalogue.councils, "hull": replace(hull, roles=roles)})
    assert done(session_of(replace(gateway, catalogue=less), token)) is None
    assert rows(gateway, "session") == []


def test_signing_in_ends_the_session_before_it(gateway: Gateway) -> None:
    first = signed_in(gateway)
    second = done(sessions.sign_in(gateway, first.who, first.token))
    assert second.token != first.token
    assert done(session_of(gateway, first.token)) is None


def test_a_step_up_has_a_new_id_keeps_the_session_and_lasts_ten_minutes(gateway: Gateway) -> None:
    first = signed_in(gateway)
    done(sessions.say_purpose(gateway, first, "To review the month"))
    second = done(sessions.step_up(gateway, first))
    assert done(session_of(gateway, first.token)) is None
    found = done(session_of(gateway, second.token))
    assert found is not None
    assert (found.purpose, found.started) == ("To review the month", found.started)
    assert found.stepped_up - gateway.now() <= STEPPED_UP
    assert found.stepped_up < later(gateway, STEPPED_UP + 1000).now()


def test_somebody_with_several_roles_goes_on_in_another_in_a_new_session(gateway: Gateway) -> None:
    first = signed_in(gateway)
    assert sessions.roles_of(first) == ("hub_manager", "hub_duty", "routing_desk", "front_door")
    second = done(sessions.act_as(gateway, first, "front_door"))
    assert (second.who.role, done(session_of(gateway, first.token))) == ("front_door", None)


def test_nobody_goes_on_in_a_role_that_is_not_theirs(gateway: Gateway) -> None:
    with pytest.raises(NotYourRole):
        done(sessions.act_as(gateway, signed_in(gateway), "ig_lead"))


def test_nobody_goes_on_in_a_role_that_their_sign_in_did_not_allow(gateway: Gateway) -> None:
    who = acting(gateway.council("hull"), "sunny.vale", "hub_manager")
    session = done(sessions.sign_in(gateway, who, allowed=("hub_manager", "hub_duty")))
    assert sessions.roles_of(session) == ("hub_manager", "hub_duty")
    again = done(session_of(gateway, session.token))
    assert again is not None
    with pytest.raises(NotYourRole):
        done(sessions.act_as(gateway, again, "front_door"))


def test_everybody_sees_and_ends_their_own_sessions_and_nobody_elses(gateway: Gateway) -> None:
    mine, also, other = signed_in(gateway), signed_in(gateway), signed_in(gateway, "ig_lead", "ruth.lane")
    listed = done(sessions.sessions_of(gateway, mine))
    assert [one.here for one in listed].count(True) == 1
    assert len(listed) == 2
    done(sessions.end_one(gateway, other, next(one.name for one in listed if not one.here)))
    assert done(session_of(gateway, also.token)) is not None
    done(sessions.end_one(gateway, mine, next(one.name for one in listed if not one.here)))
    assert done(session_of(gateway, also.token)) is None
    assert done(session_of(gateway, mine.token)) is not None


def test_signing_out_everywhere_ends_all_of_ones_own_and_none_of_anothers(gateway: Gateway) -> None:
    mine, also, other = signed_in(gateway), signed_in(gateway), signed_in(gateway, "ig_lead", "ruth.lane")
    done(sessions.sign_out_everywhere(gateway, mine.who))
    assert [done(session_of(gateway, one.token)) is not None for one in (mine, also, other)] == [False, False, True]


# At the pages --------------------------------------------------------------------------------------------------------


@on_sqlite
def test_a_form_without_its_sessions_own_word_changes_nothing(door: Door) -> None:
    one, other = sign_in(door, "hub_manager"), sign_in(door, "ig_lead")
    assert other.session is not None
    for csrf in ("", "guess", other.session.csrf):
        assert one.send("/account/end-all", csrf=csrf).status_code == 403
    assert one.get("/").status_code == 200


@on_sqlite
def test_a_form_from_another_site_changes_nothing(door: Door) -> None:
    one = sign_in(door, "hub_manager")
    assert one.session is not None
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "cookie": f"session={one.session.token}",
        "sec-fetch-site": "cross-site",
    }
    content = f"csrf={one.session.csrf}".encode()
    assert door.post("/account/end-all", content, key=None, headers=headers).status_code == 403
    assert one.get("/").status_code == 200


@on_sqlite
def test_the_sessions_cookie_is_out_of_reach_of_scripts_and_of_other_sites(door: Door) -> None:
    form = {"council": "hull", "name": "bram.ellis", "role": "hub_duty"}
    answer = nobody(door).send("/sign-in/demo", **form)
    assert re.fullmatch(r"session=hull\.[\w-]{43}; HttpOnly; Path=/; SameSite=lax", answer.headers["set-cookie"])


@on_sqlite
def test_a_live_sessions_cookie_goes_over_tls_to_this_host_only(door: Door) -> None:
    live = Door(replace(door.gateway, settings=door.gateway.settings.model_copy(update={"demo": False})))
    person = sign_in(live, "hub_manager")
    answer = person.send("/account/role", role="hub_duty")
    assert answer.status_code == 303
    assert re.match(
        r"__Host-session=hull\.[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", answer.headers["set-cookie"]
    )
    assert "Domain" not in answer.headers["set-cookie"]


@on_sqlite
def test_settled_27_nobody_signs_in_as_an_invented_person_outside_a_demonstration(door: Door) -> None:
    live = Door(replace(door.gateway, settings=door.gateway.settings.model_copy(update={"demo": False})))
    form = {"council": "hull", "name": "bram.ellis", "role": "hub_duty"}
    answer = nobody(live).send("/sign-in/demo", **form)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert rows(live.gateway, "session") == []
    assert b"bram.ellis" not in nobody(live).get("/sign-in").content


@on_sqlite
def test_settled_27_nobody_steps_up_by_a_click_outside_a_demonstration(door: Door) -> None:
    live = Door(replace(door.gateway, settings=door.gateway.settings.model_copy(update={"demo": False})))
    assert sign_in(live, "ig_lead").send("/step-up/demo", then="/").status_code == 403
    assert [row["stepped_up_until"] for row in rows(live.gateway, "session")] == [0]


@on_sqlite
def test_a_demonstrations_step_up_comes_back_to_the_page_with_a_new_id(door: Door) -> None:
    person = sign_in(door, "ig_lead")
    answer = person.send("/step-up/demo", then="/holds")
    assert (answer.status_code, answer.headers["location"]) == (303, "/holds")
    assert person.get("/").status_code == 303
    fresh = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
    session = done(session_of(door.gateway, fresh))
    assert session is not None
    assert Visitor(door, session).get("/").status_code == 200


@on_sqlite
def test_a_page_that_needs_a_step_up_says_where_to_come_back_to(gateway: Gateway) -> None:
    session = signed_in(gateway)
    with pytest.raises(SignInAgain) as asked:
        Visit(gateway, None, session).must_have_stepped_up("/reports")  # type: ignore[arg-type]
    assert asked.value.then == "/reports"
    Visit(gateway, None, done(sessions.step_up(gateway, session))).must_have_stepped_up("/reports")  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "", "/\nx"])
def test_nobody_is_sent_on_to_another_site(path: str) -> None:
    assert account.own_path(path) == "/"


# A sender's own people -----------------------------------------------------------------------------------------------


def invited(gateway: Gateway) -> Gateway:
    """A gateway whose Hull school has people of its own."""
    hull = gateway.council("hull")
    school = replace(
        hull.senders["invented_academy"], people={"sender_lead": ("pip.ash",), "sender_office": ("pip.ash", "lou.fay")}
    )
    changed = replace(hull, senders={**hull.senders, "invented_academy": school})
    return replace(
        gateway, catalogue=replace(gateway.catalogue, councils={**gateway.catalogue.councils, "hull": changed})
    )


@on_sqlite
def test_a_senders_own_people_sign_in_for_it_and_see_the_start_page_alone(gateway: Gateway) -> None:
    door = Door(invited(gateway))
    lead = sign_in(door, "sender_lead", sender="invented_academy")
    assert "Safeguarding lead" in lead.get("/").text
    assert [lead.get(path).status_code for path in ("/", "/account", "/holds", "/tasks")] == [200, 200, 403, 403]


@on_sqlite
@pytest.mark.parametrize(
    ("name", "role", "sender"),
    [
        ("lou.fay", "sender_lead", "invented_academy"),
        ("pip.ash", "sender_lead", "nobody"),
        ("pip.ash", "hub_duty", "invented_academy"),
        ("bram.ellis", "hub_duty", "invented_academy"),
        ("pip.ash", "sender_lead", ""),
    ],
)
def test_nobody_acts_for_a_sender_that_does_not_list_them(gateway: Gateway, name: str, role: str, sender: str) -> None:
    with pytest.raises(NotYourRole):
        acting(invited(gateway).council("hull"), name, role, sender=sender)


@on_sqlite
def test_a_senders_people_act_no_more_once_the_sender_is_not_active(gateway: Gateway) -> None:
    council = invited(gateway).council("hull")
    stopped = replace(council.senders["invented_academy"], active=False)
    with pytest.raises(NotYourRole):
        acting(
            replace(council, senders={"invented_academy": stopped}), "pip.ash", "sender_lead", sender="invented_academy"
        )
