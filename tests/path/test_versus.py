"""Two policies laid side by side name each row and each thing beside the rows that changed, and how."""

from __future__ import annotations

import pytest

from gateway.path.loosening import loosened
from gateway.path.versus import versus
from tests.path.test_loosening import Changed, changed, in_force

__all__ = ["changed"]

FLAG = "flags: [age_rule_unclear]"


def test_a_policy_differs_in_nothing_from_itself() -> None:
    assert not versus(in_force(), in_force())


@pytest.mark.parametrize(
    ("old", "new", "change", "differs"),
    [
        (FLAG, "flags: [age_rule_unclear, unknown_code]", "tightened", ("asks",)),
        (FLAG, "flags: [unknown_code]", "both", ("asks",)),
        ("The guidance gives two ages", "The guidance names two ages", "reworded", ("say",)),
    ],
    ids=["asks for more", "asks for something else", "other words"],
)
def test_a_row_that_changed_says_how(
    changed: Changed, old: str, new: str, change: str, differs: tuple[str, ...]
) -> None:
    (row,) = versus(in_force(), changed("rules.yaml", old, new)).rows
    assert (row.id, row.change, row.differs) == ("TH-E03", change, differs)


def test_turned_round_what_was_tighter_is_looser(changed: Changed) -> None:
    other = changed("rules.yaml", FLAG, "flags: [age_rule_unclear, unknown_code]")
    (there,), (back,) = versus(in_force(), other).rows, versus(other, in_force()).rows
    assert (there.tighter, there.looser) == (back.looser, back.tighter)
    assert there.tighter


def test_a_row_that_has_another_id_is_gone_and_new(changed: Changed) -> None:
    found = versus(in_force(), changed("rules.yaml", "id: TH-E03\n", "id: TH-E04\n"))
    assert {(row.id, row.change) for row in found.rows} == {("TH-E03", "removed"), ("TH-E04", "added")}


def test_what_stands_beside_the_rows_is_told_with_what_it_was_and_is(changed: Changed) -> None:
    found = versus(in_force(), changed("holds.yaml", "within: 1 working hour\n", "within: 2 working hours\n"))
    ((field, was, now),) = found.parts[0].fields
    assert (found.rows, field, was, now) == ((), "within", "1 working hour", "2 working hours")


def test_it_may_start_at_once_exactly_where_loosening_says_so(changed: Changed) -> None:
    other = changed("rules.yaml", FLAG, "flags: [unknown_code]")
    assert versus(in_force(), other).loosened == loosened(in_force(), other) != ()
