"""Words are put forward by one person and approved by others, and earlier words come back as a new version."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import ConfigError, NoSuchAnswer, NotApproved, NotFound, NotYourRole
from gateway.config.policytext import files, joined
from gateway.flows.policy import policies, policybook, proposing
from gateway.flows.policy.policies import note
from gateway.store.writer import Write
from tests.flows.policy.test_policies import (
    FLAG,
    HULL,
    IG_LEAD,
    LOOSER,
    PRACTICE,
    TIGHTER,
    Stage,
    published,
    run,
    stage,
)
from tests.running import rows

__all__ = ["published", "stage"]

WHY = "Fewer are to be held for paperwork."


@pytest.fixture
def officer(stage: Stage) -> tuple[str, str]:
    """The data protection officer of Hull, who covers for its IG lead."""
    return stage.gateway.council(HULL).roles["data_protection_officer"].people[0], "data_protection_officer"


def propose(stage: Stage, text: str, who: tuple[str, str], why: str = WHY) -> str:
    return str(run(proposing.propose(stage.gateway, stage.by(who), text, why)).digest)


def states(stage: Stage) -> list[str]:
    return [one.state for one in run(policybook.versions(stage.gateway, stage.by(IG_LEAD)))]


def test_whoever_puts_words_forward_never_approves_them(published: Stage) -> None:
    text = published.proposal(timedelta(days=1), LOOSER)
    propose(published, text, IG_LEAD)
    with pytest.raises(NotApproved, match="put it forward"):
        published.approve(text, IG_LEAD)


def test_an_approval_by_whoever_puts_the_words_forward_later_does_not_count(
    published: Stage, officer: tuple[str, str]
) -> None:
    text = published.proposal(timedelta(days=1), LOOSER)
    published.rehearse(text)
    published.approve(text, IG_LEAD, PRACTICE)
    propose(published, text, IG_LEAD)
    with pytest.raises(NotApproved, match="ig_lead"):
        published.publish(text)


def test_nobody_approves_in_both_roles(published: Stage) -> None:
    text = published.proposal(timedelta(days=1), LOOSER)
    both = published.by(PRACTICE)
    published.approve(text, PRACTICE)
    alone = type(both)(both.council, both.name, "ig_lead")
    with pytest.raises(NotApproved, match="other role"):
        run(policies.approve(published.gateway, alone, text))


def test_words_are_listed_with_their_reason_until_they_are_put_aside(
    published: Stage, officer: tuple[str, str]
) -> None:
    digest = propose(published, published.proposal(timedelta(days=1), LOOSER), officer)
    found = run(policybook.version(published.gateway, published.by(IG_LEAD), digest))
    assert (found.state, found.why, found.proposed_by) == ("proposed", WHY, officer[0])
    run(proposing.put_aside(published.gateway, published.by(IG_LEAD), digest))
    assert states(published) == ["in_force", "aside"]
    propose(published, published.proposal(timedelta(days=1), LOOSER), officer)
    with pytest.raises(NotFound):
        run(proposing.put_aside(published.gateway, published.by(IG_LEAD), "0" * 64))


def test_each_step_is_an_entry_and_repeating_one_is_none(published: Stage, officer: tuple[str, str]) -> None:
    text = published.proposal(timedelta(days=1), LOOSER)
    digest = propose(published, text, officer)
    propose(published, text, officer)
    run(proposing.put_aside(published.gateway, published.by(officer), digest))
    types = [row["type"] for row in rows(published.gateway, "entry")]
    assert types[3:] == ["policy.proposed", "policy.set_aside"]


@pytest.mark.parametrize(
    ("why", "same", "wrong"),
    [("short", False, "in a sentence"), (WHY, True, "published before")],
    ids=["without a reason", "words that decide already"],
)
def test_what_cannot_be_put_forward_says_why(
    published: Stage, officer: tuple[str, str], why: str, same: bool, wrong: str
) -> None:
    text = published.filed if same else published.proposal(timedelta(days=1), LOOSER)
    with pytest.raises(NoSuchAnswer, match=wrong):
        propose(published, text, officer, why)


def test_a_version_that_others_have_cannot_be_put_forward(published: Stage, officer: tuple[str, str]) -> None:
    text = published.proposal(timedelta(days=1), LOOSER).replace("version: 1.1.0", "version: 1.0.0")
    with pytest.raises(NoSuchAnswer, match=r"1\.0\.0 already"):
        propose(published, text, officer)


def test_a_hub_worker_puts_nothing_forward(published: Stage) -> None:
    with pytest.raises(NotYourRole):
        propose(published, published.proposal(timedelta(days=1), LOOSER), ("bram.ellis", "hub_duty"))


def test_to_roll_back_is_to_put_earlier_words_forward_again(published: Stage, officer: tuple[str, str]) -> None:
    first, tighter = published.filed, published.proposal(timedelta(hours=1), TIGHTER)
    published.rehearse(tighter)
    published.approve(tighter, IG_LEAD, PRACTICE)
    published.clock[0] = published.publish(tighter).starts
    starts = datetime.fromtimestamp(published.clock[0] / 1_000, UTC) + timedelta(days=1)
    text = proposing.again(published.gateway, first, "1.2.0", starts)
    propose(published, text, officer)
    published.rehearse(text)
    published.approve(text, IG_LEAD, PRACTICE)
    published.clock[0] = published.publish(text).starts
    assert published.gateway.policy(HULL).version == "1.2.0"
    assert FLAG in published.gateway.policy(HULL).text


@pytest.mark.parametrize(("version", "days"), [("two", 1), ("1.2.0", -1)], ids=["no version", "a day that is over"])
def test_earlier_words_come_back_under_a_new_version_and_from_a_day_to_come(
    published: Stage, version: str, days: int
) -> None:
    starts = datetime.now(UTC) + timedelta(days=days)
    with pytest.raises(NoSuchAnswer):
        proposing.again(published.gateway, published.filed, version, starts)


def zipped(parts: dict[str, str]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return body.getvalue()


def test_a_folder_of_mappings_comes_as_one_zip_and_only_its_own_part_is_read(stage: Stage) -> None:
    rules = files(stage.filed)["rules.yaml"].replace(*TIGHTER)
    body = zipped(
        {
            "mappings/councils/hull/rules.yaml": rules,
            "mappings/councils/kent/rules.yaml": "id: KENT",
            "mappings/councils/hull/people.yaml": "roles: {}",
            "mappings/sharing/flags.yaml": files(stage.filed)["flags.yaml"],
        }
    )
    assert files(proposing.changed(stage.gateway, HULL, [("mappings.zip", body)]))["rules.yaml"] == rules


def test_files_that_are_left_out_stay_as_they_are_in_force(stage: Stage) -> None:
    rules = files(stage.filed)["rules.yaml"].replace(*TIGHTER)
    text = proposing.changed(stage.gateway, HULL, [("rules.yaml", rules.encode())])
    assert text == joined(files(stage.filed) | {"rules.yaml": rules})


@pytest.mark.parametrize(
    ("name", "body", "remedy"),
    [
        ("rules.txt", b"id: HU", r"\.yaml files"),
        ("rules.yaml", b"\xff\xfe", "UTF-8"),
        ("rules.yaml", b"id: HU\n--- flags.yaml\nflags: {}\n", "Take that line away"),
        ("t9-extra.yaml", b"id: T9\n", "Nothing names t9-extra.yaml"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_do(stage: Stage, name: str, body: bytes, remedy: str) -> None:
    with pytest.raises(ConfigError) as refused:
        proposing.changed(stage.gateway, HULL, [(name, body)])
    assert any(re.search(remedy, fault.remedy) for fault in refused.value.faults)


@pytest.mark.parametrize("name", ["../../people.yaml", "/etc/passwd", "a/b.yaml"])
def test_a_policy_names_only_files_beside_it(stage: Stage, name: str) -> None:
    head = files(stage.filed)["policy.yaml"].replace("t1-safeguarding.yaml", name)
    with pytest.raises(ConfigError) as refused:
        proposing.changed(stage.gateway, HULL, [("policy.yaml", head.encode())])
    assert all(fault.position.startswith("policy.yaml:") for fault in refused.value.faults)


def test_one_person_in_both_roles_publishes_nothing_even_if_the_store_says_so(stage: Stage) -> None:
    policy = policies.check(stage.filed)
    person = stage.by(IG_LEAD)
    for role in ("ig_lead", "practice_manager"):
        acting = type(person)(person.council, person.name, role)
        stage.gateway.writer.run(Write(lambda tx, who=acting: note(stage.gateway, tx, who, policy, "approved")))  # type: ignore[misc]
    with pytest.raises(NotApproved, match="One person"):
        stage.publish(stage.filed)
