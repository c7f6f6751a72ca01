"""Records what the family said after the referral was sent: agreement, refusal, limits, competence (governance 1.8).

It is put into the newest version of the referral, which is decided again. A hub that may have less than before is told;
one that may have something is sent what it may have now, in a message of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

from contracts.adapter import Fault
from contracts.agreement import AgreementStatus
from contracts.council import Council
from contracts.errors import InvalidMessage
from contracts.returned import AgreementTold
from gateway.flows.access import Caller
from gateway.flows.decisions import notices, timers
from gateway.flows.decisions.again import decide_again
from gateway.flows.follow_up.revising import Newest, newest_of, revise
from gateway.flows.gateway import Gateway
from gateway.flows.submissions import limits
from gateway.flows.submissions.once import Telling, tell_once
from gateway.flows.submissions.sent import Answer
from gateway.path.agreed import agreed
from gateway.path.calendar import day_of
from gateway.path.course import Matter, consider, promises
from gateway.path.narrowing import narrowed
from gateway.path.reading import read_message
from gateway.record.entries import make_entry
from gateway.store.attachments import Whose, attachment_token, present
from gateway.store.sealer import record_entry
from gateway.store.transaction import Tx

_TAKEN_BACK: Final = (AgreementStatus.REFUSED, AgreementStatus.WITHDRAWN)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
"""A SHA-256. Anything else is a reference to a form that is elsewhere (settled 48)."""
_CAPACITIES: Final = ("family", "parent", "carer", "young_person", "person_with_pr", "other")
"""As whom people speak. A sender may write another, and it may say who they are."""
_NOBODY: Final[Mapping[str, object]] = MappingProxyType({})
SIGNED: Final = "signed_form_came"
"""The event of a signed document that is named here."""


async def agree(gateway: Gateway, caller: Caller, referral: str, key: str, body: bytes) -> Answer:
    """Record it, decide again, and tell whoever must know. Raises NotFound, InvalidMessage, what `tell_once` raises."""
    told, council = read_message(body, AgreementTold), gateway.council(caller.registration.council)

    def work(tx: Tx, telling: str, newest: Newest) -> Mapping[str, object]:
        row, matter, every = newest
        faults = tuple(_faults(gateway, tx, row, matter, told))
        if faults:
            raise InvalidMessage(f"{len(faults)} thing{'s' if len(faults) > 1 else ''} to put right.", faults)
        row, entry = record(gateway, tx, row, matter, told, caller.registration.sender, caller.person)
        return _answer(gateway, tx, council, row, entry, every)

    telling = Telling(caller, "agreement", referral, key, body)
    return await tell_once(gateway, telling, lambda tx: newest_of(gateway, tx, caller, "agree", referral), work)


def record(
    gateway: Gateway,
    tx: Tx,
    row: dict[str, Any],
    matter: Matter,
    told: AgreementTold,
    by: str,
    person: Mapping[str, object] = _NOBODY,
) -> tuple[dict[str, Any], str]:
    """A new version that says so, its entry, new decisions and the notices. Returns the row and the entry's rid.

    person  who wrote it down and why, where it was somebody and not a system: a part that a receipt keeps closed
    """
    council = gateway.council(row["council"])
    before = _promised(gateway, matter, tx.now)
    row, now = revise(tx, row, matter, agreed(matter.referral, told), (told,))
    said: dict[str, object] = {
        "agreement": _said(matter, told) | {"epoch": now.epoch},
        "actors": {"client": by},
        "subject": {"referral": row["id"]},
    }
    said |= {"human": person} if person else {}
    taken_back = told.agreement is not None and told.agreement.status is AgreementStatus.WITHDRAWN
    kind = "agreement.withdrawn" if taken_back else "agreement.recorded"
    entry = make_entry(str(uuid4()), council.name, kind, tx.now, said, gateway.salt, row["id"])
    record_entry(tx, entry)
    gone = notices.past_recipients(tx, row["id"])
    # The front door keeps what it was told of a danger: it has a notice, and no second contact.
    again = notices.past_recipients(tx, row["id"], diverts=False)
    rested = [one for ids in again.values() for one in ids]
    decide_again(gateway, tx, row, now, renew=rested)
    less = narrowed(before, _promised(gateway, now, tx.now))
    if told.agreement is not None and told.agreement.status in _TAKEN_BACK:
        less |= gone.keys()
    meant = {hub: ids for hub, ids in gone.items() if hub in less}
    about: notices.About = "withdrawal" if taken_back else "agreement_changed"
    notices.notify(gateway, tx, row, meant, about, back=rested)
    if told.agreement is not None and told.agreement.signed_document:
        timers.saw(tx, council, row["id"], SIGNED, tx.now, by)
    return row, entry.rid


def _promised(gateway: Gateway, matter: Matter, now: int) -> Any:
    rules = gateway.rules[matter.referral.council]
    courses, screening = consider(matter, rules, now)
    return promises(matter, courses, rules, screening, now)


def _said(matter: Matter, told: AgreementTold) -> dict[str, object]:
    """What the record keeps of it: codes, days and pointers, never a name."""
    said: dict[str, object] = {}
    one = told.agreement
    if one is not None:
        said |= {
            "status": str(one.status) if one.status else "",
            "form": str(one.form) if one.form else "",
            "capacity": one.capacity if one.capacity in _CAPACITIES else "other",
            "giver": matter.referral.place_of(one.giver) if one.giver else "",
            "competence_assessed": bool(one.competence and one.competence.assessed),
            "signed_document": _named(one.signed_document),
        }
    if told.sharing_limits is not None:
        said["sharing_limits"] = len(told.sharing_limits)
    return said | {"informed": len(told.informed), "notices": len(told.notices)}


def _named(document: str | None) -> str:
    """A signed document as the record names it: by its digest, or only that it is elsewhere."""
    if document is None:
        return ""
    return document.lower() if _DIGEST.fullmatch(document.lower()) else "elsewhere"


def _faults(gateway: Gateway, tx: Tx, row: Mapping[str, Any], matter: Matter, told: AgreementTold) -> Iterator[Fault]:
    if told == AgreementTold():
        yield Fault("", "", "an agreement, sharing limits, or who was told", "Say at least one of them.")
    people = {person.id for person in matter.referral.people}
    refs = [("/agreement/giver", told.agreement.giver)] if told.agreement else []
    refs += [(f"/sharing_limits/{n}/chosen_by", one.chosen_by) for n, one in enumerate(told.sharing_limits or ())]
    refs += [(f"/informed/{n}/person", one.person) for n, one in enumerate(told.informed)]
    refs += [(f"/notices/{n}/person", one.person) for n, one in enumerate(told.notices)]
    for pointer, person in refs:
        if person is not None and person not in people:
            yield Fault("", pointer, "the id of a person of this referral", "Use the id that the referral gave them.")
    yield from _limit_faults(gateway, row, told)
    one, today = told.agreement, day_of(tx.now)
    if one is None:
        return
    for name in ("on_date", "withdrawn_on"):
        day: date | None = getattr(one, name)
        if day is not None and day > today:
            yield Fault("", f"/agreement/{name}", "a day that has come", "An agreement cannot be given ahead.")
    if one.status is None:
        yield Fault("", "/agreement/status", "given, refused, withdrawn or not_sought", "Say what they said.")
    digest = (one.signed_document or "").lower()
    if _DIGEST.fullmatch(digest) and not _is_here(gateway, tx, row, digest):
        remedy = "Send it first: PUT /v1/attachments/{sha256}, or to the mailbox with our reference."
        yield Fault("", "/agreement/signed_document", "a document that was sent here", remedy)


def _limit_faults(gateway: Gateway, row: Mapping[str, Any], told: AgreementTold) -> Iterator[Fault]:
    """A limit that names no group and no field would keep nothing back, and nobody would notice."""
    groups = gateway.rules[row["council"]].groups.titles
    return limits.faults_of(told.sharing_limits or (), groups, tuple(groups))


def _is_here(gateway: Gateway, tx: Tx, row: Mapping[str, Any], digest: str) -> bool:
    """Whether this sender has sent the document, by whichever channel: the API, a zip, or the mailbox."""
    token = attachment_token(gateway.keys[row["council"]], digest)
    return bool(present(tx, Whose(row["council"], row["sender"], bool(row["test"])), (token,)))


def _answer(
    gateway: Gateway, tx: Tx, council: Council, row: Mapping[str, Any], entry: str, every: list[str]
) -> dict[str, object]:
    told = notices.standing(tx, every)
    titles = list(dict.fromkeys(council.hubs[one.hub].title for one in told if one.hub in council.hubs))
    say = "What the family said is recorded, and everything is decided again."
    if told:
        say += f" Told of it, and asked to acknowledge: {', '.join(titles)}."
    return {"referral": row["id"], "version": row["version"], "entry": entry, "say": say, "told": titles}
