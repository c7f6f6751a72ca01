"""No family's word leaves its two places: the table `content`, and the hub that may have it (reliability O11, P24).

Every personal field of a referral, and every leaf of each source's sample, carries a word found nowhere else. Every
path and every fault is then driven, and the words are looked for wherever else they could have gone.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from gateway.config.catalogue import Catalogue
from gateway.flows.gateway import Gateway
from gateway.logs import JsonLines
from gateway.record.entries import unpack
from gateway.store.tables import METADATA
from gateway.store.writer import Write
from tests.adapters.conftest import pack
from tests.running import FORMS, HULL, JSON, LEICESTER, SAMPLES, ZIP, Door, a_hull_referral, as_bytes, rows, running

HULL_HUB = "demo-hull-hub"
MARK = re.compile(r"zq\w*zq", re.IGNORECASE)
CHANCE = re.compile(r'"[\w-]{43}\\?"|[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{80,}={0,2}')
"""Digests, roots and signatures as they are spelt: random letters, in which any short word turns up in time."""


def planted() -> dict[str, Any]:
    """A referral with a word of its own in every field that could hold a family's."""
    return a_hull_referral(
        source={"system": "canonical", "record_id": "zqrecordzq"},
        referrer={
            "kind": "professional",
            "name": "Zqreferrerzq Okoro",
            "agency": "Zqagencyzq School",
        },
        family={"locality": "West", "summary": "Zqsummaryzq."},
        people=[
            {
                "id": "zqchildidzq",
                "roles": ["child"],
                "first_name": "Zqmayazq",
                "surname": "Zqfernsbyzq",
                "date_of_birth": "2017-03-14",
                "addresses": [{"lines": ["4 Zqrowzq"], "town": "Zqtownzq", "postcode": "ZZ1 1ZZ"}],
                "identifiers": [{"system": "upn", "value": "Zqupnzq"}],
            },
            {
                "id": "zqmotheridzq",
                "roles": ["parent"],
                "first_name": "Zqjoanzq",
                "surname": "Zqfernsbyzq",
                "why_needed": "Zqwhyzq.",
                "phones": [{"number": "zqphonezq"}],
            },
        ],
        reason="Zqreasonzq is late most mornings.",
        sharing_limits=[],
        relationships=[{"person": "zqmotheridzq", "to": "zqchildidzq", "kind": "PAM", "parental_responsibility": True}],
        needs=[{"code": "attendance", "whose": "zqchildidzq"}],
        agreements=[a_hull_referral()["agreements"][0] | {"giver": "zqmotheridzq"}],
    )


def with_marks(content: bytes) -> bytes:
    """A sample's text values, each with a mark in it where it is a word longer than a code."""
    return re.sub(rb'("answer_text": "[A-Z][a-z]{3,})( |")', rb"\1zqanswerzq\2", content)


SENT: list[tuple[str, str, str, bytes]] = [
    ("canonical", HULL, JSON, as_bytes(planted())),
    ("canonical", HULL, JSON, as_bytes(planted() | {"agreements": []})),
    ("canonical", HULL, JSON, as_bytes(planted() | {"harm": {"level": "significant", "what_happened": "Zqharmzq."}})),
    ("canonical", HULL, JSON, as_bytes(planted() | {"zqunknownzq": "zqvaluezq"})),
    ("canonical", HULL, JSON, as_bytes(planted() | {"harm": {"level": "zqlevelzq"}})),
    ("canonical", HULL, JSON, as_bytes(planted() | {"purpose": "step_down"})),
    ("canonical", HULL, JSON, as_bytes(planted() | {"council": "leicester"})),
    ("canonical", HULL, JSON, as_bytes(planted() | {"council": "zqcouncilzq"})),
    ("canonical", HULL, JSON, as_bytes(planted() | {"people": "zqpeoplezq"})),
    ("canonical", HULL, JSON, as_bytes(planted() | {"needs": [{"code": "zqneed zq", "whose": "zqwhosezq"}]})),
    ("canonical", HULL, JSON, as_bytes(planted())[:-1] + b', "zqkeyzq": 1, "zqkeyzq": 2}'),
    ("canonical", HULL, JSON, as_bytes(planted())[:-9]),
    ("canonical", HULL, JSON, as_bytes(planted()).replace(b"Zqmayazq", b"Zqmaya\xff zq")),
    ("canonical", "zqkeyzq", JSON, as_bytes(planted())),
    ("canonical", HULL, "text/zqtypezq", as_bytes(planted())),
    ("zqsourcezq", HULL, JSON, b"zqbodyzq"),
    *(
        ("govuk_forms", FORMS, JSON, with_marks(path.read_bytes()))
        for path in sorted((SAMPLES / "govuk_forms" / "samples").glob("*.json"))
    ),
    ("govuk_forms", FORMS, JSON, b'{"form_name": "zqformzq", "submission_reference": "zqrefzq", "answers": []}'),
    ("govuk_forms", FORMS, JSON, b'{"answers": [{"question_id": "zqquestionzq"}]}'),
    ("school", HULL, ZIP, pack({"zqfilezq.csv": "Zqmayazq,Zqfernsbyzq\n1,2\n"})),
    ("school", HULL, ZIP, pack({"referral.csv": "Zqmayazq,Zqfernsbyzq,14/03/2017\n", "p.csv": "Zqjoanzq\n"})),
    (
        "school",
        HULL,
        ZIP,
        pack(
            {
                "referral.csv": "upn,reason,agreement,referrer_name\nZqupnzq,Zqreasonzq,given,Zqokorozq\n"
                "Zqotherzq,Zqreasonzq,zqagreedzq,Zqokorozq\n",
                "zqpupilszq.csv": "UPN,Forename,Surname,DOB,Sex\nZqupnzq,Zqmayazq,Zqfernsbyzq,zqbornzq,zqsexzq\n",
            }
        ),
    ),
    ("liquidlogic", LEICESTER, ZIP, pack({"zqtablezq.csv": "zqcolumnzq\nzqcellzq\n"})),
    ("liquidlogic", LEICESTER, JSON, b'{"zqtablezq": [{"zqcolumnzq": "zqcellzq"}]}'),
]


class Heard:
    """Everything that left one gateway but for its content: answers, and log lines."""

    def __init__(self) -> None:
        self.answers: list[httpx2.Response] = []
        self.log = io.StringIO()


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Iterator[tuple[Gateway, Heard, Path]]:
    """A gateway that met everything in SENT, twice, and what was asked about it afterwards."""
    folder, heard = tmp_path_factory.mktemp("canaries"), Heard()
    handler = logging.StreamHandler(heard.log)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    with running(catalogue, folder, (f"sqlite:///{folder}/gateway.db", "")) as gateway:
        door = Door(gateway)
        for number, (source, key, kind, content) in enumerate(SENT):
            for once in (f"k{number}", f"k{number}", f"k{max(number - 1, 0)}"):
                heard.answers.append(sent(door, source, content, key=key, kind=kind, once=once))
        for referral in rows(gateway, "referral"):
            key = {"hull": HULL, "leicester": LEICESTER}.get(referral["council"], FORMS)
            for path in ("", "/receipt"):
                heard.answers.append(door.get(f"/v1/referrals/{referral['id']}{path}", key=key))
            heard.answers.append(door.post(f"/v1/referrals/{referral['id']}/withdrawal", b"zqbodyzq", key=key))
        heard.answers += told_back(door)
        heard.answers.append(door.get("/v1/referrals/zqidzq"))
        heard.answers.append(door.get("/zqpathzq?zqqueryzq=zqvaluezq"))
        yield gateway, heard, folder
    root.removeHandler(handler)
    root.setLevel(level)


def told_back(door: Door) -> list[httpx2.Response]:
    """Everything of the way back, with words planted in it: by a hub of a message that arrived, and by its sender."""
    referral = door.accepted(a_hull_referral(), once="back")
    (row,) = [row for row in rows(door.gateway, "delivery") if row["referral"] == referral]
    settled = update(METADATA.tables["delivery"]).where(METADATA.tables["delivery"].c.id == row["id"])
    door.gateway.writer.run(Write(lambda tx: tx.execute(settled.values(state="delivered")) and None))
    event, outcome = (f"/v1/deliveries/{row['id']}/{name}" for name in ("events", "outcome"))
    answers, agreement, correction = (
        f"/v1/referrals/{referral}/{name}" for name in ("answers", "agreement", "correction")
    )
    giver = {"giver": "mother", "status": "given", "on_date": "2026-10-19", "capacity": "parent"}
    said: list[tuple[str, str, object]] = [
        (event, HULL_HUB, {"event": "more_information_asked", "words": "Zqquestionzq?"}),
        (event, HULL_HUB, {"event": "zqeventzq"}),
        (event, HULL_HUB, {"event": "opened", "zqfieldzq": "zqvaluezq"}),
        (event, HULL_HUB, {"event": "opened", "happened_at": "zqwhenzq"}),
        (outcome, HULL_HUB, {"outcome": "declined", "words": "Zqreasonzq."}),
        (outcome, HULL_HUB, {"outcome": "zqoutcomezq", "lead": "Zqleadzq"}),
        (outcome, HULL, {"outcome": "declined", "words": "Zqreasonzq."}),
        (answers, HULL, {"words": "Zqanswerzq.", "question": "zqquestionzq"}),
        (answers, HULL, {"words": "Zqanswerzq."}),
        (agreement, HULL, {"agreement": giver | {"signed_document": "zqdocumentzq", "reason": "Zqreasonzq."}}),
        (agreement, HULL, {"agreement": giver | {"giver": "zqgiverzq"}}),
        (agreement, HULL, {"sharing_limits": [{"what": "Zqlimitzq", "groups": ["zqgroupzq"]}]}),
        (agreement, HULL, {"sharing_limits": [{"what": "Zqlimitzq", "pointers": ["zqpointerzq"]}]}),
        (correction, HULL, a_hull_referral(reason="Zqcorrectedzq.", source={"system": "canonical"})),
        (correction, HULL, a_hull_referral(corrects="zqcorrectszq", people=[{"id": "zqidzq", "surname": "Zqotherzq"}])),
        ("/v1/deliveries/zqidzq/events", HULL_HUB, {"event": "opened", "words": "Zqwordszq."}),
    ]
    how = {"content-type": JSON}
    return [
        door.post(path, as_bytes(document), key=key, headers=how | {"idempotency-key": f"back-{number}"})
        for number, (path, key, document) in enumerate(said)
    ]


def sent(door: Door, source: str, content: bytes, **how: str) -> httpx2.Response:
    if source == "canonical":
        return door.refer(content, key=how["key"], once=how["once"], headers={"content-type": how["kind"]})
    return door.submit(source, content, key=how["key"], once=how["once"], kind=how["kind"])


Driven = tuple[Gateway, Heard, Path]


def test_the_drive_met_acceptance_and_each_kind_of_refusal(driven: Driven) -> None:
    _, heard, _ = driven
    assert {answer.status_code for answer in heard.answers} == {200, 202, 401, 403, 404, 415, 422}


def test_the_planted_referral_itself_was_accepted_and_diverted(driven: Driven) -> None:
    _, heard, _ = driven
    first, _, _, without_agreement, _, _, harm, *_ = heard.answers
    outcomes = [answer.json()["receipts"][0]["decisions"][0]["outcome"] for answer in (first, without_agreement, harm)]
    assert outcomes == ["share", "hold", "divert"]


def test_the_content_holds_the_words_so_that_there_is_something_to_find(driven: Driven) -> None:
    gateway, _, _ = driven
    found = {word.lower() for row in rows(gateway, "content") for word in MARK.findall(text_of(row["body"]))}
    assert found >= {"zqmayazq", "zqfernsbyzq", "zqreasonzq", "zqphonezq", "zqupnzq", "zqanswerzq"}


def test_no_answer_repeats_a_word(driven: Driven) -> None:
    _, heard, _ = driven
    for answer in heard.answers:
        assert MARK.findall(CHANCE.sub("", f"{answer.text} {answer.headers}")) == [], answer.status_code


def test_no_log_line_repeats_a_word(driven: Driven) -> None:
    _, heard, _ = driven
    assert heard.log.getvalue()
    assert MARK.findall(heard.log.getvalue()) == []


@pytest.mark.parametrize("table", [table.name for table in METADATA.sorted_tables if table.name != "content"])
def test_no_table_but_content_holds_a_word(driven: Driven, table: str) -> None:
    gateway, _, _ = driven
    text = " ".join(text_of(value) for row in rows(gateway, table) for value in row.values())
    assert MARK.findall(CHANCE.sub("", text)) == []


def test_p24_no_section_of_an_entry_holds_a_word(driven: Driven) -> None:
    gateway, _, _ = driven
    kept = [bytes(row["body"]) for row in rows(gateway, "content") if row["kind"] == "sections"]
    assert kept
    assert [word for body in kept for section in unpack(body) for word in MARK.findall(text_of(section.value))] == []


def test_no_other_file_beside_the_store_holds_a_word(driven: Driven) -> None:
    _, _, folder = driven
    others = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("gateway.db")]
    others += list(folder.glob("gateway.db.*"))
    assert others
    assert [path.name for path in others if MARK.search(path.read_bytes().decode("latin-1"))] == []


def text_of(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
