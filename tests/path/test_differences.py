"""Two lists of one day, side by side."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.path.differences import Ours, State, differences

NAMES = some.sampled_from("abcdefgh")


def ours(name: str, state: State = State.HERE, day: str = "2026-11-22") -> Ours:
    return Ours(f"id-{name}", state, day, frozenset({name, f"key-{name}"}))


@settings(max_examples=50, deadline=None)
@given(some.sets(NAMES), some.sets(NAMES))
def test_what_is_in_one_list_only_is_named_and_nothing_else_is(here: set[str], there: set[str]) -> None:
    theirs = {f"/references/{place}": name for place, name in enumerate(sorted(there))}
    found = differences(map(ours, sorted(here)), theirs)
    assert found.same == len(here & there)
    assert set(found.only_here) == {f"id-{name}" for name in here - there}
    assert {theirs[pointer] for pointer in found.only_there} == there - here
    assert found.agree == (here == there)


def test_one_thing_listed_in_two_ways_is_one_thing() -> None:
    found = differences([ours("a")], {"/references/0": "a", "/keys/0": "key-a"})
    assert (found.same, found.agree) == (1, True)


def test_what_we_took_on_another_day_is_told_and_is_no_difference() -> None:
    found = differences([ours("a", State.OTHER_DAY, "2026-11-20")], {"/references/0": "a"})
    assert (found.other_day, found.agree) == ((("id-a", "2026-11-20"),), True)


def test_what_we_turned_away_and_they_count_as_sent_is_a_difference() -> None:
    found = differences([ours("a", State.REJECTED)], {"/keys/0": "key-a"})
    assert (found.rejected, found.only_there, found.agree) == (("id-a",), (), False)


def test_what_we_turned_away_and_they_do_not_list_is_none() -> None:
    assert differences([ours("a", State.REJECTED)], {}).agree
