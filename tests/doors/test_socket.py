"""The command line's own door answers in words to whatever is sent to it."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from gateway.doors.socket import create_socket_app
from gateway.flows.gateway import Gateway
from tests.running import on_sqlite


def answered(gateway: Gateway, path: str, content: bytes) -> httpx2.Response:
    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=create_socket_app(gateway))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post(path, content=content)

    return asyncio.run(ask())


@on_sqlite
@pytest.mark.parametrize("content", [b"nonsense", b"[]", b"\xff", b""])
@pytest.mark.parametrize("path", ["/policy", "/annex-a", "/alarms", "/tick", "/people/list"])
def test_what_is_no_json_object_is_answered_400(gateway: Gateway, path: str, content: bytes) -> None:
    answer = answered(gateway, path, content)
    assert (answer.status_code, answer.json()["detail"].startswith("Send what is asked as")) == (400, True)


@on_sqlite
@pytest.mark.parametrize("path", ["/policy", "/annex-a", "/alarms", "/people/list"])
def test_who_leaves_out_what_is_needed_is_told_so(gateway: Gateway, path: str) -> None:
    assert 400 <= answered(gateway, path, b"{}").status_code < 500
