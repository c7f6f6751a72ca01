"""Word to a hub that two referrals it was sent may be about one child, or one family: references and nothing else."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.model import Code, Line, Part, Text


class AlikeBody(Part):
    """One message to one hub about two referrals that it has. Canonical JSON: sorted keys, no spaces, UTF-8.

    reference   our id of the later one, as on what was sent
    other       our id of the earlier one, which this hub was sent as well
    deliveries  ids of the two messages that are meant, the later first
    """

    schema_version: Literal["1"] = "1"
    kind: Literal["alike"] = "alike"
    reference: Line
    other: Line
    council: Code
    hub: Code
    same: Literal["child", "family"] = Field(description="what the two may have in common")
    test: bool = Field(description="a test: nobody is to act on it (settled 53)")
    says: Text
    do: Text = Field(description="what a person should do, in words")
    deliveries: tuple[Line, ...]
