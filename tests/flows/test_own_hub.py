"""Somebody who works for some of a council's hubs sees and does the work of those (governance 5.1, reliability 4.3).

What is another hub's looks to them like what does not exist.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from contracts.errors import GatewayError, NotFound
from gateway.flows.acting import Acting
from gateway.flows.delivery import hubs, hubtest, sendagain, undelivered
from gateway.flows.gateway import Gateway
from gateway.flows.holds import became, needed, opening, passing, rekeying, showing, taking
from gateway.flows.operations import ticks
from gateway.flows.oversight import onedecision, reading, sharinglog
from gateway.flows.oversight.asked import choices, read_question
from tests.builders import NOW
from tests.flows.desks import REASON, Desk, refused
from tests.flows.pages import sign_in
from tests.flows.returned import arrived, sent
from tests.running import Door, on_sqlite, rows

OWN, OTHER = "locality_west", "locality_east"
NOBODYS = "0f" * 16
WHY = "To see what the family was told."
HOLDS = ("hold:",)


def working_for(gateway: Gateway, hub: str, role: str) -> Acting:
    """Somebody of Hull who works for one hub only."""
    council = replace(gateway.council("hull"), works_for={"a.worker": frozenset({hub})})
    return Acting(council, "a.worker", role)


def lists(gateway: Gateway, who: Acting) -> dict[str, list[str]]:
    """What stands in each list of theirs, by id."""
    duty = replace(who, role="hub_duty")
    policy = gateway.policy("hull")
    question = read_question(lambda name: "", who.council, choices(who.council, policy), gateway.now())

    async def read() -> dict[str, list[str]]:
        found = {
            "holds": await showing.listed(gateway, duty, HOLDS, mine=False),
            "arrived": (await rekeying.arrived(gateway, duty))["rows"],
            "waiting": (await undelivered.waiting(gateway, duty))["lines"],
            "log": (await sharinglog.listed(gateway, who, question, None)).rows,
        }
        return {name: [one["id"] for one in lines] for name, lines in found.items()}

    return asyncio.run(read())


@pytest.fixture
def things(door: Door) -> dict[str, str]:
    """A hold, a message that arrived, one that waits, and a decision, all of the west hub."""
    _, arrived = sent(door)
    held = refused(door, once="held")
    waits = door.accepted(once="waits")
    one = {row["referral"]: row for row in rows(door.gateway, "delivery") if row["kind"] == "referral"}
    decision = next(row for row in rows(door.gateway, "decision") if row["delivery"] == arrived)
    assert {one[waits]["hub"], decision["hub"]} == {OWN}
    hold = Desk(door.gateway).hold(held, "hold:")
    return {"hold": hold, "arrived": arrived, "waiting": one[waits]["id"], "decision": decision["id"]}


def test_lists_hold_the_work_of_ones_own_hubs(door: Door, things: dict[str, str]) -> None:
    own = lists(door.gateway, working_for(door.gateway, OWN, "hub_manager"))
    assert things["hold"] in own["holds"]
    assert things["decision"] in own["log"]
    assert things["arrived"] in own["arrived"]
    assert things["waiting"] in own["waiting"]
    assert not any(lists(door.gateway, working_for(door.gateway, OTHER, "hub_manager")).values())


def test_the_list_of_hubs_has_ones_own(door: Door) -> None:
    told = asyncio.run(hubs.listed(door.gateway, working_for(door.gateway, OTHER, "hub_duty")))
    assert [hub["hub"] for hub in told["hubs"]] == [OTHER]


def told_of(work: Coroutine[Any, Any, Any]) -> GatewayError | None:
    """What it was refused with; None where it was not."""
    try:
        asyncio.run(work)
    except GatewayError as error:
        return error
    return None


Act = Callable[[Gateway, Acting, str], Coroutine[Any, Any, Any]]

ACTS: dict[str, tuple[str, str, Act]] = {
    "show a hold": ("hold", "hub_duty", showing.show),
    "take a hold": ("hold", "hub_duty", taking.take),
    "pass a hold on": ("hold", "hub_duty", lambda at, who, it: passing.pass_on(at, who, it, REASON)),
    "read a hold": ("hold", "hub_duty", lambda at, who, it: opening.opened(at, who, it, WHY)),
    "say a hold was needed": ("hold", "hub_duty", lambda at, who, it: needed.answer(at, who, it, "no")),
    "show what arrived": ("arrived", "hub_duty", rekeying.show),
    "read what arrived": ("arrived", "hub_duty", lambda at, who, it: rekeying.opened(at, who, it, WHY)),
    "say what became of it": ("arrived", "hub_duty", became.asked),
    "send again": ("waiting", "hub_duty", lambda at, who, it: sendagain.replay(at, who, it, REASON)),
    "skip": ("waiting", "hub_duty", lambda at, who, it: sendagain.skip(at, who, it, REASON)),
    "cancel": ("waiting", "hub_manager", lambda at, who, it: sendagain.cancel(at, who, it, REASON)),
    "show a decision": ("decision", "hub_manager", onedecision.show),
    "read a decision": ("decision", "hub_manager", lambda at, who, it: reading.opened(at, who, it, WHY)),
    "read its reasons": ("decision", "hub_manager", lambda at, who, it: reading.reasons(at, who, it, WHY)),
    "pause a hub": ("", "hub_duty", lambda at, who, it: hubs.halt(at, who, hubs.Stopping(it, "paused", REASON))),
    "let a hub go on": ("", "hub_duty", lambda at, who, it: hubs.resume(at, who, it, REASON)),
}  # fmt: skip


@on_sqlite
@pytest.mark.parametrize("act", ACTS)
def test_what_is_another_hubs_is_answered_like_what_does_not_exist(
    door: Door, things: dict[str, str], act: str
) -> None:
    kind, role, do = ACTS[act]
    name, nothing = (things[kind], NOBODYS) if kind else (OWN, "no_such_hub")
    stranger = working_for(door.gateway, OTHER, role)
    before = len(rows(door.gateway, "entry"))
    said = []
    for one in (name, nothing):
        with pytest.raises(NotFound) as told:
            asyncio.run(do(door.gateway, stranger, one))
        said.append(str(told.value).replace(one, "it"))
    assert said[0] == said[1]
    assert len(rows(door.gateway, "entry")) == before
    assert not isinstance(told_of(do(door.gateway, working_for(door.gateway, OWN, role), name)), NotFound)


@on_sqlite
def test_what_may_be_sent_again_in_bulk_is_ones_own_hubs(door: Door) -> None:
    arrived(door, door.accepted(once="dead"), state="dead")
    for hub, many in ((OWN, 1), (OTHER, 0)):
        assert asyncio.run(sendagain.preview(door.gateway, working_for(door.gateway, hub, "hub_duty")))["many"] == many


@on_sqlite
def test_who_is_not_named_works_for_every_hub_and_so_do_roles_of_the_whole_council(door: Door) -> None:
    council = replace(door.gateway.council("hull"), works_for={"a.worker": frozenset({OTHER})})
    assert Acting(council, "bram.ellis", "hub_duty").serves(OWN)
    assert Acting(council, "a.worker", "ig_lead").serves(OWN)
    assert Acting(council, "a.worker", "hub_duty").works_at == f"{council.title}: {council.hubs[OTHER].title}"


@on_sqlite
def test_nobody_tries_out_a_hub_whose_work_is_not_theirs(door: Door) -> None:
    said = [
        told_of(hubtest.tried_out(door.gateway, working_for(door.gateway, OTHER, "hub_duty"), name, for_tests=True))
        for name in (OWN, "no_such_hub")
    ]
    assert [type(one) for one in said] == [NotFound, NotFound]
    assert str(said[0]).replace(OWN, "it") == str(said[1]).replace("no_such_hub", "it")


@on_sqlite
def test_what_rings_on_the_first_page_is_of_ones_own_hubs(door: Door) -> None:
    gateway, catalogue = replace(door.gateway, now=lambda: NOW), door.gateway.catalogue
    referral = refused(Door(gateway))
    for days in (3, 30):
        asyncio.run(ticks.tick(replace(gateway, now=partial(int, NOW + days * 86_400_000))))
    seen = {}
    for hub in (OWN, OTHER):
        hull = replace(catalogue.councils["hull"], works_for={"bram.ellis": frozenset({hub})})
        theirs = replace(gateway, catalogue=replace(catalogue, councils=dict(catalogue.councils) | {"hull": hull}))
        seen[hub] = sign_in(Door(theirs), "hub_duty").get("/").text
    assert referral in seen[OWN].partition("What rings")[2]
    assert "Nothing rings." in seen[OTHER]
    assert referral not in seen[OTHER]
