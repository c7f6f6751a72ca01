"""A hub that takes secure e-mail: from the referral to its mailbox, and what a server that refuses comes to."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.hubs import secure_mail
from contracts.council import HubSettings
from contracts.delivery import HubClass
from gateway.config.catalogue import Catalogue
from gateway.config.councilfiles import HubsFile
from gateway.config.hubchecks import hub_faults
from gateway.config.yamlfile import load
from gateway.demo.doors import on_stubs, stub_doors
from gateway.doors.serving import working
from gateway.logs import JsonLines
from tests.flows.relay import SENDER, Behaviour, Post, a_relay
from tests.running import Door, a_hull_referral, on_sqlite, rows, running, until

MAILBOX = "west@secure.hull.example"


def by_mail(catalogue: Catalogue) -> Catalogue:
    """Hull's western hub takes secure e-mail."""
    hull = catalogue.councils["hull"]
    west: HubSettings = replace(
        hull.hubs["locality_west"],
        adapter=secure_mail.NAME,
        url=f"mailto:{MAILBOX}",
        hub_class=HubClass.C,
        secrets=(),
        settings={"secure_domain": "secure.hull.example"},
    )
    council = replace(hull, hubs={**hull.hubs, "locality_west": west})
    return replace(catalogue, councils={**catalogue.councils, "hull": council})


@asynccontextmanager
async def mailing(
    catalogue: Catalogue, folder: Path, urls: tuple[str, str], *behaviours: Behaviour, relay: bool = True, **more: Any
) -> AsyncIterator[tuple[Door, Post]]:
    """A gateway with its worker, whose hub in the west of Hull takes mail."""
    async with a_relay(folder, *behaviours) as post, stub_doors(catalogue, folder / "secrets") as doors:
        standing = by_mail(on_stubs(catalogue, {name: stub.url for name, stub in doors.items()}))
        place = f"localhost:{post.port}"
        server = {"mail_relay": place, "mail_sender": SENDER, "mail_ca": post.ca} if relay else {}
        given: dict[str, Any] = {"private_destinations": (place,), **server, **more}
        with running(standing, folder, urls, **given) as gateway:
            async with working(gateway, alone=True) as worked:
                yield Door(worked), post


async def refer(door: Door) -> str:
    headers = {"content-type": "application/json", "idempotency-key": "once"}
    answer = await door.ask("POST", "/v1/referrals", content=json.dumps(a_hull_referral()).encode(), headers=headers)
    return str(answer.json()["receipts"][0]["referral"])


def sent(door: Door) -> dict[str, Any]:
    return next(row for row in rows(door.gateway, "delivery") if row["hub"] == "locality_west")


def test_a_referral_reaches_the_mailbox_whole(catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]) -> None:
    async def run() -> tuple[str, Post, Any]:
        async with mailing(catalogue, tmp_path, demo_urls) as (door, post):
            referral = await refer(door)
            await until(lambda: sent(door)["state"] == "delivered")
            return referral, post, (await door.ask("GET", f"/v1/referrals/{referral}")).json()

    referral, post, status = asyncio.run(run())
    mail = post.mails[0]
    assert post.envelopes[0].rcpt_tos == [MAILBOX]
    assert mail["Subject"] == f"Early Help request {referral}"
    page, data = list(mail.iter_attachments())
    assert "Which service would you like to refer into" in page.get_content()
    assert json.loads(data.get_content())["referral"]["people"][0]["surname"] == "Fernsby"
    assert "left our hands" in next(one["say"] for one in status["deliveries"] if one["kind"] == "referral")
    assert not [line for line in status["timeline"] if "hub's system took it" in line["say"]]


@on_sqlite
def test_settled_46_the_mail_itself_has_the_page_where_its_outcome_is_told(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def run() -> tuple[str, str, list[dict[str, Any]]]:
        public = {"public_url": "https://gateway.hull.example"}
        async with mailing(catalogue, tmp_path, demo_urls, **public) as (door, post):
            await refer(door)
            await until(lambda: sent(door)["state"] == "delivered")
            body = post.mails[0].get_body(("plain",))
            assert body is not None
            (path,) = re.findall(r"https://gateway\.hull\.example(/outcome/\S+)", body.get_content())
            headers = {"content-type": "application/x-www-form-urlencoded"}
            shown = await door.ask("GET", path, key=None)
            said = b"answer=outcome:to_panel&once=a"
            await door.ask("POST", path, key=None, headers=headers, content=said)
            return (
                shown.text,
                "".join(f"{name}: {value}" for name, value in post.mails[0].items()),
                rows(door.gateway, "event"),
            )

    shown, headers, events = asyncio.run(run())
    assert "To the Early Help Action Meeting" in shown
    assert "/outcome/" not in headers
    assert [(one["code"], one["by"]) for one in events] == [("to_panel", "a link sent to the hub's mailbox")]


@on_sqlite
def test_a_server_that_asks_to_come_back_gets_the_same_message_again(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.path.schedule.STEPS", (0.05,) * 20, raising=False)

    async def run() -> Post:
        async with mailing(catalogue, tmp_path, demo_urls, "later", "ok") as (door, post):
            await refer(door)
            await until(lambda: len(post.envelopes) == 1)
            await until(lambda: sent(door)["state"] == "due")
            change = "UPDATE delivery SET due_at = 0"
            _now(door, change)
            await until(lambda: sent(door)["state"] == "delivered")
            return post

    post = asyncio.run(run())
    first, second = post.mails
    assert first["Message-ID"] == second["Message-ID"]


@on_sqlite
@pytest.mark.parametrize(
    ("behaviour", "state", "why"), [("no_such_mailbox", "dead", "recipient_refused"), ("cut", "uncertain", "reset")]
)
def test_p13_what_a_mailbox_refuses_or_may_have_waits_for_a_person(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str], behaviour: Behaviour, state: str, why: str
) -> None:
    async def run() -> dict[str, Any]:
        async with mailing(catalogue, tmp_path, demo_urls, behaviour) as (door, _):
            await refer(door)
            await until(lambda: sent(door)["state"] == state)
            return rows(door.gateway, "attempt")[0]

    assert asyncio.run(run())["why"] == why


@on_sqlite
def test_without_a_mail_server_it_is_held_and_says_so(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def run() -> dict[str, Any]:
        async with mailing(catalogue, tmp_path, demo_urls, relay=False) as (door, _):
            await refer(door)
            await until(lambda: sent(door)["state"] == "held")
            return sent(door)

    assert asyncio.run(run())["why"] == "no_mail_relay"


@on_sqlite
@pytest.mark.parametrize("behaviour", ["ok", "no_such_mailbox", "cut"])
def test_p24_no_word_of_a_family_is_logged_or_stands_outside_the_attachments(
    catalogue: Catalogue,
    tmp_path: Path,
    demo_urls: tuple[str, str],
    caplog: pytest.LogCaptureFixture,
    behaviour: Behaviour,
) -> None:
    caplog.set_level(logging.DEBUG)

    async def run() -> Post:
        async with mailing(catalogue, tmp_path, demo_urls, behaviour) as (door, post):
            await refer(door)
            await until(lambda: sent(door)["state"] in ("delivered", "dead", "uncertain"))
            return post

    post = asyncio.run(run())
    ours = [record for record in caplog.records if not record.name.startswith(("mail.", "asyncio"))]
    said = "".join(JsonLines().format(record) + str(vars(record)) for record in ours)
    for mail in post.mails:
        body = mail.get_body(("plain",))
        assert body is not None
        said += "".join(f"{name}: {value}" for name, value in mail.items()) + body.get_content()
    assert not [word for word in ("Fernsby", "Maya", "Okoro", "07700") if word in said]


def test_hu_c14_a_mailbox_outside_the_confirmed_domain_is_told_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "hubs.yaml"
    path.write_text(
        "hubs:\n  west:\n    title: West\n    adapter: secure_mail\n    url: mailto:west@hull.example\n    class: C\n"
        "    purposes: [request]\n    telephone: 01632 960170\n    settings: {secure_domain: secure.hull.example}\n"
    )
    found = [(fault.position.rpartition("/")[2], fault.expected) for fault in hub_faults(load(path, HubsFile))]
    assert found == [("hubs.yaml:5:10", "a mailbox of `secure_domain`")]


def _now(door: Door, change: str) -> None:
    from sqlalchemy import text

    from gateway.store.writer import Write

    door.gateway.writer.run(Write(lambda tx: tx.execute(text(change)) and None))
    door.gateway.wake()
