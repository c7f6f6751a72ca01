"""Two validators of other people, in JavaScript: both accept every message of ours, and see what they should see.

They run where `FHIR_VALIDATORS` names a folder in which `validators/package.json` was installed with npm.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.test_fhir_checking import EVERY, GOOD, TWELVE

FOLDER = os.environ.get("FHIR_VALIDATORS", "")
SCRIPT = Path(__file__).parent / "validators" / "validate.cjs"
BLIND = {"two values of one choice", "a reference to nothing"}
"""Of the twelve, what neither of the two sees; our own checks do (`test_fhir_checking`)."""

pytestmark = pytest.mark.skipif(not FOLDER, reason="FHIR_VALIDATORS names no folder with npm's validators")


def told(messages: list[dict[str, Any]]) -> list[list[str]]:
    """What either validator calls an error, for each message."""
    node = shutil.which("node")
    assert node, "node is not installed"
    ran = subprocess.run(
        [node, str(SCRIPT), FOLDER], input=json.dumps(messages), capture_output=True, text=True, check=True, timeout=60
    )
    found: list[list[str]] = json.loads(ran.stdout)
    return found


def test_both_accept_every_message_of_ours() -> None:
    assert {name: errors for name, errors in zip(EVERY, told([*EVERY.values()]), strict=True) if errors} == {}


def test_between_them_they_see_what_is_planted_but_for_what_they_are_blind_to() -> None:
    planted = []
    for _, plant in TWELVE.values():
        message = deepcopy(GOOD)
        plant(message)
        planted.append(message)
    assert {name for name, errors in zip(TWELVE, told(planted), strict=True) if not errors} == BLIND
