"""What a named person recorded about one candidate, so that the engine decides again (settled 9, 36)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonFact:
    """One fact, recorded by one person, for one child, one recipient and one content.

    It is void as soon as any of the three differ, or the facts no longer derive `was`.

    fact     the fact, or `route` (its value is then a hub)
    was      the value it answers; for `human` the agreement state it was made for
    value    what the person recorded instead
    content  digest of the referral version it was made for, 64 hex digits
    at       ms UTC
    until    first instant, ms UTC, at which it no longer holds; None if it does not end
    """

    fact: str
    was: str
    value: str
    subject: str
    hub: str
    content: str
    by: str
    role: str
    reason: str
    at: int
    second: str = ""
    until: int | None = None
