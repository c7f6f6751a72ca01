"""Somebody from outside audits a council for a time: some days of its log, in words, and proofs (governance 5.1).

What is of another day looks to them like what does not exist. The days are given to the decisions, so that no test
turns on the day on which it runs.
"""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import insert, select, update

from contracts import verify_evidence
from contracts.audits import AUDITOR, Audit
from contracts.errors import NotAllowed, NotFound, NotYourRole
from contracts.signin import SignIn
from gateway.config.catalogue import Catalogue
from gateway.flows.access import PEOPLE
from gateway.flows.acting import PAPER, Acting, acting, roles_for
from gateway.flows.evidence import exported
from gateway.flows.gateway import Gateway
from gateway.flows.oversight import auditing, onedecision, readers, reading, sharinglog
from gateway.flows.oversight.asked import choices, read_place, read_question
from gateway.flows.reports import making, shelf, signing
from gateway.flows.sign_in import sessions
from gateway.flows.sign_in.idtoken import Claims
from gateway.flows.sign_in.oidc import _person
from gateway.path.calendar import day_of, start_of
from gateway.store.chance import new_id
from gateway.store.tables import DECISION, ENTRY, SESSION
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.flows.pages import sign_in
from tests.flows.reports.test_reports import asked as question_of
from tests.running import Door, a_hull_referral, rows, running

T = TypeVar("T")
VERA = "vera.quill"
FIRST, TO, UNTIL = date(2025, 1, 1), date(2025, 6, 30), date(2025, 9, 30)
WHY = "To check three decisions of the spring"
NOBODYS = "0f" * 16
FAMILY = ("Fernsby", "Zqreasonzq", "2017-03-14")
SEALED = [a_hull_referral()["people"][0] | {"protection": ["sealed"]}, a_hull_referral()["people"][1]]


def done(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@dataclass(frozen=True)
class Stand:
    """Hull with decisions of several days. said: day → id of the decision that was given that day.

    referral  of the first and the last: each has a decision that is theirs, and one that is not
    """

    gateway: Gateway
    said: dict[date, str]
    sealed: str
    referral: str

    @property
    def vera(self) -> Acting:
        return Acting(self.gateway.council("hull"), VERA, AUDITOR)

    def page(self, **query: str) -> sharinglog.Listed:
        """What the log answers her."""
        council = self.gateway.council("hull")
        known = choices(council, self.gateway.policy("hull"))
        after = read_place(query.get("after", ""))
        asked = read_question(lambda name: query.get(name, ""), council, known, self.gateway.now(), self.vera.audit)
        return done(sharinglog.listed(self.gateway, self.vera, asked, after))


IN = (FIRST, date(2025, 3, 1), TO)
OUT = (FIRST - timedelta(days=1), TO + timedelta(days=1))


@pytest.fixture(scope="module")
def stand(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    hull = catalogue.councils["hull"]
    councils = dict(catalogue.councils) | {"hull": replace(hull, audits={VERA: Audit(date.max, FIRST, TO)})}
    folder = tmp_path_factory.mktemp("auditor")
    with running(replace(catalogue, councils=councils), folder, (f"sqlite:///{folder}/gateway.db", "")) as gateway:
        door = Door(gateway)
        first = door.accepted(a_hull_referral(reason="Zqreasonzq is late."), once="first")
        sealed = door.accepted(a_hull_referral(people=SEALED), once="sealed")
        of = {row["referral"]: row["id"] for row in rows(gateway, "decision")}
        lead = acting(gateway.council("hull"), "ruth.lane", "ig_lead")
        for _ in range(2):
            done(reading.reasons(gateway, lead, of[first], WHY))
        said = dict.fromkeys((*IN, *OUT), "")
        gateway.writer.run(Write(lambda tx: spread(tx, of[first], of[sealed], said)))
        done(gateway.writer.submit(gateway.sealer.seal_now()))
        yield Stand(gateway, said, of[sealed], first)


def spread(tx: Tx, decision: str, sealed: str, said: dict[date, str]) -> None:
    """One decision on each of these days: at the last millisecond of the last of theirs, at the first of the others."""
    row = dict(tx.execute(select(DECISION).where(DECISION.c.id == decision)).mappings().one())
    for day in said:
        at = start_of(day + timedelta(days=1)) - 1 if day in (TO, OUT[0]) else start_of(day)
        said[day] = new_id()
        tx.execute(insert(DECISION).values(row | {"id": said[day], "at": at}))
    tx.execute(update(DECISION).where(DECISION.c.id == decision).values(at=start_of(OUT[1])))
    tx.execute(update(DECISION).where(DECISION.c.id == sealed).values(at=start_of(IN[1]) + 1))
    # What else happened to the request: the last reading of it is of another day, and all that came before of theirs.
    entries = tx.execute(select(ENTRY.c.rid).where(ENTRY.c.referral == row["referral"]).order_by(ENTRY.c.seq)).scalars()
    *theirs, other = entries.all()
    for rid, at in ((other, start_of(OUT[1])), *((rid, start_of(IN[1])) for rid in theirs)):
        tx.execute(update(ENTRY).where(ENTRY.c.rid == rid).values(ts=at))


# What they find -------------------------------------------------------------------------------------------------------


def test_the_log_has_the_decisions_of_their_days_and_counts_no_other(stand: Stand) -> None:
    found = stand.page()
    assert {row["id"] for row in found.rows} == {*(stand.said[day] for day in IN), stand.sealed}
    assert (found.count, found.more) == (4, False)


@pytest.mark.parametrize("order", ["", "oldest"])
@pytest.mark.parametrize("at", [0, start_of(OUT[0]), start_of(IN[1]), start_of(OUT[1]) + 1, 10**14])
def test_no_place_to_go_on_from_leads_out_of_their_days(stand: Stand, at: int, order: str) -> None:
    shown = stand.page(after=f"{at}.{NOBODYS}", order=order).rows
    assert {row["id"] for row in shown} <= {*(stand.said[day] for day in IN), stand.sealed}


@pytest.mark.parametrize(("year", "day"), [("2024", "31"), ("2099", "1")])
def test_days_that_are_not_theirs_are_a_mistake_in_words_and_show_nothing_more(
    stand: Stand, year: str, day: str
) -> None:
    end = "from" if year < "2025" else "to"
    query = {f"{end}-day": day, f"{end}-month": "12", f"{end}-year": year}
    assert stand.page(**query).count == 4
    answer = sign_in(Door(stand.gateway), AUDITOR).get("/log?" + "&".join(f"{k}={v}" for k, v in query.items()))
    assert answer.status_code == 422
    assert "Choose days that you may read" in answer.text


def test_a_decision_of_their_days_has_no_name_and_tells_of_no_decision_of_another_day(stand: Stand) -> None:
    answer = sign_in(Door(stand.gateway), AUDITOR).get(f"/log/{stand.said[TO]}")
    assert answer.status_code == 200
    assert all(stand.said[day] in answer.text for day in IN)
    assert not any(stand.said[day] in answer.text for day in OUT)
    assert answer.text.count("Read the reasons that people wrote") == 1
    assert "1 time in all in the days that you may read." in answer.text
    assert "No person has decided anything about this request in the days that you may read." in answer.text
    assert not any(word in answer.text for word in FAMILY)
    for button in ("reasons", "content", "readers", "evidence", "receipt"):
        assert f"{stand.said[TO]}/{button}" not in answer.text


@pytest.mark.parametrize("path", ["GET /log/{}", "POST /log/{}/proofs"])
@pytest.mark.parametrize("day", OUT)
def test_p27_a_decision_of_another_day_is_the_same_bytes_as_none(stand: Stand, path: str, day: date) -> None:
    method, at = path.split()
    visitor = sign_in(Door(stand.gateway), AUDITOR)
    assert visitor.session is not None
    visitor.session = done(sessions.step_up(stand.gateway, visitor.session))
    done(sessions.say_purpose(stand.gateway, visitor.session, WHY))
    before = len(rows(stand.gateway, "entry"))
    told = []
    for one in (stand.said[day], NOBODYS):
        answer = visitor.get(at.format(one)) if method == "GET" else visitor.send(at.format(one), purpose=WHY)
        told.append((answer.status_code, answer.text.replace(one, NOBODYS).partition("Open another page")[0]))
    assert told[0] == told[1]
    assert told[0][0] == 404
    assert len(rows(stand.gateway, "entry")) == before


def test_a_sealed_file_of_their_days_stays_shut(stand: Stand) -> None:
    line = next(row for row in stand.page().rows if row["id"] == stand.sealed)
    assert line["sealed"]
    assert "referral" not in line
    for work in (
        onedecision.show(stand.gateway, stand.vera, stand.sealed),
        exported.proofs(stand.gateway, stand.vera, stand.sealed, WHY),
    ):
        with pytest.raises(NotYourRole):
            done(work)


# Proofs ---------------------------------------------------------------------------------------------------------------


def test_proofs_are_verified_by_a_stranger_and_say_nothing_of_anybody(stand: Stand, tmp_path: Path) -> None:
    body = done(exported.proofs(stand.gateway, stand.vera, stand.said[TO], WHY))
    (tmp_path / "proofs.zip").write_bytes(body)
    key = stand.gateway.keys["hull"].record.vkey
    command = [sys.executable, "-I", verify_evidence.__file__, str(tmp_path / "proofs.zip"), "--key", key, "--show"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 0, told.stdout
    assert "VERIFIED" in told.stdout
    assert "whose words are here" in told.stdout
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        head, *lines = archive.read("entries.jsonl").decode().splitlines()
        assert "What the entries say is not in here" in archive.read("HOW-TO-CHECK.txt").decode()
    assert json.loads(head)["referral"] == stand.referral
    assert {name for line in lines for name in json.loads(line)["sections"]} == {"about", "policy"}
    assert not any(word in line for line in lines for word in (*FAMILY, "bram.ellis"))


def test_proofs_are_of_the_entries_of_their_days(stand: Stand) -> None:
    body = done(exported.proofs(stand.gateway, stand.vera, stand.said[TO], WHY))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        lines = archive.read("entries.jsonl").decode().splitlines()[1:]
    sealed = [
        row for row in rows(stand.gateway, "entry") if row["referral"] == stand.referral and row["idx"] is not None
    ]
    theirs = {row["rid"] for row in sealed if stand.vera.reads(row["ts"])}
    assert {json.loads(json.loads(line)["leaf"])["rid"] for line in lines} == theirs
    assert 0 < len(theirs) < len(sealed)


# Reports --------------------------------------------------------------------------------------------------------------


def test_they_read_signed_reports_of_none_but_their_days(stand: Stand) -> None:
    gateway, hull = stand.gateway, stand.gateway.council("hull")
    lead, officer, head = (acting(hull, name, role) for name, role in SIGNING)
    made = {}
    for title, last in (("theirs", TO), ("unsigned", IN[1]), ("too long", OUT[1])):
        days = {
            f"{end}_{part}": str(getattr(day, part)) for end, day in (("from", FIRST), ("to", last)) for part in DAY
        }
        made[title] = done(
            making.make(gateway, lead, "disclosure-log", question_of(gateway, "disclosure-log", **days), wait=60)
        )
        if title != "unsigned":
            done(signing.review(gateway, officer, "disclosure-log", made[title]))
            done(signing.sign(gateway, head, "disclosure-log", made[title], read=True))
    listed = {one.name: newest for one, newest in done(shelf.reports(gateway, stand.vera))}
    assert listed["disclosure-log"].id == made["theirs"]
    assert [row.id for row, _ in done(shelf.versions(gateway, stand.vera, "disclosure-log"))] == [made["theirs"]]
    assert done(shelf.one(gateway, stand.vera, "disclosure-log", made["theirs"])).ready
    refused = set()
    for one in (made["unsigned"], made["too long"], NOBODYS):
        with pytest.raises(NotFound) as told:
            done(shelf.one(gateway, stand.vera, "disclosure-log", one))
        refused.add(str(told.value))
    assert len(refused) == 1


SIGNING = (("ruth.lane", "ig_lead"), ("kit.moor", "data_protection_officer"), ("nell.gray", "service_head"))
DAY = ("day", "month", "year")


# Written down ---------------------------------------------------------------------------------------------------------


def test_each_reading_is_in_the_record_and_whoever_watches_readers_finds_it(stand: Stand) -> None:
    before = len(rows(stand.gateway, "reading"))
    visitor = sign_in(Door(stand.gateway), AUDITOR)
    for path in ("/log", f"/log/{stand.said[TO]}"):
        assert visitor.get(path).status_code == 200
    done(exported.proofs(stand.gateway, stand.vera, stand.said[TO], WHY))
    new = rows(stand.gateway, "reading")[before:]
    assert sorted(row["type"] for row in new) == sorted((auditing.LISTED, auditing.SEEN, auditing.PROOFS))
    assert {(row["person"], row["role"]) for row in new} == {(VERA, AUDITOR)}
    lead = acting(stand.gateway.council("hull"), "ruth.lane", "ig_lead")
    told = done(readers.report(stand.gateway, lead, day_of(stand.gateway.now()), WHY, VERA))
    assert {line["what"] for line in told.lines} >= {auditing.WHAT[row["type"]] for row in new}
    assert {line["purpose"] for line in told.lines} >= {WHY, "Audit of the decisions of 2025-01-01 to 2025-06-30"}


def test_what_is_not_written_down_is_not_shown(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = sign_in(Door(stand.gateway), AUDITOR)

    def full(*given: object, **more: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(auditing, "write_entry", full)
    for path in ("/log", f"/log/{stand.said[TO]}"):
        answer = visitor.get(path)
        assert answer.status_code == 500
        assert stand.said[TO] not in answer.text.replace(path, "")


# Who they are ---------------------------------------------------------------------------------------------------------


def test_governance_5_1_the_table_has_an_auditor_read_and_do_nothing_else() -> None:
    pages = {"page.home", "page.own", "page.record", "policy.list"}
    reads = {"log.list", "log.show", "log.proofs", "reports.list"}
    assert {name for name, pairs in PEOPLE.items() if any(role == AUDITOR for role, _ in pairs)} == pages | reads
    assert {about for pairs in PEOPLE.values() for role, about in pairs if role == AUDITOR} == {""}


def until(gateway: Gateway, last: date) -> Gateway:
    """The same gateway, whose auditor may sign in until this day."""
    councils, hull = dict(gateway.catalogue.councils), gateway.council("hull")
    councils["hull"] = replace(hull, audits={VERA: Audit(last, FIRST, TO)})
    return replace(gateway, catalogue=replace(gateway.catalogue, councils=councils))


LAST = start_of(UNTIL + timedelta(days=1)) - 1
"""The last millisecond of that day in London, an hour before UTC's."""


def test_they_are_let_in_to_the_last_millisecond_of_their_last_day(stand: Stand) -> None:
    hull = until(stand.gateway, UNTIL).council("hull")
    assert acting(hull, VERA, AUDITOR, now=LAST).audit == Audit(UNTIL, FIRST, TO)
    assert roles_for(hull, VERA, now=LAST) == (AUDITOR,)
    assert roles_for(hull, VERA, now=LAST + 1) == ()
    with pytest.raises(NotYourRole, match=r"until 30 September 2025\. That day has passed"):
        acting(hull, VERA, AUDITOR, now=LAST + 1)


def test_an_open_session_ends_at_its_next_page(stand: Stand) -> None:
    gateway = until(stand.gateway, UNTIL)
    visitor = sign_in(Door(replace(gateway, now=lambda: LAST - 60_000)), AUDITOR)
    seen = {"started_at": LAST - 60_000, "seen_at": LAST - 60_000}
    gateway.writer.run(Write(lambda tx: tx.execute(update(SESSION).values(**seen)) and None))
    statuses = {}
    for now in (LAST, LAST + 1):
        visitor.door = Door(replace(gateway, now=lambda now=now: now))  # type: ignore[misc]
        answer = visitor.get("/log")
        statuses[now] = answer.status_code, answer.headers.get("location", "")
    assert statuses == {LAST: (200, ""), LAST + 1: (303, "/sign-in")}
    visitor.door = Door(replace(gateway, now=lambda: LAST))
    assert visitor.get("/").status_code == 303  # it does not come back


def test_their_sign_in_is_refused_in_words_after_their_last_day(stand: Stand) -> None:
    gateway = until(stand.gateway, UNTIL)
    hull, way = gateway.council("hull"), SignIn("https://login.example", "early-help", "sign-in")
    claims = Claims(VERA, frozenset(), 0)
    assert _person(hull, way, claims, LAST)[0].role == AUDITOR
    with pytest.raises(NotAllowed, match="That day has passed"):
        _person(hull, way, claims, LAST + 1)
    form = {"council": "hull", "name": VERA, "role": AUDITOR}
    visitor = sign_in(Door(replace(gateway, now=lambda: LAST)), AUDITOR)
    visitor.session, visitor.door = None, Door(replace(gateway, now=lambda: LAST + 1))
    answer = visitor.send("/sign-in/demo", **form)
    assert answer.status_code == 403
    assert "You could sign in as an auditor until 30 September 2025." in answer.text


@pytest.mark.parametrize("how", ["asserted at the command line", PAPER])
def test_nobody_is_an_auditor_without_signing_in(stand: Stand, how: str) -> None:
    with pytest.raises(NotYourRole, match="signs in"):
        acting(stand.gateway.council("hull"), VERA, AUDITOR, how=how)


def test_somebody_without_bounds_is_no_auditor(stand: Stand) -> None:
    hull = replace(stand.gateway.council("hull"), audits={})
    with pytest.raises(NotYourRole, match="has not said what you may read"):
        acting(hull, VERA, AUDITOR, now=0)
