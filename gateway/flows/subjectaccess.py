"""The subject access pack of one person: everywhere their data went, why, and what of it is kept (TH-C24, Article 15).

What is about other people is not in it: each such part is listed by its place alone, for a reviewer, who opens it with
a mark of their own. The record says who made the pack, what was opened, and the fingerprint of what was handed over.
"""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final

import orjson
from sqlalchemy import select

from contracts.errors import NoSuchAnswer, NotFound
from contracts.referral import Referral
from gateway.flows.acting import Acting
from gateway.flows.entry import write_entry
from gateway.flows.filed import read_filed
from gateway.flows.gateway import Gateway
from gateway.flows.keeping import sections_of
from gateway.flows.tokens import name_token
from gateway.path.telling import in_london
from gateway.store import content, retained
from gateway.store.tables import DECISION, DELIVERY, LOOKUP, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

MADE: Final = "subject.access"
"""Type of the entry that says a pack was made."""

_REASON: Final = 10
_RIGHTS: Final = (
    "You may ask the council to put right what is wrong, to delete or restrict what it keeps, and to stop using it.",
    "Rules written beforehand decided where each request goes; a person of the council can look at any of them again.",
    "You may complain to the council, and to the Information Commissioner's Office.",
)


async def pack(
    gateway: Gateway, who: Acting, name: str, born: date, reason: str, opened: Collection[str] = ()
) -> bytes:
    """A zip with the pack as a page and as JSON. `opened`: parts a reviewer has looked at, as REFERRAL/people/1.

    Raises NotYourRole, NoSuchAnswer without a reason, NotFound.
    """
    who.must_be_let("subject.access")
    if len(reason.strip()) < _REASON:
        raise NoSuchAnswer("Say with --reason, in a sentence, who asks and how you know that they may.")
    token = name_token(gateway.keys[who.council.name], name, born)

    def work(tx: Tx) -> bytes:
        found = select(LOOKUP.c.referral).where(LOOKUP.c.council == who.council.name, LOOKUP.c.token == token)
        referrals = sorted(set(tx.execute(found).scalars()))
        if not referrals:
            raise NotFound("Nothing here is about somebody of that name and day of birth.")
        document = {
            "council": who.council.title,
            "made": in_london(gateway.now()),
            "rights": list(_RIGHTS),
            "requests": [_request(gateway, tx, who, one, (name, born), frozenset(opened)) for one in referrals],
        }
        zipped = _zipped(document)
        said = who.said | {"reason": reason.strip(), "opened": sorted(opened), "sha256": sha256(zipped).hexdigest()}
        for one in referrals:
            write_entry(tx, who.council.name, one, MADE, said, section="reader")
        return zipped

    return await gateway.writer.submit(Write(work))


def _request(
    gateway: Gateway, tx: Tx, who: Acting, referral: str, person: tuple[str, date], opened: frozenset[str]
) -> dict[str, Any]:
    council, schedule = who.council, gateway.catalogue.schedules[who.council.name]
    row = tx.execute(select(REFERRAL).where(REFERRAL.c.council == council.name, REFERRAL.c.id == referral)).one()
    sender = council.senders.get(row.sender)
    decisions = tx.execute(select(DECISION).where(DECISION.c.referral == referral).order_by(DECISION.c.at)).all()
    deliveries = tx.execute(select(DELIVERY).where(DELIVERY.c.referral == referral).order_by(DELIVERY.c.at)).all()
    body = content.get(tx, council.name, row.filed)
    kept = {record: str(formula) for record, formula in schedule.after.items()}
    parts = _parts(read_filed(body)[0], referral, person, opened) if body is not None else {"disposed_of": True}
    return {
        "reference": referral,
        "received": in_london(row.at),
        "source": sender.title if sender else row.sender,
        "purpose": row.purpose,
        "decisions": [_decision(tx, council.name, one) for one in decisions],
        "recipients": [
            {
                "recipient": council.hubs[one.hub].title if one.hub in council.hubs else one.hub,
                "what": one.kind,
                "state": one.state,
                "promised": in_london(one.at),
                "ended": in_london(one.ended_at) if one.ended_at else "",
            }
            for one in deliveries
        ],
        "readers": sorted({kind.type for kind in retained.entries(tx, council.name, referral=referral)}),
        "kept_for": kept | {"code": dict(schedule.codes)},
        **parts,
    }


def _decision(tx: Tx, council: str, row: Any) -> dict[str, Any]:
    said = sections_of(tx, council, row.entry)
    return {"outcome": row.outcome, "at": in_london(row.at), "by": row.by, "basis": said.get("basis", {})}


def _parts(referral: Referral, reference: str, person: tuple[str, date], opened: frozenset[str]) -> dict[str, Any]:
    """What is the person's own; what a reviewer opened; and, by its place alone, all that waits for a review.

    Words that somebody wrote freely may be about anybody, so they wait too.
    """
    whole: Mapping[str, Any] = referral.model_dump(mode="json", exclude_defaults=True)
    own, review, shown = dict[str, Any](), list[str](), dict[str, Any]()
    for place, value in _places(whole):
        if _is_person(place, value, person):
            own[place] = value
        elif f"{reference}{place}" in opened:
            shown[place] = value
        else:
            review.append(f"{reference}{place}")
    return {"about_you": own, "opened_by_a_reviewer": shown, "waits_for_review": review}


def _places(whole: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, value in whole.items():
        if isinstance(value, list):
            yield from ((f"/{name}/{place}", one) for place, one in enumerate(value))
        else:
            yield f"/{name}", value


def _is_person(place: str, value: Any, person: tuple[str, date]) -> bool:
    if not place.startswith("/people/"):
        return False
    names = " ".join(str(value.get(part, "")) for part in ("first_name", "surname")).casefold().split()
    return names == person[0].casefold().split() and value.get("date_of_birth") == person[1].isoformat()


def _zipped(document: Mapping[str, Any]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pack.json", orjson.dumps(document, option=orjson.OPT_INDENT_2))
        archive.writestr("pack.html", _page(document))
    return file.getvalue()


def _page(document: Mapping[str, Any]) -> str:
    title = f"What {html.escape(str(document['council']))} keeps about you in its Early Help gateway"
    body = "".join(
        f"<h2>{html.escape(key.replace('_', ' ').capitalize())}</h2>{_told(value)}" for key, value in document.items()
    )
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
    return f"{head}<body><h1>{title}</h1>{body}</body></html>"


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        rows = "".join(f"<dt>{html.escape(str(key))}</dt><dd>{_told(one)}</dd>" for key, one in value.items())
        return f"<dl>{rows}</dl>"
    if isinstance(value, list):
        return f"<ul>{''.join(f'<li>{_told(one)}</li>' for one in value)}</ul>"
    return html.escape(str(value))


def day_of(text: str) -> date:
    """A date of birth as it is typed: 2017-03-14 or 14/03/2017. Raises NoSuchAnswer."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise NoSuchAnswer("Write the date of birth as 14/03/2017.")
