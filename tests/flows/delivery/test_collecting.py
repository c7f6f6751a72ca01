"""A hub that comes for its messages: it lists, collects and acknowledges over HTTP; on both stores."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import update
from standardwebhooks import Webhook

from contracts.delivery import HubClass
from gateway.config.catalogue import Catalogue
from gateway.demo.doors import make_secrets
from gateway.doors.serving import working
from gateway.flows.decisions.doubt import class_of
from gateway.flows.delivery import collecting
from gateway.flows.delivery.settle import recover
from gateway.store.tables import DELIVERY, LANE
from gateway.store.writer import Write
from tests.flows.returned import HUB
from tests.running import HULL, Door, a_hull_referral, rows, running

ANOTHER = "a-key-of-another-hub"
WEST = "locality_west"


def collected_by_hub(catalogue: Catalogue) -> Catalogue:
    """The demonstration, with a hub of Hull that comes for its messages, and another's system with a key of its own."""
    hull = catalogue.councils["hull"]
    west = replace(hull.hubs[WEST], adapter="pick_up", url="", confirmed=True, hub_class=HubClass.C)
    name, system = next((name, one) for name, one in hull.senders.items() if WEST in one.hubs)
    may = (*system.may, "deliveries.collect")
    key = sha256(ANOTHER.encode()).hexdigest()
    another = replace(system, sender="another_hub", keys=(key,), test_keys=(), hubs=("locality_east",), may=may)
    senders = {**hull.senders, name: replace(system, may=may), "another_hub": another}
    return replace(
        catalogue,
        councils={**catalogue.councils, "hull": replace(hull, hubs={**hull.hubs, WEST: west}, senders=senders)},
    )


@pytest.fixture
def door(catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]) -> Iterator[Door]:
    make_secrets(catalogue, tmp_path / "secrets")
    with running(collected_by_hub(catalogue), tmp_path, demo_urls) as gateway:
        yield Door(gateway)


def listed(door: Door, key: str = HUB) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = door.get(f"/v1/hubs/{WEST}/deliveries", key=key).json()["deliveries"]
    return found


def collect(door: Door, delivery: str, key: str = HUB) -> httpx2.Response:
    return door.get(f"/v1/deliveries/{delivery}", key=key)


def acknowledge(door: Door, delivery: str, key: str = HUB) -> httpx2.Response:
    return door.post(f"/v1/deliveries/{delivery}/acknowledgement", key=key)


def waiting(door: Door, once: str = "first", **changes: Any) -> str:
    """The id of a message that waits to be collected."""
    referral = door.accepted(a_hull_referral(**changes), once=once)
    return str(next(row["id"] for row in rows(door.gateway, "delivery") if row["referral"] == referral))


def row_of(door: Door, delivery: str) -> dict[str, Any]:
    return next(row for row in rows(door.gateway, "delivery") if row["id"] == delivery)


def change(door: Door, delivery: str, **values: Any) -> None:
    statement = update(DELIVERY).where(DELIVERY.c.id == delivery).values(**values)
    door.gateway.writer.run(Write(lambda tx: tx.execute(statement) and None))


def lease_ends(door: Door, delivery: str) -> None:
    """The hub has not acknowledged in time, and a worker has noticed."""
    change(door, delivery, lease_until=0)
    terms = collecting.terms_of(door.gateway)
    door.gateway.writer.run(Write(lambda tx: recover(tx, terms) and None))


def test_a_hub_lists_collects_and_acknowledges(door: Door, tmp_path: Path) -> None:
    delivery = waiting(door)
    (one,) = listed(door)
    assert one.keys() == {"id", "since", "urgent"}
    assert (one["id"], one["urgent"]) == (delivery, False)
    message = collect(door, delivery)
    (secret,) = door.gateway.council("hull").hubs[WEST].secrets
    Webhook((tmp_path / "secrets" / secret).read_text().strip()).verify(message.content, dict(message.headers))
    assert (message.status_code, message.headers["webhook-id"]) == (200, delivery)
    assert message.headers["cache-control"] == "no-store"
    assert listed(door) == []
    assert acknowledge(door, delivery).json()["state"] == "delivered"
    assert row_of(door, delivery)["state"] == "delivered"


def test_what_is_given_out_is_what_was_permitted(door: Door) -> None:
    delivery = waiting(door)
    body = collect(door, delivery).content
    row = row_of(door, delivery)
    (permit,) = rows(door.gateway, "permit")
    assert sha256(body).hexdigest() == row["digest"]
    assert (permit["delivery"], permit["fence"]) == (delivery, row["fence"])
    assert "permit" in [entry["type"] for entry in rows(door.gateway, "entry")]


def test_acknowledging_again_changes_nothing(door: Door) -> None:
    delivery = waiting(door)
    collect(door, delivery)
    first = acknowledge(door, delivery)
    before = [row["rid"] for row in rows(door.gateway, "entry")]
    again = acknowledge(door, delivery)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert [row["rid"] for row in rows(door.gateway, "entry")] == before


def test_what_was_not_acknowledged_in_time_may_be_collected_again(door: Door) -> None:
    delivery = waiting(door)
    first = collect(door, delivery)
    lease_ends(door, delivery)
    assert (row_of(door, delivery)["state"], row_of(door, delivery)["why"]) == ("due", "doubtful")
    change(door, delivery, due_at=0)
    assert [one["id"] for one in listed(door)] == [delivery]
    again = collect(door, delivery)
    assert (again.content, again.headers["webhook-id"]) == (first.content, delivery)
    assert [row["why"] for row in rows(door.gateway, "attempt")] == ["collected_unacknowledged"]


def test_a_hub_whose_connection_broke_may_collect_again_at_once(door: Door) -> None:
    delivery = waiting(door)
    assert collect(door, delivery).content == collect(door, delivery).content
    assert acknowledge(door, delivery).status_code == 200


def test_a_late_acknowledgement_counts(door: Door) -> None:
    delivery = waiting(door)
    collect(door, delivery)
    lease_ends(door, delivery)
    assert acknowledge(door, delivery).status_code == 200
    assert row_of(door, delivery)["state"] == "delivered"
    assert "acknowledged_late" in [entry["type"] for entry in rows(door.gateway, "entry")]


def test_what_was_never_collected_cannot_be_acknowledged(door: Door) -> None:
    told = acknowledge(door, waiting(door))
    assert (told.status_code, told.json()["type"].rpartition("/")[2]) == (409, "not-sent-yet")


def test_p12_what_the_family_took_back_is_never_given_out(door: Door) -> None:
    delivery = waiting(door)
    door.post(f"/v1/referrals/{row_of(door, delivery)['referral']}/withdrawal")
    assert delivery not in [one["id"] for one in listed(door)]
    assert collect(door, delivery).status_code == 404
    assert rows(door.gateway, "permit") == []


def test_p8_what_something_has_changed_for_is_decided_again_before_it_is_given_out(door: Door) -> None:
    delivery = waiting(door)
    change(door, delivery, inputs="of another policy")
    assert collect(door, delivery).status_code == 200
    assert row_of(door, delivery)["inputs"] != "of another policy"


def test_p8_what_was_altered_is_held_and_not_given_out(door: Door) -> None:
    delivery = waiting(door)
    change(door, delivery, digest="0" * 64)
    assert collect(door, delivery).status_code == 404
    assert (row_of(door, delivery)["state"], row_of(door, delivery)["why"]) == ("held", "payload_altered")


def test_what_was_taken_back_after_it_was_collected_is_said_so(door: Door) -> None:
    delivery = waiting(door)
    collect(door, delivery)
    lease_ends(door, delivery)
    change(door, delivery, state="cancelled")
    told = acknowledge(door, delivery)
    assert (told.status_code, "Do not use it" in told.json()["detail"]) == (409, True)


def test_p17_another_hubs_key_learns_nothing(door: Door) -> None:
    delivery = waiting(door)
    answers = [
        door.get(f"/v1/hubs/{WEST}/deliveries", key=ANOTHER),
        door.get("/v1/hubs/no_such/deliveries", key=ANOTHER),
        collect(door, delivery, ANOTHER),
        collect(door, "no-such", ANOTHER),
        acknowledge(door, delivery, ANOTHER),
    ]
    told = {answer.status_code for answer in answers}, {answer.json()["detail"] for answer in answers}
    assert told == ({404}, {"Nothing here that you may see"})


def test_a_school_collects_nothing(door: Door) -> None:
    delivery = waiting(door)
    assert collect(door, delivery, HULL).status_code == 404
    assert door.get(f"/v1/hubs/{WEST}/deliveries", key=HULL).status_code == 404


def test_a_hub_that_is_sent_to_collects_nothing(door: Door) -> None:
    assert door.get("/v1/hubs/locality_east/deliveries", key=ANOTHER).status_code == 404


def test_no_worker_ever_takes_what_a_hub_collects(door: Door) -> None:
    delivery = waiting(door)

    async def go() -> None:
        async with working(door.gateway, alone=True):
            await asyncio.sleep(0.3)

    asyncio.run(go())
    assert row_of(door, delivery)["state"] == "due"
    assert rows(door.gateway, "attempt") == []


def test_a_worker_that_starts_leaves_a_hub_its_time_to_acknowledge(door: Door) -> None:
    delivery = waiting(door)
    collect(door, delivery)
    terms = collecting.terms_of(door.gateway)
    assert door.gateway.writer.run(Write(lambda tx: recover(tx, terms, everyone=True))) == ()
    assert row_of(door, delivery)["state"] == "sending"


def test_p18_the_next_about_the_same_child_waits_for_the_first(door: Door) -> None:
    first, second = waiting(door, "a"), waiting(door, "b")
    change(door, second, lane=row_of(door, first)["lane"])
    assert [one["id"] for one in listed(door)] == [first]
    assert collect(door, second).status_code == 404
    collect(door, first)
    acknowledge(door, first)
    assert [one["id"] for one in listed(door)] == [second]


def test_a_hub_that_a_person_holds_is_given_nothing(door: Door) -> None:
    delivery = waiting(door)
    listed(door)
    lane = {"council": "hull", "hub": WEST, "state": "held", "why": "x", "failures": 0, "open_at": 0, "at": 0}
    more = {"stopped": "", "until": None, "last": 0, "diverts": 0, "by": "", "said": ""}
    known = {column.name for column in LANE.c}
    door.gateway.writer.run(
        Write(lambda tx: tx.insert(LANE, {name: value for name, value in (lane | more).items() if name in known}))
    )
    assert listed(door) == []
    assert collect(door, delivery).status_code == 404


def test_p8_a_permit_that_was_spent_on_the_way_gives_nothing(door: Door) -> None:
    delivery = waiting(door)
    object.__setattr__(door.gateway.settings, "permit_window", -1.0)
    assert collect(door, delivery).status_code == 503
    assert [row["result"] for row in rows(door.gateway, "attempt")] == ["not_sent"]
    assert row_of(door, delivery)["state"] == "due"


def test_what_a_hub_collects_it_drops_by_definition(door: Door) -> None:
    assert class_of(door.gateway.council("hull").hubs[WEST]) is HubClass.A
