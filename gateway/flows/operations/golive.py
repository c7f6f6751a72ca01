"""What keeps a council from going live, on one page: questions, doors, drill, people, approvals, codes (settled 52)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection

from contracts.audits import AUDITOR
from contracts.council import Council
from gateway.config.policy import Policy
from gateway.config.retention import FILE, Schedule
from gateway.flows.connections.secretfiles import read_secret
from gateway.flows.decisions.permit import fit
from gateway.flows.delivery.tried import last_tried, moved, unproved
from gateway.flows.operations.drills import not_ready
from gateway.settings import Settings
from gateway.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that must be so before a council goes live, or should be.

    part  which heading it stands under
    say   what is not so yet, as a sentence with what to do; "" where nothing is left
    must  whether it keeps the council from going live; otherwise somebody should know of it
    """

    part: str
    say: str
    must: bool = True


PARTS = (
    "Questions",
    "Doors",
    "The way to safety",
    "People",
    "Approvals",
    "Senders",
    "How long things are kept",
    "Worth knowing",
)
"""Headings, in the order in which they are shown."""


def points(
    settings: Settings,
    council: Council,
    policy: Policy,
    schedule: Schedule,
    published: bool,
    connection: Connection | Tx,
    today: date,
) -> tuple[Point, ...]:
    """Everything that is not so yet; a part without any has nothing left to do. `today` in London."""
    tried = last_tried(connection, council.name)
    return (
        *(
            Point("Questions", f"{ask.question} Answer it in council.yaml: `{ask.setting}`.")
            for ask in council.unanswered()
        ),
        *(Point("Doors", say) for say in (*_doors(settings, council), *unproved(council, tried))),
        *(Point("The way to safety", say) for say in not_ready(connection, council)),
        *(Point("People", say) for say in _people(council)),
        *(Point("Approvals", say) for say in _approvals(council, policy, published, today)),
        *(Point("Senders", say) for say in _senders(council, today)),
        *_kept(schedule),
        *(Point("Worth knowing", say, must=False) for say in moved(settings, council, tried)),
        *(Point("Worth knowing", say, must=False) for say in _worth_knowing(settings, council)),
    )


def _doors(settings: Settings, council: Council) -> Iterator[str]:
    for hub in council.hubs.values():
        if not hub.confirmed:
            yield f"{hub.title}: its address is not confirmed. Enter it in hubs.yaml, then `confirmed: true`."
        secrets = {name: _secret(settings, name) for name in hub.secrets}
        missing = [name for name, value in secrets.items() if value is None]
        if missing:
            yield f"{hub.title}: its secret is not in the folder of secrets: {', '.join(missing)}."
        elif not fit(hub.adapter, tuple(value or "" for value in secrets.values())):
            yield f"{hub.title}: its secret is empty, cut short, or of another kind: docs/connect-a-hub.md."
        if hub.adapter == "secure_mail" and not settings.mail_relay:
            yield f"{hub.title} is reached by mail, and no mail server is set: GATEWAY_MAIL_RELAY."


def _secret(settings: Settings, name: str) -> str | None:
    try:
        return read_secret(settings.secrets, name)
    except KeyError:
        return None


def _people(council: Council) -> Iterator[str]:
    for role, duty in council.roles.items():
        if not duty.people:
            yield f"Nobody is named as {duty.title}. Enter their name in people.yaml."
        if role == AUDITOR:
            continue  # nobody covers for an auditor
        cover = council.roles.get(duty.cover)
        if cover is None or not set(cover.people) - set(duty.people):
            yield f"Nobody else covers for the {duty.title} when they are away. Enter `cover:` in people.yaml."
    if "not_said" in (council.controllers.received, council.controllers.held, council.controllers.sent):
        yield "Nobody has said who answers for the information received, held and sent: `controllers` in council.yaml."
    if not council.complaints.in_words:
        yield "Nobody has said where families complain. Enter `complaints` in council.yaml: a way to reach you."


def _approvals(council: Council, policy: Policy, published: bool, today: date) -> Iterator[str]:
    if not published:
        yield "No policy is published. Have it approved by two roles, then publish it."
    yield from policy.overdue(today)


def _senders(council: Council, today: date) -> Iterator[str]:
    live = [one for one in council.senders.values() if one.active and not one.demo and not one.hubs]
    if not any(one.keys for one in live):
        yield "No sender has a live key. Enter its digest in senders.yaml."
    for one in live:
        if one.agreement_until is not None and one.agreement_until < today:
            yield f"{one.title}: its sharing agreement ended on {one.agreement_until:%-d %B %Y}."


def _kept(schedule: Schedule) -> Iterator[Point]:
    """There is no default for decision records (settled 52); for the others one is proposed."""
    for record, what in KEPT.items():
        code = schedule.codes.get(record, "")
        if code and code.casefold() != "ask":
            continue
        until = "Until then none of them is ever due to go." if record == "decision" else "Until then ours is used."
        say = f"No code of the council's own retention schedule is entered for {what}: {FILE}. {until}"
        yield Point("How long things are kept", say, must=record == "decision")


KEPT: Final = {
    "decision": "the record of decisions",
    "request": "what was asked for and sent",
    "access": "who has looked",
}
"""Kind of record → what it is."""


def _worth_knowing(settings: Settings, council: Council) -> Iterator[str]:
    if not council.areas.ours:
        yield "No postcodes are entered. A home elsewhere is seen only where its council is named."
    if not council.form.sections:
        yield "No form of the council's own is entered. People read a message in our own order: form.yaml."
    if not settings.witnesses:
        yield "No witness is set up. Print a slip each day, and keep it where this gateway cannot reach it."
    if not settings.mail_relay:
        yield "No mail server is set up. Teams hear of alarms on the pages and at the command line only."
