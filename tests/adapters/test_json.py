"""The JSON door lets through what RFC 8259 means and refuses, with line and column, what would harm a reader."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats.json import strict_json
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(_PLAIN, st.booleans())
@settings(max_examples=100)
def test_plain_data_comes_back_as_it_was_written(plain: object, ascii_only: bool) -> None:
    assert strict_json(json.dumps(plain, ensure_ascii=ascii_only).encode()) == plain


def test_a_utf_8_byte_order_mark_is_let_through() -> None:
    assert strict_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_a_decimal_stays_the_text_that_was_written() -> None:
    assert strict_json(b'{"percentage": 98.70, "tiny": 1E-2}') == {"percentage": "98.70", "tiny": "1E-2"}


def test_whole_characters_written_as_two_escapes_are_let_through() -> None:
    assert strict_json(rb'["\ud83d\ude00", "\\u0000", "\\ud800"]') == ["😀", "\\u0000", "\\ud800"]


def test_brackets_in_text_are_no_depth() -> None:
    assert strict_json(json.dumps("[" * 500 + '"\\' * 50).encode()) == "[" * 500 + '"\\' * 50


def test_depth_32_is_let_through_and_33_is_not(refusal: Refusal) -> None:
    assert strict_json(b"[" * 32 + b"]" * 32)
    assert refusal(lambda: strict_json(b"[" * 33 + b"]" * 33)).faults[0].position == "line 1, column 33"


def test_ten_thousand_values_are_let_through_and_one_more_is_not(refusal: Refusal) -> None:
    assert strict_json(json.dumps([[]] * 9_999).encode())
    assert "10,000 values" in refusal(lambda: strict_json(json.dumps([1] * 10_000).encode())).faults[0].expected


_HOSTILE = {
    "empty": (b"", "line 1, column 1", "a JSON value"),
    "blank": (b" \n ", "line 1, column 1", "a JSON value"),
    "not utf-8": (b'{"n":\n "caf\xe9"}', "line 2, column 6", "UTF-8"),
    "utf-16 with a mark": ('{"a": 1}'.encode("utf-16"), "line 1, column 1", "UTF-8"),
    "utf-16 without a mark": ('{"a": 1}'.encode("utf-16-le"), "line 1, column 1", "UTF-8"),
    "utf-32": ('{"a": 1}'.encode("utf-32"), "line 1, column 1", "UTF-8"),
    "overlong": (b'"\xc0\xaf"', "line 1, column 2", "UTF-8"),
    "surrogate in utf-8": (b'"\xed\xa0\x80"', "line 1, column 2", "UTF-8"),
    "duplicate key": (b'{"a": {"x": 1},\n "b": 2,\n  "a": 3}', "line 3, column 3", "each key once"),
    "duplicate key, escaped": (rb'{"a": 1, "\u0061": 2}', "line 1, column 10", "each key once"),
    "duplicate key, within": (b'[{"k": 1}, {"k": 1, "k": []}]', "line 1, column 21", "each key once"),
    "nan": (b'{"a": NaN}', "line 1, column 7", "a number, or null"),
    "infinity": (b"[1, -Infinity]", "line 1, column 5", "a number, or null"),
    "overflow": (b"[1.5, 1e999]", "line 1, column 7", "other programs can hold"),
    "long number": (b"[" + b"9" * 5000 + b"]", "line 1, column 2", "other programs can hold"),
    "beyond 2^53": (b"[9007199254740992]", "line 1, column 2", "other programs can hold"),
    "lone high surrogate": (rb'{"name": "a\ud83d"}', "line 1, column 12", "whole characters"),
    "lone low surrogate": (rb'{"name": "\ude00"}', "line 1, column 11", "whole characters"),
    "surrogates the wrong way round": (rb'["\ude00\ud83d"]', "line 1, column 3", "whole characters"),
    "lone surrogate in a key": (rb'{"\uD800": 1}', "line 1, column 3", "whole characters"),
    "surrogate after an escaped backslash": (rb'["\\ud83d\ude00"]', "line 1, column 10", "whole characters"),
    "nul, escaped": (rb'["a", "b\u0000"]', "line 1, column 9", "NUL"),
    "nul, raw": (b'["abcd\x00"]', "line 1, column 7", "raw control"),
    "trailing data": (b'{"a": 1}\n{"b": 2}', "line 2, column 1", "nothing after the end"),
    "cut short": (b'{"a": "b', "line 1, column 7", "closing quote"),
    "not json": (b"{'a': 1}", "line 1, column 2", "well-formed JSON"),
    "xml": (b"<a/>", "line 1, column 1", "well-formed JSON"),
    "deep arrays": (b"[" * 200_000, "line 1, column 33", "32 levels"),
    "deep objects": (b'{"a":' * 200_000, "line 1, column 161", "32 levels"),
    "deep and closed": (b"[" * 200_000 + b"]" * 200_000, "line 1, column 33", "32 levels"),
    "deep behind quotes": (rb'["\"[", ' + b"[" * 40 + b"]" * 41, "line 1, column 40", "32 levels"),
    "wide": (b"[" + b"1," * 2_000_000 + b"1]", "line 1, column 20001", "10,000 values"),
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_bad_input_is_refused_at_its_place(name: str, refusal: Refusal) -> None:
    body, position, expected = _HOSTILE[name]

    fault = refusal(lambda: strict_json(body)).faults[0]

    assert fault.position == position
    assert expected in fault.expected


def test_a_refusal_repeats_neither_key_nor_value(refusal: Refusal) -> None:
    body = b'{"Canary-key": "Canary-value", "Canary-key": 1}'

    error = refusal(lambda: strict_json(body))

    told = f"{error.detail} {error} {error.faults} {error.__context__} {error.__cause__}"
    assert "Canary" not in told


@pytest.mark.parametrize(
    "body", [b'"\\"' * 2_000_000, b'{"":' + b'"' * 2_000_001, b"[]" * 2_000_000, b'["' + b"\\\\" * 2_000_000]
)
def test_megabytes_of_quotes_and_brackets_are_refused_like_any_other(body: bytes, refusal: Refusal) -> None:
    assert refusal(lambda: strict_json(body)).faults[0].position.startswith("line 1, column ")


@given(st.binary(max_size=60) | st.text('[]{}",:\\u0d8aNIe1- \n', max_size=40).map(str.encode))
@settings(max_examples=100)
def test_any_bytes_give_plain_data_or_a_refusal(body: bytes) -> None:
    plain: object = None
    refused: UnreadablePayload | None = None
    try:
        plain = strict_json(body)
    except UnreadablePayload as error:
        refused = error

    if refused is not None:
        assert refused.faults[0].position
    else:
        assert json.loads(body.removeprefix(b"\xef\xbb\xbf"), parse_float=str) == plain
