"""A link in a mail, by which whoever reads a hub's mailbox says what became of one message (settled 46, rules 9.2)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from contracts.errors import NoSuchAnswer, NotFound, NotYourRole
from gateway.config.catalogue import Catalogue
from gateway.flows.acting import acting
from gateway.flows.delivery import linkends
from gateway.flows.follow_up import answerlinks
from gateway.flows.follow_up.answerlinks import LASTS, PUT_RIGHT
from tests.flows.desks import Desk
from tests.flows.returned import arrived, deliveries, outcome, sent, status
from tests.running import Door, a_hull_referral, rows, running

FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
HUB = "locality_west"


@pytest.fixture(scope="module")
def quick(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """One store for what changes nothing in it that another test would see."""
    folder = tmp_path_factory.mktemp("links")
    with running(catalogue, folder, (f"sqlite:///{folder}/gateway.db", "")) as gateway:
        yield Door(gateway)


def path(door: Door, delivery: str, hub: str = HUB, **changes: Any) -> str:
    return answerlinks.path(replace(door.gateway, **changes), "hull", hub, delivery)


def tell(door: Door, at: str, answer: str = "", once: str = "a", **said: str) -> httpx2.Response:
    content = urlencode({"answer": answer, "once": once} | said).encode()
    return door.post(at, content, key=None, headers=FORM)


def page(door: Door, at: str) -> httpx2.Response:
    return door.get(at, key=None, headers={"accept": "text/html"})


def test_settled_46_an_outcome_by_one_link_is_recorded_as_a_hubs_own_system_would(door: Door) -> None:
    referral, delivery = sent(door)
    at = path(door, delivery)
    told = tell(door, at, "outcome:allocated", words="The West team has it.")
    assert (told.status_code, told.headers["location"]) == (303, at)
    (row,) = rows(door.gateway, "event")
    assert (row["kind"], row["code"], row["by"]) == ("outcome", "allocated", "a link sent to the hub's mailbox")
    (said,) = status(door, referral)["outcomes"]
    assert (said["say"], said["words"]) == ("Targeted Early Help response", "The West team has it.")
    assert "hub.outcome" in {entry["type"] for entry in rows(door.gateway, "entry")}


def test_p5_the_same_form_twice_is_one_outcome_and_a_later_one_stands_instead(door: Door) -> None:
    referral, delivery = sent(door)
    at = path(door, delivery)
    for once, answer in (("a", "to_panel"), ("a", "to_panel"), ("b", "no_further_action")):
        assert tell(door, at, f"outcome:{answer}", once).status_code == 303
    assert len(rows(door.gateway, "event")) == 2
    assert status(door, referral)["tell"] == "No further action"


def test_opening_a_link_changes_nothing_and_tells_nothing_of_a_family(quick: Door) -> None:
    _, delivery = sent(quick, once="open")
    before = rows(quick.gateway, "entry"), rows(quick.gateway, "event")
    shown = page(quick, path(quick, delivery))
    assert shown.status_code == 200
    assert not re.search("Maya|Fernsby|Okoro|late most", shown.text + path(quick, delivery))
    assert (rows(quick.gateway, "entry"), rows(quick.gateway, "event")) == before


def test_rules_9_2_the_page_has_the_councils_own_words_for_this_hub_and_no_other(quick: Door) -> None:
    _, delivery = sent(quick, once="words")
    shown = unescape(page(quick, path(quick, delivery)).text)
    council = quick.gateway.council("hull")
    for row in council.outcomes.values():
        assert (row.title in shown) is (not row.hubs or HUB in row.hubs), row.title


def test_every_link_that_does_not_count_looks_the_same(quick: Door) -> None:
    _, delivery = sent(quick, once="same")
    good = path(quick, delivery)
    council, _, hub, until, digest = good.rpartition("/")[2].split(".")
    old = path(quick, delivery, now=lambda: quick.gateway.now() - LASTS - 2_000)
    wrong = [
        f"/outcome/{council}.{delivery}.{hub}.{until}.{'0' * len(digest)}",
        f"/outcome/{council}.{delivery}.{hub}.{int(until) + 1}.{digest}",
        f"/outcome/{council}.{delivery}.team.{until}.{digest}",
        f"/outcome/{council}.{'0f' * 16}.{hub}.{until}.{digest}",
        f"/outcome/leicester.{delivery}.{hub}.{until}.{digest}",
        f"/outcome/nowhere.{delivery}.{hub}.{until}.{digest}",
        path(quick, delivery, hub="locality_east"),
        old,
        f"{good}.more",
        "/outcome/nothing",
        "/outcome/hull.%00.hub.1.x",
        "/outcome/hull.%C3%A9.hub.%C2%B9.x",
    ]
    seen = {(one.status_code, one.content) for one in (page(quick, at) for at in wrong)}
    assert len(seen) == 1
    assert {one[0] for one in seen} == {404}
    told = {(one.status_code, one.content) for one in (tell(quick, at, "outcome:allocated") for at in wrong)}
    assert told == seen


def test_a_link_counts_for_fourteen_days_and_not_a_second_more(quick: Door) -> None:
    _, delivery = sent(quick, once="days")
    now = quick.gateway.now() // 1000 * 1000
    token = path(quick, delivery, now=lambda: now).rpartition("/")[2]

    def open_at(at: int) -> answerlinks.Asked:
        return asyncio.run(answerlinks.opened(replace(quick.gateway, now=lambda: at), token))

    assert open_at(now + LASTS).until == now + LASTS
    with pytest.raises(NotFound):
        open_at(now + LASTS + 1)


def open_later(door: Door, at: str, after: int) -> int:
    """The status of a link's page, so many milliseconds from now."""
    later = replace(door.gateway, now=lambda: door.gateway.now() + after)
    try:
        asyncio.run(answerlinks.opened(later, at.rpartition("/")[2]))
    except NotFound:
        return 404
    return 200


def test_a_link_ends_an_hour_after_the_outcome_was_told_whoever_told_it(quick: Door) -> None:
    """Within the hour whoever pressed the wrong one puts it right."""
    _, delivery = sent(quick, once="hour")
    at, team = path(quick, delivery), answerlinks.path(quick.gateway, "hull", HUB, delivery, "team")
    outcome(quick, delivery, "declined", words="No.")
    assert tell(quick, at, "outcome:allocated").status_code == 303
    assert [open_later(quick, one, PUT_RIGHT - 60_000) for one in (at, team)] == [200, 200]
    assert [open_later(quick, one, PUT_RIGHT + 60_000) for one in (at, team)] == [404, 404]


def test_a_link_goes_on_while_the_same_hub_decides_again(quick: Door) -> None:
    _, delivery = sent(quick, once="panel")
    at = path(quick, delivery)
    assert tell(quick, at, "outcome:to_panel").status_code == 303
    assert open_later(quick, at, PUT_RIGHT + 60_000) == 200
    assert tell(quick, at, "outcome:allocated").status_code == 303
    assert open_later(quick, at, PUT_RIGHT + 60_000) == 404


WORKER = ("bram.ellis", "hub_duty")


def test_the_council_ends_every_link_of_one_message_and_of_no_other(quick: Door) -> None:
    desk = Desk(quick.gateway)
    referral, delivery = sent(quick, once="astray")
    _, other = sent(quick, once="not-astray")
    at, team = path(quick, delivery), answerlinks.path(quick.gateway, "hull", HUB, delivery, "team")
    with pytest.raises(NoSuchAnswer):
        desk.ask("end_links", WORKER, delivery=delivery, reason="Oops")
    desk.ask("end_links", WORKER, delivery=delivery, reason="The mail went to a mailbox of another council.")
    unknown = page(quick, "/outcome/nothing")
    for link in (at, team):
        assert (page(quick, link).status_code, page(quick, link).content) == (404, unknown.content)
        assert tell(quick, link, "outcome:allocated").status_code == 404
    assert page(quick, path(quick, other)).status_code == 200
    newer = path(quick, delivery, now=lambda: quick.gateway.now() + 1_000)
    assert page(quick, newer).status_code == 200, "a mail that is sent later carries a link that counts"
    desk.ask("end_links", WORKER, delivery=delivery, reason="That one went astray as well.")
    (entry, *_) = [row for row in rows(quick.gateway, "entry") if row["type"] == "links.ended"]
    assert entry["referral"] == referral


@pytest.mark.parametrize(
    ("who", "council", "error"),
    [
        (("ruth.lane", "ig_lead"), "hull", NotYourRole),
        (("dale.frost", "practice_manager"), "hull", NotYourRole),
        ((), "leicester", NotFound),
    ],
)
def test_nobody_else_ends_a_link(quick: Door, who: tuple[str, str], council: str, error: type[Exception]) -> None:
    _, delivery = sent(quick, once=f"nobody-{council}-{who[1:]}".replace(" ", ""))
    home = quick.gateway.council(council)
    somebody = acting(home, *(who or (home.roles["hub_duty"].people[0], "hub_duty")))
    with pytest.raises(error):
        asyncio.run(linkends.end(quick.gateway, somebody, delivery, "It went to the wrong mailbox."))
    assert page(quick, path(quick, delivery)).status_code == 200


def test_a_message_is_found_by_the_reference_in_its_mail_and_says_whether_its_links_count(quick: Door) -> None:
    who = acting(quick.gateway.council("hull"), *WORKER)
    referral, delivery = sent(quick, once="found")

    def found(named: str) -> list[tuple[str, bool]]:
        rows, _ = asyncio.run(linkends.listed(quick.gateway, who, HUB, named=named))
        return [(one.id, one.counts) for one in rows]

    assert found(referral[:8]) == found(delivery) == [(delivery, True)]
    assert found("%%%%%%%%") == []
    asyncio.run(linkends.end(quick.gateway, who, delivery, "It went to the wrong mailbox."))
    assert found(referral) == [(delivery, False)]


def test_a_council_knows_whom_this_deployment_mails_links(quick: Door) -> None:
    """Only where a page can be opened from outside, and mail leaves."""
    catalogue, settings = quick.gateway.catalogue, quick.gateway.settings
    assert answerlinks.mailed(catalogue, settings) is catalogue
    public = {"public_url": "https://gateway.hull.example", "mail_relay": "relay.hull.example:25"}
    hull = answerlinks.mailed(catalogue, settings.model_copy(update=public)).councils["hull"]
    assert hull.links.roles == {"hub_duty", "hub_manager", "front_door"}
    assert not hull.links.hubs, "none of its hubs takes mail"


@pytest.mark.parametrize(
    ("answer", "said", "field"),
    [
        ("", {}, "answer"),
        ("outcome:declined", {}, "words"),
        ("outcome:escalated_social_care", {}, "answer"),
        ("outcome:nonsense", {}, "answer"),
        ("event:more_information_asked", {}, "words"),
        ("event:notice_acknowledged", {}, "answer"),
        ("nonsense", {}, "answer"),
        ("outcome:declined", {"words": "x" * 200_000}, "words"),
    ],
)
def test_what_is_missing_is_said_beside_its_field_and_nothing_is_kept(
    quick: Door, answer: str, said: dict[str, str], field: str
) -> None:
    _, delivery = sent(quick, once=f"{answer}{field}{len(said)}")
    before = len(rows(quick.gateway, "event"))
    told = tell(quick, path(quick, delivery), answer, **said)
    assert told.status_code == 422
    assert f'href="#{field}"' in told.text
    assert len(rows(quick.gateway, "event")) == before


def test_a_question_by_a_link_opens_on_the_same_referral(quick: Door) -> None:
    referral, delivery = sent(quick, once="question")
    tell(quick, path(quick, delivery), "event:more_information_asked", words="Which days is she late?")
    (question,) = status(quick, referral)["questions"]
    assert (question["words"], question["state"]) == ("Which days is she late?", "open")


def test_a_notice_asks_only_whether_it_was_read_and_its_clock_stops(quick: Door) -> None:
    referral, _ = sent(quick, once="notice")
    quick.post(f"/v1/referrals/{referral}/withdrawal")
    arrived(quick, referral)
    (notice,) = deliveries(quick, referral, "notice")
    at = path(quick, notice["id"])
    shown = unescape(page(quick, at).text)
    assert "The notice was read." in shown
    assert "Targeted Early Help response" not in shown
    assert tell(quick, at, "event:notice_acknowledged").status_code == 303
    assert [one["state"] for one in status(quick, referral)["notices"]] == ["acknowledged"]


def test_nothing_can_be_said_of_a_message_that_has_not_left(quick: Door) -> None:
    referral = quick.accepted(a_hull_referral(), once="unsent")
    delivery = deliveries(quick, referral)[0]["id"]
    told = tell(quick, path(quick, delivery), "outcome:allocated")
    assert (told.status_code, "has not left here yet" in told.text) == (422, True)


def test_a_form_from_another_site_is_refused(quick: Door) -> None:
    _, delivery = sent(quick, once="site")
    content = urlencode({"answer": "outcome:allocated", "once": "a"}).encode()
    told = quick.post(path(quick, delivery), content, key=None, headers=FORM | {"sec-fetch-site": "cross-site"})
    assert told.status_code == 403


def test_where_people_can_open_no_page_there_is_no_link(quick: Door) -> None:
    public = quick.gateway.settings.model_copy(update={"public_url": "https://gateway.hull.example"})
    assert answerlinks.link(quick.gateway, "hull", HUB, "d-1") == ""
    linked = answerlinks.link(replace(quick.gateway, settings=public), "hull", HUB, "d-1")
    assert linked.startswith("https://gateway.hull.example/outcome/hull.d-1.hub.")
    assert len(linked) < 200
