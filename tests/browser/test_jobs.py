"""Each user's whole job, from signing in to the result: by keyboard on a desk, and on a telephone without scripts.

Every page on the way is looked at: nothing axe finds, nothing that scrolls sideways.
"""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.conftest import SHOTS, SIZES, Sign, sound

MOST_TABS = 150
ZOOMED: Final[ViewportSize] = {"width": 320, "height": 256}
"""What a desk of 1280 by 1024 shows at 400% (WCAG 2.2, 1.4.10)."""
WAYS = {"desk": ("desktop", True), "telephone": ("phone", False)}


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Go to a control with the Tab key alone, and use it. Fails where no Tab leads to it."""
    name = wanted.first.evaluate("one => one.outerHTML")
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.outerHTML") == name:
            page.keyboard.press(key)
            return
    raise AssertionError(f"no Tab leads to {name}")


def follow(page: Page, wanted: Locator) -> None:
    """The same for what opens another page."""
    with page.expect_navigation():
        press(page, wanted)


def write(page: Page, label: str, text: str) -> None:
    """Fill a field in by keyboard."""
    press(page, page.get_by_label(label, exact=True), "End")
    page.keyboard.type(text)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def begin(sign: Sign, council: str, role: str, way: str) -> Page:
    size, scripts = WAYS[way]
    return sign(council, role, size=size, scripts=scripts)


def named(page: Page, name: str) -> Locator:
    """A link of the navigation. Without scripts it stands there on a telephone too, and behind no button."""
    return page.locator("nav").get_by_role("link", name=name, exact=True)


def looked_at(page: Page, name: str, way: str) -> None:
    """One state on the way, with its picture. Where no script may run, axe cannot look: it does where one may."""
    if WAYS[way][1]:
        sound(page, f"job-{name}-{way}")
        return
    page.screenshot(path=SHOTS / f"job-{name}-{way}.png", full_page=True)
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"
    page.set_viewport_size(ZOOMED)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        f"{name} scrolls sideways at 400%"
    )
    page.set_viewport_size(SIZES["phone"])


def test_a_council_learns_what_is_missing_and_takes_its_papers(sign: Sign, way: str) -> None:
    page = begin(sign, "derby", "council_admin", way)
    follow(page, named(page, "Going live"))
    expect(page.get_by_role("heading", name="Questions")).to_be_visible()
    looked_at(page, "council-going-live", way)
    follow(page, page.locator("main").get_by_role("link", name="Papers", exact=True))
    looked_at(page, "council-papers", way)
    follow(page, page.get_by_role("link", name="Data protection impact assessment"))
    expect(page.locator("mark.gap").first).to_be_visible()
    looked_at(page, "council-paper", way)
    follow(page, page.get_by_role("link", name="Papers", exact=True))
    follow(page, named(page, "Hubs"))
    follow(page, page.locator("main").get_by_role("link", name="Derby IDCS at the Lighthouse"))
    write(page, "Reason", "They move to another building today.")
    follow(page, page.get_by_role("button", name="Pause it"))
    expect(page.get_by_text("Done").first).to_be_visible()
    looked_at(page, "council-hub-paused", way)
    write(page, "Reason", "They have moved.")
    follow(page, page.get_by_role("button", name="Let it go on"))
    expect(page.get_by_text("Done").first).to_be_visible()


def test_an_ig_lead_reads_a_decision_asks_who_looked_and_proves_it(sign: Sign, way: str) -> None:
    page = begin(sign, "tower_hamlets", "ig_lead", way)
    looked_at(page, "ig-home", way)
    follow(page, named(page, "Sharing log"))
    looked_at(page, "ig-log", way)
    follow(page, page.locator("main tr", has_text="Share, trimmed").get_by_role("link"))
    expect(page.get_by_role("heading", name="Sent and withheld")).to_be_visible()
    expect(page.get_by_text("this does not say that the sharing was right")).to_be_visible()
    looked_at(page, "ig-decision", way)
    write(page, "Why do you look?", "A sample of the quarter, number 4")
    follow(page, page.get_by_role("button", name="Who has looked, and why"))
    expect(page.get_by_role("heading", name="Who has looked")).to_be_visible()
    looked_at(page, "ig-readers", way)
    follow(page, page.get_by_role("link", name="The decision"))
    press(page, page.get_by_role("button", name="Download the evidence"))
    page.wait_for_url("**/step-up*")
    looked_at(page, "ig-step-up", way)
    follow(page, page.get_by_role("button", name="It is me"))
    with page.expect_download() as taken:
        press(page, page.get_by_role("button", name="Download the evidence"))
    assert taken.value.suggested_filename.startswith("evidence-")


HELD = {"desk": "Something is missing", "telephone": "What the family"}
"""Which of Leicester's two holds each way takes: what one decides, the other does not find."""


def test_a_hub_worker_takes_a_hold_reads_it_and_decides(sign: Sign, way: str) -> None:
    page = begin(sign, "leicester", "hub_duty", way)
    looked_at(page, "hub-home", way)
    follow(page, named(page, "Held"))
    follow(page, page.locator("main").get_by_role("link", name=HELD[way]))
    follow(page, page.get_by_role("button", name="Take it"))
    looked_at(page, "hub-hold-taken", way)
    write(page, "Why do you open it?", "To decide this hold with the school")
    follow(page, page.get_by_role("button", name="Open it"))
    expect(page.get_by_role("heading", name="Safety and staff risk")).to_be_visible()
    assert page.locator("dt", has_text="Sent to").count() == 0
    looked_at(page, "hub-hold-open", way)
    press(page, page.get_by_label("Tell the front door"), "Space")
    if not page.get_by_label("Decide not to share").is_checked():
        choose(page, "Decide not to share")
    follow(page, page.get_by_role("button", name="Record the decision"))
    assert page.title().startswith("Error: ")
    looked_at(page, "hub-hold-mistake", way)
    write(page, "Reason", "The family has found help elsewhere, and told me so today.")
    for part, value in (("Day", "14"), ("Month", "1"), ("Year", "2027")):
        write(page, part, value)
    follow(page, page.get_by_role("button", name="Record the decision"))
    expect(page.get_by_text("Ended", exact=True)).to_be_visible()
    looked_at(page, "hub-hold-decided", way)
    press(page, page.get_by_label("Yes, a person had to look"), "Space")
    follow(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_text("This hold counts as needed.")).to_be_visible()


def choose(page: Page, label: str) -> None:
    """Move within a group of answers with the arrow keys, as a keyboard does."""
    for _ in range(12):
        page.keyboard.press("ArrowDown")
        if page.get_by_label(label).is_checked():
            return
    raise AssertionError(f"no arrow leads to {label}")


def test_a_school_reads_what_became_of_a_request_and_keeps_a_copy(sign: Sign, way: str) -> None:
    page = begin(sign, "hull", "sender_lead", way)
    looked_at(page, "school-home", way)
    follow(page, named(page, "Our requests"))
    follow(page, page.locator("main table").last.get_by_role("link"))
    expect(page.get_by_role("heading", name="What became of it")).to_be_visible()
    looked_at(page, "school-request", way)
    write(page, "Why do you open it?", "To tell the family what became of it")
    follow(page, page.get_by_role("button", name="Open it"))
    looked_at(page, "school-request-open", way)
    write(page, "Why do you take a copy out?", " (a copy for our file)")
    follow(page, page.get_by_role("button", name="A copy to print"))
    follow(page, page.get_by_role("button", name="It is me"))
    with page.expect_download() as taken:
        press(page, page.get_by_role("button", name="A copy to print"))
    assert taken.value.suggested_filename.endswith(".html")
