"""Whatever arrives, the answer is a 4xx that names place and remedy, and what was readable enough to keep is kept."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from gateway.config.catalogue import Catalogue
from gateway.doors.api import create_app
from tests.adapters.conftest import pack
from tests.running import (
    FORMS,
    HULL,
    JSON,
    LEICESTER,
    SAMPLES,
    ZIP,
    Door,
    a_hull_referral,
    as_bytes,
    counts,
    rows,
    running,
)

GOOD = as_bytes(a_hull_referral())
FORM = (SAMPLES / "govuk_forms" / "samples" / "agreed.json").read_bytes()
SOURCES = {
    "canonical": (HULL, JSON),
    "govuk_forms": (FORMS, JSON),
    "liquidlogic": (LEICESTER, ZIP),
    "school": (HULL, ZIP),
}


def bomb() -> bytes:
    """A zip of 40 KB that unpacks to 40 MB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("referral.csv", b"a" * 40_000_000)
    return packed.getvalue()


JSON_FAULTS = {
    "nothing": b"",
    "unreadable bytes": bytes(range(256)),
    "broken": b'{"council": "hull", ',
    "not UTF-8": GOOD.replace(b"Maya", "Zo\u00eb".encode("cp1252")),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "a key twice": GOOD[:-1] + b', "reason": "Again."}',
    "NaN": GOOD[:-1] + b', "x": NaN}',
    "Infinity": GOOD[:-1] + b', "x": -Infinity}',
    "half a surrogate pair": GOOD[:-1] + b', "x": "\\ud800"}',
    "NUL": GOOD[:-1] + b', "x": "\\u0000"}',
    "200,000 deep": b"[" * 200_000,
    "200,000 deep objects": b'{"":' * 200_000 + b"1" + b"}" * 200_000,
    "a huge number": GOOD[:-1] + b', "x": ' + b"9" * 5_000 + b"}",
    "more after the end": GOOD + b"{}",
    "a list": b"[]",
    "a number": b"7",
}
CANONICAL_FAULTS = {
    "an unknown field": a_hull_referral(surnme="x"),
    "an unknown code": a_hull_referral(harm={"level": "quite bad"}),
    "a number for a date": a_hull_referral(people=[{"id": "child", "roles": ["child"], "date_of_birth": 20170314}]),
    "true for text": a_hull_referral(reason=True),
    "a missing field": {"council": "hull"},
}
ZIP_FAULTS = {
    "nothing": b"",
    "unreadable bytes": bytes(range(256)),
    "broken zip": pack({"referral.csv": "a,b\n1,2\n"})[:-30],
    "zip bomb": bomb(),
    "empty zip": pack({}),
    "no sheet": pack({"other.csv": "a,b\n1,2\n"}),
    "a name that climbs": pack({"../referral.csv": "a\n1\n"}),
    "broken CSV": pack({"referral.csv": 'upn,reason\n"A123', "pupils.csv": "UPN,Forename,Surname,DOB\nA1,A,B,\n"}),
    "NUL in CSV": pack({"referral.csv": "upn,reason\nA\0,B\n", "pupils.csv": "UPN,Forename,Surname,DOB\n"}),
    "wrong encoding": pack({"referral.csv": "upn,reason\nA,Zo\u00eb\n".encode("cp1252"), "pupils.csv": b"UPN\n"}),
    "missing columns": pack({"referral.csv": "upn\nA1\n", "pupils.csv": "UPN,Forename,Surname,DOB\nA1,A,B,\n"}),
}
CASES = [
    *(("canonical", name, body) for name, body in JSON_FAULTS.items()),
    *(("canonical", name, as_bytes(body)) for name, body in CANONICAL_FAULTS.items()),
    *(("govuk_forms", name, body) for name, body in JSON_FAULTS.items()),
    ("govuk_forms", "another form", FORM.replace(b"Early Help Enquiry", b"Another")),
    ("govuk_forms", "wrong source", GOOD),
    *(("liquidlogic", name, body) for name, body in ZIP_FAULTS.items()),
    ("liquidlogic", "wrong source", FORM),
    *(("school", name, body) for name, body in ZIP_FAULTS.items()),
    ("school", "wrong source", FORM),
]


def send(door: Door, source: str, body: bytes, once: str = "first", kind: str = "") -> tuple[int, dict[str, Any]]:
    key, usual = SOURCES[source]
    if source == "canonical":
        response = door.refer(body, key=key, once=once)
    else:
        response = door.submit(source, body, kind=kind or usual, key=key, once=once)
    assert response.headers["content-type"].startswith("application/problem+json"), response.text
    told: dict[str, Any] = response.json()
    return response.status_code, told


Outcome = tuple[int, dict[str, Any], list[dict[str, Any]]]
"""Status, body, and the submissions it left in the store."""
Outcomes = dict[tuple[str, str], Outcome]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Outcomes:
    """Every case sent to one gateway, each under a key of its own."""
    folder: Path = tmp_path_factory.mktemp("bad")
    found = {}
    with running(catalogue, folder, (f"sqlite:///{folder}/gateway.db", "")) as gateway:
        door = Door(gateway)
        for source, name, body in CASES:
            before = {row["id"] for row in rows(gateway, "submission")}
            status, told = send(door, source, body, once=f"{source}-{name}".replace(" ", "_").replace("\u00eb", "e"))
            left = [row for row in rows(gateway, "submission") if row["id"] not in before]
            found[source, name] = status, told, left
    return found


IDS = [f"{source}: {name}" for source, name, _ in CASES]


@pytest.mark.parametrize(("source", "name"), [case[:2] for case in CASES], ids=IDS)
def test_bad_input_is_answered_4xx_with_what_to_do(outcomes: Outcomes, source: str, name: str) -> None:
    status, told, _ = outcomes[source, name]
    assert status == 422
    assert told["detail"]
    assert told["emergency"]
    assert all(fault["remedy"] for fault in told["errors"])


@pytest.mark.parametrize(("source", "name"), [case[:2] for case in CASES], ids=IDS)
def test_bad_input_is_kept_and_recorded_as_rejected(outcomes: Outcomes, source: str, name: str) -> None:
    _, _, left = outcomes[source, name]
    assert [(row["state"], row["source"]) for row in left] == [("rejected", source)]
    assert (left[0]["raw"] is None) == (source == "school")


@pytest.mark.parametrize("source", SOURCES)
def test_a_file_of_another_source_names_what_was_expected(outcomes: Outcomes, source: str) -> None:
    name = "a list" if source == "canonical" else "wrong source"
    _, told, _ = outcomes[source, name]
    assert told["errors"][0]["expected"]


def test_a_misspelt_field_is_told_the_nearest_right_name(door: Door) -> None:
    people = [{"id": "child", "roles": ["child"], "surnme": "Fernsby"}]
    (fault,) = door.refer(a_hull_referral(people=people)).json()["errors"]
    assert (fault["pointer"], "`surname`" in fault["remedy"]) == ("/people/0/surnme", True)


def test_a_field_that_belongs_elsewhere_is_not_told_its_own_name(door: Door) -> None:
    (fault,) = door.refer(a_hull_referral(surname="Fernsby")).json()["errors"]
    assert fault["remedy"].startswith("Take it out")


def test_a_name_that_is_no_fields_is_not_repeated(door: Door) -> None:
    response = door.refer(a_hull_referral(theo_quillfeather="x"))
    assert "quillfeather" not in response.text
    assert response.json()["errors"][0]["pointer"] == "/…"


def test_an_unknown_source_code_in_a_form_is_no_error(door: Door) -> None:
    content = (SAMPLES / "govuk_forms" / "samples" / "missing_and_unknown.json").read_bytes()
    response = door.submit("govuk_forms", content, kind=JSON, key=FORMS)
    assert (response.status_code, response.json()["receipts"][0]["state"]) == (202, "accepted")


# Size and speed ------------------------------------------------------------------------------------------------------


def test_more_than_a_referral_may_be_is_413_and_not_kept(door: Door) -> None:
    response = door.refer(b" " * 1_048_577)
    assert (response.status_code, counts(door.gateway)["submission"]) == (413, 0)
    assert "gateway receive" in response.json()["detail"]


def test_more_than_a_referral_may_be_without_a_length_is_413_and_read_no_further(door: Door) -> None:
    read = 0

    async def drip() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 65_536
            yield b" " * 65_536

    async def scenario() -> int:
        how = {"content-type": JSON, "idempotency-key": "k"}
        return (await door.ask("POST", "/v1/referrals", content=drip(), headers=how)).status_code

    assert asyncio.run(scenario()) == 413
    assert counts(door.gateway)["submission"] == 0


def test_a_sender_that_stops_in_the_middle_is_told_408(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def scenario(app: Starlette) -> list[Any]:
        sent: list[Any] = []
        headers = {"host": "localhost", "authorization": f"Bearer {HULL}", "idempotency-key": "k", "content-type": JSON}
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/referrals",
            "raw_path": b"/v1/referrals",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        first = [{"type": "http.request", "body": b"{", "more_body": True}]

        async def receive() -> dict[str, Any]:
            if first:
                return first.pop()
            await asyncio.sleep(60)
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        await app(scope, receive, send)
        return sent

    with running(catalogue, tmp_path, demo_urls, receive_deadline=0.05) as gateway:
        start, body = asyncio.run(scenario(create_app(gateway)))
        assert (start["status"], counts(gateway)["submission"]) == (408, 0)
        assert "0.05 seconds" in json.loads(body["body"])["detail"]


@pytest.mark.parametrize(("source", "kind"), [("school", "text/csv"), ("govuk_forms", "text/plain"), ("school", "")])
def test_a_content_type_that_the_source_does_not_use_is_415(door: Door, source: str, kind: str) -> None:
    key, usual = SOURCES[source]
    response = door.submit(source, b"x", kind=kind, key=key)
    assert (response.status_code, usual in response.json()["detail"]) == (415, True)


def test_a_canonical_referral_as_a_form_is_415(door: Door) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert door.refer(headers=headers).status_code == 415


def test_a_source_nobody_connected_is_404(door: Door) -> None:
    assert door.submit("canonical", GOOD, kind=JSON).status_code == 404
