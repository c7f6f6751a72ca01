"""A policy is rehearsed, approved by two people in two roles, and published for a day to come (settled 11)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from contracts.errors import ConfigError, NotApproved, NotYourRole
from gateway.flows.acting import Acting, acting
from gateway.flows.decisions.permit import Held
from gateway.flows.decisions.permit import door as way_to
from gateway.flows.gateway import Gateway
from gateway.flows.inforce import InForce
from gateway.flows.policy import policies
from gateway.flows.policy.rehearse import Days, record_rehearsal, rehearsed
from gateway.store.tables import POLICY
from tests.flows.outbox import COUNCIL, terms_for
from tests.running import Door, rows

HULL = "hull"
IG_LEAD, PRACTICE = ("ruth.lane", "ig_lead"), ("dale.frost", "practice_manager")
FLAG = "    flags: [confirm_informed]\n"
ROW = "  - id: HU-C02\n"


@dataclass
class Stage:
    """A gateway whose clock the test sets, and the words of Hull's policy as its files have them."""

    gateway: Gateway
    clock: list[int]

    @property
    def filed(self) -> str:
        return self.gateway.catalogue.policies[HULL].text

    @property
    def in_force(self) -> str:
        return self.gateway.policy(HULL).digest

    def proposal(self, starts: timedelta, *changes: tuple[str, str]) -> str:
        """Hull's policy with another day, another version and these pieces in other words."""
        text = self.filed
        day = (datetime.fromtimestamp(self.clock[0] / 1_000, UTC) + starts).isoformat()
        head, _, rest = text.partition("effective_from: ")
        text = f"{head.replace('version: 1.0.0', 'version: 1.1.0')}effective_from: {day}\n{rest.partition(chr(10))[2]}"
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return text

    def by(self, who: tuple[str, str]) -> Acting:
        return acting(self.gateway.council(HULL), *who)

    def approve(self, text: str, *people: tuple[str, str]) -> None:
        for who in people:
            run(policies.approve(self.gateway, self.by(who), text))

    def rehearse(self, text: str) -> None:
        run(record_rehearsal(self.gateway, self.by(IG_LEAD), text, {"purpose": "To ask less."}))

    def publish(self, text: str, who: tuple[str, str] = IG_LEAD, *, at_once: bool = False) -> policies.Done:
        return run(policies.publish(self.gateway, self.by(who), text, at_once=at_once))


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@pytest.fixture
def stage(gateway: Gateway) -> Stage:
    clock = [gateway.now()]
    rules = gateway.rules
    assert isinstance(rules, InForce)
    own = InForce({council: rules.filed(council) for council in rules}, now=lambda: clock[0])
    return Stage(replace(gateway, rules=own), clock)


@pytest.fixture
def published(stage: Stage) -> Stage:
    """Hull has published the policy of its files."""
    stage.approve(stage.filed, IG_LEAD, PRACTICE)
    stage.publish(stage.filed)
    stage.clock[0] += 60_000
    return stage


LOOSER = (FLAG, "    flags: [unknown_code]\n")
TIGHTER = ("    flags: [confirm_informed]\n", "    flags: [confirm_informed, unknown_code]\n")


def test_until_a_council_has_published_a_policy_nothing_of_it_is_delivered(stage: Stage) -> None:
    assert stage.gateway.has_published(HULL) is False


def test_the_first_policy_decides_from_the_moment_it_is_published(published: Stage) -> None:
    assert published.gateway.has_published(HULL)
    assert published.in_force == published.gateway.catalogue.policies[HULL].digest


@pytest.mark.parametrize("missing", [IG_LEAD, PRACTICE], ids=["ig_lead", "practice_manager"])
def test_one_approval_is_not_enough(stage: Stage, missing: tuple[str, str]) -> None:
    stage.approve(stage.filed, *({IG_LEAD, PRACTICE} - {missing}))
    with pytest.raises(NotApproved, match=missing[1]):
        stage.publish(stage.filed)


def test_an_approval_is_of_these_words_and_no_others(stage: Stage) -> None:
    stage.approve(stage.filed, IG_LEAD, PRACTICE)
    with pytest.raises(NotApproved):
        stage.publish(stage.proposal(timedelta(days=1)))


@pytest.mark.parametrize("verb", ["approve", "publish"])
def test_a_hub_worker_neither_approves_nor_publishes(stage: Stage, verb: str) -> None:
    person = stage.by(("bram.ellis", "hub_duty"))
    work: Callable[..., Coroutine[Any, Any, Any]] = getattr(policies, verb)
    with pytest.raises(NotYourRole, match=r"ruth\.lane"):
        run(work(stage.gateway, person, stage.filed))


def test_a_later_policy_must_have_been_rehearsed(published: Stage) -> None:
    text = published.proposal(timedelta(days=1), LOOSER)
    published.approve(text, IG_LEAD, PRACTICE)
    with pytest.raises(NotApproved, match="rehearsed"):
        published.publish(text)


def test_a_later_policy_decides_from_its_own_day_and_not_before(published: Stage) -> None:
    before, text = published.in_force, published.proposal(timedelta(days=1), LOOSER)
    published.rehearse(text)
    published.approve(text, IG_LEAD, PRACTICE)
    done = published.publish(text)
    assert published.in_force == before
    published.clock[0] = done.starts
    assert published.in_force == done.digest != before


def test_a_back_dated_start_is_refused_with_its_place(published: Stage) -> None:
    text = published.proposal(timedelta(days=-1), LOOSER)
    published.rehearse(text)
    published.approve(text, IG_LEAD, PRACTICE)
    with pytest.raises(ConfigError) as refused:
        published.publish(text)
    (fault,) = refused.value.faults
    assert fault.position.startswith("policy.yaml:")
    assert "days that are over" in fault.expected


def test_what_only_tightens_may_start_at_once_with_one_approval(published: Stage) -> None:
    text = published.proposal(timedelta(days=1), TIGHTER)
    published.approve(text, PRACTICE)
    done = published.publish(text, PRACTICE, at_once=True)
    assert done.starts - published.gateway.now() <= policies.AT_ONCE
    published.clock[0] = done.starts
    assert published.in_force == done.digest


def test_what_loosens_anything_never_starts_at_once(published: Stage) -> None:
    text = published.proposal(timedelta(days=1), LOOSER)
    published.approve(text, IG_LEAD, PRACTICE)
    with pytest.raises(NotApproved, match="confirm_informed"):
        published.publish(text, at_once=True)


ANSWER = "    title: Share despite the family's answer\n"
SAID = "    title: Share despite what the family said\n"
SECOND = "    asks: [ground, basis]\n    second: true\n"


def test_what_a_person_may_answer_is_signed_and_decides_from_its_day(published: Stage) -> None:
    text = published.proposal(timedelta(days=2), (ANSWER, SAID))
    published.rehearse(text)
    published.approve(text, IG_LEAD, PRACTICE)
    published.publish(text)
    titles = [published.gateway.policy(HULL).answers["share_anyway"].title]
    published.clock[0] += int(timedelta(days=3).total_seconds() * 1_000)
    titles.append(published.gateway.policy(HULL).answers["share_anyway"].title)
    assert titles == ["Share despite the family's answer", "Share despite what the family said"]


def test_an_answer_that_asks_for_no_second_person_any_more_never_starts_at_once(published: Stage) -> None:
    text = published.proposal(timedelta(days=2), (SECOND, "    asks: [ground, basis]\n"))
    published.approve(text, IG_LEAD)
    with pytest.raises(NotApproved, match="share_anyway"):
        published.publish(text, at_once=True)


def test_a_policy_with_a_gap_is_refused_with_its_line_and_approved_by_nobody(stage: Stage) -> None:
    text = stage.filed.replace("agreement: [stale]", "agreement: [withdrawn]")
    with pytest.raises(ConfigError) as refused:
        stage.approve(text, IG_LEAD)
    assert any(fault.position.startswith("t5-agreement.yaml:") for fault in refused.value.faults)


def test_what_was_published_decides_even_when_the_files_say_something_else(published: Stage) -> None:
    text = published.proposal(timedelta(hours=1), LOOSER)
    published.rehearse(text)
    published.approve(text, IG_LEAD, PRACTICE)
    starts = published.publish(text).starts
    again = InForce({HULL: published.gateway.rules[HULL]}, now=lambda: starts)
    started = replace(published.gateway, rules=again)
    policies.refresh_now(started)
    assert "unknown_code" in started.policy(HULL).text
    assert started.policy(HULL).digest != started.catalogue.policies[HULL].digest


def test_the_words_of_an_earlier_decision_can_still_be_read(published: Stage) -> None:
    digest = published.in_force
    with published.gateway.store.read(HULL) as connection:
        assert policies.words_of(connection, HULL, digest) == published.filed


def test_every_act_on_a_policy_is_an_entry_that_names_its_digest(published: Stage) -> None:
    kinds = [row["type"] for row in rows(published.gateway, "entry")]
    assert kinds == ["policy.approved", "policy.approved", "policy.published"]


def test_approving_twice_is_approving_once(stage: Stage) -> None:
    stage.approve(stage.filed, IG_LEAD, IG_LEAD)
    assert len(rows(stage.gateway, "policy_act")) == 1


def test_a_demonstration_publishes_its_own_and_only_once(gateway: Gateway) -> None:
    policies.publish_own(gateway)
    policies.publish_own(gateway)
    with gateway.store.read(HULL) as connection:
        assert len(connection.execute(select(POLICY.c.digest).where(POLICY.c.council == HULL)).all()) == 1


def test_a_rehearsal_counts_whom_a_proposal_would_treat_differently_and_writes_nothing(door: Door) -> None:
    door.accepted()
    stage = Stage(door.gateway, [door.gateway.now()])
    before = len(rows(door.gateway, "entry"))
    proposal = policies.check(stage.proposal(timedelta(days=1), (FLAG, "    flags: [unknown_code]\n")))
    done = rehearsed(door.gateway.store, HULL, door.gateway.policy(HULL), proposal, Days(0, 2**53))
    assert (done.replayed, done.cannot) == (len(rows(door.gateway, "decision")), 0)
    assert len(rows(door.gateway, "entry")) == before


def test_a_message_of_a_council_without_a_published_policy_waits() -> None:
    terms = terms_for({"early_help": {}}, published=lambda council: False)
    assert way_to(terms, COUNCIL, "early_help") == Held("policy_not_published")
