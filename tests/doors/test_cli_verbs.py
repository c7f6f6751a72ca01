"""Which module adds which verb, and that a verb loads no other's."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_command

from gateway.doors.cli import VERBS, one, whole
from tests.running import ROOT


@pytest.mark.parametrize("module", VERBS)
def test_a_module_adds_the_verbs_that_stand_beside_its_name(module: str) -> None:
    assert sorted(get_command(one(module)).commands) == sorted(VERBS[module])  # type: ignore[attr-defined]


def test_every_verb_stands_beside_one_module() -> None:
    verbs = [verb for added in VERBS.values() for verb in added]
    assert sorted(verbs) == sorted(get_command(whole()).commands)  # type: ignore[attr-defined]


def test_a_verb_loads_its_own_module_alone() -> None:
    told = "import sys; from gateway.doors.cli import main\ntry: main()\nfinally: print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", told, "sources"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.rpartition(".")[2] for name in done.stdout.split() if name.startswith("gateway.doors.cli.")}
    assert loaded & set(VERBS) == {"configuration"}


def test_a_verb_that_there_is_not_is_answered_with_the_nearest() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "chek"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, "Did you mean 'check'" in done.stderr) == (2, True)
