"""Settled 56: what arrived is read as its hub may have it, by whoever may, once the record says who reads and why."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import update

from contracts.errors import GatewayError, NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.acting import Acting, may_act
from gateway.flows.gateway import Gateway
from gateway.flows.holds import rekeying
from gateway.flows.oversight import looked
from gateway.store.tables import DELIVERY
from gateway.store.writer import Write
from tests.running import Door, a_hull_referral, rows

WHY = "To key it into the case system"


def who(gateway: Gateway, role: str, council: str = "hull") -> Acting:
    of = gateway.council(council)
    return Acting(of, may_act(of, role)[0], role)


def sent(gateway: Gateway, once: str = "first", **changes: Any) -> dict[str, Any]:
    """The message to the hub of one referral, waiting."""
    referral = Door(gateway).accepted(a_hull_referral(**changes), once=once)
    return next(row for row in rows(gateway, "delivery") if row["referral"] == referral)


def arrives(gateway: Gateway, message: dict[str, Any]) -> str:
    done = update(DELIVERY).where(DELIVERY.c.id == message["id"]).values(state="delivered", ended_at=message["at"] + 5)
    gateway.writer.run(Write(lambda tx: tx.execute(done).rowcount))
    return str(message["id"])


def refused(gateway: Gateway, delivery: str, role: str, why: str = WHY, council: str = "hull") -> GatewayError:
    with pytest.raises(GatewayError) as told:
        asyncio.run(rekeying.opened(gateway, who(gateway, role, council), delivery, why))
    return told.value


def test_what_was_read_is_what_the_hub_has_and_the_record_says_who_read_it(gateway: Gateway) -> None:
    message = sent(gateway)
    assert isinstance(refused(gateway, message["id"], "hub_duty"), NotFound)
    delivery = arrives(gateway, message)
    assert isinstance(refused(gateway, delivery, "hub_duty", "look"), NoSuchAnswer)
    assert isinstance(refused(gateway, delivery, "front_door"), NotYourRole)
    assert isinstance(refused(gateway, delivery, "ig_lead"), NotYourRole)
    assert isinstance(refused(gateway, delivery, "hub_duty", council="kent"), NotFound)
    duty = who(gateway, "hub_duty")
    body = asyncio.run(rekeying.opened(gateway, duty, delivery, WHY))
    stored = next(row["body"] for row in rows(gateway, "content") if row["id"] == message["payload"])
    assert body == stored
    assert json.loads(body)["referral"]["people"][0]["first_name"] == "Maya"
    with gateway.store.read("hull") as connection:
        seen = looked.looked(connection, gateway.council("hull"), message["referral"])
    assert [(one["by"], one["purpose"]) for one in seen] == [(duty.name, WHY)]


def test_what_was_disposed_of_here_is_said_to_be(gateway: Gateway) -> None:
    delivery = arrives(gateway, sent(gateway))
    gone = update(DELIVERY).where(DELIVERY.c.id == delivery).values(payload="nothing")
    gateway.writer.run(Write(lambda tx: tx.execute(gone).rowcount))
    assert "disposed of" in str(refused(gateway, delivery, "hub_duty"))


def test_the_list_names_nobody_is_found_by_reference_and_goes_on_where_it_ended(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [sent(gateway, once=once) for once in ("one", "two", "three")]
    for message in messages[:2]:
        arrives(gateway, message)
    duty = who(gateway, "hub_duty")
    listed = asyncio.run(rekeying.arrived(gateway, duty))["rows"]
    assert [row["id"] for row in listed] == [messages[1]["id"], messages[0]["id"]]
    assert "Maya" not in json.dumps(listed)
    found = asyncio.run(rekeying.arrived(gateway, duty, messages[0]["referral"][:8]))["rows"]
    assert [row["id"] for row in found] == [messages[0]["id"]]
    monkeypatch.setattr(rekeying, "A_PAGE", 1)
    first = asyncio.run(rekeying.arrived(gateway, duty))
    second = asyncio.run(rekeying.arrived(gateway, duty, before=first["next"]))
    assert [row["id"] for row in second["rows"]] == [messages[0]["id"]]
    assert second["next"] == 0
