"""What is protected stays out of the message in every form it can take, wherever in a referral somebody wrote it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.decision import Outcome, Payload
from gateway.config.fields import person_leaves, referral_leaves
from gateway.path.screening import screened
from gateway.path.taint import squeezed
from gateway.path.whom import whom_to_ask
from tests.builders import a_child, a_mother, a_referral
from tests.path.copies import SCREENS, sent, why
from tests.path.planted import leaves, planted, read
from tests.path.test_scenarios import through

HOME: Final = {"lines": ["9 Quillfeather Road"], "town": "Farwater", "postcode": "ZK77 7QV", "uprn": "100099887766"}


@dataclass(frozen=True, slots=True)
class Secret:
    """Something a referral protects: how it gets in, and the forms in which somebody may repeat it.

    prose  looked for in free text only, as a school's name is
    """

    name: str
    hide: Callable[[dict[str, Any]], None]
    forms: tuple[str, ...]
    prose: bool = False


def _person(place: int, **values: Any) -> Callable[[dict[str, Any]], None]:
    def hide(plain: dict[str, Any]) -> None:
        plain["people"][place] |= deepcopy(values)

    return hide


def _limit(pointer: str, place: int, **values: Any) -> Callable[[dict[str, Any]], None]:
    def hide(plain: dict[str, Any]) -> None:
        plain["people"][place] |= deepcopy(values)
        plain["sharing_limits"] = [{"what": "KxWhat", "pointers": [pointer]}]

    return hide


ADDRESS: Final = (
    "9 Quillfeather Road",
    "quillfeather rd",
    "9-quillfeather-road.pdf",
    "9_Quillfeather_Rd.docx",
    "9 QUILLFEATHER ROAD,",
    "9 Quíllfeather Road",
    "9&nbsp;Quillfeather&nbsp;Road",
    "https://maps.example/?q=9%20Quillfeather%20Road",
    "https://maps.example/?q=" + quote(quote("9 Quillfeather Road")),
    "https://maps.example/place/9+Quillfeather+Road/",
    "Quill\u00adfeather Road",
    "９ Ｑｕｉｌｌｆｅａｔｈｅｒ Road",
)
POSTCODE: Final = ("ZK77 7QV", "zk777qv", "ZK77", "ZK77 7", "ZK777", "Z K 7 7 7 Q V", "?q=ZK77%207QV", "ZK77&#32;7QV")
TOWN: Final = ("Farwater", "the farwater ward", "FAR-WATER", "https://maps.example/Farwater")
PHONE: Final = ("07700 900555", "+44 7700 900 555", "tel:+447700900555", "(07700) 900-555", "0044-7700-900555")
MAIL: Final = ("joan.f@home.example", "JOAN.F@HOME.EXAMPLE", "mailto:joan.f%40home.example", "joan.f @ home.example")
NAME: Final = ("Zoë", "Zoe", "ZOË", "Zoe's", "Zoeʼs", "zoe_statement.pdf", "Zo%C3%AB", "Zo&euml;")
SCHOOL: Final = ("Quill Infants", "quill-infants", "QUILL INFANTS")
FULL: Final = ("Zoë Thackwray", "THACKWRAY, Zoe", "thackwray-zoe.pdf", "zoe.thackwray", "Zoe%20Thackwray")
POLISH: Final = ("Łukasz", "Lukasz", "lukasz.pdf")
BORN: Final = (
    "04/03/2011",
    "4/3/2011",
    "4.3.11",
    "2011-03-04",
    "2011/3/4",
    "4 March 2011",
    "March 4th, 2011",
    "4th of Mar 2011",
)

SECRETS: Final = (
    Secret("address", _person(0, addresses=[HOME], protection=["address"]), (*ADDRESS, *POSTCODE, *TOWN)),
    Secret("uprn", _person(0, addresses=[HOME], protection=["address"]), ("100099887766", "uprn-100099887766.pdf")),
    Secret("refuge", _person(1, addresses=[HOME | {"kind": "refuge"}], lives_with_child=True), (*ADDRESS, *POSTCODE)),
    Secret("one address", _person(0, addresses=[HOME | {"protected": True}]), (*ADDRESS, *TOWN)),
    Secret(
        "school", _person(0, protection=["address"], education={"setting_name": "Quill Infants"}), SCHOOL, prose=True
    ),
    Secret("phone of a protected home", _person(0, phones=[{"number": "07700 900555"}], protection=["address"]), PHONE),
    Secret("phone not to use", _person(1, phones=[{"number": "07700 900555"}], protection=["do_not_inform"]), PHONE),
    Secret("mail not to be used", _person(1, emails=["joan.f@home.example"], protection=["do_not_inform"]), MAIL),
    Secret("sealed name", _person(0, former_names=["Zoë"], protection=["sealed"]), NAME),
    Secret("who may have harmed", _person(3, first_name="Zoë", why_needed=None), NAME, prose=True),
    Secret("who may have harmed, in Polish", _person(3, first_name="Łukasz", why_needed=None), POLISH, prose=True),
    Secret("who may have harmed, in full", _person(3, first_name="Zoë", surname="Thackwray", why_needed=None), FULL),
    Secret("born, of who may have harmed", _person(3, date_of_birth="2011-03-04", why_needed=None), BORN),
    Secret("a name the family keeps back", _limit("/people/1/first_name", 1, first_name="Zoë"), NAME),
    Secret("a number the family keeps back", _limit("/people/1/phones", 1, phones=[{"number": "07700 900555"}]), PHONE),
    Secret("a birthday the family keeps back", _limit("/people/2/date_of_birth", 2, date_of_birth="2011-03-04"), BORN),
)

CASES: Final = [(secret, form) for secret in SECRETS for form in secret.forms]


def texts(plain: dict[str, Any], prose: bool) -> Iterator[str]:
    """Pointers to every text and line of a referral that can hold somebody's words."""
    for pointer, value in leaves(plain):
        parts = [part for part in pointer.split("/")[1:] if not part.isdecimal()]
        known = person_leaves() if parts[0] == "people" else referral_leaves()
        kind = known.get("/".join(parts[1:] if parts[0] == "people" else parts))
        if str(value).startswith("Kx") and kind in ("prose", "line") and (not prose or screened(pointer, kind)):
            yield pointer


def put(plain: Any, pointer: str, text: str) -> None:
    *before, last = [int(part) if part.isdecimal() else part for part in pointer.split("/")[1:]]
    for part in before:
        plain = plain[part]
    plain[last] = text


def without(plain: dict[str, Any]) -> dict[str, Any]:
    """The same JSON without what is None: a person's field that is not there."""
    plain["people"] = [{name: value for name, value in one.items() if value is not None} for one in plain["people"]]
    return plain


@given(
    seed=st.integers(0, 10_000),
    case=st.sampled_from(CASES),
    outcome=st.sampled_from((Outcome.SHARE, Outcome.SHARE_MINIMISED)),
    data=st.data(),
)
@settings(max_examples=50, deadline=None)
def test_no_form_of_a_protected_value_leaves_in_any_text(
    seed: int, case: tuple[Secret, str], outcome: Outcome, data: st.DataObject
):
    secret, form = case
    plain = planted(seed, density=0.5, protect=False)
    secret.hide(plain)
    where = data.draw(st.sampled_from(list(texts(without(plain), secret.prose))))
    if where.startswith("/sharing_limits"):
        return
    put(plain, where, f"KxHere {form} it was")
    text = sent(read(plain), outcome, narrative="read").body.decode()
    assert form not in text, where
    assert "KxHere" not in text, where
    assert squeezed(form) not in squeezed(text) or len(squeezed(form)) < 5, where


def said(secret: Secret, form: str) -> Payload:
    plain = planted(7, density=0.0, protect=False)
    secret.hide(plain)
    plain["reason"] = f"KxHere {form} it was"
    return sent(read(without(plain)), narrative="read")


@pytest.mark.parametrize(("secret", "form"), [pytest.param(*case, id=f"{case[0].name}: {case[1]}") for case in CASES])
def test_a_text_with_any_form_of_a_protected_value_stays_whole(secret: Secret, form: str):
    payload = said(secret, form)
    assert b"KxHere" not in payload.body
    assert why(payload)["/reason"][0] == "holds_protected"


@pytest.mark.parametrize("form", ["Rowan Road", "LE1 1AA", "07700 900666", "5 March 2011", "Zoological", "Oakwater"])
def test_what_is_not_protected_goes(form: str):
    for secret in SECRETS:
        assert b"KxHere" in said(secret, form).body, secret.name


WORKS_THERE: Final = {
    "kind": "professional",
    "role": "Manager, 9 Quillfeather Road",
    "agency": "Quillfeather Road Refuge",
}


@pytest.mark.parametrize("council", ["hull", "tower_hamlets"])
def test_whom_to_ask_is_no_way_round_a_protected_address(council: str):
    sender = {"hull": "invented_academy", "tower_hamlets": "invented_school"}[council]
    people = [a_child(addresses=[HOME], protection=["address"]), a_mother(addresses=[HOME], lives_with_child=True)]
    _, promised = through(
        council,
        sender,
        people=people,
        referrer=WORKS_THERE,
        family={"locality": "East"},
        requested_services=[{"code": "early_help_referral"}],
    )
    text = "".join(promise.payload.body.decode() for promise in promised)
    assert "Quillfeather" not in text
    for promise in promised:
        assert json.loads(promise.payload.body)["withheld"].startswith("Some information was not sent. Ask ")


def asked(role: str, agency: str, **changes: Any) -> str:
    """Whom a hub is told to ask about a referral that protects a home and somebody who may have harmed."""
    uncle = {"id": "uncle", "roles": ["alleged_harm"], "first_name": "Corvin", "surname": "Thackwray"}
    child = a_child(addresses=[HOME], protection=["address"], phones=[{"number": "07700 900555"}])
    works = {"kind": "professional", "role": role, "agency": agency} | changes
    referral = a_referral(people=[child, a_mother(), uncle], referrer=works)
    return whom_to_ask(referral, "Invented Women's Aid", SCREENS.streets)


def test_whom_to_ask_is_somebody_by_role_and_agency_never_by_name():
    assert asked("Manager", "Elm School", name="Ann Ardent") == "Manager, Elm School"


@pytest.mark.parametrize(
    ("role", "agency"),
    [
        ("Manager", "Quillfeather Road Refuge"),
        ("Manager, 9 Quillfeather Rd", "Invented Refuge"),
        ("Manager on 07700 900555", "Invented Refuge"),
        ("Manager", "Corvin Thackwray's Nursery"),
    ],
)
def test_whom_to_ask_is_the_registered_sender_where_the_agency_tells_too_much(role: str, agency: str):
    assert asked(role, agency) == "Invented Women's Aid"


def test_whom_to_ask_is_the_sender_where_even_the_register_tells_too_much():
    referral = a_referral(people=[a_child(addresses=[HOME], protection=["address"])], referrer=WORKS_THERE)
    assert whom_to_ask(referral, "Quillfeather Road Refuge", SCREENS.streets) == "the sender"
    assert whom_to_ask(referral, "", SCREENS.streets) == "the sender"
