"""Governance 2.5: what a sender rests on is told of before its last day, and not only once it has lapsed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.council import Council
from gateway.config.catalogue import Catalogue
from gateway.flows.operations.lapsing import AHEAD, lapsing

TODAY = date(2026, 11, 23)


def council(catalogue: Catalogue, **dated: object) -> Council:
    hull = catalogue.councils["hull"]
    one = replace(hull.senders["invented_academy"], agreement_until=None, notice_until=None, until=None)
    return replace(hull, senders={"invented_academy": replace(one, **dated)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "told"),
    [(-1, (True,)), (0, (False,)), (AHEAD.days, (False,)), (AHEAD.days + 1, ())],
    ids=["over", "today", "near", "far"],
)
def test_an_agreement_near_its_last_day_is_told_of(catalogue: Catalogue, days: int, told: tuple[bool, ...]) -> None:
    found = lapsing(council(catalogue, agreement_until=TODAY + timedelta(days=days)), TODAY)
    assert tuple(one.over for one in found) == told


def test_the_first_to_end_stands_first_and_no_day_is_no_end(catalogue: Catalogue) -> None:
    dated = {"agreement_until": TODAY + timedelta(days=9), "notice_until": TODAY, "until": None}
    assert [one.last for one in lapsing(council(catalogue, **dated), TODAY)] == [TODAY, TODAY + timedelta(days=9)]


def test_a_sender_that_no_longer_sends_is_left_out(catalogue: Catalogue) -> None:
    assert lapsing(council(catalogue, agreement_until=TODAY, active=False), TODAY) == ()
