"""A hub that is down from Maundy Thursday 17:00 to the Tuesday after Easter at 09:00, on a told clock (settled 14).

Nobody acts all weekend. Everything that was accepted is delivered once the hub is back, nothing is given up, and those
who must hear of it hear at the right hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select

from contracts.delivery import Result
from gateway.config.catalogue import Catalogue
from gateway.flows.delivery.claim import claim
from gateway.flows.delivery.probing import EVERY
from gateway.flows.delivery.settle import settle
from gateway.flows.gateway import Gateway
from gateway.path.calendar import LONDON
from gateway.path.schedule import DIVERTS, MOST_ATTEMPTS
from gateway.store.engine import Opened
from gateway.store.tables import CLOCK, DELIVERY, LANE
from gateway.store.writer import Write
from tests.conftest import Store
from tests.flows.delivery.test_settle import came_to
from tests.flows.operations.test_ticks import tick
from tests.flows.outbox import promise, terms_for
from tests.running import rows, running

HUB = "locality_west"
MINUTE = 60_000


def at(day: int, hour: int, minute: int = 0) -> int:
    """An instant of April 2026 in London, ms UTC. Good Friday is the 3rd."""
    return int(datetime(2026, 4, day, hour, minute, tzinfo=LONDON).timestamp() * 1_000)


DOWN, BACK = at(2, 17), at(7, 9)
ACCEPTED = {
    "thursday": at(2, 17, 1),
    "friday": at(3, 10),
    "saturday": at(4, 23, 30),
    "monday": at(6, 20),
    "tuesday": at(7, 8, 50),
}
CONTACT = at(3, 11)
"""When a safeguarding contact is accepted."""


@dataclass
class Clock:
    """The only clock there is: of store, gateway and people."""

    now: int = DOWN


@dataclass
class Weekend:
    """The gateway of Hull with a worker that is stepped by hand."""

    gateway: Gateway
    clock: Clock

    def __post_init__(self) -> None:
        self.store = cast(Store, _Standing(self.gateway))
        self.terms = terms_for({HUB: {"in_flight": 4}})
        self.delivered: dict[str, int] = {}
        self.tries: list[int] = []

    def accept(self) -> None:
        """Whatever is accepted at this instant."""
        for name, when in ACCEPTED.items():
            if when == self.clock.now:
                promise(self.store, name, HUB)
        if self.clock.now == CONTACT:
            promise(self.store, "contact", HUB, kind="divert", urgent=DIVERTS)

    def step(self) -> bool:
        """One look of the worker at its outbox. Whether it tried anything."""
        taken = self.gateway.writer.run(Write(lambda tx: claim(tx, self.terms))).taken
        up = self.clock.now >= BACK
        result, why = (Result.DELIVERED, "acknowledged") if up else (Result.NOT_SENT, "connect")
        told = [came_to(one, result, why) for one in taken]
        self.gateway.writer.run(Write(lambda tx: settle(tx, self.terms, told)))
        self.tries += [self.clock.now] * len(taken)
        self.delivered |= {one.permit.delivery_id: self.clock.now for one in taken if up}
        return bool(taken)

    def following(self) -> int:
        """The next instant at which anything can happen."""
        now = self.clock.now
        waits = [when + after for when in (*ACCEPTED.values(), CONTACT) for after in (0, 5 * MINUTE, 30 * MINUTE)]
        with self.gateway.store.read("hull") as connection:
            waits += connection.execute(select(DELIVERY.c.due_at).where(DELIVERY.c.state == "due")).scalars()
            waits += connection.execute(select(CLOCK.c.next_at).where(CLOCK.c.state == "running")).scalars()
            lane = connection.execute(select(LANE.c.open_at, LANE.c.at).where(LANE.c.hub == HUB)).first()
        waits += [lane.open_at, lane.at + EVERY] if lane is not None else []
        return min(one for one in (*waits, BACK, at(8, 9)) if one > now)

    def live(self, until: int) -> None:
        """Let the time pass."""
        while self.clock.now < until:
            self.accept()
            if self.step():
                self.clock.now += 100
                continue
            tick(self.gateway, self.clock.now)
            self.clock.now = self.following()


class _Standing:
    """A gateway's store, as the outbox of the tests expects one."""

    def __init__(self, gateway: Gateway) -> None:
        self.writer, self.opened = gateway.writer, gateway.store


@pytest.fixture(scope="module")
def weekend(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weekend]:
    """The whole weekend, lived once."""
    folder, clock = tmp_path_factory.mktemp("easter"), Clock()
    with pytest.MonkeyPatch.context() as patch, running(catalogue, folder, (f"sqlite:///{folder}/g.db", "")) as gateway:
        patch.setattr(Opened, "now", lambda self, connection: clock.now)
        lived = Weekend(replace(gateway, now=lambda: clock.now), clock)
        lived.live(at(7, 12))
        yield lived


def heard(weekend: Weekend, kind: str) -> list[tuple[str, str]]:
    """Who was told of clocks of this kind, and when they hear it, in order."""
    told = [row for row in rows(weekend.gateway, "alarm") if row["kind"] == kind]
    return [(row["role"], f"{datetime.fromtimestamp(row['tell_at'] / 1_000, LONDON):%a %H:%M}") for row in told]


def test_e8_everything_of_an_easter_weekend_is_delivered_and_nobody_had_to_act(weekend: Weekend) -> None:
    assert set(weekend.delivered) == {*ACCEPTED, "contact"}
    soon = timedelta(milliseconds=max(weekend.delivered.values()) - BACK)
    assert soon <= timedelta(minutes=16)
    states: dict[str, Any] = {row["id"]: (row["state"], row["rungs"] < MOST_ATTEMPTS) for row in _deliveries(weekend)}
    assert states == dict.fromkeys([*ACCEPTED, "contact"], ("delivered", True))


def test_a_hub_that_is_away_is_tried_four_times_an_hour_and_no_more(weekend: Weekend) -> None:
    quiet = [one for one in weekend.tries if at(4, 0) <= one < at(4, 12)]
    assert 12 * 4 - 2 <= len(quiet) <= 12 * 4 + 4


def test_settled_45_the_weekend_rings_for_the_safeguarding_contact_alone(weekend: Weekend) -> None:
    contact = heard(weekend, "delivery:divert")
    assert contact[0] == ("front_door", "Fri 11:06")
    interrupting = {row["kind"] for row in rows(weekend.gateway, "alarm") if row["interrupts"]}
    assert interrupting == {"delivery:divert"}
    first = [when for role, when in contact if role == "front_door"][:4]
    assert first == ["Fri 11:06", "Fri 11:21", "Fri 11:36", "Fri 11:51"]


def test_the_others_are_in_the_first_digest_of_the_first_working_day(weekend: Weekend) -> None:
    """Half of the tries were used on Friday, and who looks after the hub reads so first on Tuesday."""
    assert set(heard(weekend, "delivery:half")) == {("hub_manager", "Tue 09:00"), ("council_admin", "Tue 09:00")}


def _deliveries(weekend: Weekend) -> list[dict[str, Any]]:
    return rows(weekend.gateway, "delivery")
