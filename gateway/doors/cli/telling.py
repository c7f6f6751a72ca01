"""How the command line speaks: faults as `place: what was expected. What to do.` on standard error."""

from __future__ import annotations

import sys

from contracts.adapter import Fault
from contracts.errors import GatewayError


def tell_faults(error: GatewayError) -> None:
    """An error and each of its faults."""
    if not error.faults:
        say(f"{error.title}. {error.detail}" if error.detail != error.title else error.title)
        return
    for fault in error.faults:
        say(line_of(fault))
    say(f"{len(error.faults)} to put right.")


def line_of(fault: Fault) -> str:
    """One fault on one line."""
    place = " ".join(part for part in (fault.position, fault.pointer) if part) or "here"
    return f"{place}: expected {fault.expected}. {fault.remedy}"


def say(text: str) -> None:
    """One line for the person at the terminal; standard output stays for data."""
    sys.stderr.write(f"{text}\n")
