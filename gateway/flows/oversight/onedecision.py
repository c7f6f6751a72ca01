"""One decision as whoever reviews it reads it: a plain sentence first, then everything that led to it and came of it.

Codes, days and roles only: what the sender wrote, and the reasons that people wrote, are opened apart (`reading`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection

from contracts.council import Council
from contracts.decision import Outcome
from contracts.delivery import DeliveryState
from contracts.events import EVENTS, OUTCOMES
from gateway.config.policy import Policy
from gateway.flows.acting import Acting
from gateway.flows.decisions import words
from gateway.flows.decisions.cited import title_of
from gateway.flows.decisions.filing import ENVELOPE
from gateway.flows.evidence.proof import proof
from gateway.flows.gateway import Gateway
from gateway.flows.oversight import asked, auditing
from gateway.flows.oversight.looked import looked
from gateway.flows.oversight.sharinglog import is_sealed, must_be_let_in, must_see, sentences, why
from gateway.record.receipt import Place, agreed, basis_of, kept, went
from gateway.store.evidence import entry_of
from gateway.store.log import Row
from gateway.store.queries import referral_view
from gateway.store.rows import DeliveryRow, EntryRow, ReferralView
from gateway.store.transaction import Tx
from gateway.store.writer import Write

HEADS: Final[Mapping[str, tuple[str, str]]] = {
    Outcome.DIVERT: ("Sent to {hub} as a safeguarding contact", "On its way to {hub} as a safeguarding contact"),
    Outcome.REFUSE: ("Not shared", "Not shared"),
    Outcome.RETURN: ("Sent back to {sender}", "Sent back to {sender}"),
    Outcome.HOLD: ("Held", "Held"),
    Outcome.ADVICE_ONLY: ("Asked {hub} for advice, without a name", "To be asked of {hub}, without a name"),
    Outcome.SHARE_MINIMISED: ("Shared with {hub}, trimmed", "To be shared with {hub}, trimmed, and not there yet"),
    Outcome.SHARE: ("Shared with {hub}", "To be shared with {hub}, and not there yet"),
}
"""outcome → how the first sentence begins once it has arrived, and before."""

_NOT_KNOWN: Final = frozenset({"unknown", "not_asked", "not_run", "unreviewed", "not_said", "not_known", "not_stated"})
_GONE: Final = "This part has been disposed of by law. Its seal stays."
_ACTS: Final[Mapping[str, str]] = {
    "decision.proposed": "Proposed an answer, for another to confirm",
    "decision.human": "Decided",
    "hold.taken": "Took the hold",
    "hold.passed": "Passed the hold on",
    "hold.freed": "Let the hold go",
    "task.taken": "Took a task",
    "task.passed": "Passed a task on",
    "task.freed": "Let a task go",
    "task.done": "Did a task",
    "hold.needed": "Said whether the hold was needed",
}
_INFORMED: Final = {True: "told of this sharing", False: "not told of this sharing", None: "may not have been told"}


async def show(gateway: Gateway, who: Acting, decision: str) -> dict[str, Any]:
    """Everything about one decision. Raises NotYourRole, NotFound."""
    must_be_let_in(who, "log.show")
    council = who.council
    if who.audit is not None:
        await gateway.writer.submit(Write(lambda tx: _audited(tx, who, decision)))

    def read(connection: Connection) -> dict[str, Any]:
        row = must_see(connection, who, decision)
        view = referral_view(connection, council.name, row["referral"])
        assert view is not None, "a decision has its referral"
        view = _theirs(view, who)
        parts = _parts(connection, council.name, row["entry"])
        told = _told(gateway, council, row, view, parts)
        seen = [one for one in looked(connection, council, row["referral"]) if who.reads(one["at"])]
        people = [_act(connection, council, one) for one in view.entries if one.type in _ACTS]
        key = gateway.keys[council.name].record
        proven = proof(connection, council.name, key, row["entry"])
        return told | {"sealed": is_sealed(row), "looked": seen, "people": people, "proof": proven}

    return await gateway.store.ask(council.name, read)


def _audited(tx: Tx, who: Acting, decision: str) -> None:
    auditing.seeing(tx, who, auditing.SEEN, must_see(tx, who, decision)["referral"], decision=decision)


def _theirs(view: ReferralView, who: Acting) -> ReferralView:
    """What of a request began when they may read of it: its decisions of other days look absent here too."""
    return replace(
        view,
        decisions=tuple(one for one in view.decisions if who.reads(one.at)),
        deliveries=tuple(one for one in view.deliveries if who.reads(one.at)),
        attempts=tuple(one for one in view.attempts if who.reads(one.ended_at)),
        clocks=tuple(one for one in view.clocks if who.reads(one.started_at)),
        events=tuple(one for one in view.events if who.reads(one.at)),
        entries=tuple(one for one in view.entries if who.reads(one.ts)),
    )


def _told(gateway: Gateway, council: Council, row: Row, view: ReferralView, parts: dict[str, Any]) -> dict[str, Any]:
    policy = gateway.policy_of(council.name, row["policy"])
    carrier = next((one for one in view.deliveries if one.id == row["delivery"]), None)
    hub, sender = council.hubs.get(row["hub"]), council.senders.get(row["sender"])
    names = {"hub": hub.title if hub else "nobody yet", "sender": sender.title if sender else row["sender"]}
    facts: dict[str, str] = json.loads(row["facts"])
    return {
        "id": row["id"],
        "referral": row["referral"],
        "entry": row["entry"],
        "outcome": row["outcome"],
        "test": bool(view.referral.test),
        "sentence": _sentence(row, carrier, names, sentences(policy)),
        "again": row["state"] == "superseded",
        "names": names,
        "at": row["at"],
        "received": row["received"],
        "arrived": carrier.ended_at if carrier and carrier.state == DeliveryState.DELIVERED else None,
        "by": "The council’s rules, by machine" if row["by"] == "machine" else f"{row['by']}, a named person",
        "purpose": parts.get("request", {}).get("purpose", row["purpose"]),
        "sender_type": parts.get("actors", {}).get("sender_type", ""),
        "basis": tuple(basis_of(parts["basis"])) if "basis" in parts else (_GONE,),
        "policy": {"id": policy.id, "version": policy.version, "from": policy.effective_from, "digest": row["policy"]},
        "rules": _rules(policy, row, parts),
        "facts": facts,
        "not_known": sorted(name for name, value in facts.items() if value in _NOT_KNOWN),
        **_sides(gateway, council, row, names, parts),
        "documents": [one | {"title": title_of(one["kind"])} for one in _listed(parts, "documents")],
        "agreement": _agreement(facts, parts),
        "held": [_held(council, policy, one) for one in view.clocks if one.kind.startswith("hold:")],
        "deliveries": [_delivery(council, view, one) for one in view.deliveries],
        "events": [
            (one.happened_at, (EVENTS if one.kind == "event" else OUTCOMES).get(one.code, one.code))
            for one in view.events
        ],
        "others": [(one.id, one.at, asked.OUTCOMES[one.outcome]) for one in view.decisions if one.id != row["id"]],
        "receipt": carrier.id
        if carrier and carrier.state == DeliveryState.DELIVERED and carrier.kind != ENVELOPE
        else "",
    }


def _sentence(row: Row, carrier: DeliveryRow | None, names: Mapping[str, str], says: Mapping[str, str]) -> str:
    there = carrier is not None and carrier.state == DeliveryState.DELIVERED
    head = HEADS[row["outcome"]][0 if there else 1].format(**names)
    reason = why(row, says)
    if row["outcome"] == Outcome.SHARE:
        return f"{head}, because nothing stood against it."
    return f"{head}, because: {reason}"


def _rules(policy: Policy, row: Row, parts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each rule that matched, in that day's words; the deciding ones where the section is gone."""
    deciding = [rule for rule in row["deciding"].split(",") if rule]
    says = sentences(policy)
    titles = {table.id: table.title for table in policy.tables}
    hit = parts.get("rules", {}).get("hit") or [[rule, ""] for rule in deciding]
    return [
        {"rule": rule, "table": titles.get(table, ""), "say": says.get(rule, ""), "decided": rule in deciding}
        for rule, table in hit
    ]


def _sides(
    gateway: Gateway, council: Council, row: Row, names: Mapping[str, str], parts: Mapping[str, Any]
) -> dict[str, Any]:
    """What was sent, beside what was withheld and why."""
    groups = gateway.catalogue.groups.titles
    place = Place(council.title, names["sender"], names["hub"], "", council.emergency, groups)
    if not Outcome(row["outcome"]).sends:
        return {"sent": ("Nothing.",), "withheld": ("All of it.",), "parts": []}
    listed = parts["withheld"]["listed"] if "withheld" in parts else None
    held_back = None if listed is None else bool(listed)
    sent, withheld = went([parts], groups) or (_GONE,), kept("full", [parts], place, held_back)
    return {"sent": sent, "withheld": withheld, "parts": listed or []}


def _agreement(facts: Mapping[str, str], parts: Mapping[str, Any]) -> list[str]:
    lines = [f"On that day: {asked.AGREEMENT.get(facts.get('agreement', 'unknown'), 'Not known')}."]
    if "agreement" not in parts:
        return [*lines, "No entry says who agreed, or who was told."]
    lines += agreed(parts["agreement"])
    for one in parts["agreement"]["informed"]:
        because = f", because: {one['reason_code'].replace('_', ' ')}" if one.get("reason_code") else ""
        who = str(one.get("who", "the family")).replace("_", " ").capitalize()
        lines.append(f"{who}: {_INFORMED[one.get('told')]}{because}.")
    if not parts["agreement"]["informed"]:
        lines.append("Nothing says who was told of this sharing.")
    return lines


def _held(council: Council, policy: Policy, clock: Any) -> dict[str, Any]:
    code, role = clock.kind.partition(":")[2], council.roles.get(clock.owner)
    return {
        "id": clock.id,
        "title": policy.holds[code].title if code in policy.holds else words_of(code),
        "since": clock.started_at,
        "ended": clock.ended_at,
        "turn": role.title if role else words_of(clock.owner),
    }


def _delivery(council: Council, view: ReferralView, one: DeliveryRow) -> dict[str, Any]:
    tries = [
        {"n": each.n, "at": each.ended_at, "say": words.tried(each.result, each.why)}
        for each in view.attempts
        if each.delivery == one.id
    ]
    left = any(each.why == words.LEFT for each in view.attempts if each.delivery == one.id)
    hub = council.hubs.get(one.hub)
    return {
        "hub": hub.title if hub else one.hub,
        "kind": one.kind,
        "say": words.moved(one.state, envelope=one.kind == ENVELOPE, left=left),
        "tries": tries,
        "digest": one.digest,
        "id": one.id,
    }


def _act(connection: Connection, council: Council, entry: EntryRow) -> dict[str, Any]:
    """What a person did, without what they wrote: a reason may name somebody."""
    said = _parts(connection, council.name, entry.rid).get("human", {})
    role = council.roles.get(said.get("role", ""))
    return {
        "what": _ACTS[entry.type],
        "choice": words_of(str(said.get("choice", ""))),
        "by": said.get("by", "somebody whose name was disposed of"),
        "second": said.get("second_person", ""),
        "role": role.title if role else said.get("role", ""),
        "at": entry.ts,
        "wrote": bool(said.get("reason")),
    }


def words_of(code: str) -> str:
    """A code that has no words of its own, readable."""
    return code.replace("_", " ").capitalize()


def _listed(parts: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return list(parts.get(name, {}).get("listed", ()))


def _parts(connection: Connection, council: str, rid: str) -> dict[str, Any]:
    """The sections of an entry that are still there."""
    entry = entry_of(connection, council, rid)
    return {part.name: json.loads(part.value) for part in entry.sections if part.value} if entry else {}
