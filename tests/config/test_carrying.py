"""The page of sources says what the code and the mappings say, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters import SOURCES
from gateway.config.carrying import carried, page
from gateway.config.codes import load_codes
from gateway.config.mappings import load_mappings

ROOT = Path(__file__).parents[2]
MAPPINGS = load_mappings(ROOT / "mappings" / "sources", load_codes(ROOT / "mappings" / "codes"))


def test_the_published_page_is_current() -> None:
    assert (ROOT / "docs" / "sources.md").read_text(encoding="utf-8") == page(MAPPINGS)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_source_has_a_mapping_and_says_what_it_is(name: str) -> None:
    about = SOURCES[name].ABOUT
    assert about.title
    assert about.format
    assert about.limits.endswith(".")
    assert [mapping for mapping in MAPPINGS.by_key.values() if mapping.adapter == name]


def test_a_constant_is_nothing_that_a_source_carries() -> None:
    (mapping,) = (mapping for mapping in MAPPINGS.by_key.values() if mapping.adapter == "oneroster")
    assert "why" not in carried([mapping])
    assert "child's name" in carried([mapping])
