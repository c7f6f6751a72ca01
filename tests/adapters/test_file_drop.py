"""The file drop hub: what each file holds, what acknowledges, and which settings cannot be meant."""

from __future__ import annotations

import csv
import io
import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.hubs import file_drop
from contracts.hub import HubAnswer, WriteOptions

PAYLOAD = json.dumps({"referral": {"people": [{"surname": "Fernsby", "a/b~c": 3}], "told": True}}).encode()
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIInvented"


def wrote(payload: bytes = PAYLOAD, **given: Any) -> dict[str, bytes]:
    files = file_drop.write(payload, "d-1", 0, ("secret",), WriteOptions(settings=given)).files
    return dict(files)


def test_json_is_the_message_as_it_is() -> None:
    assert wrote()["d-1.json"] == PAYLOAD


def test_the_last_file_lists_the_digests_of_the_others() -> None:
    files = wrote(formats="json,csv")
    lines = [f"{sha256(files[name]).hexdigest()}  {name}" for name in ("d-1.json", "d-1.csv")]
    assert files["d-1.done"].decode().splitlines() == lines


def test_a_table_has_a_row_for_each_leaf_by_its_pointer() -> None:
    rows = list(csv.reader(io.StringIO(wrote(formats="csv")["d-1.csv"].decode())))
    assert rows == [
        ["reference", "field", "value"],
        ["d-1", "/referral/people/0/surname", "Fernsby"],
        ["d-1", "/referral/people/0/a~1b~0c", "3"],
        ["d-1", "/referral/told", "true"],
    ]


@settings(max_examples=50)
@given(st.text(st.characters(codec="utf-8")))
def test_both_tables_hold_the_same_and_can_be_read(text: str) -> None:
    files = wrote(json.dumps({"words": text}).encode(), formats="csv,xml")
    in_csv = list(csv.reader(io.StringIO(files["d-1.csv"].decode(), newline="")))[1][2]
    in_xml = etree.fromstring(files["d-1.xml"]).findtext("value") or ""
    assert in_csv == text
    assert len(in_xml) == len(text)


@pytest.mark.parametrize("name", ["", "../d", "a/b", "a.b", "-rf", "d" * 101])
def test_an_id_that_is_no_file_name_is_not_written(name: str) -> None:
    with pytest.raises(ValueError, match="file's name"):
        file_drop.write(PAYLOAD, name, 0, ("secret",))


@pytest.mark.parametrize(
    ("body", "counts"), [(b"", True), (b"d-1", True), (b"d-1 by import\n", True), (b"d-10", False), (b"d-2 d-1", False)]
)
def test_p14_only_a_file_that_names_the_delivery_acknowledges_it(body: bytes, counts: bool) -> None:
    assert file_drop.acknowledged(HubAnswer(200, {}, body), "d-1") is counts


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"host_key": KEY}, []),
        ({"host_key": f"{KEY}, {KEY}"}, []),
        ({"host_key": "SHA256:abc"}, ["host_key"]),
        ({"formats": "json, xml"}, []),
        ({"formats": "json, xlsx"}, ["formats"]),
        ({"sign_in": "agent"}, ["sign_in"]),
        ({"acknowledgements": "/taken"}, []),
        ({"acknowledgements": ""}, ["acknowledgements"]),
    ],
)
def test_a_setting_that_cannot_be_meant_is_told(given: dict[str, Any], wrong: list[str]) -> None:
    assert [name for name, *_ in file_drop.amiss({"user": "gateway"} | given)] == wrong
