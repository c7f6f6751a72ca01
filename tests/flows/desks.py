"""A desk for tests: who asks, what waits, and what the store says afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from gateway.flows import desk
from gateway.flows.gateway import Gateway
from tests.running import Door, a_hull_referral, rows

HUB = ("bram.ellis", "hub_duty")
MANAGER = ("sunny.vale", "hub_manager")
IG = ("ruth.lane", "ig_lead")
PRACTICE = ("dale.frost", "practice_manager")
REASON = "Her teacher told me why, at length, this morning."
GROUNDS = {"ground": "Reasonable cause to believe", "basis": "Children Act 2004 section 10"}
NO = [
    {
        "giver": "mother",
        "capacity": "parent",
        "holds_parental_responsibility": True,
        "status": "refused",
        "on_date": "2026-10-19",
    }
]


@dataclass
class Desk:
    """The desk of one council's gateway."""

    gateway: Gateway
    council: str = "hull"

    def ask(self, verb: str, who: tuple[str, str] = HUB, **asked: str) -> Any:
        """What one person is answered."""
        by, role = who
        return asyncio.run(desk.ask(self.gateway, verb, {"council": self.council, "by": by, "role": role} | asked))

    def hold(self, referral: str, kind: str = "hold:") -> str:
        """Id of the running hold or task of a referral."""
        (clock,) = [
            row
            for row in rows(self.gateway, "clock")
            if row["referral"] == referral and row["kind"].startswith(kind) and row["state"] == "running"
        ]
        return str(clock["id"])

    def decide(self, hold: str, answer: str, who: tuple[str, str] = HUB, **more: str) -> Any:
        """Decide with a reason."""
        return self.ask("decide", who, hold=hold, answer=answer, **({"reason": REASON} | more))

    def deliveries(self, referral: str, kind: str = "referral") -> list[tuple[str, str, str]]:
        """Hub, state and why of each delivery of a kind."""
        found = [row for row in rows(self.gateway, "delivery") if row["referral"] == referral and row["kind"] == kind]
        return [(row["hub"], row["state"], row["why"]) for row in found]

    def standing(self, referral: str) -> list[tuple[str, str]]:
        """Outcome and state of each decision that stands."""
        found = [row for row in rows(self.gateway, "decision") if row["referral"] == referral]
        return [(row["outcome"], row["state"]) for row in found if row["state"] != "superseded"]

    def entries(self, referral: str) -> list[str]:
        """Types of the entries about a referral, in order."""
        found = sorted(rows(self.gateway, "entry"), key=lambda row: row["seq"])
        return [row["type"] for row in found if row["referral"] == referral]


def refused(door: Door, **how: Any) -> str:
    """A Hull referral whose family said no: it waits."""
    return door.accepted(a_hull_referral(agreements=NO), **how)


def unasked(door: Door, **how: Any) -> str:
    """One of whose family nothing shows that it was asked."""
    return door.accepted(a_hull_referral(agreements=[]), **how)
