"""Bars beside a table: every number is text too, and a suppressed one leaves no length to read off."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from gateway.doors.pages.drawing import NOT_SHOWN, bars

ROWS = [("Held, then shared", 1_234), ("Shared in full", 617), ("Refused", 0), ("Sent on to <safeguarding>", None)]


@pytest.fixture(scope="module")
def drawn() -> ElementTree.Element:
    return ElementTree.fromstring(bars("Decisions by outcome", ROWS))


def test_a_drawing_is_well_formed_and_named_by_its_title_and_description(drawn: ElementTree.Element) -> None:
    told = {one.get("id"): one.text for one in drawn if one.tag in ("title", "desc")}
    assert drawn.get("role") == "img"
    assert told[drawn.get("aria-labelledby")] == "Decisions by outcome"
    assert "Shared in full: 617" in str(told[drawn.get("aria-describedby")])


def test_each_label_and_number_stands_as_text(drawn: ElementTree.Element) -> None:
    text = " ".join(one.text or "" for one in drawn.iter("text"))
    assert "Held, then shared: 1,234" in text
    assert "Refused: 0" in text


def test_bars_are_as_long_as_their_numbers(drawn: ElementTree.Element) -> None:
    assert [one.get("width") for one in drawn.iter("rect")] == ["100.00%", "50.00%", "2"]


def test_a_suppressed_number_has_words_and_no_bar() -> None:
    alone = ElementTree.fromstring(bars("Few", [("Refused", None)]))
    assert not list(alone.iter("rect"))
    assert f"Refused: {NOT_SHOWN}" == " ".join(one.text or "" for one in alone.iter("text"))


def test_nothing_but_the_longest_shown_sets_the_scale() -> None:
    shown = ElementTree.fromstring(bars("Two", [("a", 4.5), ("b", None)]))
    assert [one.get("width") for one in shown.iter("rect")] == ["100.00%"]
    assert "a: 4.5" in [one.text for one in shown.iter("text")]


def test_a_drawing_needs_no_script_and_no_style_of_its_own(drawn: ElementTree.Element) -> None:
    assert {one.tag for one in drawn.iter()} == {"svg", "title", "desc", "text", "rect"}
    assert not any("style" in one.attrib for one in drawn.iter())


def test_a_long_label_is_broken_so_that_a_phone_shows_all_of_it() -> None:
    shown = ElementTree.fromstring(bars("Long", [("a word and " * 9, 1)]))
    lines = [one.text or "" for one in shown.iter("text")]
    assert len(lines) > 2
    assert max(map(len, lines)) <= 34


def test_no_rows_draw_nothing() -> None:
    assert bars("Nothing", []) == ""


def test_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter than nothing"):
        bars("Wrong", [("a", -1)])
