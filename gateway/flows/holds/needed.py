"""Asks of every hold that ended whether it was needed, and counts the answers by rule and class (settled 42)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import Connection, update

from contracts.errors import NoSuchAnswer
from gateway.flows.acting import Acting
from gateway.flows.decisions.again import CONTINUED
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.held import find
from gateway.flows.holds.showing import line
from gateway.path.calendar import add_months, start_of
from gateway.store import waits
from gateway.store.tables import CLOCK
from gateway.store.transaction import Tx
from gateway.store.writer import Write

Needed = Literal["yes", "no"]
HOLDS: Final = ("hold:",)
_DAY: Final = 86_400_000


async def answer(gateway: Gateway, who: Acting, hold: str, needed: Needed) -> dict[str, object]:
    """Keep whether a hold that has ended was needed. A later answer counts. Raises NotYourRole, NoSuchAnswer."""

    def work(tx: Tx) -> dict[str, object]:
        clock = find(tx, who, hold)
        who.must_be_let("holds.needed", clock["kind"].partition(":")[2])
        if not has_ended(clock):
            raise NoSuchAnswer("Only a hold that has ended can be said to have been needed or not.")
        tx.execute(update(CLOCK).where(CLOCK.c.id == clock["id"]).values(needed=needed))
        said = who.said | {"hold": clock["id"], "needed": needed}
        write_entry(tx, who.council.name, clock["referral"], "hold.needed", said, section="human")
        return {"hold": clock["id"], "needed": needed, "say": SAID[needed]}

    return await gateway.writer.submit(Write(work))


SAID: Final[Mapping[Needed, str]] = {
    "yes": "Thank you. This hold counts as needed.",
    "no": "Thank you. This hold counts as one that should not have happened.",
}


async def ended(gateway: Gateway, who: Acting, days: int = 31) -> list[dict[str, Any]]:
    """Holds that ended in the last days and of which nobody has said whether they were needed."""
    who.must_be_let("holds.list")
    found = await gateway.store.ask(who.council.name, lambda connection: unsaid(connection, gateway, who, days))
    return [line(gateway, who, clock, gateway.now()) for clock in found]


def unsaid(connection: Connection, gateway: Gateway, who: Acting, days: int = 31) -> list[waits.Row]:
    """The same as clocks."""
    now = gateway.now()
    found = waits.ended(connection, who.council.name, HOLDS, now - days * _DAY, now + 1)
    return [clock for clock in found if has_ended(clock) and not clock["needed"] and who.serves(clock["hub"])]


async def report(gateway: Gateway, who: Acting, month: date) -> dict[str, object]:
    """How many holds ended in a month, how, and whether they were needed: by class and by rule, no case named.

    Tests are left out.
    """
    who.must_be_let("holds.report")
    first = month.replace(day=1)
    since, until, council = start_of(first), start_of(add_months(first, 1)), who.council.name
    found = await gateway.store.ask(council, lambda connection: waits.ended(connection, council, HOLDS, since, until))
    holds = [clock for clock in found if counts(clock)]
    titles = {code: hold.title for code, hold in gateway.policy(council).holds.items()}
    return {
        "council": who.council.title,
        "month": f"{first:%B %Y}",
        "ended": len(holds),
        "rows": [
            {"class": kind, "title": titles.get(kind, kind), "rule": rule} | dict(counts)
            for (kind, rule), counts in sorted(needed_by_place(holds).items())
        ],
    }


def needed_by_place(holds: list[waits.Row]) -> dict[tuple[str, str], dict[str, int]]:
    """(class, rule) → how many ended, by whom, and whether they were needed. A hold of two rules counts at each."""
    counted: dict[tuple[str, str], Counter[str]] = {}
    for clock in holds:
        for place in _places(clock):
            counts = counted.setdefault(place, Counter())
            counts["ended"] += 1
            counts["by_people" if clock["ended_by"] != "machine" else "by_itself"] += 1
            counts[_NEEDED[clock["needed"]]] += 1
    return {place: {name: counts[name] for name in _COLUMNS} for place, counts in counted.items()}


_NEEDED: Final = {"yes": "needed", "no": "not_needed", "": "not_said"}
_COLUMNS: Final = ("ended", "by_people", "by_itself", "needed", "not_needed", "not_said")


def _places(clock: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for rule in clock["deciding"].split(","):
        yield clock["kind"].partition(":")[2], rule


def counts(clock: Mapping[str, Any]) -> bool:
    """Whether a hold counts in a report: it is over, and it was about no test."""
    return has_ended(clock) and clock["test"] != 1


def has_ended(clock: Mapping[str, Any]) -> bool:
    """Whether a hold is over, and not only goes on under a newer decision."""
    return bool(clock["kind"].startswith("hold:") and clock["state"] == "stopped" and clock["why"] != CONTINUED)
