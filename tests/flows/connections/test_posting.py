"""One mail through a real mail server: what leaves, when nothing may, and how every answer is read."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from contracts.delivery import Result
from contracts.hub import HubMail
from gateway.flows.connections.destinations import Destinations
from gateway.flows.connections.posting import post
from gateway.path.answers import Reading
from tests.flows.relay import PASSWORD, SENDER, USER, Behaviour, Post, a_relay

TO = "early-help@secure.hull.example"
MESSAGE = b"Subject: Early Help request r-1\r\nMessage-ID: <d-1@early-help.example>\r\n\r\nOne.\r\n.\r\n..Two.\n"
MAIL = HubMail(SENDER, TO, MESSAGE)
Done = tuple[Reading, int | None]


def one(
    folder: Path, behaviour: Behaviour = "ok", *, window: float = 20.0, deadline: float = 20.0, **how: Any
) -> tuple[Done, Post]:
    """One attempt at a mail server that behaves so."""
    told = {name: how.pop(name) for name in ("user", "password", "implicit", "ca", "host") if name in how}

    async def run() -> tuple[Done, Post]:
        async with a_relay(folder, behaviour, **how) as server:
            done = await post(server.relay(**told), server.destinations, MAIL, time.monotonic() + window, deadline)
            return done, server

    return asyncio.run(run())


def test_what_the_server_takes_has_left_our_hands(tmp_path: Path) -> None:
    (reading, status), server = one(tmp_path)
    assert (reading, status) == (Reading(Result.DELIVERED, "left_our_hands"), 250)
    assert (server.envelopes[0].mail_from, server.envelopes[0].rcpt_tos) == (SENDER, [TO])


def test_lines_that_are_a_dot_arrive_as_they_were(tmp_path: Path) -> None:
    _, server = one(tmp_path)
    assert server.envelopes[0].content == MESSAGE.replace(b"Two.\n", b"Two.\r\n")


@pytest.mark.parametrize("how", [{"tls": "implicit", "implicit": True}, {"asks": True, "user": USER}])
def test_tls_from_the_first_byte_and_a_password_are_used_where_they_are_set(
    tmp_path: Path, how: dict[str, Any]
) -> None:
    (reading, _), server = one(tmp_path, password=PASSWORD, **how)
    assert reading.result is Result.DELIVERED
    assert server.logins == (1 if "asks" in how else 0)


@pytest.mark.parametrize(
    ("behaviour", "reading", "status"),
    [
        ("later", Reading(Result.REFUSED_FOR_NOW, "smtp_451"), 451),
        ("never", Reading(Result.REFUSED, "message_refused"), 554),
        ("no_such_mailbox", Reading(Result.REFUSED, "recipient_refused"), 550),
        ("no_sender", Reading(Result.LANE_HELD, "relay_refuses"), 550),
        ("cut", Reading(Result.UNCERTAIN, "reset"), None),
        ("slow", Reading(Result.UNCERTAIN, "timeout"), None),
        ("nonsense", Reading(Result.UNCERTAIN, "reset"), None),
        ("slow_greeting", Reading(Result.NOT_SENT, "connect_timeout"), None),
        ("deaf", Reading(Result.NOT_SENT, "connect"), None),
    ],
)
def test_settled_13_every_answer_of_a_mail_server_has_one_result(
    tmp_path: Path, behaviour: Behaviour, reading: Reading, status: int | None
) -> None:
    patience = 2.5 if behaviour.startswith("slow") else 20.0
    assert one(tmp_path, behaviour, deadline=patience)[0] == (reading, status)


def test_without_starttls_not_a_byte_leaves(tmp_path: Path) -> None:
    (reading, _), server = one(tmp_path, tls="none")
    assert reading == Reading(Result.NOT_SENT, "tls_not_offered")
    assert server.envelopes == []


@pytest.mark.parametrize("how", [{"name": "other.example"}, {"ca": ""}], ids=["another's name", "unknown authority"])
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_that_does_not_prove_the_server_holds_the_lane(
    tmp_path: Path, tls: str, how: dict[str, Any]
) -> None:
    (reading, _), server = one(tmp_path, tls=tls, implicit=tls == "implicit", **how)
    assert reading == Reading(Result.LANE_HELD, "certificate")
    assert server.envelopes == []


def test_a_wrong_password_holds_the_lane(tmp_path: Path) -> None:
    (reading, status), _ = one(tmp_path, asks=True, user=USER, password="another")
    assert (reading, status) == (Reading(Result.LANE_HELD, "relay_refuses"), 535)


def test_p8_nothing_leaves_after_the_permit_ran_out(tmp_path: Path) -> None:
    (reading, _), server = one(tmp_path, window=0.0)
    assert reading.result is Result.NOT_SENT
    assert server.envelopes == []


def test_an_address_that_the_deployment_does_not_permit_is_not_connected_to(tmp_path: Path) -> None:
    async def run() -> tuple[Done, int]:
        async with a_relay(tmp_path) as server:
            return await post(server.relay(), Destinations(), MAIL, time.monotonic() + 2, 1), len(server.envelopes)

    assert asyncio.run(run()) == ((Reading(Result.LANE_HELD, "address_refused"), None), 0)


@pytest.mark.parametrize(("port", "host", "why"), [(1, "localhost", "connect"), (25, "no.such.name.invalid", "dns")])
def test_a_server_that_cannot_be_reached_was_sent_nothing(tmp_path: Path, port: int, host: str, why: str) -> None:
    async def run() -> Done:
        relay = Post(["ok"]).relay(host=host, port=port)
        destinations = Destinations(frozenset({f"{host}:{port}"}))
        return await post(relay, destinations, MAIL, time.monotonic() + 2, 2)

    assert asyncio.run(run())[0] == Reading(Result.NOT_SENT, why)


def test_without_a_mail_server_nothing_is_sent() -> None:
    done = asyncio.run(post(None, Destinations(), MAIL, time.monotonic() + 2, 1))
    assert done == (Reading(Result.NOT_SENT, "no_mail_relay"), None)


@pytest.mark.parametrize(("behaviour", "result"), [("slow", Result.UNCERTAIN), ("slow_greeting", Result.NOT_SENT)])
def test_an_attempt_that_is_cut_says_whether_content_may_have_left(
    tmp_path: Path, behaviour: Behaviour, result: Result
) -> None:
    async def run() -> Done:
        async with a_relay(tmp_path, behaviour) as server:
            attempt = asyncio.create_task(post(server.relay(), server.destinations, MAIL, time.monotonic() + 2, 5))
            await asyncio.sleep(0.6)
            attempt.cancel()
            return await attempt

    assert asyncio.run(run())[0] == Reading(result, "stopped")


@pytest.mark.parametrize("behaviour", ["ok", "no_such_mailbox", "later", "cut"])
def test_p14_no_address_and_no_word_of_the_server_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, behaviour: Behaviour
) -> None:
    caplog.set_level(logging.DEBUG, logger="gateway")
    caplog.set_level(logging.DEBUG, logger="aiosmtplib")
    one(tmp_path, behaviour)
    said = [str(vars(record)) for record in caplog.records if record.name.startswith(("gateway", "aiosmtplib"))]
    assert not [line for line in said if TO in line or "nobody here" in line]
