"""P25: how long the pages of the sharing log take with many decisions in the store, at the 95th percentile.

Whole requests, from the session's cookie to the written page, one after another in one process and with no network. The
decisions are spread over three years, each of a request of its own; two requests are about each child.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

import httpx2
from sqlalchemy import Table

from contracts.decision import VOCABULARY, Outcome
from contracts.evidence import Entry
from gateway.doors.api import create_app
from gateway.flows.gateway import Gateway
from gateway.flows.tokens import name_token
from gateway.main import build, load_checked
from gateway.record.canonical import canonical
from gateway.record.entries import make_entry
from gateway.settings import Settings
from gateway.store.chance import new_id, salt
from gateway.store.columns import Text
from gateway.store.engine import open_engine
from gateway.store.keys import CouncilKeys, load_keys
from gateway.store.sealer import record_entry
from gateway.store.tables import DECISION, DELIVERY, LOOKUP, REFERRAL, SUBMISSION
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.bench.deciding import decisions, policy
from tests.bench.goals import GOALS, Measured
from tests.bench.processes import ROOT
from tests.bench.stand import COUNCIL, Stand
from tests.bench.written import open_store

GOAL_MS: Final = 150
ASKED: Final = 40
"""Requests of each kind."""
YEARS: Final = 3
READ: Final = 1_000
"""The newest decisions, which have their entries: those whose pages are asked for."""
_YEAR: Final = 365 * 86_400_000
_BORN: Final = date(2015, 3, 14)
_CSRF: Final = re.compile(r'name="csrf" value="([0-9a-f]+)"')

Get = Callable[[int], Awaitable[httpx2.Response]]


def measure(stand: Stand) -> list[Measured]:
    """Every kind of page on one large store."""
    n = stand.scale.entries
    found = asyncio.run(look(stand.new("looking"), n, ASKED, stand.say))
    note = f"{n:,} decisions over {YEARS} years; {ASKED} requests of each kind, one after another."
    lines = []
    for name, times in found.items():
        late = quantiles(times, n=20)[-1]
        lines.append(Measured(GOALS[name], f"{late:,.0f} ms", f"{GOAL_MS} ms", (late / GOAL_MS,), note))
        note = ""
    return lines


async def look(folder: Path, n: int, asked: int, say: Callable[[str], None]) -> dict[str, list[float]]:
    """Goal → milliseconds of each request."""
    settings = Settings(
        store=f"sqlite:///{folder / 'store.db'}", keys=folder / "keys", secrets=folder / "secrets", demo=True
    )
    say(f"making {n:,} decisions")
    open_engine(settings.store, demo=True).close()
    keys = load_keys(settings.keys, [COUNCIL], settings.origin, create=True)[COUNCIL]
    entries = fill(folder / "store.db", n, time.time_ns() // 1_000_000, keys)
    with build(settings, load_checked(ROOT / "mappings")) as gateway:
        await gateway.writer.submit(Write(partial(_record, entries)))
        transport = httpx2.ASGITransport(create_app(gateway))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=120) as client:
            csrf = await _sign_in(client, gateway)
            return {name: [await _timed(get, turn) for turn in range(asked)] for name, get in _kinds(client, csrf, n)}


async def _sign_in(client: httpx2.AsyncClient, gateway: Gateway) -> str:
    """As the council's IG lead. Answers what its forms carry."""
    council = gateway.council(COUNCIL)
    who = {"council": COUNCIL, "role": "ig_lead", "name": council.roles["ig_lead"].people[0]}
    await client.post("/sign-in/demo", data=who)
    page = await client.get("/log")
    found = _CSRF.search(page.text)
    if found is None:
        raise ValueError(f"nobody could sign in: {page.status_code}")
    return found.group(1)


def _kinds(client: httpx2.AsyncClient, csrf: str, n: int) -> Iterator[tuple[str, Get]]:
    chance, year = random.Random(25), time.gmtime().tm_year - 1
    year_ago = f"from-day=1&from-month=12&from-year={year}"
    filters = ("outcome=hold", f"agreement=disputed&{year_ago}", f"rule=G-503&hub=locality_west&{year_ago}")

    async def log(turn: int) -> httpx2.Response:
        return await client.get("/log")

    async def filtered(turn: int) -> httpx2.Response:
        return await client.get(f"/log?{filters[turn % len(filters)]}")

    async def decision(turn: int) -> httpx2.Response:
        return await client.get(f"/log/{_id('decision', chance.randrange(n))}")

    async def child(turn: int) -> httpx2.Response:
        form = {"csrf": csrf, "name": f"child {turn} nightingale", "purpose": "An audit sample for November"}
        born = {"born-day": str(_BORN.day), "born-month": str(_BORN.month), "born-year": str(_BORN.year)}
        page = await client.post("/children", data=form | born)
        token = re.search(r'action="(/children/[0-9a-f]+)"', page.text)
        if token is None:
            raise ValueError("a child who is there was not found")
        return await client.post(token.group(1), data={"csrf": csrf, "purpose": form["purpose"]})

    yield from (("P25", log), ("P25 filter", filtered), ("P25 decision", decision), ("P25 child", child))


async def _timed(get: Get, turn: int) -> float:
    began = time.perf_counter()
    page = await get(turn)
    if page.status_code != 200:
        raise ValueError(f"a page answered {page.status_code}")
    return (time.perf_counter() - began) * 1000


# The store -----------------------------------------------------------------------------------------------------------


def fill(store: Path, n: int, now: int, keys: CouncilKeys) -> list[Entry]:
    """`n` requests of one council, each decided, half of them sent. Answers the entries of the newest."""
    chance, rows = random.Random(25), _Rows()
    given, words = dict(decisions()[0].facts.values), policy().digest
    rows.of(SUBMISSION, {"id": "s", "council": COUNCIL, "answer": b"{}", "raw": None})
    with closing(open_store(store)) as connection:
        connection.execute("BEGIN")
        for number in range(n):
            at = now - number * (YEARS * _YEAR // n)
            _request(rows, keys, chance, (given, words), number, at)
            if number % 5_000 == 4_999:
                rows.write(connection)
                connection.execute("COMMIT")
                connection.execute("BEGIN")
        rows.write(connection)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
    return rows.entries


def _record(entries: list[Entry], tx: Tx) -> None:
    for entry in entries:
        record_entry(tx, entry)


def _request(
    rows: _Rows,
    keys: CouncilKeys,
    chance: random.Random,
    decided_by: tuple[Mapping[str, str], str],
    number: int,
    at: int,
) -> None:
    given, words = decided_by
    own, delivery = _id("referral", number), _id("delivery", number)
    outcome, agreement = chance.choice(list(Outcome)), chance.choice(VOCABULARY["agreement"])
    facts = {**given, "agreement": agreement, "protect": chance.choice(VOCABULARY["protect"][:2])}
    sent, sections = outcome.sends, {"outcome": {"code": str(outcome), "sent_groups": []}}
    entry = make_entry(new_id(), COUNCIL, "decision.machine", at, sections, salt, own)
    common = {"council": COUNCIL, "referral": own, "hub": chance.choice(("locality_west", "locality_east")), "at": at}
    sender = {"sender": chance.choice(("invented_academy", "social_care")), "submission": "s"}
    rows.of(REFERRAL, common | sender | {"id": own, "test": 0, "supersedes": None})
    if number < READ:
        rows.entries.append(entry)
    if sent:
        rows.of(DELIVERY, common | {"id": delivery, "state": "delivered", "kind": "referral", "ended_at": at})
    token = name_token(keys, f"child {number // 2} nightingale", _BORN)
    rows.of(LOOKUP, common | {"token": token, "kind": "name_and_birth"})
    decided = {
        "id": _id("decision", number),
        "outcome": str(outcome),
        "state": "promised" if sent else "open",
        "deciding": chance.choice(("G-502", "G-503", "G-506,G-508", "M-604")),
        "facts": canonical(facts).decode(),
        "policy": words,
        "delivery": delivery if sent else None,
        "entry": entry.rid,
        "by": "machine",
        "valid_until": None,
    }
    rows.of(DECISION, common | decided)


class _Rows:
    """Rows that wait to be written, each as its table takes it, in the order in which tables need each other."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[dict[str, Any]]] = {}
        self.entries: list[Entry] = []

    def of(self, table: Table, row: Mapping[str, Any]) -> None:
        """One row; a column it does not say is empty, or 1."""
        columns = [one for one in table.columns if one.autoincrement is not True]
        whole = {one.name: row.get(one.name, _empty(one)) for one in columns}
        self.waiting.setdefault(table.name, []).append(whole)

    def write(self, connection: Any) -> None:
        """Write them all."""
        for table, rows in self.waiting.items():
            names, marks = ", ".join(f'"{one}"' for one in rows[0]), ", ".join(f":{one}" for one in rows[0])
            connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
        self.waiting = {}


def _empty(column: Any) -> object:
    if column.nullable:
        return None
    return "" if isinstance(column.type, Text) else 1


def _id(kind: str, number: int) -> str:
    return f"{kind.encode().hex():0<16}{number:016x}"[-32:]
