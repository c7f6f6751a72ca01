"""A hub reads how old the data of a source may be, in words and never as if it were of now."""

from __future__ import annotations

import json
from datetime import date

import pytest

from contracts.referral import Referral
from contracts.source import Freshness, SourceRef
from gateway.path.freshness import OFTEN, freshness
from tests.builders import a_referral
from tests.path.copies import body, sent


def said(**told: object) -> str:
    return freshness(SourceRef.model_validate({"system": "liquidlogic", **told}))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"data_as_of": date(2026, 3, 9), "freshness": Freshness.NIGHTLY}, "Data as of 9 March 2026, nightly export."),
        ({"data_as_of": date(2026, 3, 9)}, "Data as of 9 March 2026."),
        ({"freshness": Freshness.WEEKLY}, "The source does not say of which day its data is: weekly export."),
        ({"freshness": Freshness.AT_ONCE}, ""),
        ({}, ""),
    ],
    ids=["day and how often", "day alone", "no day", "at once needs no day", "nothing declared"],
)
def test_the_age_of_the_data_is_told_in_words(told: dict[str, object], words: str) -> None:
    assert said(**told) == words


def test_a_hub_reads_the_age_of_the_data_in_its_message() -> None:
    source = {"system": "liquidlogic", "data_as_of": "2026-03-09", "freshness": "nightly"}
    dated = a_referral().model_dump(mode="json") | {"source": source}
    payload = body(sent(Referral.model_validate_json(json.dumps(dated))))

    assert payload["freshness"] == "Data as of 9 March 2026, nightly export."


def test_every_freshness_has_its_words() -> None:
    assert set(OFTEN) == set(Freshness)
