"""Digests, alarms and word to senders by mail: told once, at least once, and naming nobody."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.council import DutyRole
from gateway.config.catalogue import Catalogue
from gateway.flows import meanwhile
from gateway.flows.gateway import Gateway
from gateway.flows.operations import ticks
from gateway.flows.telling.lettering import lettering, send_letters
from gateway.flows.telling.letters import address_of
from gateway.store.tables import CLOCK, EVENT
from gateway.store.writer import Write
from tests.builders import NOW, a_council, a_registration
from tests.flows.decisions.test_timers import SPOKE, asked
from tests.flows.relay import Behaviour, Post, a_relay
from tests.flows.returned import arrived
from tests.running import Door, on_sqlite, rows

MINUTE, HOUR = 60_000, 3_600_000
DANGER = {"purpose": "safeguarding", "harm": SPOKE}
REFUSED = [{"giver": "mother", "capacity": "parent", "status": "refused", "on_date": "2026-10-19"}]


@pytest.fixture
def door(gateway: Gateway) -> Door:
    """The door on a Monday morning in term."""
    return Door(replace(gateway, now=lambda: NOW))


def tick(gateway: Gateway, now: int) -> None:
    asyncio.run(ticks.tick(replace(gateway, now=lambda: now)))


def send(gateway: Gateway, folder: Path, *times: int, behaviours: tuple[Behaviour, ...] = ()) -> Post:
    """One turn at each of these instants, with time enough for a busy machine."""
    patient = replace(gateway, settings=gateway.settings.model_copy(update={"send_deadline": 30.0}))

    async def run() -> Post:
        async with a_relay(folder, *behaviours) as post:
            for now in times:
                await send_letters(replace(patient, now=lambda now=now: now), post.relay(), post.destinations)  # type: ignore[misc]
            return post

    return asyncio.run(run())


def said(post: Post) -> list[str]:
    """Subject and words of each mail."""
    return [f"{mail['Subject']}\n{mail.get_content()}" for mail in post.mails]


def change(gateway: Gateway, work: Callable[[Any], Any]) -> None:
    gateway.writer.run(Write(lambda tx: work(tx) and None))


def ring(door: Door) -> tuple[str, int]:
    """A safeguarding contact that nobody acknowledged; its reference, and when that was told."""
    referral = door.accepted(asked("hull", **DANGER))
    (row,) = rows(door.gateway, "referral")
    tick(door.gateway, row["at"] + 15 * MINUTE)
    return referral, row["at"] + 15 * MINUTE


def test_settled_45_what_cannot_wait_is_sent_at_once_and_only_once(door: Door, tmp_path: Path) -> None:
    referral, at = ring(door)
    post = send(door.gateway, tmp_path, at, at + MINUTE)
    alarms = [row for row in rows(door.gateway, "alarm") if row["interrupts"]]
    assert len(alarms) > 0
    assert len([words for words in said(post) if words.startswith("URGENT") and referral in words]) == len(alarms)
    assert {row["state"] for row in rows(door.gateway, "letter")} == {"posted"}


def test_settled_45_whatever_waits_is_one_digest_for_each_team(door: Door, tmp_path: Path) -> None:
    for once in ("a", "b"):
        door.accepted(asked("hull", agreements=REFUSED), once=once)
    due = max(row["due_at"] for row in rows(door.gateway, "clock"))
    tick(door.gateway, due)
    (tell_at,) = {row["tell_at"] for row in rows(door.gateway, "alarm") if row["tell_at"] > due}
    assert send(door.gateway, tmp_path, due).mails == []
    mails = send(door.gateway, tmp_path, tell_at).mails
    recipients = [str(mail["To"]) for mail in mails]
    assert len(recipients) == len(set(recipients)) > 0
    assert all("waits for you" in str(mail["Subject"]) for mail in mails)


def test_p24_no_mail_names_anybody(door: Door, tmp_path: Path) -> None:
    _, at = ring(door)
    back(door, at)
    post = send(door.gateway, tmp_path, at)
    whole = b"".join(one.content or b"" for one in post.envelopes).decode()
    assert len(post.mails) > 1
    assert not re.search("Maya|Fernsby|Joan|Okoro|07700", whole)


@on_sqlite
def test_settled_46_a_team_at_a_hub_gets_the_page_of_each_message_and_nobody_else_does(
    door: Door, tmp_path: Path
) -> None:
    referral, at = ring(door)
    (divert,) = (row["id"] for row in rows(door.gateway, "delivery") if row["kind"] == "divert")
    arrived(door, referral)
    settings = door.gateway.settings.model_copy(update={"public_url": "https://gateway.hull.example"})
    mails = send(replace(door.gateway, settings=settings), tmp_path, at).mails
    links = {str(mail["To"]): re.findall(r"example/outcome/hull\.(\w+)\.team\.", mail.get_content()) for mail in mails}
    hull = door.gateway.council("hull")
    at_hubs = {address_of(hull, f"role:{role}") for role in ("hub_duty", "hub_manager", "team_manager", "front_door")}
    assert {to for to, found in links.items() if found} == at_hubs & links.keys() != set()
    assert [found for to, found in links.items() if to in at_hubs] == [[divert]] * len(at_hubs & links.keys())


def test_a_letter_is_told_in_the_record(door: Door, tmp_path: Path) -> None:
    _, at = ring(door)
    send(door.gateway, tmp_path, at)
    assert "letter.posted" in {row["type"] for row in rows(door.gateway, "entry")}


def test_a_server_that_is_busy_gets_the_same_message_again(door: Door, tmp_path: Path) -> None:
    _, at = ring(door)
    first = send(door.gateway, tmp_path, at, behaviours=("later",))
    waiting = rows(door.gateway, "letter")
    assert {(row["state"], row["why"]) for row in waiting} == {("due", "smtp_451")}
    assert min(row["due_at"] for row in waiting) > at
    second = send(door.gateway, tmp_path, max(row["due_at"] for row in waiting))
    assert {mail["Message-ID"] for mail in first.mails} == {mail["Message-ID"] for mail in second.mails}
    assert {row["state"] for row in rows(door.gateway, "letter")} == {"posted"}


def test_a_mailbox_that_is_refused_is_given_up_and_told(door: Door, tmp_path: Path) -> None:
    _, at = ring(door)
    send(door.gateway, tmp_path, at, behaviours=("no_such_mailbox",))
    assert {(row["state"], row["why"]) for row in rows(door.gateway, "letter")} == {("dead", "recipient_refused")}


def test_what_ended_before_it_could_be_told_is_not_told(door: Door, tmp_path: Path) -> None:
    _, at = ring(door)
    change(door.gateway, lambda tx: tx.execute(CLOCK.update().values(state="stopped", ended_at=at)))
    assert send(door.gateway, tmp_path, at).mails == []
    assert {row["state"] for row in rows(door.gateway, "letter")} == {"unsent"}


def back(door: Door, at: int, **changes: Any) -> str:
    """An outcome comes back about the only referral."""
    (row,) = rows(door.gateway, "referral")
    event = {
        "id": "e-1", "council": "hull", "referral": row["id"], "delivery": "", "kind": "outcome", "code": "accepted",
        "by": "hub_system", "happened_at": at, "at": at, "said": "", "entry": "e",
    }  # fmt: skip
    change(door.gateway, lambda tx: tx.insert(EVENT, {name: event[name] for name in event if name in EVENT.c}))
    return str(row["id"])


def test_settled_40_a_sender_hears_that_something_came_back_and_never_what(door: Door, tmp_path: Path) -> None:
    door.accepted(asked("hull"))
    referral = back(door, NOW)
    (mail,) = send(door.gateway, tmp_path, NOW + MINUTE).mails
    assert mail["To"] == "ig@invented-academy.example"
    assert referral in mail.get_content()
    assert "accepted" not in mail.get_content()


@on_sqlite
def test_settled_34_a_sender_that_is_not_registered_for_it_and_the_council_are_told_at_once(
    door: Door, tmp_path: Path
) -> None:
    door.accepted(asked("hull"))
    started = {"kind": "task:check_sender", "owner": "council_admin", "started_at": NOW, "state": "running"}
    (row,) = rows(door.gateway, "referral")
    whole = {
        "id": "c-1", "council": "hull", "referral": row["id"], "decision": "", "delivery": "", "taken_by": "",
        "rung": 0, "due_at": NOW + HOUR, "next_at": NOW + HOUR, "ended_at": None, "ended_by": "", "why": "",
        "needed": "",
    }  # fmt: skip
    change(door.gateway, lambda tx: tx.insert(CLOCK, whole | started))
    mails = send(door.gateway, tmp_path, NOW + 5 * MINUTE).mails
    assert {str(mail["To"]) for mail in mails} == {"ig@invented-academy.example", "council-admin@hull.example"}


@on_sqlite
def test_without_a_mail_server_nothing_is_put_down(door: Door) -> None:
    ring(door)

    async def run() -> None:
        async with lettering(door.gateway, None, Post(["ok"]).destinations):
            await asyncio.sleep(0.05)

    asyncio.run(run())
    assert rows(door.gateway, "letter") == []


@on_sqlite
def test_letters_are_sent_beside_everything_else(door: Door, tmp_path: Path) -> None:
    _, at = ring(door)
    gateway = replace(door.gateway, now=lambda: at, settings=door.gateway.settings.model_copy(update={"tick": 0.05}))

    async def run() -> Post:
        async with a_relay(tmp_path) as post, lettering(gateway, post.relay(), post.destinations):
            async with asyncio.timeout(10):
                while not post.mails:
                    await asyncio.sleep(0.02)
            return post

    assert len(asyncio.run(run()).mails) > 0


@on_sqlite
def test_the_end_waits_for_no_letter_that_is_being_sent_and_what_left_is_kept(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meanwhile, "AGAIN", 60)
    _, at = ring(door)
    gateway = replace(door.gateway, now=lambda: at)

    async def run() -> None:
        async with a_relay(tmp_path, "slow") as post, AsyncExitStack() as until:
            await until.enter_async_context(lettering(gateway, post.relay(), post.destinations))
            async with asyncio.timeout(10):
                while not post.mails:
                    await asyncio.sleep(0.02)
            async with asyncio.timeout(30):
                await until.aclose()

    asyncio.run(run())
    assert "stopped" in {row["why"] for row in rows(door.gateway, "letter")}


@pytest.mark.parametrize(
    ("recipient", "address"),
    [
        ("role:desk", "desk@testham.example"),
        ("role:away", "desk@testham.example"),
        ("role:round", ""),
        ("role:nobody", ""),
        ("sender:invented_school", "ig@school.example"),
        ("sender:by_phone", ""),
        ("sender:nobody", ""),
    ],
)
def test_mail_goes_to_a_team_to_whoever_covers_or_to_the_senders_own_people(recipient: str, address: str) -> None:
    council = a_council(
        roles={
            "desk": DutyRole("Desk", mail="desk@testham.example"),
            "away": DutyRole("Away", cover="desk"),
            "round": DutyRole("Round", cover="round"),
        },
        senders={
            "invented_school": a_registration(contact="ig@school.example"),
            "by_phone": a_registration(contact="020 7946 0100"),
        },
    )
    assert address_of(council, recipient) == address


def test_every_team_of_every_council_has_a_mailbox_and_an_auditor_is_of_none(catalogue: Catalogue) -> None:
    without = [
        (council.name, role)
        for council in catalogue.councils.values()
        for role in council.roles
        if not address_of(council, f"role:{role}")
    ]
    assert without == [("hull", "auditor")]
