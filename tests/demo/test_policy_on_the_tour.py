"""An IG lead loosens one rule of the tour: rehearsed on its traffic, published by two roles, in force at its time."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from contracts.decision import Outcome
from gateway.demo import stories
from gateway.demo.sending import text_of
from gateway.demo.stage import Stage, stage
from gateway.demo.telling import Telling
from gateway.flows.acting import acting
from gateway.flows.policy import policies
from gateway.flows.policy.rehearse import Days, record_rehearsal, rehearsed
from gateway.path.rehearsing import Rehearsal
from tests.running import until

COUNCIL = "tower_hamlets"
RULE = "TH-E01"
OLD, NEW = "Say if that is so.", "The hub finds out if that is so."


@dataclass(frozen=True)
class Played:
    """What was seen: the rehearsal, what hubs had before and after it, and the same case before and from its day on."""

    rehearsal: Rehearsal
    hubs_before: int
    hubs_after: int
    old_then: dict[str, Any]
    old_now: dict[str, Any]
    new: dict[str, Any]
    text: str


def loosened(text: str, starts: datetime) -> str:
    """A young person over 19 without a word of a disability is no longer sent back: a person at the hub looks."""
    head, _, rest = text.partition("effective_from: ")
    text = f"{head}effective_from: {starts.isoformat()}\n{rest.partition(chr(10))[2]}"
    row = text[text.index(f"  - id: {RULE}\n") :].partition("  - id: TH-E02")[0]
    new = row.replace("then: return\n    hold: returned", "then: hold\n    hold: paperwork").replace(OLD, NEW)
    text = text.replace(row, new)
    for pair in (
        "[TH-C05, TH-E01]",
        "[TH-C07, TH-E01]",
        "[TH-C11, TH-E01]",
        "[TH-E01, TH-C16]",
        "[TH-E01, TH-C17]",
        "[TH-E01, TH-PANEL]",
    ):
        text = text.replace(f"  - {pair}\n", "")
    # It may meet a return now that decides otherwise.
    return text.replace(
        "overlaps_ok:\n  - [TH-C05, TH-C",
        "overlaps_ok:\n  - [TH-E01, TH-COMPLETE]\n  - [TH-E01, TH-T15]\n  - [TH-C05, TH-C",
        1,
    )


async def play(folder: Path) -> Played:
    async with stage(folder) as playing:
        told = Telling(Console(file=StringIO()))
        for story in (stories.council, stories.school, stories.ig_lead, stories.hub_worker):
            await story(playing, told)
        gateway, council = playing.gateway, playing.gateway.council(COUNCIL)
        in_force, sent = gateway.policy(COUNCIL), told.sent[16]
        text = loosened(in_force.text, datetime.now(UTC) + timedelta(seconds=8))
        before = arrivals(playing)
        rehearsal = rehearsed(gateway.store, COUNCIL, in_force, policies.check(text), Days(0, 2**53))
        after = arrivals(playing)
        ig_lead, practice = acting(council, "owen.tarn", "ig_lead"), acting(council, "iris.voss", "practice_manager")
        await record_rehearsal(gateway, ig_lead, text, {"purpose": "To send fewer back."})
        await policies.approve(gateway, ig_lead, text)
        await policies.approve(gateway, practice, text)
        done = await policies.publish(gateway, practice, text)
        old_then = await playing.get(sent.sender, sent.receipt["status"])
        await until(lambda: gateway.policy(COUNCIL).digest == done.digest, seconds=30)
        old_now = await playing.get(sent.sender, sent.receipt["status"])
        return Played(rehearsal, before, after, old_then, old_now, await again(playing), text)


def arrivals(playing: Stage) -> int:
    return sum(len(hub.arrivals) for hub in playing.hubs.values())


async def again(playing: Stage) -> dict[str, Any]:
    """The same enquiry for another young person, sent now."""
    text = text_of("tower_hamlets_enquiries/over_age.json", playing.today)
    form = json.loads(text) | {"submission_reference": "SENT-LATER"}
    answer = await playing.post(
        "tower_hamlets", "/v1/submissions/govuk_forms", json.dumps(form).encode(), key="SENT-LATER"
    )
    decision: dict[str, Any] = answer.json()["receipts"][0]["decisions"][0]
    return decision


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return asyncio.run(play(tmp_path_factory.mktemp("tour")))


def test_the_rehearsal_counts_old_by_new(played: Played) -> None:
    assert played.rehearsal.counts[Outcome.RETURN, Outcome.HOLD] == 1
    assert sum(played.rehearsal.counts.values()) == played.rehearsal.replayed


def test_each_changed_case_has_its_reason(played: Played) -> None:
    (changed,) = played.rehearsal.changed
    assert (RULE in changed.rules, NEW in changed.say) == (True, True)


def test_a_rehearsal_sends_nothing(played: Played) -> None:
    assert played.hubs_after == played.hubs_before


def test_from_its_time_on_the_new_rule_decides(played: Played) -> None:
    assert (played.new["outcome"], NEW in played.new["say"]) == ("hold", True)


def test_what_was_decided_before_keeps_its_outcome_and_its_words(played: Played) -> None:
    assert played.old_now["decisions"] == played.old_then["decisions"]
    assert OLD in played.old_now["decisions"][0]["say"]
