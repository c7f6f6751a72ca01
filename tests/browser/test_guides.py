"""The printable guides say what is there: every control that one names is on the page it says, and is shown as it is.

`make guides` takes their pictures anew. Otherwise nothing is written, and it is only looked whether they are there.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gateway.doors.pages.guides import GUIDES, folder
from tests.browser.conftest import SIZES, Played, Sign, sound

TAKE = os.environ.get("TAKE_PICTURES") == "yes"
"""Whether the pictures are taken anew."""
WIDE, HIGH = 760, 400
LARGEST = 60 * 1024
MOST_PICTURES = 12
MOST_WORDS = 900  # two printed pages with their pictures

NAMED = """them => them.map(one => one.textContent).concat(
  [...document.querySelectorAll('[data-head]')].map(one => one.dataset.head)).map(text => text.replace(/\\s+/g, ' '))"""
CONTROLS = "a, button, label, legend, summary, h1, h2, h3, h4, dt, th, strong"


def text_of(guide: str) -> str:
    return (folder() / f"{guide}.md").read_text(encoding="utf-8")


def parts(guide: str) -> list[tuple[str, str]]:
    """Where each part of a guide is, and what it says."""
    found = re.split(r"<!-- at: (.*?) -->\n", text_of(guide))[1:]
    return list(zip(found[::2], found[1::2], strict=True))


def walk(page: Page, address: str, steps: list[str]) -> list[str]:
    """Follow `ADDRESS > what is chosen > label = what is filled in`: the words of all that stood on the way."""
    page.goto(address)
    there = named_on(page)
    for step in steps:
        label, is_filled, value = step.partition(" = ")
        if is_filled:
            page.get_by_label(label).fill(value)
            continue
        first = page.locator("main table th a")
        with page.expect_navigation():
            (
                first if step == "first" else page.locator("main").locator("a, button").filter(has_text=step)
            ).first.click()
        there += named_on(page)
    return there


def named_on(page: Page) -> list[str]:
    """The words of every control and heading of a page."""
    return [str(text) for text in page.locator(CONTROLS).evaluate_all(NAMED)]


def take(page: Page, path: Path, begins: str) -> None:
    """A picture of what the page is for: what was opened, or else its beginning, without what stands above."""
    page.evaluate("document.documentElement.style.zoom = '0.75'")
    top = page.locator(begins).first.evaluate("one => one.getBoundingClientRect().top + window.scrollY - 12")
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": float(top), "width": WIDE, "height": HIGH})


@pytest.mark.parametrize("guide", GUIDES)
def test_every_control_that_a_guide_names_is_on_the_page_it_says(sign: Sign, guide: str) -> None:
    council, role = parts(guide)[0][0].split(" ")[:2]
    page = sign(council, role)
    page.set_viewport_size({"width": WIDE, "height": 900})
    for way, says in parts(guide):
        start, *steps = way.removeprefix(f"{council} {role} ").split(" > ")
        there = walk(page, start, steps)
        for control in re.findall(r"\*\*(.+?)\*\*", says):
            assert any(control in text for text in there), f"{guide}: “{control}” is not at {way}"
        for picture in re.findall(r"\]\((.+?\.png)\)", says):
            if TAKE:
                take(page, folder() / picture, "#content" if " = " in way else "main h1")


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_is_read_and_printed(sign: Sign, played: Played, guide: str) -> None:
    page = sign("hull", "hub_duty", scripts=False)
    page.context.clear_cookies()
    page.goto(f"{played.url}/guides")
    page.get_by_role("link", name=GUIDES[guide]).press("Enter")
    assert page.locator("h1").inner_text() == re.search(r"^# (.+)$", text_of(guide), re.MULTILINE)[1]  # type: ignore[index]
    assert "at: " not in page.inner_text("main")
    for picture in page.locator("main img").all():
        assert picture.evaluate("one => one.naturalWidth") == WIDE
        assert picture.get_attribute("alt")
    page.emulate_media(media="print")
    expect(page.locator("footer")).to_be_hidden()
    assert len(page.pdf(format="A4")) > 0
    assert page.inner_text("main").count("\n") > 10


@pytest.mark.parametrize("size", SIZES)
def test_the_pages_of_guides_are_sound(sign: Sign, size: str) -> None:
    page = sign("hull", "sender_lead", size=size)
    page.goto("/guides")
    sound(page, f"guides-{size}")
    page.goto("/guides/hub-worker")
    sound(page, f"guide-{size}")


def test_the_pictures_are_there_few_and_small_and_none_is_left_over() -> None:
    named = {picture for guide in GUIDES for picture in re.findall(r"\]\((.+?\.png)\)", text_of(guide))}
    files = {path.name: path.stat().st_size for path in folder().glob("*.png")}
    assert set(files) == named
    assert len(files) <= MOST_PICTURES
    assert {name: size for name, size in files.items() if size > LARGEST} == {}


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_is_two_pages_of_short_sentences(guide: str) -> None:
    plain = re.sub(r"<!--.*?-->|!\[.*?\)|[#*`]", "", text_of(guide), flags=re.DOTALL)
    sentences = [one.split() for one in re.split(r"(?<=[.?!:;])\s+|\n\n", plain) if one.split()]
    assert len(plain.split()) <= MOST_WORDS
    assert sum(map(len, sentences)) / len(sentences) <= 12
    assert [" ".join(one) for one in sentences if len(one) > 25] == []


def test_the_guides_are_those_that_the_folder_holds() -> None:
    assert {path.stem for path in Path(folder()).glob("*.md")} == set(GUIDES)
