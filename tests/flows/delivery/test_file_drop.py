"""Files for a hub's folder on a real SFTP server: put there once, and looked after until the hub acknowledges them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from contracts.delivery import HubClass
from gateway.flows.connections.destinations import Destinations
from gateway.flows.delivery.carrying import carry
from gateway.flows.delivery.claim import claim
from gateway.path.schedule import MOST_ATTEMPTS
from gateway.store.writer import Write
from tests.conftest import Store
from tests.flows.folders import (
    ANOTHER_HOST,
    HOST,
    OURS,
    STRANGERS,
    HubFolder,
    acknowledges,
    leaves,
    serving,
    takes,
)
from tests.flows.outbox import (
    a_way_out,
    attempts,
    change,
    delivery,
    forwarding,
    in_state,
    lane,
    promise,
    state,
    terms_for,
    until,
)

SECRET = OURS.export_private_key().decode().strip()
PAYLOAD = json.dumps({"delivery": "d-1", "surname": "Fernsby"}).encode()

Step = Callable[[], Awaitable[None]]


@pytest.fixture
def hub(tmp_path: Path) -> HubFolder:
    (tmp_path / "server" / "in").mkdir(parents=True)
    return HubFolder(tmp_path / "server" / "in")


def forwarded(
    store: Store, hub: HubFolder, *steps: Step, host: asyncssh.SSHKey = HOST, secret: str = SECRET, **settings: Any
) -> None:
    """A worker beside the hub's server, while each of these is done in turn."""

    async def go() -> None:
        async with serving(hub, host):
            terms = terms_for({"early_help": hub.hub(**settings)}, secret=lambda name: secret)
            async with forwarding(store, terms):
                for step in steps:
                    await step()

    asyncio.run(go())


def tried(store: Store, times: int, between: Callable[[], None] = lambda: None) -> Step:
    """So many attempts at d-1, each as soon as it is due, with something that happens between them."""

    async def go() -> None:
        for n in range(1, times + 1):
            await until(lambda n=n: len(attempts(store, "d-1")) == n)  # type: ignore[misc]
            if n < times:
                between()
                change(store, "d-1", due_at=0)

    return go


def written(hub: HubFolder) -> list[str]:
    return [name for verb, name in hub.done if verb == "rename"]


def test_what_the_hub_acknowledges_is_delivered(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    forwarded(store, hub, tried(store, 1))
    assert attempts(store, "d-1") == [("delivered", "acknowledged")]
    assert hub.names() == ["d-1.ack", "d-1.done", "d-1.json"]
    assert (hub.folder / "d-1.json").read_bytes() == PAYLOAD
    assert (hub.folder / "d-1.done").read_text() == f"{sha256(PAYLOAD).hexdigest()}  d-1.json\n"


def test_the_file_that_says_all_are_here_is_there_last(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    forwarded(store, hub, tried(store, 1), formats="json, csv, xml")
    assert written(hub) == ["d-1.json", "d-1.csv", "d-1.xml", "d-1.done"]
    assert all(name.startswith(".") for verb, name in hub.done if verb == "open")


def test_p13_what_lies_there_unread_is_looked_at_and_never_put_again(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    hub.act = leaves
    forwarded(store, hub, tried(store, 3))
    assert state(store, "d-1") == ("due", "doubtful")
    assert attempts(store, "d-1") == [("uncertain", "not_taken")] * 3
    assert written(hub) == ["d-1.json", "d-1.done"]
    assert (lane(store).failures, lane(store).state) == (0, "open")


def test_an_acknowledgement_that_comes_later_is_found(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    hub.act = leaves
    forwarded(store, hub, tried(store, 2, lambda: acknowledges(hub, "d-1")))
    assert attempts(store, "d-1") == [("uncertain", "not_taken"), ("delivered", "acknowledged")]
    assert written(hub) == ["d-1.json", "d-1.done"]


def test_p13_what_was_taken_without_a_word_is_never_put_again(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    hub.act = takes
    forwarded(store, hub, tried(store, 3))
    assert attempts(store, "d-1") == [("uncertain", "gone_unacknowledged")] * 3
    assert hub.took == ["d-1"]


def test_p13_a_person_decides_about_what_was_taken_without_a_word(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1", attempts=MOST_ATTEMPTS - 1, rungs=MOST_ATTEMPTS - 1)
    hub.act = takes
    forwarded(store, hub, lambda: until(in_state(store, ["d-1"], "uncertain")))
    assert state(store, "d-1") == ("uncertain", "gone_unacknowledged")


def test_p13_a_person_may_have_it_put_there_again(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    hub.act = takes
    replayed = {"state": "due", "why": "", "rungs": 0, "lost": 0}
    forwarded(store, hub, tried(store, 2, lambda: change(store, "d-1", **replayed)))
    assert hub.took == ["d-1", "d-1"]


def test_p13_a_hub_that_drops_repeats_may_get_the_same_names_again(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    hub.act = takes
    forwarded(store, hub, tried(store, 2), hub_class=HubClass.A)
    assert hub.took == ["d-1", "d-1"]


@pytest.mark.parametrize("acts", [acknowledges, leaves])
def test_p13_killed_between_the_last_rename_and_its_word_it_is_put_there_once(
    store: Store, hub: HubFolder, acts: Callable[[HubFolder, str], None]
) -> None:
    promise(store, "d-1")
    hub.act = acts

    async def go() -> None:
        async with serving(hub), a_way_out() as way:
            terms = terms_for({"early_help": hub.hub()}, lease=60, secret=lambda name: SECRET)
            claimed = (await store.writer.submit(Write(lambda tx: claim(tx, terms)))).taken[0]
            await carry(way, claimed.door, claimed.payload, "d-1", claimed.leave_by, time.time)
            async with forwarding(store, terms, alone=True):
                await until(lambda: len(attempts(store, "d-1")) == 1)
                acknowledges(hub, "d-1")
                change(store, "d-1", due_at=0)
                await until(in_state(store, ["d-1"], "delivered"))

    asyncio.run(go())
    assert attempts(store, "d-1") == [("uncertain", "worker_lost"), ("delivered", "acknowledged")]
    assert written(hub) == ["d-1.json", "d-1.done"]


@pytest.mark.parametrize("at", [("open", ".d-1.json.part"), ("rename", "d-1.json")])
def test_what_broke_off_before_it_was_whole_is_put_there_again(
    store: Store, hub: HubFolder, at: tuple[str, str]
) -> None:
    promise(store, "d-1")
    broken: list[str] = []

    def upset(verb: str, name: str) -> None:
        if (verb, name) == at and not broken:
            broken.append(name)
            hub.hang_up()

    hub.upset = upset
    forwarded(store, hub, tried(store, 2))
    assert attempts(store, "d-1") == [("uncertain", "reset"), ("delivered", "acknowledged")]
    assert [name for name in hub.names() if name.startswith(".")] == []


def test_what_broke_off_at_the_last_rename_is_looked_for(store: Store, hub: HubFolder) -> None:
    """The server renamed it, and its answer never came."""
    promise(store, "d-1")

    def takes_and_hangs_up(hub: HubFolder, name: str) -> None:
        takes(hub, name)
        hub.hang_up()

    hub.act = takes_and_hangs_up
    forwarded(store, hub, tried(store, 2))
    assert attempts(store, "d-1") == [("uncertain", "reset"), ("uncertain", "gone_unacknowledged")]
    assert hub.took == ["d-1"]


@pytest.mark.parametrize(("name", "said"), [("d-2.ack", ""), ("d-1.ack", "d-2 imported"), ("d-1.ack.txt", "d-1")])
def test_p14_an_acknowledgement_of_another_message_acknowledges_nothing(
    store: Store, hub: HubFolder, name: str, said: str
) -> None:
    promise(store, "d-1")
    hub.act = lambda hub, _: (hub.folder / name).write_text(said) and None
    forwarded(store, hub, tried(store, 1))
    assert attempts(store, "d-1") == [("uncertain", "not_taken")]


def test_acknowledgements_may_lie_in_a_folder_of_their_own(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    (hub.folder.parent / "taken").mkdir()
    hub.act = lambda hub, name: (hub.folder.parent / "taken" / f"{name}.ack").touch()
    forwarded(store, hub, tried(store, 1), acknowledgements="/taken")
    assert state(store, "d-1") == ("delivered", "")


def test_a_folder_that_is_full_is_tried_again_and_keeps_nothing_half_written(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    full = ["yes"]

    def upset(verb: str, name: str) -> None:
        if verb == "rename" and full.pop() if full else False:
            raise asyncssh.SFTPFailure("No space left on device")

    hub.upset = upset
    forwarded(store, hub, tried(store, 2, lambda: _nothing_of_the_family(hub)))
    assert attempts(store, "d-1") == [("refused_for_now", "folder_refused"), ("delivered", "acknowledged")]


def _nothing_of_the_family(hub: HubFolder) -> None:
    assert hub.names() == [".d-1.done.part"]


def test_a_folder_that_may_not_be_written_to_holds_the_lane(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")

    def upset(verb: str, name: str) -> None:
        raise asyncssh.SFTPPermissionDenied("no")

    hub.upset = upset
    forwarded(store, hub, tried(store, 1))
    assert state(store, "d-1") == ("held", "lane_held")
    assert (lane(store).state, lane(store).why) == ("held", "folder_not_writable")


def test_a_folder_that_is_not_there_holds_the_lane(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    hub.folder.rmdir()
    forwarded(store, hub, tried(store, 1))
    assert lane(store).why == "folder_missing"


def test_p17_a_server_with_another_key_gets_nothing(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    forwarded(store, hub, tried(store, 1), host=ANOTHER_HOST)
    assert (lane(store).why, hub.done) == ("host_key_changed", [])


def test_a_server_that_changes_over_is_known_by_either_key(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    keys = ",".join(key.export_public_key().decode().strip() for key in (HOST, ANOTHER_HOST))
    forwarded(store, hub, tried(store, 1), host=ANOTHER_HOST, host_key=keys)
    assert state(store, "d-1") == ("delivered", "")


@pytest.mark.parametrize(
    ("secret", "why"),
    [(STRANGERS.export_private_key().decode().strip(), "not_let_in"), ("no key at all", "secret_unusable")],
)
def test_a_key_that_opens_nothing_holds_the_lane(store: Store, hub: HubFolder, secret: str, why: str) -> None:
    promise(store, "d-1")
    forwarded(store, hub, tried(store, 1), secret=secret)
    assert lane(store).why == why


def test_a_server_that_is_away_was_sent_nothing(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")

    async def go() -> None:
        async with serving(hub):
            pass
        async with forwarding(store, terms_for({"early_help": hub.hub()}, secret=lambda name: SECRET)):
            await until(lambda: attempts(store, "d-1") != [])

    asyncio.run(go())
    assert attempts(store, "d-1") == [("not_sent", "connect")]


def test_p13_a_server_that_is_away_leaves_a_doubtful_one_in_doubt(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")
    hub.act = leaves

    async def go() -> None:
        terms = terms_for({"early_help": {}})
        async with serving(hub):
            terms = terms_for({"early_help": hub.hub()}, secret=lambda name: SECRET)
            async with forwarding(store, terms):
                await until(in_state(store, ["d-1"], "due"), 5)
                await until(lambda: attempts(store, "d-1") != [])
        change(store, "d-1", due_at=0)
        async with forwarding(store, terms):
            await until(lambda: len(attempts(store, "d-1")) == 2)

    asyncio.run(go())
    assert attempts(store, "d-1") == [("uncertain", "not_taken"), ("uncertain", "no_answer_to_ask")]


def test_p8_nothing_is_put_there_once_the_permit_is_spent(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")

    async def go() -> None:
        async with serving(hub), a_way_out() as way:
            terms = terms_for({"early_help": hub.hub()}, secret=lambda name: SECRET)
            claimed = (await store.writer.submit(Write(lambda tx: claim(tx, terms)))).taken[0]
            carried = await carry(way, claimed.door, claimed.payload, "d-1", time.monotonic() - 0.01, time.time)
            assert carried.reading.result == "not_sent"

    asyncio.run(go())
    assert (hub.done, delivery(store, "d-1").state) == ([], "sending")


def test_p17_an_address_that_was_not_permitted_is_not_connected_to(store: Store, hub: HubFolder) -> None:
    promise(store, "d-1")

    async def go() -> None:
        async with serving(hub), a_way_out() as way:
            terms = terms_for({"early_help": hub.hub()}, secret=lambda name: SECRET)
            claimed = (await store.writer.submit(Write(lambda tx: claim(tx, terms)))).taken[0]
            public = replace(way, destinations=Destinations())
            carried = await carry(public, claimed.door, claimed.payload, "d-1", claimed.leave_by, time.time)
            assert (carried.reading.result, carried.reading.why) == ("lane_held", "address_refused")

    asyncio.run(go())
    assert hub.connections == []
