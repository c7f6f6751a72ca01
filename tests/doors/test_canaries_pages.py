"""No family's word leaves a page but in its body, and there only once the record says who reads it (O11, P24, P27).

Every page is opened as everybody, with wrong and with right input, over requests whose every field is planted. What was
found on the way is then asked for by another council: it looks like nothing at all.
"""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import update

from contracts.signin import SENDER_ROLES
from gateway.config.catalogue import Catalogue
from gateway.doors.pages.site import OPEN, PAGES
from gateway.flows.access import PEOPLE
from gateway.flows.gateway import Gateway
from gateway.flows.letters import Letter, write_due, written
from gateway.logs import JsonLines
from gateway.store.tables import DELIVERY, METADATA
from gateway.store.writer import Write
from tests.doors.crawling import TYPED, Crawler, Went
from tests.doors.test_canaries import CHANCE, MARK, planted, text_of
from tests.flows.test_access_pages import COUNCIL_ROLES, NOBODYS, SCHOOL
from tests.running import Door, counts, rows, running

HELD: dict[str, dict[str, Any]] = {
    "shared": {},
    "held": {"agreements": []},
    "routed": {"family": {"locality": "Elsewhere"}},
    "diverted": {"harm": {"level": "significant", "what_happened": "Zqharmzq."}},
}


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
        crawler = Crawler(gateway)

        async def everybody() -> None:
            for role in ("", *SENDER_ROLES, *COUNCIL_ROLES):
                await crawler.go(role)

        asyncio.run(everybody())
        yield Drive(gateway, crawler, heard.getvalue())
    root.removeHandler(handler)
    root.setLevel(level)


def peopled(catalogue: Catalogue) -> Catalogue:
    """The demonstration's councils, where every role has somebody."""
    hull, leicester = catalogue.councils["hull"], catalogue.councils["leicester"]
    roles = {role: replace(hull.roles["hub_duty"], people=(f"a.{role}",), cover="") for role in COUNCIL_ROLES}
    school = replace(hull.senders[SCHOOL], people={role: (f"a.{role}",) for role in SENDER_ROLES})
    changed = replace(hull, roles=dict(hull.roles) | roles, senders=dict(hull.senders) | {SCHOOL: school})
    other = next(name for name, one in leicester.senders.items() if one.may)
    theirs = replace(leicester.senders[other], people={role: (f"a.{role}",) for role in SENDER_ROLES})
    away = replace(leicester, roles=roles, senders=dict(leicester.senders) | {other: theirs})
    return replace(catalogue, councils=dict(catalogue.councils) | {"hull": changed, "leicester": away})


def marks(text: str) -> set[str]:
    return {word.lower() for word in MARK.findall(CHANCE.sub("", text))}


def test_the_drive_opened_most_pages_and_met_each_kind_of_refusal(drive: Drive) -> None:
    """What it cannot reach waits for a second person, for a day to pass, or for a file."""
    reached = {(one.method, one.row) for one in drive.went if one.answer.status_code < 400}
    assert len(reached) > len(PAGES) * 0.6
    assert {one.answer.status_code for one in drive.went} >= {200, 303, 403, 422}


def test_no_page_fails(drive: Drive) -> None:
    assert [str(one) for one in drive.went if one.answer.status_code >= 500] == []


def test_no_address_header_or_title_holds_a_word(drive: Drive) -> None:
    found = [
        str(one)
        for one in drive.went
        if marks(f"{one.answer.headers} {one.title}") or TYPED in f"{one.answer.headers} {one.title}"
    ]
    assert found == []


SAID = {"zqagencyzq": (*COUNCIL_ROLES,), "zqrecordzq": (*SENDER_ROLES,)}
"""Words that are no family's: whom to ring about a request, and a sender's own reference, with whom each is told to."""


def test_no_page_shows_a_word_before_the_record_says_who_reads_it(drive: Drive) -> None:
    found = [
        str(one)
        for one in drive.went
        for word in marks(one.answer.text) - marks(one.sent)
        if not one.read and one.role not in SAID.get(word, ())
    ]
    assert found == []


def test_some_pages_did_show_words_so_that_there_was_something_to_find(drive: Drive) -> None:
    shown = {one.row for one in drive.went if one.read and "zqfernsbyzq" in marks(one.answer.text)}
    assert len(shown) >= 3


def test_nobody_signed_in_sees_nothing(drive: Drive) -> None:
    assert [str(one) for one in drive.went if not one.role and marks(one.answer.text)] == []


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
    found = [
        table.name
        for table in METADATA.sorted_tables
        if table.name != "content"
        and marks(" ".join(text_of(value) for row in rows(drive.gateway, table.name) for value in row.values()))
    ]
    assert found == []


# The same addresses, asked for by another council --------------------------------------------------------------------

ID = re.compile(r"[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{26,}")


def addressed(drive: Drive) -> Iterator[tuple[str, str, str, str]]:
    """Method, row, an address that led somewhere in Hull, and the same about nothing."""
    seen: set[tuple[str, str]] = set()
    for one in drive.went:
        if one.answer.status_code >= 400 or (one.method, one.row) in seen or "{" not in one.row or not one.role:
            continue
        plain = one.path.partition("?")[0]
        none = "/".join(NOBODYS if ID.fullmatch(part) else part for part in plain.split("/"))
        if none != plain:
            seen.add((one.method, one.row))
            yield one.method, one.row, plain, none


def test_p27_what_is_another_councils_and_what_is_nobodys_are_the_same_bytes_on_every_page(drive: Drive) -> None:
    before, asked = standing(drive.gateway), [*addressed(drive), *guessed(drive)]
    assert {(method, row) for method, row, _, _ in asked} >= {
        (method, path) for method, path, operation, _ in PAGES if "{" in path and operation not in OPEN
    } - OF_NO_FAMILY
    assert asyncio.run(told_apart(drive.gateway, asked)) == []
    assert standing(drive.gateway) == before


OF_NO_FAMILY = {
    (method, path)
    for method, path, _, _ in PAGES
    if path.startswith(("/reports/{name}", "/going-live")) and "{id}" not in path
}
"""Pages whose parts are names of our own: they are the same in every council."""


def guessed(drive: Drive) -> Iterator[tuple[str, str, str, str]]:
    """The pages that the drive did not reach, with the id of each kind of thing in Hull for each of their parts."""
    reached = {(method, row) for method, row, _, _ in addressed(drive)}
    ids = {
        table: next((str(row[name]) for row in rows(drive.gateway, table) if row["council"] == "hull"), NOBODYS)
        for table, name in (
            ("referral", "id"),
            ("clock", "id"),
            ("decision", "id"),
            ("delivery", "id"),
            ("lookup", "token"),
        )
    }
    for method, row, operation, _ in PAGES:
        if "{" in row and operation not in OPEN and (method, row) not in reached:
            yield from (
                (method, row, re.sub(r"{\w+}", one, row), re.sub(r"{\w+}", NOBODYS, row)) for one in ids.values()
            )


def standing(gateway: Gateway) -> dict[str, int]:
    """How much each table holds, but for who is signed in, and for what the sealer does meanwhile."""
    return {name: many for name, many in counts(gateway).items() if name not in ("session", "checkpoint", "tile")}


async def told_apart(gateway: Gateway, asked: list[tuple[str, str, str, str]]) -> list[str]:
    """Where somebody of another council, whom the page lets in, sees which of the two addresses is Hull's."""
    operations = {(method, path): operation for method, path, operation, _ in PAGES}
    other = next(name for name, one in gateway.council("leicester").senders.items() if one.people)
    away, bad = Crawler(gateway, "leicester", other, most=100_000), []
    let_in = {operation: sorted({role for role, _ in pairs}) for operation, pairs in PEOPLE.items()}
    for role in (*SENDER_ROLES, *COUNCIL_ROLES):
        session = await away.session(role)
        for method, row, theirs, none in asked:
            # The first and the last whom the page lets in: that it lets in nobody else is tried elsewhere.
            if role not in {let_in[operations[method, row]][place] for place in (0, -1)}:
                continue
            answers = [await away.request(method, path, session, {"a": "b"}) for path in (theirs, none)]
            if len({(one.status_code, seen_by(one.text, theirs, none)) for one in answers}) != 1:
                bad.append(f"{method} {row} as {role}")
    return bad


def seen_by(text: str, theirs: str, none: str) -> str:
    """A page without what differs at each request: what was asked for, and until when the session lasts."""
    for one, other in zip(theirs.split("/"), none.split("/"), strict=True):
        text = text.replace(one, other) if one != other else text
    return re.sub(r"by [^<]*, or you are signed out", "", text)
