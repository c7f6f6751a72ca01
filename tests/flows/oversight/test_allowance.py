"""How many files one person takes out in a day, on both stores, with a clock that is moved (reliability 5.5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from contracts.errors import NoSuchAnswer, NotSentYet
from gateway.flows.acting import Acting
from gateway.flows.data_protection import worksheet
from gateway.flows.data_protection.packmarks import Mark
from gateway.flows.entry import READER, write_entry
from gateway.flows.evidence import exported
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.allowance import DAY
from gateway.flows.oversight.looked import CHILD, EVIDENCE, PACK, RECEIPT, REFUSED
from gateway.flows.reports import exporting
from gateway.path.telling import in_london
from gateway.store.writer import Write
from tests.flows.data_protection.test_rights import written
from tests.flows.data_protection.test_worksheet import decided, names, opened
from tests.flows.desks import REASON
from tests.flows.reports.test_reports import LEAD, OFFICER, WHY, made, row_of, who
from tests.running import Door, on_sqlite, rows

WAY = "signed in at the council"


def signed_in(gateway: Gateway, one: tuple[str, str] = LEAD) -> Acting:
    return replace(who(gateway, one), how=WAY)


def tight(gateway: Gateway, most: int = 2) -> Gateway:
    return replace(gateway, settings=gateway.settings.model_copy(update={"exports_a_day": most}))


def take(gateway: Gateway, report: str, by: Acting) -> str:
    name = row_of(gateway, "report", report)["name"]
    return asyncio.run(exporting.ask(gateway, by, report, "csv", WHY, name=name, wait=60))


def evidence(door: Door, gateway: Gateway, by: Acting) -> None:
    decision = next(row["id"] for row in rows(gateway, "decision"))
    # It is recorded that somebody takes it before it is looked for; so soon, nothing of it is sealed.
    with pytest.raises(NotSentYet):
        asyncio.run(exported.evidence(gateway, by, decision, WHY))


def refusals(gateway: Gateway) -> list[dict[str, Any]]:
    return [row for row in rows(gateway, "reading") if row["type"] == REFUSED]


def test_one_more_than_a_day_has_is_refused_until_the_first_is_a_day_old_and_the_record_says_so(door: Door) -> None:
    door.accepted()
    gateway = tight(door.gateway)
    lead, report = signed_in(gateway), made(gateway, "disclosure-log")
    first = take(gateway, report, lead)
    evidence(door, gateway, lead)
    again = row_of(gateway, "export", first)["at"] + DAY
    with pytest.raises(NoSuchAnswer, match="2 files within 24 hours") as refused:
        take(gateway, report, lead)
    assert in_london(again) in str(refused.value)
    assert "Data protection officer" in str(refused.value)
    assert [(row["person"], row["referral"]) for row in refusals(gateway)] == [(LEAD[0], "")]
    assert len(rows(gateway, "export")) == 1
    with pytest.raises(NoSuchAnswer, match="2 files"):
        take(replace(gateway, now=lambda: again - 1), report, lead)
    assert row_of(gateway, "export", take(replace(gateway, now=lambda: again), report, lead))["state"] == "ready"


@on_sqlite
def test_each_person_has_their_own_and_the_command_line_is_not_counted(door: Door) -> None:
    door.accepted()
    gateway = tight(door.gateway, 1)
    report = made(gateway, "disclosure-log")
    take(gateway, report, signed_in(gateway))
    take(gateway, report, signed_in(gateway, OFFICER))
    take(gateway, report, who(gateway, LEAD))
    as_admin = replace(signed_in(gateway), role="data_protection_officer")
    with pytest.raises(NoSuchAnswer, match="1 file"):
        take(gateway, report, as_admin)


@on_sqlite
def test_what_could_not_be_made_is_not_counted(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.accepted()
    gateway = tight(door.gateway, 1)
    lead, report = signed_in(gateway), made(gateway, "disclosure-log")
    with monkeypatch.context() as broken:
        broken.setattr(exporting, "write", _fails)
        assert row_of(gateway, "export", take(gateway, report, lead))["state"] == "failed"
    assert row_of(gateway, "export", take(gateway, report, lead))["state"] == "ready"


def _fails(*_: object) -> None:
    raise OSError("The disk is full")


Take = Callable[[Door, Gateway, Acting], Coroutine[Any, Any, Any]]


def _evidence(door: Door, gateway: Gateway, by: Acting) -> Coroutine[Any, Any, Any]:
    return exported.evidence(gateway, by, next(row["id"] for row in rows(gateway, "decision")), WHY)


def _pack(door: Door, gateway: Gateway, by: Acting) -> Coroutine[Any, Any, Any]:
    request = written(gateway)
    parts = names(gateway, request).values()
    opened(gateway, request, *parts)
    decided(gateway, request, *(Mark(name, "withhold", REASON, "third_party") for name in parts))
    asyncio.run(worksheet.preview(gateway, by, request, WHY))
    return worksheet.export(gateway, by, request, WHY)


@on_sqlite
@pytest.mark.parametrize("kind", [_evidence, _pack], ids=["evidence or a receipt", "a pack"])
def test_every_way_out_asks_and_a_refusal_writes_nothing_but_itself(door: Door, kind: Take) -> None:
    door.accepted()
    gateway = tight(door.gateway, 1)
    lead = signed_in(gateway)
    take(gateway, made(gateway, "disclosure-log"), lead)
    asking = kind(door, gateway, lead)
    before = len(rows(gateway, "entry"))
    with pytest.raises(NoSuchAnswer, match="within 24 hours"):
        asyncio.run(asking)  # type: ignore[arg-type]
    assert [row["type"] for row in rows(gateway, "entry")][before:] == [REFUSED]


@on_sqlite
@pytest.mark.parametrize(("kind", "counts"), [(EVIDENCE, 1), (RECEIPT, 1), (PACK, 1), (CHILD, 0), ("content.read", 0)])
def test_what_left_is_counted_and_what_was_only_read_is_not(door: Door, kind: str, counts: int) -> None:
    door.accepted()
    gateway = tight(door.gateway, 1)
    lead, report = signed_in(gateway), made(gateway, "disclosure-log")
    gateway.writer.run(Write(lambda tx: write_entry(tx, "hull", "", kind, lead.said, section=READER) and None))
    if counts:
        with pytest.raises(NoSuchAnswer, match="1 file"):
            take(gateway, report, lead)
    else:
        assert take(gateway, report, lead)
