"""What each source sent lately: how much of it is mapped, what nobody maps, which answers are in no list, what failed.

Counts, places and questions, never an answer. Two things are read, and neither grows with the age of the store: the
newest `NEWEST` requests with their ledgers, and what was rejected in `DAYS` days. How often each sender's submissions
failed grows with the requests of those days, of which only the envelope is read.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Select, bindparam, func, select

from adapters import SOURCES
from contracts.errors import NotFound
from gateway.config.mappings import FormMapping
from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.flows.mapping.coverage import unseen
from gateway.flows.submissions.standing import CANONICAL
from gateway.path.calendar import LONDON
from gateway.store import content
from gateway.store.tables import CONTENT, REFERRAL, SUBMISSION

NEWEST: Final = 1_000
"""Requests whose ledgers are read."""
DAYS: Final = 90
PARTS: Final = 3
"""Into which the days are cut, so that somebody sees whether it is getting better."""
_DAY: Final = 86_400_000
_OWN: Final = {CANONICAL: "Our own form, sent as JSON", "enquiry": "Requests written on these pages"}
_STATES: Final = ("mapped", "translated", "ignored", "unmapped")
_NUMBER: Final = re.compile(r"/[0-9]+(?=/|$)")
_POSITION: Final = re.compile(r"[0-9]+")

_LATELY: Final = (
    select(REFERRAL.c.id.label("referral"), REFERRAL.c.source, REFERRAL.c.sender, REFERRAL.c.at, CONTENT)
    .join_from(REFERRAL, CONTENT, (REFERRAL.c.filed == CONTENT.c.id) & (CONTENT.c.council == REFERRAL.c.council))
    .where(REFERRAL.c.council == bindparam("council"), REFERRAL.c.test == 0, REFERRAL.c.request_gone.is_(None))
    .order_by(REFERRAL.c.at.desc(), REFERRAL.c.id)
    .limit(NEWEST)
    .execution_options(yield_per=100)
)
_NEWEST: Final = (
    select(REFERRAL.c.submission)
    .where(REFERRAL.c.council == bindparam("council"), REFERRAL.c.test == 0)
    .order_by(REFERRAL.c.at.desc(), REFERRAL.c.id)
    .limit(NEWEST)
)
_PARTLY: Final = (
    select(SUBMISSION.c.source, SUBMISSION.c.answer)
    .where(SUBMISSION.c.id.in_(_NEWEST), SUBMISSION.c.state == "accepted")
    .execution_options(yield_per=100)
)
_REJECTED: Final = (
    select(SUBMISSION.c.sender, SUBMISSION.c.source, SUBMISSION.c.at, SUBMISSION.c.answer)
    .where(SUBMISSION.c.council == bindparam("council"), SUBMISSION.c.state == "rejected", SUBMISSION.c.test == 0)
    .where(SUBMISSION.c.at >= bindparam("since"))
    .order_by(SUBMISSION.c.at.desc())
    .execution_options(yield_per=100)
)


@dataclass(slots=True)
class Place:
    """Somewhere in a source's records. asked: the question, as the form words it; near: the row it may be, reworded."""

    pointer: str
    asked: str = ""
    many: int = 0
    last: int = 0
    near: str = ""


@dataclass(slots=True)
class SourceLedger:
    """One source. Times in ms UTC.

    records  how many of the newest requests are its own; states: what became of their answers
    unmapped pointer → what nobody maps; codes: (pointer, what was expected) → how often; gone: rows nothing answered
    doubted  (kind, pointer, expected, remedy) → how often, of what went on all the same
    rejected (what is wrong, place, remedy) → how often, of what did not; last: when something came
    """

    name: str
    title: str
    records: int = 0
    since: int = 0
    last: int = 0
    states: Counter[str] = field(default_factory=Counter)
    unmapped: dict[str, Place] = field(default_factory=dict)
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    doubted: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    rejected: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    gone: tuple[str, ...] = ()

    @property
    def shares(self) -> tuple[tuple[str, int, int], ...]:
        """State, how many answers, and the share of all of them in per cent, rounded down."""
        total = sum(self.states.values())
        return tuple((one, self.states[one], 100 * self.states[one] // total) for one in _STATES if total)


@dataclass(slots=True)
class Sender:
    """How often one sender's submissions failed: for each third of the days, the oldest first, all and rejected."""

    name: str
    title: str
    came: list[int] = field(default_factory=lambda: [0] * PARTS)
    rejected: list[int] = field(default_factory=lambda: [0] * PARTS)
    last: int = 0


@dataclass(frozen=True, slots=True)
class Sources:
    """Every source and sender of a council. since: of the days, ms UTC; oldest: of the newest requests, 0 for none."""

    sources: Mapping[str, SourceLedger]
    senders: tuple[Sender, ...]
    since: int
    oldest: int
    read: int


async def sources(gateway: Gateway, who: Acting) -> Sources:
    """What every source sent lately. Raises NotYourRole."""
    who.must_be_let("sources.list")
    council = who.council.name
    return await gateway.store.ask(council, lambda connection: _sources(gateway, who, connection))


async def source(gateway: Gateway, who: Acting, name: str) -> tuple[SourceLedger, Sources]:
    """What one source sent lately. Raises NotYourRole, NotFound."""
    found = await sources(gateway, who)
    if name not in found.sources:
        raise NotFound("There is no source of that name here.")
    return found.sources[name], found


def mappings_of(gateway: Gateway, name: str, council: str) -> tuple[FormMapping, ...]:
    """The mappings of a source that this council uses."""
    known = gateway.catalogue.mappings.by_key
    return tuple(one for (of, _, whose), one in sorted(known.items()) if of == name and whose in (council, ""))


def _sources(gateway: Gateway, who: Acting, connection: Connection) -> Sources:
    council, now = who.council, gateway.now()
    found, since = _known(gateway, who), _midnight(now - DAYS * _DAY)
    answered: defaultdict[str, set[str]] = defaultdict(set)
    read, oldest = 0, 0
    for row in connection.execute(_LATELY, {"council": council.name}):
        one = found.setdefault(row.source, SourceLedger(row.source, row.source))
        _take(one, orjson.loads(content.opened(connection, row)), row.at, answered[row.source])
        read, oldest = read + 1, row.at
    senders = {
        name: Sender(name, registration.title)
        for name, registration in council.senders.items()
        if registration.active and registration.sources
    }
    _count(connection, council.name, since, now, found, senders)
    for one in found.values():
        _compare(one, mappings_of(gateway, one.name, council.name), answered[one.name])
    ranked = sorted(senders.values(), key=lambda one: (-sum(one.rejected), one.title))
    return Sources(found, tuple(ranked), since, oldest, read)


def _known(gateway: Gateway, who: Acting) -> dict[str, SourceLedger]:
    """Every source that a sender of this council is registered for."""
    names = {name for one in who.council.senders.values() for name in one.sources}
    return {name: SourceLedger(name, _title(gateway, name, who.council.name)) for name in sorted(names)}


def _title(gateway: Gateway, name: str, council: str) -> str:
    if name in _OWN:
        return _OWN[name]
    adapter = next((one.adapter for one in mappings_of(gateway, name, council)), name)
    return SOURCES[adapter].ABOUT.title if adapter in SOURCES else name


def _take(one: SourceLedger, filed: Mapping[str, Any], at: int, answered: set[str]) -> None:
    """Count one request's ledger and faults."""
    one.records += 1
    one.since, one.last = at, max(one.last, at)
    others = filed["referral"].get("other_answers") or []
    met = set[str]()
    for pointer, state, to, _ in filed["ledger"]:
        one.states[state] += 1
        answered.add(pointer)
        if state == "unmapped" and (place := _placed(pointer)) not in met:
            met.add(place)
            known = one.unmapped.setdefault(place, Place(place, _asked(to, others)))
            known.many, known.last = known.many + 1, max(known.last, at)
    for _, pointer, expected, remedy, kind in filed["faults"]:
        if kind == "unknown_code":
            one.codes[_placed(pointer), expected] += 1
        else:
            one.doubted[kind, _placed(pointer), expected, remedy] += 1


def _asked(to: str, others: list[Any]) -> str:
    """The question of an answer that nobody mapped, as it travels to the hub; "" where it does not."""
    number = to.removeprefix("/other_answers/")
    return str(others[int(number)].get("question", "")) if number.isdigit() and int(number) < len(others) else ""


def _count(
    connection: Connection,
    council: str,
    since: int,
    now: int,
    found: dict[str, SourceLedger],
    senders: dict[str, Sender],
) -> None:
    """How many submissions of each sender came and failed, and what was wrong with those that failed."""
    part = max(1, -(-(now + 1 - since) // PARTS))
    for row in connection.execute(_came(council, since, part)):
        sender = senders.setdefault(row.sender, Sender(row.sender, row.sender))
        sender.came[min(int(row.part), PARTS - 1)] += row.many
        sender.last = max(sender.last, row.last)
        if row.source in found:
            found[row.source].last = max(found[row.source].last, row.last)
    for row in connection.execute(_REJECTED, {"council": council, "since": since}):
        sender = senders.setdefault(row.sender, Sender(row.sender, row.sender))
        place = min((row.at - since) // part, PARTS - 1)
        sender.came[place] += 1
        sender.rejected[place] += 1
        one = found.setdefault(row.source, SourceLedger(row.source, row.source))
        one.rejected.update(_wrong(orjson.loads(row.answer)))
    for row in connection.execute(_PARTLY, {"council": council}):
        if b'"rejected"' in bytes(row.answer) and row.source in found:
            receipts = orjson.loads(row.answer).get("receipts", ())
            found[row.source].rejected.update(
                wrong for one in receipts if one["state"] == "rejected" for wrong in _wrong({"faults": one["errors"]})
            )


def _came(council: str, since: int, part: int) -> Select[Any]:
    """Submissions of which something became a request, by sender, source and third of the days."""
    third = ((REFERRAL.c.at - since) // part).label("part")
    many, last = func.count(func.distinct(REFERRAL.c.submission)).label("many"), func.max(REFERRAL.c.at).label("last")
    return (
        select(REFERRAL.c.sender, REFERRAL.c.source, third, many, last)
        .where(REFERRAL.c.council == council, REFERRAL.c.at >= since, REFERRAL.c.test == 0)
        .group_by(REFERRAL.c.sender, REFERRAL.c.source, "part")
    )


def _wrong(answer: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What was expected, where, and what to do, of one rejected submission: each once. Row numbers are left out."""
    faults = answer.get("faults") or [{"expected": answer.get("detail", ""), "remedy": ""}]
    told = (
        (one.get("expected", ""), _general(one.get("position", ""), one.get("pointer", "")), one.get("remedy", ""))
        for one in faults
    )
    yield from dict.fromkeys(told)


def _general(position: str, pointer: str) -> str:
    """A place without its row: the same column of every row is one place."""
    return " ".join(filter(None, (_POSITION.sub("…", position), _placed(pointer))))


def _placed(pointer: str) -> str:
    return _NUMBER.sub("/*", pointer)


def _compare(one: SourceLedger, mappings: tuple[FormMapping, ...], answered: set[str]) -> None:
    """Rows that nothing answered lately, and for each new question the nearest of them: it may be that, reworded."""
    if not one.records:
        return
    one.gone = tuple(dict.fromkeys(row for mapping in mappings for row in unseen(mapping, answered)))
    rows = {_words(row): row for row in one.gone}
    for place in one.unmapped.values():
        place.near = _nearest(_words(place.pointer), rows) or _nearest(place.asked, rows)


def _nearest(asked: str, rows: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(asked.casefold(), rows, n=1, cutoff=0.6)
    return rows[near[0]] if near else ""


def _words(pointer: str) -> str:
    """The last name of a pointer that is more than a part of an answer."""
    names = [name for name in pointer.split("/") if name not in ("", "*", "answer_text", "answer", "selections")]
    return names[-1].replace("_", " ").replace("~1", "/").replace("~0", "~").casefold() if names else ""


def _midnight(ms: int) -> int:
    """The beginning of that day in London, ms UTC."""
    day = datetime.fromtimestamp(ms / 1_000, UTC).astimezone(LONDON)
    return int(day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1_000)
