"""Where a sender's own system is told that something came back, and what signs it (settled 46)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address that takes notices.

    secrets  names of the secrets that sign what goes there, newest first; values come from the deployment
    """

    url: str
    secrets: tuple[str, ...]
