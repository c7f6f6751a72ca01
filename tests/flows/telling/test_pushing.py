"""Word that something came back, pushed to a sender's own system over HTTP, signed and naming nobody (settled 46)."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from contracts.webhook import Webhook
from gateway.config.catalogue import Catalogue
from gateway.demo.hub import Behaviour, StubHub
from gateway.flows.connections.destinations import destinations_of
from gateway.flows.connections.outbound import WayOut
from gateway.flows.connections.transport import CheckedTransport
from gateway.flows.gateway import Gateway
from gateway.flows.telling.pushing import SINCE, push_notices, pushing
from tests.flows.returned import event, outcome, sent
from tests.flows.telling.test_word import acknowledged, word
from tests.running import Door, on_sqlite, rows

OLD, NEW = (f"whsec_{b64encode(bytes([one]) * 32).decode()}" for one in (1, 2))
SECRETS = {"school_new": NEW, "school_old": OLD}
SCHOOL = "invented_academy"


def hooked(gateway: Gateway, url: str, **changes: Any) -> Gateway:
    """The gateway, whose school in Hull has a webhook there."""
    hull = gateway.council("hull")
    school = replace(hull.senders[SCHOOL], webhook=Webhook(url, ("school_new", "school_old")), **changes)
    council = replace(hull, senders=dict(hull.senders) | {SCHOOL: school})
    catalogue = replace(gateway.catalogue, councils=dict(gateway.catalogue.councils) | {"hull": council})
    return replace(gateway, catalogue=catalogue)


@asynccontextmanager
async def a_way(gateway: Gateway) -> AsyncIterator[WayOut]:
    """The guarded way out, to what this gateway's configuration names."""
    destinations = destinations_of(gateway.settings, gateway.catalogue)
    transport = CheckedTransport(destinations)
    try:
        yield WayOut(transport, 5.0, 0.01, demo=True, destinations=destinations)
    finally:
        await transport.aclose()


def push(
    gateway: Gateway,
    script: Iterable[Behaviour] = (),
    *,
    times: Iterable[int] = (0,),
    verifies: str = NEW,
    secret: Any = SECRETS.__getitem__,
    **changes: Any,
) -> StubHub:
    """One turn so many milliseconds from now each, to a system that does what the script says."""

    async def run() -> StubHub:
        async with StubHub(script=script, secrets=(verifies,) if verifies else (), delay=0.01) as stub:
            here = hooked(gateway, stub.url, **changes)
            async with a_way(here) as way:
                for later in times:
                    await push_notices(replace(here, now=lambda later=later: gateway.now() + later), way, secret)  # type: ignore[misc]
            return stub

    return asyncio.run(run())


def letters(gateway: Gateway) -> list[tuple[str, str, int]]:
    return [(row["state"], row["why"], row["attempts"]) for row in rows(gateway, "letter")]


def test_settled_46_what_is_pushed_is_what_would_be_told_and_its_answer_acknowledges_it(door: Door) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated", words="Maya's mother asked us to ring after six.")
    (told,) = word(door)
    stub = push(door.gateway, times=(0, 60_000))
    (arrival,) = stub.arrivals
    pushed = json.loads(arrival.body)
    assert (arrival.id, pushed) == (told["id"], told | {"emergency": door.gateway.council("hull").emergency})
    assert not [name for name in ("Maya", "Fernsby", "Okoro", "six") if name in arrival.body.decode()]
    assert word(door) == []
    assert letters(door.gateway) == [("posted", "acknowledged", 1)]
    assert [row["event"] for row in rows(door.gateway, "word_read")] == [told["id"]]
    assert "word.read" in {row["type"] for row in rows(door.gateway, "entry")}


@on_sqlite
@pytest.mark.parametrize("secret", [NEW, OLD], ids=["the newer", "the older"])
def test_either_secret_proves_it_while_they_change_over(door: Door, secret: str) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated")
    assert push(door.gateway, verifies=secret).unsigned == 0
    assert word(door) == []


@on_sqlite
@pytest.mark.parametrize("fault", ["busy", "failing", "refused", "unauthorised", "gone", "moved", "nonsense", "empty"])
def test_what_does_not_name_the_notice_is_no_acknowledgement_and_it_comes_again(door: Door, fault: Behaviour) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated")
    (told,) = word(door)
    first = push(door.gateway, [fault])
    assert [(state, attempts) for state, _, attempts in letters(door.gateway)] == [("due", 1)]
    assert word(door) == [told]
    again = push(door.gateway, times=(0, 10_000))
    assert (first.took, again.took) == ([told["id"]], [told["id"]])
    assert again.elsewhere == first.elsewhere == 0
    assert word(door) == []


@on_sqlite
def test_after_five_days_it_is_given_up_and_can_still_be_asked_for(door: Door) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated")
    steps = (step * 30 * 3_600_000 for step in range(14))
    stub = push(door.gateway, ["failing"] * 40, times=steps, verifies="")
    ((state, why, attempts),) = letters(door.gateway)
    assert (state, why, len(stub.arrivals)) == ("dead", "http_500", attempts)
    assert attempts > 10
    assert len(word(door)) == 1
    assert "letter.dead" in {row["type"] for row in rows(door.gateway, "entry")}


@on_sqlite
def test_what_was_asked_for_meanwhile_is_not_pushed(door: Door) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated")
    push(door.gateway, ["busy"])
    acknowledged(door, word(door)[0]["id"])
    stub = push(door.gateway, times=(60_000,))
    assert (stub.arrivals, letters(door.gateway)) == ([], [("unsent", "nothing_left_to_say", 2)])


@on_sqlite
@pytest.mark.parametrize("changes", [{"active": False}, {"may": ("submit",)}])
def test_a_sender_that_may_not_hear_of_it_is_pushed_nothing(door: Door, changes: dict[str, Any]) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated")
    assert push(door.gateway, **changes).arrivals == []


@on_sqlite
def test_settled_53_what_is_a_test_and_what_is_old_is_not_pushed(door: Door) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated")
    assert push(door.gateway, times=(SINCE + 60_000,)).arrivals == []
    door.gateway.writer.run(_made_a_test())
    assert push(door.gateway).arrivals == []


@on_sqlite
def test_without_its_secret_nothing_leaves_and_it_waits(door: Door) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated")
    assert push(door.gateway, secret={}.__getitem__).arrivals == []
    assert letters(door.gateway) == [("due", "secret_missing", 1)]


@on_sqlite
def test_one_sender_is_pushed_a_few_at_once_and_all_in_the_end(door: Door) -> None:
    for once in "abcdef":
        _, delivery = sent(door, once=once)
        event(door, delivery, "more_information_asked", words="Which days?", once=once)
    assert len(push(door.gateway).arrivals) == 4
    assert len(push(door.gateway).arrivals) == 2
    assert word(door) == []


@on_sqlite
def test_an_address_the_configuration_does_not_name_is_never_connected_to(door: Door) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated")

    async def run() -> StubHub:
        async with StubHub() as stub:
            here = hooked(door.gateway, stub.url)
            async with a_way(door.gateway) as elsewhere:
                await push_notices(here, elsewhere, SECRETS.__getitem__)
            return stub

    assert asyncio.run(run()).arrivals == []
    assert letters(door.gateway) == [("due", "address_refused", 1)]


@on_sqlite
def test_notices_are_pushed_beside_everything_else_and_only_where_somebody_has_a_webhook(door: Door) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated")
    quick = replace(door.gateway, settings=door.gateway.settings.model_copy(update={"tick": 0.05}))

    async def run() -> tuple[int, StubHub]:
        async with StubHub(secrets=(NEW,)) as stub:
            here = hooked(quick, stub.url)
            async with a_way(here) as way:
                before = len(asyncio.all_tasks())
                async with pushing(quick, way, SECRETS.__getitem__):
                    nobody = len(asyncio.all_tasks()) - before
                async with pushing(here, way, SECRETS.__getitem__), asyncio.timeout(10):
                    while not stub.arrivals:
                        await asyncio.sleep(0.02)
            return nobody, stub

    nobody, stub = asyncio.run(run())
    assert (nobody, len(stub.arrivals)) == (0, 1)


def test_a_receiver_checks_it_with_any_library_of_the_standard(door: Door) -> None:
    """What is pushed verifies by its own three headers and by nothing else."""
    from adapters.hubs import webhook

    message = webhook.write(b'{"id":"e-1"}', "e-1", door.gateway.now() // 1000, (NEW, OLD))
    for secret in (NEW, OLD):
        Verifier(secret).verify(message.body, dict(message.headers))


def _made_a_test() -> Any:
    from gateway.store.tables import REFERRAL
    from gateway.store.writer import Write

    return Write(lambda tx: tx.execute(REFERRAL.update().values(test=1)) and None)


def test_no_council_is_shipped_with_an_address_of_somebodys(catalogue: Catalogue, tmp_path: Path) -> None:
    assert not [one for council in catalogue.councils.values() for one in council.senders.values() if one.webhook]
