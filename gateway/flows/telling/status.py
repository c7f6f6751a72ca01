"""What became of a referral, for the sender who sent it: state, timeline and receipt, in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from contracts.council import Council
from contracts.delivery import DeliveryState
from contracts.errors import NotFound
from contracts.evidence import Section
from gateway.config.policy import Policy
from gateway.flows.access import Caller, Relation, permit_operation, relation_to
from gateway.flows.decisions import words
from gateway.flows.decisions.cited import listed, resolve, tokens_in
from gateway.flows.decisions.filed import read_filed
from gateway.flows.decisions.filing import ENVELOPE
from gateway.flows.decisions.likenesses import KIND as ALIKE
from gateway.flows.gateway import Gateway
from gateway.flows.holds.alike import earlier_of_the_same_sender
from gateway.flows.stamps import stamp as stamp
from gateway.flows.telling.cameback import Reader, came_back, lines
from gateway.flows.telling.waited import Waits, waits_of
from gateway.path.answered import REFUSALS
from gateway.path.freshness import freshness
from gateway.record.bundle import evidence_document
from gateway.record.entries import packed
from gateway.store import content
from gateway.store.attachments import Whose, present
from gateway.store.evidence import entry_of, evidence_of
from gateway.store.queries import referral_view
from gateway.store.rows import DecisionRow, DeliveryRow, EntryRow, ReferralView


async def status(gateway: Gateway, caller: Caller, referral: str) -> dict[str, object]:
    """State and timeline. Raises NotFound for another's referral and for none: they look the same."""
    view = await _view(gateway, caller, referral, "status")
    council = gateway.council(caller.registration.council)
    by = {one.policy: _says(gateway.policy_of(council.name, one.policy)) for one in view.decisions}

    def read(
        connection: Connection,
    ) -> tuple[Reader, list[dict[str, object]], dict[str, object], Waits, dict[str, object]]:
        body = content.get(connection, council.name, view.referral.filed)
        reader = Reader(council, gateway.rules[council.name].screens, read_filed(body)[0] if body else None)
        return (
            reader,
            _documents(gateway, connection, view, body),
            came_back(connection, view, reader),
            waits_of(gateway, connection, view),
            _like_yours(gateway, connection, view, reader),
        )

    left = {attempt.delivery for attempt in view.attempts if attempt.why == words.LEFT}
    reader, documents, back, waits, like = await gateway.store.ask(council.name, read)
    return {
        "referral": referral,
        "received": stamp(view.referral.at),
        "version": view.referral.version,
        **_versions(view),
        "decisions": [_decision(one, council, by[one.policy]) for one in view.decisions if one.state != "superseded"],
        "deliveries": [_delivery(delivery, council, delivery.id in left) for delivery in view.deliveries],
        "submitted": stamp(waits.submitted),
        "days": waits.days,
        "waiting": waits.waiting,
        "guidance": waits.guidance,
        "documents": documents,
        **({"freshness": fresh} if (fresh := _fresh(reader)) else {}),
        **back,
        **like,
        "timeline": timeline(view, council, reader),
        "emergency": council.emergency,
    }


async def receipt(gateway: Gateway, caller: Caller, referral: str) -> dict[str, object]:
    """Every entry of the record about this referral, opened, with its proof where a checkpoint covers it."""
    view = await _view(gateway, caller, referral, "receipt")
    council = caller.registration.council

    def opened(connection: Connection) -> list[dict[str, object]]:
        return [_opened(connection, council, entry) for entry in view.entries]

    return {
        "referral": referral,
        "key": gateway.keys[council].record.vkey,
        "entries": await gateway.store.ask(council, opened),
        "say": "Each entry says what was recorded. A proof shows that it is in the record as it was then. "
        "It does not say that the sharing was right.",
    }


def _opened(connection: Connection, council: str, entry: EntryRow) -> dict[str, object]:
    """One entry with its opened sections: with a proof once it is sealed, and saying so until then."""
    evidence = evidence_of(connection, council, entry.rid)
    if evidence is not None:
        shown = replace(evidence, sections=_closed(evidence.sections))
        return {"state": "sealed", **evidence_document(shown)}
    whole = entry_of(connection, council, entry.rid)
    sections = packed(_closed(whole.sections)) if whole else {}
    return {"state": "recorded", "rid": entry.rid, "type": entry.type, "at": stamp(entry.ts), "sections": sections}


def _closed(sections: Iterable[Section]) -> tuple[Section, ...]:
    """The sections that a sender may read: who at the council did what, and why, is left out, and its seal stays."""
    return tuple(part for part in sections if part.name not in _COUNCILS_OWN)


_COUNCILS_OWN: Final = ("human", "reader")


async def _view(gateway: Gateway, caller: Caller, referral: str, operation: str) -> ReferralView:
    council = caller.registration.council
    view = await gateway.store.ask(council, lambda connection: own_view(connection, council, referral))
    if view is None:
        permit_operation(operation, caller, Relation.OTHER)
        raise NotFound()
    permit_operation(operation, caller, relation_to(caller, council, view.referral.sender, bool(view.referral.test)))
    return view


def own_view(connection: Connection, council: str, referral: str) -> ReferralView | None:
    """What became of it, less what a hub was told of others like it: a sender hears of its own requests only."""
    view = referral_view(connection, council, referral)
    hidden = {one.id for one in view.deliveries if one.kind == ALIKE} if view else set()
    if view is None or not hidden:
        return view
    return replace(
        view,
        deliveries=tuple(one for one in view.deliveries if one.id not in hidden),
        permits=tuple(one for one in view.permits if one.delivery not in hidden),
        attempts=tuple(one for one in view.attempts if one.delivery not in hidden),
        clocks=tuple(one for one in view.clocks if one.delivery not in hidden),
        entries=tuple(one for one in view.entries if not _tells_of(connection, council, one, hidden)),
    )


def _tells_of(connection: Connection, council: str, entry: EntryRow, deliveries: Set[str]) -> bool:
    """Whether an entry is about one of these messages."""
    whole = entry_of(connection, council, entry.rid)
    said = (
        [json.loads(part.value) for part in whole.sections if part.value and part.name == "delivery"] if whole else []
    )
    return any(one.get("delivery") in deliveries for one in said)


def _documents(
    gateway: Gateway, connection: Connection, view: ReferralView, body: bytes | None
) -> list[dict[str, object]]:
    """The documents that the referral names, and whether each is here. body: what was filed; None once it is erased."""
    council = view.submission.council
    if body is None:
        return []
    keys, (referral, faults, _) = gateway.keys[council], read_filed(body)
    whose = Whose(council, view.referral.sender, bool(view.referral.test))
    here = present(connection, whose, tokens_in(keys, referral).values())
    return listed(*resolve(keys, referral, faults, here))


def _fresh(reader: Reader) -> str:
    """How old the data may be that the referral was made of; "" where nobody says, or its content is erased."""
    return freshness(reader.referral.source) if reader.referral is not None else ""


def _like_yours(gateway: Gateway, connection: Connection, view: ReferralView, reader: Reader) -> dict[str, object]:
    """Earlier requests of the same sender that may be the same one. Those of one public form are many people's."""
    if reader.kind != "professional" or reader.referral is None:
        return {}
    council = view.submission.council
    earlier = earlier_of_the_same_sender(gateway, connection, council, view, reader.referral)
    say = "This may be the same as an earlier request of yours. Both were kept."
    return {"alike": {"say": say, "earlier": earlier}} if earlier else {}


def _versions(view: ReferralView) -> dict[str, str]:
    """The versions before and after this one, where there are any."""
    around = {"supersedes": view.referral.supersedes or "", "superseded_by": view.superseded_by}
    return {name: referral for name, referral in around.items() if referral}


def _says(policy: Policy) -> dict[str, str]:
    """Rule → its sentence in this policy."""
    rules = (rule for table in policy.tables for rule in table.rules)
    return {rule.id: rule.hit.say for rule in rules} | {hit.rule: hit.say for hit in REFUSALS.values()}


def _decision(decision: DecisionRow, council: Council, says: dict[str, str]) -> dict[str, object]:
    hub = council.hubs.get(decision.hub)
    say = " ".join(says.get(rule, "") for rule in decision.deciding.split(",")).strip()
    return {
        "about": decision.subject,
        "outcome": decision.outcome,
        "say": words.decided(decision.outcome, hub.title if hub else "", hub.telephone if hub else "", say),
        "rules": [rule for rule in decision.deciding.split(",") if rule],
        "flags": [flag for flag in decision.flags.split(",") if flag],
        "by": decision.by if decision.by == "machine" else "a named person",
        "at": stamp(decision.at),
        "entry": decision.entry,
    }


def _delivery(delivery: DeliveryRow, council: Council, left: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "delivery": delivery.id,
        "hub": council.hubs[delivery.hub].title if delivery.hub in council.hubs else delivery.hub,
        "kind": delivery.kind,
        "state": delivery.state,
        "say": words.moved(delivery.state, envelope=delivery.kind == ENVELOPE, left=left),
        "attempts": delivery.attempts,
    }
    if delivery.state == DeliveryState.DUE:
        told["next_try"] = stamp(delivery.due_at)
    if delivery.why:
        told["why"] = delivery.why
    return told


def timeline(view: ReferralView, council: Council, reader: Reader) -> list[dict[str, str]]:
    """Everything that happened, oldest first, in words."""
    events = [(view.referral.at, "Received and stored.")]
    for decision in view.decisions:
        hub = council.hubs.get(decision.hub)
        events.append((decision.at, f"Decided: {decision.outcome.replace('_', ' ')}{f', {hub.title}' if hub else ''}."))
    for attempt in view.attempts:
        events.append((attempt.ended_at, f"Attempt {attempt.n}: {words.tried(attempt.result, attempt.why)}"))
    events += lines(view, reader)
    events += [(entry.ts, words.RECORDED[entry.type]) for entry in view.entries if entry.type in words.RECORDED]
    return [{"at": stamp(at), "say": say} for at, say in sorted(events, key=lambda event: event[0])]
