"""Each ordinary fortnight's two hundred requests against the goal: held, held wrongly, shared wrongly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from contracts.decision import Outcome
from tests.realistic import authoring
from tests.realistic.drawing import SETS, drawn
from tests.realistic.stories import COUNCILS, Story, fortnight, written_sets
from tests.realistic.telling import report, sums, told
from tests.realistic.walking import Ended, reads, walk

_EXTRACT = {"A-204", "G-506"}
STANDING: dict[str, set[str]] = {
    # A council's own table of contacts has no place for an agreement or a locality: what stands in its notes is no yes.
    "next-derby-38": _EXTRACT,
    "next-derby-39": _EXTRACT,
    "next-derby-40": _EXTRACT,
    # Hull's review meeting names who leads, and only then is a hub asked.
    "next-hull-38": {"A-204", "HU-C11", "HU-R12"},
}
"""Held though nobody wanted it, with the rules that hold it, which a council's people, and no test, may change."""

LESS = {"week-kent-35"}
"""Sent with less than its author wanted: Kent asks for no agreement before a step-down, so that only what it is needed
for goes, and the family is told (settled 7, G-515). Its sisters say so themselves (`corrected`)."""

WRITTEN = [story for name in written_sets() for story in fortnight(name)]


@pytest.fixture(params=WRITTEN, ids=lambda story: story.id)
def story(request: pytest.FixtureRequest) -> Story:
    found: Story = request.param
    return found


@pytest.fixture(params=written_sets())
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def part(name: str, counts: Callable[[Ended], bool]) -> float:
    """The part of a fortnight that is so, 0 to 1."""
    ends = [walk(each) for each in fortnight(name)]
    return sum(map(counts, ends)) / len(ends)


def test_a_fortnight_is_the_one_that_was_drawn(name: str) -> None:
    assert {each.id: (each.form, each.drawn) for each in fortnight(name)} == drawn(name)
    assert Counter(each.council for each in fortnight(name)) == dict.fromkeys(COUNCILS, 40)
    assert sum(each.written.source != "canonical" for each in fortnight(name)) >= 100


def test_two_fortnights_are_drawn_apart() -> None:
    kinds = [[form_and_kind for _, form_and_kind in sorted(drawn(name).items())] for name in SETS]
    assert all(one != other for one, other in combinations(kinds, 2))
    assert len({story for name in SETS for story in drawn(name)}) == 200 * len(SETS)


def test_an_author_is_told_of_every_form_that_may_be_drawn() -> None:
    told_of = yaml.safe_load(authoring.words())
    forms = {form for name in SETS for form, _ in drawn(name).values()}
    assert forms <= told_of.keys()
    assert told_of["hull_support"]["ordinary"]["how"] == "Signed form"
    assert "place" in told_of["hull_support"]["also"]


def test_what_was_drawn_is_written_for_its_author_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authoring, "__file__", str(tmp_path / "authoring.py"))
    assert "hull.yaml is ready to be filled in." in authoring.drawn_files("second_fortnight")
    open_rows = yaml.safe_load((tmp_path / "second_fortnight" / "kent.yaml").read_text(encoding="utf-8"))
    expected = {story: value for story, value in drawn("second_fortnight").items() if story.startswith("next-kent")}
    assert {row["id"]: (row["form"], row["drawn"]) for row in open_rows} == expected
    assert "hull.yaml is there already" in authoring.drawn_files("second_fortnight")


def test_a_story_is_read_without_a_word_of_it_lost(story: Story) -> None:
    understood = [read.referral for read in reads(story) if read.referral]
    text = "".join(referral.model_dump_json() for referral in understood)
    assert understood
    assert [words for words in story.never if words not in text] == []


def test_a_story_ends_as_somebody_sensible_would_want(story: Story) -> None:
    ended = walk(story)
    assert ended.acceptable or story.id in STANDING or story.id in LESS, told(ended)


def test_what_is_known_to_be_held_wrongly_is_held_by_those_rules_alone() -> None:
    wrongly = {each.id: walk(each) for each in WRITTEN if walk(each).held_wrongly}
    assert {name: {rule for d in one.decisions for rule in d.deciding} for name, one in wrongly.items()} == STANDING


@pytest.mark.parametrize("story_id", sorted(LESS))
def test_what_is_known_to_be_sent_with_less_is_sent_and_only_trimmed_settled_7(story_id: str) -> None:
    ended = next(walk(each) for each in WRITTEN if each.id == story_id)
    assert {(d.outcome, d.deciding) for d in ended.decisions} == {(Outcome.SHARE_MINIMISED, ("G-515",))}
    assert ended.sent


@pytest.mark.parametrize("story_id", ["week-hull-03", "week-hull-18"])
def test_a_family_that_asks_for_itself_is_not_asked_whether_it_agreed(story_id: str) -> None:
    """settled 41: asking is agreeing, also on Hull's form, where a professional has to say who agreed."""
    ended = next(walk(each) for each in fortnight() if each.id == story_id)
    assert ended.outcomes == {Outcome.SHARE}, told(ended)


def test_words_that_may_not_go_do_not_go(story: Story) -> None:
    assert walk(story).leaked == ()


def test_at_most_one_in_ten_is_held(name: str, request: pytest.FixtureRequest) -> None:
    if name == "second_fortnight":
        request.applymarker(pytest.mark.xfail(strict=True, reason="21 of 200: its author wanted 17 of them held"))
    assert part(name, lambda ended: ended.held) <= 0.1


def test_at_most_one_in_fifty_is_held_wrongly(name: str) -> None:
    assert part(name, lambda ended: ended.held_wrongly) <= 0.02


def test_nothing_is_shared_wrongly(name: str) -> None:
    assert part(name, lambda ended: ended.shared_wrongly) == 0


def test_what_was_measured_is_written_down_as_it_is(name: str) -> None:
    written = (Path(__file__).parent / "fortnight.md").read_text(encoding="utf-8")
    (chapter_of,) = re.findall(rf"^### `{name}`\n(.*?)(?=^###|\Z)", written, re.MULTILINE | re.DOTALL)
    for line in sums([walk(each) for each in fortnight(name)]).split("\n"):
        assert line in chapter_of


def test_every_story_that_was_changed_says_what_proved_it_wrong(name: str) -> None:
    changed = [each for each in fortnight(name) if each.first != each.expect]
    assert all(each.corrected for each in changed)
    assert len(changed) <= 10


def test_the_report_names_every_hold_with_its_rule(name: str) -> None:
    text = report(name)
    for ended in map(walk, fortnight(name)):
        if ended.held:
            assert f"{ended.story.id} ({ended.story.form})" in text
            assert all(reason in text for reason in ended.reasons)
