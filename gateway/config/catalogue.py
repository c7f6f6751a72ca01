"""Everything analysts and IG leads wrote, loaded once, checked and frozen: what the path is run with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contracts.adapter import Fault
from contracts.council import Council
from contracts.enquiry import Asking
from contracts.errors import ConfigError
from gateway.config.answers import Answer, load_answers
from gateway.config.asking import load_asking
from gateway.config.cases import Cases, load_cases
from gateway.config.codes import CodeList, load_codes
from gateway.config.councils import load_councils
from gateway.config.groups import Grouping, load_groups
from gateway.config.mappings import Mappings, load_mappings
from gateway.config.pickups import Pickup, load_pickups
from gateway.config.policy import Policy
from gateway.config.retention import Schedule, load_schedule
from gateway.config.screens import Screens, load_screens
from gateway.config.tables import load_policy


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One state of `mappings/`.

    policies  council → the base tables with its own rows
    schedules council → how long it keeps what
    answers   code → what a person may record in answer to a hold or a task
    asking    what somebody is asked who makes a referral by hand
    cases     council → its case system's tables, which say what came of what hubs were sent
    """

    root: Path
    councils: Mapping[str, Council]
    policies: Mapping[str, Policy]
    mappings: Mappings
    codes: Mapping[str, CodeList]
    groups: Grouping
    screens: Screens
    pickups: tuple[Pickup, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    asking: Asking = field(default_factory=Asking)
    cases: Cases = field(default_factory=dict)


def load_catalogue(root: Path) -> Catalogue:
    """The catalogue under `root`. Raises ConfigError with every fault of every file that could be read."""
    faults: list[Fault] = []
    if not (root / "councils").is_dir():
        raise ConfigError(
            "No mappings here",
            (
                Fault(
                    f"{root}:1:1",
                    "",
                    "a folder with councils/, sharing/, sources/ and codes/",
                    "Check GATEWAY_MAPPINGS.",
                ),
            ),
        )
    councils = load_councils(root / "councils")
    codes = load_codes(root / "codes")
    mappings = load_mappings(root / "sources", codes)
    policies = {}
    for name in councils:
        rows = root / "councils" / name / "rules.yaml"
        try:
            policies[name] = load_policy(root / "sharing", rows if rows.exists() else None)
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError("The sharing tables are wrong", tuple(dict.fromkeys(faults)))
    groups = load_groups(root / "sharing" / "groups.yaml")
    screens = load_screens(root / "screens.yaml")
    cases = load_cases(root / "councils", councils)
    pickups = load_pickups(root / "councils", councils, mappings, cases)
    answers = load_answers(root / "sharing" / "answers.yaml")
    schedules = {name: load_schedule(root / "councils" / name) for name in councils}
    asking = load_asking(root)
    return Catalogue(
        root, councils, policies, mappings, codes, groups, screens, pickups, answers, schedules, asking, cases
    )
