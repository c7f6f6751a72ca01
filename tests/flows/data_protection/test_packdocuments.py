"""Copies of documents in a subject access pack: opened first, decided whole or page by page, and listed (TH-C24)."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound, NotYourRole
from gateway.config.catalogue import Catalogue
from gateway.flows.data_protection import packdocuments, worksheet
from gateway.flows.data_protection.packdocuments import Copy
from gateway.flows.data_protection.packmarks import Mark, numbers_of, wrong_of_document
from gateway.flows.data_protection.packzip import pieces
from gateway.flows.data_protection.subjectaccess import MADE
from gateway.flows.entry import sections_of
from gateway.flows.gateway import Gateway
from gateway.store import content
from gateway.store.writer import Write
from tests.flows.data_protection.test_rights import act, who, written
from tests.flows.data_protection.test_worksheet import decided, do, handed, names, opened, pack
from tests.flows.desks import HUB, REASON, Desk
from tests.flows.submissions.test_documents import put
from tests.running import Door, a_hull_referral, on_sqlite, rows, running

FORM = b"%PDF-1.7\nQuillwort: an invented form\n%%EOF"
NOTES = b"Lanternfish: notes of a visit."
CUT = b"%PDF-1.7\nwithout pages three and four\n%%EOF"
FILES = ((FORM, "application/pdf", "signed_consent"), (NOTES, "text/plain", "other"))
NEVER = sha256(b"never came").hexdigest()
ATTACHED = [
    *({"sha256": sha256(body).hexdigest(), "name": "Maya Fernsby.pdf", "kind": kind} for body, _, kind in FILES),
    {"sha256": NEVER, "kind": "plan"},
]
GIVE = {"decision": "give", "reason": "It is about her alone."}
OUT = {"decision": "withhold", "reason": "It is about her brother.", "ground": "third_party"}
CUT_OUT = {"decision": "redact", "reason": "Two pages are her brother's.", "ground": "third_party"}


@pytest.fixture
def asked(door: Door) -> tuple[Gateway, str]:
    """A request for access about a referral with two documents, and one that never came."""
    for body, kind, _ in FILES:
        assert put(door, body, sha256(body).hexdigest(), kind).status_code == 201
    door.accepted(a_hull_referral(attachments=ATTACHED))
    return door.gateway, written(door.gateway)


def listed(gateway: Gateway, request: str) -> list[dict[str, Any]]:
    told = do(worksheet.sheet(gateway, who(gateway), request))
    return [one for part in told["requests"] for one in part["documents"]]


def read(gateway: Gateway, request: str, name: str, **more: Any) -> tuple[str, bytes]:
    return do(packdocuments.open_one(gateway, who(gateway), request, name, REASON, **more))


def decide(gateway: Gateway, request: str, name: str, how: dict[str, Any], copy: Copy | None = None) -> dict[str, str]:
    return do(packdocuments.decide(gateway, who(gateway), request, Mark(**({"name": name} | how)), copy))


def rest(gateway: Gateway, request: str) -> None:
    """Decide on every part that is no document, and look at the whole."""
    parts = list(names(gateway, request).values())
    opened(gateway, request, *parts)
    assert decided(gateway, request, *(Mark(one, "give", REASON) for one in parts)) == {}


def taken(gateway: Gateway, request: str) -> dict[str, Any]:
    shown = do(worksheet.preview(gateway, who(gateway), request, REASON))
    told = pack(gateway, request)
    assert all(str(one["document"]) in shown for one in told["requests"][0]["documents"])
    return told


def test_documents_are_listed_by_what_they_are_and_whether_they_are_here_and_nobody_is_named(
    asked: tuple[Gateway, str],
) -> None:
    found = listed(*asked)
    assert [(one["kind"], one["here"], one["decision"]) for one in found] == [
        ("Signed consent", True, ""),
        ("Other", True, ""),
        ("Plan", False, ""),
    ]
    assert all("May be about somebody else" in one["flags"] for one in found)
    assert "Fernsby" not in json.dumps(found)
    told = do(worksheet.sheet(asked[0], who(asked[0]), asked[1]))
    assert told["left"] == len(told["requests"][0]["parts"]) - 1 + 2  # her own part waits for nobody


def test_a_document_is_opened_once_the_record_says_who_and_why(asked: tuple[Gateway, str]) -> None:
    gateway, request = asked
    name = listed(*asked)[0]["name"]
    with pytest.raises(NoSuchAnswer):
        do(packdocuments.open_one(gateway, who(gateway), request, name, ""))
    assert [row for row in rows(gateway, "entry") if row["type"] == packdocuments.OPENED] == []
    assert read(gateway, request, name) == ("application/pdf", FORM)
    told = [row for row in rows(gateway, "entry") if row["type"] == packdocuments.OPENED]
    assert sorted(row["referral"] for row in told) == sorted([name.partition("/")[0], request])
    with gateway.store.read("hull") as connection:
        said = [sections_of(connection, "hull", row["rid"])["reader"] for row in told]
    assert {(one["by"], one["purpose"], one["document"]) for one in said} == {("ruth.lane", REASON, "whole")}


@pytest.mark.parametrize("how", [GIVE, OUT, CUT_OUT | {"pages": ("3-4 His report",)}])
def test_nobody_decides_on_a_document_they_have_not_opened(asked: tuple[Gateway, str], how: dict[str, Any]) -> None:
    gateway, request = asked
    name = listed(*asked)[0]["name"]
    wrong = decide(gateway, request, name, how, Copy("a.pdf", CUT))
    assert wrong == {"decision": "Open the document before you decide on it."}
    with pytest.raises(NotFound):
        opened(gateway, request, name)


def test_the_pack_holds_what_is_given_and_its_list_says_what_is_not_and_why(asked: tuple[Gateway, str]) -> None:
    gateway, request = asked
    rest(gateway, request)
    form, notes, _ = (one["name"] for one in listed(*asked))
    with pytest.raises(NoSuchAnswer, match="2 parts wait"):
        pack(gateway, request)
    for name, how in ((form, GIVE), (notes, OUT)):
        read(gateway, request, name)
        assert decide(gateway, request, name, how) == {}
    told = taken(gateway, request)["requests"][0]
    assert told["documents"] == [
        {"document": 1, "what": "Signed consent", "file": "documents/1.pdf", "sha256": sha256(FORM).hexdigest()},
        {"document": 2, "what": "Other", "left_out": "It is about somebody else, who has not agreed."},
        {"document": 3, "what": "Plan", "not_here": "The request names it. It never came, or has been deleted."},
    ]
    assert told["left_out"].startswith("1 part is left out")
    assert not any(place.startswith("/attachments") for place in told["what_is_kept"])
    with handed(gateway, request) as archive:
        assert sorted(archive.namelist()) == ["documents/1.pdf", "pack.html", "pack.json"]
        assert archive.read("documents/1.pdf") == FORM
        digest = sha256(archive.read("pack.json")).hexdigest()
    made = [row["rid"] for row in rows(gateway, "entry") if row["type"] == MADE]
    with gateway.store.read("hull") as connection:
        said = [sections_of(connection, "hull", rid)["reader"] for rid in made]
    assert {one["documents"] for one in said} == {1}
    assert digest in {one["sha256"] for one in said}


def test_where_pages_are_left_out_the_copy_goes_and_the_document_does_not(asked: tuple[Gateway, str]) -> None:
    gateway, request = asked
    rest(gateway, request)
    form, notes, _ = (one["name"] for one in listed(*asked))
    read(gateway, request, form)
    read(gateway, request, notes)
    assert set(decide(gateway, request, form, CUT_OUT)) == {"pages", "copy"}
    how = CUT_OUT | {"pages": ("3-4 Lanternfish: his report", "6 His address")}
    assert set(decide(gateway, request, form, how, Copy("a.docm", b"PK no document"))) == {"copy"}
    assert decide(gateway, request, form, how, Copy("a.pdf", CUT)) == {}
    assert decide(gateway, request, notes, OUT | {"ground": "crime"}) == {}
    assert read(gateway, request, form, copy=True) == ("application/pdf", CUT)
    told = taken(gateway, request)
    first, second, _ = told["requests"][0]["documents"]
    assert (first["pages_left_out"], first["sha256"]) == ("3-4, 6", sha256(CUT).hexdigest())
    assert second["left_out"] == "The law allows that, or asks for it."
    with handed(gateway, request) as archive:
        assert archive.read("documents/1.pdf") == CUT
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Quillwort" not in everything
    assert b"Lanternfish" not in everything
    sections = [row["body"] for row in rows(gateway, "content") if row["kind"] == "sections"]
    assert not any(b"Lanternfish" in body for body in sections)


def test_another_word_takes_the_place_of_the_first_and_the_copy_goes(asked: tuple[Gateway, str]) -> None:
    gateway, request = asked
    name = listed(*asked)[0]["name"]
    read(gateway, request, name)
    kept = len([row for row in rows(gateway, "content") if row["kind"] == "attachment"])
    how = CUT_OUT | {"pages": ("3-4 His report",)}
    for copy in (Copy("a.pdf", CUT), Copy("b.pdf", CUT + b" "), None):
        assert decide(gateway, request, name, how, copy) == {}
        assert len([row for row in rows(gateway, "content") if row["kind"] == "attachment"]) == kept + 1
    assert decide(gateway, request, name, GIVE) == {}
    assert len([row for row in rows(gateway, "content") if row["kind"] == "attachment"]) == kept
    with pytest.raises(NotFound):
        read(gateway, request, name, copy=True)


@on_sqlite
def test_what_a_reviewer_chose_goes_when_the_request_does(asked: tuple[Gateway, str]) -> None:
    gateway, request = asked
    name = listed(*asked)[0]["name"]
    read(gateway, request, name)
    decide(gateway, request, name, CUT_OUT | {"pages": ("3-4 His report",)}, Copy("a.pdf", CUT))
    act(gateway, request, "close", "refused")
    with pytest.raises(AnsweredAlready):
        decide(gateway, request, name, GIVE)
    later = replace(gateway, now=lambda: gateway.now() + 7 * 366 * 86_400_000)
    made = Desk(later).ask("retention-propose", ("ruth.lane", "ig_lead"))
    Desk(later).ask("retention-confirm", ("kit.moor", "data_protection_officer"), list=made["list"])
    assert CUT not in [bytes(row["body"]) for row in rows(gateway, "content")]


def test_only_whoever_answers_the_request_opens_a_document_and_another_councils_is_none(
    asked: tuple[Gateway, str],
) -> None:
    gateway, request = asked
    name = listed(*asked)[0]["name"]
    with pytest.raises(NotYourRole):
        do(packdocuments.open_one(gateway, who(gateway, HUB), request, name, REASON))
    for one in (f"{name}9", name.replace("/attachments/0", "/people/0"), "f" * 32 + "/attachments/0"):
        with pytest.raises(NotFound):
            read(gateway, request, one)


@on_sqlite
def test_a_mark_from_before_documents_went_along_is_no_word_on_the_document(asked: tuple[Gateway, str]) -> None:
    """It was about what the sender wrote of it, and nobody had opened the document."""
    gateway, request = asked
    name = listed(*asked)[0]["name"]
    row = next(row for row in rows(gateway, "rights_request") if row["id"] == request)

    def work(tx: Any) -> None:
        said = json.loads(content.get(tx, "hull", row["said"]) or b"")
        said["marks"][name] = {"decision": "give", "ground": "", "reason": REASON, "fields": [], "passages": []}
        content.replace(tx, "hull", row["said"], "said", json.dumps(said).encode())

    gateway.writer.run(Write(work))
    assert listed(*asked)[0]["decision"] == ""


@pytest.fixture(scope="module")
def shelf(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("pack")
    with running(catalogue, folder, (f"sqlite:///{folder}/gateway.db", "")) as gateway:
        yield gateway


def test_in_memory_is_one_document_however_many_there_are(shelf: Gateway) -> None:
    body = b"x" * 1_000_000
    kept = [shelf.writer.run(Write(lambda tx: content.put(tx, "hull", "attachment", body))) for _ in range(12)]

    async def leave(many: int) -> int:
        tracemalloc.start()
        size = 0
        async for piece in pieces(shelf, "hull", (("pack.json", b"{}"),), [(f"{n}", kept[n]) for n in range(many)]):
            size += len(piece)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size > many * len(body)
        return peak

    few, many = asyncio.run(leave(2)), asyncio.run(leave(12))
    assert many < few + 5 * len(body)  # not the ten more; two or three pieces may be on their way


@given(st.lists(st.tuples(st.integers(1, 999), st.integers(0, 9)), min_size=1, max_size=5))
@settings(max_examples=20)
def test_pages_are_told_by_their_numbers_and_never_by_why(found: list[tuple[int, int]]) -> None:
    named = [f"{first}-{first + more}" if more else str(first) for first, more in found]
    pages = tuple(f"{one} Quillwort" for one in named)
    mark = Mark("x", "redact", REASON, "third_party", pages=pages)
    assert wrong_of_document(mark, has_copy=True) == {}
    assert numbers_of(pages) == ", ".join(named)


@pytest.mark.parametrize("line", ["His report", "3", "0 No page", "3- Half a page", "three His report"])
def test_a_line_that_names_no_page_or_says_no_reason_is_named(line: str) -> None:
    mark = Mark("x", "redact", REASON, "third_party", pages=("1 Hers", line))
    assert wrong_of_document(mark, has_copy=True)["pages"].startswith("Line 2")
