"""Documents that travel: by PUT before or after their referral, or inside its zip; listed, and never named (26, 54)."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.config.catalogue import Catalogue
from gateway.flows.access import Caller, Role
from gateway.flows.acting import acting
from gateway.flows.oversight import onedecision
from tests.flows.bundles import bundle
from tests.running import (
    FORMS,
    HULL,
    JSON,
    LEICESTER,
    SAMPLES,
    ZIP,
    Door,
    a_hull_referral,
    counts,
    on_sqlite,
    rows,
    running,
)

FORM = b"%PDF-1.7\nan invented form\n%%EOF"
TRIAL = "a-test-key"
DIGEST = sha256(FORM).hexdigest()
NAMED = {"attachments": [{"sha256": DIGEST, "name": "Maya Fernsby consent.pdf", "kind": "signed_consent"}]}


def put(door: Door, body: bytes = FORM, digest: str = DIGEST, kind: str = "application/pdf", key: str = HULL) -> Any:
    path = f"/v1/attachments/{digest}"
    return asyncio.run(door.ask("PUT", path, content=body, key=key, headers={"content-type": kind}))


def flags(receipt: dict[str, Any]) -> set[str]:
    return {flag for decision in receipt["decisions"] for flag in decision["flags"]}


def refer(door: Door, **changes: Any) -> dict[str, Any]:
    receipt: dict[str, Any] = door.refer(a_hull_referral(**NAMED, **changes)).json()["receipts"][0]
    return receipt


@on_sqlite
@pytest.mark.parametrize("here", [True, False])
def test_settled_54_a_decision_lists_its_documents_by_kind_and_never_by_name(door: Door, here: bool) -> None:
    if here:
        put(door)
    referral = refer(door)["referral"]
    decision = next(row["id"] for row in rows(door.gateway, "decision") if row["referral"] == referral)
    lead = acting(door.gateway.council("hull"), "ruth.lane", "ig_lead")
    (listed,) = asyncio.run(onedecision.show(door.gateway, lead, decision))["documents"]
    assert (listed["title"], listed["state"]) == ("Signed consent form", "here" if here else "not_here")
    assert (listed["sha256"] == DIGEST) is here
    assert "Fernsby" not in str(listed)


# By itself -----------------------------------------------------------------------------------------------------------


def test_settled_26_a_document_is_kept_once_however_often_it_is_put(door: Door) -> None:
    first, before = put(door), counts(door.gateway)
    again = put(door)
    assert (first.status_code, again.status_code, first.json()["scanned"]) == (201, 200, "no")
    assert counts(door.gateway) == before
    (kept,) = [row for row in rows(door.gateway, "content") if row["kind"] == "attachment"]
    assert bytes(kept["body"]) == FORM


def test_that_a_document_was_kept_is_in_the_record(door: Door) -> None:
    put(door)
    assert [row["type"] for row in rows(door.gateway, "entry")] == ["document.kept"]


@on_sqlite
@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"digest": "0" * 64}, 422),
        ({"digest": "not-a-digest"}, 422),
        ({"kind": "text/html"}, 415),
        ({"kind": "image/png"}, 422),
        ({"key": "nobody"}, 401),
    ],
    ids=["other bytes", "no digest", "a type not taken", "another type", "nobody"],
)
def test_settled_54_what_is_not_what_it_says_is_not_kept(door: Door, how: dict[str, Any], status: int) -> None:
    assert put(door, **how).status_code == status
    assert counts(door.gateway)["content"] == 0


@on_sqlite
def test_settled_26_a_document_over_the_limit_is_too_large(door: Door, catalogue: Catalogue) -> None:
    small = replace(door.gateway, settings=door.gateway.settings.model_copy(update={"max_attachment": 10}))
    assert put(Door(small)).status_code == 413


# Named by a referral -------------------------------------------------------------------------------------------------


def test_a_document_that_is_here_is_listed_on_receipt_status_and_payload(door: Door) -> None:
    put(door)
    receipt = refer(door)
    listed = {"sha256": DIGEST, "kind": "signed_consent", "media_type": "application/pdf", "size": len(FORM)}
    assert receipt["documents"] == [listed | {"state": "here"}]
    assert door.get(receipt["status"]).json()["documents"] == receipt["documents"]
    (payload,) = [bytes(row["body"]) for row in rows(door.gateway, "content") if row["kind"] == "payload"]
    (sent,) = json.loads(payload)["referral"]["attachments"]
    assert {name: sent[name] for name in listed} == listed


def test_settled_26_a_document_that_is_named_and_not_here_is_flagged_and_told(door: Door) -> None:
    receipt = refer(door)
    assert "document_to_follow" in flags(receipt)
    assert receipt["documents"][0]["state"] == "not_here"
    assert [warning["pointer"] for warning in receipt["warnings"]] == ["/attachments/0"]


def test_settled_26_when_it_comes_what_waited_for_it_is_decided_again(door: Door) -> None:
    receipt = refer(door)
    put(door)
    status = door.get(receipt["status"]).json()
    assert status["documents"][0]["state"] == "here"
    assert "document_to_follow" not in {flag for decision in status["decisions"] for flag in decision["flags"]}


@on_sqlite
def test_a_preview_lists_documents_too(door: Door) -> None:
    content = json.dumps(a_hull_referral(**NAMED)).encode()
    told = door.post("/v1/referrals/preview", content, headers={"content-type": JSON}).json()
    assert told["records"][0]["documents"][0]["state"] == "not_here"


@on_sqlite
def test_another_sender_cannot_name_what_it_did_not_send(door: Door) -> None:
    put(door, key=LEICESTER)
    assert refer(door)["documents"][0]["state"] == "not_here"


@pytest.fixture
def trying(door: Door) -> Door:
    """The same gateway, where Hull's school has a test key too."""
    school = door.gateway.callers[sha256(HULL.encode()).hexdigest()].registration
    known = dict(door.gateway.callers) | {sha256(TRIAL.encode()).hexdigest(): Caller(Role.SENDER, school, test=True)}
    return Door(replace(door.gateway, callers=known))


def test_settled_53_a_document_sent_with_a_test_key_is_not_here_for_a_live_referral(trying: Door) -> None:
    put(trying, key=TRIAL)
    receipt = refer(trying)
    assert receipt["documents"][0]["state"] == "not_here"
    assert "document_to_follow" in flags(receipt)


def test_settled_53_a_live_referral_goes_on_waiting_when_its_document_comes_with_a_test_key(trying: Door) -> None:
    receipt = refer(trying)
    put(trying, key=TRIAL)
    assert trying.get(receipt["status"]).json()["documents"][0]["state"] == "not_here"
    assert put(trying).status_code == 201
    assert trying.get(receipt["status"]).json()["documents"][0]["state"] == "here"


@on_sqlite
def test_t6_no_list_of_documents_repeats_a_files_name(door: Door) -> None:
    receipt = refer(door)
    told = [json.dumps(receipt), door.get(receipt["status"]).text, door.get(receipt["receipt"]).text]
    assert not [text for text in told if "consent.pdf" in text]


# Inside a zip --------------------------------------------------------------------------------------------------------


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return packed.getvalue()


def submit(door: Door, files: dict[str, bytes]) -> httpx2.Response:
    return door.submit("liquidlogic", zipped(files), kind=ZIP, key=LEICESTER)


def tables(*children: int) -> dict[str, bytes]:
    """A bundle as the CSV files that a case system writes."""
    written = {}
    for name, lines in json.loads(bundle(*children)).items():
        header = list(lines[0])
        written[f"{name}.csv"] = "\n".join(
            [",".join(header), *(",".join(str(line[column]) for column in header) for line in lines)]
        ).encode()
    return written


def test_settled_54_documents_inside_a_zip_go_with_its_one_record(door: Door) -> None:
    response = submit(door, tables(1) | {"documents/eha/assessment.pdf": FORM})
    (receipt,) = response.json()["receipts"]
    assert [(one["kind"], one["state"]) for one in receipt["documents"]] == [("eha", "here")]
    assert len(rows(door.gateway, "attachment")) == 1


def test_a_folder_named_as_a_record_says_whose_a_document_is(door: Door) -> None:
    records = door.gateway.reader.read("liquidlogic", "leicester", io.BytesIO(bundle(1, 2)))
    *_, last = (read.referral.source.record_id for read in records if read.referral)
    response = submit(door, tables(1, 2) | {f"documents/{str(last).replace(':', '-')}/plan.pdf": FORM})
    first, second = response.json()["receipts"]
    assert ("documents" in first, [one["kind"] for one in second["documents"]]) == (False, ["other"])


@on_sqlite
def test_a_document_of_no_record_is_told_and_nothing_is_guessed(door: Door) -> None:
    response = submit(door, tables(1, 2) | {"documents/Maya Fernsby.pdf": FORM})
    states = [receipt["state"] for receipt in response.json()["receipts"]]
    assert states == ["accepted", "accepted", "rejected"]
    assert "Fernsby" not in response.text
    assert not rows(door.gateway, "attachment")


@on_sqlite
def test_settled_54_a_document_with_macros_stays_behind_and_its_record_goes_on(door: Door) -> None:
    macros = zipped({"[Content_Types].xml": b"", "word/document.xml": b"", "word/vbaProject.bin": b"x"})
    (receipt,) = submit(door, tables(1) | {"documents/form.docx": macros}).json()["receipts"]
    assert (receipt["state"], "documents" in receipt) == ("accepted", False)
    assert [one["expected"] for one in receipt["warnings"] if "zip" in one.get("position", "")] == [
        "a document without macros"
    ]


@on_sqlite
def test_a_form_that_is_one_file_may_come_in_a_zip_with_documents(door: Door) -> None:
    form = (SAMPLES / "govuk_forms" / "samples" / "agreed.json").read_bytes()
    content = zipped({"agreed.json": form, "documents/signed_consent/form.pdf": FORM})
    (receipt,) = door.submit("govuk_forms", content, kind=ZIP, key=FORMS).json()["receipts"]
    assert [one["kind"] for one in receipt["documents"]] == ["signed_consent"]


@on_sqlite
def test_two_files_of_such_a_form_in_one_zip_are_refused(door: Door) -> None:
    form = (SAMPLES / "govuk_forms" / "samples" / "agreed.json").read_bytes()
    content = zipped({"a.json": form, "b.json": form, "documents/form.pdf": FORM})
    response = door.submit("govuk_forms", content, kind=ZIP, key=FORMS)
    assert (response.status_code, "one file beside" in response.json()["detail"]) == (422, True)


# The scanner ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def scanned(catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]) -> Any:
    """A gateway whose scanner finds something in whatever says `virus`, and breaks at whatever says `broken`."""
    script = tmp_path / "scanner"
    script.write_text('#!/bin/sh\nread text\ncase "$text" in *virus*) exit 1;; *broken*) exit 2;; esac\n')
    script.chmod(0o700)
    with running(catalogue, tmp_path, demo_urls, scanner=str(script)) as gateway:
        yield Door(gateway)


def note(door: Door, text: str) -> httpx2.Response:
    body = f"{text}\n".encode()
    response: httpx2.Response = put(door, body, sha256(body).hexdigest(), "text/plain")
    return response


@on_sqlite
@pytest.mark.parametrize(("text", "status"), [("clean", 201), ("a virus", 422), ("broken", 503)])
def test_settled_54_a_scanner_decides_what_is_kept(scanned: Door, text: str, status: int) -> None:
    response = note(scanned, text)
    assert (response.status_code, counts(scanned.gateway)["attachment"]) == (status, int(status == 201))
    assert response.json().get("scanned", "clean") == "clean"


@on_sqlite
def test_settled_54_what_a_scanner_found_is_not_kept_in_the_zip_either(scanned: Door) -> None:
    (receipt,) = submit(scanned, tables(1) | {"documents/note.txt": b"a virus\n"}).json()["receipts"]
    assert (receipt["state"], "documents" in receipt) == ("accepted", False)
    assert not [row for row in rows(scanned.gateway, "content") if b"a virus" in bytes(row["body"])]


@on_sqlite
def test_a_scanner_that_is_not_there_refuses_what_it_cannot_see(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    with running(catalogue, tmp_path, demo_urls, scanner="/nowhere/scanner") as gateway:
        assert put(Door(gateway)).status_code == 503
