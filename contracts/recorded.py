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
    second   who confirmed it, where the policy asks for a second person; "" where nobody did
    until    first instant, ms UTC, at which it no longer holds; None if it does not end
    ground   on what a decision to share despite the family's answer rests; basis: the power or duty it names
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
    ground: str = ""
    basis: str = ""


REOPENED = "reopened"
"""The value with which a person takes such a decision back: the engine decides again, as if nobody had."""

NOT_SHARED = "not_shared"
"""The fact by which a person refuses or closes one candidate: the only direct act there is (settled 9).

Its value is `refused` or `closed`; `was` is the agreement it was made under. It never stands in the way of safety.
"""
