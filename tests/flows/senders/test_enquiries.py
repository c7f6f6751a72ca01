"""A referral that a sender's people write by hand: sealed, theirs alone, sent once, gone when nobody touches it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import orjson
import pytest
from sqlalchemy import select

from contracts.enquiry import SOURCE
from contracts.errors import AnsweredAlready, GatewayError, NotAllowed, NotFound, NotYourRole, UnknownSource
from gateway.flows.acting import Acting, acting
from gateway.flows.gateway import Gateway
from gateway.flows.operations.ticks import tick
from gateway.flows.senders import drafts, enquiries
from gateway.flows.submissions import intake
from gateway.flows.submissions.preview import ledger_out
from gateway.path.calendar import day_of
from gateway.path.typed import Typed
from gateway.store.tables import CONTENT, DRAFT
from gateway.store.writer import Write
from tests.running import JSON, Door, on_sqlite, rows

T = TypeVar("T")
CHILD: Typed = {
    "people-first_name": ("Zqmayaz",),
    "people-surname": ("Zqfernsbyz",),
    "people-roles": ("child",),
    "people-date_of_birth-day": ("14",),
    "people-date_of_birth-month": ("3",),
    "people-date_of_birth-year": ("2017",),
    "people-addresses-lines": ("4 Invented Row",),
}
MOTHER: Typed = {
    "people-first_name": ("Joan",),
    "people-surname": ("Zqfernsbyz",),
    "people-roles": ("parent",),
    "people-why_needed": ("She asks for the help.",),
}
AGREED: Typed = {
    "agreements-0-giver": ("person-2",),
    "agreements-0-capacity": ("parent",),
    "agreements-0-holds_parental_responsibility": ("yes",),
    "agreements-0-status": ("given",),
    "agreements-0-form": ("signed",),
    "agreements-0-informed_of": ("What Early Help is, and that the hub will see this.",),
    "notices-given": ("yes",),
    "informed-parents-told": ("yes",),
}


def someone(
    gateway: Gateway, role: str = "sender_lead", council: str = "hull", sender: str = "invented_academy"
) -> Acting:
    home = gateway.council(council)
    return acting(home, home.senders[sender].people[role][0], role, sender=sender)


def run(work: Awaitable[T]) -> T:
    async def doing() -> T:
        return await work

    return asyncio.run(doing())


async def keep(gateway: Gateway, who: Acting, name: str, page: str, typed: Typed, person: str = "") -> enquiries.Saved:
    return await enquiries.save(gateway, who, name, page, typed, "", person)


async def written(gateway: Gateway, who: Acting, **changes: Typed) -> str:
    """A request that Hull's rules share, filled in page by page."""
    day = day_of(gateway.now())
    said = {f"agreements-0-on_date-{part}": (str(getattr(day, part)),) for part in ("day", "month", "year")}
    name = await enquiries.begin(gateway, who)
    pages: list[tuple[str, Typed, str]] = [
        ("part-0", {"harm-level": ("none_declared",)}, ""),
        ("part-1", {"requested_services-code": ("hu_parenting_support",), "family-locality": ("west",)}, ""),
        ("part-3", CHILD, "new"),
        ("part-4", MOTHER, "new"),
        ("part-5", {"relationships-person-2-person-1": ("PAM",)}, ""),
        ("part-6", {"reason": ("Zqreasonz, late most mornings.",), "needs-0-code": ("attendance",)}, ""),
        ("part-7", dict(AGREED) | said, ""),
    ]
    for page, typed, person in pages:
        more = changes.get(page.replace("-", "_"), {})
        saved = await keep(gateway, who, name, page, {**typed, **more}, person)
        assert saved.wrong == (), (page, [one.say for one in saved.wrong])
    return name


def refuses(error: type[GatewayError], work: Callable[[], Awaitable[object]]) -> str:
    async def doing() -> str:
        with pytest.raises(error) as caught:
            await work()
        return str(caught.value)

    return asyncio.run(doing())


def entries(gateway: Gateway, kind: str) -> list[dict[str, object]]:
    """What the record keeps of this type: its sections, opened."""
    held = {row["id"]: row["body"] for row in rows(gateway, "content")}
    found = [orjson.loads(held[row["sections"]]) for row in rows(gateway, "entry") if row["type"] == kind]
    return [{name: json.loads(part["value"]) for name, part in one.items()} for one in found]


def test_a_finished_request_goes_the_same_way_in_as_any_other_and_once(gateway: Gateway) -> None:
    lead = someone(gateway)

    async def sent_twice() -> tuple[str, str, str]:
        name = await written(gateway, lead)
        foreseen = (await drafts.draft(gateway, lead, name)).reference
        return foreseen, await enquiries.send(gateway, lead, name), await enquiries.send(gateway, lead, name)

    foreseen, first, second = run(sent_twice())
    assert foreseen == first == second
    (referral,) = rows(gateway, "referral")
    assert (referral["id"], referral["source"]) == (first, SOURCE)
    assert [row["outcome"] for row in rows(gateway, "decision")] == ["share"]
    (said,) = entries(gateway, "enquiry.sent")
    assert said["enquiry"]["sent_by"] == lead.name


def test_settled_2_the_ledger_of_a_request_by_hand_sums_to_what_was_written(gateway: Gateway) -> None:
    lead = someone(gateway)

    async def sent() -> None:
        await enquiries.send(gateway, lead, await written(gateway, lead))

    run(sent())
    (filed,) = [orjson.loads(row["body"]) for row in rows(gateway, "content") if row["kind"] == "filed"]
    (raw,) = [orjson.loads(row["body"]) for row in rows(gateway, "content") if row["kind"] == "raw"]
    assert filed["ledger"]
    assert len(filed["ledger"]) == _leaves(raw)
    assert {state for _, state, _, _ in filed["ledger"]} == {"mapped"}


def _leaves(node: object) -> int:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else None
    return 1 if inner is None else sum(map(_leaves, inner))


def test_a_draft_is_unreadable_in_the_bytes_of_the_store(gateway: Gateway) -> None:
    lead = someone(gateway)
    run(written(gateway, lead))

    def stored(tx):
        return [bytes(row.body) for row in tx.execute(select(CONTENT).where(CONTENT.c.kind == "draft"))]

    bodies = gateway.writer.run(Write(stored))
    plain = [row["body"] for row in rows(gateway, "content") if row["kind"] == "draft"]
    assert b"Zqfernsbyz" in plain[0]
    assert not any(word in body for body in bodies for word in (b"Zq", b"person-1", b"2017-03-14", lead.name.encode()))
    told = json.dumps([{**row, "content": ""} for row in rows(gateway, "draft")])
    assert "Zq" not in told
    database = str(gateway.settings.store)
    if database.startswith("sqlite"):
        folder = Path(database.removeprefix("sqlite:///")).parent
        assert not any(b"Zqfernsbyz" in path.read_bytes() for path in folder.glob("gateway.db*"))


@on_sqlite
def test_nobody_of_another_sender_or_council_finds_a_draft(gateway: Gateway) -> None:
    name = run(enquiries.begin(gateway, someone(gateway)))
    stranger = someone(gateway, council="leicester", sender="invented_college")
    neighbour = replace(someone(gateway), sender="social_care")
    for other in (stranger, neighbour):
        assert refuses(NotFound, lambda other=other: drafts.draft(gateway, other, name)) == refuses(
            NotFound, lambda other=other: drafts.draft(gateway, other, "0f" * 16)
        )
        assert run(drafts.listed(gateway, other)) == []


@on_sqlite
def test_somebody_who_did_not_write_it_is_in_the_record_before_they_see_it(gateway: Gateway) -> None:
    office, lead = someone(gateway, "sender_office"), someone(gateway)
    name = run(enquiries.begin(gateway, office))
    refuses(NotAllowed, lambda: drafts.draft(gateway, lead, name))
    run(drafts.open_it(gateway, lead, name))
    run(drafts.open_it(gateway, lead, name))
    (said,) = entries(gateway, "draft.read")
    assert said["draft"]["by"] == lead.name
    assert run(drafts.draft(gateway, lead, name)).started_by == office.name


@on_sqlite
def test_the_office_prepares_and_cannot_send_and_the_record_says_who_did_what(gateway: Gateway) -> None:
    office, lead = someone(gateway, "sender_office"), someone(gateway)
    name = run(written(gateway, office))
    refuses(NotYourRole, lambda: enquiries.send(gateway, office, name))
    run(drafts.ready(gateway, office, name))
    (waiting,) = run(drafts.listed(gateway, lead, drafts.READY))
    assert (waiting.prepared_by, waiting.initials, waiting.mine) == (office.name, "Z Z", False)
    run(drafts.open_it(gateway, lead, name))
    run(enquiries.send(gateway, lead, name))
    (said,) = entries(gateway, "enquiry.sent")
    assert (said["enquiry"]["prepared_by"], said["enquiry"]["sent_by"]) == (office.name, lead.name)


@on_sqlite
def test_whoever_saves_later_is_told_and_nothing_is_lost(gateway: Gateway) -> None:
    office, lead = someone(gateway, "sender_office"), someone(gateway)

    async def both() -> tuple[enquiries.Saved, enquiries.Saved]:
        name = await enquiries.begin(gateway, office)
        await drafts.open_it(gateway, lead, name)
        seen = enquiries.opened(gateway, lead, await drafts.draft(gateway, lead, name), "part-6")
        await enquiries.save(gateway, office, name, "part-6", {"reason": ("The office's words.",)}, seen.mark)
        clash = await enquiries.save(gateway, lead, name, "part-6", {"reason": ("The lead's words.",)}, seen.mark)
        assert clash.others is not None
        kept = await enquiries.save(gateway, lead, name, "part-6", {"reason": ("Both.",)}, clash.others.mark)
        return clash, kept

    clash, kept = run(both())
    assert clash.others is not None
    assert clash.others.typed["reason"] == ("The office's words.",)
    assert clash.draft.document["reason"] == "The office's words."
    assert kept.draft.document["reason"] == "Both."


@on_sqlite
def test_two_who_save_different_parts_lose_nothing_and_are_told_nothing(gateway: Gateway) -> None:
    lead = someone(gateway)

    async def both() -> drafts.Draft:
        name = await enquiries.begin(gateway, lead)
        found = await drafts.draft(gateway, lead, name)
        marks = {page: enquiries.opened(gateway, lead, found, page).mark for page in ("part-0", "part-6")}
        await enquiries.save(gateway, lead, name, "part-0", {"harm-level": ("possible",)}, marks["part-0"])
        return (await enquiries.save(gateway, lead, name, "part-6", {"reason": ("Why.",)}, marks["part-6"])).draft

    document = run(both()).document
    assert (document["harm"]["level"], document["reason"]) == ("possible", "Why.")
    assert document["harm"]["declared_by"] == lead.name


def test_a_draft_that_nobody_touches_for_30_days_is_gone_with_an_entry(gateway: Gateway) -> None:
    lead, started = someone(gateway), gateway.now()
    name = run(enquiries.begin(gateway, lead))
    later = replace(gateway, now=lambda: started + drafts.KEPT - 60_000)
    run(tick(later))
    assert [row["id"] for row in rows(gateway, "draft")] == [name]
    run(tick(replace(gateway, now=lambda: started + drafts.KEPT + 60_000)))
    assert rows(gateway, "draft") == []
    assert not any(row["kind"] == "draft" for row in rows(gateway, "content"))
    (said,) = entries(gateway, "draft.disposed")
    assert said["draft"] == {"draft": name, "sender": lead.sender, "state": "open", "untouched_days": 30}


@on_sqlite
def test_what_was_sent_is_no_longer_in_the_draft_and_cannot_be_changed_there(gateway: Gateway) -> None:
    lead = someone(gateway)
    name = run(written(gateway, lead))
    run(enquiries.send(gateway, lead, name))
    assert not any(row["kind"] == "draft" for row in rows(gateway, "content"))
    refuses(AnsweredAlready, lambda: keep(gateway, lead, name, "part-6", {"reason": ("Later.",)}))


@on_sqlite
def test_a_crash_between_sending_and_saying_so_sends_the_same_bytes_once(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = someone(gateway)
    name = run(written(gateway, lead))
    with monkeypatch.context() as patched:
        patched.setattr(drafts, "finish", _gone)
        with pytest.raises(ConnectionError):
            run(enquiries.send(gateway, lead, name))
    assert [row["state"] for row in rows(gateway, "draft")] == ["sending"]
    run(enquiries.send(gateway, lead, name))
    assert len(rows(gateway, "referral")) == 1
    assert [row["state"] for row in rows(gateway, "draft")] == ["sent"]


def _gone(*_: object) -> None:
    raise ConnectionError


@on_sqlite
def test_settled_31_a_child_in_danger_is_diverted_whatever_the_sender_is_registered_for(gateway: Gateway) -> None:
    lead = someone(gateway)

    async def looked() -> tuple[str, list[str]]:
        name = await written(gateway, lead, part_0={"harm-level": ("immediate",), "harm-what_happened": ("Zq.",)})
        found = await drafts.draft(gateway, lead, name)
        told = await enquiries.looked_at(gateway, lead, found)
        return told.ring, [one.outcome for one in told.would]

    ring, outcomes = run(looked())
    assert ring.startswith("Ring Hull Early Help and Safeguarding Hub now: 01632")
    assert "divert" in outcomes
    (row,) = run(drafts.listed(gateway, lead))
    assert row.danger


@on_sqlite
def test_names_written_before_it_became_an_enquiry_without_names_are_not_sent(gateway: Gateway) -> None:
    lead = someone(gateway)

    async def turned() -> drafts.Draft:
        name = await written(gateway, lead)
        return (await keep(gateway, lead, name, "part-1", {"purpose": ("consultation",)})).draft

    found = run(turned())
    assert b"Zqfernsbyz" in orjson.dumps(found.document)
    whole = orjson.dumps(enquiries.complete(gateway, found.document, found.id))
    assert not any(word in whole for word in (b"Zqfernsbyz", b"Zqmayaz", b"2017-03-14", b"Invented Row"))
    assert orjson.loads(whole)["anonymous"] is True


@on_sqlite
def test_another_child_of_a_family_that_was_sent_brings_the_household_and_not_the_needs(gateway: Gateway) -> None:
    lead, office = someone(gateway), someone(gateway, "sender_office")

    async def both() -> drafts.Draft:
        name = await written(gateway, lead)
        await enquiries.send(gateway, lead, name)
        return await drafts.draft(gateway, lead, await enquiries.another(gateway, lead, name))

    document = run(both()).document
    assert [one["roles"] for one in document["people"]] == [["sibling"], ["parent"]]
    assert document["people"][1]["first_name"] == "Joan"
    assert not {"needs", "reason"} & set(document)
    assert [one.get("status") for one in document["agreements"]] == [None]
    (said,) = entries(gateway, "content.read")
    assert said["reader"]["by"] == lead.name
    first = rows(gateway, "draft")[0]["id"]
    refuses(NotYourRole, lambda: enquiries.another(gateway, office, first))


@on_sqlite
def test_a_sender_that_is_not_registered_for_the_pages_writes_nothing_there(gateway: Gateway) -> None:
    lead = someone(gateway)
    bare = replace(lead.council.senders[lead.sender], sources=("school", "canonical"))
    council = replace(lead.council, senders=dict(lead.council.senders) | {lead.sender: bare})
    refuses(NotAllowed, lambda: enquiries.begin(gateway, replace(lead, council=council)))


@on_sqlite
def test_a_system_cannot_pass_for_somebody_who_writes_by_hand(gateway: Gateway) -> None:
    door = Door(gateway)
    answer = door.submit(SOURCE, b"{}", kind=JSON)
    assert answer.status_code == UnknownSource.status


@on_sqlite
def test_the_preview_of_a_system_still_sums_its_ledger(gateway: Gateway) -> None:
    lead = someone(gateway)

    async def read() -> dict[str, object]:
        name = await written(gateway, lead)
        found = await drafts.draft(gateway, lead, name)
        body = orjson.dumps(enquiries.complete(gateway, found.document, name))
        ((one, _),) = await intake.understand(gateway, intake.Sent(lead.caller, "hull", SOURCE, name, body, JSON))
        return ledger_out(one.ledger)

    told = run(read())
    assert told["leaves"] == told["mapped"]
    assert told["unmapped_at"] == []


def test_the_list_of_drafts_is_swept_whole_on_both_stores(gateway: Gateway) -> None:
    lead = someone(gateway)
    for _ in range(3):
        run(enquiries.begin(gateway, lead))
    swept = gateway.writer.run(Write(lambda tx: drafts.sweep(gateway, tx, gateway.now() + 2 * drafts.KEPT)))
    assert swept == 3
    assert gateway.writer.run(Write(lambda tx: tx.execute(select(DRAFT)).all())) == []
