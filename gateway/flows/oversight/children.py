"""Finds every request about one person by keyed tokens, and tells all that became of them in time order (settled 20).

What was searched for is never kept: the record says who searched, by which kind of term, why, and how many were found.
A sealed file is found only by those who are named for it, and nobody else is told that there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, select

from contracts.council import Council
from contracts.errors import NotFound
from contracts.events import EVENTS, OUTCOMES
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.decisions import words
from gateway.flows.decisions.filing import ENVELOPE
from gateway.flows.decisions.tokens import PEOPLE, name_token, number_token
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.asked import OUTCOMES as DECISIONS
from gateway.flows.oversight.looked import CHILD, SEARCHED, looked
from gateway.flows.oversight.sharinglog import is_sealed
from gateway.store.queries import referral_view
from gateway.store.rows import ReferralView
from gateway.store.tables import DECISION, LOOKUP, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

SYSTEMS: Final = {
    "upn": "Unique pupil number",
    "former_upn": "Former unique pupil number",
    "uln": "Unique learner number",
    "nhs_number": "NHS number",
    "local": "Number at the school",
    "ehm_person": "Person in EHM",
    "liquidlogic_person": "Person in Liquidlogic",
    "mosaic_person": "Person in Mosaic",
    "liberi_person": "Person in Liberi",
    "ssd_person": "Person in the standard safeguarding data",
    "la_child": "Number at the council",
    "mash_resident": "Resident at the front door",
    "eha": "Early Help Assessment",
}
"""System of an identifier → what people call it."""

_LABELS: Final = {
    "agreement.withdrawn": "Withdrawn",
    "notice": "Told",
    "cancel": "Stopped",
    "hold": "Stopped",
    "referral.superseded": "New version",
    "agreement.recorded": "Agreement",
    "replay": "Sent again",
}
"""Type of an entry → the label it has in a timeline; any other is "Recorded"."""

_DECIDED: Final = {"hold": "Held", "return": "Returned", "refuse": "Not shared"}


@dataclass(frozen=True, slots=True)
class Found:
    """What one term names. requests: id, when received in ms UTC, and sender, the newest first."""

    token: str
    requests: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a timeline. at: ms UTC; say: in words; decision: to read on, "" for none."""

    at: int
    label: str
    say: str
    referral: str
    decision: str = ""


async def by_name(gateway: Gateway, who: Acting, name: str, born: date, purpose: str) -> Found:
    """Requests with somebody of this name and day of birth. Raises NotYourRole, NoSuchAnswer without a purpose."""
    token = name_token(gateway.keys[who.council.name], name, born)
    return await _search(gateway, who, token, "name_and_birth", purpose)


async def by_number(gateway: Gateway, who: Acting, system: str, number: str, purpose: str) -> Found:
    """Requests with somebody who has this number. `system` is a key of SYSTEMS. Raises as `by_name`."""
    return await _search(gateway, who, number_token(gateway.keys[who.council.name], system, number), system, purpose)


async def _search(gateway: Gateway, who: Acting, token: str, kind: str, purpose: str) -> Found:
    who.must_be_let("children.search")
    must_say_why(purpose)

    def work(tx: Tx) -> Found:
        rows = requests(tx, who, token)
        said = who.said | {"purpose": purpose.strip(), "asked": kind, "count": len(rows)}
        write_entry(tx, who.council.name, "", SEARCHED, said, section="reader")
        return Found(token, tuple(rows))

    return await gateway.writer.submit(Write(work))


async def timeline(gateway: Gateway, who: Acting, token: str, purpose: str) -> list[Happened]:
    """Everything about the person behind a token, the oldest first; the record says so at each of their requests.

    Raises NotYourRole, NotFound, NoSuchAnswer without a purpose.
    """
    who.must_be_let("children.search")
    must_say_why(purpose)

    def work(tx: Tx) -> list[str]:
        referrals = [str(row["id"]) for row in requests(tx, who, token)]
        if not referrals:
            raise NotFound("There is nothing of that kind here.")
        for referral in referrals:
            said = who.said | {"purpose": purpose.strip()}
            write_entry(tx, who.council.name, referral, CHILD, said, section="reader")
        return referrals

    referrals = await gateway.writer.submit(Write(work))
    return await gateway.store.ask(who.council.name, lambda connection: _told(connection, who.council, referrals))


def requests(connection: Connection | Tx, who: Acting, token: str) -> list[dict[str, Any]]:
    """Id, time and sender of each live request with this person, the newest first, of which this reader may know."""
    council = who.council
    found = (
        select(REFERRAL.c.id, REFERRAL.c.at, REFERRAL.c.sender)
        .join_from(LOOKUP, REFERRAL, LOOKUP.c.referral == REFERRAL.c.id)
        .where(LOOKUP.c.council == council.name, LOOKUP.c.token == token, LOOKUP.c.kind.in_(PEOPLE))
        .where(REFERRAL.c.test == 0)
        .order_by(REFERRAL.c.at.desc(), REFERRAL.c.id)
    )
    rows = [dict(row) for row in connection.execute(found).mappings().all()]
    return [
        row | {"sender": council.senders[row["sender"]].title if row["sender"] in council.senders else row["sender"]}
        for row in rows
        if who.may("holds.open", "sealed") or not _sealed(connection, council.name, row["id"])
    ]


def _sealed(connection: Connection | Tx, council: str, referral: str) -> bool:
    facts = select(DECISION.c.facts).where(DECISION.c.council == council, DECISION.c.referral == referral)
    return any(is_sealed({"facts": one}) for one in connection.execute(facts).scalars().all())


def _told(connection: Connection, council: Council, referrals: Sequence[str]) -> list[Happened]:
    lines: list[Happened] = []
    for referral in referrals:
        view = referral_view(connection, council.name, referral)
        assert view is not None, "a request that was found is there"
        lines += _became(council, view)
        lines += [
            Happened(one["at"], "Looked", f"{one['role'] or 'Somebody'}: {one['what']}.", referral)
            for one in looked(connection, council, referral)
        ]
    return sorted(lines, key=lambda one: one.at)


def _became(council: Council, view: ReferralView) -> Iterator[Happened]:
    own, sender = view.referral.id, council.senders.get(view.referral.sender)
    yield Happened(view.referral.at, "Received", f"From {sender.title if sender else view.referral.sender}.", own)
    # Before the decisions: of one instant, what was said comes before what was decided of it.
    for entry in view.entries:
        if entry.type in words.RECORDED:
            yield Happened(entry.ts, _LABELS.get(entry.type, "Recorded"), words.RECORDED[entry.type], own)
    hubs = {name: hub.title for name, hub in council.hubs.items()}
    for decision in view.decisions:
        to = f", {hubs[decision.hub]}" if decision.hub in hubs else ""
        label = _DECIDED.get(decision.outcome, "Decided")
        yield Happened(decision.at, label, f"{DECISIONS[decision.outcome]}{to}.", own, decision.id)
    carried = {one.id: one for one in view.deliveries}
    for attempt in view.attempts:
        delivery = carried[attempt.delivery]
        label = "Told" if delivery.kind == ENVELOPE else "Sent" if attempt.result == "delivered" else "Tried"
        say = f"{hubs.get(delivery.hub, delivery.hub)}: {words.tried(attempt.result, attempt.why)}"
        yield Happened(attempt.ended_at, label, say, own)
    for event in view.events:
        say = (EVENTS if event.kind == "event" else OUTCOMES).get(event.code, event.code)
        yield Happened(event.happened_at, "Reported", say, own)
