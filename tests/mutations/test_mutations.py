"""Almost right inputs give records, faults and refusals that say what to do. CI runs thousands more of them."""

from __future__ import annotations

from random import Random

import pytest

from adapters import SOURCES
from tests.mutations.operators import mutated
from tests.mutations.trial import sources, trial


@pytest.mark.parametrize("source", sources())
def test_almost_right_inputs_are_read_or_refused_with_a_place_and_a_remedy(source: str) -> None:
    assert list(trial(source, 0, 60).wrong(60)) == []


def test_every_source_is_tried() -> None:
    assert sources() == sorted(SOURCES)


def test_the_same_number_is_the_same_input() -> None:
    content = b'{"a": 1, "b": ["c", {"d": null}]}'
    assert mutated(content, Random("json 7")) == mutated(content, Random("json 7"))
