"""What a sender's key is for: its council, its sources, its purposes. Declared harm goes through all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from contracts.adapter import Fault
from contracts.errors import NotAllowed
from contracts.referral import HarmLevel, Referral
from gateway.flows.access import Caller
from gateway.flows.mapping.sources import Read

OTHER_COUNCIL: Final = "This key is for another council."
OTHER_SOURCE: Final = "This key may not send from this source. The council can add it to the key's registration."
OTHER_PURPOSE: Final = "This key may not send for this purpose. Ring the council if it is urgent."
_OUTSIDE: Final = Fault("", "/purpose", "a purpose this key may send for", OTHER_PURPOSE)


def check_council(caller: Caller, council: str) -> None:
    """Raises NotAllowed for a council that the key is not for."""
    if council != caller.registration.council:
        raise NotAllowed(OTHER_COUNCIL)


def within_scope(caller: Caller, source: str, reads: Sequence[Read], *, corrects: bool = False) -> list[Read]:
    """What the key may send: its sources and purposes, and declared harm whatever they are (settled 4).

    corrects  whatever source it came from, its sender may correct it as canonical JSON

    Raises NotAllowed when nothing is left; what is left out of a batch is rejected with a reason.
    """
    allowed = corrects or source in caller.registration.sources
    purposes = caller.registration.purposes if allowed else ()
    within = [
        read
        if read.referral is None or read.referral.purpose in purposes or _endangered(read.referral)
        else replace(read, referral=None, faults=(replace(_OUTSIDE, position=read.position),))
        for read in reads
    ]
    if any(read.referral for read in reads) and not any(read.referral for read in within):
        raise NotAllowed(OTHER_PURPOSE if allowed else OTHER_SOURCE)
    return within


def _endangered(referral: Referral) -> bool:
    return referral.harm.level in (HarmLevel.SIGNIFICANT, HarmLevel.IMMEDIATE)
