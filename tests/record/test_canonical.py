"""Canonical JSON is RFC 8785, and nothing without one spelling gets in."""

from __future__ import annotations

import unicodedata

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.decision import Outcome
from gateway.record.canonical import LARGEST_INT, NotCanonical, base64_bytes, base64_text, canonical

texts = st.text(st.characters(exclude_categories=("Cs",))).map(lambda text: unicodedata.normalize("NFC", text))
keys = st.text(st.characters(max_codepoint=127))
whole = st.integers(-LARGEST_INT, LARGEST_INT)
values = st.recursive(
    st.none() | st.booleans() | whole | texts, lambda inner: st.lists(inner) | st.dictionaries(keys, inner)
)


@given(values)
@settings(max_examples=50, deadline=None)
def test_every_allowed_value_is_spelt_as_rfc_8785_spells_it(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(st.lists(st.one_of(texts, st.lists(texts, max_size=2)), min_size=1, max_size=4), whole | texts)
@settings(max_examples=50, deadline=None)
def test_a_large_table_is_spelt_as_rfc_8785_spells_it(parts: list[object], one: object) -> None:
    table = {f"fact_{number}": parts[number % len(parts)] for number in range(20)}
    assert canonical(table) == rfc8785.dumps(table)
    assert canonical(table | {"other": one}) == rfc8785.dumps(table | {"other": one})


@pytest.mark.parametrize("wrong", [2.5, [2.5], ["a", b"b"], {"a": 2.5}, LARGEST_INT + 1, {1}])
def test_one_wrong_part_of_a_large_table_of_texts_is_refused(wrong: object) -> None:
    table: dict[str, object] = {f"fact_{number}": "known" for number in range(40)}
    with pytest.raises(NotCanonical, match=r"^/fact_7"):
        canonical(table | {"fact_7": wrong})
    with pytest.raises(NotCanonical, match=r"^/fact_7"):
        canonical({name: [value] for name, value in table.items()} | {"fact_7": wrong})


def test_a_name_outside_ascii_in_a_large_table_is_refused() -> None:
    with pytest.raises(NotCanonical, match="ASCII"):
        canonical({f"fact_{number}": "known" for number in range(40)} | {"é": "known"})


@given(st.text(st.characters(exclude_categories=("Cs",))))
@settings(max_examples=50, deadline=None)
def test_text_is_brought_to_nfc_before_it_is_spelt(text: str) -> None:
    assert canonical({"a": [text]}) == rfc8785.dumps({"a": [unicodedata.normalize("NFC", text)]})


def test_every_control_character_is_escaped_as_rfc_8785_does() -> None:
    text = "".join(map(chr, range(0x80)))
    assert canonical(text) == rfc8785.dumps(text)


def test_a_code_is_spelt_as_its_text() -> None:
    assert canonical({"outcome": Outcome.SHARE}) == b'{"outcome":"share"}'


def test_a_combining_mark_after_a_newline_stays_a_mark() -> None:
    assert canonical("\n\u0303") == '"\\n\u0303"'.encode()


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [1, 2.5]}, "/a/1"),
        ({"a": float("nan")}, "/a"),
        ({"a": {"b": LARGEST_INT + 1}}, "/a/b"),
        ({"a": -LARGEST_INT - 1}, "/a"),
        ({"a": {1: 2}}, "/a"),
        ({"é": 1}, "/"),
        ({"a": {"b": b"x"}}, "/a/b"),
        ({"a": {1, 2}}, "/a"),
    ],
)
def test_a_value_without_one_spelling_is_refused_at_its_place(value: object, place: str) -> None:
    with pytest.raises(NotCanonical, match=f"^{place}:"):
        canonical(value)


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_a_lone_surrogate_is_refused(text: str) -> None:
    with pytest.raises(NotCanonical, match="surrogate"):
        canonical({"a": text})


def test_a_value_nested_200000_deep_is_refused() -> None:
    value: object = 1
    for _ in range(200_000):
        value = [value]
    with pytest.raises(NotCanonical, match="deeply"):
        canonical(value)


@given(st.binary())
@settings(max_examples=50)
def test_base64_goes_there_and_back(data: bytes) -> None:
    assert base64_bytes(base64_text(data)) == data


@pytest.mark.parametrize("text", ["AB==", "AAB=", "A", "AA", "AA==\n", "A-==", "AA=="[:3], "é==="])
def test_only_one_spelling_of_base64_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="base64"):
        base64_bytes(text)
