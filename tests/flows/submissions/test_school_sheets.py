"""A school of any council sends the same covering sheet, and its council's hub gets the request."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from adapters.formats.headings import canonical_columns
from adapters.sources import covering_sheet
from gateway.config.codes import load_codes
from gateway.config.entries import FieldRow
from gateway.config.mappings import MappingFile, load_mappings
from gateway.config.yamlfile import load
from gateway.flows.mapping.samples import ANY_COUNCIL, bytes_of
from gateway.flows.mapping.sources import Reader
from gateway.path.mapping import compile_all
from tests.running import SAMPLES, ZIP, Door

SCHOOL = SAMPLES / "school"
KEYS = {
    "tower_hamlets": "demo-tower-hamlets-school",
    "derby": "demo-derby-school",
    "kent": "demo-kent-school",
    "leicester": "demo-leicester-school",
    "hull": "demo-hull-school",
}


def package(council: str) -> bytes:
    """The zip of a council's sample: two pupils, and for Hull four."""
    folders = [path for path in sorted((SCHOOL / "samples").glob(f"{council}_*_pupil*")) if path.is_dir()]
    return bytes_of(folders[0])


def rows(council: str) -> list[FieldRow]:
    return list(load(SCHOOL / f"{council}.yaml", MappingFile).model.fields)


def said(row: FieldRow) -> str:
    """A row with what stands in it, without what a council adds inside an item."""
    inner = [one.from_ for one in row.fields if one.from_]
    return f"{row.to} {row.from_} {row.codes} {row.value} {row.each} {inner}"


@pytest.mark.parametrize("council", KEYS)
def test_a_school_of_each_council_sends_its_sheet_and_every_row_is_taken(door: Door, council: str) -> None:
    answer = door.submit("school", package(council), kind=ZIP, key=KEYS[council])

    assert answer.status_code == 202, answer.text
    assert {receipt["state"] for receipt in answer.json()["receipts"]} == {"accepted"}


def test_de_r01_and_de_r06_the_sheet_names_the_locality_and_the_disability(door: Door) -> None:
    answer = door.submit("school", package("derby"), kind=ZIP, key=KEYS["derby"])

    hubs = [[one["hub"] for one in receipt["decisions"]] for receipt in answer.json()["receipts"]]
    titles = {name: hub.title for name, hub in door.gateway.catalogue.councils["derby"].hubs.items()}
    assert hubs == [[titles["spa_locality_2"]], [titles["lighthouse"]]]


@pytest.mark.parametrize("council", KEYS)
def test_the_same_question_has_the_same_heading_in_every_council(council: str) -> None:
    own = {"family.locality", "family.district", "family.cluster", "level.council_label", "requested_services"}
    shared = {said(row) for row in rows(ANY_COUNCIL) if row.to not in own}

    assert shared - {said(row) for row in rows(council)} == set()


def test_a_council_that_nobody_wrote_a_sheet_for_has_one_on_its_first_day() -> None:
    mappings = load_mappings(SAMPLES, load_codes(Path(SAMPLES).parent / "codes"))
    reader = Reader(mappings, compile_all(mappings))

    (read,) = reader.read("school", "a_sixth_council", io.BytesIO(package(ANY_COUNCIL)))

    assert read.referral is not None
    made = json.loads(read.referral.model_dump_json(exclude_defaults=True))
    assert (made["council"], made["level"]["council_label"]) == ("a_sixth_council", "Level 2")
    assert [service["as_stated"] for service in made["requested_services"]] == [
        "Family support",
        "A place at the breakfast club",
    ]


def headings(page: str) -> dict[str, str]:
    """Each heading that the page for schools names → what the adapter calls it."""
    named = [
        heading for line in page.splitlines() if line.startswith("| ") for heading in re.findall("`([^`]+)`", line)
    ]
    return canonical_columns(covering_sheet.SYNONYMS, list(dict.fromkeys(named)))


def test_every_heading_that_the_page_names_is_one_that_a_mapping_takes() -> None:
    page = (SAMPLES.parents[1] / "docs" / "covering-sheet.md").read_text(encoding="utf-8")
    taken = {pointer for council in (*KEYS, ANY_COUNCIL) for row in rows(council) for pointer in pointers(row)}

    assert {f"/sheet/{column}" for column in headings(page).values()} == taken


def pointers(row: FieldRow) -> set[str]:
    own = {pointer for pointer in (row.from_, row.each) if isinstance(pointer, str) and pointer}
    return own.union(*(pointers(one) for one in row.fields))
