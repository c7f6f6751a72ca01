"""A family's explanation is given by a named practitioner who says why it is safe, and by nobody else (settled 40)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from contracts.errors import GatewayError, NoSuchAnswer, NotYourRole
from gateway.config.catalogue import Catalogue
from gateway.record.explanation import KINDS
from gateway.store.evidence import entry_of
from gateway.store.writer import Write
from tests.builders import a_child, a_mother
from tests.flows.desks import HUB, IG, Desk
from tests.running import a_hull_referral, delivering, on_sqlite, rows, running, until

SAFE = "I spoke with her alone on Monday, and nobody at home is a risk to her."
BROTHER = {"id": "brother", "roles": ["sibling"], "first_name": "Tom", "surname": "Fernsby"}


def desk_after(catalogue: Catalogue, folder: Path, urls: tuple[str, str], document: Any) -> tuple[Any, str]:
    """A gateway in which one referral has arrived at its hub, and the delivery."""

    async def scenario() -> str:
        async with delivering(catalogue, folder, urls) as (door, _):
            await door.ask("POST", "/v1/referrals", json=document, headers={"idempotency-key": "1"})
            await until(lambda: [row for row in rows(door.gateway, "delivery") if row["state"] == "delivered"])
            return str(next(row["id"] for row in rows(door.gateway, "delivery") if row["state"] == "delivered"))

    delivery = asyncio.run(scenario())
    return running(catalogue, folder, urls), delivery


def people(*extra: dict[str, Any], **mother: Any) -> dict[str, Any]:
    return a_hull_referral(people=[a_child(), a_mother(**mother), *extra])


@on_sqlite
def test_who_gave_it_to_whom_and_why_it_is_safe_is_in_the_record(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    standing, delivery = desk_after(catalogue, tmp_path, demo_urls, people())
    with standing as gateway:
        told = Desk(gateway).ask("explain", delivery=delivery, safe_because=SAFE, reader="/people/1")
        entry = gateway.writer.run(Write(lambda tx: entry_of(tx, "hull", told["entry"])))
    said = {part.name: json.loads(part.value) for part in entry.sections}
    assert (entry.type, said["human"]["by"], said["human"]["safe_because"]) == ("explanation.given", HUB[0], SAFE)
    assert said["explanation"]["reader"] == "/people/1"
    assert "Hull Locality Hub, West" in told["text"]
    assert not [name for name in ("Maya", "Fernsby", "Joan", "late most") if name in told["text"]]


@on_sqlite
@pytest.mark.parametrize(
    ("who", "changes", "asked", "expected", "says"),
    [
        (IG, {}, {}, NotYourRole, "hub_duty"),
        (HUB, {}, {"safe_because": "yes"}, NoSuchAnswer, "why it is safe"),
        (HUB, {}, {"reader": "Joan"}, NoSuchAnswer, "who reads it"),
        (HUB, {"protection": ["do_not_inform"]}, {}, NoSuchAnswer, "never be told"),
        (HUB, {}, {"reader": "/people/2"}, NoSuchAnswer, "neither"),
    ],
    ids=["role", "no reason", "no reader", "do not inform", "neither parent nor child"],
)
def test_it_is_not_given(
    catalogue: Catalogue,
    tmp_path: Path,
    demo_urls: tuple[str, str],
    who: tuple[str, str],
    changes: dict[str, Any],
    asked: dict[str, str],
    expected: type[GatewayError],
    says: str,
) -> None:
    standing, delivery = desk_after(catalogue, tmp_path, demo_urls, people(BROTHER, **changes))
    with standing as gateway:
        with pytest.raises(expected, match=says):
            Desk(gateway).ask(
                "explain", who, **({"delivery": delivery, "safe_because": SAFE, "reader": "/people/1"} | asked)
            )
        given = gateway.writer.run(
            Write(lambda tx: tx.execute(text("SELECT count(*) FROM entry WHERE type = 'explanation.given'")).scalar())
        )
    assert given == 0


def test_every_kind_that_is_named_is_a_group_of_the_files(catalogue: Catalogue) -> None:
    assert set(catalogue.groups.titles) >= KINDS.keys()
