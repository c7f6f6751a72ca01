"""Two hubs that record the same: each gets its own message, and one that has it alone rings (settled 1, 49)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gateway.config.catalogue import Catalogue
from gateway.store.tables import DELIVERY
from tests.flows.operations.test_ticks import HOUR, change, lines, tick
from tests.running import Door, a_hull_referral, rows, running

WEST, OTHER = "locality_west", "the_other_system"


@pytest.fixture
def door(catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]) -> Iterator[Door]:
    hull = catalogue.councils["hull"]
    west = replace(hull.hubs[WEST], pair=OTHER)
    other = replace(hull.hubs[WEST], name=OTHER, title="The other system")
    changed = replace(hull, hubs={**hull.hubs, WEST: west, OTHER: other})
    with running(replace(catalogue, councils={**catalogue.councils, "hull": changed}), tmp_path, demo_urls) as gateway:
        yield Door(gateway)


def stands(door: Door, hub: str, state: str) -> None:
    settled = update(DELIVERY).where(DELIVERY.c.hub == hub).values(state=state)
    change(door.gateway, lambda tx: tx.execute(settled))


def pair_clocks(door: Door) -> list[dict[str, Any]]:
    return [row for row in rows(door.gateway, "clock") if row["kind"] == "delivery:pair"]


def test_settled_1_a_pair_is_two_deliveries_each_with_its_own_decision(door: Door) -> None:
    door.accepted(a_hull_referral())
    deliveries, decisions = rows(door.gateway, "delivery"), rows(door.gateway, "decision")
    assert sorted(row["hub"] for row in deliveries) == [WEST, OTHER]
    assert {row["delivery"] for row in decisions} == {row["id"] for row in deliveries}


@pytest.mark.parametrize(("has", "has_not"), [(WEST, OTHER), (OTHER, WEST)])
@pytest.mark.parametrize("state", ["due", "uncertain", "held", "dead"])
def test_settled_49_one_that_is_missing_rings(door: Door, has: str, has_not: str, state: str) -> None:
    door.accepted(a_hull_referral())
    now = int(rows(door.gateway, "delivery")[0]["at"])
    stands(door, has, "delivered")
    stands(door, has_not, state)
    tick(door.gateway, now + 1)
    (clock,) = pair_clocks(door)
    missing = next(row["id"] for row in rows(door.gateway, "delivery") if row["hub"] == has_not)
    assert clock["delivery"] == missing
    tick(door.gateway, clock["due_at"])
    assert "Only one of two hubs that record the same has it." in lines(
        door.gateway, "hull", "hub_duty", clock["due_at"]
    )


def test_settled_49_nothing_rings_once_both_have_it(door: Door) -> None:
    door.accepted(a_hull_referral())
    now = int(rows(door.gateway, "delivery")[0]["at"])
    stands(door, WEST, "delivered")
    tick(door.gateway, now + 1)
    stands(door, OTHER, "delivered")
    tick(door.gateway, now + HOUR)
    assert [row["state"] for row in pair_clocks(door)] == ["stopped"]


def test_nothing_rings_while_neither_has_it(door: Door) -> None:
    door.accepted(a_hull_referral())
    tick(door.gateway, int(rows(door.gateway, "delivery")[0]["at"]) + 1)
    assert pair_clocks(door) == []
