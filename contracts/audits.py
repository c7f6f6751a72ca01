"""What somebody from outside may read of a council's decisions, and until when they are let in (governance 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

AUDITOR: Final = "auditor"
"""The duty role of whoever audits a council from outside: it reads, and decides nothing."""


@dataclass(frozen=True, slots=True)
class Audit:
    """One auditor's bounds. Days are London's, and each is included.

    until      the last day on which they may sign in
    first, to  the days whose decisions they may read
    """

    until: date
    first: date
    to: date
