"""Prints what came of an ordinary fortnight and of every trouble: tables, what nobody wanted, and each hold."""

from __future__ import annotations

import sys

from tests.realistic.telling import report

sys.stdout.write(report())
