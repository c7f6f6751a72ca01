"""Signing in at a council's own provider, proving it again, and signing out there too: in a real browser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from gateway.doors.api import create_app
from gateway.flows.gateway import Gateway
from gateway.main import load_checked
from tests.browser.conftest import SIZES, sound
from tests.flows.sign_in.test_oidc import SUNNY, a_sign_in, provider, with_sign_in
from tests.running import ROOT, running


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A gateway whose Hull signs in at a real provider on this machine."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    with (
        provider(sunny=SUNNY, bram=SUNNY | {"preferred_username": "bram.ellis"}) as issuer,
        running(load_checked(ROOT / "mappings"), tmp_path, (f"sqlite:///{tmp_path}/gateway.db", "")) as gateway,
    ):
        yield from _answering(with_sign_in(gateway, a_sign_in(issuer)))


def _answering(gateway: Gateway) -> Iterator[str]:
    config = uvicorn.Config(create_app(gateway), port=0, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), name="door")
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            thread.join(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.mark.parametrize("size", SIZES)
def test_a_person_signs_in_at_their_council_proves_it_again_and_signs_out_of_both(
    browser: Browser, address: str, size: str
) -> None:
    context = browser.new_context(viewport=SIZES[size], java_script_enabled=size == "desktop", base_url=address)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in with Hull").click()
    page.get_by_role("button", name="sunny", exact=True).click()
    assert page.url == f"{address}/account"
    page.goto("/step-up?then=/holds")
    expect(page.get_by_role("heading", name="Sign in again")).to_be_visible()
    page.goto("/sign-in/with/hull?again=/holds")
    page.get_by_role("button", name="bram", exact=True).click()
    expect(page.get_by_text("That was somebody else’s sign-in.")).to_be_visible()
    page.goto("/sign-in/with/hull?again=/holds")
    page.get_by_role("button", name="sunny", exact=True).click()
    assert page.url == f"{address}/holds"
    page.get_by_role("button", name="Sign out").click()
    sound(page, f"signed-out-{size}") if size == "desktop" else None
    page.get_by_role("button", name="Sign out of").click()
    assert "/oauth2/end_session" in page.url
    assert "id_token_hint" not in page.url
    page.get_by_role("button").first.click()
    assert page.url == f"{address}/sign-in"
    page.goto("/holds")
    assert page.url == f"{address}/sign-in"
    context.close()
