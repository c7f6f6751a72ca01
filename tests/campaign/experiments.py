"""What a campaign may be: kills, a restart storm, or rotations, each with the stand that it needs."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.campaign.embedded import Embedded
from tests.campaign.keyring import Keyring
from tests.campaign.oracles import Case
from tests.campaign.rotation import RollingEmbedded, RollingScaled, rotations
from tests.campaign.running import Told, run
from tests.campaign.scaled import Scaled
from tests.campaign.storm import PLANTED, StormyEmbedded, StormyScaled, storm

EXPERIMENTS: Final = ("kills", "storm", "rotations")


@dataclass(frozen=True, slots=True)
class Plan:
    """One campaign on one store.

    experiment  of `EXPERIMENTS`; kind: sqlite or postgresql
    times       kills, restarts or rotations; queued: requests before the first restart of a storm
    control     name of a planted bug, "" for none
    """

    experiment: str
    kind: str
    times: int
    seed: int
    control: str = ""
    queued: int = 0


def conducted(plan: Plan, folder: Path, told: Told) -> tuple[Embedded | Scaled, Coroutine[Any, Any, Case]]:
    """The stand in this folder, and the campaign on it, not yet begun."""
    rng, embedded = Random(plan.seed), plan.kind == "sqlite"
    match plan.experiment:
        case "storm":
            stormy = StormyEmbedded(folder) if embedded else StormyScaled(folder)
            between = PLANTED.get(plan.control, lambda place: None)
            return stormy, storm(stormy, plan.times, plan.queued, rng, told, between=between)
        case "rotations":
            rolling = RollingEmbedded(folder) if embedded else RollingScaled(folder)
            return rolling, rotations(rolling, Keyring(folder), plan.times, rng, told, control=plan.control)
        case _:
            stand = Embedded(folder) if embedded else Scaled(folder)
            return stand, run(stand, plan.times, rng, told, early=plan.control == "early")
