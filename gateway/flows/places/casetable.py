"""The way back from a case system that tells nothing itself: its nightly table, matched on our reference (settled 46).

Each row goes the way that a hub's own system goes, once: the same table every night changes nothing. A row that fits no
message, or says it in words that nobody has turned into ours, is reported by its number, and nothing of it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

import orjson
from sqlalchemy import Connection, bindparam, or_, select

from adapters.formats.csv import Row, open_table, require
from adapters.formats.headings import folded
from contracts.adapter import Fault
from contracts.delivery import DeliveryState
from contracts.errors import GatewayError, ScannerUnavailable, StillRunning, StoreUnavailable
from gateway.config.cases import NOTHING, CaseTable
from gateway.flows.access import Caller, Role
from gateway.flows.delivery.overdue import CARRIES
from gateway.flows.follow_up.outcomes import tell_event, tell_outcome
from gateway.flows.gateway import Gateway
from gateway.flows.places.rowreport import Line, line_of_fault, lines_of_error
from gateway.path.calendar import day_of, start_of
from gateway.path.transforms import TRANSFORMS
from gateway.store.tables import DELIVERY, REFERRAL

_LATER: Final = (StoreUnavailable, StillRunning, ScannerUnavailable)
_ID: Final = re.compile(r"[0-9a-f]{32}")
_ABOUT: Final = (
    select(DELIVERY.c.id, DELIVERY.c.hub, DELIVERY.c.at, DELIVERY.c.state, DELIVERY.c.attempts, DELIVERY.c.referral)
    .join(REFERRAL, REFERRAL.c.id == DELIVERY.c.referral)
    .where(
        DELIVERY.c.council == bindparam("council"),
        or_(DELIVERY.c.id == bindparam("reference"), DELIVERY.c.referral == bindparam("reference")),
        DELIVERY.c.hub.in_(bindparam("hubs", expanding=True)),
        DELIVERY.c.kind.in_(CARRIES),
        REFERRAL.c.test == 0,
    )
    .order_by(DELIVERY.c.seq.desc())
)


async def take(gateway: Gateway, table: CaseTable, content: bytes) -> tuple[Line, ...]:
    """What became of each row, as it is reported: accepted, unchanged or rejected.

    Raises UnreadablePayload for a file that is no such table, StoreUnavailable. Half done, it may be begun again.
    """
    opened = open_table(BytesIO(content), table.part.encoding, table.part.delimiter)
    require(opened, table.columns)
    lines: list[Line] = []
    for row in opened.rows():
        lines += [line_of_fault(row)] if isinstance(row, Fault) else await _row(gateway, table, row)
    return tuple(lines)


async def _row(gateway: Gateway, table: CaseTable, row: Row) -> list[Line]:
    place = f"row {row.number}"
    word = folded(row.cells[table.part.said])
    meaning = table.means.get(word, "" if word else NOTHING)
    if meaning == NOTHING:
        return [Line(place, "unchanged", say="It says nothing yet.")]
    if not meaning:
        remedy = "Add it to `means` of cases.yaml, with what it says."
        return [Line(place, "rejected", "", f"a word that is known, in the column “{table.part.said}”", remedy)]
    reference = re.sub(r"[\s-]", "", row.cells[table.part.reference]).lower()
    found = await gateway.store.ask(table.council, lambda one: _found(one, gateway, table, reference))
    if isinstance(found, Fault):
        return [line_of_fault(replace(found, position=place))]
    day = _day(table, row)
    if isinstance(day, Fault):
        return [line_of_fault(replace(day, position=place))]
    return await _tell(gateway, table, row, meaning, found, day)


def _found(connection: Connection, gateway: Gateway, table: CaseTable, reference: str) -> Any:
    """The message that a row is about; a Fault where there is none, or more than one that it could be."""
    hubs = gateway.council(table.council).senders[table.part.system].hubs
    asked = {"council": table.council, "reference": reference, "hubs": hubs}
    rows = connection.execute(_ABOUT, asked).all() if _ID.fullmatch(reference) else ()
    # Named by its own number it is meant, whatever became of it; the way in says if nothing of it has left.
    own = [row for row in rows if row.id == reference]
    left = own or [row for row in rows if row.attempts or row.state == DeliveryState.DELIVERED]
    if len({row.hub for row in left}) > 1:
        remedy = "Have the case system keep the number of the message, which is in it beside our reference."
        return Fault("", "", "one message: this reference went to several hubs", remedy)
    if not left:
        remedy = "Our reference has 32 letters and digits. Was it copied whole, and sent to a hub of this system?"
        return Fault("", "", "our reference, or the number of a message that a hub of this system was sent", remedy)
    return left[0]


def _day(table: CaseTable, row: Row) -> date | Fault | None:
    """The day on which it happened; None where none is given."""
    text = row.cells[table.part.on].strip() if table.part.on else ""
    if not text:
        return None
    read = TRANSFORMS[table.part.dates](text)
    expected, remedy = f"a day, as {table.part.dates}, in “{table.part.on}”", "Put it right, or change `dates`."
    return date.fromisoformat(str(read)) if read else Fault("", "", expected, remedy)


async def _tell(
    gateway: Gateway, table: CaseTable, row: Row, meaning: str, delivery: Any, day: date | None
) -> list[Line]:
    kind, _, code = meaning.partition(":")
    texts = {"words": table.part.words, "lead": table.part.lead if kind == "outcome" else None}
    said = {name: row.cells[column].strip() for name, column in texts.items() if column}
    told: Mapping[str, object] = {kind: code} | {name: text for name, text in said.items() if text}
    if day is not None:
        told = dict(told) | {"happened_at": _instant(day, delivery.at)}
    body = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    # The same row is the same telling, every night, whatever became of it in the meantime.
    key = f"case table {sha256(f'{table.name} {delivery.id} '.encode() + body).hexdigest()}"
    caller = Caller(Role.HUB, gateway.council(table.council).senders[table.part.system], test=False)
    place = f"row {row.number}"
    try:
        answer = await (tell_event if kind == "event" else tell_outcome)(gateway, caller, delivery.id, key, body)
    except _LATER:
        raise
    except GatewayError as error:
        return [replace(one, position=f"{place} {one.position}".strip()) for one in lines_of_error(error)]
    state = "unchanged" if answer.replayed else "accepted"
    return [Line(place, state, delivery.referral, say=str(orjson.loads(answer.body)["say"]))]


def _instant(day: date, promised: int) -> str:
    """The day's beginning or, on the day of the message itself, the message: nothing comes back before it was made."""
    at = promised if day == day_of(promised) else start_of(day)
    return datetime.fromtimestamp(at / 1000, UTC).isoformat()
