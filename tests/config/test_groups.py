"""Every field of the referral is in one group, for every reason a person may be in it; a new field stops the check."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from contracts.errors import ConfigError
from gateway.config.fields import person_leaves, referral_leaves
from gateway.config.groups import Branch, Grouping, PersonKind, load_groups

FILE = Path(__file__).parents[2] / "mappings" / "sharing" / "groups.yaml"


@pytest.fixture(scope="module")
def grouping() -> Grouping:
    return load_groups(FILE)


def leaves_of(branch: Branch, before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, below in branch.fields.items():
        path = f"{before}{name}"
        found |= leaves_of(below, f"{path}/") if isinstance(below, Branch) else {path: below.group}
    return found


def faults(tmp_path: Path, old: str, new: str) -> list[str]:
    """What is said of the file when `old` is replaced once."""
    text = FILE.read_text()
    assert old in text
    path = tmp_path / "groups.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError) as raised:
        load_groups(path)
    return raised.value.detail.replace(f"{tmp_path}/", "").splitlines()


def test_every_field_of_the_referral_has_a_group(grouping: Grouping):
    assert leaves_of(grouping.root).keys() == referral_leaves().keys()


@pytest.mark.parametrize("kind", get_args(PersonKind))
def test_every_field_of_a_person_has_a_group(grouping: Grouping, kind: PersonKind):
    assert leaves_of(grouping.people[kind]).keys() == person_leaves().keys()


def test_a_field_of_the_referral_without_a_group_stops_the_check(tmp_path: Path):
    said = faults(tmp_path, "attachments/kind, attachments/size,", "attachments/kind,")
    assert said == [said[0]]
    assert re.match(r"groups.yaml:\d+:1: expected attachments/size here too. Decide who may have it, and add", said[0])


def test_a_field_of_a_person_without_a_group_stops_the_check(tmp_path: Path):
    said = faults(tmp_path, ", gp, disabilities", ", disabilities")
    assert re.match(r"groups.yaml:\d+:1: expected gp here too. Decide who may have it, and add it", said[0])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("criminal: [criminal]", "criminal: []", r"groups.yaml:\d+:1: expected criminal here too"),
        ("criminal: [criminal]", "criminal: [crimnal]", r"groups.yaml:\d+:14: .*did you mean `criminal`"),
        (
            "criminal: [criminal]",
            "criminal: [criminal, reason]",
            r"groups.yaml:\d+:\d+: expected each field in one place. `reason` is already in `criminal`",
        ),
        ("always: [envelope,", "always: [envelop,", r"groups.yaml:\d+:10: .*did you mean `envelope`"),
        ("  criminal: [criminal]", "  criminals: [criminal]", r"groups.yaml:\d+:3: .*did you mean `criminal`"),
        (
            "name: child_identity, age",
            "name: child_identty, age",
            r"groups.yaml:\d+:\d+: .*did you mean `child_identity`",
        ),
        ("{role: child_identity, name", "{name", r"groups.yaml:\d+:\d+: expected role here too"),
        ("about: [needs/whose", "about: [needs/who", r"groups.yaml:\d+:9: .*did you mean `needs/whose`"),
        ("whole: [attachments", "whole: [attachment", r"groups.yaml:\d+:9: .*did you mean `attachments`"),
        ("person: [phones/number,", "person: [phones/numbr,", r"groups.yaml:\d+:14: .*did you mean `phones/number`"),
        (
            "public_referrer: [referrer/kind",
            "public_referrer: [council",
            r"groups.yaml:\d+:19: .*`council` is not known",
        ),
        ("[provenance, referrer, child_identity,", "[provenence,", r"groups.yaml:\d+:\d+: .*did you mean `provenance`"),
        (
            "given: [envelope, provenance",
            "given: [provenance",
            r"groups.yaml:\d+:\d+: expected envelope among what share",
        ),
        ("  divert:\n", "  diverts:\n", r"groups.yaml:\d+:5: expected one of .*mean `divert`"),
    ],
    ids=lambda text: text[:30] if isinstance(text, str) else "",
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, said: str):
    told = faults(tmp_path, old, new)
    assert any(re.match(said, line) for line in told), told


@pytest.mark.parametrize(
    ("group", "outcomes"),
    [
        ("child_identity", {"share", "share_minimised", "divert"}),
        ("carer_detail", {"share", "divert"}),
        ("siblings_detail", {"share", "divert"}),
        ("alleged_harm", {"share", "divert"}),
        ("third_parties_detail", {"share", "divert"}),
        ("criminal", {"divert"}),
        ("sharing_limits", {"divert"}),
        ("protected_characteristics", {"divert"}),
        ("referrer_private", {"divert"}),
        ("narrative", {"share", "share_minimised", "advice_only", "divert"}),
        ("other_answers", {"share", "share_minimised", "advice_only", "divert"}),
        ("agreement", {"share", "share_minimised", "divert"}),
        ("safety", {"share", "share_minimised", "advice_only", "divert"}),
    ],
)
def test_each_row_of_governance_1_6_is_what_an_outcome_gives(grouping: Grouping, group: str, outcomes: set[str]):
    assert {outcome for outcome, groups in grouping.given.items() if group in groups} == outcomes


def test_hu_c07_a_divert_gives_every_group(grouping: Grouping):
    assert grouping.given["divert"] == set(grouping.titles)


def test_settled_37_other_answers_go_wherever_narrative_may(grouping: Grouping):
    for groups in grouping.given.values():
        assert ("narrative" in groups) == ("other_answers" in groups)


def test_no_outcome_asks_for_what_it_gives(grouping: Grouping):
    for outcome, groups in grouping.on_request.items():
        assert not groups & grouping.given[outcome]


def test_a_minimised_copy_gives_less_than_a_full_one(grouping: Grouping):
    assert grouping.given["share_minimised"] < grouping.given["share"]
    assert grouping.most("share_minimised") < grouping.most("share")


def test_th_c02_a_duty_covers_attendance_and_whom_it_is_about_and_nothing_of_health(grouping: Grouping):
    duty = grouping.duties["school_attendance"]
    assert {"attendance", "child_identity"} <= duty
    assert not duty & {"narrative", "health_send", "carers", "carer_detail", "siblings", "request", "child_contact"}


@pytest.mark.parametrize("flag", ["address", "sealed"])
@pytest.mark.parametrize("field", ["postcode", "lines", "town", "uprn"])
def test_m_604_a_protected_address_covers_each_part_of_it(grouping: Grouping, flag: str, field: str):
    for branch in grouping.people.values():
        addresses = branch.fields["addresses"]
        assert isinstance(addresses, Branch)
        leaf = addresses.fields[field]
        assert not isinstance(leaf, Branch)
        assert flag in leaf.covered_by


def test_the_flags_that_protect_somebody_are_safety_for_everybody(grouping: Grouping):
    assert {branch.fields["protection"].group for branch in grouping.people.values()} == {"safety"}


def test_a_members_of_the_publics_own_name_is_private(grouping: Grouping):
    assert leaves_of(grouping.public_root)["referrer/name"] == "referrer_private"
    assert leaves_of(grouping.root)["referrer/name"] == "referrer"
    assert leaves_of(grouping.public_root)["referrer/keep_name_from_family"] == "safety"
