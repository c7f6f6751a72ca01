"""Gaps, overlaps and rules that never decide are found exactly, in the base tables and in what a council adds."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.decision import Outcome, RuleHit
from gateway.config.policy import Policy, Rule, Table
from gateway.path import boxes
from tests.path.vectors import POLICY, VECTORS, passes


def with_rules(place: int, *rules: Rule, policy: Policy = POLICY) -> Policy:
    table = dataclasses.replace(policy.tables[place], rules=rules)
    return dataclasses.replace(policy, tables=(*policy.tables[:place], table, *policy.tables[place + 1 :]))


def rule(name: str, outcome: Outcome, **when: str) -> Rule:
    conditions = tuple((fact, frozenset(values.split())) for fact, values in when.items())
    return Rule(name, outcome, conditions, RuleHit(name, "T", outcome, "It says so."), position=f"planted:{name}")


def told(policy: Policy) -> list[str]:
    return [f"{fault.position}: {fault.expected}: {fault.remedy}" for fault in boxes.faults(policy)]


def test_the_base_tables_have_no_fault():
    assert boxes.faults(POLICY) == ()


def test_the_overlaps_are_exactly_those_listed():
    found = {table.id: {frozenset((one.id, two.id)) for one, two in boxes.overlaps(table)} for table in POLICY.tables}
    assert found == {table.id: table.overlaps_ok for table in POLICY.tables}
    assert {table: len(pairs) for table, pairs in found.items() if pairs} == {"T1": 1, "T2": 13, "T5": 3, "T6": 4}


def test_a_planted_gap_is_told_as_a_row_to_read():
    rules = POLICY.tables[2].rules
    assert [each.id for each in rules][5] == "I-306"
    (line,) = told(with_rules(2, *rules[:5], *rules[6:]))
    assert "t3-identity.yaml" in line
    assert "None covers: path is early_help or safeguarding or update; subject is incomplete." in line


def test_a_planted_overlap_names_both_rules():
    rules = POLICY.tables[3].rules
    planted = rule("B-499", Outcome.SHARE_MINIMISED, basis="incomplete", criminal="conditioned")
    lines = told(with_rules(3, *rules, planted))
    assert any(line.startswith("planted:B-499: B-499 in `overlaps_ok`") and "[B-401, B-499]" in line for line in lines)


def test_a_planted_rule_that_never_decides_is_named():
    planted = rule("B-499", Outcome.HOLD, basis="incomplete", criminal="unconditioned")
    (line,) = told(with_rules(3, *POLICY.tables[3].rules, planted))
    assert line.startswith("planted:B-499: a rule that can decide: B-499 never can")


def test_a_listed_overlap_that_is_none_is_named():
    table = dataclasses.replace(POLICY.tables[3], overlaps_ok=frozenset({frozenset(("B-401", "B-409"))}))
    (line,) = told(dataclasses.replace(POLICY, tables=(*POLICY.tables[:3], table, *POLICY.tables[4:])))
    assert "[B-401, B-409] do not. Take the pair away." in line


# --- a council's rows on top ---


def with_council(*rules: Rule, overlaps_ok: tuple[tuple[str, str], ...] = ()) -> Policy:
    pairs = frozenset(frozenset(pair) for pair in overlaps_ok)
    table = Table("TH", "What the council asks besides", rules, pairs, additional=True, position="planted:TH")
    return dataclasses.replace(POLICY, tables=(*POLICY.tables, table))


def test_a_council_table_may_leave_gaps():
    assert boxes.faults(with_council(rule("TH-1", Outcome.RETURN, path="update", young="agrees"))) == ()


def test_a_council_row_that_never_decides_is_named():
    (line,) = told(with_council(rule("TH-1", Outcome.HOLD, harm="significant")))
    assert line.startswith("planted:TH-1: a rule that can decide")


def test_a_council_that_always_overtakes_a_base_rule_must_say_so():
    holds = rule("TH-A-206", Outcome.HOLD, dsa="lapsed none")
    (line,) = told(with_council(holds))
    assert "A-206 never can" in line
    assert boxes.faults(with_council(holds, overlaps_ok=(("TH-A-206", "A-206"),))) == ()


# --- the analysis against trying every case ---

SMALL = {"one": frozenset("abc"), "two": frozenset("xy"), "three": frozenset("pq")}
conditions = st.fixed_dictionaries(
    {}, optional={fact: st.sets(st.sampled_from(sorted(values)), min_size=1) for fact, values in SMALL.items()}
)
rules = st.lists(
    st.tuples(conditions, st.sampled_from([Outcome.HOLD, Outcome.SHARE])).map(
        lambda drawn: rule("R", drawn[1], **{fact: " ".join(values) for fact, values in drawn[0].items()})
    ),
    max_size=5,
)


def cases() -> Iterator[dict[str, str]]:
    names = list(SMALL)
    return (dict(zip(names, case, strict=True)) for case in itertools.product(*SMALL.values()))


def matches(when: boxes.Box, case: dict[str, str]) -> bool:
    return all(case[fact] in values for fact, values in when.items())


@given(rules=rules)
@settings(max_examples=200, deadline=None)
def test_what_is_left_over_is_every_uncovered_case_once(rules):
    remains = boxes.left_over({}, rules, SMALL)
    for case in cases():
        covered = any(matches(dict(each.when), case) for each in rules)
        assert sum(matches(box, case) for box in remains) == (0 if covered else 1)


@given(rules=rules)
@settings(max_examples=200, deadline=None)
def test_rules_overlap_where_one_case_matches_both(rules):
    table = Table("T", "", tuple(rules))
    found = {(id(one), id(two)) for one, two in boxes.overlaps(table)}
    for one, two in itertools.combinations(rules, 2):
        both = any(matches(dict(one.when), case) and matches(dict(two.when), case) for case in cases())
        assert ((id(one), id(two)) in found) is (both and one.outcome is not two.outcome)


# --- cases and analysis together notice every change to a condition ---


# On the other paths G-519 shares as well, so nothing but the list of matching rules would change.
SAME_ANSWER = {"G-512 with any path"}


def changed_conditions() -> Iterator[tuple[str, Policy]]:
    """The policy with one condition of one rule left out, or one value of it."""
    for place, table in enumerate(POLICY.tables):
        for index, each in enumerate(table.rules):
            for position, (fact, values) in enumerate(each.when):
                others = (*each.when[:position], *each.when[position + 1 :])
                changes = {f"{each.id} with any {fact}": others}
                if len(values) > 1:
                    less = {f"{each.id} without {value}": (*others, (fact, values - {value})) for value in values}
                    changes.update(less)
                for name, when in changes.items():
                    changed = dataclasses.replace(each, when=when)
                    yield name, with_rules(place, *table.rules[:index], changed, *table.rules[index + 1 :])


def noticed(policy: Policy) -> bool:
    return bool(boxes.faults(policy)) or not all(passes(policy, vector) for vector in VECTORS)


def test_changing_any_condition_is_noticed_by_the_analysis_or_a_case():
    assert {name for name, policy in changed_conditions() if not noticed(policy)} == SAME_ANSWER


@pytest.mark.parametrize("table", POLICY.tables, ids=lambda table: table.id)
def test_a_base_table_answers_every_case(table):
    assert boxes.gaps(table, POLICY.vocabulary) == ()
