"""Systems that sign with their own key: what gets a token, what it opens, and everything that gets none (RFC 7523)."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey

from gateway.flows.gateway import Gateway
from gateway.flows.sign_in import granting
from tests.flows.systems import CLIENT, asking, assertion, public
from tests.running import Door, a_hull_referral, on_sqlite

KEY, CURVE, TEST, STRANGER = (
    OKPKey.generate_key("Ed25519"),
    ECKey.generate_key("P-256"),
    OKPKey.generate_key("Ed25519"),
    OKPKey.generate_key("Ed25519"),
)


@pytest.fixture
def door(gateway: Gateway) -> Door:
    """Hull's academy has a second system, which signs."""
    return Door(registered(gateway))


def registered(gateway: Gateway, **changes: Any) -> Gateway:
    hull = gateway.council("hull")
    jwks = (public(KEY), public(CURVE), public(TEST, test=True))
    second = replace(hull.senders["invented_academy"], **{"sender": "second", "keys": (), "jwks": jwks} | changes)
    council = replace(hull, senders={**hull.senders, "second": second})
    return replace(
        gateway, catalogue=replace(gateway.catalogue, councils={**gateway.catalogue.councils, "hull": council})
    )


def ask(door: Door, **request: Any) -> tuple[int, dict[str, Any]]:
    answer = asyncio.run(door.ask("POST", "/oauth/token", key=None, **request))
    return answer.status_code, answer.json()


def a_token(door: Door, key: Any = KEY, **more: str) -> str:
    status, given = ask(door, **asking(door, key, **more))
    assert status == 200, given
    return str(given["access_token"])


def test_a_signed_assertion_gets_a_token_for_ten_minutes_at_most(door: Door) -> None:
    status, given = ask(door, **asking(door, KEY))
    assert (status, given["token_type"], given["expires_in"] <= 600) == (200, "Bearer", True)
    assert given["scope"] == "submit preview status withdraw"


def test_a_token_opens_what_the_registration_may_and_the_referral_is_its_own(door: Door) -> None:
    token = a_token(door)
    referral = door.accepted(key=token)
    assert door.get(f"/v1/referrals/{referral}", key=a_token(door)).status_code == 200
    assert door.get(f"/v1/referrals/{referral}").status_code == 404


@on_sqlite
def test_a_curve_key_signs_as_well(door: Door) -> None:
    signed = assertion(door, CURVE, "ES256")
    assert ask(door, **asking(door, None, signed))[0] == 200


@on_sqlite
def test_a_token_may_be_asked_to_do_less_and_never_more(door: Door) -> None:
    token = a_token(door, scope="status")
    assert door.refer(key=token).status_code == 403
    assert door.get(f"/v1/referrals/{'a' * 32}", key=token).status_code == 404
    status, given = ask(door, **asking(door, KEY, scope="status deliveries.collect"))
    assert (status, given["error"]) == (400, "invalid_scope")


def test_an_assertion_counts_once(door: Door) -> None:
    signed = assertion(door, KEY)
    assert ask(door, **asking(door, None, signed))[0] == 200
    assert ask(door, **asking(door, None, signed))[0] == 401


WRONG: dict[str, dict[str, Any]] = {
    "for another place": {"aud": "https://elsewhere.example"},
    "for no place": {"aud": None},
    "by another client": {"iss": "hull.invented_academy", "sub": "hull.invented_academy"},
    "by nobody": {"iss": "hull.nobody", "sub": "hull.nobody"},
    "of no council": {"iss": "nowhere.second", "sub": "nowhere.second"},
    "for somebody else": {"sub": "hull.invented_academy"},
    "without end": {"exp": None},
    "without a number": {"jti": None},
    "with an empty number": {"jti": ""},
}


@on_sqlite
@pytest.mark.parametrize("wrong", sorted(WRONG))
def test_an_assertion_that_is_wrong_gets_nothing(door: Door, wrong: str) -> None:
    status, given = ask(door, **asking(door, None, assertion(door, KEY, **WRONG[wrong])))
    assert (status, given["error"]) == (401, "invalid_client")


@on_sqlite
def test_an_assertion_that_is_too_old_or_too_long_gets_nothing(door: Door) -> None:
    now = door.gateway.now() // 1000
    for ends in (now - 60, now + 3600):
        assert ask(door, **asking(door, None, assertion(door, KEY, exp=ends)))[0] == 401


@on_sqlite
def test_what_the_registered_key_did_not_sign_gets_nothing(door: Door) -> None:
    shared = OctKey.import_key("a-shared-secret-that-is-long-enough-for-hs256")
    whole = assertion(door, KEY)
    head = urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    forged = (
        assertion(door, STRANGER),
        assertion(door, shared, "HS256"),
        f"{head}.{whole.split('.')[1]}.",
        "a.b.c",
        "nothing",
    )
    for one in forged:
        assert ask(door, **asking(door, None, one))[0] == 401


@on_sqlite
@pytest.mark.parametrize("form", [{"grant_type": "password"}, {"client_assertion_type": "basic"}])
def test_another_kind_of_grant_is_refused_in_words(door: Door, form: dict[str, str]) -> None:
    status, given = ask(door, **asking(door, KEY, **form))
    assert (status, given["error"]) == (400, "invalid_request")
    assert given["error_description"].startswith("Send ")


@on_sqlite
def test_a_token_ends(door: Door) -> None:
    token = a_token(door)
    late = Door(replace(door.gateway, now=lambda: door_now + (granting.LASTS + 60) * 1000))
    door_now = door.gateway.now()
    answer = late.refer(key=token)
    assert (answer.status_code, "/oauth/token" in answer.json()["detail"]) == (401, True)


@on_sqlite
@pytest.mark.parametrize("change", [{"active": False}, {"jwks": (public(CURVE),)}])
def test_a_token_ends_with_its_registration_or_its_key(gateway: Gateway, change: dict[str, Any]) -> None:
    token = a_token(Door(registered(gateway)))
    assert Door(registered(gateway, **change)).refer(key=token).status_code == 401


@on_sqlite
def test_what_was_taken_out_of_the_registration_the_token_may_no_more(gateway: Gateway) -> None:
    token = a_token(Door(registered(gateway)))
    assert Door(registered(gateway, may=("status",))).refer(key=token).status_code == 403


@on_sqlite
def test_settled_53_a_key_for_tests_gets_a_token_for_tests(door: Door) -> None:
    caller = granting.caller_of(door.gateway, a_token(door, TEST))
    assert caller is not None
    assert (caller.test, caller.registration.sender) == (True, "second")


@on_sqlite
def test_an_assertion_or_a_token_of_somebody_else_opens_no_door(door: Door) -> None:
    body = json.dumps(a_hull_referral()).encode()
    for key in (assertion(door, KEY), assertion(door, STRANGER, council="hull", aud=door.gateway.settings.origin)):
        assert door.refer(body, key=key).status_code == 401


@on_sqlite
def test_a_live_gateway_takes_no_key_of_a_demonstration(door: Door) -> None:
    live = Door(replace(door.gateway, settings=door.gateway.settings.model_copy(update={"demo": False})))
    assert ask(live, **asking(live, KEY))[0] == 401
    assert door.gateway.council("hull").senders[CLIENT.partition(".")[2]].demo
