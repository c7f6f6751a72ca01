"""The policies under test: the base tables alone, and with each council's rows on top."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from contracts.council_facts import COUNCIL_FACTS
from gateway.config.policy import Policy
from gateway.config.tables import load_policy
from tests.path.vectors import CLEAN, POLICY

MAPPINGS: Final = Path(__file__).parents[2] / "mappings"
COUNCILS: Final = tuple(sorted(path.parent.name for path in (MAPPINGS / "councils").glob("*/rules.yaml")))
POLICIES: Final[Mapping[str, Policy]] = {"base": POLICY} | {
    name: load_policy(MAPPINGS / "sharing", MAPPINGS / "councils" / name / "rules.yaml") for name in COUNCILS
}

_SILENT: Final = {
    "agreement_form": "as_required",
    "parties": "as_required",
    "both_consents": "both",
    "informed_agreement": "stated",
    "family_choice": "recorded",
    "parents": "told",
    "eligibility": "in_range",
    "needs_count": "enough",
    "lead": "agreed",
}

USUAL: Final[Mapping[str, str]] = (
    {fact: values[0] for fact, values in COUNCIL_FACTS.items()} | _SILENT | {"asked_for": "request"} | CLEAN
)
"""The facts of a clean referral of which no council's row has anything to say but what it says of every request."""


def usual(policy: Policy) -> dict[str, str]:
    """The usual facts, as far as this policy looks at them."""
    return {fact: USUAL[fact] for fact in policy.vocabulary}
