"""The one line that a campaign leaves: what was run, on what, how much, what was found, and what that can show."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import text

from tests.bench.processes import ROOT
from tests.campaign.experiments import Plan
from tests.campaign.oracles import Case, Violation
from tests.campaign.stored import Place


def line(case: Case, violations: Sequence[Violation], plan: Plan, starting: int, seconds: float) -> str:
    """Commit, store, numbers and the bound. starting: restarts that fell while something started."""
    history, seen = case.history, case.seen
    resolved, withdrawn = history.resolved, sum(request.withdrawn is not None for request in history.requests)
    red = sorted({violation.oracle for violation in violations})
    parts = [
        f"{datetime.now(UTC):%Y-%m-%d} {_commit()} {_version(case.place)} seed {plan.seed}",
        *([f"control {plan.control}"] if plan.control else []),
        *_done(case, plan, starting),
        f"{len(history.requests):,} requests, {len(history.acknowledged):,} acknowledged",
        f"{len(resolved):,} without an answer resolved ({sum(request.found for request in resolved):,} had been kept)",
        f"{withdrawn:,} withdrawn",
        f"hub: {len(seen.effects):,} effects, {seen.repeats:,} repeats dropped",
        *([f"{seen.turned_away:,} turned away"] if seen.turned_away else []),
        *([f"{waiting} wait for a later try"] if (waiting := _waiting(case.place)) else []),
        f"lost {sum(violation.oracle == 'O1' for violation in violations)}",
        f"double {sum(times > 1 for times in seen.effects.values())}",
        f"RED {', '.join(red)}" if red else "record verified, every oracle satisfied",
        f"{seconds:.0f} s",
    ]
    if not violations:
        what = {"kills": "kills", "storm": "restarts"}.get(plan.experiment, "rotations")
        many = sum(case.rotated.done.values()) if case.rotated else plan.times
        parts.append(f"0 in {many} {what}: under {bound(many):.1f} % of {what} at 95 %")
    return " · ".join(parts)


def _done(case: Case, plan: Plan, starting: int) -> list[str]:
    """What was done to it."""
    if case.storm is not None:
        seconds = (case.storm.restarts[-1] - case.storm.restarts[0]) / 1_000
        down = (case.storm.down[1] - case.storm.down[0]) / 1_000
        by_turns = f"{(plan.times + 1) // 2} by SIGKILL, {plan.times // 2} by SIGTERM, {starting} while starting"
        return [
            f"{plan.times} restarts in {seconds:.0f} s ({by_turns})",
            f"{case.storm.queued:,} queued at the first; hubs down for {down:.0f} s",
            f"at most {_most(case)} tries of one message",
        ]
    if case.rotated is not None:
        told = ", ".join(f"{many} × {what}" for what, many in sorted(case.rotated.done.items()))
        return [f"rotated: {told}", f"a key taken out counted for {case.rotated.slowest:.0f} s at most"]
    return [f"{plan.times} kills ({starting} while starting)"]


def _most(case: Case) -> int:
    with suppress(Exception):  # a store that was damaged on purpose
        return max(Counter(row["delivery"] for row in case.place.read().rows["permit"]).values(), default=0)
    return 0


def bound(kills: int) -> float:
    """Per cent of kills that could still go wrong, at 95 %, when none in so many did: 3/n."""
    return 100 * min(1.0, 3 / kills)


def _waiting(place: Place) -> int:
    with suppress(Exception):  # a store that was damaged on purpose
        return place.waiting()
    return 0


def _commit() -> str:
    """The commit, with a plus when files differ from it; "no commit" outside a clone."""
    asked = ["git", "-C", str(ROOT)]
    try:
        name = subprocess.run([*asked, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        dirty = subprocess.run([*asked, "status", "--porcelain", "-uno"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "no commit"
    return name.stdout.strip() + ("+" if dirty.stdout.strip() else "")


def _version(place: Place) -> str:
    try:
        with place.connect() as connection:
            asked = "SELECT sqlite_version()" if place.kind == "sqlite" else "SHOW server_version"
            return f"{place.kind} {connection.execute(text(asked)).scalar_one()}"
    except Exception:  # a store that was damaged on purpose
        return place.kind
