"""O6: every change of state has its entry and every entry its change, told delivery by delivery (P9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tests.campaign.stored import Row, Stored

_OF_ROWS: Final = {
    "decision.machine": "decision",
    "decision.human": "decision",
    "permit": "permit",
    "attempt": "attempt",
}
"""Types of entries that each belong to a row, and the row's table."""
_OF_STATES: Final = frozenset(
    {
        "hold", "release", "cancel", "envelope.cancelled", "notice", "agreement.withdrawn", "agreement.recorded",
        "hub.event", "hub.outcome", "referral.superseded", "submission.rejected", "submission.key_reused",
        "policy.published", "policy.approved", "replay", "passed", "hub.paused", "hub.draining", "hub.resumed",
        "hub.tested", "keys.rotated", "clock.due", "clock.passed",
    }
)  # fmt: skip
"""Types of entries that tell a change of a row which stays, or of none."""
_CANCELLING: Final = ("cancel", "envelope.cancelled")


def bijection(stored: Stored, reused: range) -> Iterator[str]:
    """Every change without an entry and every entry without a change.

    reused  how many entries may tell of other content under a used key: as many as were answered, or tried
    """
    yield from _rows_and_entries(stored)
    yield from _rejected(stored)
    told = sum(entry["type"] == "submission.key_reused" for entry in stored.entries)
    if told not in reused:
        yield f"the record tells of {told} keys that were used again, and not of {reused.start} to {reused.stop - 1}"
    yield from _withdrawn(stored)
    yield from _deliveries(stored)


def _rows_and_entries(stored: Stored) -> Iterator[str]:
    entries = {entry["rid"]: entry for entry in stored.entries}
    used = set()
    for table in ("decision", "permit", "attempt"):
        for row in stored.rows[table]:
            entry, name = entries.get(row["entry"]), f"a {table} of {row.get('referral') or row.get('delivery')}"
            if entry is None or _OF_ROWS.get(entry["type"]) != table:
                yield f"{name} has no entry"
            elif not _tells(stored, table, row, entry):
                yield f"{name} has an entry about something else"
            elif row["entry"] in used:
                yield f"{name} shares its entry with another"
            used.add(row["entry"])
    for rid, entry in entries.items():
        if entry["type"] in _OF_ROWS and rid not in used:
            yield f"an entry {entry['type']} about {entry['referral']} has no row"
        elif entry["type"] not in _OF_ROWS and entry["type"] not in _OF_STATES:
            yield f"nobody knows of entries of the type {entry['type']}"


def _tells(stored: Stored, table: str, row: Row, entry: Row) -> bool:
    if table == "decision":
        return bool(entry["referral"] == row["referral"])
    said = stored.told.get(entry["rid"], {})
    return (said.get("delivery"), said.get("fence")) == (row["delivery"], row["fence"])


def _rejected(stored: Stored) -> Iterator[str]:
    rows = sum(row["state"] == "rejected" for row in stored.rows["submission"])
    entries = sum(entry["type"] == "submission.rejected" for entry in stored.entries)
    if rows != entries:
        yield f"{rows} submissions were rejected, and the record tells of {entries}"


def _withdrawn(stored: Stored) -> Iterator[str]:
    told: dict[str, int] = {}
    for entry in stored.entries:
        if entry["type"] == "agreement.withdrawn":
            told[entry["referral"]] = told.get(entry["referral"], 0) + 1
    follows = {row["id"]: row["supersedes"] for row in stored.rows["referral"]}
    for row in stored.rows["referral"]:
        # Our senders correct nothing that was withdrawn, so each version begins one above the one it follows.
        if (changes := row["version"] - _depth(row["id"], follows)) != told.pop(row["id"], 0):
            yield f"referral {row['id']} changed {changes} times, and the record tells of another number"
    for referral in told:
        yield f"the record tells of a withdrawal of {referral}, which is not there"


def _depth(referral: str, follows: Mapping[str, str | None]) -> int:
    """Which version it is: 1 follows none."""
    depth, before = 1, follows[referral]
    while before is not None:
        depth, before = depth + 1, follows[before]
    return depth


def _deliveries(stored: Stored) -> Iterator[str]:
    """What the entries say about each delivery, told one after the other, ends in the state it is in."""
    state = {row["id"]: "due" for row in stored.rows["delivery"]}
    for entry in stored.entries:
        said = stored.told.get(entry["rid"])
        if said is not None and said.get("delivery") in state:
            state[said["delivery"]] = _after(entry["type"], said)
    for row in stored.rows["delivery"]:
        if state[row["id"]] != row["state"]:
            yield f"delivery {row['id']} is {row['state']}, and the record leaves it {state[row['id']]}"


def _after(type: str, said: Row) -> str:
    known = {"permit": "sending", "hold": "held", "release": "due"} | dict.fromkeys(_CANCELLING, "cancelled")
    return known.get(type) or str(said["state"])
