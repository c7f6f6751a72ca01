"""Whatever people and machines do in whatever order, every case is somewhere, and there once (settled 5)."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from contracts.errors import GatewayError
from gateway.flows.acting import may_act
from gateway.flows.desk import VERBS
from gateway.flows.evidence.tally import tally, whole
from gateway.path.balance import Place
from gateway.store.writer import Write
from tests.builders import an_agreement
from tests.flows.desks import GROUNDS, NO, REASON, Desk
from tests.running import Door, a_hull_referral, rows

WAYS_IN: tuple[dict[str, Any], ...] = (
    {},
    {"agreements": NO},
    {"agreements": []},
    {"family": {"locality": "Elsewhere"}},
    {"harm": {"level": "possible"}, "agreements": []},
    {"harm": {"level": "significant"}},
    {"sharing_limits": [{"what": "Not the debts"}], "agreements": [an_agreement(informed_of="All of it")]},
)
ANSWERS = (
    "front_door",
    "share_anyway",
    "family_agrees",
    "route",
    "text_may_go",
    "no_harm_after_all",
    "refuse",
    "close",
)
STATES = {"open", "promised", "refused", "closed", "superseded"}
STEPS = 24
LATER = 4_000_000_000_000
"""An instant after all of it, ms UTC."""


def a_step(door: Door, desk: Desk, dice: random.Random, referrals: list[str], place: int) -> None:
    """One thing that somebody does: sensible or not, allowed or not."""
    if not referrals or dice.random() < 0.25:
        referrals.append(door.accepted(a_hull_referral(**dice.choice(WAYS_IN)), once=f"step-{place}"))
        return
    if dice.random() < 0.1:
        door.post(f"/v1/referrals/{dice.choice(referrals)}/withdrawal")
        return
    clocks = sorted(row["id"] for row in rows(desk.gateway, "clock"))
    role = dice.choice(sorted(desk.gateway.council("hull").roles))
    who = (dice.choice(may_act(desk.gateway.council("hull"), role)), role)
    asked = {
        "hold": dice.choice(clocks) if clocks else "abcdef",
        "answer": dice.choice(ANSWERS),
        "reason": REASON,
        "hub": dice.choice(("locality_east", "locality_west", "nowhere")),
        "review": "2030-01-07",
        "purpose": "To decide what becomes of it",
        "needed": dice.choice(("yes", "no")),
        "referral": dice.choice(referrals),
        "month": "2026-11",
        **GROUNDS,
    }
    verb = dice.choice((*sorted(VERBS), "decide", "decide", "decide", "confirm", "confirm", "open"))
    try:
        told = desk.ask(verb, who, **asked)
    except GatewayError:
        return
    if verb == "drill":
        referrals.append(told["referral"])


def the_sums_close(desk: Desk, referrals: list[str]) -> None:
    """Every case has one decision that stands; what is promised is on its way, and somebody waits for what is held."""
    decisions = rows(desk.gateway, "decision")
    deliveries = {row["id"]: row for row in rows(desk.gateway, "delivery")}
    running = Counter(row["decision"] for row in rows(desk.gateway, "clock") if row["state"] == "running")
    assert {row["state"] for row in decisions} <= STATES
    standing = [row for row in decisions if row["state"] != "superseded"]
    assert Counter(row["referral"] for row in standing) == Counter(referrals)
    for row in standing:
        if row["state"] == "promised":
            assert deliveries[row["delivery"]]["referral"] == row["referral"]
            assert deliveries[row["delivery"]]["state"] == "due"
        else:
            assert row["delivery"] is None
        if row["state"] == "open":
            assert running[row["id"]] > 0, "nobody waits for it"
    promised = {row["delivery"] for row in standing if row["state"] == "promised"}
    going = {name for name, row in deliveries.items() if row["state"] == "due" and row["kind"] != "envelope"}
    assert going == promised
    tests = {row["id"] for row in rows(desk.gateway, "referral") if row["test"]}
    ever = desk.gateway.writer.run(Write(lambda tx: whole(tally(tx, "hull", 0, LATER).ever)))
    assert ever["accepted"] == len([row for row in standing if row["referral"] not in tests])
    assert ever["accepted"] == sum(ever[place] for place in Place)
    told = {row["referral"] for row in deliveries.values() if row["state"] == "due" and row["kind"] == "envelope"}
    assert told <= {row["referral"] for row in standing if row["state"] == "open"}


@pytest.mark.parametrize("seed", range(3))
def test_settled_5_the_sums_close_after_every_step(door: Door, seed: int) -> None:
    dice, desk, referrals = random.Random(seed), Desk(door.gateway), list[str]()
    for place in range(STEPS):
        before = len(rows(desk.gateway, "entry"))
        a_step(door, desk, dice, referrals, place)
        the_sums_close(desk, referrals)
        assert len(rows(desk.gateway, "entry")) >= before
    assert len(set(referrals)) == len(referrals)
