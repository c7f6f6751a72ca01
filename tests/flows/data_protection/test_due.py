"""What is due is found from indexes, and is what each formula says when it is applied to every request by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from contracts.retention import Formula, read_formula
from gateway.flows.data_protection.keeping import due_now, due_of, expired
from gateway.flows.entry import READER, write_entry
from gateway.flows.gateway import Gateway
from gateway.store.tables import CLOCK, DECISION, DELIVERY, EVENT, READING, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.builders import a_child
from tests.flows.data_protection.test_retaining import DPO
from tests.flows.desks import IG, REASON, Desk
from tests.running import Door, a_hull_referral

BORN = ("2009-05-10", "2009-12-31", "2010-01-01", "2017-03-14", None)
"""The children of five requests, of which each came a year after the one before."""
FIRST = datetime(2020, 3, 29, 0, 30, tzinfo=UTC)  # the night on which London's clocks change
SCHEDULES = (
    {"request": "DELIVERED+30d", "held_request": "DELIVERED+30d", "decision": "DOB+25y", "access": "EVENT+7y"},
    {"request": "EVENT+11m", "held_request": "EVENT+2y", "decision": "CASE_CLOSED+6y", "access": "CASE_CLOSED+1d"},
    {"request": "DOB+18y", "held_request": "CASE_CLOSED+1m", "decision": "EVENT+6y", "access": "DOB+30y"},
)
DAYS = [date(year, month, day) for year in (2020, 2023, 2027, 2035, 2036) for month, day in ((1, 1), (5, 11), (12, 31))]


@dataclass(frozen=True)
class Kept:
    """A gateway, and the requests in it, the oldest first."""

    gateway: Gateway
    ids: tuple[str, ...]

    def on(self, schedule: dict[str, str]) -> Gateway:
        """The same with another schedule for Hull."""
        after: dict[str, Formula] = {name: read_formula(text) for name, text in schedule.items()}
        catalogue, hull = self.gateway.catalogue, self.gateway.catalogue.schedules["hull"]
        schedules = {**catalogue.schedules, "hull": replace(hull, after={**hull.after, **after})}
        return replace(self.gateway, catalogue=replace(catalogue, schedules=schedules))


@pytest.fixture
def kept(door: Door) -> Kept:
    """Five requests, years apart: some closed, two read, one still open; of that one no day of birth is known."""
    ids = []
    for number, born in enumerate(BORN):
        document = a_hull_referral(source={"system": "canonical", "record_id": f"D-{number}"})
        document["people"] = [a_child(date_of_birth=born), document["people"][1]]
        ids.append(door.accepted(document, once=f"key-{number}"))
    door.gateway.writer.run(Write(lambda tx: _pass(tx, ids)))
    return Kept(door.gateway, tuple(ids))


def _pass(tx: Tx, ids: list[str]) -> None:
    """Years go by: everything ends but one message, and people say and read things."""
    tx.execute(CLOCK.update().values(state="stopped", ended_at=tx.now))
    tx.execute(DECISION.update().values(state="closed"))
    for number, one in enumerate(ids):
        at = int((FIRST + timedelta(days=365 * number)).timestamp() * 1_000)
        tx.execute(REFERRAL.update().where(REFERRAL.c.id == one).values(at=at))
        ended = {"state": "delivered", "ended_at": at + number * 86_400_000}
        tx.execute(DELIVERY.update().where(DELIVERY.c.referral == one).values(**ended))
        event = {"council": "hull", "delivery": "", "kind": "outcome", "by": "hull-hub", "said": "", "entry": "e"}
        for many in range(number):
            told = {"id": f"{one}-{many}", "referral": one, "code": "no_further_action", "at": at}
            tx.insert(EVENT, event | told | {"happened_at": at + many * 40 * 86_400_000})
    looked = {"by": "kit.moor", "role": "data_protection_officer", "purpose": "An audit of the year"}
    for one in (ids[0], ids[0], ids[3]):
        write_entry(tx, "hull", one, "a.look", looked, READER)
    early = select(READING.c.entry).where(READING.c.referral == ids[0]).limit(1).scalar_subquery()
    tx.execute(READING.update().where(READING.c.entry == early).values(at=tx.now - 400 * 86_400_000))
    tx.execute(DELIVERY.update().where(DELIVERY.c.referral == ids[4]).values(state="held", ended_at=None))


def differs(gateway: Gateway, ids: tuple[str, ...], connection: Connection) -> list[tuple[date, bool]]:
    """The days on which what is due is not what it is of every request by itself."""
    found = []
    for day in DAYS:
        for held in (True, False):
            now = set(due_now(gateway, connection, "hull", day, held=held))
            if now != set(due_of(gateway, connection, "hull", day, ids, held=held)):
                found.append((day, held))
    return found


def test_what_is_due_is_what_the_formula_says_of_each(kept: Kept) -> None:
    for schedule in SCHEDULES:
        gateway = kept.on(schedule)
        with gateway.store.read("hull") as connection:
            assert differs(gateway, kept.ids, connection) == [], schedule
            assert due_now(gateway, connection, "hull", DAYS[-1], held=True) != []


@pytest.mark.parametrize("schedule", [SCHEDULES[0], SCHEDULES[2]], ids=["usual", "mixed"])
def test_so_it_is_once_some_is_held_and_some_is_gone(kept: Kept, schedule: dict[str, str]) -> None:
    gateway = kept.on(schedule)
    desk = Desk(replace(gateway, now=lambda: int(datetime(2036, 5, 12, tzinfo=UTC).timestamp() * 1_000)))
    desk.ask("retention-hold", IG, referral=kept.ids[0], record="decision", review="2040-01-01", reason=REASON)
    listed = desk.ask("retention-propose", IG)["list"]
    assert len(desk.ask("retention-confirm", DPO, list=listed)["disposed"]) > 0
    for later in SCHEDULES:
        with kept.on(later).store.read("hull") as connection:
            assert differs(kept.on(later), kept.ids, connection) == [], later


def test_of_what_is_not_due_or_is_gone_nothing_is_read(kept: Kept) -> None:
    gateway = kept.on(SCHEDULES[0])
    with gateway.store.read("hull") as connection:
        assert expired(gateway, connection, "hull", date(2020, 4, 27)) == frozenset()
        assert expired(gateway, connection, "hull", date(2021, 4, 28)) == set(kept.ids[:2])
        # What is due by a child's age is known to the year, and read one by one within it.
        assert expired(gateway, connection, "hull", date(2034, 1, 1)) == set(kept.ids)
    desk = Desk(replace(gateway, now=lambda: int(datetime(2034, 6, 1, tzinfo=UTC).timestamp() * 1_000)))
    gone = desk.ask("retention-confirm", DPO, list=desk.ask("retention-propose", IG)["list"])["disposed"]
    assert {(one["referral"], one["record"]) for one in gone} >= {(kept.ids[0], "request"), (kept.ids[0], "decision")}
    with gateway.store.read("hull") as connection:
        # Left are the one that is open, and the one born at the end of the year that is due.
        assert expired(gateway, connection, "hull", date(2034, 6, 1)) == {kept.ids[1], kept.ids[4]}
        born = {row.id: row.born for row in connection.execute(select(REFERRAL.c.id, REFERRAL.c.born))}
    assert [born[one] for one in kept.ids] == [None, 2009, 2010, 2017, None]
