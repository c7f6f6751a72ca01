"""Reports as they are made, reviewed, signed and taken out, on both stores where the store matters."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import pytest

from contracts import verify_evidence
from contracts.errors import NoSuchAnswer, NotFound, NotYourRole
from gateway.config.catalogue import Catalogue
from gateway.flows.acting import Acting, acting
from gateway.flows.entry import READER, write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.glassreview import REVIEWED
from gateway.flows.oversight.looked import BROKEN
from gateway.flows.reports import expiring, exporting, making, shelf, signing
from gateway.flows.reports.defined import DEFINITIONS
from gateway.flows.reports.exporting import ALONE
from gateway.flows.reports.lines import Row
from gateway.flows.reports.question import read_question
from gateway.path.calendar import day_of
from gateway.store import content
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.flows.desks import NO, Desk
from tests.running import Door, a_hull_referral, on_sqlite, rows, running

T = TypeVar("T")
WHY = "The monthly review of what was shared"
LASTS = 14 * 86_400_000
LEAD, OFFICER = ("ruth.lane", "ig_lead"), ("kit.moor", "data_protection_officer")
CANARY = "Zqreasonzq"
SEALED = [a_hull_referral()["people"][0] | {"protection": ["sealed"]}, a_hull_referral()["people"][1]]


def wait(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def who(gateway: Gateway, one: tuple[str, str], council: str = "hull") -> Acting:
    return acting(gateway.council(council), *one)


def asked(gateway: Gateway, name: str, **given: str) -> Any:
    definition = DEFINITIONS[name]
    council = gateway.council("hull")
    return read_question(
        lambda field: given.get(field.replace("-", "_"), ""),
        definition.filters,
        definition.period,
        council,
        gateway.policy("hull"),
        gateway.now(),
    )


def made(gateway: Gateway, name: str, by: tuple[str, str] = LEAD, **given: str) -> str:
    """The id of a report that is ready."""
    report = wait(making.make(gateway, who(gateway, by), name, asked(gateway, name, **given), wait=60))
    row = next(row for row in rows(gateway, "report") if row["id"] == report)
    return str(row["entry"]) if row["state"] == "same" else report


def lines(gateway: Gateway, name: str, report: str, sheet: int = 0) -> list[Row]:
    found = wait(shelf.one(gateway, who(gateway, LEAD), name, report, size=10_000))
    return [row for row in found.rows if row.sheet == sheet]


def row_of(gateway: Gateway, table: str, name: str) -> dict[str, Any]:
    return next(row for row in rows(gateway, table) if row["id"] == name)


def entries(gateway: Gateway, kind: str) -> list[str]:
    return [row["rid"] for row in rows(gateway, "entry") if row["type"] == kind]


@pytest.fixture(scope="module")
def told(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One store for all that only reads: three requests, one of them held and one of them sealed."""
    folder = tmp_path_factory.mktemp("reports")
    with running(catalogue, folder, (f"sqlite:///{folder}/gateway.db", "")) as gateway:
        plant(gateway)
        yield gateway


def plant(gateway: Gateway) -> None:
    door = Door(gateway)
    door.accepted(a_hull_referral(reason=f"{CANARY} is late."), once="shared")
    door.accepted(a_hull_referral(agreements=NO), once="held")
    door.accepted(a_hull_referral(people=SEALED), once="sealed")


# Making -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [name for name, one in DEFINITIONS.items() if one.period == "days" and not one.content]
)
def test_every_report_is_made_of_its_columns_and_names_nobody(told: Gateway, name: str) -> None:
    report = made(told, name)
    found = wait(shelf.one(told, who(told, LEAD), name, report, size=1_000))
    assert found.rows or name in ("overrides", "breach", "disposals")
    assert all(len(row.cells) == len(DEFINITIONS[name].sheets[row.sheet].columns) for row in found.rows)
    text = json.dumps([row.cells for row in found.rows])
    assert not any(word in text for word in (CANARY, "Fernsby", "2017-03-14"))


def test_a_sealed_file_is_one_line_that_says_so(told: Gateway) -> None:
    found = lines(told, "disclosure-log", made(told, "disclosure-log"))
    sealed = [row for row in found if row.cells[1] == "Sealed file"]
    assert len(found) == 3 + sum(row["outcome"] == "hold" for row in rows(told, "decision")) - 2
    assert [(row.decision, row.referral, row.cells[3]) for row in sealed] == [("", "", "")]


def test_a_filter_narrows_a_report_and_is_kept_with_it(told: Gateway) -> None:
    report = made(told, "disclosure-log", outcome="hold")
    found = wait(shelf.one(told, who(told, LEAD), "disclosure-log", report))
    assert {row.cells[5] for row in found.rows} == {"Held"}
    assert found.question.given["outcome"] == "hold"


def test_nothing_went_that_may_not_go_today(told: Gateway) -> None:
    """The drift of an agreement: what was sent and is not allowed. Nothing changed since, so there is none."""
    found = lines(told, "sharing-agreements", made(told, "sharing-agreements"))
    assert found
    assert {row.cells[7] for row in found} == {"Nothing"}


def test_the_reach_of_a_breach_says_when_72_hours_end(told: Gateway) -> None:
    report = made(told, "breach", aware="2026-11-23 09:30")
    ends = {row.cells[0]: row.cells[1] for row in lines(told, "breach", report)}
    assert ends["Seventy-two hours end (Article 33)"] == "Thu 26 Nov 2026, 09:30"


def test_pieces_that_nobody_reads_any_more_are_erased_a_few_at_a_time(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "PIECE", 1)
    monkeypatch.setattr(making, "_TOGETHER", 2)
    plant(gateway)
    first = made(gateway, "disclosure-log")
    kept = [row["content"] for row in rows(gateway, "sheet")]
    assert len(kept) > 2
    assert made(gateway, "disclosure-log") == first
    assert [row["content"] for row in rows(gateway, "sheet")] == kept
    tellings = sum(row["kind"] == "report" for row in rows(gateway, "content"))
    assert tellings == len(kept)


def test_the_same_again_is_the_same_report_and_a_change_a_new_version(gateway: Gateway) -> None:
    plant(gateway)
    first = made(gateway, "disclosure-log")
    assert made(gateway, "disclosure-log") == first
    Door(gateway).accepted(a_hull_referral(), once="later")
    second = made(gateway, "disclosure-log")
    assert [row_of(gateway, "report", one)["version"] for one in (first, second)] == [1, 2]
    assert len(entries(gateway, "report.made")) == 2


@on_sqlite
def test_a_report_over_many_pieces_reads_like_one(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "PIECE", 1)
    plant(gateway)
    report = made(gateway, "disclosure-log")
    whole = lines(gateway, "disclosure-log", report)
    pages = [wait(shelf.one(gateway, who(gateway, LEAD), "disclosure-log", report, n, 2)).rows for n in (1, 2)]
    assert [*pages[0], *pages[1]] == whole[:4]
    assert row_of(gateway, "report", report)["rows"] == len(whole)


def test_no_line_of_a_report_lies_open_in_the_store(told: Gateway, tmp_path: Path) -> None:
    report = made(told, "disclosure-log")
    digest = row_of(told, "report", report)["digest"]
    lines_of = b"".join(body for _, body in all_pieces(told, report))
    assert sha256(lines_of).hexdigest() == digest
    stored = Path(told.settings.store.removeprefix("sqlite:///")).read_bytes()
    assert lines_of[:200] not in stored


def all_pieces(gateway: Gateway, of: str) -> list[tuple[int, bytes]]:
    sheets = sorted((row for row in rows(gateway, "sheet") if row["of"] == of), key=lambda row: row["n"])
    bodies = {row["id"]: row["body"] for row in rows(gateway, "content") if row["kind"] == "report"}
    return [(row["first"], bodies[row["content"]]) for row in sheets]


@pytest.mark.parametrize("name", ["breach", "equality"])
def test_what_touches_content_is_for_information_governance_alone(told: Gateway, name: str) -> None:
    manager = who(told, ("dale.frost", "practice_manager"))
    with pytest.raises(NotYourRole):
        wait(shelf.versions(told, manager, name))
    assert name not in {one.name for one, _ in wait(shelf.reports(told, manager))}


def test_another_councils_report_is_none_at_all(told: Gateway) -> None:
    report = made(told, "disclosure-log")
    other = who(told, next(iter(_leads(told, "leicester"))), "leicester")
    for one in (report, "0f" * 16):
        with pytest.raises(NotFound, match="no report of that number"):
            wait(shelf.one(told, other, "disclosure-log", one))


def _leads(gateway: Gateway, council: str) -> Iterator[tuple[str, str]]:
    yield gateway.council(council).roles["ig_lead"].people[0], "ig_lead"


# Sign-off -----------------------------------------------------------------------------------------------------------


def test_a_report_is_reviewed_by_another_and_signed_over_its_digest(gateway: Gateway) -> None:
    plant(gateway)
    report = made(gateway, "disclosure-log")
    lead, officer = who(gateway, LEAD), who(gateway, OFFICER)
    with pytest.raises(NoSuchAnswer, match="Somebody else reviews"):
        wait(signing.review(gateway, lead, "disclosure-log", report))
    with pytest.raises(NoSuchAnswer, match="has reviewed"):
        wait(signing.sign(gateway, lead, "disclosure-log", report, read=True))
    wait(signing.review(gateway, officer, "disclosure-log", report))
    with pytest.raises(NoSuchAnswer, match="Somebody else signs"):
        wait(signing.sign(gateway, officer, "disclosure-log", report, read=True))
    with pytest.raises(NoSuchAnswer, match="stand by it"):
        wait(signing.sign(gateway, lead, "disclosure-log", report, read=False))
    wait(signing.sign(gateway, lead, "disclosure-log", report, read=True))
    row = row_of(gateway, "report", report)
    assert (row["state"], row["signed_by"], row["reviewed_by"]) == ("signed", "ruth.lane", "kit.moor")
    assert len(entries(gateway, "report.signed")) == 1
    assert row["entry"] == entries(gateway, "report.signed")[0]


@on_sqlite
def test_lines_that_somebody_changed_in_the_store_are_not_signed(gateway: Gateway) -> None:
    plant(gateway)
    report = made(gateway, "disclosure-log")
    _change(gateway, report)
    with pytest.raises(NoSuchAnswer, match="not those that were made"):
        wait(signing.review(gateway, who(gateway, OFFICER), "disclosure-log", report))


def _change(gateway: Gateway, report: str) -> None:
    sheet = next(row for row in rows(gateway, "sheet") if row["of"] == report)
    gateway.writer.run(
        Write(lambda tx: content.replace(tx, "hull", sheet["content"], "report", b'{"cells":["forged"]}\n'))
    )


# Exports ------------------------------------------------------------------------------------------------------------


def exported(gateway: Gateway, report: str, kind: str, by: tuple[str, str] = LEAD) -> str:
    return wait(exporting.ask(gateway, who(gateway, by), report, kind, WHY, wait=60))


def taken(gateway: Gateway, export: str, by: tuple[str, str] = LEAD) -> bytes:
    async def take() -> bytes:
        _, pieces = await exporting.take(gateway, who(gateway, by), export)
        return b"".join([piece async for piece in pieces])

    return wait(take())


def test_json_lines_are_the_very_bytes_that_are_signed(told: Gateway) -> None:
    report = made(told, "disclosure-log")
    file = taken(told, exported(told, report, "jsonl"))
    assert sha256(file).hexdigest() == row_of(told, "report", report)["digest"]


@pytest.mark.parametrize(("kind", "begins"), [("csv", "\ufeffWhen,"), ("csv_plain", "When,")])
def test_csv_has_a_mark_only_where_it_is_asked_for(told: Gateway, kind: str, begins: str) -> None:
    file = taken(told, exported(told, made(told, "disclosure-log"), kind)).decode()
    assert file.startswith(begins)
    assert CANARY not in file


def test_evidence_verifies_and_leaves_sealed_files_out(told: Gateway, tmp_path: Path) -> None:
    wait(told.writer.submit(told.sealer.seal_now()))
    report = made(told, "disclosure-log")
    file = tmp_path / "evidence.zip"
    file.write_bytes(taken(told, exported(told, report, "evidence")))
    lines, policies, checkpoint = verify_evidence.read(str(file))
    key = verify_evidence.key_in(told.keys["hull"].record.vkey)
    assert len(list(verify_evidence.verify(lines, policies, key, [], checkpoint))) >= 2
    sealed = {row["referral"] for row in rows(told, "decision") if '"protect":"sealed"' in row["facts"]}
    with zipfile.ZipFile(file) as archive:
        text = archive.read("entries.jsonl").decode()
    assert sealed
    assert not any(one in text for one in sealed)


def test_fhir_holds_what_the_record_has_of_the_requests_in_the_report(told: Gateway) -> None:
    wait(told.writer.submit(told.sealer.seal_now()))
    bundle = json.loads(taken(told, exported(told, made(told, "disclosure-log", outcome="hold"), "fhir")))
    assert bundle["resourceType"] == "Bundle"
    assert {one["resource"]["resourceType"] for one in bundle["entry"]} >= {"AuditEvent", "Provenance"}


def test_an_export_is_in_the_record_with_its_digest_before_it_can_be_taken(gateway: Gateway) -> None:
    plant(gateway)
    export = exported(gateway, made(gateway, "disclosure-log"), "csv")
    assert len(entries(gateway, "export.made")) == 1
    assert entries(gateway, "export.taken") == []
    file = taken(gateway, export)
    assert sha256(file).hexdigest() == row_of(gateway, "export", export)["digest"]
    assert len(entries(gateway, "export.taken")) == 1


def test_more_than_500_rows_need_a_second_person(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ALONE == 500
    monkeypatch.setattr(exporting, "ALONE", 2)
    plant(gateway)
    export = exported(gateway, made(gateway, "disclosure-log"), "csv")
    with pytest.raises(NoSuchAnswer, match="not ready"):
        taken(gateway, export)
    with pytest.raises(NoSuchAnswer, match="second person"):
        wait(exporting.confirm(gateway, who(gateway, LEAD), export))
    wait(exporting.confirm(gateway, who(gateway, OFFICER), export))
    with pytest.raises(NoSuchAnswer, match="whoever asked"):
        taken(gateway, export, OFFICER)
    assert taken(gateway, export)


def test_the_link_is_dead_after_14_days_and_the_bytes_are_gone(gateway: Gateway) -> None:
    plant(gateway)
    export = exported(gateway, made(gateway, "disclosure-log"), "csv")
    later = replace(gateway, now=_after(gateway, LASTS))
    with pytest.raises(NoSuchAnswer, match="its time is over"):
        taken(later, export)
    assert all_pieces(gateway, export) == []
    assert row_of(gateway, "export", export)["state"] == "ended"


def _after(gateway: Gateway, ms: int) -> Callable[[], int]:
    return lambda: gateway.now() + ms + 1_000


def test_an_export_without_a_reason_is_refused(told: Gateway) -> None:
    with pytest.raises(NoSuchAnswer, match="why you take it out"):
        wait(exporting.ask(told, who(told, LEAD), made(told, "disclosure-log"), "csv", "why"))


def test_whoever_reviews_cases_takes_nothing_out(told: Gateway) -> None:
    manager = who(told, ("dale.frost", "practice_manager"))
    with pytest.raises(NotYourRole):
        wait(exporting.ask(told, manager, made(told, "disclosure-log"), "csv", WHY))


# What was asked -----------------------------------------------------------------------------------------------------


def test_only_months_that_have_ended_are_counted(told: Gateway) -> None:
    question = asked(told, "statistics")
    today = day_of(told.now())
    assert (question.first.day, question.last < today.replace(day=1)) == (1, True)
    given = {f"{end}_{part}": str(getattr(today, part)) for end in ("from", "to") for part in ("day", "month", "year")}
    assert "has not ended" in asked(told, "statistics", **given).wrong["from-day"]


def test_a_held_requests_trail_tells_what_was_agreed(told: Gateway) -> None:
    held = next(row["referral"] for row in rows(told, "decision") if '"agreement":"refused"' in row["facts"])
    report = made(told, "agreement-trail", reference=held[:8])
    found = lines(told, "agreement-trail", report)
    assert {row.referral for row in found} == {held}
    assert any("did not agree" in str(row.cells[3]) for row in found)


@on_sqlite
def test_a_hold_that_a_person_decided_is_among_the_overrides(gateway: Gateway) -> None:
    plant(gateway)
    held = next(row["referral"] for row in rows(gateway, "decision") if '"agreement":"refused"' in row["facts"])
    desk = Desk(gateway)
    hold = desk.hold(held, "hold:")
    desk.ask("open", hold=hold, purpose="To decide on it today")
    desk.decide(hold, "close", review="2027-01-04")
    found = lines(gateway, "overrides", made(gateway, "overrides"))
    assert any(row.cells[3] == "bram.ellis" and row.cells[2] == "Decided a hold" for row in found)


def test_annex_a_is_never_shown_and_is_erased_after_14_days(gateway: Gateway) -> None:
    """It is the one report whose rows hold days of birth."""
    plant(gateway)
    report = made(gateway, "annex-a")
    assert lines(gateway, "annex-a", report) == []
    assert b"Child Unique ID" in taken(gateway, exported(gateway, report, "csv"))
    with pytest.raises(NoSuchAnswer, match="CSV or JSON Lines"):
        exported(gateway, report, "evidence")
    wait(expiring.nightly(replace(gateway, now=_after(gateway, LASTS))))
    assert all_pieces(gateway, report) == []
    assert row_of(gateway, "report", report)["state"] == "ended"


def test_a_piece_leaves_before_the_next_row_is_read() -> None:
    """So a report over a year is never in memory whole."""
    read = 0

    def gather() -> Iterator[Row]:
        nonlocal read
        for number in range(10 * making.PIECE):
            read += 1
            yield Row((number,))

    first, many = next(making.pieces(b"{}\n", gather()))
    assert (read, many) == (making.PIECE, making.PIECE)
    assert first.count(b"\n") == making.PIECE + 1


def test_break_glass_and_its_review_are_among_the_overrides_without_their_words(told: Gateway) -> None:
    referral = next(row["referral"] for row in rows(told, "decision") if row["outcome"] == "share")
    worker = who(told, ("bram.ellis", "hub_duty"))
    said = worker.said | {"purpose": f"{CANARY} was seen alone", "glass": "1"}

    def work(tx: Tx) -> None:
        write_entry(tx, "hull", referral, BROKEN, said, section=READER)
        write_entry(tx, "hull", referral, REVIEWED, said | {"choice": "justified", "reason": CANARY}, section="human")

    told.writer.run(Write(work))
    found = {row.cells[2]: row.cells for row in lines(told, "overrides", made(told, "overrides"))}
    assert found["Broke glass"][3:6] == ("bram.ellis", "Locality Hub worker on duty", "Yes")
    assert found["Reviewed a break-glass"][7] == "justified"
    assert CANARY not in json.dumps(list(found.values()))


def test_two_reports_are_written_at_once_and_the_next_waits_for_its_turn(told: Gateway) -> None:
    """So whoever looks at a page finds a reader of the store free."""
    lead, report = who(told, LEAD), made(told, "disclosure-log")
    seen = []

    async def ask_for_four() -> None:
        works = [exporting.ask(told, lead, report, kind, WHY, wait=60) for kind in ("csv", "csv_plain", "jsonl", "csv")]
        tasks = [asyncio.create_task(work) for work in works]
        while not all(task.done() for task in tasks):
            seen.append(len(making._READING))
            await asyncio.sleep(0.005)

    wait(ask_for_four())
    assert max(seen) <= making.AT_ONCE
    assert {row["state"] for row in rows(told, "export") if row["report"] == report} == {"ready"}
