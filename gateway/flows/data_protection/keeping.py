"""What is due to go and who holds it, as the record and the council's schedule say.

Holds, lists and disposals are entries of the record; there is no table of them. Each kind of record has its time: the
`request` (as it came, as it was filed, what went to hubs), the `decision` (the opened sections of its entries),
`access` (who read it), `rights` (what somebody asked of their rights, once that has ended, with all that was decided
about the pack), a `report` as it was made, and a `sample` with what its reviewers answered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from contracts.retention import Formula, Held, Known, due, may_go, run_out, youngest_of
from gateway.config.retention import Schedule
from gateway.flows.decisions.filed import read_filed
from gateway.flows.entry import sections_of
from gateway.flows.gateway import Gateway
from gateway.flows.reports.pieces import READY
from gateway.flows.reports.sample import NAME as DRAWN
from gateway.path.calendar import LONDON, day_of, start_of
from gateway.path.rights import KINDS
from gateway.store import content, expiring, register, retained, shelved
from gateway.store.retained import Store
from gateway.store.tables import REFERRAL

HELD: Final = "retention.held"
RELEASED: Final = "retention.released"
PROPOSED: Final = "disposal.proposed"
DONE: Final = "disposal.done"
CONFIRMED: Final = "disposal.confirmed"
RECORDS: Final = ("request", "decision", "access")
"""Kinds of record that a request for help has."""
RIGHTS: Final = "rights"
REPORT: Final = "report"
SAMPLE: Final = "sample"
EVERY: Final = (*RECORDS, RIGHTS, REPORT, SAMPLE)
"""Every kind of record that is listed, held and disposed of by people."""
CLOSING: Final = ("advice_given", "single_agency", "no_further_action", "declined", "contact_recorded_only")
"""Outcomes after which a hub does nothing more."""


@dataclass(frozen=True, slots=True)
class Item:
    """One record: the day it is due, under which formula and code, and who holds it.

    referral  id of the request for help, of the request of a right, or of the report
    """

    referral: str
    record: str
    due: date
    formula: str
    code: str
    held: tuple[Held, ...] = ()
    test: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What the record says of retention so far.

    holds  (referral, record) → id → hold     gone  (referral, record) → when it was disposed of, ms UTC
    known  referral → the youngest child's day, kept when the request went
    """

    holds: Mapping[tuple[str, str], Mapping[str, Held]]
    gone: Mapping[tuple[str, str], int]
    known: Mapping[str, date]


def state(store: Store, council: str, these: Collection[str]) -> State:
    """Holds and disposals of these referrals, folded from their entries."""
    holds: dict[tuple[str, str], dict[str, Held]] = {}
    gone, known = dict[tuple[str, str], int](), dict[str, date]()
    for row in retained.entries(store, council, (HELD, RELEASED, DONE), these=these):
        said = sections_of(store, council, row.rid)
        told = said.get("retention" if row.type != DONE else "disposal", {})
        place = (row.referral, str(told.get("record", "")))
        if row.type == HELD:
            held = Held(told["reason"], told["by"], date.fromisoformat(told["review"]))
            holds.setdefault(place, {})[row.rid] = held
        elif row.type == RELEASED:
            holds.get(place, {}).pop(told["hold"], None)
        else:
            gone[place] = row.ts
            if born := said.get("known", {}).get("born"):
                known[row.referral] = date.fromisoformat(born)
    return State(holds, gone, known)


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a council's referrals, by id. `people`: those held for a person; `closings` and `reads` in ms UTC.

    asked  those about somebody whose request of their rights is open: nothing of them goes meanwhile
    """

    schedule: Schedule
    standing: State
    people: frozenset[str]
    closings: Mapping[str, int]
    reads: Mapping[str, int]
    asked: Mapping[str, tuple[Held, ...]]

    def known(self, row: Any, record: str, born: date | None) -> Known | None:
        """What is known of one record; None where there is none, or none any more."""
        since, read = self.standing.gone.get((row.id, record)), self.reads.get(row.id)
        event = read if record == "access" else row.at
        if event is None or (since is not None and (record != "access" or event <= since)):
            return None
        if record == "request" and row.here is None:
            return None
        return Known(born, _day(self.closings.get(row.id)), _day(event), _day(row.ended or row.at))

    def after(self, row: Any, record: str) -> Formula | None:
        """The formula of a kind of record: a request that was held for a person has its own."""
        return self.schedule.after.get("held_request" if record == "request" and row.id in self.people else record)

    def item(
        self, row: Any, record: str, known: Known, today: date, *, held: bool, also: tuple[Held, ...] = ()
    ) -> Item | None:
        """It, if it is due. also: what holds it besides."""
        formula = self.after(row, record)
        holds = (
            *self.schedule.holds.get(record, ()),
            *self.standing.holds.get((row.id, record), {}).values(),
            *self.asked.get(row.id, ()),
            *also,
        )
        day = due(formula, known) if formula is not None else None
        if formula is None or day is None or not may_go(formula, known, () if held else holds, today):
            return None
        code = self.schedule.codes.get(record, "proposed")
        return Item(row.id, record, day, str(formula), code, holds, record in RECORDS and bool(row.test))


def due_now(gateway: Gateway, store: Store, council: str, today: date, *, held: bool = False) -> list[Item]:
    """What is due on a day and, with `held`, what would be if nobody held it. The first due first.

    It grows with what is due, with what is open, with what people asked of their rights, and with reports. Under a
    formula of DOB it reads besides each request whose youngest child was born in the year that is due. Of what is gone
    or not due it passes over rows of an index, and reads nothing: under CASE_CLOSED those of cases closed so long ago,
    under EVENT for decisions those that came so long ago, for `access` those that somebody looked at again.
    """
    found = due_of(gateway, store, council, today, expired(gateway, store, council, today), held=held)
    found += due_besides(gateway, store, council, today, held=held)
    return sorted(found, key=lambda item: (item.due, item.referral, item.record))


def due_besides(gateway: Gateway, store: Store, council: str, today: date, *, held: bool = False) -> list[Item]:
    """What people asked of their rights, reports and samples that are due. It grows with how many are kept."""
    ended, made = register.ended(store, council), shelved.kept(store, council, READY)
    standing = state(store, council, [row.id for row in (*ended, *made)])
    facts = Facts(gateway.catalogue.schedules[council], standing, frozenset(), {}, {}, {})
    kept = [(row, RIGHTS, row.ended_at) for row in ended]
    kept += [(row, SAMPLE if row.name == DRAWN else REPORT, row.event) for row in made]
    items = (facts.item(row, record, Known(event=_day(at)), today, held=held) for row, record, at in kept)
    return [item for item in items if item is not None]


def due_of(
    gateway: Gateway, store: Store, council: str, today: date, these: Collection[str], *, held: bool = False
) -> list[Item]:
    """The same of these requests for help alone, in no order. It grows with their number and with what is open."""
    needed = retained.needed(store, council)
    these = these if held else [one for one in these if one not in needed]
    facts = Facts(
        gateway.catalogue.schedules[council],
        state(store, council, these),
        retained.decided_by_people(store, council, these),
        retained.closed(store, council, CLOSING, these),
        retained.last_read(store, council, these),
        {one: tuple(map(_asked, rows)) for one, rows in register.keeping(store, council).items()},
    )
    items = list[Item]()
    for row in retained.referrals(store, council, these):
        also = (Held(_STILL_OPEN, "the gateway", today),) if row.id in needed else ()
        runs = {formula.trigger for record in RECORDS if (formula := facts.after(row, record)) is not None}
        born = born_of(store, council, row, facts.standing.known) if "DOB" in runs else None
        for record in RECORDS:
            known = facts.known(row, record, born)
            item = facts.item(row, record, known, today, held=held, also=also) if known is not None else None
            items += [item] if item is not None else []
    return items


def expired(gateway: Gateway, store: Store, council: str, today: date) -> frozenset[str]:
    """Requests for help of which something may be due on a day, as their rows say: all that are, and a few more."""
    after, found = gateway.catalogue.schedules[council].after, set[str]()
    for name in ("request", "held_request", "decision", "access"):
        formula = after.get(name)
        last = run_out(formula, today) if formula is not None else None
        if formula is None or last is None:
            continue
        until, record = start_of(last + timedelta(days=1)), name.removeprefix("held_")
        if record == "access":
            # Only who looked has such a record; when that counts from is known of few, and asked of each.
            found |= expiring.looked(store, council, until if formula.trigger == "EVENT" else None)
        elif formula.trigger == "DOB":
            found |= expiring.born(store, council, record, last.year)
        elif formula.trigger == "CASE_CLOSED":
            found |= expiring.closed(store, council, record, CLOSING, until)
        else:
            # A message never ends before its request came.
            found |= expiring.came(store, council, record, until)
    return frozenset(found)


_STILL_OPEN: Final = "A message, a hold or a task about it is still open."


def _asked(row: Any) -> Held:
    return Held(f"A request is open: {KINDS[row.kind].title.lower()}.", row.by, day_of(row.due_at))


def is_here(store: Store, council: str, one: str, record: str) -> bool:
    """Whether there is a record of this kind, or was one."""
    if record in (REPORT, SAMPLE):
        return shelved.is_here(store, council, one)
    if record == RIGHTS:
        return register.one(store, council, one) is not None
    asked = REFERRAL.select().where(REFERRAL.c.council == council, REFERRAL.c.id == one)
    return record in RECORDS and store.execute(asked).first() is not None


def disposals(store: Store, council: str) -> frozenset[tuple[str, str]]:
    """(rid, section) of everything that the record says was disposed of."""
    found = set[tuple[str, str]]()
    for row in retained.entries(store, council, (DONE,)):
        said = sections_of(store, council, row.rid).get("disposal", {})
        found |= {(rid, name) for rid, names in said.get("sections", {}).items() for name in names}
    return frozenset(found)


def born_of(store: Store, council: str, row: Any, known: Mapping[str, date]) -> date | None:
    """The youngest child's day: from the request, or from what was kept when that went."""
    if row.here is None:
        return known.get(row.id)
    body = content.get(store, council, row.filed)
    if body is None:
        return None
    return youngest_of(read_filed(body)[0])


def today_of(gateway: Gateway) -> date:
    """The day it is in London."""
    return datetime.fromtimestamp(gateway.now() / 1000, UTC).astimezone(LONDON).date()


def _day(ms: int | None) -> date | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).astimezone(LONDON).date()
