"""What came back after the hand-over, as the sender may read it: outcomes, events, questions, notices (settled 40).

A professional reads the coded outcome in the council's words, with what the hub wrote beside it. A family reads what
the council lets it read, and the public only that it was received. What a hub wrote is kept back whole where it holds
something that the referral protects, or could tell where somebody is whom it protects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import Connection

from contracts.council import Council
from contracts.events import EVENTS, OUTCOMES
from contracts.outcomes import HubOutcome, outcomes_of
from contracts.people import ReferrerKind
from contracts.referral import Referral
from gateway.config.screens import Screens
from gateway.flows.decisions.notices import KIND as NOTICE
from gateway.flows.decisions.notices import TASK as ACKNOWLEDGE
from gateway.flows.decisions.notices import state_of
from gateway.flows.follow_up.happened import ASKED, GIVEN
from gateway.flows.stamps import stamp
from gateway.path.protection import covering
from gateway.path.screening import screen
from gateway.store import content
from gateway.store.rows import DeliveryRow, EventRow, ReferralView

FAMILY_EVENTS: Final = frozenset({"acknowledged", "family_contacted", "meeting_arranged", ASKED, GIVEN})
"""What a family may read of what happened. The rest is for workers, or says what was not told to everybody at home."""

RECEIVED: Final = "We have received what you sent."
"""All that a member of the public is told."""

_KEPT_BACK: Final = "The hub wrote something that is not shown here. Ring it on {ring}."
_FAMILY_OUTCOME: Final = "The hub has answered. Ring it on {ring} to hear what happens next."
_FAMILY: Final = (ReferrerKind.FAMILY, ReferrerKind.CHILD)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it, and what of a hub's words must not be shown to them. referral: None once its content is erased."""

    council: Council
    screens: Screens
    referral: Referral | None

    @property
    def kind(self) -> str:
        """`professional`, `family` or `public`. Of whom nobody knows anything, the public."""
        kind = self.referral.referrer.kind if self.referral is not None else ReferrerKind.PUBLIC
        return "family" if kind in _FAMILY else "public" if kind is ReferrerKind.PUBLIC else "professional"

    def may_read(self, text: str) -> bool:
        """Whether a hub's words may be shown: not with a protected value, nor any place or number beside a flag."""
        if self.kind != "professional" or self.referral is None:
            return False
        seen = screen(replace_reason(self.referral, text), self.screens)
        flagged = any(covering(self.referral)) or bool(self.referral.sharing_limits)
        return "/reason" not in seen.protected and not (flagged and "/reason" in seen.revealing)


def replace_reason(referral: Referral, text: str) -> Referral:
    """The referral with this text where free text is looked through."""
    return referral.model_copy(update={"reason": text})


def came_back(connection: Connection, view: ReferralView, reader: Reader) -> dict[str, object]:
    """The parts of a status that tell of it. Empty lists where nothing came."""
    if reader.kind == "public":
        return {"tell": RECEIVED, "outcomes": [], "happened": [], "questions": [], "notices": []}
    outcomes = list(_outcomes(connection, view, reader))
    told = next((one for one in reversed(outcomes) if one["stands"]), None)
    return {
        "tell": str(told["say"]) if told else RECEIVED,
        "outcomes": outcomes,
        "happened": list(_happened(view, reader)),
        "questions": list(_questions(connection, view, reader)),
        "notices": list(_notices(view, reader)),
    }


def lines(view: ReferralView, reader: Reader) -> Iterator[tuple[int, str]]:
    """Each of these as a line of the timeline: when it happened, in ms UTC, and what."""
    if reader.kind == "public":
        return
    for event in view.events:
        if event.kind == "outcome":
            yield event.happened_at, _say(event, _row_of(event, view, reader), _ring(event, view, reader), reader)
        elif reader.kind == "professional" or event.code in FAMILY_EVENTS:
            yield event.happened_at, EVENTS[event.code]


def word(event: EventRow, view: ReferralView, reader: Reader) -> dict[str, str]:
    """What a sender is told at once of an outcome or a question: `kind`, what it `says`, and the code for workers."""
    if reader.kind == "public":
        return {"kind": "received", "say": RECEIVED}
    if event.kind != "outcome":
        return {"kind": "question", "say": EVENTS[event.code]}
    say = _say(event, _row_of(event, view, reader), _ring(event, view, reader), reader)
    return {"kind": "outcome", "say": say} | ({"outcome": event.code} if reader.kind == "professional" else {})


def _outcomes(connection: Connection, view: ReferralView, reader: Reader) -> Iterator[dict[str, object]]:
    every = [event for event in view.events if event.kind == "outcome"]
    newest = {event.delivery: event.id for event in every}  # they come in the order in which they happened
    for event in every:
        row, ring = _row_of(event, view, reader), _ring(event, view, reader)
        told: dict[str, object] = {
            "delivery": event.delivery,
            "hub": _title(event.delivery, view, reader),
            "say": _say(event, row, ring, reader),
            "happened": stamp(event.happened_at),
            "stands": newest[event.delivery] == event.id,
        }
        if reader.kind == "professional":
            told["outcome"] = event.code
            told |= _words(connection, event, ring, reader)
            if row is not None and row.follows:
                told["follows"] = row.follows
        yield told


def _happened(view: ReferralView, reader: Reader) -> Iterator[dict[str, object]]:
    for event in view.events:
        if event.kind == "event" and (reader.kind == "professional" or event.code in FAMILY_EVENTS):
            hub = _title(event.delivery, view, reader)
            yield {"event": event.code, "say": EVENTS[event.code], "hub": hub, "happened": stamp(event.happened_at)}


def _questions(connection: Connection, view: ReferralView, reader: Reader) -> Iterator[dict[str, object]]:
    clocks = {clock.id: clock for clock in view.clocks}
    for event in view.events:
        clock = clocks.get(event.id)
        if event.code != ASKED or clock is None:
            continue
        ring = _ring(event, view, reader)
        told: dict[str, object] = {
            "question": event.id,
            "hub": _title(event.delivery, view, reader),
            "asked": stamp(event.happened_at),
            "answer_by": stamp(clock.due_at),
            "state": "answered" if clock.state == "stopped" else "open",
            "answer_to": f"/v1/referrals/{view.referral.id}/answers",
        }
        yield told | (_words(connection, event, ring, reader) or {"words": _KEPT_BACK.format(ring=ring)})


def _notices(view: ReferralView, reader: Reader) -> Iterator[dict[str, object]]:
    """What hubs were told, and whether they have said that it was read."""
    clocks = {clock.delivery: clock for clock in view.clocks if clock.kind == f"task:{ACKNOWLEDGE}"}
    for delivery in view.deliveries:
        clock = clocks.get(delivery.id)
        if delivery.kind == NOTICE and clock is not None:
            yield {
                "notice": delivery.id,
                "hub": _title(delivery.id, view, reader),
                "state": state_of(delivery.state, clock.state),
                "acknowledge_by": stamp(clock.due_at),
            }


def _say(event: EventRow, row: HubOutcome | None, ring: str, reader: Reader) -> str:
    """An outcome in the council's words; one that the council has taken out of its list since, in ours."""
    if reader.kind == "professional":
        return row.title if row is not None else OUTCOMES[event.code]
    return row.family if row is not None and row.family else _FAMILY_OUTCOME.format(ring=ring)


def _words(connection: Connection, event: EventRow, ring: str, reader: Reader) -> dict[str, object]:
    """What the hub wrote beside it, as far as this reader may have it."""
    body = content.get(connection, reader.council.name, event.said) if event.said else None
    if body is None:
        return {}
    said: dict[str, str] = orjson.loads(body)
    if not all(map(reader.may_read, said.values())):
        return {"words": _KEPT_BACK.format(ring=ring)}
    return dict(said)


def _row_of(event: EventRow, view: ReferralView, reader: Reader) -> HubOutcome | None:
    delivery = _delivery(event.delivery, view)
    return outcomes_of(reader.council.outcomes, delivery.hub).get(event.code) if delivery else None


def _ring(event: EventRow, view: ReferralView, reader: Reader) -> str:
    delivery = _delivery(event.delivery, view)
    hub = reader.council.hubs.get(delivery.hub) if delivery else None
    return hub.telephone if hub else "the council's number"


def _title(delivery: str, view: ReferralView, reader: Reader) -> str:
    found = _delivery(delivery, view)
    if found is None:
        return ""
    hub = reader.council.hubs.get(found.hub)
    return hub.title if hub else found.hub


def _delivery(delivery: str, view: ReferralView) -> DeliveryRow | None:
    return next((one for one in view.deliveries if one.id == delivery), None)
