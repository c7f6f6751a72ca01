"""A row that carries out a statement of a council's document says where that statement stands (settled 11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.config.catalogue import Catalogue
from gateway.main import load_checked

STATED = re.compile(r"(?:TH|DE|LE|HU|KE)-[CRTE]\d\d(?:-[A-Z]+)?")
INFERRED = {"KE-C03", "LE-E01", "LE-E01-FOLLOWS"}
"""Rows that rest on a reading of the document, and on no line that says so."""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_checked(Path(__file__).parents[2] / "mappings")


@pytest.mark.parametrize("council", ["tower_hamlets", "derby", "leicester", "hull", "kent"])
def test_settled_11_every_row_of_a_councils_document_names_its_line(catalogue: Catalogue, council: str) -> None:
    rules = [rule for table in catalogue.policies[council].tables for rule in table.rules if STATED.fullmatch(rule.id)]
    bare = {rule.id for rule in rules if not any(re.search(r", L\d+", cite) for cite in rule.cites)}
    assert rules
    assert bare <= INFERRED
