"""O15 and O5 by hand: what they take as kept, and what they name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.campaign.hub import Arrival
from tests.campaign.order import in_order
from tests.campaign.pacing import SLOTS, on_schedule, one_at_a_time, recovered_first
from tests.campaign.stored import Stored

SECOND, MINUTE = 1_000, 60_000

Try = tuple[int, str, str]
"""When it was permitted, ms UTC; its result; its why code. It ends at once."""


def stored(**tries: Sequence[Try]) -> Stored:
    """Deliveries by their id, with their tries."""
    rows: dict[str, list[Any]] = {"delivery": [], "permit": [], "attempt": []}
    entries: list[Any] = []
    for delivery, told in tries.items():
        rows["delivery"].append({"id": delivery, "council": "hull", "hub": "west", "urgent": 0, "kind": "referral",
                                 "lane": "one", "referral": "one", "seq": len(rows["delivery"])})  # fmt: skip
        for fence, (at, result, why) in enumerate(told, 1):
            own = {"delivery": delivery, "fence": fence}
            rows["permit"].append(own | {"at": at, "entry": f"permit-{delivery}-{fence}"})
            said = {"started_at": at, "ended_at": at, "result": result, "why": why}
            rows["attempt"].append(own | said | {"entry": f"attempt-{delivery}-{fence}"})
            entries += [{"rid": f"{kind}-{delivery}-{fence}", "at": at, "type": kind, "referral": "one"}
                        for kind in ("permit", "attempt")]  # fmt: skip
    entries.sort(key=lambda entry: entry["at"])
    return Stored(rows, [entry | {"seq": seq} for seq, entry in enumerate(entries)])


def failed(*at: int) -> list[Try]:
    return [(when, "not_sent", "connect") for when in at]


def lost(*at: int) -> list[Try]:
    return [(when, "uncertain", "worker_lost") for when in at]


@pytest.mark.parametrize(
    "tries",
    [
        failed(0, 5 * SECOND, 65 * SECOND, 365 * SECOND),
        failed(0, 6 * SECOND, 78 * SECOND),  # with the widest jitter
        lost(0, 5 * SECOND, 65 * SECOND, 365 * SECOND, 665 * SECOND),
        [*lost(0), *failed(5 * SECOND, 10 * SECOND)],  # what we lost used up nothing
    ],
)
def test_o15_what_waits_as_long_as_its_schedule_says_is_on_time(tries: Sequence[Try]) -> None:
    assert list(on_schedule(stored(one=tries))) == []


@pytest.mark.parametrize(
    ("tries", "nth"),
    [
        (failed(0, 4 * SECOND), 2),
        (failed(0, 5 * SECOND, 60 * SECOND), 3),
        (lost(0, 5 * SECOND, 10 * SECOND), 3),
    ],
)
def test_o15_a_try_before_its_time_is_named(tries: Sequence[Try], nth: int) -> None:
    (said,) = on_schedule(stored(one=tries))
    assert f"one was tried for the {nth}. time" in said


def test_o15_a_hub_that_is_back_may_hurry_a_message_once_at_each_step() -> None:
    took = [(MINUTE, "delivered", ""), (2 * MINUTE, "delivered", "")]
    once = failed(0, 5 * SECOND, 61 * SECOND)
    assert list(on_schedule(stored(one=once, other=took[:1], another=took[1:]))) == []
    again = failed(0, 5 * SECOND, 61 * SECOND, 62 * SECOND)
    (said,) = on_schedule(stored(one=again, other=took[:1], another=[(61_500, "delivered", "")]))
    assert "for the 4. time" in said


def test_o15_what_was_delivered_is_not_tried_again() -> None:
    (said,) = on_schedule(stored(one=[(0, "delivered", ""), (MINUTE, "delivered", "")]))
    assert "after it was delivered" in said


def test_o15_a_restart_that_forgets_that_a_hub_is_down_is_counted() -> None:
    down, restarts = (0, 20 * SECOND), [5 * SECOND, 10 * SECOND, 15 * SECOND]
    calm = {f"calm{n}": failed(n * SECOND) for n in range(20)}
    assert list(one_at_a_time(stored(**calm), down, restarts)) == []
    herd = {f"herd{r}_{n}": failed(restarts[r] + n) for r in range(3) for n in range(SLOTS)}
    (said,) = one_at_a_time(stored(**calm, **herd), down, restarts)
    assert "hull/west was down and was tried" in said


def test_o15_what_was_lost_is_settled_before_anything_else_goes() -> None:
    told = stored(one=lost(0), other=[(2 * SECOND, "delivered", "")])
    # The attempt that was lost is entered when it is found to be: before the other's permit, or after.
    for seq, entry in enumerate(told.entries):
        entry["seq"] = seq
    assert list(recovered_first(told, [SECOND])) == []
    next(entry for entry in told.entries if entry["rid"] == "attempt-one-1")["seq"] = 99
    (said,) = recovered_first(told, [SECOND])
    assert "one was lost" in said


def test_o5_a_lane_is_told_one_after_the_other() -> None:
    told = stored(first=[(0, "delivered", "")], second=[(1, "delivered", "")])
    first, second = Arrival("first", 0, "", 1), Arrival("second", 1, "", 1)
    assert list(in_order(told, [first, second])) == []
    assert len(list(in_order(told, [second, first]))) == 1


def test_o5_nothing_of_an_older_version_is_permitted_once_a_newer_one_stands() -> None:
    told = stored(older=[(5, "delivered", "")])
    told.told["permit-older-1"] = {"delivery": "older"}
    newer = {"rid": "newer", "type": "referral.superseded", "referral": "one"}
    assert list(in_order(Stored(told.rows, [*told.entries, newer | {"seq": 99}], told.told), [])) == []
    assert len(list(in_order(Stored(told.rows, [newer | {"seq": -1}, *told.entries], told.told), []))) == 1
