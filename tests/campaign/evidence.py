"""The one line that a campaign leaves: what was run, on what, how much, what was found, and what that can show."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import text

from tests.bench.processes import ROOT
from tests.campaign.oracles import Case, Violation
from tests.campaign.stored import Place


def line(
    case: Case, violations: Sequence[Violation], kills: int, starting: int, seconds: float, seed: int, control: str
) -> str:
    """Commit, store, numbers and the bound."""
    history, seen = case.history, case.seen
    resolved, withdrawn = history.resolved, sum(request.withdrawn is not None for request in history.requests)
    red = sorted({violation.oracle for violation in violations})
    parts = [
        f"{datetime.now(UTC):%Y-%m-%d} {_commit()} {_version(case.place)} seed {seed}",
        *([f"control {control}"] if control else []),
        f"{kills} kills ({starting} while starting)",
        f"{len(history.requests):,} requests, {len(history.acknowledged):,} acknowledged",
        f"{len(resolved):,} without an answer resolved ({sum(request.found for request in resolved):,} had been kept)",
        f"{withdrawn:,} withdrawn",
        f"hub: {len(seen.effects):,} effects, {seen.repeats:,} repeats dropped",
        *([f"{waiting} wait for a later try"] if (waiting := _waiting(case.place)) else []),
        f"lost {sum(violation.oracle == 'O1' for violation in violations)}",
        f"double {sum(times > 1 for times in seen.effects.values())}",
        f"RED {', '.join(red)}" if red else "record verified, every oracle satisfied",
        f"{seconds:.0f} s",
    ]
    if not violations:
        parts.append(f"0 in {kills} kills: under {bound(kills):.1f} % of kills at 95 %")
    return " · ".join(parts)


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
