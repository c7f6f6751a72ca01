"""A demonstration that has played its stories, behind a door that a real browser opens."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from rich.console import Console

from gateway.demo import stories
from gateway.demo.stage import Stage, stage
from gateway.demo.telling import Telling
from gateway.doors.pages.menu import SECTIONS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}
SHOTS = Path("build/screenshots")

Sign = Callable[..., Page]


def _until_it_is_there(act: Callable[..., None]) -> Callable[..., None]:
    """What is chosen begins to arrive before Playwright goes on; here all of it has, so that what is read is whole."""

    @wraps(act)
    def acted(chosen: Locator, *args: Any, **how: Any) -> None:
        page = chosen.page
        act(chosen, *args, **how)
        page.wait_for_load_state()

    return acted


Locator.click = _until_it_is_there(Locator.click)  # type: ignore[method-assign]
Locator.press = _until_it_is_there(Locator.press)  # type: ignore[method-assign]


@dataclass(frozen=True)
class Played:
    """The demonstration, its address, and what each number of its stories was given as a reference."""

    stage: Stage
    url: str
    sent: dict[int, Any]
    loop: asyncio.AbstractEventLoop

    def run(self, work: Any) -> Any:
        """Do something in the gateway's own event loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """All four stories have been told. The gateway runs on in a thread of its own."""
    with _playing(tmp_path_factory.mktemp("demo")) as told:
        yield told


@contextmanager
def _playing(folder: Path) -> Iterator[Played]:
    ready: list[Played] = []
    failed: list[BaseException] = []
    started, stop = threading.Event(), threading.Event()

    async def play() -> None:
        async with stage(folder) as playing:
            told = Telling(Console(file=StringIO()))
            for story in (stories.council, stories.school, stories.ig_lead, stories.hub_worker):
                await story(playing, told)
            address = str(playing.client.base_url).rstrip("/")
            ready.append(Played(playing, address, dict(told.sent), asyncio.get_running_loop()))
            started.set()
            await asyncio.to_thread(stop.wait)

    def run() -> None:
        try:
            asyncio.run(play())
        except BaseException as error:
            failed.append(error)
            started.set()

    thread = threading.Thread(target=run, name="demonstration")
    thread.start()
    try:
        assert started.wait(180), "the demonstration did not play its stories within three minutes"
        if failed:
            raise failed[0]
        yield ready[0]
    finally:
        stop.set()
        thread.join(60)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Skips in one line where there is none; in CI there is one."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("No Chromium in CI: install the package `chromium`.")
        pytest.skip("no browser: install Chromium (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture
def sign(browser: Browser, played: Played) -> Iterator[Sign]:
    """Sign in as one role of one council: `sign("hull", "hub_duty", size="phone", scripts=False)`.

    url  of another gateway than the one that has just played
    """
    contexts = []

    def in_as(council: str, role: str, size: str = "desktop", scripts: bool = True, url: str = "") -> Page:
        address = url or played.url
        context = browser.new_context(viewport=SIZES[size], java_script_enabled=scripts, base_url=address)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.goto("/sign-in")
        page.locator(f"form:has(input[value={council}]):has(input[value={role}]) button").click()
        page.wait_for_url(lambda url: "/sign-in" not in url, wait_until="load")
        return page

    yield in_as
    for context in contexts:
        context.close()


def by_menu(page: Page, name: str, choose: Callable[[Locator], None] = Locator.click) -> int:
    """Open a page by the menu, through its section where it stands in one. Returns how often something was chosen."""
    wanted = page.locator("header nav").get_by_role("link", name=name, exact=True)
    if wanted.count():
        choose(wanted)
        return 1
    section = next(title for title, items in SECTIONS if name in [one.text for one in items])
    choose(page.locator("header nav").get_by_role("link", name=section, exact=True))
    if wanted.get_attribute("aria-current") == "page":
        return 1
    choose(wanted)
    return 2


def sound(page: Page, name: str) -> None:
    """Nothing axe finds, one heading of the first rank, no scrolling sideways; and a picture to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
