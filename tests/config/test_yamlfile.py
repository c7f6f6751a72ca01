"""A mistake in a configuration file is told with its line and column, and the nearest right thing."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field, field_validator

from contracts.errors import ConfigError
from gateway.config.yamlfile import Part, load, nearest, told


class Row(Part):
    name: str
    kind: Literal["school", "council"] = "school"
    codes: dict[str, str] = Field(default_factory=dict)
    from_: str | list[str] = Field(default="", alias="from")
    places: int = 0
    starts: datetime.date | None = None

    @field_validator("name")
    @classmethod
    def _named(cls, name: str) -> str:
        if name == "?":
            raise ValueError("a name somebody can say")
        return name


class Sheet(Part):
    title: str
    rows: list[Row]
    note: Row | None = None


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "sheet.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def faults(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load(path, Sheet)
    assert raised.value.detail.splitlines() == [told(fault) for fault in raised.value.faults]
    return [line.removeprefix(f"{path.parent}/") for line in raised.value.detail.splitlines()]


def test_words_that_yaml_1_1_would_turn_into_something_else_stay_text(written):
    path = written("title: NO\nrows:\n- name: on\n- name: 12:30\n- name: 2026-09-30\n- name: yes\n")
    assert [row.name for row in load(path, Sheet).model.rows] == ["on", "12:30", "2026-09-30", "yes"]


def test_a_date_field_reads_a_date(written):
    path = written("title: a\nrows:\n- {name: b, starts: 2026-09-30}\n")
    assert load(path, Sheet).model.rows[0].starts == datetime.date(2026, 9, 30)


def test_later_checks_can_point_at_a_value_or_its_name(written):
    path = written("title: a\nrows:\n- name: b\n  codes:\n    '01': x\n")
    loaded = load(path, Sheet)
    assert loaded.at("rows", 0, "codes", "01") == f"{path}:5:11"
    assert loaded.at_name("rows", 0, "codes", "01") == f"{path}:5:5"
    assert loaded.at("rows", 0, "places") == f"{path}:3:3", "what is not written is where its group is"
    fault = loaded.fault("title", expected="a longer title", remedy="Say more.")
    assert told(fault) == f"{path}:1:8: expected a longer title. Say more."


def test_the_digest_is_that_of_the_bytes(written):
    first = load(written("title: a\nrows: []\n"), Sheet).digest
    assert first != load(written("title: a\nrows: [] \n"), Sheet).digest
    assert len(first) == 64


def case(text: str | bytes, *lines: str):
    return pytest.param(text, lines, id=f"{lines[0].partition(': ')[2][:40]} {text[-12:]!r}")


ROW = "title: a\nrows:\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        case(
            ROW + "- nam: b\n",
            "3:3: expected `name` here. Add it.",
            "3:3: expected only .*`nam` is.*did you mean `name`",
        ),
        case(ROW + "- {name: b, knd: school}\n", "3:13: .*codes, from, kind.*did you mean `kind`"),
        case(ROW + "- {name: b, kind: shcool}\n", "3:19: expected one of school, council.*mean `school`"),
        case(ROW + "- {name: b, from_: x}\n", "3:13: .*did you mean `from`"),
        case("title: a\nrows: []\nnote: {name: b, places: '3'}\n", "3:25: expected an? integer"),
        case(ROW + "- name: 12\n", "3:9: expected text. Put quotes"),
        case(ROW + "- name: true\n", "3:9: expected text. Put quotes"),
        case(ROW + "- name:\n", "3:3: expected text.*leave nothing empty"),
        case(ROW + "- name: [b]\n", "3:9: expected text. Write one text"),
        case(ROW + "- name: 010\n", "3:9: expected a plain number or text.*quotes"),
        case(ROW + "- name: 0x1F\n", "3:9: expected a plain number or text.*quotes"),
        case(ROW + "- {name: b, places: .inf}\n", "3:21: expected a plain number"),
        case(ROW + "- {name: b, places: 1.5}\n", "3:21: expected an? integer"),
        case(ROW + "- name: b\n  codes: {01: x}\n", "4:11: expected a name that is text. Put quotes"),
        case(ROW + "- name: b\n  codes: {true: x}\n", "4:11: expected a name that is text"),
        case(ROW + "- name: b\n  kind: school\n  name: c\n", "5:3: expected each name once. `name` is.*line 3"),
        case(ROW + "- name: '?'\n", "3:9: expected a name somebody can say"),
        case(ROW + "- {name: b, starts: 30/09/2026}\n", "3:21: expected a .*date"),
        case("title: &x a\nrows: []\n", "1:8: expected plain YAML without &"),
        case("title: !x a\nrows: []\n", "1:8: expected plain YAML without !"),
        case("title: a\nrows: !x []\n", "2:7: expected plain YAML without !"),
        case("title: a\nrows: [\n", "3:1: expected YAML. It reads wrongly here"),
        case("title: a\n\trows: []\n", "2:1: expected YAML. It reads wrongly here"),
        case("title: a\n---\ntitle: b\n", "2:1: expected one document. Take away this ---"),
        case("", "1:1: expected names and values. The file is empty"),
        case("- a\n", "1:1: expected an? object"),
        case(b"title: a\nrows: \xff\n", "2:7: expected UTF-8 text"),
        case("[" * 1000, "1:101: expected YAML. More than 100 groups"),
        case("title: !!str [a, b]\nrows: []\n", "1:8: expected plain YAML without !"),
        case("title: !!map a\nrows: []\n", "1:8: expected plain YAML without !"),
        case("title: !!str 12\nrows: []\n", "1:8: expected plain YAML without !"),
        case("title: a\nrows: !!map [b]\n", "2:7: expected plain YAML without !"),
        case("title: a\nrows: *x\n", "2:7: expected plain YAML without &"),
        case("title: a\n...\ntitle: b\n", "3:1: expected YAML. It reads wrongly here"),
    ],
)
def test_a_mistake_is_told_with_its_place(written, text, lines):
    told_lines = faults(written(text))
    assert len(told_lines) == len(lines)
    for line, pattern in zip(told_lines, lines, strict=True):
        assert re.match("sheet.yaml:" + pattern, line), line


def test_every_mistake_is_told_at_once_in_the_order_of_the_file(written):
    path = written(ROW + "- {name: 1, kind: x}\n- {name: b}\n- {nme: c}\nnot: 1\n")
    places = [line.split(" ")[0] for line in faults(path)]
    assert places == ["sheet.yaml:3:10:", "sheet.yaml:3:19:", "sheet.yaml:5:3:", "sheet.yaml:5:4:", "sheet.yaml:6:1:"]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none.yaml: expected a YAML file. It could not be read"):
        load(tmp_path / "none.yaml", Sheet)


@pytest.mark.parametrize(
    ("word", "found"), [("Refusd", "refused"), ("SIGNIFICANT", "significant"), ("zebra", ""), ("", "")]
)
def test_the_nearest_word_is_found_in_any_case_or_none(word, found):
    assert nearest(word, ["refused", "significant"]) == found
