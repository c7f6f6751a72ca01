"""What every place is tested with: a pickup, files of invented families, and what the gateway and a report then say."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from typing import Any

from gateway.config.pickups import Pickup, Where
from gateway.flows.gateway import Gateway
from tests.builders import a_child
from tests.running import a_hull_referral, as_bytes, rows

TELL = "routing_desk"


def a_pickup(where: Where, **changes: Any) -> Pickup:
    """Hull's invented academy leaves our own JSON there."""
    pickup = Pickup("hull", "drop", "invented_academy", "canonical", False, 1, TELL, where)
    return replace(pickup, **changes)


def a_file(name: str = "Maya") -> bytes:
    """One referral, about a child of this name."""
    people = [a_child(first_name=name), *a_hull_referral()["people"][1:]]
    return as_bytes(a_hull_referral(people=people, source={"system": "canonical", "record_id": f"R-{name}"}))


def reported(report: bytes) -> list[dict[str, str]]:
    """The lines of a report."""
    return list(csv.DictReader(io.StringIO(report.decode("utf-8-sig"), newline="")))


def entries(gateway: Gateway) -> Counter[str]:
    """How many entries the record has of each type."""
    return Counter(row["type"] for row in rows(gateway, "entry"))


def submissions(gateway: Gateway) -> int:
    """How many submissions were accepted."""
    return sum(row["state"] == "accepted" for row in rows(gateway, "submission"))


class Killed(BaseException):
    """As if the process ended here."""


class Steps:
    """So many steps are left."""

    def __init__(self, left: int) -> None:
        self.left, self.killed = left, False

    def step(self) -> None:
        """One more."""
        self.left -= 1
        if self.left < 0 and not self.killed:
            self.killed = True
            raise Killed
