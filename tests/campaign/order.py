"""O5: what is sent about one referral reaches a hub in the order in which it was said (P18)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from tests.campaign.hub import Arrival
from tests.campaign.stored import Row, Stored

_CANNOT_WAIT = ("divert", "notice")
"""Kinds of delivery that go whatever came after: no correction takes a danger back, and a notice tells of one."""


def in_order(stored: Stored, arrivals: list[Arrival]) -> Iterator[str]:
    """In a lane one after the other; a notice after what it tells of; no older version after a newer one stands."""
    came: dict[str, list[int]] = defaultdict(list)
    for place, arrival in enumerate(arrivals):
        came[arrival.delivery].append(place)
    yield from _lanes(stored, came)
    yield from _notices(stored, came)
    yield from _versions(stored)


def _lanes(stored: Stored, came: dict[str, list[int]]) -> Iterator[str]:
    for lane, deliveries in stored.by("delivery", "lane").items():
        sent = [row for row in sorted(deliveries, key=lambda row: row["seq"]) if not row["urgent"] and came[row["id"]]]
        for earlier, later in pairwise(sent):
            if came[later["id"]][0] < came[earlier["id"]][-1]:
                yield f"lane {lane}: delivery {later['id']} came before {earlier['id']}, which was promised first"


def _notices(stored: Stored, came: dict[str, list[int]]) -> Iterator[str]:
    for referral, deliveries in stored.by("delivery", "referral").items():
        first: dict[str, int] = {}
        for row in deliveries:
            if row["kind"] == "notice" and came[row["id"]]:
                first[row["hub"]] = min(first.get(row["hub"], came[row["id"]][0]), came[row["id"]][0])
        for row in deliveries:
            if row["kind"] != "notice" and came[row["id"]] and came[row["id"]][-1] > first.get(row["hub"], 10**12):
                yield f"referral {referral}: {row['hub']} had a notice of it before delivery {row['id']}"


def _versions(stored: Stored) -> Iterator[str]:
    """As for a withdrawal: once a newer version is in the record, nothing of the older one is permitted."""
    kinds: dict[str, Row] = {row["id"]: row for row in stored.rows["delivery"]}
    stood = {entry["referral"]: entry["seq"] for entry in stored.entries if entry["type"] == "referral.superseded"}
    for entry in stored.entries:
        if entry["type"] != "permit" or entry["seq"] <= stood.get(entry["referral"], entry["seq"]):
            continue
        row = kinds.get(str(stored.told.get(entry["rid"], {}).get("delivery")))
        if row is not None and row["kind"] not in _CANNOT_WAIT:
            yield f"referral {entry['referral']} was sent after a newer version of it stood"
