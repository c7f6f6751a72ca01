"""Each guard of the table of access stands alone: without it a cell turns red, on the pages and at the command line.

Over every row of PAGES and every word of the desk, so that what is added is tried too (settled 27).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from contracts.errors import GatewayError, NotFound, NotYourRole
from gateway.doors.pages.site import OPEN, PAGES
from gateway.flows import acting as acting_module
from gateway.flows import desk
from gateway.flows.access import PEOPLE
from gateway.flows.gateway import Gateway
from tests.flows.desks import NO, Desk
from tests.flows.test_access_pages import ROLES, Asking, changed, filled, gateway, may_open, seen
from tests.running import ROOT, Door, a_hull_referral, rows, running

__all__ = ["gateway"]

GUARDED = [(method, path, operation) for method, path, operation, _ in PAGES if operation not in OPEN]
FIRST = {operation: (method, path) for method, path, operation in reversed(GUARDED)}
"""Operation → its first page."""
ROOMS = {
    path.split("/")[1]: {of for _, other, of in GUARDED if other.split("/")[1] == path.split("/")[1]}
    for _, path, _ in GUARDED
}
"""First part of an address → the operations of its pages."""


def test_without_its_guard_every_page_answers_a_stranger_otherwise(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With it they are refused. A page asks about the others of its room too, so those are open meanwhile."""
    asking = Asking(gateway)

    async def alike(method: str, path: str, operation: str) -> bool:
        stranger = next((role for role in ROLES if not may_open(operation, role)), "")
        before = await asking.ask(method, filled(path), stranger) if stranger else None
        if before is None:
            return False
        with monkeypatch.context() as less:
            for one in ROOMS[path.split("/")[1]]:
                more = {(stranger, about) for _, about in PEOPLE[one]}
                less.setitem(PEOPLE, one, PEOPLE[one] | more)  # type: ignore[arg-type]
            after = await asking.ask(method, filled(path), stranger)
        return seen(before) != "refused" or before.text == after.text

    async def everywhere() -> list[str]:
        return [f"{row[0]} {row[1]}" for row in GUARDED if await alike(*row)]

    assert asyncio.run(everywhere()) == []


def test_without_any_one_role_of_the_table_that_role_is_refused(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = Asking(gateway)

    async def everywhere() -> list[str]:
        bad = []
        for operation, (method, path) in FIRST.items():
            for role in sorted({role for role, _ in PEOPLE[operation]}):
                with changed(monkeypatch, operation, {pair for pair in PEOPLE[operation] if pair[0] != role}):
                    if seen(await asking.ask(method, filled(path), role)) != "refused":
                        bad.append(f"{operation} without {role}")
        return bad

    assert asyncio.run(everywhere()) == []


# At the command line -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def visited(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, dict[str, str]]]:
    """A desk of a council that has a role which no operation names, and the ids of what waits there."""
    hull = gateway.council("hull")
    roles = dict(hull.roles) | {"visitor": replace(hull.roles["hub_duty"], people=("a.visitor",), cover="")}
    councils = {**gateway.catalogue.councils, "hull": replace(hull, roles=roles)}
    folder = tmp_path_factory.mktemp("guards")
    with running(replace(gateway.catalogue, councils=councils), folder, (f"sqlite:///{folder}/g.db", "")) as built:
        door = Door(built)
        held = door.accepted(a_hull_referral(agreements=NO), once="held")
        diverted = door.accepted(a_hull_referral(harm={"level": "significant"}), once="diverted")
        clocks = {row["kind"].partition(":")[0]: row["id"] for row in rows(built, "clock")}
        (delivery,) = [row["id"] for row in rows(built, "delivery") if row["kind"] == "divert"]
        asked = {"referral": diverted, "delivery": delivery, "hold": clocks["hold"], "task": clocks["clock"]}
        said = {
            "purpose": "To see who is let in",
            "received": "2026-11-20",
            "month": "2026-11",
            "needed": "yes",
            "name": "disclosure-log",
            "piece": "0",
        }
        yield Desk(built), asked | said | {"held": held}


OF_A_REPORT = {"reports-export", "reports-confirm", "reports-take", "reports-piece", "reports-check"}
VISITOR = ("a.visitor", "visitor")


@pytest.mark.parametrize("verb", sorted(desk.VERBS))
def test_somebody_whom_no_operation_names_is_refused_by_every_word_of_the_desk(
    visited: tuple[Desk, dict[str, str]], verb: str
) -> None:
    ours, asked = visited
    before = len(rows(ours.gateway, "entry"))
    # A word about one report or export looks for it first: none is here, and none is told apart.
    with pytest.raises((NotYourRole, NotFound) if verb in OF_A_REPORT else NotYourRole):
        ours.ask(verb, VISITOR, **about(verb, asked))
    assert len(rows(ours.gateway, "entry")) == before


def about(verb: str, asked: dict[str, str]) -> dict[str, str]:
    """What a word is asked with: a task where it is about one."""
    return asked | ({"hold": asked["task"]} if verb == "done" else {})


@pytest.mark.parametrize("verb", sorted(desk.VERBS))
def test_without_the_guard_that_person_is_let_in(
    visited: tuple[Desk, dict[str, str]], verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, asked = visited
    monkeypatch.setattr(acting_module, "person_may", lambda operation, role, about="": True)
    assert "you may not do this" not in answered(ours, verb, about(verb, asked))


def answered(ours: Desk, verb: str, asked: dict[str, str]) -> str:
    """What the desk says, or why it will not."""
    try:
        return str(ours.ask(verb, VISITOR, **asked))
    except GatewayError as error:
        return str(error)


def test_every_operation_of_the_table_is_asked_about_somewhere() -> None:
    """One that nothing asks about guards nothing."""
    files = (path for path in (ROOT / "gateway").rglob("*.py") if path.name != "access.py")
    code = "".join(path.read_text(encoding="utf-8") for path in files)
    both = {f"tasks.{verb}" for verb in ("take", "done", "show", "open", "confirm")}
    assert {operation for operation in PEOPLE if f'"{operation}"' not in code} - both == set()
