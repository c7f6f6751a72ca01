"""A file is looked at, handed over and sent by people: nothing goes before a lead says so, and once only."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound, NotYourRole
from gateway.config.catalogue import Catalogue
from gateway.demo.sending import zip_of
from gateway.flows.acting import acting
from gateway.flows.gateway import Gateway
from gateway.flows.senders import uploads
from gateway.flows.senders.uploads import KEPT
from gateway.store.tables import UPLOAD
from gateway.store.writer import Write
from tests.flows.bundles import bundle
from tests.flows.owners import person, run, stranger
from tests.running import Door, a_hull_referral, as_bytes, on_sqlite, rows, running

ELEVEN = bundle(*range(1, 12))


def school_zip(**changes: str) -> bytes:
    """The demonstration school's zip: three of five pupils, with these words in place of others."""
    read, written = zipfile.ZipFile(io.BytesIO(zip_of("hull_additional_support", date(2026, 11, 23)))), io.BytesIO()
    with zipfile.ZipFile(written, "w") as changed:
        for name in read.namelist():
            text = read.read(name).decode()
            for old, new in changes.items():
                text = text.replace(old.replace("_", "-"), new)
            changed.writestr(name, text)
    return written.getvalue()


def looked(gateway: Gateway, body: bytes, source: str = "school", role: str = "office") -> str:
    upload, wrong = run(uploads.begin(gateway, person(gateway, role), source, body))
    assert not wrong
    return upload


def receipts(gateway: Gateway, upload: str) -> list[str]:
    found = run(uploads.one(gateway, person(gateway), upload))
    return [line.state for line in found.lines if line.state != "warning"]


def test_looking_sends_nothing_and_keeps_no_pupil_export(door: Door) -> None:
    upload = looked(door.gateway, school_zip())
    assert rows(door.gateway, "referral") == []
    found = run(uploads.one(door.gateway, person(door.gateway, "office"), upload))
    assert (found.state, found.kept) == ("looked", False)
    assert found.look is not None
    assert [(one.child, one.reference) for one in found.look.rows] == [
        ("B C", "IA-101"),
        ("F A", "IA-102"),
        ("O P", "IA-103"),
    ]
    kept = [bytes(row["body"]) for row in rows(door.gateway, "content") if row["kind"] == "upload"]
    assert not [word for word in (b"Castellane", b"Bryony", b"Rookhope") for body in kept if word in body]


def test_the_office_hands_over_and_a_lead_sends_the_same_file_once(door: Door) -> None:
    gateway, body = door.gateway, school_zip()
    upload = looked(gateway, body)
    with pytest.raises(NotYourRole):
        run(uploads.send(gateway, person(gateway, "office"), upload, frozenset(), body))
    run(uploads.ready(gateway, person(gateway, "office"), upload))
    with pytest.raises(NoSuchAnswer, match="same file again"):
        run(uploads.send(gateway, person(gateway), upload, frozenset(), None))
    with pytest.raises(NoSuchAnswer, match="not the file"):
        run(uploads.send(gateway, person(gateway), upload, frozenset(), body + b"\0"))
    run(uploads.send(gateway, person(gateway), upload, frozenset(), body))
    assert receipts(gateway, upload) == ["accepted"] * 3
    with pytest.raises(AnsweredAlready):
        run(uploads.send(gateway, person(gateway), upload, frozenset(), body))
    assert len(rows(gateway, "referral")) == 3
    found = run(uploads.one(gateway, person(gateway), upload))
    assert (found.prepared_by, found.ready_by, found.sent_by) == ("pearl.hobbs", "pearl.hobbs", "augusta.fennimore")
    assert len([row for row in rows(gateway, "entry") if row["type"] == "upload.sent" and row["referral"]]) == 3


def test_a_file_whose_bytes_are_kept_is_sent_without_choosing_it_again_and_then_gone(door: Door) -> None:
    gateway = door.gateway
    upload = looked(gateway, as_bytes(a_hull_referral()), "canonical")
    assert sorted(row["kind"] for row in rows(gateway, "content")) == ["sections", "upload", "upload"]
    run(uploads.send(gateway, person(gateway, "deputy"), upload, frozenset(), None))
    assert receipts(gateway, upload) == ["accepted"]
    assert not [row for row in rows(gateway, "content") if row["kind"] == "upload"]


@on_sqlite
def test_what_is_wrong_names_row_and_column_and_what_was_expected(door: Door) -> None:
    upload = looked(door.gateway, school_zip(**{"Z810999926001,Bryony": "Z999,Bryony"}))
    found = run(uploads.one(door.gateway, person(door.gateway), upload))
    assert found.look is not None
    assert found.look.good == 2
    (bad,) = [row for row in found.look.rows if not row.taken]
    place, expected, remedy = bad.faults[0]
    assert "row" in place
    assert expected
    assert remedy
    assert "Bryony" not in repr(bad)


@on_sqlite
def test_a_file_of_which_nothing_can_be_used_is_not_kept(door: Door) -> None:
    lead = person(door.gateway)
    upload, wrong = run(uploads.begin(door.gateway, lead, "canonical", b'{"council": "hull"}'))
    assert (upload, bool(wrong)) == ("", True)
    for source, body, match in (
        ("school", b"a,b\n1,2\n", "another kind"),
        ("school", b"", "empty"),
        ("liquidlogic", b"{}", "Choose what this file is"),
    ):
        with pytest.raises(NoSuchAnswer, match=match):
            run(uploads.begin(door.gateway, lead, source, body))
    assert rows(door.gateway, "upload") == []


@on_sqlite
def test_p27_another_sender_s_file_and_none_are_the_same(door: Door) -> None:
    upload = looked(door.gateway, school_zip())
    told = set[str]()
    for one in (upload, "0f" * 16):
        for ask in (uploads.one, uploads.ready, uploads.drop):
            with pytest.raises(NotFound) as error:
                run(ask(door.gateway, stranger(door.gateway), one))
            told.add(str(error.value))
    assert len(told) == 1
    assert run(uploads.listed(door.gateway, stranger(door.gateway))) == ()


@on_sqlite
def test_what_nobody_touches_goes_and_the_record_says_so(door: Door) -> None:
    gateway = door.gateway
    upload = looked(gateway, school_zip())
    assert run(uploads.expire(gateway)) == 0
    assert _expire_at(gateway, KEPT + 1_000) == 1
    with pytest.raises(NotFound):
        run(uploads.one(gateway, person(gateway), upload))
    assert [row["type"] for row in rows(gateway, "entry")] == ["upload.looked", "upload.gone"]
    assert not [row for row in rows(gateway, "content") if row["kind"] == "upload"]


def _expire_at(gateway: Gateway, ahead: int) -> int:
    """As if so many milliseconds had passed: the row is made that much older."""
    older = update(UPLOAD).values(changed_at=UPLOAD.c.changed_at - ahead)
    gateway.writer.run(Write(lambda tx: tx.execute(older) and None))
    return run(uploads.expire(gateway))


@pytest.fixture
def leicester(catalogue: Catalogue, tmp_path: Any) -> Iterator[Gateway]:
    """Leicester, whose case system has people of its own."""
    home = catalogue.councils["leicester"]
    name = next(one for one, each in home.senders.items() if "liquidlogic" in each.sources)
    people = {"sender_lead": ("una.dray",), "sender_office": ("pip.lane",)}
    senders = dict(home.senders) | {name: replace(home.senders[name], people=people)}
    councils = dict(catalogue.councils) | {"leicester": replace(home, senders=senders)}
    with running(replace(catalogue, councils=councils), tmp_path, (f"sqlite:///{tmp_path}/gateway.db", "")) as built:
        yield built


def test_settled_55_each_child_of_more_than_ten_is_ticked_and_the_rest_wait(leicester: Gateway) -> None:
    home = leicester.council("leicester")
    name = next(one for one, each in home.senders.items() if each.people.get("sender_lead") == ("una.dray",))
    lead = acting(home, "una.dray", "sender_lead", sender=name)
    upload, _ = run(uploads.begin(leicester, lead, "liquidlogic", ELEVEN))
    found = run(uploads.one(leicester, lead, upload))
    assert found.look is not None
    tokens = [row.token for row in found.look.rows]
    assert (len(set(tokens)), found.kept) == (11, True)
    with pytest.raises(NoSuchAnswer, match="Tick each child"):
        run(uploads.send(leicester, lead, upload, frozenset(), None))
    run(uploads.send(leicester, lead, upload, frozenset(tokens[:2]), None))
    found = run(uploads.one(leicester, lead, upload))
    assert found.state == "partly"
    assert [line.state for line in found.lines].count("not_confirmed") == 9
    run(uploads.send(leicester, lead, upload, frozenset(tokens[2:]), None))
    found = run(uploads.one(leicester, lead, upload))
    assert (found.state, found.kept, found.look) == ("sent", False, None)
    assert len(rows(leicester, "referral")) == 11
    sent = [row["referral"] for row in rows(leicester, "entry") if row["type"] == "upload.sent"]
    assert len(sent) == len(set(sent)) == 11
