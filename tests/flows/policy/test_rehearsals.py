"""A rehearsal begun on a page runs beside everything else, is told as it goes, and is kept with its cases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from contracts.decision import Outcome
from contracts.errors import NoSuchAnswer, NotYourRole
from gateway.flows.policy import changefile, proposing, rehearsals
from gateway.flows.policy.rehearsals import Tried
from gateway.store.tables import REHEARSAL
from gateway.store.writer import Write
from tests.flows.policy.test_policies import HULL, IG_LEAD, TIGHTER, Stage, run, stage
from tests.running import Door, a_hull_referral, rows

__all__ = ["stage"]

WHY = "To see whom it would change."
OFFICER = ("kit.moor", "data_protection_officer")
SEALED = {"people": [a_hull_referral()["people"][0] | {"protection": ["sealed"]}, a_hull_referral()["people"][1]]}


@pytest.fixture
def put(stage: Stage) -> str:
    """One sealed file was decided and one request that is not; and words were put forward that say more of both."""
    door = Door(stage.gateway)
    door.accepted()
    door.accepted(a_hull_referral(**SEALED), once="sealed")
    text = stage.proposal(timedelta(days=1), TIGHTER)
    return str(run(proposing.propose(stage.gateway, stage.by(OFFICER), text, WHY)).digest)


async def ended(stage: Stage, digest: str) -> Tried:
    for _ in range(400):
        tried = await rehearsals.latest(stage.gateway, stage.by(IG_LEAD), digest)
        if tried is not None and tried.state != "running":
            return tried
        await asyncio.sleep(0.02)
    raise AssertionError("it did not end")


def begun(stage: Stage, digest: str, who: tuple[str, str] = IG_LEAD, purpose: str = WHY) -> Tried:
    async def both() -> Tried:
        await rehearsals.begin(stage.gateway, stage.by(who), digest, purpose, 0)
        return await ended(stage, digest)

    tried: Tried = run(both())
    return tried


def test_it_counts_is_kept_and_is_in_the_record_before_it_is_shown(stage: Stage, put: str) -> None:
    tried = begun(stage, put)
    assert tried.result is not None
    assert (tried.state, tried.done, sum(tried.result.counts.values())) == ("done", tried.of, tried.result.replayed)
    assert [row["type"] for row in rows(stage.gateway, "entry")][-1] == "policy.rehearsed"
    assert tried.result.replayed >= 2


def test_another_rehearsal_takes_the_place_of_the_first(stage: Stage, put: str) -> None:
    begun(stage, put)
    begun(stage, put)
    assert len(rows(stage.gateway, "rehearsal")) == 1
    assert len([row for row in rows(stage.gateway, "entry") if row["type"] == "policy.rehearsed"]) == 2


def test_one_that_runs_is_not_begun_twice_and_one_that_was_cut_short_is(stage: Stage, put: str) -> None:
    begun(stage, put)
    stage.gateway.writer.run(Write(lambda tx: tx.execute(REHEARSAL.update().values(state="running"))))
    run(rehearsals.begin(stage.gateway, stage.by(IG_LEAD), put, WHY, 0))
    assert len([row for row in rows(stage.gateway, "entry") if row["type"] == "policy.rehearsed"]) == 1
    stage.gateway.writer.run(Write(lambda tx: tx.execute(REHEARSAL.update().values(seen_at=0))))
    tried = run(rehearsals.latest(stage.gateway, stage.by(IG_LEAD), put))
    assert tried.state == "cut_short"
    assert begun(stage, put).state == "done"


@pytest.mark.parametrize(
    ("who", "purpose", "error"),
    [(("bram.ellis", "hub_duty"), WHY, NotYourRole), (IG_LEAD, "short", NoSuchAnswer)],
    ids=["a hub worker", "no purpose"],
)
def test_what_is_not_begun(stage: Stage, put: str, who: tuple[str, str], purpose: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        run(rehearsals.begin(stage.gateway, stage.by(who), put, purpose, 0))
    assert rows(stage.gateway, "rehearsal") == []


def test_a_sealed_file_is_counted_and_nothing_of_it_is_listed(stage: Stage, put: str) -> None:
    tried = begun(stage, put)
    assert tried.result is not None
    for one in tried.result.changed:
        one_of = rehearsals.cases(stage.gateway, stage.by(IG_LEAD), tried, one.was, one.would_be, 1)
        sealed = [case for case in run(one_of) if case["sealed"]]
        assert all(case == {"sealed": True} for case in sealed)
    pairs = {(was, would) for was, would in tried.result.counts}
    assert (Outcome.HOLD, Outcome.HOLD) in pairs


def test_the_change_file_says_why_how_it_was_tried_and_who_approved(stage: Stage, put: str) -> None:
    begun(stage, put)
    stage.approve(run(changefile.change_file(stage.gateway, stage.by(IG_LEAD), put)).one.policy.text, IG_LEAD)
    file = run(changefile.change_file(stage.gateway, stage.by(IG_LEAD), put))
    text = changefile.as_text(file, "Hull")
    wanted = (
        WHY,
        "Put forward by kit.moor",
        "ruth.lane",
        "): Tighter.",
        "would have been different",
        "PROVED OF EVERY CASE",
    )
    assert [one for one in wanted if one not in text] == []


def test_words_of_another_council_are_not_there(stage: Stage, put: str) -> None:
    council = stage.gateway.council("kent")
    stranger = type(stage.by(IG_LEAD))(council, council.roles["ig_lead"].people[0], "ig_lead")
    assert council.name != HULL
    with pytest.raises(Exception, match="no policy of that name"):
        run(changefile.change_file(stage.gateway, stranger, put))
