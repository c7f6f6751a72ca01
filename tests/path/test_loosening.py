"""A proposed policy is compared with the one in force exactly: what loosens anywhere is named, what tightens is not."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from contracts.decision import Facts
from gateway.config.policy import Policy
from gateway.config.tables import load_policy
from gateway.path.deciding import evaluate
from gateway.path.loosening import loosened

SHARING = Path(__file__).parents[2] / "mappings" / "sharing"
ROWS = Path(__file__).parents[2] / "mappings" / "councils" / "tower_hamlets" / "rules.yaml"
CITED = '    cites: ["Early Help Practice Guide, L623"]\n'
OVER_19 = f"then: return\n    hold: returned\n{CITED}    say: Over 19, Early"
Changed = Callable[[str, str, str], Policy]


@cache
def in_force() -> Policy:
    return load_policy(SHARING, ROWS)


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """The policy with one piece of one file in other words."""

    def make(file: str, old: str, new: str) -> Policy:
        folder, rows = tmp_path / "sharing", tmp_path / "rules.yaml"
        shutil.copytree(SHARING, folder, dirs_exist_ok=True)
        shutil.copy(ROWS, rows)
        path = rows if file == "rules.yaml" else folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load_policy(folder, rows)

    return make


def test_the_same_policy_loosens_nothing() -> None:
    assert loosened(in_force(), in_force()) == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("t5-agreement.yaml", "agreement: [stale]", "agreement: [stale, refused]", ""),
        ("rules.yaml", OVER_19, OVER_19.replace("return\n    hold: returned", "hold\n    hold: paperwork"), "TH-E01"),
        ("rules.yaml", "    agreement_form: [other_form, unknown]", "    agreement_form: [other_form]", "TH-C05"),
        ("rules.yaml", "    flags: [agreement_of_child_not_recorded]", "    flags: [unknown_code]", "TH-C01"),
        ("holds.yaml", "within: 1 working hour", "within: 5 working days", "hold `safety`"),
        ("groups.yaml", "# ", "# Another word. ", "groups.yaml"),
        ("answers.yaml", "    second: true\n", "", "answer `share_anyway`"),
        ("answers.yaml", "    asks: [ground, basis]\n", "", "answer `share_anyway`"),
        ("answers.yaml", "    from: [giver_doubt]\n", "    from: [giver_doubt, refused]\n", "giver_could_agree"),
        ("answers.yaml", "    read: true\n", "", "answer `people_needed`"),
        ("answers.yaml", "    from: [unknown, not_sought_other, stale]\n", "    from: [unknown]\n", ""),
    ],
)  # fmt: skip
def test_what_loosens_is_named_and_what_tightens_is_not(
    changed: Changed, file: str, old: str, new: str, named: str
) -> None:
    found = loosened(in_force(), changed(file, old, new))
    assert [say for say in found if named in say] if named else found == ()


def test_going_back_from_a_tightening_is_a_loosening(changed: Changed) -> None:
    tighter = changed("t5-agreement.yaml", "agreement: [stale]", "agreement: [stale, in_scope]")
    assert loosened(in_force(), tighter) == ()
    assert loosened(tighter, in_force()) != ()


@pytest.mark.parametrize("seed", range(40))
def test_where_nothing_loosens_no_case_is_treated_less_cautiously(seed: int) -> None:
    """Against a change at random: where the comparison says that nothing loosens, 500 random cases agree."""
    chance = random.Random(seed)
    old, new = in_force(), mutated(in_force(), chance)
    looser = [
        facts
        for facts in (random_facts(old, chance) for _ in range(500))
        if evaluate(new, facts).outcome.caution > evaluate(old, facts).outcome.caution
    ]
    assert not looser or loosened(old, new) != ()


def mutated(policy: Policy, chance: random.Random) -> Policy:
    """The policy with one value of one condition taken out of, or put into, one rule."""
    place = chance.randrange(len(policy.tables))
    table = policy.tables[place]
    index = chance.choice([n for n, rule in enumerate(table.rules) if rule.when])
    rule = table.rules[index]
    which = chance.randrange(len(rule.when))
    fact, values = rule.when[which]
    value = chance.choice(sorted(policy.vocabulary[fact]))
    when = (*rule.when[:which], (fact, values ^ {value}), *rule.when[which + 1 :])
    rules = (*table.rules[:index], replace(rule, when=when), *table.rules[index + 1 :])
    tables = (*policy.tables[:place], replace(table, rules=rules), *policy.tables[place + 1 :])
    return replace(policy, tables=tables)


def random_facts(policy: Policy, chance: random.Random) -> Facts:
    return Facts({fact: chance.choice(sorted(values)) for fact, values in policy.vocabulary.items()})
