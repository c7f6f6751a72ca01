"""A hub hears that two referrals it was sent may be about one child, or one family; nothing is merged or dropped."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from contracts.alike import AlikeBody
from gateway.config.catalogue import Catalogue
from gateway.flows.decisions.again import StandingJudge
from gateway.flows.decisions.likenesses import KIND
from gateway.flows.decisions.permit import Held, Permitted, Promised
from gateway.flows.entry import write_entry
from gateway.flows.operations.ticks import tick
from gateway.store.tables import REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.flows.returned import arrived, deliveries, status
from tests.running import JSON, TOWER_HAMLETS, Door, a_hull_referral, as_bytes, delivering, on_sqlite, rows, until

NAMES = ("maya", "fernsby", "joan", "theo", "invented row", "zz1", "07700", "late most mornings", "2017-03-14", "okoro")
MOTHER = a_hull_referral()["people"][1] | {"date_of_birth": "1988-02-03"}
CHILD = a_hull_referral()["people"][0]
THEO = CHILD | {"first_name": "Theo", "date_of_birth": "2019-05-02", "identifiers": []}


def sent(door: Door, once: str, **changes: Any) -> str:
    """The id of a referral that has arrived, as the record tells it."""
    referral = door.accepted(a_hull_referral(**changes), once=once)
    delivery = arrived(door, referral)
    said = {"delivery": delivery, "result": "delivered"}
    door.gateway.writer.run(Write(lambda tx: write_entry(tx, "hull", referral, "attempt", said) and None))
    return referral


def looked(door: Door) -> list[dict[str, Any]]:
    """What is promised to hubs about likenesses, once the tick has looked."""
    door.gateway.writer.run(door.gateway.sealer.seal_now())
    asyncio.run(tick(door.gateway))
    return deliveries(door, kind=KIND)


def body_of(door: Door, row: dict[str, Any]) -> AlikeBody:
    (content,) = [one for one in rows(door.gateway, "content") if one["id"] == row["payload"]]
    return AlikeBody.model_validate_json(content["body"])


def judged(door: Door, row: dict[str, Any]) -> Permitted | Held:
    """What is said of it at the moment in which it might leave."""

    def ask(tx: Tx) -> Permitted | Held:
        names = ("id", "council", "hub", "referral", "kind", "urgent", "attempts", "fence", "payload", "digest", "why")
        promised = Promised(
            **{name: row[name] for name in names}, inputs=row["inputs"], sender="", epoch=0, valid_until=None
        )
        judge = StandingJudge(door.gateway)
        assert judge.inputs(tx, promised) != promised.inputs
        return judge.redecide(tx, promised)

    return door.gateway.writer.run(Write(ask))


def test_the_hub_that_has_both_hears_that_the_child_may_be_the_same(door: Door) -> None:
    first, second = sent(door, "a"), sent(door, "b")
    (row,) = looked(door)
    told = body_of(door, row)
    assert (row["referral"], row["hub"], row["state"]) == (second, "locality_west", "due")
    assert (told.reference, told.other, told.same) == (second, first, "child")
    assert told.says == f"This may be the same child as reference {first}, which you have."
    assert isinstance(judged(door, row), Permitted)


def test_it_is_said_once_for_each_pair(door: Door) -> None:
    sent(door, "a"), sent(door, "b")
    assert len(looked(door)) == 1
    assert len(looked(door)) == 1
    sent(door, "c")
    assert len(looked(door)) == 3


def test_another_child_of_the_same_family_is_told_of_as_family(door: Door) -> None:
    sent(door, "a", people=[CHILD, MOTHER])
    sent(door, "b", people=[THEO, MOTHER])
    (row,) = looked(door)
    assert body_of(door, row).same == "family"


def test_it_names_nobody_and_its_entries_neither(door: Door) -> None:
    sent(door, "a"), sent(door, "b")
    (row,) = looked(door)
    said = body_of(door, row).model_dump_json().casefold()
    assert [name for name in NAMES if name in said] == []


def test_nothing_is_merged_or_dropped(door: Door) -> None:
    both = {sent(door, "a"), sent(door, "b")}
    looked(door)
    assert {row["id"] for row in rows(door.gateway, "referral")} == both
    assert {row["state"] for row in deliveries(door, kind="referral")} == {"delivered"}


def test_a_hub_hears_nothing_of_what_it_was_not_sent(door: Door) -> None:
    sent(door, "a")
    door.accepted(a_hull_referral(agreements=[]), once="held")
    door.accepted(a_hull_referral(), once="due")
    assert looked(door) == []


def test_a_hub_hears_nothing_of_what_another_hub_was_sent(door: Door) -> None:
    sent(door, "a")
    sent(door, "b", family={"locality": "North"})
    assert {row["hub"] for row in deliveries(door, kind="referral")} == {"locality_west", "locality_north"}
    assert looked(door) == []


@on_sqlite
def test_another_councils_referrals_are_never_compared(door: Door) -> None:
    sent(door, "a")
    door.accepted(a_hull_referral(council="tower_hamlets"), key=TOWER_HAMLETS, once="b")
    assert looked(door) == []


@pytest.mark.parametrize("flag", ["address", "do_not_inform", "sealed"])
def test_settled_35_nothing_is_said_where_a_flag_protects_anybody(door: Door, flag: str) -> None:
    first = door.accepted(a_hull_referral(people=[CHILD | {"protection": [flag]}, MOTHER]), once="a")
    due = [row for row in deliveries(door, first) if row["state"] == "due" and row["kind"] == "referral"]
    if due:
        arrived(door, first)
    sent(door, "b", people=[CHILD, MOTHER])
    assert looked(door) == []


def test_p12_it_is_cancelled_once_either_family_takes_its_word_back(door: Door) -> None:
    first, second = sent(door, "a"), sent(door, "b")
    (row,) = looked(door)
    assert door.post(f"/v1/referrals/{first}/withdrawal").status_code < 300
    assert judged(door, row) == Held("no_longer_held")
    (after,) = deliveries(door, kind=KIND)
    assert (after["state"], after["why"]) == ("cancelled", "no_longer_held")
    assert "alike.cancelled" in [one["type"] for one in rows(door.gateway, "entry") if one["referral"] == second]


def test_a_newer_version_of_a_referral_is_not_like_itself(door: Door) -> None:
    own = {"source": {"system": "canonical", "record_id": "T-9"}}
    first, second = sent(door, "a", **own), sent(door, "b", reason="Other words.", **own)
    assert [row["supersedes"] for row in rows(door.gateway, "referral") if row["id"] == second] == [first]
    assert looked(door) == []


# What the sender is told ---------------------------------------------------------------------------------------------


def test_a_sender_hears_of_its_own_earlier_request_and_of_no_message_to_a_hub(door: Door) -> None:
    first, second = sent(door, "a"), sent(door, "b")
    before = [event["say"] for event in status(door, second)["timeline"]]
    looked(door)
    told = status(door, second)
    say = "This may be the same as an earlier request of yours. Both were kept."
    assert told["alike"] == {"say": say, "earlier": [first]}
    assert "alike" not in status(door, first)
    assert [one["kind"] for one in told["deliveries"]] == ["referral"]
    assert [event["say"] for event in told["timeline"]] == before
    receipt = door.get(f"/v1/referrals/{second}/receipt").json()
    assert "alike" not in {entry.get("type") for entry in receipt["entries"]}
    assert first not in json.dumps(receipt)


def test_a_sender_hears_nothing_of_what_another_sender_asked(door: Door) -> None:
    first, second = sent(door, "a"), sent(door, "b")
    anothers = update(REFERRAL).where(REFERRAL.c.id == first).values(sender="another_school")
    door.gateway.writer.run(Write(lambda tx: tx.execute(anothers) and None))
    assert len(looked(door)) == 1
    told = json.dumps(status(door, second))
    assert (first in told, "alike" in told) == (False, False)


# With a real hub -----------------------------------------------------------------------------------------------------


def test_a_real_hub_is_told_after_it_has_taken_both(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def scenario() -> list[str]:
        async with delivering(catalogue, tmp_path, demo_urls) as (door, stubs):
            hub = stubs["hull", "locality_west"]
            for once in ("a", "b"):
                headers = {"content-type": JSON, "idempotency-key": once}
                content = as_bytes(a_hull_referral()).replace(b"T-1", b"T-" + once.encode())
                await door.ask("POST", "/v1/referrals", content=content, headers=headers)
            await until(lambda: len(hub.arrivals) == 2)

            async def told() -> bool:
                await door.gateway.writer.submit(door.gateway.sealer.seal_now())
                await tick(door.gateway)
                return len(hub.arrivals) == 3

            await until(told)
            return [json.loads(one.body).get("kind", "referral") for one in hub.arrivals]

    assert asyncio.run(scenario()) == ["referral", "referral", "alike"]
