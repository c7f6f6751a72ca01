"""A school's own people, without a browser: the three whom the council has invited, and a stranger's lead."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.flows.acting import Acting, acting
from gateway.flows.gateway import Gateway

T = TypeVar("T")
WHY = "To see what became of our pupil"
SCHOOL = "invented_academy"


def person(gateway: Gateway, role: str = "lead", council: str = "hull", sender: str = SCHOOL) -> Acting:
    """Whoever is listed first in that role of a sender."""
    home = gateway.council(council)
    named = f"sender_{role}"
    return acting(home, home.senders[sender].people[named][0], named, sender=sender)


def stranger(gateway: Gateway) -> Acting:
    """The lead of a school of another council."""
    return person(gateway, council="kent", sender="invented_school")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Wait for the answer."""
    return asyncio.run(work)
