"""What a family takes back is taken out of a hub's folder again unless the hub has it; a notice follows (P12)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from contracts.delivery import HubClass
from gateway.config.catalogue import Catalogue
from gateway.demo.doors import on_stubs, stub_doors
from gateway.doors.serving import working
from gateway.flows.decisions.permit import Terms
from gateway.record.entries import unpack
from gateway.store import content
from gateway.store.tables import ENTRY
from gateway.store.writer import Write
from tests.conftest import Store
from tests.flows.folders import OURS, HubFolder, acknowledges, leaves, serving, takes
from tests.flows.outbox import (
    COUNCIL,
    attempts,
    change,
    forwarding,
    inputs,
    promise,
    rows,
    terms_for,
    until,
    withdraw,
)
from tests.running import Door, a_hull_referral, as_bytes, on_sqlite, running
from tests.running import rows as all_rows

SECRET = OURS.export_private_key().decode().strip()
BESIDE = ("d-1.txt", "d-10.json", "d-10.done", "d-2.done", "notes.csv")
"""Files that are not of the message that is taken back."""


@pytest.fixture
def hub(tmp_path: Path) -> HubFolder:
    (tmp_path / "server" / "in").mkdir(parents=True)
    return HubFolder(tmp_path / "server" / "in", act=leaves)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt waits for an acknowledgement as long as it takes to look twice."""
    monkeypatch.setattr("gateway.flows.delivery.dropping.WAIT", 0.15)


def notice(
    store: Store, about: str = "withdrawal", back: tuple[str, ...] = ("d-1",), of: str = "", **changes: Any
) -> None:
    """A notice n-1 about d-1 is promised, of this referral or of one of its own."""
    promise(store, "n-1", kind="notice", referral=of, **changes)
    told = {"kind": "notice", "about": about, "deliveries": ["d-1"], "take_back": list(back)}
    body = json.dumps(told).encode()
    put = store.writer.run(Write(lambda tx: content.put(tx, COUNCIL, "payload", body)))
    change(store, "n-1", payload=put, digest=sha256(body).hexdigest())


def told(store: Store, hub: HubFolder, between: Callable[[], None] = lambda: None, about: str = "withdrawal") -> Any:
    """d-1 is put there, something happens, then the notice comes. What the notice's entry says of d-1's files."""
    promise(store, "d-1")

    async def go() -> None:
        async with serving(hub), forwarding(store, terms_at(hub, formats="json, csv")):
            await until(lambda: len(attempts(store, "d-1")) == 1)
            between()
            notice(store, about)
            await until(lambda: len(attempts(store, "n-1")) == 1)

    asyncio.run(go())
    return said(store).get("d-1")


def terms_at(hub: HubFolder, **settings: Any) -> Terms:
    return terms_for({"early_help": hub.hub(**settings)}, secret=lambda name: SECRET)


def said(store: Store) -> dict[str, str]:
    (entry,) = rows(store, ENTRY, ENTRY.c.referral == "r-n-1", ENTRY.c.type == "attempt")
    with store.opened.read(COUNCIL) as connection:
        body = content.get(connection, COUNCIL, entry.sections)
    assert body is not None
    found = (json.loads(part.value) for part in unpack(body) if part.value)
    back: dict[str, str] = next(one["back"] for one in found if isinstance(one, dict) and "back" in one)
    return back


def test_p12_what_the_hub_has_not_taken_is_taken_away_before_the_notice_and_nothing_else_is(
    store: Store, hub: HubFolder
) -> None:
    for name in BESIDE:
        (hub.folder / name).write_text("theirs")
    assert told(store, hub) == "removed"
    assert hub.names() == sorted((*BESIDE, "n-1.csv", "n-1.done", "n-1.json"))
    removed = [name for verb, name in hub.done if verb == "remove"]
    ours = [f"d-1.{kind}" for kind in ("json", "csv", "xml")]
    assert removed == [*ours, *(f".{name}.part" for name in ours), ".d-1.done.part"]
    taken_back = hub.done.index(("rename", ".d-1.done.part"))
    assert taken_back < hub.done.index(("remove", "d-1.json")) < hub.done.index(("open", ".n-1.done.part"))


@on_sqlite
@pytest.mark.parametrize(
    ("between", "said", "left"),
    [
        (acknowledges, "taken", ["d-1.ack", "d-1.csv", "d-1.done", "d-1.json"]),
        (takes, "gone", []),
        (lambda hub, name: (hub.folder / "d-1.done").unlink(), "gone", ["d-1.csv", "d-1.json"]),
    ],
    ids=["acknowledged", "taken away without a word", "taken up by taking the last file"],
)
def test_p12_what_the_hub_has_taken_stays_and_the_notice_comes_alone(
    store: Store, hub: HubFolder, between: Callable[[HubFolder, str], None], said: str, left: list[str]
) -> None:
    assert told(store, hub, lambda: between(hub, "d-1")) == said
    assert [name for name in hub.names() if name.startswith("d-1")] == left
    assert "n-1.done" in hub.names()
    assert [name for verb, name in hub.done if verb == "remove"] == []


@on_sqlite
def test_p12_what_broke_off_half_way_is_taken_away_too(store: Store, hub: HubFolder) -> None:
    def half() -> None:
        for name in ("d-1.json", "d-1.csv", "d-1.done"):
            (hub.folder / name).rename(hub.folder / f".{name}.part")

    assert told(store, hub, half) == "removed"
    assert [name for name in hub.names() if "d-1" in name] == []


def test_p12_what_is_being_put_there_while_the_family_says_no_does_not_land_after_it_was_taken_away(
    store: Store, hub: HubFolder
) -> None:
    """Two workers: one puts the files, slowly; the other has the notice as soon as it may."""
    promise(store, "d-1")
    said_no: list[str] = []

    def upset(verb: str, name: str) -> None:
        if (verb, name) == ("rename", "d-1.json") and not said_no:
            said_no.append(name)
            withdraw(store, "d-1")
            notice(store, of="r-d-1", inputs=inputs(2))

    hub.upset, hub.slow = upset, 0.1

    async def go() -> None:
        async with serving(hub), forwarding(store, terms_at(hub)), forwarding(store, terms_at(hub)):
            await until(lambda: len(attempts(store, "n-1")) == 1)

    asyncio.run(go())
    assert hub.names() == ["n-1.done", "n-1.json"]
    ours = [verb for verb, name in hub.done if "d-1." in name]
    assert "remove" in ours
    assert ours[ours.index("remove") :] == ["remove"] * ours.count("remove")
    assert attempts(store, "d-1")[0][0] == "uncertain"


@on_sqlite
def test_a_hub_that_says_so_at_the_last_moment_keeps_its_files(store: Store, hub: HubFolder) -> None:
    def upset(verb: str, name: str) -> None:
        if (verb, name) == ("rename", ".d-1.done.part"):
            acknowledges(hub, "d-1")

    hub.upset = upset
    assert told(store, hub) == "taken"
    assert {"d-1.json", "d-1.csv"} <= set(hub.names())


@on_sqlite
@pytest.mark.parametrize("verb", ["rename", "remove"])
def test_a_server_that_does_not_let_us_is_told_and_the_notice_goes(store: Store, hub: HubFolder, verb: str) -> None:
    def upset(done: str, name: str) -> None:
        if done == verb and "d-1" in name and (name.startswith(".") or done == "remove") and hub.names():
            raise asyncssh.SFTPPermissionDenied("no")

    promise(store, "d-1")
    for name in ("d-1.json", "d-1.done"):
        (hub.folder / name).write_text("ours")
    change(store, "d-1", state="delivered")
    hub.upset = upset
    notice(store)

    async def go() -> None:
        async with serving(hub), forwarding(store, terms_at(hub)):
            await until(lambda: len(attempts(store, "n-1")) == 1)

    asyncio.run(go())
    assert said(store) == {"d-1": "not_removed"}
    assert "n-1.done" in hub.names()
    assert "d-1.json" in hub.names()


@on_sqlite
def test_p12_a_family_that_limits_it_has_the_wider_copy_taken_away_and_the_narrower_one_put(
    store: Store, hub: HubFolder
) -> None:
    """The same message may come again with less in it: the mark stays that nothing of it was taken."""

    def again() -> None:
        change(store, "d-1", due_at=0)

    promise(store, "d-1")

    async def go() -> None:
        async with serving(hub), forwarding(store, terms_at(hub)):
            await until(lambda: len(attempts(store, "d-1")) == 1)
            notice(store, "agreement_changed")
            await until(lambda: len(attempts(store, "n-1")) == 1)
            assert [name for name in hub.names() if "d-1" in name] == [".d-1.done.part"]
            again()
            await until(lambda: len(attempts(store, "d-1")) == 2)

    asyncio.run(go())
    assert said(store) == {"d-1": "removed"}
    assert [name for name in hub.names() if "d-1" in name] == ["d-1.done", "d-1.json"]


@on_sqlite
@pytest.mark.parametrize("name", ["../d-1", "d-1/../x", "", ".d-1"])
def test_no_name_that_is_not_an_id_of_ours_is_ever_a_path(store: Store, hub: HubFolder, name: str) -> None:
    (hub.folder.parent / "d-1.json").write_text("theirs")
    notice(store, back=(name, "d-9"))

    async def go() -> None:
        async with serving(hub), forwarding(store, terms_at(hub)):
            await until(lambda: len(attempts(store, "n-1")) == 1)

    asyncio.run(go())
    assert said(store) == {"d-9": "gone"}
    assert (hub.folder.parent / "d-1.json").exists()


def test_p12_a_withdrawal_empties_the_folder_and_leaves_only_the_notice(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str], hub: HubFolder
) -> None:
    """The whole way: sent by a school, put into a folder on a real server, taken back by the family."""

    async def run() -> tuple[str, list[str], list[str], list[dict[str, Any]]]:
        async with serving(hub), stub_doors(catalogue, tmp_path / "secrets") as doors:
            (tmp_path / "secrets" / "sftp").write_text(SECRET)
            standing = by_files(on_stubs(catalogue, {name: stub.url for name, stub in doors.items()}), hub)
            with running(standing, tmp_path, demo_urls, private_destinations=(f"127.0.0.1:{hub.port}",)) as gateway:
                async with working(gateway, alone=True) as worked:
                    door = Door(worked)
                    headers = {"content-type": "application/json", "idempotency-key": "once"}
                    sent = await door.ask("POST", "/v1/referrals", content=as_bytes(a_hull_referral()), headers=headers)
                    referral = str(sent.json()["receipts"][0]["referral"])
                    await until(lambda: any(name.endswith(".done") for name in hub.names()))
                    await until(lambda: all_rows(gateway, "delivery")[0]["state"] == "due")
                    before = hub.names()
                    await door.ask("POST", f"/v1/referrals/{referral}/withdrawal")
                    await until(lambda: any("notice" in path.read_text() for path in hub.folder.glob("*.json")))
                    await until(lambda: len(all_rows(gateway, "attempt")) >= 2)
                    return referral, before, hub.names(), all_rows(gateway, "delivery")

    _, before, after, deliveries = asyncio.run(run())
    first, note = (next(row["id"] for row in deliveries if row["kind"] == kind) for kind in ("referral", "notice"))
    assert before == [f"{first}.done", f"{first}.json"]
    assert after == [f"{note}.done", f"{note}.json"]
    assert "Fernsby" not in "".join(path.read_text() for path in hub.folder.iterdir())


def by_files(catalogue: Catalogue, hub: HubFolder) -> Catalogue:
    """Hull's western hub takes files."""
    hull = catalogue.councils["hull"]
    settings = hub.hub(HubClass.A)
    west = replace(hull.hubs["locality_west"], secrets=("sftp",), **settings)
    council = replace(hull, hubs={**hull.hubs, "locality_west": west})
    return replace(catalogue, councils={**catalogue.councils, "hull": council})
