"""A clock in words: what is waited for, whose it is, when it is due, and whom to ring. Never a name (settled 45)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from contracts.council import Council, HubSettings
from gateway.config.policy import Policy
from gateway.path import rights
from gateway.path.calendar import LONDON, day_of, is_open

SENDERS: Final = {"referrer": "the referrer", "sender_safeguarding_lead": "the sender's safeguarding lead"}
"""Roles that the sender's own people have, in words."""

_UNREAD: Final = {
    "signed_form.unread": "Somebody reads the signed form.",
    "pickup.quarantined": "Somebody looks at what could not be read.",
}
_DELIVERY: Final = {
    "divert": "A safeguarding contact has not arrived.",
    "late": "A message waits for a hub that cannot be reached.",
    "pair": "Only one of two hubs that record the same has it.",
    "not_taken": "A message lies ready for a hub, which has not taken it.",
    "half": "Half of the tries to bring a message to a hub are used.",
    "lane": "A hub turned us away, and nothing more goes to it.",
    "uncertain": "A message may have arrived, and nobody knows.",
    "held": "A message was stopped before it was sent.",
    "dead": "The hub would not take a message.",
}
_RECORD: Final = {
    "unsealed": "The record is not being sealed.",
    "cannot_seal": "The record cannot be sealed: what is stored is not what was signed last, or there is no key.",
    "unwitnessed": "No witness has signed the record for a day.",
    "mismatch": "The record does not verify.",
    "manifests": "Some manifests of a day could not be made.",
    "review": "The day has passed by which the sharing policy was to be reviewed.",
}


def awaited(kind: str, policy: Policy, council: Council) -> str:
    """What a clock of this kind waits for."""
    sort, _, code = kind.partition(":")
    if sort == "hold" and code in policy.holds:
        return policy.holds[code].title
    if sort == "timer" and code in council.clocks:
        return council.clocks[code].say
    if sort == "delivery" and code in _DELIVERY:
        return _DELIVERY[code]
    if sort == "record" and code in _RECORD:
        return _RECORD[code]
    if sort == rights.CLOCK:
        return rights.say_of(code)[0]
    tasks = policy.tasks if sort == "task" else policy.clocks
    return tasks[code].say if code in tasks else _UNREAD.get(kind, "Somebody looks at it.")


def role_title(role: str, council: Council) -> str:
    """A duty role in words."""
    known = council.roles.get(role)
    return known.title if known else SENDERS.get(role, "nobody yet")


def ring(hub: HubSettings | None, council: Council, now: int) -> str:
    """Whom to ring about what this hub was sent, or should have been: the front door where there is no hub."""
    chosen = hub or council.hubs[council.front_door]
    number = chosen.telephone
    if not is_open(now, council.hours):
        door = chosen if chosen.out_of_hours else council.hubs[council.front_door]
        return f"Ring {door.title} on {door.out_of_hours or door.telephone}: it is out of hours."
    return f"Ring {chosen.title} on {number}."


def lower_first(text: str) -> str:
    """A label in the middle of a sentence; what begins with two capitals is a short form and stays."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def in_london(at: int) -> str:
    """ms UTC as people say it: `Mon 23 Nov 2026, 09:00`."""
    return datetime.fromtimestamp(at / 1000, LONDON).strftime("%a %-d %b %Y, %H:%M")


def days_between(since: int, now: int) -> int:
    """Whole days in London from one instant to another."""
    return (day_of(now) - day_of(since)).days
