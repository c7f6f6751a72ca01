"""Who may do what, cell by cell: operation × role × relation, by status and by bytes (reliability 4.3, settled 27)."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import httpx2
import pytest
from joserfc.jwk import OKPKey
from sqlalchemy import update

from contracts.council import Council
from contracts.errors import NotAuthenticated
from gateway.config.catalogue import Catalogue
from gateway.demo.doors import make_secrets
from gateway.doors.api import ROUTES, create_app
from gateway.doors.openapi import document
from gateway.doors.pages.site import PAGES
from gateway.doors.pages.statics import FILES
from gateway.flows import access
from gateway.flows.access import ALLOWED, MAY, Caller, Relation, Role, callers, identify
from gateway.path.calendar import day_of
from gateway.store.tables import DELIVERY
from gateway.store.writer import Write
from tests.builders import a_council, a_registration
from tests.flows.systems import asking, public
from tests.running import HULL, TOWER_HAMLETS, Door, a_hull_referral, as_bytes, counts, rows, running

SYSTEM = OKPKey.generate_key("Ed25519")
HUB, EAST, SECOND = "a-hub-of-hull", "another-hub-of-hull", "another-school-of-hull"


@pytest.fixture
def store_urls(tmp_path: Path) -> tuple[str, str]:
    """The table is the same whatever the store."""
    return f"sqlite:///{tmp_path}/gateway.db", ""


@pytest.fixture(scope="session")
def house(catalogue: Catalogue) -> Catalogue:
    """The demonstration's councils, where a hub and a second school of Hull have keys too."""
    hull = catalogue.councils["hull"]
    school = hull.senders["invented_academy"]
    may = ("deliveries.outcome", "deliveries.collect")
    more = {
        "a_hub": replace(school, sender="a_hub", keys=(digest(HUB),), hubs=("locality_west",), may=may),
        "east_hub": replace(school, sender="east_hub", keys=(digest(EAST),), hubs=("locality_east",)),
        "second": replace(school, sender="second", keys=(digest(SECOND),), jwks=(public(SYSTEM),)),
    }
    west = replace(hull.hubs["locality_west"], adapter="pick_up", url="", confirmed=True)
    changed = replace(hull, senders=dict(hull.senders) | more, hubs=dict(hull.hubs) | {"locality_west": west})
    return replace(catalogue, councils=dict(catalogue.councils) | {"hull": changed})


def digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


@pytest.fixture
def door(house: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]) -> Iterator[Door]:
    with running(house, tmp_path, demo_urls) as gateway:
        yield Door(gateway)


def ask(door: Door, operation: str, key: str | None, referral: str) -> httpx2.Response:
    """One operation, by whoever has this key, about this referral where it is about one."""
    content = as_bytes(a_hull_referral(council="tower_hamlets" if key == TOWER_HAMLETS else "hull"))
    how = {"content-type": "application/json", "idempotency-key": f"{operation} {key}".replace(" ", "-")}
    if operation in MANIFESTS:
        return about_a_day(door, operation, key)
    if operation in WORD:
        return of_word(door, operation, key, referral)
    if operation in OF_HUBS or operation in BACK:
        return tell(door, operation, key, referral)
    match operation:
        case "submit" | "preview":
            path = "/v1/referrals" if operation == "submit" else "/v1/referrals/preview"
            return door.post(path, content, key=key, headers=how)
        case "status":
            return door.get(f"/v1/referrals/{referral}", key=key)
        case "receipt":
            return door.get(f"/v1/referrals/{referral}/receipt", key=key)
        case "withdraw":
            return door.post(f"/v1/referrals/{referral}/withdrawal", key=key)
        case "attach":
            document = b"A note for the record."
            path = f"/v1/attachments/{sha256(document).hexdigest()}"
            return asyncio.run(door.ask("PUT", path, content=document, key=key, headers={"content-type": "text/plain"}))
        case "token":
            return asyncio.run(door.ask("POST", "/oauth/token", key=key, **asking(door, SYSTEM)))
        case _:
            return door.get(OPEN.get(operation, f"/health/{operation}"), key=key)


OPEN = {"problem_page": "/problems/not-found", "openapi": "/openapi.json", "fhir": "/fhir/metadata"}
"""Operations that everyone may, but for health, and where they are."""


MANIFESTS = ("manifest", "compare")


def about_a_day(door: Door, operation: str, key: str | None) -> httpx2.Response:
    """One operation about the last day that is over."""
    path = f"/v1/manifests/{(day_of(door.gateway.now()) - timedelta(days=1)).isoformat()}"
    if operation == "manifest":
        return door.get(path, key=key)
    return door.post(f"{path}/compare", b"{}", key=key, headers={"content-type": "application/json"})


WORD = ("word", "word_read")


def of_word(door: Door, operation: str, key: str | None, referral: str) -> httpx2.Response:
    """One operation about word that something came back."""
    if operation == "word":
        return door.get("/v1/notices", key=key)
    asked(door, referral)
    events = [row["id"] for row in rows(door.gateway, "event") if row["referral"] == referral]
    return door.post(f"/v1/notices/{events[0] if events else referral}/acknowledgement", key=key)


BACK = ("correct", "agree", "answer", "tell_event", "tell_outcome", "tell_withdrawal")
"""Operations of the way back."""


def tell(door: Door, operation: str, key: str | None, referral: str) -> httpx2.Response:
    """One operation of the way back, about this referral, its message or its question."""
    if operation in COLLECTING:
        return come_for(door, operation, key)
    if operation == "answer":
        asked(door, referral)
    delivery = message(door, referral) if operation.startswith("tell_") else ""
    path, content = {
        "correct": (f"/v1/referrals/{referral}/correction", as_bytes(a_hull_referral())),
        "agree": (f"/v1/referrals/{referral}/agreement", b'{"sharing_limits": []}'),
        "answer": (f"/v1/referrals/{referral}/answers", b'{"words": "On Mondays."}'),
        "tell_event": (f"/v1/deliveries/{delivery}/events", b'{"event": "opened"}'),
        "tell_outcome": (f"/v1/deliveries/{delivery}/outcome", b'{"outcome": "allocated"}'),
        "tell_withdrawal": (f"/v1/deliveries/{delivery}/withdrawal", b""),
    }[operation]
    how = {"content-type": "application/json", "idempotency-key": f"{operation} {key}".replace(" ", "-")}
    return door.post(path, content, key=key, headers=how)


COLLECTING = ("list_deliveries", "collect", "acknowledge")
"""Operations of a hub that comes for its messages."""


def come_for(door: Door, operation: str, key: str | None) -> httpx2.Response:
    """One operation of a hub that comes for its messages, about one that waits for it."""
    make_secrets(door.gateway.catalogue, door.gateway.settings.secrets)
    if operation == "list_deliveries":
        return door.get("/v1/hubs/locality_west/deliveries", key=key)
    referral = door.accepted(once=f"to-collect-{len(rows(door.gateway, 'referral'))}")
    path = next(f"/v1/deliveries/{row['id']}" for row in rows(door.gateway, "delivery") if row["referral"] == referral)
    if operation == "collect":
        return door.get(path, key=key)
    door.get(path, key=HUB)
    return door.post(f"{path}/acknowledgement", key=key)


def message(door: Door, referral: str) -> str:
    """The message about a referral, which has arrived; its own id where there is none."""
    found = [row["id"] for row in rows(door.gateway, "delivery") if row["referral"] == referral]
    if found:
        settled = update(DELIVERY).where(DELIVERY.c.id == found[0]).values(state="delivered", attempts=1)
        door.gateway.writer.run(Write(lambda tx: tx.execute(settled) and None))
    return str(found[0]) if found else referral


def asked(door: Door, referral: str) -> None:
    """See that one question about it is open."""
    clocks = [row for row in rows(door.gateway, "clock") if row["kind"] == "task:answer_the_hub"]
    if not [row for row in clocks if row["state"] == "running"]:
        said = b'{"event": "more_information_asked", "words": "Which days?"}'
        how = {"content-type": "application/json", "idempotency-key": f"asked-{len(clocks)}"}
        door.post(f"/v1/deliveries/{message(door, referral)}/events", said, key=HUB, headers=how)


OF_HUBS = ("tell_event", "tell_outcome", "tell_withdrawal", *COLLECTING)

WHO: dict[str, tuple[str | None, Role]] = {
    "nobody": (None, Role.ANONYMOUS),
    "a stranger": ("no-such-key", Role.ANONYMOUS),
    "the sender": (HULL, Role.SENDER),
    "another sender of the council": (SECOND, Role.SENDER),
    "a sender of another council": (TOWER_HAMLETS, Role.SENDER),
    "a hub": (HUB, Role.HUB),
    "another hub of the council": (EAST, Role.HUB),
}
TOLD = ("submit", "withdraw", "agree", "correct", "answer", "tell_event", "tell_outcome", "tell_withdrawal")
"""Operations that answer 202."""
CELLS = [(operation, who) for operation in ALLOWED for who in WHO]


def expected(operation: str, who: str) -> int:
    """The status that the table gives this cell."""
    _, role = WHO[who]
    about = any(relation is not Relation.NONE for _, relation in ALLOWED[operation])
    own = "a hub" if operation in OF_HUBS else "the sender"
    relation = Relation.NONE if not about else Relation.OWN if who == own else Relation.OTHER
    if (Role.ANONYMOUS, Relation.NONE) in ALLOWED[operation]:
        return 200
    if role is Role.ANONYMOUS:
        return 401
    if (role, relation) in ALLOWED[operation]:
        return 202 if operation in TOLD else {"attach": 201}.get(operation, 200)
    return 404 if relation is Relation.OTHER else 403


def secrets_of(door: Door, referral: str) -> list[str]:
    """What only the sender of a referral may be told: its ids, its entries, its family."""
    receipt = door.get(f"/v1/referrals/{referral}/receipt", key=HULL).json()
    return ["Fernsby", *(entry["rid"] for entry in receipt["entries"])]


def test_every_cell_gives_what_the_table_says(door: Door) -> None:
    referral = door.accepted()
    hidden = secrets_of(door, referral)
    for operation, who in CELLS:
        response = ask(door, operation, WHO[who][0], referral)
        assert response.status_code == expected(operation, who), f"{operation} by {who}"
        if response.status_code >= 400:
            assert not [value for value in hidden if value in response.text], f"{operation} by {who}"


@pytest.mark.parametrize(
    "operation", ["status", "receipt", "withdraw", "agree", "correct", "answer", "tell_event", "tell_outcome"]
)
def test_p27_anothers_referral_and_none_at_all_are_the_same_bytes(door: Door, operation: str) -> None:
    referral = door.accepted()
    for key in (SECOND, TOWER_HAMLETS, EAST):
        theirs, none = ask(door, operation, key, referral), ask(door, operation, key, "a" * 26)
        assert comparable(theirs) == comparable(none)


def comparable(response: httpx2.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    body = json.loads(response.content)
    body.pop("instance")
    headers = sorted((name, value) for name, value in response.headers.items())
    return response.status_code, headers, json.dumps(body).encode()


def test_p27_a_withdrawal_of_anothers_referral_changes_nothing(door: Door) -> None:
    referral = door.accepted()
    before = counts(door.gateway)
    ask(door, "withdraw", SECOND, referral)
    assert counts(door.gateway) == before


GUARDS = [(operation, pair) for operation, pairs in ALLOWED.items() for pair in sorted(pairs)]


def test_taking_any_one_pair_out_of_the_table_turns_a_cell_red(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only pairs that somebody can be are asked about: nobody is anonymous towards an object."""
    referral = door.accepted()
    for operation, pair in GUARDS:
        before = {who: expected(operation, who) for who in WHO}
        less = dict(ALLOWED) | {operation: ALLOWED[operation] - {pair}}
        open_to_all = (Role.ANONYMOUS, Relation.NONE) in less[operation]
        monkeypatch.setattr(access, "ALLOWED", MappingProxyType(less))
        asked = {who: ask(door, operation, key, referral).status_code for who, (key, _) in WHO.items()}
        monkeypatch.undo()
        assert open_to_all or asked != before, f"{operation} without {pair}"


def test_adding_any_one_pair_to_the_table_turns_a_cell_red(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    referral = door.accepted()
    for operation, pair in [("submit", (Role.HUB, Relation.NONE)), ("status", (Role.SENDER, Relation.OTHER))]:
        before = {who: expected(operation, who) for who in WHO}
        more = dict(ALLOWED) | {operation: ALLOWED[operation] | {pair}}
        monkeypatch.setattr(access, "ALLOWED", MappingProxyType(more))
        asked = {who: ask(door, operation, key, referral).status_code for who, (key, _) in WHO.items()}
        monkeypatch.undo()
        assert asked != before, f"{operation} with {pair}"


@pytest.mark.parametrize("operation", sorted(MAY))
def test_a_registration_that_does_not_say_so_may_not(
    house: Catalogue, tmp_path: Path, demo_urls: tuple[str, str], operation: str
) -> None:
    hull = house.councils["hull"]
    name, key, role = ("a_hub", HUB, Role.HUB) if operation in OF_HUBS else ("invented_academy", HULL, Role.SENDER)
    with running(house, tmp_path, demo_urls) as gateway:
        referral = Door(gateway).accepted()
        whole = hull.senders[name]
        less = replace(whole, may=tuple(word for word in whole.may if word != MAY[operation]))
        known = dict(gateway.callers) | {digest(key): Caller(role, less, test=False)}
        assert ask(Door(replace(gateway, callers=known)), operation, key, referral).status_code == 403


def test_settled_53_a_test_key_never_reaches_what_a_live_one_sent(
    house: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    with running(house, tmp_path, demo_urls) as gateway:
        referral = Door(gateway).accepted()
        school = gateway.callers[digest(HULL)].registration
        known = dict(gateway.callers) | {digest("a-test-key"): Caller(Role.SENDER, school, test=True)}
        door = Door(replace(gateway, callers=known))
        assert ask(door, "withdraw", "a-test-key", referral).status_code == 404


# The routes ----------------------------------------------------------------------------------------------------------


def test_every_route_names_an_operation_and_every_operation_has_a_route() -> None:
    assert {operation for _, _, operation, _ in ROUTES} == set(ALLOWED)


def test_the_application_has_exactly_these_routes(door: Door) -> None:
    built = {(method, route.path) for route in create_app(door.gateway).routes for method in route.methods or ()}
    drawn_with = {("GET", f"/static/{name}") for name in FILES}
    assert built - {("HEAD", path) for _, path in drawn_with} == listed() | drawn_with


def listed() -> set[tuple[str, str]]:
    """Every address that names an operation of the table of access, and its method."""
    return {(method, path) for method, path, _, _ in (*ROUTES, *PAGES)}


def test_no_address_takes_another_method_than_it_is_listed_with(door: Door) -> None:
    referral = door.accepted()
    hidden = secrets_of(door, referral)
    for path in sorted({path for _, path in listed()}):
        here = re.sub(r"{\w+}", referral, path)
        for method in {"HEAD", "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}:
            if (method, path) in listed() or _taken(method, here):
                continue
            response = asyncio.run(door.ask(method, here, key=HULL))
            assert response.status_code == 405, f"{method} {path}"
            assert not [value for value in hidden if value in response.text], f"{method} {path}"


def _taken(method: str, path: str) -> bool:
    """Whether another listed address takes this one: /v1/referrals/{id} takes the word preview too."""
    return any(
        of == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", one).replace("$", r"\$"), path) for of, one in listed()
    )


def test_every_route_is_in_the_openapi_document_and_the_other_way_round() -> None:
    written = {(method.upper(), path) for path, item in document()["paths"].items() for method in item}
    assert written == {(method, path) for method, path, _, _ in ROUTES}


def test_a_route_whose_operation_is_not_listed_cannot_be_built(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    less = {operation: pairs for operation, pairs in ALLOWED.items() if operation != "status"}
    monkeypatch.setattr("gateway.doors.api.ALLOWED", less)
    with pytest.raises(KeyError):
        create_app(door.gateway)


# Keys ----------------------------------------------------------------------------------------------------------------


def council_with(**changes: object) -> Council:
    return a_council(senders={"invented_school": a_registration(**changes)})


def test_a_demonstrations_keys_count_in_a_demonstration_only() -> None:
    council = council_with(keys=(digest("k"),), demo=True)
    assert (len(callers([council], demo=True)), len(callers([council], demo=False))) == (1, 0)


def test_a_key_says_whether_it_is_for_tests() -> None:
    known = callers([council_with(keys=(digest("live"),), test_keys=(digest("test"),))], demo=False)
    assert (identify(known, "Bearer live").test, identify(known, "Bearer test").test) == (False, True)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic live", "live", "Bearer other"])
def test_without_a_known_bearer_key_nobody_is_anybody(header: str | None) -> None:
    with pytest.raises(NotAuthenticated):
        identify(callers([council_with(keys=(digest("live"),))], demo=False), header)


def test_a_401_says_how_to_sign_in_and_whom_to_ring(door: Door) -> None:
    response = door.refer(key=None)
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert "999" in response.json()["emergency"]


def test_settled_4_a_403_carries_the_councils_own_emergency_line(door: Door) -> None:
    response = door.refer(a_hull_referral(council="leicester"))
    assert response.json()["emergency"] == door.gateway.council("hull").emergency
