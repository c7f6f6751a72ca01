"""Entries are sealed as published, and their sections can be opened and erased one by one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.evidence import Entry, Section
from gateway.record.canonical import NotCanonical, canonical
from gateway.record.entries import (
    LARGEST_LEAF,
    BadLeaf,
    BadSections,
    dispose,
    is_about,
    make_entry,
    pack,
    read_leaf,
    section_digest,
    unpack,
    values,
)

RID = "0192f1c2-0000-7000-8000-000000000003"
LEAF_3 = (
    b'{"rid":"0192f1c2-0000-7000-8000-000000000003","sections":{"facts":"qVFkJN81Z2YSjfp8420uEH4eKDoGka167XF3zyMlFZg",'
    b'"human":"jzmnfeR4kiYNZZKkDEtModBRnAqgFEIVIv5vjfv9bTs","outcome":"iAC4veSA0VQ33pAr5wmGh9-WpoJj3M2XulKKf2L0VNY",'
    b'"policy":"fhCrfiApdAV8SmeGtpUliZV0fxCHXcdzTKGEkmlJXVs"},"ts":"2026-11-22T14:16:03.000Z","type":"decision","v":1}'
)


def made(sections: dict[str, object], rid: str = RID, kind: str = "permit") -> Entry:
    return make_entry(rid, "0001", kind, 1, sections, lambda: b"s" * 32)


def test_the_published_leaf_is_made_byte_for_byte(vector: list[Entry]) -> None:
    assert (vector[3].leaf, len(vector[3].leaf)) == (LEAF_3, 334)


def test_a_leaf_is_canonical_json(vector: list[Entry]) -> None:
    assert canonical(json.loads(vector[0].leaf)) == vector[0].leaf


def test_a_leaf_says_what_was_sealed(vector: list[Entry]) -> None:
    said = read_leaf(vector[3].leaf)
    digests = {part.name: section_digest(part.name, part.salt, part.value) for part in vector[3].sections}
    assert (said.rid, said.type, said.ts, said.digests) == (RID, "decision", "2026-11-22T14:16:03.000Z", digests)


def test_the_exact_bytes_that_were_hashed_are_kept() -> None:
    assert made({"human": {"b": "e\u0301", "a": 1}}).sections[0].value == '{"a":1,"b":"é"}'.encode()


def test_each_section_has_a_salt_of_its_own() -> None:
    salts = iter([b"a" * 32, b"b" * 32])
    entry = make_entry(RID, "0001", "permit", 0, {"facts": {}, "human": {}}, lambda: next(salts))
    assert [part.salt for part in entry.sections] == [b"a" * 32, b"b" * 32]


def test_an_entry_without_sections_is_sealed() -> None:
    assert read_leaf(made({}).leaf).digests == {}


def test_the_time_keeps_its_milliseconds() -> None:
    assert read_leaf(make_entry(RID, "0001", "permit", 1_795_356_963_007, {}, {}).leaf).ts == "2026-11-22T14:16:03.007Z"


@pytest.mark.parametrize("rid", ["", RID.upper(), RID[:-1], f"{RID}\n"])
def test_a_rid_that_is_no_uuid_is_refused(rid: str) -> None:
    with pytest.raises(BadLeaf):
        made({}, rid=rid)


@pytest.mark.parametrize("name", ["", "Facts", "a b", 'a"', "é"])
def test_a_section_name_of_the_wrong_form_is_refused(name: str) -> None:
    with pytest.raises((BadLeaf, NotCanonical)):
        made({name: {}})


def test_a_salt_that_is_not_32_bytes_is_refused() -> None:
    with pytest.raises(BadLeaf, match="32 bytes"):
        make_entry(RID, "0001", "permit", 0, {"facts": {}}, lambda: b"short")


def test_a_leaf_larger_than_a_tile_s_entry_may_be_is_refused() -> None:
    with pytest.raises(BadLeaf):
        made({f"s{number}": {} for number in range(LARGEST_LEAF // 50)})


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        LEAF_3 + b" ",
        LEAF_3.replace(b'"v":1', b'"v":2'),
        LEAF_3.replace(b'"rid":', b'"rid": '),
        LEAF_3.replace(b"facts", b"zacts"),
        LEAF_3.replace(b"facts", b"human"),
        LEAF_3.replace(b"FZg", b"FZh"),
        LEAF_3.replace(b"decision", b"d\xc3\xa9cision"),
        LEAF_3.replace(b"decision", b"d\xffcision"),
    ],
)
def test_any_other_spelling_of_a_leaf_is_refused(leaf: bytes) -> None:
    with pytest.raises(BadLeaf):
        read_leaf(leaf)


texts = st.text(st.characters(exclude_categories=("Cs",)))


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), st.dictionaries(st.just("text"), texts)))
@settings(max_examples=50, deadline=None)
def test_packed_sections_come_back_byte_for_byte(sections: dict[str, object]) -> None:
    entry = made(sections)
    assert sorted(unpack(pack(entry.sections)), key=lambda part: part.name) == sorted(
        entry.sections, key=lambda part: part.name
    )


def test_a_mark_after_a_newline_survives_packing() -> None:
    entry = made({"human": {"reason": "\n\u0303"}})
    assert unpack(pack(entry.sections)) == entry.sections


def test_disposing_of_a_section_leaves_neither_value_nor_salt(vector: list[Entry]) -> None:
    blob = dispose(pack(vector[3].sections), {"human"})
    salt = next(part.salt for part in vector[3].sections if part.name == "human")
    assert b"erased on its own" not in blob
    assert json.loads(blob)["human"] is None
    assert salt is not None
    assert unpack(dispose(blob, ())) == tuple(
        sorted(
            (part if part.name != "human" else Section("human", None, None) for part in vector[3].sections),
            key=lambda part: part.name,
        )
    )


def test_half_a_section_is_packed_as_none(vector: list[Entry]) -> None:
    assert json.loads(pack([replace(vector[0].sections[0], salt=None)])) == {"facts": None}


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"a":1}',
        b'{"a":{}}',
        b'{"a":{"salt":"?","value":""}}',
        b'{"a":{"salt":"","value":1}}',
        b'{"a":{"salt":"","value":"\\ud800"}}',
        b"[" * 200_000,
    ],
)
def test_content_that_holds_no_sections_is_refused(blob: bytes) -> None:
    with pytest.raises(BadSections):
        unpack(blob)


@pytest.mark.parametrize("blob", [b"", b"[]", b'{"a":1}', b'{"a":{}}', b'{"a":{"value":1}}', b'{"a":{"value":"{"}}'])
def test_nothing_is_read_of_what_holds_no_sections(blob: bytes) -> None:
    with pytest.raises(BadSections):
        values(blob)


def test_what_is_left_is_read_without_its_salts_and_only_what_is_named(vector: list[Entry]) -> None:
    blob = dispose(pack(vector[3].sections), {"human"})
    read = {part.name: json.loads(part.value) for part in unpack(blob) if part.value}
    assert values(blob) == read
    assert values(blob, {"facts", "human"}) == {"facts": read["facts"]}


def test_an_entry_seals_which_referral_it_is_about() -> None:
    entry = make_entry(RID, "0001", "permit", 0, {"facts": {}}, lambda: b"s" * 32, "529e55b5")
    assert (entry.referral, entry.sections[0].name, entry.sections[0].value) == (
        "529e55b5",
        "about",
        b'{"referral":"529e55b5"}',
    )
    assert [is_about(entry.sections, one) for one in ("529e55b5", "529e55b6", "")] == [True, False, False]


def test_an_entry_about_no_referral_has_no_such_section() -> None:
    entry = make_entry(RID, "0001", "permit", 0, {"facts": {}}, lambda: b"s" * 32)
    assert [part.name for part in entry.sections] == ["facts"]
    assert is_about(entry.sections, "")


def test_nobody_else_may_write_the_section_that_says_what_an_entry_is_about() -> None:
    with pytest.raises(BadLeaf, match="about"):
        make_entry(RID, "0001", "permit", 0, {"about": {}}, lambda: b"s" * 32, "529e55b5")


def test_what_an_entry_is_about_is_never_disposed_of() -> None:
    entry = make_entry(RID, "0001", "permit", 0, {"facts": {}}, lambda: b"s" * 32, "529e55b5")
    with pytest.raises(BadSections, match="stays"):
        dispose(pack(entry.sections), {"about"})
