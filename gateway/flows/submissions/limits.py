"""Looks at what a family keeps back when it is sent: a limit that names no field group and no field protects nothing.

Text and documents wait for a reader all the same (settled 35); the sender is told, and the hub reads a flag.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from contracts.adapter import Fault
from contracts.agreement import SharingLimit
from gateway.config.yamlfile import nearest
from gateway.flows.mapping.sources import Read


def doubted(reads: Sequence[Read], groups: Container[str], known: Sequence[str]) -> list[Read]:
    """The same records, each with a doubt for every part of a limit that names nothing. `known` are group names."""
    return [_doubted(read, groups, known) for read in reads]


def faults_of(limits: Sequence[SharingLimit], groups: Container[str], known: Sequence[str]) -> Iterator[Fault]:
    """Each group that there is not, and each pointer that is none, by its place. Never what was written."""
    for n, limit in enumerate(limits):
        for place, group in enumerate(limit.groups):
            if group not in groups:
                close = nearest(group, known)
                remedy = f"Did you mean `{close}`?" if close else "They stand in mappings/sharing/groups.yaml."
                yield Fault("", f"/sharing_limits/{n}/groups/{place}", "a field group", remedy, "unknown_code")
        for place, pointer in enumerate(limit.pointers):
            if not pointer.startswith("/"):
                remedy = "Begin with a slash: /people/0/addresses."
                at = f"/sharing_limits/{n}/pointers/{place}"
                yield Fault("", at, "a JSON pointer into the referral", remedy, "unknown_code")


def _doubted(read: Read, groups: Container[str], known: Sequence[str]) -> Read:
    if read.referral is None or not read.referral.sharing_limits:
        return read
    found = tuple(faults_of(read.referral.sharing_limits, groups, known))
    return replace(read, faults=(*read.faults, *found)) if found else read
