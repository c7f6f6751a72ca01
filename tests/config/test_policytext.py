"""A policy read back from its own words is the same policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import ConfigError
from gateway.config.groups import load_groups
from gateway.config.policytext import files, read_policy
from gateway.config.tables import load_policy

MAPPINGS = Path(__file__).parents[2] / "mappings"
COUNCILS = sorted(folder.name for folder in (MAPPINGS / "councils").iterdir())


@pytest.mark.parametrize("council", COUNCILS)
def test_what_was_published_is_read_as_it_was(council: str) -> None:
    filed = load_policy(MAPPINGS / "sharing", MAPPINGS / "councils" / council / "rules.yaml")
    policy, groups = read_policy(filed.text)
    assert (policy.text, policy.digest, policy.vocabulary) == (filed.text, filed.digest, filed.vocabulary)
    assert [rule.hit for table in policy.tables for rule in table.rules] == [
        rule.hit for table in filed.tables for rule in table.rules
    ]
    assert groups.digest == load_groups(MAPPINGS / "sharing" / "groups.yaml").digest


def test_what_a_person_may_answer_is_part_of_what_was_published() -> None:
    filed = load_policy(MAPPINGS / "sharing", MAPPINGS / "councils" / "hull" / "rules.yaml")
    assert read_policy(filed.text)[0].answers == filed.answers
    assert "answers.yaml" in files(filed.text)


def test_words_published_before_answers_belonged_to_a_policy_are_still_read() -> None:
    filed = load_policy(MAPPINGS / "sharing", MAPPINGS / "councils" / "hull" / "rules.yaml")
    parts = {name: text for name, text in files(filed.text).items() if name != "answers.yaml"}
    assert read_policy("".join(f"--- {name}\n{text}" for name, text in parts.items()))[0].answers == {}


def test_a_text_comes_apart_into_its_files() -> None:
    own = MAPPINGS / "councils" / "kent" / "rules.yaml"
    parts = files(load_policy(MAPPINGS / "sharing", own).text)
    assert parts["rules.yaml"].rstrip() == own.read_text(encoding="utf-8").rstrip()


def test_a_name_in_a_text_never_leaves_its_folder() -> None:
    assert set(files("--- ../../etc/passwd\nx\n")) == {"passwd"}


def test_a_text_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(ConfigError):
        read_policy("--- policy.yaml\nnothing\n")
