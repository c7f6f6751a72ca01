"""What one is to the thing that a page is about: what is not theirs answers like what there is not (reliability 4.3).

Every page with a thing in its address × every role that may open it × every relation, over `things.WHOSE` and one
planted thing of each kind, by the bytes that come back (P27, settled 27).
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ColumnElement, event, true, update
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.operators import eq
from sqlalchemy.sql.visitors import replacement_traverse

from contracts.audits import AUDITOR
from contracts.signin import SENDER_ROLES
from gateway.config.catalogue import Catalogue
from gateway.doors.pages.site import PAGES
from gateway.flows.access import ALLOWED, OF_A_HUB, PEOPLE, Relation, Role
from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.store.tables import GLASS, METADATA
from gateway.store.writer import Write
from tests.flows.test_access_pages import CANARIES, Asking
from tests.flows.things import (
    ABOUT_ONE,
    NOBODYS,
    OF_A_DAY,
    OF_HUBS,
    OTHER_SENDER,
    WHOSE,
    WHY,
    Things,
    address,
    key_of,
    peopled,
    planted,
    somebody,
    stem_of,
)
from tests.running import counts, running

_DAYS = ("review", "starts", "said-on", "born")
FORM = {
    **dict.fromkeys(("purpose", "why", "words", "reason", "danger", "disagree", "note", "ground", "basis"), WHY),
    **dict.fromkeys(("sure", "read", "needed"), "yes"),
    **{f"{name}-{part}": number for name in _DAYS for part, number in (("day", "2"), ("month", "3"), ("year", "2027"))},
    "answer": "close",
    "born-year": "2017",
    "child": "person-1",
    "found": "justified",
    "kind": "csv",
    "name": "Maya Fernsby",
    "said": "given",
    "said-by": "1",
    "said-how": "signed",
    "version": "2.0.0",
    "what": "acknowledge",
}
"""What any form may ask, filled in so that nothing but the relation stands in the way."""


@dataclass(frozen=True)
class Stand:
    """Hull with its things, and the folder it all lies in."""

    gateway: Gateway
    things: Things
    folder: Path


@pytest.fixture(scope="module")
def stand(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("relations")
    with running(peopled(catalogue), folder, (f"sqlite:///{folder}/gateway.db", "")) as gateway:
        yield Stand(gateway, planted(gateway), folder)


# Whose ----------------------------------------------------------------------------------------------------------------


def test_every_page_about_one_thing_says_whose_that_is() -> None:
    assert {stem_of(path) for _, path, _, _ in ABOUT_ONE} == set(WHOSE)


@dataclass(frozen=True)
class Cell:
    """One page, asked for by one person. relation: what they are to the thing, `own` where it is theirs."""

    method: str
    path: str
    who: Acting
    relation: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} as {self.who.role}, {self.relation}"


def own(gateway: Gateway, path: str, operation: str) -> list[Acting]:
    """Everybody in Hull whose thing it is, as far as their role may open the page."""
    roles = sorted({role for role, _ in PEOPLE[operation]})
    if WHOSE[stem_of(path)] == "person":
        roles = [role for role in roles if role == {"/break-glass/{id}": "hub_manager"}.get(stem_of(path), "ig_lead")]
    if WHOSE[stem_of(path)] == "sender":
        roles = [role for role in roles if role in SENDER_ROLES]  # the council's own see none of it
    return [somebody(gateway, role) for role in roles]


def others(gateway: Gateway, path: str, operation: str) -> Iterator[tuple[str, Acting]]:
    """Everybody whose role may open the page, and whose the thing is not, with what they are to it."""
    whose = WHOSE[stem_of(path)]
    for role in sorted({role for role, _ in PEOPLE[operation]}) if whose != "ours" else ():
        yield "of another council", somebody(gateway, role, "leicester")
        if stem_of(path) in OF_HUBS and role in OF_A_HUB:
            yield "of another hub", somebody(gateway, role, which="c")
        if stem_of(path) in OF_A_DAY and role == AUDITOR:
            yield "of another day", somebody(gateway, role, which="c")
        if whose == "sender":
            yield "of another sender", somebody(gateway, role, sender=OTHER_SENDER)
        if whose == "person":
            yield "another person", somebody(gateway, role, which="b")


def cells(gateway: Gateway) -> Iterator[Cell]:
    for method, path, operation, _ in ABOUT_ONE:
        yield from (Cell(method, path, who, "own") for who in own(gateway, path, operation))
        yield from (Cell(method, path, who, relation) for relation, who in others(gateway, path, operation))


Answer = tuple[int, str, str]
"""Status, text, and where it leads to."""


async def answered(asking: Asking, cell: Cell, things: Things, **instead: str) -> Answer:
    """What they are told, without what differs at each request: the id that was asked for, and the session's end."""
    at = address(things, cell.path, **instead)
    answer = await asking.ask_as(cell.method, at, cell.who, FORM | {"hold": things["another"]["hold"]})
    said = [answer.text, answer.headers.get("location", "")]
    for name in instead or [key_of(cell.path)]:
        asked_for = instead.get(name) or things[stem_of(cell.path)][name]
        said = [one.replace(asked_for, NOBODYS) for one in said]
    return answer.status_code, re.sub(r"by [^<]*, or you are signed out", "", said[0]), said[1]


async def told_apart(asking: Asking, cell: Cell, things: Things) -> bool:
    """Whether they can tell the thing from nothing; whoever's it is not, also by a family's word on it."""
    theirs = await answered(asking, cell, things)
    none = await answered(asking, cell, things, **{key_of(cell.path): NOBODYS})
    if cell.relation == "own" and theirs[0] == 403:
        return True  # it is refused to their role, not hidden from it: which reports are whose is another table
    return theirs != none or (cell.relation != "own" and any(word in theirs[1] for word in CANARIES))


def wrong(stand: Stand, these: list[Cell], apart: bool) -> list[str]:
    """The cells in which the thing and nothing are told apart, or not, other than they should be."""

    async def ask_all() -> list[str]:
        asking = Asking(stand.gateway, WHY)
        return [str(cell) for cell in these if await told_apart(asking, cell, stand.things) is not apart]

    return asyncio.run(ask_all())


ASKS_FIRST = {"/children/{token}", "/arrived/{id}/explanation"}
"""Pages that are the same for everything until somebody has said why they look."""


def test_whose_it_is_finds_it_on_every_page_that_shows_it(stand: Stand) -> None:
    mine = [
        cell
        for cell in cells(stand.gateway)
        if (cell.relation, cell.method) == ("own", "GET") and cell.path not in ASKS_FIRST
    ]
    assert wrong(stand, mine, apart=True) == []


def test_p27_what_is_not_theirs_is_the_same_bytes_as_what_there_is_not_on_every_page(stand: Stand) -> None:
    before = standing(stand.gateway)
    assert wrong(stand, [cell for cell in cells(stand.gateway) if cell.relation != "own"], apart=False) == []
    assert standing(stand.gateway) == before


def standing(gateway: Gateway) -> dict[str, int]:
    """How much each table holds, but for who is signed in, and for what the sealer does meanwhile."""
    return {name: many for name, many in counts(gateway).items() if name not in ("session", "checkpoint", "tile")}


# A thing within a thing -----------------------------------------------------------------------------------------------

WITHIN = {
    "/rights/{id}/pack/documents/{referral}/{place}": "referral",
    "/rights/{id}/pack/documents/{referral}/{place}/file": "referral",
    "/rights/{id}/pack/documents/{referral}/{place}/decide": "referral",
    "/sent/{id}/receipt/{delivery}": "delivery",
    "/break-glass/{id}/read/{referral}": "referral",
    "/break-glass/{id}/divert/{referral}": "referral",
}
"""Page → the part of its address that names a second thing, which must belong to the first."""
PLACES = {"place", "page", "person", "number", "record", "name", "hub"}
"""Parts that say where in the first thing, or are names of ours."""


def test_every_second_thing_in_an_address_is_known() -> None:
    for _, path, _, _ in ABOUT_ONE:
        seconds = set(re.findall(r"{(\w+)}", path)) - {key_of(path)} - PLACES
        assert seconds == ({WITHIN[path]} if path in WITHIN else set()), path


@pytest.mark.parametrize("path", sorted(WITHIN))
def test_what_belongs_to_another_thing_is_not_found_in_ones_own(stand: Stand, path: str) -> None:
    method, operation = next((method, operation) for method, at, operation, _ in PAGES if at == path)
    another = stand.things["another"][WITHIN[path]]

    async def ask_all() -> list[str]:
        asking, bad = Asking(stand.gateway, WHY), []
        for who in own(stand.gateway, path, operation):
            cell = Cell(method, path, who, "own")
            theirs, none = [
                await answered(asking, cell, stand.things, **{WITHIN[path]: name}) for name in (another, NOBODYS)
            ]
            if theirs != none or none[0] not in (404, 409, 422):
                bad.append(f"{cell}: {theirs[0]}, {none[0]}")
        return bad

    assert asyncio.run(ask_all()) == []


# Each guard of a relation stands alone --------------------------------------------------------------------------------

GUARDS = {
    "council": "of another council",
    "day": "of another day",
    "hub": "of another hub",
    "person": "another person",
    "sender": "of another sender",
}
"""Whose → the relation that its guard keeps out. A sender's things are kept from other councils by both."""
NARROWS = {"hub": "hubs", "day": "period"}
"""Guard → what of `Acting` narrows a role of the whole council."""
LAST = ("/end", "/delete", "/drop", "/remove", "/cancel", "/aside", "/release", "/confirm", "/withdraw")
"""What forms do that take the thing away, or end it."""
CONFIGURED = {"/hubs/{hub}", "/hubs/{hub}/links/{id}"}
"""Things that are no rows: they stand in the council's own files, which no query opens to another."""


@pytest.mark.parametrize("guard", sorted(GUARDS))
def test_without_the_guard_of_a_relation_every_page_tells_theirs_from_nothing(
    stand: Stand, guard: str, tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(stand.folder, tmp_path / "copy")
    urls = (f"sqlite:///{tmp_path}/copy/gateway.db", "")
    with running(peopled(catalogue), tmp_path / "copy", urls) as gateway, without(gateway, guard, monkeypatch):
        of = [cell for cell in cells(gateway) if cell.relation == GUARDS[guard]]
        if guard == "council":
            of = [cell for cell in of if WHOSE[stem_of(cell.path)] == guard and stem_of(cell.path) not in CONFIGURED]
        once = {(cell.method, cell.path): cell for cell in reversed(of)}
        ordered = sorted(once.values(), key=lambda cell: (cell.method, cell.path.endswith(LAST)))
        blind = [cell for cell in ordered if not (cell.method == "GET" and cell.path in ASKS_FIRST)]
        assert wrong(Stand(gateway, stand.things, tmp_path), blind, apart=True) == []


@contextmanager
def without(gateway: Gateway, guard: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The gateway as if nobody had thought of one relation: no query asks whose a row is, no table of access either."""

    def bare(connection: Any, clause: Any, many: Any, parameters: Any, options: Any) -> tuple[Any, Any, Any]:
        return (replacement_traverse(clause, {}, drop) if clause.is_select else clause), many, parameters

    def drop(element: Any, **_: Any) -> ColumnElement[bool] | None:
        asks = isinstance(element, BinaryExpression) and element.operator is eq
        return true() if asks and getattr(element.left, "name", "") == guard else None

    def unseen(raw: Any, record: Any) -> None:
        raw.execute("PRAGMA query_only = OFF")
        for table in METADATA.tables.values():
            raw.execute(f"DROP VIEW IF EXISTS temp.{table.name}")

    engines = [gateway.store._reading, gateway.store._writing]
    for engine in engines:
        event.listen(engine, "before_execute", bare, retval=True)
    if guard == "council":
        event.listen(gateway.store._reading, "connect", unseen)
        gateway.store._reading.dispose()
    if guard in NARROWS:
        monkeypatch.setattr(Acting, NARROWS[guard], None)
    for operation, pairs in ALLOWED.items() if guard == "sender" else ():
        monkeypatch.setitem(ALLOWED, operation, pairs | {(Role.SENDER, Relation.OTHER)})  # type: ignore[arg-type]
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "before_execute", bare)


# Time -----------------------------------------------------------------------------------------------------------------


def test_what_was_lent_for_an_hour_shows_nothing_after_it(stand: Stand) -> None:
    """The same person, the same address: only the time is another."""
    paths = [(method, path) for method, path, _, _ in ABOUT_ONE if stem_of(path) == "/break-glass/{id}"]
    who = somebody(stand.gateway, "hub_manager")
    lent = update(GLASS).where(GLASS.c.id == stand.things["/break-glass/{id}"]["id"])

    async def statuses() -> dict[str, int]:
        asking = Asking(stand.gateway, WHY)
        found = {}
        for method, path in paths:
            status, text, _ = await answered(asking, Cell(method, path, who, "own"), stand.things)
            assert not any(word in text for word in CANARIES)
            found[path] = status
        return found

    def at(instant: int) -> None:
        stand.gateway.writer.run(Write(lambda tx: tx.execute(lent.values(until=instant)) and None))

    before = stand.gateway.now() + 3_600_000
    at(stand.gateway.now() - 1)
    try:
        told = asyncio.run(statuses())
    finally:
        at(before)
    assert {status for path, status in told.items() if path != "/break-glass/{id}"} == {409}
