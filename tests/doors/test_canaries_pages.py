"""No family's word leaves a page but in its body, and there only once the record says who reads it (O11, P24, P27).

Every page is opened by every role that may, with wrong and with right input in each field, over requests whose every
field is planted.
"""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import update

from contracts.signin import SENDER_ROLES
from gateway.config.catalogue import Catalogue
from gateway.doors.pages.guides import GUIDES
from gateway.doors.pages.site import OPEN, PAGES
from gateway.flows.access import PEOPLE
from gateway.flows.follow_up import answerlinks
from gateway.flows.gateway import Gateway
from gateway.flows.telling.letters import Letter, write_due, written
from gateway.logs import JsonLines
from gateway.store.tables import DELIVERY, METADATA
from gateway.store.writer import Write
from tests.doors.crawling import LEAVES, TYPED, Crawler, Went
from tests.doors.test_canaries import CHANCE, MARK, planted, text_of
from tests.flows.things import COUNCIL_ROLES, NOBODYS, address, peopled
from tests.flows.things import planted as things_of
from tests.running import Door, rows, running

HELD: dict[str, dict[str, Any]] = {
    "shared": {},
    "held": {"agreements": []},
    "routed": {"family": {"locality": "Elsewhere"}},
    "diverted": {"harm": {"level": "significant", "what_happened": "Zqharmzq."}},
}


EVERYBODY = ("", *SENDER_ROLES, *COUNCIL_ROLES)


@dataclass
class Drive:
    """What one drive over every page left behind."""

    gateway: Gateway
    crawler: Crawler
    log: str

    @property
    def went(self) -> list[Went]:
        return self.crawler.went


@pytest.fixture(scope="module")
def drive(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drive]:
    """Every page as every role of Hull, over a request of each kind."""
    folder, heard = tmp_path_factory.mktemp("everywhere"), io.StringIO()
    handler = logging.StreamHandler(heard)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("markdown_it").setLevel(logging.INFO)  # at each block of each guide, which are our own words
    with running(peopled(catalogue), folder, (f"sqlite:///{folder}/gateway.db", "")) as gateway:
        door = Door(gateway)
        for once, changes in HELD.items():
            door.accepted(planted() | changes, once=once)
        arrived = update(DELIVERY).where(DELIVERY.c.kind == "referral").values(state="delivered", attempts=1)
        gateway.writer.run(Write(lambda tx: tx.execute(arrived) and None))
        crawler, addresses = Crawler(gateway), everywhere(gateway)

        async def everybody() -> None:
            for role in EVERYBODY:
                await straight(crawler, role, addresses, "GET")
            for role in EVERYBODY:
                await crawler.go(role)
            for role in EVERYBODY:
                await straight(crawler, role, addresses, "POST")

        asyncio.run(everybody())
        yield Drive(gateway, crawler, heard.getvalue())
    root.removeHandler(handler)
    root.setLevel(level)


Addresses = dict[tuple[str, str, str], str]
"""Method, row and operation → an address with a thing behind it."""


def everywhere(gateway: Gateway) -> Addresses:
    """An address of every page, about one thing of each kind of Hull's."""
    things = things_of(gateway, planted() | {"source": {"system": "canonical", "record_id": "T-1"}})
    hub = next(row["hub"] for row in rows(gateway, "delivery") if row["id"] == things["/arrived/{id}"]["id"])
    link = answerlinks.path(gateway, "hull", hub, things["/arrived/{id}"]["id"])
    open_to_all = {"link": link.rpartition("/")[2], "name": next(iter(GUIDES)), "council": "hull"}
    open_to_all["digest"] = gateway.policy("hull").digest
    return {
        (method, path, operation): address(things, path)
        if operation not in OPEN and "{" in path
        else re.sub(r"{(\w+)}", lambda part: open_to_all.get(part[1], NOBODYS), path)
        for method, path, operation, _ in PAGES
    }


async def straight(crawler: Crawler, role: str, addresses: Addresses, how: str) -> None:
    """Every page that a role may open, whether or not a link leads to it; or every form that it has not met, with
    nothing right in it."""
    session = await crawler.session(role) if role else None
    known = {one.row for one in crawler.went if (one.role, one.method) == (role, how)}
    for (method, row, operation), path in addresses.items():
        may = operation in OPEN or any(role == one for one, _ in PEOPLE[operation])
        if may and method == how and row not in LEAVES | known:
            form = dict.fromkeys(("purpose", "why", "words", "name", "answer"), TYPED)
            await crawler.visit(method, path, role, session, form if method == "POST" else None)


def marks(text: str) -> set[str]:
    return {word.lower() for word in MARK.findall(CHANCE.sub("", text))}


ELSEWHERE = {
    "/sign-in/with/{council}",
    "/sign-in/back",
    "/policies/{digest}/cases",
    "/rules/{council}/{digest}",
    "/statistics/{council}/{id}",
    "/statistics/{council}/{id}/csv",
}
"""Pages that need a provider of identities, a rehearsal that is done, or words and numbers that were published: they
have tests of their own, and name no family."""


def test_every_page_was_opened_by_every_role_that_may_and_by_one_at_least_with_something_on_it(drive: Drive) -> None:
    asked = {(one.role, one.row) for one in drive.went if one.method == "GET"}
    opened = {one.row for one in drive.went if one.method == "GET" and one.answer.status_code < 400}
    pages = {row: operation for method, row, operation, _ in PAGES if method == "GET"}
    let_in = {(role, row) for row, of in pages.items() if of not in OPEN for role, _ in PEOPLE[of]}
    assert let_in - asked == set()
    assert pages.keys() - opened == ELSEWHERE


def test_every_form_was_sent_and_each_kind_of_refusal_met(drive: Drive) -> None:
    sent = {one.row for one in drive.went if one.method == "POST"}
    assert {row for method, row, _, _ in PAGES if method == "POST"} - LEAVES - sent == set()
    assert {one.answer.status_code for one in drive.went} >= {200, 303, 403, 404, 409, 422}


def test_every_field_of_every_form_was_tried_with_a_wrong_value(drive: Drive) -> None:
    tried = {(one.row, name) for one in drive.went for name, value in parse_qsl(one.sent) if value == TYPED}
    filled = {(one.row, name) for one in drive.went if one.method == "POST" for name, _ in parse_qsl(one.sent)}
    assert len(filled) > 200
    assert filled - tried == set()


def test_no_page_fails(drive: Drive) -> None:
    assert [str(one) for one in drive.went if one.answer.status_code >= 500] == []


def test_no_address_header_or_title_holds_a_word(drive: Drive) -> None:
    found = [
        str(one)
        for one in drive.went
        if marks(f"{one.answer.headers} {one.title}") or TYPED in f"{one.answer.headers} {one.title}"
    ]
    assert found == []


LINK = re.compile(r'(?:href|action|formaction|src)="([^"]*)"')


def test_no_address_that_a_page_leads_to_holds_a_word(drive: Drive) -> None:
    for one in drive.went:
        links = " ".join(LINK.findall(one.answer.text)) if one.is_page else ""
        assert (marks(links), TYPED in links) == (set(), False), str(one)


SAID = {"zqagencyzq": (*COUNCIL_ROLES,), "zqrecordzq": (*SENDER_ROLES,)}
"""Words that are no family's: whom to ring about a request, and a sender's own reference, with whom each is told to."""


def test_no_page_shows_a_word_before_the_record_says_who_reads_it(drive: Drive) -> None:
    found = [
        f"{one} {word}"
        for one in drive.went
        for word in marks(one.answer.text) - marks(one.sent)
        if not one.read and one.role not in SAID.get(word, ())
    ]
    assert found == []


def test_some_pages_did_show_words_so_that_there_was_something_to_find(drive: Drive) -> None:
    shown = {one.row for one in drive.went if one.read and "zqfernsbyzq" in marks(one.answer.text)}
    assert len(shown) >= 3


def test_nobody_signed_in_sees_nothing(drive: Drive) -> None:
    nobodys = [one for one in drive.went if not one.role]
    assert [str(one) for one in nobodys if marks(one.answer.text) - marks(one.sent)] == []


def test_no_log_line_holds_a_word(drive: Drive) -> None:
    assert drive.log
    assert (marks(drive.log), TYPED in drive.log) == (set(), False)


def test_no_metric_holds_a_word(drive: Drive) -> None:
    from prometheus_client import generate_latest

    told = generate_latest(drive.gateway.measures.registry).decode()
    assert told
    assert (marks(told), TYPED in told) == (set(), False)


def test_no_mail_holds_a_word_in_its_head_or_its_body(drive: Drive) -> None:
    drive.gateway.writer.run(Write(lambda tx: write_due(drive.gateway, tx)))
    letters = [row for row in rows(drive.gateway, "letter") if row["state"] == "due"]
    names = ("id", "council", "kind", "recipient", "referral", "tell_at", "attempts")
    mails = [
        asyncio.run(written(drive.gateway, Letter(**{name: row[name] for name in names}), "gateway@early-help.example"))
        for row in letters
    ]
    sent = b"".join(mail.message for mail in mails if mail is not None).decode()
    assert "Subject: URGENT" in sent
    assert (marks(sent), TYPED in sent) == (set(), False)


def test_no_table_but_content_holds_a_word(drive: Drive) -> None:
    for table in METADATA.sorted_tables:
        if table.name != "content":
            held = " ".join(text_of(value) for row in rows(drive.gateway, table.name) for value in row.values())
            # Why somebody is signed in stands with the session, and goes with it.
            assert (marks(held), TYPED in held and table.name != "session") == (set(), False), table.name
