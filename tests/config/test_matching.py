"""A mapping that enriches says whose its records are, and never what only the person who asks can say (settled 55)."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import ConfigError
from gateway.config.codes import load_codes
from gateway.config.mappings import load_mappings

LISTS = load_codes(Path(__file__).parents[2] / "mappings" / "codes")
CHILD = "- to: people\n  fields:\n  - {to: id, value: child}\n  - {to: surname, from: /s}\n"
NAMES = "match: {surname: /s, forename: [/f, /p], date_of_birth: /d}\n"


@pytest.fixture
def written(tmp_path: Path):
    def write(
        header: str, rows: str = CHILD, adapter: str = "mis_csv", name: str = "pupils", council: str = ""
    ) -> Path:
        (tmp_path / "export").mkdir(exist_ok=True)
        head = f'source: export\nform: {name}\nversion: "1"\nadapter: {adapter}\n'
        head += f"council: {council}\n" if council else ""
        (tmp_path / "export" / f"{council}{name}.yaml").write_text(f"{head}{header}fields:\n{rows}", encoding="utf-8")
        return tmp_path

    return write


def test_a_match_stands_in_place_of_purpose_and_safety_question(written):
    mapping = load_mappings(written(NAMES), LISTS).by_key["export", "pupils", ""]

    assert mapping.purpose == ""
    assert mapping.match is not None
    assert (mapping.match.names, mapping.match.forename) == (True, ("/f", "/p"))


@pytest.mark.parametrize(
    ("header", "rows", "adapter", "expected"),
    [
        ("", CHILD, "mis_csv", "expected `match`"),
        ("match: {}\n", CHILD, "mis_csv", "`upn`, `admission_number` or `key`"),
        ("match: {surname: /s, upn: /u}\n", CHILD, "mis_csv", "`date_of_birth` together"),
        ("match: {upn: u}\n", CHILD, "mis_csv", "text that matches"),
        ("match: {upm: /u}\n", CHILD, "mis_csv", "did you mean `upn`?"),
        (NAMES + "purpose: request\n", CHILD, "mis_csv", "`match`, or `purpose`"),
        (NAMES + "safety_question: none\n", CHILD, "mis_csv", "`match`, or `safety_question`"),
        (NAMES, CHILD, "covering_sheet", "an adapter of files that enrich"),
        (NAMES, "- {to: reason, from: /r}\n", "mis_csv", "`reason`"),
        (NAMES, "- {to: harm.level, from: /r, codes: harm_level}\n", "mis_csv", "`harm`"),
        (NAMES, "- to: agreements\n  fields:\n  - {to: informed_of, from: /x}\n", "mis_csv", "`agreements`"),
        ("safety_question: none\n", CHILD, "covering_sheet", "expected `purpose` here"),
    ],
)
def test_a_header_that_cannot_be_is_told_what_it_should_say(written, header, rows, adapter, expected):
    with pytest.raises(ConfigError) as raised:
        load_mappings(written(header, rows, adapter), LISTS)
    assert expected in raised.value.detail


def test_the_tables_of_one_source_may_be_read_in_different_ways(written):
    written(NAMES + "settings: {table: pupil}\n")
    folder = written("match: {upn: /u}\nsettings: {table: contacts}\n", name="contacts")

    assert len(load_mappings(folder, LISTS).enrichments("hull")) == 2


def test_a_councils_own_mapping_comes_before_the_one_for_any_and_forms_do_not_enrich(written):
    written(NAMES)
    written(NAMES, name="another")
    folder = written(NAMES, council="hull")

    found = load_mappings(folder, LISTS)
    assert [(mapping.form, mapping.council) for mapping in found.enrichments("hull")] == [
        ("pupils", "hull"),
        ("another", ""),
    ]
    assert [mapping.council for mapping in found.enrichments("derby")] == ["", ""]
