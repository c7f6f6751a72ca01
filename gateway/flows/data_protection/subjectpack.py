"""The pack itself: what is kept about a person, where it came from, where it went and why, as a page and as JSON."""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select

from contracts.retention import Formula
from gateway.flows.acting import Acting
from gateway.flows.data_protection.packparts import Part, label
from gateway.flows.entry import sections_of
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.asked import OUTCOMES
from gateway.flows.oversight.looked import looked
from gateway.path.calendar import LONDON
from gateway.path.complaining import where_to_complain
from gateway.path.telling import in_london
from gateway.record.receipt import basis_of
from gateway.store.tables import DECISION, DELIVERY, REFERRAL
from gateway.store.transaction import Tx

Store = Connection | Tx
Buckets = Callable[[Sequence[Part]], Mapping[str, Any]]
"""What is told of a request's parts, by the heading it stands under."""

_RIGHTS: Final = (
    "You may ask the council to put right what is wrong, to delete or restrict what it keeps, and to stop using it.",
    "Rules written beforehand decided where each request goes; a person of the council can look at any of them again.",
)
_ABOUT_IT: Final = ("request", "held_request", "decision", "access")
"""Kinds of record that a request for help has."""
_GONE: Final = "What was written has been deleted, as the council's schedule says. That it was there is still known."
_STATES: Final = {"delivered": "Arrived", "cancelled": "Not sent"}


def document(
    gateway: Gateway, store: Store, who: Acting, parts: Mapping[str, list[Part] | None], buckets: Buckets
) -> dict[str, Any]:
    """What is told. parts: those of each request, by its id; None where it was disposed of."""
    return {
        "council": who.council.title,
        "made": in_london(gateway.now()),
        "rights": [*_RIGHTS, where_to_complain(who.council)],
        "requests": [_request(gateway, store, who, one, found, buckets) for one, found in parts.items()],
    }


def digest(told: Mapping[str, Any]) -> str:
    """Names what is told, whenever it was made and whoever looked meanwhile: looking at it is itself a look."""
    requests = [{name: value for name, value in one.items() if name != "who_looked"} for one in told["requests"]]
    plain = {name: value for name, value in told.items() if name != "made"} | {"requests": requests}
    return sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def as_json(told: Mapping[str, Any]) -> bytes:
    """The pack as JSON."""
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def zipped(told: Mapping[str, Any]) -> bytes:
    """The pack as a zip with pack.html and pack.json. Nothing else is in it, and no property of a file tells more."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pack.json", as_json(told))
        archive.writestr("pack.html", page(told))
    return file.getvalue()


def page(told: Mapping[str, Any]) -> str:
    """The pack as a page of its own."""
    title = f"What {html.escape(str(told['council']))} keeps about you in its Early Help gateway"
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
    return f"{head}<body><h1>{title}</h1>{inner(told)}</body></html>"


def inner(told: Mapping[str, Any]) -> str:
    """What stands on that page below its title, with every word escaped."""
    made = f"<p>{html.escape(str(told['council']))}, {html.escape(str(told['made']))}</p>"
    rights = f"<h2>Your rights</h2>{_told(told['rights'])}"
    requests = "".join(
        f"<h2>Request {place} of {len(told['requests'])}</h2>{_told(one)}"
        for place, one in enumerate(told["requests"], 1)
    )
    return f"{made}{requests}{rights}"


def _request(
    gateway: Gateway, store: Store, who: Acting, referral: str, parts: list[Part] | None, buckets: Buckets
) -> dict[str, Any]:
    council, schedule = who.council, gateway.catalogue.schedules[who.council.name]
    row = store.execute(select(REFERRAL).where(REFERRAL.c.council == council.name, REFERRAL.c.id == referral)).one()
    sender = council.senders.get(row.sender)
    decisions = store.execute(select(DECISION).where(DECISION.c.referral == referral).order_by(DECISION.c.at)).all()
    deliveries = store.execute(select(DELIVERY).where(DELIVERY.c.referral == referral).order_by(DELIVERY.c.at)).all()
    kept = {record: _for_how_long(schedule.after[record]) for record in _ABOUT_IT if record in schedule.after}
    return {
        "reference": referral,
        "received": in_london(row.at),
        "source": sender.title if sender else row.sender,
        "purpose": row.purpose,
        "decisions": [_decision(store, council.name, one) for one in decisions],
        "recipients": [
            {
                "recipient": council.hubs[one.hub].title if one.hub in council.hubs else one.hub,
                "what": one.kind,
                "state": _STATES.get(one.state, "On its way, or waiting"),
                "promised": in_london(one.at),
                "ended": in_london(one.ended_at) if one.ended_at else "",
            }
            for one in deliveries
        ],
        "who_looked": [
            f"{_day(one['at'])}: {one['role'] or 'Somebody of the council'}. {one['what']}."
            for one in looked(store, council, referral)
        ],
        "kept_for": kept | ({"code": dict(schedule.codes)} if schedule.codes else {}),
        **({"deleted": _GONE} if parts is None else buckets(parts)),
    }


def _decision(store: Store, council: str, row: Any) -> dict[str, Any]:
    said = sections_of(store, council, row.entry)
    by = "Rules, by machine" if row.by == "machine" else "A person of the council"
    return {
        "outcome": OUTCOMES[row.outcome],
        "at": in_london(row.at),
        "by": by,
        "basis": list(basis_of(said["basis"])) if "basis" in said else [],
    }


def _for_how_long(formula: Formula) -> str:
    return f"{formula.time} {_AFTER[formula.trigger]}"


_AFTER: Final = {
    "DOB": "after the youngest child was born",
    "CASE_CLOSED": "after help ended",
    "EVENT": "after it was written",
    "DELIVERED": "after the last message about it arrived",
}


def _day(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(LONDON):%-d %B %Y}"


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        rows = "".join(
            f"<dt>{_name(key)}</dt><dd>{_told(one)}</dd>" for key, one in value.items() if one not in ("", [])
        )
        return f"<dl>{rows}</dl>"
    if isinstance(value, list):
        return f"<ul>{''.join(f'<li>{_told(one)}</li>' for one in value)}</ul>"
    return html.escape({True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value))


def _name(key: object) -> str:
    text = str(key)
    return html.escape(label(text) if text.startswith("/") else text.replace("_", " ").capitalize())
