"""Who answers for a family's information while it is received, held and sent (settled 52)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Controller = Literal["sender", "council", "joint", "not_said"]


@dataclass(frozen=True, slots=True)
class Controllers:
    """Who answers for what was received, what is held and what was sent, as the council entered it (settled 52)."""

    received: Controller = "not_said"
    held: Controller = "not_said"
    sent: Controller = "not_said"


NOT_SAID: Final = Controllers()
"""Of a council that has not entered it."""
