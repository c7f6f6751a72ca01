"""P25: how long the pages of the sharing log take with many decisions in the store, at the 95th percentile.

Whole requests, from the session's cookie to the written page, one after another in one process and with no network.
The clock of the machine counts; where others use the machine too, the processor time beside it says more.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from statistics import quantiles
from typing import Final

import httpx2

from gateway.doors.api import create_app
from gateway.flows.gateway import Gateway
from gateway.main import build, load_checked
from tests.bench.goals import GOALS, Measured
from tests.bench.large import BORN, YEARS, Large, identity, large_of, name_of
from tests.bench.processes import ROOT
from tests.bench.stand import COUNCIL, Stand

GOAL_MS: Final = 150
ASKED: Final = 40
"""Requests of each kind."""
_CSRF: Final = re.compile(r'name="csrf" value="([0-9a-f]+)"')

Get = Callable[[int], Awaitable[httpx2.Response]]


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of one request: by the clock, and of the processor."""

    clock: float
    processor: float


def measure(stand: Stand) -> list[Measured]:
    """Every kind of page on one large store."""
    large = large_of(stand)
    stand.say(f"looking at {large.n:,} decisions")
    lines = []
    for name, times in asyncio.run(look(large, ASKED)).items():
        late, worked = (
            quantiles(each, n=20)[-1] for each in zip(*((t.clock, t.processor) for t in times), strict=True)
        )
        note = f"{large.n:,} decisions over {YEARS} years, {ASKED} requests; processor time {worked:,.0f} ms at p95."
        lines.append(Measured(GOALS[name], f"{late:,.0f} ms", f"{GOAL_MS} ms", (late / GOAL_MS,), note))
    return lines


async def look(large: Large, asked: int) -> dict[str, list[Took]]:
    """Goal → what each request took."""
    with build(large.settings, load_checked(ROOT / "mappings")) as gateway:
        transport = httpx2.ASGITransport(create_app(gateway))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=120) as client:
            csrf = await _sign_in(client, gateway)
            return {
                name: [await _timed(get, turn) for turn in range(asked)] for name, get in _kinds(client, csrf, large.n)
            }


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
    chance, year, places = random.Random(25), time.gmtime().tm_year - 1, count()
    year_ago, ever = f"from-day=1&from-month=12&from-year={year}", f"from-day=1&from-month=1&from-year={year - YEARS}"
    filters = (
        "outcome=hold",
        f"agreement=disputed&{year_ago}",
        f"rule=G-511&hub=locality_west&{year_ago}",
        f"human=yes&protect=any&{ever}",
        f"outcome=hold&order=oldest&{ever}",
    )
    # Nothing answers to these: all that may be looked at is looked at.
    nothing = (f"outcome=refuse&{year_ago}", f"rule=M-999&protect=sealed&{ever}", f"rule=M-999&order=oldest&{ever}")

    async def start(turn: int) -> httpx2.Response:
        return await client.get("/")

    async def log(turn: int) -> httpx2.Response:
        return await client.get("/log")

    async def filtered(turn: int) -> httpx2.Response:
        return await client.get(f"/log?{filters[turn % len(filters)]}")

    async def in_vain(turn: int) -> httpx2.Response:
        return await client.get(f"/log?{nothing[turn % len(nothing)]}")

    async def decision(turn: int) -> httpx2.Response:
        return await client.get(f"/log/{identity('decision', chance.randrange(n))}")

    async def child(turn: int) -> httpx2.Response:
        # Each child once: who has looked at one is told of too, and would grow with the looking.
        form = {
            "csrf": csrf,
            "name": name_of(next(places) * 7919 % (n // 2)),
            "purpose": "An audit sample for November",
        }
        born = {"born-day": str(BORN.day), "born-month": str(BORN.month), "born-year": str(BORN.year)}
        page = await client.post("/children", data=form | born)
        token = re.search(r'action="(/children/[0-9a-f]+)"', page.text)
        if token is None:
            raise ValueError("a child who is there was not found")
        return await client.post(token.group(1), data={"csrf": csrf, "purpose": form["purpose"]})

    yield from (("P25", log), ("P25 filter", filtered), ("P25 nothing", in_vain), ("P25 decision", decision))
    yield from (("P25 child", child), ("P25 home", start))


async def _timed(get: Get, turn: int) -> Took:
    began, worked = time.perf_counter(), time.process_time()
    page = await get(turn)
    if page.status_code != 200:
        raise ValueError(f"a page answered {page.status_code}")
    return Took((time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000)
