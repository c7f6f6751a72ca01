"""Writes down in the register what somebody asked of their rights, and starts its time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import or_, select

from contracts.errors import NoSuchAnswer
from gateway.flows.acting import Acting
from gateway.flows.data_protection.rights import OPENED, ring, sealed
from gateway.flows.decisions.tokens import name_token
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.path import rights
from gateway.path.calendar import closing_of, day_of, start_of
from gateway.store import register
from gateway.store.chance import new_id
from gateway.store.register import Row
from gateway.store.tables import DECISION, RIGHT
from gateway.store.transaction import Tx
from gateway.store.writer import Write

SENTENCE: Final = 10
"""Characters of a sentence at least."""
NO_SUCH: Final = "There is no decision of that reference here. Copy it from the decision’s page, or leave it empty."
_REFERENCE: Final = re.compile(r"[0-9a-f][0-9a-f-]{7,35}")


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody writes down when a request comes.

    asker  who asks, how they may be reached, and how it is known that they may ask
    name, born  of whom it is about; "" and None where it is about nobody in particular
    words  what they ask for
    about  our reference of a decision, or of the request for help it was made on, as far as it is known; "" for none
    """

    kind: str
    received: date | None
    asker: str
    words: str
    name: str = ""
    born: date | None = None
    about: str = ""


def missing(given: Given, today: date) -> dict[str, str]:
    """What is still missing or wrong: field → what to do."""
    found: dict[str, str] = {}
    if given.kind not in rights.KINDS:
        found["kind"] = "Choose what they ask for."
    if given.received is None:
        found["received-day"] = "Give the day it came as a day, a month and a year, such as 4 12 2026."
    elif given.received > today:
        found["received-day"] = "The day it came cannot lie ahead."
    if len(given.asker) < SENTENCE:
        found["asker"] = "Write who asks, how to reach them, and how you know that they may ask."
    if len(given.words) < SENTENCE:
        found["words"] = "Write in a sentence what they ask for."
    if bool(given.name) is not (given.born is not None):
        found["name"] = "Give both the name and the date of birth of whom it is about, or neither."
    elif not given.name and given.kind != "complaint":
        found["name"] = "Give the name and the date of birth of whom it is about."
    if given.about and not _REFERENCE.fullmatch(given.about.lower()):
        found["about"] = NO_SUCH  # it stands unsealed in the register, so that nobody's words may
    return found


async def write_down(gateway: Gateway, who: Acting, given: Given) -> str:
    """Put a request into the register and start its time. Returns its id. Raises NotYourRole, NoSuchAnswer.

    Where nothing is `missing`, NoSuchAnswer is about the decision that it names.
    """
    who.must_be_let("rights.open")
    wrong = missing(given, day_of(gateway.now()))
    if wrong:
        raise NoSuchAnswer(" ".join(wrong.values()))
    assert given.received is not None
    council, request, received = who.council, new_id(), given.received
    until = closing_of(rights.due(given.kind, received, council.hours), council.hours)
    token = name_token(gateway.keys[council.name], given.name, given.born) if given.born else ""
    born = given.born.isoformat() if given.born else ""
    about = {"asker": given.asker, "words": given.words, "name": given.name, "born": born}
    said: dict[str, Any] = about | {"log": [], "marks": {}, "opened": {}}

    def work(tx: Tx) -> str:
        one = _decision(tx, council.name, given.about.lower())
        row = _row(council.name, request, replace(given, about=one), token, until) | {"by": who.name, "at": tx.now}
        tx.insert(RIGHT, row | {"said": sealed(tx, council.name, said)})
        ring(tx, council.name, request, given.kind, until)
        found = len(register.about(tx, council.name, token))
        told = {"kind": given.kind, "received": received.isoformat(), "due": until, "about": one}
        write_entry(tx, council.name, request, OPENED, who.said | told | {"found": found}, section="rights")
        return request

    return await gateway.writer.submit(Write(work))


def _decision(tx: Tx, council: str, reference: str) -> str:
    """Id of the newest decision that a reference may mean, "" for no reference. Raises NoSuchAnswer."""
    if not reference:
        return ""
    named = [(column >= reference) & (column < f"{reference}g") for column in (DECISION.c.id, DECISION.c.referral)]
    found = select(DECISION.c.id).where(DECISION.c.council == council, or_(*named)).order_by(DECISION.c.at.desc())
    one = tx.execute(found.limit(1)).scalar()
    if one is None:
        raise NoSuchAnswer(NO_SUCH)
    return str(one)


def _row(council: str, request: str, given: Given, token: str, until: int) -> Row:
    assert given.received is not None
    return {
        "id": request,
        "council": council,
        "kind": given.kind,
        "state": "open",
        "outcome": "",
        "token": token,
        "about": given.about,
        "pauses": int(rights.KINDS[given.kind].pauses),
        "received_at": start_of(given.received),
        "due_at": until,
        "stopped_at": None,
        "stopped": "",
        "stood": 0,
        "extended": 0,
        "acknowledged_at": None,
        "ended_at": None,
        "ended_by": "",
    }
