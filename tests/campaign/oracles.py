"""What must hold after all the kills: each oracle looks at senders, hub and store, and names every violation."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway.store.keys import key_digest, load_keys
from tests.campaign.bijection import bijection
from tests.campaign.history import History, Request, Rotated
from tests.campaign.hub import Seen
from tests.campaign.order import in_order
from tests.campaign.pacing import Storm, on_schedule, one_at_a_time, recovered_first
from tests.campaign.stored import Place, Row, Stored

COUNCIL: Final = "hull"
SENDER: Final = "invented_academy"

WINDOW: Final = 2_000
"""Milliseconds in which content may leave after its permit (P8)."""
SLACK: Final = 3_000
"""Milliseconds for which a busy machine may keep what arrived from being noticed."""

_OF_KEYS: Final = frozenset({"secret_missing", "secret_unfit", "payload_altered", "rules_failed"})
"""Why codes of what is held because a key or a secret is not as it should be."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One promise that was not kept."""

    oracle: str
    say: str


@dataclass(slots=True)
class Case:
    """One finished run: what senders, hub and store know of it, each by itself.

    env    settings with which the gateway's own commands find the store
    held   checkpoints that were taken out of the store as the run went on, oldest first
    ended  processes that ended without being asked, and what never came to an end
    storm  what a restart storm did, where this is one; rotated: what a run did that changes keys
    """

    history: History
    seen: Seen
    place: Place
    keys: Path
    folder: Path
    env: Mapping[str, str]
    held: Sequence[str] = ()
    ended: list[str] = field(default_factory=list)
    storm: Storm | None = None
    rotated: Rotated | None = None


Oracle = Callable[[Case, Stored], Iterator[str]]


def judge(case: Case, asked: Collection[str] = ()) -> list[Violation]:
    """Every violation, in the order of the oracles; of all of them, or of those asked for by number."""
    violations = [Violation("O14", say) for say in _damage(case)]
    try:
        stored = case.place.read()
    except Exception as fault:  # whatever a damaged file makes the driver say
        return [*violations, Violation("O14", f"the store cannot be read: {type(fault).__name__}")]
    for name in asked or ORACLES:
        violations += [Violation(name, say) for say in ORACLES[name](case, stored)]
    return violations


def acknowledged_is_stored(case: Case, stored: Stored) -> Iterator[str]:
    """O1: whatever has a definite answer is stored with its bytes, and nothing else is."""
    keys = load_keys(case.keys, [COUNCIL], "campaign.example", create=False)[COUNCIL]
    submissions = {row["key"]: row for row in stored.rows["submission"]}
    referrals, rids = stored.by("referral", "submission"), {entry["rid"] for entry in stored.entries}
    known = set()
    for request in case.history.requests:
        row = submissions.get(key_digest(keys, SENDER, request.key))
        if row is not None:
            known.add(row["id"])
            yield from _kept(request, row, referrals[row["id"]], rids, stored)
        elif request.status:
            yield f"request {request.number} was answered {request.status} and is not stored"
    for row in stored.rows["submission"]:
        if row["id"] not in known:
            yield f"submission {row['id']} is stored, and nobody sent it"


def _kept(request: Request, row: Row, referrals: Sequence[Row], rids: set[str], stored: Stored) -> Iterator[str]:
    """What is wrong with one request as it is stored."""
    name, ids = f"request {request.number}", {referral["id"] for referral in referrals}
    if row["status"] != request.status:
        yield f"{name} was answered {request.status} and is stored as answered {row['status']}"
    if stored.digests.get(row["raw"]) != request.digest:
        yield f"{name} is stored with other bytes than were sent"
    if not set(request.referrals) <= ids or (request.acknowledged and not ids):
        yield f"{name} has a receipt for a referral that is not stored"
    if not set(request.entries) <= rids:
        yield f"{name} has a receipt for an entry that is not in the record"
    if any(stored.kinds.get(referral["filed"]) != "filed" for referral in referrals):
        yield f"{name} is stored without its content"


def repeats_change_nothing(case: Case, stored: Stored) -> Iterator[str]:
    """P5: the same key and bytes have one answer; other bytes are refused."""
    yield from case.history.broken
    notices = [stored.told[entry["rid"]] for entry in stored.entries if entry["type"] == "notice"]
    of = {said["delivery"]: str(said["about"]) for said in notices}  # of a correction, and later of a withdrawal
    promised = ((row["referral"], row["hub"], of.get(row["id"], row["kind"])) for row in stored.rows["delivery"])
    for sent, times in Counter(promised).items():
        if times > 1:
            yield f"referral {sent[0]} is promised to {sent[1]} {times} times"


def one_effect_each(case: Case, stored: Stored) -> Iterator[str]:
    """O2: no effect twice, none that was never promised, and every promise kept or in a state that says why not."""
    effects, deliveries = case.seen.effects, {row["id"]: row for row in stored.rows["delivery"]}
    for delivery, times in effects.items():
        if times > 1:
            yield f"delivery {delivery} had {times} effects"
        if delivery not in deliveries:
            yield f"delivery {delivery} had an effect and was never promised"
        elif deliveries[delivery]["state"] == "sending":
            yield f"delivery {delivery} had its effect, and is still being sent"
    for delivery, row in deliveries.items():
        if row["state"] == "delivered" and not effects[delivery]:
            yield f"delivery {delivery} is said to be delivered, and the hub never had it"
        elif row["state"] == "sending" and not effects[delivery]:
            yield f"delivery {delivery} is still being sent"
        elif row["state"] not in ("delivered", "sending") and not (row["why"] or row["attempts"]):
            yield f"delivery {delivery} is {row['state']}, and nothing says why"
    promised = {row["delivery"] for row in stored.rows["decision"] if row["state"] == "promised"}
    for delivery in promised - deliveries.keys():
        yield f"delivery {delivery} was promised and is not in the outbox"


def permit_before_bytes(case: Case, stored: Stored) -> Iterator[str]:
    """O3: each arrival has a permit of its own that was committed before it, and the promised bytes."""
    deliveries, permits = {row["id"]: row for row in stored.rows["delivery"]}, stored.by("permit", "delivery")
    changed = {row["id"] for row in stored.rows["referral"] if row["version"] > 1}
    payloads = {stored.digests[content] for content, kind in stored.kinds.items() if kind == "payload"}
    came: Counter[str] = Counter()
    for arrival in case.seen.arrivals:
        came[arrival.delivery] += 1
        name, row = f"delivery {arrival.delivery}", deliveries.get(arrival.delivery)
        at = sorted(permit["at"] for permit in permits[arrival.delivery])
        if arrival.permits is not None and arrival.permits < came[arrival.delivery]:
            yield f"{name} came when {arrival.permits} permits were committed, for the {came[arrival.delivery]}. time"
        if not any(0 <= arrival.at - permit <= WINDOW + SLACK for permit in at):
            yield f"{name} came outside the time of any permit"
        if row is None or arrival.digest not in payloads:
            yield f"{name} came with bytes that are no promised payload"
        elif arrival.digest != row["digest"] and row["referral"] not in changed:
            yield f"{name} came with other bytes than its own payload"
    for delivery, times in came.items():
        if times > len(permits[delivery]):
            yield f"delivery {delivery} came {times} times with {len(permits[delivery])} permits"


def said_in_order(case: Case, stored: Stored) -> Iterator[str]:
    """O5: what is sent about one referral comes in the order in which it was said."""
    return in_order(stored, case.seen.arrivals)


def one_entry_each(case: Case, stored: Stored) -> Iterator[str]:
    """O6: one entry for every change of state, and a change for every entry."""
    return bijection(stored, range(case.history.reused, case.history.reusing + 1))


def record_verifies(case: Case, stored: Stored) -> Iterator[str]:
    """O7: the gateway's own command says so, against checkpoints that were kept outside."""
    command = [sys.executable, "-m", "gateway", "record", "verify", "--council", COUNCIL]
    for number, note in enumerate(dict.fromkeys(filter(None, case.held))):
        path = case.folder / f"held-{number}.txt"
        path.write_text(note, encoding="utf-8")
        command += ["--held", str(path)]
    done = subprocess.run(command, cwd=case.folder, env=dict(case.env), capture_output=True, text=True, timeout=600)
    if done.returncode or "record verified" not in done.stdout + done.stderr:
        yield f"gateway record verify ended with {done.returncode}: {(done.stdout + done.stderr).strip()[-400:]}"
    if unsealed := sum(entry["idx"] is None for entry in stored.entries):
        yield f"{unsealed} entries were never sealed"


def withdrawn_is_not_sent(case: Case, stored: Stored) -> Iterator[str]:
    """O8: after an acknowledged withdrawal no permit is given, and nothing arrives but what had its permit before.

    A notice may: it tells of the withdrawal.
    """
    notices = {row["id"] for row in stored.rows["delivery"] if row["kind"] == "notice"}
    withdrawals = {e["referral"]: e["seq"] for e in stored.entries if e["type"] == "agreement.withdrawn"}
    known = {referral: request.withdrawn for request in case.history.requests for referral in request.referrals}
    told = {referral: at for referral, at in known.items() if at is not None}
    for referral in told.keys() - withdrawals.keys():
        yield f"referral {referral} was withdrawn, and the record does not say so"
    for entry in stored.entries:
        if stored.told.get(entry["rid"], {}).get("delivery") in notices:
            continue
        if entry["type"] == "permit" and entry["seq"] > withdrawals.get(entry["referral"], entry["seq"]):
            yield f"referral {entry['referral']} was given a permit after it was withdrawn"
    of = {row["id"]: row["referral"] for row in stored.rows["delivery"] if row["id"] not in notices}
    for arrival in case.seen.arrivals:
        at = told.get(of.get(arrival.delivery, ""))
        if at is not None and arrival.at > at + WINDOW + SLACK:
            yield f"delivery {arrival.delivery} came after its referral was withdrawn"


def never_too_soon(case: Case, stored: Stored) -> Iterator[str]:
    """O15: no message is tried before its schedule says, and a restart forgets nothing of it."""
    yield from on_schedule(stored)
    if case.storm is not None:
        yield from one_at_a_time(stored, case.storm.down, case.storm.restarts)
        if case.place.kind == "sqlite":  # elsewhere a worker that comes up cannot know which others are gone
            yield from recovered_first(stored, case.storm.restarts)


def no_key_missed(case: Case, stored: Stored) -> Iterator[str]:
    """E14: while keys and secrets change, no hub turns a signature away and nothing waits for a secret."""
    yield from case.rotated.broken if case.rotated is not None else ()
    for attempt in stored.rows["attempt"]:
        if attempt["status"] in (401, 403):
            yield f"delivery {attempt['delivery']} was turned away: its hub did not know who had signed"
    for entry in stored.entries:
        if entry["type"] == "hold" and (why := stored.told[entry["rid"]].get("why")) in _OF_KEYS:
            yield f"referral {entry['referral']} was held: {why}"


def ends_by_itself(case: Case, stored: Stored) -> Iterator[str]:
    """O12: no process ends unasked, and what was begun comes to its end."""
    yield from case.ended


def only_known_trouble(case: Case, stored: Stored) -> Iterator[str]:
    """O13: no answer above 500 but 503 and 507."""
    for status, times in sorted(case.history.statuses.items()):
        if status >= 500 and status not in (503, 507):
            yield f"{times} answers were {status}"


def _damage(case: Case) -> list[str]:
    """O14: SQLite's own check of the file; every table through pages and key on PostgreSQL."""
    try:
        return case.place.damage()
    except Exception as fault:  # whatever a damaged file makes the driver say
        return [f"the store cannot be read: {type(fault).__name__}"]


ORACLES: Final[Mapping[str, Oracle]] = {
    "O1": acknowledged_is_stored,
    "P5": repeats_change_nothing,
    "O2": one_effect_each,
    "O3": permit_before_bytes,
    "O5": said_in_order,
    "O6": one_entry_each,
    "O7": record_verifies,
    "O8": withdrawn_is_not_sent,
    "O12": ends_by_itself,
    "O13": only_known_trouble,
    "O15": never_too_soon,
    "E14": no_key_missed,
}
"""By their number in the fault campaign; O14 comes before them all, for a damaged file may not be readable."""
