"""A reviewer opens, decides, looks and hands over: each in the record first, and nothing edited (TH-C24)."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from contracts.errors import NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.data_protection import worksheet
from gateway.flows.data_protection.packmarks import Mark
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.looked import PACK
from gateway.path.redacting import OUT, absent, leaves, redacted
from gateway.path.suggesting import FLAGS, suggested
from tests.flows.data_protection.test_rights import act, who, written
from tests.flows.desks import HUB, REASON
from tests.running import Door, a_hull_referral, rows

T = TypeVar("T")


def do(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def names(gateway: Gateway, request: str) -> dict[str, str]:
    """Label → name of every part."""
    told = do(worksheet.sheet(gateway, who(gateway), request))
    return {part["label"]: part["name"] for one in told["requests"] for part in one["parts"]}


def opened(gateway: Gateway, request: str, *parts: str) -> list[dict[str, Any]]:
    return do(worksheet.open_parts(gateway, who(gateway), request, parts, REASON))


def decided(gateway: Gateway, request: str, *marks: Mark) -> dict[str, str]:
    return do(worksheet.decide(gateway, who(gateway), request, marks))


def handed(gateway: Gateway, request: str) -> zipfile.ZipFile:
    """The pack as somebody gets it."""

    async def take() -> bytes:
        pieces = await worksheet.export(gateway, who(gateway), request, REASON)
        return b"".join([piece async for piece in pieces])

    return zipfile.ZipFile(io.BytesIO(do(take())))


def pack(gateway: Gateway, request: str) -> dict[str, Any]:
    with handed(gateway, request) as archive:
        return dict(json.loads(archive.read("pack.json")))


@pytest.fixture
def request_(door: Door) -> tuple[Gateway, str]:
    door.accepted()
    return door.gateway, written(door.gateway)


def test_a_listed_part_tells_its_place_and_what_to_think_of_and_nothing_in_it(request_: tuple[Gateway, str]) -> None:
    told = json.dumps(do(worksheet.sheet(request_[0], who(request_[0]), request_[1])))
    mother = a_hull_referral()["people"][1]
    assert not any(word in told for word in (mother["first_name"], "Maya", "late most mornings"))
    assert FLAGS["third_party"] in told


def test_what_is_opened_is_in_the_record_at_the_request_it_is_part_of(request_: tuple[Gateway, str]) -> None:
    gateway, request = request_
    reason = names(gateway, request)["Reason"]
    with pytest.raises(NoSuchAnswer):
        do(worksheet.open_parts(gateway, who(gateway), request, [reason], ""))
    assert "late most mornings" in opened(gateway, request, reason)[0]["value"]
    entries = [row["referral"] for row in rows(gateway, "entry") if row["type"] == worksheet.OPENED]
    assert sorted(entries) == sorted([reason.partition("/")[0], request])


def test_nobody_decides_on_a_part_they_have_not_opened(request_: tuple[Gateway, str]) -> None:
    gateway, request = request_
    with pytest.raises(NoSuchAnswer, match="Open a part"):
        decided(gateway, request, Mark(names(gateway, request)["Reason"], "give", REASON))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"decision": "shred"}, "decision"),
        ({"decision": "withhold"}, "ground"),
        ({"reason": ""}, "reason"),
        ({"decision": "redact", "ground": "crime"}, "fields"),
        ({"decision": "redact", "ground": "crime", "fields": ("/nowhere",)}, "fields"),
        ({"decision": "redact", "ground": "crime", "passages": ("not there",)}, "passages"),
    ],
)
def test_a_decision_that_lacks_something_is_not_kept(
    request_: tuple[Gateway, str], changes: dict[str, Any], field: str
) -> None:
    gateway, request = request_
    reason = names(gateway, request)["Reason"]
    opened(gateway, request, reason)
    wrong = decided(gateway, request, Mark(**({"name": reason, "decision": "give", "reason": REASON} | changes)))
    assert set(wrong) == {f"{field}-0"}
    assert worksheet.DECIDED not in [row["type"] for row in rows(gateway, "entry")]


def test_the_pack_is_handed_over_once_all_is_decided_and_just_this_was_looked_at(
    request_: tuple[Gateway, str],
) -> None:
    gateway, request = request_
    parts = names(gateway, request)
    with pytest.raises(NoSuchAnswer, match="wait for a decision"):
        pack(gateway, request)
    opened(gateway, request, *parts.values())
    marks = {name: Mark(name, "withhold", REASON, "third_party") for name in parts.values()}
    marks[parts["Person 1: the child"]] = Mark(parts["Person 1: the child"], "give", REASON)
    marks[parts["Reason"]] = Mark(parts["Reason"], "redact", REASON, "third_party", (), ("her mother asks",))
    assert decided(gateway, request, *marks.values()) == {}
    with pytest.raises(NoSuchAnswer, match="Look at what they will see"):
        pack(gateway, request)
    shown = do(worksheet.preview(gateway, who(gateway), request, REASON))
    told = pack(gateway, request)
    kept = told["requests"][0]["what_is_kept"]
    assert set(kept) == {"/people/0", "/reason"}
    assert kept["/reason"] == f"Maya is late most mornings and {OUT} for help with routines."
    assert kept["/reason"] in shown
    assert a_hull_referral()["people"][1]["first_name"] not in json.dumps(told) + shown
    decided(gateway, request, Mark(parts["Reason"], "give", REASON))
    with pytest.raises(NoSuchAnswer, match="may have changed"):
        pack(gateway, request)
    types = [row["type"] for row in rows(gateway, "entry") if row["referral"] == request]
    assert types[-1] == worksheet.DECIDED
    assert types.count(PACK) == 1


def test_what_was_decided_and_why_is_in_no_entry(request_: tuple[Gateway, str]) -> None:
    gateway, request = request_
    reason = names(gateway, request)["Reason"]
    opened(gateway, request, reason)
    why = "Quillwort lantern: it would tell her brother"
    assert decided(gateway, request, Mark(reason, "redact", why, "third_party", (), ("late most mornings",))) == {}
    entries = [row["body"] for row in rows(gateway, "content") if row["kind"] == "sections"]
    assert not any(b"Quillwort" in body or b"late most mornings" in body for body in entries)


def test_only_a_request_for_access_has_a_worksheet_and_only_for_whoever_answers_it(door: Door) -> None:
    door.accepted()
    with pytest.raises(NotFound):
        do(worksheet.sheet(door.gateway, who(door.gateway), written(door.gateway, "erasure")))
    with pytest.raises(NotYourRole):
        do(worksheet.sheet(door.gateway, who(door.gateway, HUB), written(door.gateway)))


def test_what_has_ended_is_read_and_not_decided_on_any_more(request_: tuple[Gateway, str]) -> None:
    gateway, request = request_
    reason = names(gateway, request)["Reason"]
    opened(gateway, request, reason)
    act(gateway, request, "close", "refused")
    with pytest.raises(Exception, match="has ended"):
        decided(gateway, request, Mark(reason, "give", REASON))


# What is left out -----------------------------------------------------------------------------------------------------

plain = st.recursive(
    st.text(max_size=20) | st.booleans() | st.integers(0, 9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@drawn(plain)
@settings(max_examples=30)
def test_nothing_marked_is_nothing_changed_and_every_marked_field_is_gone(value: Any) -> None:
    assert redacted(value, (), ()) == value
    pointers = [pointer for pointer, _ in leaves(value)]
    assert {text for _, text in leaves(redacted(value, pointers, ()))} <= {OUT}


@pytest.mark.parametrize("written_as", ["her mother", "HER  Mother", "her\nmother"])
def test_a_passage_is_left_out_however_it_is_spaced_or_capitalised(written_as: str) -> None:
    assert redacted({"a": [f"Ask {written_as} first."]}, (), ("her mother",)) == {"a": [f"Ask {OUT} first."]}


def test_a_passage_that_is_not_there_is_named_by_its_line() -> None:
    assert absent({"a": "her mother"}, ("her mother", "his father")) == [2]


@pytest.mark.parametrize(
    ("place", "value", "own", "expected"),
    [
        ("/people/0", {"roles": ["child"], "first_name": "Maya"}, True, ()),
        ("/people/1", {"roles": ["parent"]}, False, ("third_party",)),
        ("/people/2", {"roles": ["alleged_harm"]}, False, ("third_party", "serious_harm", "child_abuse")),
        ("/reason", "The police came to the house on Monday.", False, ("third_party", "crime")),
        ("/criminal", "None", False, ("crime",)),
        ("/written_here/0", {"reason": "Our solicitor says so."}, False, ("third_party", "privilege")),
        ("/needs/0", {"code": "attendance"}, False, ()),
    ],
)
def test_what_to_think_of_follows_from_the_place_and_the_words(
    place: str, value: Any, own: bool, expected: tuple[str, ...]
) -> None:
    assert suggested(place, value, own) == expected
