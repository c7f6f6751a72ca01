"""Prints what came of the two hundred stories: a table, and each that nobody wanted so, with its rules."""

from __future__ import annotations

import sys

from tests.realistic.telling import report

sys.stdout.write(report())
