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

from contracts.errors import NotFound
from gateway.config.catalogue import Catalogue
from gateway.flows import answerlinks
from gateway.flows.answerlinks import LASTS
from tests.flows.returned import arrived, deliveries, sent, status
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
