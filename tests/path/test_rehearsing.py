"""A rehearsal says whom another policy would have treated differently, and guesses nothing."""

from __future__ import annotations

from dataclasses import replace

from contracts.decision import Outcome
from gateway.config.policy import Policy
from gateway.path.rehearsing import Case, Rehearsal, rehearse
from gateway.record.canonical import canonical
from tests.path.test_loosening import in_force

FACTS = {
    "path": "early_help", "harm": "none_declared", "duty": "none", "sender": "authorised", "recipient": "right_hub",
    "purpose": "early_help", "dsa": "in_force", "subject": "identified", "leak": "clean", "basis": "complete",
    "special": "none", "criminal": "none", "agreement": "in_scope", "young": "not_needed", "human": "none",
    "notice": "given", "thirdp": "none", "protect": "none",
}  # fmt: skip


def base() -> Policy:
    policy = in_force()
    tables = tuple(table for table in policy.tables if not table.additional)
    return replace(policy, tables=tables, vocabulary={fact: policy.vocabulary[fact] for fact in FACTS})


def loosened() -> Policy:
    """Every row that holds an agreement that is too old, turned to a share of what is needed."""
    policy = base()
    tables = []
    for table in policy.tables:
        rules = [
            replace(rule, outcome=Outcome.SHARE_MINIMISED, hit=replace(rule.hit, outcome=Outcome.SHARE_MINIMISED))
            if "stale" in dict(rule.when).get("agreement", ()) and rule.outcome is Outcome.HOLD
            else rule
            for rule in table.rules
        ]
        tables.append(replace(table, rules=tuple(rules)))
    return replace(policy, tables=tuple(tables))


def case(number: int, **changes: str) -> Case:
    return Case(f"d{number}", f"r{number}", canonical(FACTS | changes).decode())


def run(cases: list[Case], new: Policy) -> Rehearsal:
    *_, last = rehearse(cases, base(), new)
    return last


def test_the_same_policy_changes_nobody() -> None:
    done = run([case(1), case(2, agreement="refused")], base())
    assert (done.replayed, done.differing, done.cannot) == (2, 0, 0)


def test_every_case_is_counted_old_by_new() -> None:
    done = run([case(n, agreement="stale") for n in range(3)] + [case(9)], loosened())
    assert done.counts == {(Outcome.HOLD, Outcome.SHARE_MINIMISED): 3, (Outcome.SHARE, Outcome.SHARE): 1}


def test_a_changed_case_is_named_with_its_rules() -> None:
    (changed,) = run([case(7, agreement="stale")], loosened()).changed
    assert (changed.decision, changed.was, changed.would_be) == ("d7", Outcome.HOLD, Outcome.SHARE_MINIMISED)
    assert changed.rules


def test_a_flag_more_is_a_difference_though_the_outcome_is_the_same() -> None:
    flagged = in_force()
    old = replace(flagged, tables=tuple(table for table in flagged.tables if not table.additional))
    values = {fact: sorted(known)[0] for fact, known in flagged.vocabulary.items()} | FACTS
    facts = values | {"parties": "child_missing"}
    *_, done = rehearse([Case("d1", "r1", canonical(facts).decode())], old, flagged)
    assert "flag:agreement_of_child_not_recorded" in done.changed[0].asks


def test_a_case_without_a_fact_that_is_asked_now_cannot_be_replayed() -> None:
    *_, done = rehearse([case(1)], base(), in_force())
    assert (done.replayed, done.cannot) == (0, 1)
