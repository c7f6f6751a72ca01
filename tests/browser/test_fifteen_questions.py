"""What an IG lead must learn from the log within a minute (governance 2.1), each in at most three clicks.

Every question is asked twice: today, and three weeks on, when what senders wrote has been disposed of (`later`); 13 (a
new policy's doing) today alone: it is asked of what is there. The break-glass of 12 has pages of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from gateway.config.policytext import redated
from gateway.flows.acting import acting
from gateway.flows.evidence.proving import prove
from gateway.flows.policy import proposing
from gateway.store.tables import CONTENT, REFERRAL
from tests.browser.conftest import Played, Sign, by_menu
from tests.browser.later import DISPOSED, KEPT, Later, later
from tests.browser.test_children import child_of
from tests.demo.test_policy_on_the_tour import COUNCIL, loosened

__all__ = ["later"]

MOST = 3
TRIMMED = "Share, trimmed"
IN_A_WEEK = datetime.now(UTC) + timedelta(days=7)


@dataclass
class Clicks:
    """A page, and how often something on it was clicked."""

    page: Page
    many: int = 0

    def on(self, what: Locator) -> None:
        """Click it, and count that."""
        self.many += 1
        what.click()

    def link(self, name: str) -> None:
        """Open a page by the menu."""
        self.many += by_menu(self.page, name)

    def decision(self, title: str = TRIMMED) -> None:
        """From the start to the newest decision of that kind."""
        self.link("Sharing log")
        self.on(self.page.locator("tbody tr").filter(has_text=title).locator("th a").first)

    def details(self, name: str) -> None:
        """Open what is folded away."""
        self.on(self.page.locator("summary").filter(has_text=name))


@pytest.fixture(params=["today", "after disposal"])
def url(request: pytest.FixtureRequest, played: Played) -> str:
    """Where the questions are asked."""
    return played.url if request.param == "today" else str(request.getfixturevalue("later").url)


@pytest.fixture
def lead(sign: Sign, url: str) -> Clicks:
    """The IG lead of Tower Hamlets, at the start page."""
    return Clicks(sign("tower_hamlets", "ig_lead", url=url))


def main(page: Page) -> str:
    return page.inner_text("main")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, ("Tower Hamlets Early Help Enquiry Form", "Tower Hamlets Early Help Hub", "Arrived at the hub's system")),
        (2, ("UK GDPR Article 6(1)(e)", "Power or duty: Children Act 2004 section 10", "in its registration")),
        (3, ("In the words of the policy of that day", "An address must be kept secret.")),
        (6, ("Agreement and telling", "told of this sharing")),
        (7, ("People who decided", "No person has decided anything")),
        (8, ("On that day: Agreed to this.", "agreed, signed, on")),
        (14, ("Unaltered since", "Checked just now against a checkpoint of")),
    ],
    ids=str,
)
def test_the_page_of_a_decision_answers(lead: Clicks, number: int, said: tuple[str, ...]) -> None:
    lead.decision()
    assert [words for words in said if words not in main(lead.page)] == []
    assert lead.many <= MOST


def test_4_what_the_machine_saw_and_did_not_know(lead: Clicks) -> None:
    lead.decision()
    lead.details("What the gateway saw")
    expect(lead.page.get_by_text("Protect: address")).to_be_visible()
    expect(lead.page.get_by_text("Not known:")).to_be_visible()
    assert lead.many <= MOST


def test_5_what_was_withheld_by_which_rule_from_whom(lead: Clicks) -> None:
    lead.decision()
    assert "Withheld from Tower Hamlets Early Help Hub" in main(lead.page)
    lead.details("Each part that was kept back")
    assert "M-604" in main(lead.page)
    assert lead.many <= MOST


def test_9_who_has_looked_and_why(lead: Clicks) -> None:
    lead.decision("Held")
    lead.page.get_by_label("Why do you look?").fill("A complaint about who has read this")
    lead.on(lead.page.get_by_role("button", name="Who has looked"))
    assert lead.page.inner_text("h1") == "Who has looked"
    assert lead.many <= MOST


def test_10_every_place_a_childs_data_went(sign: Sign, played: Played, url: str) -> None:
    lead, child = Clicks(sign("hull", "ig_lead", url=url)), child_of(played, 10)
    lead.link("Find a child")
    lead.page.get_by_label("First name and surname").fill(f"{child.first_name} {child.surname}")
    for name in ("Day", "Month", "Year"):
        lead.page.get_by_label(name, exact=True).fill(str(getattr(child.date_of_birth, name.lower())))
    lead.page.get_by_label("Why do you look?").fill("She asks where her data went")
    lead.on(lead.page.get_by_role("button", name="Find", exact=True))
    lead.on(lead.page.get_by_role("button", name="Show everything"))
    assert lead.page.locator("tr", has_text="Sent").filter(has_text="Hull Locality Hub, North").count() >= 1
    assert lead.many <= MOST


def test_13_what_would_have_happened_under_the_new_policy(sign: Sign, played: Played) -> None:
    text = redated(loosened(played.stage.gateway.policy(COUNCIL).text, IN_A_WEEK), "13.0.0", IN_A_WEEK)
    author = acting(played.stage.gateway.council(COUNCIL), "mina.holt", "data_protection_officer")
    played.run(proposing.propose(played.stage.gateway, author, text, "To send fewer back to schools."))
    lead = Clicks(sign(COUNCIL, "ig_lead"))
    lead.link("Rules")
    lead.on(lead.page.get_by_role("link", name="What would have happened under version 13.0.0"))
    lead.page.get_by_label("Why do you look at what was decided?").fill("To see whom it would change")
    lead.on(lead.page.get_by_role("button", name="Rehearse it"))
    expect(lead.page.get_by_role("link", name="Show 1 case")).to_be_visible(timeout=60_000)
    assert "1 would have been different" in main(lead.page)
    assert lead.many <= MOST


@pytest.mark.parametrize(
    ("filtered", "choice", "found"),
    [
        ("Sharing agreement", "TH-EH-2026", True),
        ("Recipient", "Tower Hamlets Early Help Hub", True),
        ("Somebody recorded why it must be shared", "Yes", False),
        ("Protection", "Somebody must not be told", False),
    ],
    ids=["11 by agreement", "11 by agency", "12 overridden", "12 do not inform"],
)
def test_all_of_one_kind_are_listed_and_counted(lead: Clicks, filtered: str, choice: str, found: bool) -> None:
    lead.link("Sharing log")
    lead.details("Filter")
    lead.page.get_by_label(filtered, exact=True).select_option(label=choice)
    lead.on(lead.page.get_by_role("button", name="Show these"))
    assert (lead.page.locator("tbody tr").count() > 0) is found
    assert f"Filter: {filtered}" in main(lead.page)
    assert lead.many <= MOST


def test_15_what_is_kept_past_its_date_and_why(lead: Clicks, played: Played) -> None:
    lead.link("Retention")
    said = main(lead.page)
    if lead.page.url.startswith(played.url):
        assert "0 records are past the day of the council’s schedule" in said
    else:
        assert "1 record is past the day of the council’s schedule, of which 1 is held" in said
        assert KEPT in said
    assert lead.many <= MOST


def test_of_what_senders_wrote_only_what_is_held_is_left_and_the_record_verifies(later: Later) -> None:
    for council in DISPOSED:
        here = (
            select(REFERRAL.c.id).join(CONTENT, CONTENT.c.id == REFERRAL.c.filed).where(REFERRAL.c.council == council)
        )
        with later.gateway.store.read(council) as connection:
            assert len(connection.execute(here).all()) == 1, council
        report = prove(later.gateway.store, council, later.gateway.keys[council].record).report
        assert report.findings == ()
        assert report.disposed == 0  # of the record itself, nothing was due
