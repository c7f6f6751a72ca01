"""Small numbers cannot be won back: an attacker adds, subtracts and lays periods beside each other (governance 2.2)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.path.suppressing import SMALL, Counted, Published, published

COUNTS = st.integers(0, 12)
SAME = ((("outcome", "divert"), ("hub", "door")),)


@st.composite
def months(draw: st.DrawFn) -> Counted:
    """One month: the same decisions by outcome and by hub, diverts all at one hub, and each outcome's own rules."""
    outcomes = {name: draw(COUNTS) for name in ("divert", "hold", "share")}
    total = sum(outcomes.values())
    cut = draw(st.integers(0, total - outcomes["divert"]))
    hubs = {"door": outcomes["divert"], "east": cut, "west": total - outcomes["divert"] - cut}
    first = draw(st.integers(0, outcomes["hold"]))
    inside = {("outcome", "hold"): {"H-1": first, "H-2": outcomes["hold"] - first}}
    return Counted(total, {"outcome": outcomes, "hub": hubs}, inside, SAME)


def worlds(shown: Published) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """Every month that could have been published like that, for an attacker who knows how numbers are hidden."""
    outcome, hub = shown.divisions["outcome"], shown.divisions["hub"]
    assert shown.total is not None
    for divert, hold in product(range(shown.total + 1), repeat=2):
        outcomes = {"divert": divert, "hold": hold, "share": shown.total - divert - hold}
        if not _fits(outcomes, outcome):
            continue
        for east in range(shown.total - divert + 1):
            hubs = {"door": divert, "east": east, "west": shown.total - divert - east}
            if _fits(hubs, hub):
                yield outcomes, hubs


def _fits(guess: dict[str, int], shown: object) -> bool:
    """Nought is always shown: what is hidden is at least one."""
    assert isinstance(shown, dict)
    return all(count >= 1 if shown[part] is None else count == shown[part] for part, count in guess.items())


@settings(max_examples=30, deadline=None)
@given(months())
def test_an_attacker_who_tries_every_sum_learns_no_small_number(month: Counted) -> None:
    shown = published(month)
    if shown.total is None:
        return
    possible = list(worlds(shown))
    assert (dict(month.divisions["outcome"]), dict(month.divisions["hub"])) in possible
    for place, name in enumerate(("outcome", "hub")):
        for part, count in shown.divisions[name].items():
            true = month.divisions[name][part]
            if count is None and 0 < true < SMALL:
                assert len({world[place][part] for world in possible}) > 1, f"{name} {part} is {true}"


@settings(max_examples=30, deadline=None)
@given(months())
def test_no_difference_between_a_total_and_what_is_shown_is_small(month: Counted) -> None:
    shown = published(month)
    wholes = [(shown.total, parts) for parts in shown.divisions.values()]
    wholes += [(shown.divisions[name][part], parts) for (name, part), parts in shown.inside.items()]
    for total, parts in wholes:
        hidden = [part for part, count in parts.items() if count is None]
        if total is None:
            assert set(hidden) == set(parts)
        elif hidden:
            assert total - sum(count for count in parts.values() if count is not None) >= SMALL
            assert len(hidden) > 1


@settings(max_examples=30, deadline=None)
@given(months())
def test_no_number_that_is_shown_is_small(month: Counted) -> None:
    shown = published(month)
    tables = (*shown.divisions.values(), *shown.inside.values(), {"total": shown.total})
    assert all(count is None or count == 0 or count >= SMALL for parts in tables for count in parts.values())


@settings(max_examples=30, deadline=None)
@given(st.lists(months(), min_size=2, max_size=4))
def test_two_periods_that_overlap_show_the_same_of_each_month_they_share(year: list[Counted]) -> None:
    """There is no total over months: one period shows beyond another the months that the other leaves out."""
    longer, shorter = [published(month) for month in year], [published(month) for month in year[:-1]]
    assert longer[:-1] == shorter


def test_a_month_with_fewer_than_five_shows_nothing_at_all() -> None:
    shown = published(Counted(4, {"outcome": {"hold": 4, "share": 0}}))
    assert shown.total is None
    assert shown.divisions == {"outcome": {"hold": None, "share": None}}


def test_the_smallest_of_the_others_hides_with_a_small_one() -> None:
    shown = published(Counted(48, {"outcome": {"divert": 3, "hold": 15, "share": 30, "refuse": 0}}))
    assert shown.divisions["outcome"] == {"divert": None, "hold": None, "share": 30, "refuse": 0}


def test_what_is_hidden_in_one_table_is_hidden_under_its_other_name() -> None:
    shown = published(
        Counted(53, {"outcome": {"divert": 3, "share": 50}, "hub": {"door": 3, "east": 20, "west": 30}}, same=SAME)
    )
    assert shown.divisions["hub"] == {"door": None, "east": None, "west": 30}


def test_the_rules_of_an_outcome_that_is_hidden_are_hidden_too() -> None:
    inside = {("outcome", "hold"): {"H-1": 15, "H-2": 0}}
    shown = published(Counted(48, {"outcome": {"divert": 3, "hold": 15, "share": 30}}, inside))
    assert shown.inside == {("outcome", "hold"): {"H-1": None, "H-2": None}}


def test_large_numbers_and_noughts_stand_as_they_are() -> None:
    month = Counted(30, {"outcome": {"hold": 10, "share": 20, "refuse": 0}})
    assert published(month).divisions == month.divisions
