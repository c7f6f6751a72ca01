"""The register of what people asked of their rights: its days, its clocks, its pauses, and what names people sealed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from contracts.council import Hours
from contracts.errors import AnsweredAlready, GatewayError, NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.acting import Acting, acting
from gateway.flows.data_protection import answering, retaining, rights, writingdown
from gateway.flows.data_protection.writingdown import Given
from gateway.flows.evidence.proving import prove
from gateway.flows.gateway import Gateway
from gateway.flows.operations.ticks import tick
from gateway.flows.telling.alarms import tellings
from gateway.path import rights as law
from gateway.store.tables import CONTENT
from gateway.store.writer import Write
from tests.flows.desks import HUB, IG, REASON
from tests.running import Door, a_hull_referral, rows

DPO = ("kit.moor", "data_protection_officer")
ASKER = "Joan Quillwort, her mother, by letter; I know her from the meeting."
DAY = 86_400_000
BORN = date.fromisoformat(a_hull_referral()["people"][0]["date_of_birth"])


def who(gateway: Gateway, person: tuple[str, str] = IG) -> Acting:
    return acting(gateway.council("hull"), *person)


def at(gateway: Gateway, day: date) -> Gateway:
    ms = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)
    return replace(gateway, now=lambda: ms)


def today(gateway: Gateway) -> date:
    return datetime.fromtimestamp(gateway.now() / 1000, UTC).date()


def given(gateway: Gateway, kind: str = "access", **more: Any) -> Given:
    child = a_hull_referral()["people"][0]
    name = f"{child['first_name']} {child['surname']}"
    return Given(kind, today(gateway), ASKER, REASON, **({"name": name, "born": BORN} | more))


def written(gateway: Gateway, kind: str = "access", person: tuple[str, str] = IG, **more: Any) -> str:
    return asyncio.run(writingdown.write_down(gateway, who(gateway, person), given(gateway, kind, **more)))


def act(gateway: Gateway, request: str, what: str, choice: str = "") -> str:
    return asyncio.run(answering.act(gateway, who(gateway), request, what, REASON, choice))


def row_of(gateway: Gateway, request: str) -> dict[str, Any]:
    return next(row for row in rows(gateway, "rights_request") if row["id"] == request)


def running(gateway: Gateway, request: str) -> list[str]:
    return [row["kind"] for row in rows(gateway, "clock") if row["delivery"] == request and row["state"] == "running"]


# Days -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "received", "due"),
    [
        ("access", date(2026, 11, 23), date(2026, 12, 23)),
        ("access", date(2026, 11, 26), date(2026, 12, 29)),  # a Saturday and a bank holiday, and the next working day
        ("access", date(2027, 1, 31), date(2027, 3, 1)),  # no 31st of February: its last day is a Sunday
        ("complaint", date(2026, 11, 1), date(2026, 11, 30)),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_next_working_one(kind: str, received: date, due: date) -> None:
    assert law.due(kind, received, Hours()) == due


def test_two_months_more_count_from_when_it_came_with_the_days_it_stood() -> None:
    assert law.extended(date(2026, 11, 23), 0, Hours()) == date(2027, 2, 23)
    assert law.extended(date(2026, 11, 23), 3, Hours()) == date(2027, 2, 26)


def test_article_12a_time_stands_while_something_is_missing_and_the_days_are_added(door: Door) -> None:
    request = written(door.gateway)
    before = row_of(door.gateway, request)["due_at"]
    assert running(door.gateway, request) == ["right:access"]
    act(door.gateway, request, "stop", "clarification")
    assert running(door.gateway, request) == []
    door.gateway.writer.run(
        Write(lambda tx: tx.execute(_stopped_earlier(request, 4)))
    )  # the writer's clock is the machine's
    act(door.gateway, request, "start")
    row = row_of(door.gateway, request)
    assert row["stood"] == 4
    assert row["due_at"] >= before + 4 * DAY - 3_600_000
    assert running(door.gateway, request) == ["right:access"]


def _stopped_earlier(request: str, days: int) -> Any:
    table = rights.register.RIGHT
    return table.update().where(table.c.id == request).values(stopped_at=table.c.stopped_at - days * DAY)


def test_s164a_the_time_of_a_complaint_never_stands_and_ends_after_it_was_acknowledged(door: Door) -> None:
    request = written(door.gateway, "complaint", name="", born=None)
    with pytest.raises(NoSuchAnswer):
        act(door.gateway, request, "stop", "identity")
    with pytest.raises(NoSuchAnswer, match="Acknowledge"):
        act(door.gateway, request, "close", "upheld")
    act(door.gateway, request, "acknowledge")
    assert running(door.gateway, request) == ["right:progress"]
    act(door.gateway, request, "note")
    act(door.gateway, request, "close", "not_upheld")
    assert running(door.gateway, request) == []
    with pytest.raises(AnsweredAlready):
        act(door.gateway, request, "note")


def test_what_is_overdue_is_told_to_the_ig_lead_and_the_data_protection_officer_and_each_apart(door: Door) -> None:
    early = written(door.gateway)
    written(door.gateway, "erasure")
    act(door.gateway, early, "extend")
    later = at(door.gateway, date.fromordinal(today(door.gateway).toordinal() + 40))
    asyncio.run(tick(later, align=False))
    told = asyncio.run(tellings(later, "hull"))
    heard = [(one.role, one.what) for one in told if "request has not been answered" in one.what]
    assert sorted(heard) == [
        (role, "Somebody's request has not been answered: delete it.")
        for role in ("data_protection_officer", "ig_lead")
    ]
    listed = asyncio.run(rights.listed(later, who(later)))
    assert [(one["kind"], one["overdue"]) for one in listed["rows"]] == [("erasure", True), ("access", False)]


# What names people ----------------------------------------------------------------------------------------------------


def test_what_names_people_is_sealed_and_no_entry_holds_it(door: Door) -> None:
    request = written(door.gateway)
    act(door.gateway, request, "note")
    stored = door.gateway.writer.run(Write(lambda tx: b"".join(tx.execute(select(CONTENT.c.body)).scalars())))
    assert b"Quillwort" not in stored
    entries = [row for row in rows(door.gateway, "content") if row["kind"] == "sections"]
    assert not any(word in row["body"] for row in entries for word in (b"Quillwort", b"Maya", REASON.encode()))


def test_it_is_read_only_once_the_record_says_who_and_why(door: Door) -> None:
    request = written(door.gateway)
    assert "Quillwort" not in json.dumps(asyncio.run(rights.show(door.gateway, who(door.gateway), request)))
    with pytest.raises(NoSuchAnswer):
        asyncio.run(rights.read(door.gateway, who(door.gateway), request, ""))
    told = asyncio.run(rights.read(door.gateway, who(door.gateway), request, REASON))
    assert told["asker"] == ASKER
    assert [row["type"] for row in rows(door.gateway, "entry") if row["referral"] == request] == [
        "rights.opened",
        "rights.read",
    ]


def test_it_names_the_requests_it_is_about_with_their_decisions(door: Door) -> None:
    referral = door.accepted()
    shown = asyncio.run(rights.show(door.gateway, who(door.gateway), written(door.gateway)))
    assert [one["id"] for one in shown["referrals"]] == [referral]
    assert shown["referrals"][0]["decisions"]


def test_a_sealed_file_is_found_by_nobody_who_is_not_named_for_it(door: Door) -> None:
    child, mother = a_hull_referral()["people"]
    door.accepted(a_hull_referral(people=[child | {"protection": ["sealed"]}, mother]))
    request = written(door.gateway)
    assert asyncio.run(rights.show(door.gateway, who(door.gateway), request))["referrals"] == []


def test_another_spelling_is_searched_for_with_a_reason(door: Door) -> None:
    referral = door.accepted()
    request = written(door.gateway, name="Mia Fernsby")
    assert asyncio.run(rights.show(door.gateway, who(door.gateway), request))["referrals"] == []
    name = given(door.gateway).name
    assert asyncio.run(answering.search(door.gateway, who(door.gateway), request, name, BORN, REASON)) == 1
    (found,) = asyncio.run(rights.show(door.gateway, who(door.gateway), request))["referrals"]
    assert found["id"] == referral


# Who may --------------------------------------------------------------------------------------------------------------


def test_whoever_hears_it_writes_it_down_and_only_information_governance_goes_on(door: Door) -> None:
    request = written(door.gateway, person=HUB)
    for work in (
        rights.listed(door.gateway, who(door.gateway, HUB)),
        rights.show(door.gateway, who(door.gateway, HUB), request),
        rights.read(door.gateway, who(door.gateway, HUB), request, REASON),
        answering.act(door.gateway, who(door.gateway, HUB), request, "note", REASON),
    ):
        with pytest.raises(NotYourRole):
            asyncio.run(work)


def test_another_councils_request_and_none_are_told_apart_by_nobody(door: Door) -> None:
    request = written(door.gateway)
    leicester = door.gateway.council("leicester")
    name = leicester.roles["ig_lead"].people[0]
    said = []
    for one in (request, "nothing"):
        with pytest.raises(NotFound) as error:
            asyncio.run(rights.show(door.gateway, acting(leicester, name, "ig_lead"), one))
        said.append(str(error.value))
    assert said[0] == said[1]


def test_the_decision_it_is_about_is_one_of_ours_by_whichever_reference(door: Door) -> None:
    """The register keeps its id and never what somebody typed: that field is not sealed."""
    referral = door.accepted()
    decision = next(row["id"] for row in rows(door.gateway, "decision") if row["referral"] == referral)
    for reference in (decision, referral, referral[:8].upper()):
        assert row_of(door.gateway, written(door.gateway, about=reference))["about"] == decision
    before = len(rows(door.gateway, "rights_request"))
    with pytest.raises(NoSuchAnswer, match="no decision of that reference"):
        written(door.gateway, about="0f" * 16)
    assert len(rows(door.gateway, "rights_request")) == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "wish"}, "kind"),
        ({"received": None}, "received-day"),
        ({"received": date(2999, 1, 1)}, "received-day"),
        ({"asker": "Joan"}, "asker"),
        ({"words": ""}, "words"),
        ({"name": ""}, "name"),
        ({"name": "", "born": None}, "name"),
        ({"about": "Maya Quillwort"}, "about"),
    ],
)
def test_what_is_missing_is_said_at_its_field(door: Door, changes: dict[str, Any], field: str) -> None:
    asked = replace(given(door.gateway), **changes)
    assert set(writingdown.missing(asked, today(door.gateway))) == {field}
    with pytest.raises(GatewayError):
        asyncio.run(writingdown.write_down(door.gateway, who(door.gateway), asked))


# How long it is kept --------------------------------------------------------------------------------------------------


def test_nothing_goes_while_a_request_about_it_is_open_and_the_request_itself_goes_when_its_time_is_over(
    door: Door,
) -> None:
    door.accepted()
    request = written(door.gateway)
    officer, lead = who(door.gateway, DPO), who(door.gateway)
    later = at(door.gateway, date(today(door.gateway).year + 7, 1, 1))
    held = [one["by"] for item in asyncio.run(retaining.listed(later, lead, {}))["due"] for one in item["held"]]
    assert lead.name in held
    act(door.gateway, request, "close", "given")
    due = asyncio.run(retaining.listed(later, lead, {}))["due"]
    assert [item["referral"] for item in due if item["record"] == "rights"] == [request]
    made = asyncio.run(retaining.propose(later, lead, {}))
    assert len(asyncio.run(retaining.confirm(later, officer, {"list": made["list"]}))["disposed"]) >= 1
    assert (row_of(door.gateway, request)["said"], row_of(door.gateway, request)["token"]) == ("", "")
    assert not any(b"Quillwort" in row["body"] for row in rows(door.gateway, "content"))
    assert asyncio.run(rights.show(later, lead, request))["gone"]
    door.gateway.writer.run(door.gateway.sealer.seal_now())
    assert prove(door.gateway.store, "hull", door.gateway.keys["hull"].record).report.findings == ()
