"""Planted bugs: each must turn its oracle red, or that oracle's green counts for nothing (reliability 3.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import text

from gateway.store.keys import make_data_key
from gateway.store.sqlite import driver
from gateway.store.vault import vault_in
from tests.campaign.history import Request
from tests.campaign.oracles import COUNCIL, Case


@dataclass(frozen=True, slots=True)
class Control:
    """One planted bug.

    oracle  that must notice it
    say     what it does
    plant   puts it into a finished case; None if it is planted while the campaign runs
    where   the experiment it belongs to: kills, storm or rotations; "" for any
    """

    oracle: str
    say: str
    plant: Callable[[Case], None] | None
    where: str = ""


def _sql(statement: str) -> Callable[[Case], None]:
    """Change the store behind everybody's back. The foreign keys of a connection that does not ask for them are off."""

    def plant(case: Case) -> None:
        with case.place.connect("rw") as connection:
            assert connection.execute(text(statement)).rowcount == 1, "the control found nothing to change"

    return plant


def _acknowledge_unsent(case: Case) -> None:
    case.history.requests.append(Request(10**9, "share", "campaign-never-sent", "0" * 64, status=202))


def _double_effect(case: Case) -> None:
    case.seen.effects[_delivered(case)] += 1


def _forget_arrivals(case: Case) -> None:
    del case.seen.effects[_delivered(case)]


def _arrive_before_permit(case: Case) -> None:
    first = case.seen.arrivals[0]
    case.seen.arrivals[0] = replace(first, permits=0)


def _other_bytes(case: Case) -> None:
    case.seen.arrivals[0] = replace(case.seen.arrivals[0], digest="0" * 64)


def _late_arrival(case: Case) -> None:
    """Something of a withdrawn referral comes a minute later; the oldest bug of a queue that remembers agreement."""
    withdrawn = {r for request in case.history.requests if request.withdrawn for r in request.referrals}
    deliveries = case.place.read().rows["delivery"]
    came = {row["id"]: row["referral"] for row in deliveries if row["kind"] != "notice"}
    old = next(arrival for arrival in case.seen.arrivals if came.get(arrival.delivery) in withdrawn)
    case.seen.arrivals.append(replace(old, at=old.at + 60_000))


def _notice_first(case: Case) -> None:
    """The hub has what it was told to forget, once more, after it was told."""
    stored = case.place.read()
    notice = next(row for row in stored.rows["delivery"] if row["kind"] == "notice")
    told = next(row["id"] for row in stored.by("delivery", "referral")[notice["referral"]] if row["kind"] != "notice")
    case.seen.arrivals.append(next(arrival for arrival in case.seen.arrivals if arrival.delivery == told))


def _lost_key(case: Case) -> None:
    vault_in(case.keys).look()
    for key in vault_in(case.keys).keys(COUNCIL):
        make_data_key(case.keys, COUNCIL, key.number + 1)
        key.path.unlink()
    vault_in(case.keys).look()


def _torn_page(case: Case) -> None:
    """The first page of the referrals; not one that a newer copy in the write-ahead log stands before."""
    with closing(driver().connect(case.place.path)) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((page,),) = store.execute("SELECT rootpage FROM sqlite_master WHERE name = 'referral'")
    with case.place.path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)


def _delivered(case: Case) -> str:
    return next(iter(case.seen.effects))


CONTROLS: Final[Mapping[str, Control]] = {
    "early": Control("O1", "a request counts as acknowledged when it is sent, not when it is answered", None, "kills"),
    "lost-key": Control("O1", "a data key is destroyed that is still needed", _lost_key),
    "unsent": Control("O1", "a request that was never sent counts as acknowledged", _acknowledge_unsent),
    "lost": Control("O1", "one accepted submission is gone from the store", _sql(
        "DELETE FROM submission WHERE id = (SELECT min(id) FROM submission WHERE state = 'accepted')")),
    "other-bytes-kept": Control("O1", "one byte of what a sender sent is stored differently", _sql(
        "UPDATE content SET body = CAST(body || x'20' AS BLOB) WHERE id = (SELECT min(id) FROM content"
        " WHERE kind = 'raw')")),
    "invented": Control("O1", "a submission stands in the store that nobody sent", _sql(
        "INSERT INTO submission SELECT 'invented', council, sender, 'invented', fingerprint, source, state, status,"
        " answer, raw, test, at FROM submission WHERE id = (SELECT min(id) FROM submission)")),
    "promised-twice": Control("P5", "a repeat became a second promise to the same hub", _sql(
        "INSERT INTO delivery (id, council, referral, hub, kind, urgent, lane, state, due_at, attempts, fence, payload,"
        " digest, inputs, why, at, schedule, hub_class, rungs, lost, early, passed)"
        " SELECT 'second', council, referral, hub, kind, urgent, lane, 'held', due_at, 0, 0, payload, digest, inputs,"
        " 'planted', at, schedule, hub_class, 0, 0, 0, 0 FROM delivery WHERE seq = (SELECT min(seq) FROM delivery)")),
    "double": Control("O2", "the hub acts twice on one delivery", _double_effect),
    "never-arrived": Control("O2", "a delivery is said to be delivered that the hub never had", _forget_arrivals),
    "silent": Control("O2", "a promise rests where nothing says why", _sql(
        "UPDATE delivery SET state = 'due', attempts = 0, why = '' WHERE seq = (SELECT min(seq) FROM delivery)")),
    "unpermitted": Control("O3", "content left without a permit", _sql(
        "DELETE FROM permit WHERE delivery = (SELECT min(delivery) FROM attempt WHERE result = 'delivered')")),
    "permit-after": Control("O3", "content left before its permit was committed", _arrive_before_permit),
    "other-bytes-sent": Control("O3", "other bytes left than were promised", _other_bytes),
    "notice-first": Control("O5", "a hub is told to forget what comes to it later", _notice_first),
    "no-entry": Control("O6", "a decision has no entry", _sql(
        "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry WHERE type = 'decision.machine')")),
    "no-change": Control("O6", "an entry tells of an attempt that is not there", _sql(
        "DELETE FROM attempt WHERE delivery = (SELECT min(delivery) FROM attempt)")),
    "quiet-state": Control("O6", "a delivery changed its state and no entry tells of it", _sql(
        "UPDATE delivery SET state = 'held', why = 'planted' WHERE seq = (SELECT min(seq) FROM delivery)")),
    "edited": Control("O7", "one byte of a sealed entry was edited", _sql(
        "UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'decision.machine', 'decision.human')"
        " AS BLOB) WHERE seq = (SELECT min(seq) FROM entry WHERE type = 'decision.machine')")),
    "late": Control("O8", "content arrives a minute after its family withdrew", _late_arrival),
    "permit-late": Control("O8", "a permit is given after the family withdrew", _sql(
        "UPDATE entry SET seq = seq + 1000000 WHERE seq = (SELECT max(p.seq) FROM entry p JOIN entry w ON"
        " w.referral = p.referral JOIN permit x ON x.entry = p.rid JOIN delivery d ON d.id = x.delivery"
        " WHERE p.type = 'permit' AND w.type = 'agreement.withdrawn' AND d.kind <> 'notice')")),
    "ended": Control("O12", "a process ended by itself", lambda case: case.ended.append("a process ended by itself")),
    "crash": Control("O13", "one answer was 500", lambda case: case.history.statuses.update([500])),
    "tried-again": Control("O15", "what was delivered is tried again", _sql(
        "INSERT INTO permit (delivery, fence, council, at, inputs, destination, epoch, attempt, entry) SELECT delivery,"
        " fence + 1, council, at + 60000, inputs, destination, epoch, attempt + 1, 'planted' FROM permit WHERE"
        " delivery = (SELECT min(delivery) FROM attempt WHERE result = 'delivered')")),
    "all-at-once": Control("O15", "whatever waits is due when the gateway starts", None, "storm"),
    "lanes-forgotten": Control("O15", "whoever starts knows nothing of hubs that were down", None, "storm"),
    "turned-away": Control("E14", "a hub did not know who had signed", _sql(
        "UPDATE attempt SET status = 401, result = 'lane_held' WHERE delivery ="
        " (SELECT min(delivery) FROM attempt)")),
    "secret-too-soon": Control("E14", "a hub forgets a secret before the next one signs", None, "rotations"),
    "old-key-lives": Control("E14", "a sender's key still counts when it was taken out", None, "rotations"),
    "torn": Control("O14", "a page of the file was overwritten", _torn_page),
}  # fmt: skip
"""name → planted bug. All can be planted on SQLite; those without SQL also on PostgreSQL."""
