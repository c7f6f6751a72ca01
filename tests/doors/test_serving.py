"""Starting and stopping the doors in this process: what cannot be had is told in words, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from contracts.errors import ConfigError, StoreUnavailable
from gateway.config.catalogue import Catalogue
from gateway.doors.serving import serve
from gateway.doors.socket import create_socket_app
from gateway.flows.gateway import Gateway
from tests.running import SAMPLES, running, until


@pytest.fixture
def gateway(gateway: Gateway) -> Gateway:
    """One that listens where nobody else does."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return replace(gateway, settings=gateway.settings.model_copy(update={"port": port}))


def local(gateway: Gateway) -> Path:
    assert gateway.store.lock is not None
    return Path(f"{gateway.store.lock.path}.sock")


def test_a_port_that_is_taken_is_told_in_words(gateway: Gateway) -> None:
    taken = socket.create_server((gateway.settings.host, gateway.settings.port))
    with taken, pytest.raises(ConfigError, match="Choose another with --port"):
        asyncio.run(serve(gateway))
    assert not local(gateway).exists()


def test_a_store_too_deep_for_a_socket_is_told_in_words(catalogue: Catalogue, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    gateway = running(catalogue, deep, (f"sqlite:///{deep}/gateway.db", ""), port=18999)
    with gateway as built, pytest.raises(ConfigError, match="shorter path"):
        asyncio.run(serve(built))


def test_settled_24_the_socket_is_open_to_its_user_alone_and_gone_at_the_end(gateway: Gateway) -> None:
    modes = []

    def listening() -> None:
        modes.append(stat.S_IMODE(local(gateway).stat().st_mode))
        os.kill(os.getpid(), signal.SIGTERM)

    asyncio.run(serve(gateway, listening))
    assert (modes, local(gateway).exists()) == ([0o600], False)


def test_the_http_door_and_the_socket_answer_until_a_signal_comes(gateway: Gateway) -> None:
    url = f"http://127.0.0.1:{gateway.settings.port}/health/live"

    async def scenario() -> int:
        serving = asyncio.create_task(serve(gateway))
        async with httpx2.AsyncClient(trust_env=False) as client:

            async def status() -> int:
                try:
                    return (await client.get(url)).status_code
                except httpx2.HTTPError:
                    return 0

            answered = await until(status)
        os.kill(os.getpid(), signal.SIGINT)
        await serving
        return answered

    assert asyncio.run(scenario()) == 200


def test_p3_a_store_that_failed_ends_the_process_with_a_word(gateway: Gateway) -> None:
    gateway.writer.failed.set()
    with pytest.raises(StoreUnavailable, match="The store failed"):
        asyncio.run(serve(gateway))


# The socket ----------------------------------------------------------------------------------------------------------


def receive(gateway: Gateway, content: bytes, **asked: str) -> httpx2.Response:
    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(create_socket_app(gateway))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/receive", params=asked, content=content)

    return asyncio.run(ask())


def test_the_socket_takes_a_file_in_the_name_of_a_registered_sender(gateway: Gateway) -> None:
    content = (SAMPLES / "govuk_forms" / "samples" / "agreed.json").read_bytes()
    asked = {"council": "tower_hamlets", "source": "govuk_forms", "sender": "enquiry_form", "key": "k"}
    assert receive(gateway, content, **asked).status_code == 202


@pytest.mark.parametrize("missing", ["council", "sender"])
def test_the_socket_without_a_known_sender_is_404(gateway: Gateway, missing: str) -> None:
    asked = {"council": "hull", "source": "school", "sender": "invented_academy", "key": "k"}
    asked.pop(missing)
    response = receive(gateway, b"", **asked)
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


def test_the_socket_without_a_known_source_is_403(gateway: Gateway) -> None:
    assert receive(gateway, b"x", council="hull", sender="invented_academy", key="k").status_code == 403
