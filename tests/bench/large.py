"""A large store made at once: `python -m tests.bench.large 1000000 FOLDER` makes one and keeps it for `--large FOLDER`.

The decisions are spread over three years, each of a request of its own; two requests are about each child. What is
written for each is what the gateway wrote about four requests that it was sent: shared whole, shared trimmed, held, and
sent to the front door. The product's own writer writes it and its own sealer seals it. What people wrote, as sent and
as filed, is left out: no page and no report of the log opens it. The newest holds still wait; all others have ended.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx2
import orjson
from sqlalchemy import Connection, select

from contracts.decision import VOCABULARY
from gateway.doors.api import create_app
from gateway.flows.decisions.tokens import name_token
from gateway.flows.gateway import Gateway
from gateway.main import build, load_checked
from gateway.record.canonical import canonical
from gateway.record.entries import ABOUT, make_entry
from gateway.settings import Settings
from gateway.store.chance import new_id
from gateway.store.evidence import entry_of
from gateway.store.sealer import record_entry
from gateway.store.tables import ALARM, ATTEMPT, CLOCK, DECISION, DELIVERY, LOOKUP, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.bench.deciding import KINDS
from tests.bench.family import referral
from tests.bench.processes import ROOT
from tests.bench.stand import COUNCIL, TOKEN, Stand

YEARS: Final = 3
BORN: Final = date(2015, 3, 14)
WAITING: Final = 100
"""The newest decisions among which a hold still waits."""
_TOGETHER: Final = 1_000
_YEAR: Final = 365 * 86_400_000
_OFTEN: Final = (6, 2, 1, 1)
"""How often each kind of request comes."""
_MADE: Final = "large.json"


@dataclass(frozen=True, slots=True)
class Large:
    """A store that is there. n: decisions in it, not counting the four; began: the instant of the oldest, ms UTC."""

    folder: Path
    url: str
    n: int
    began: int

    @property
    def settings(self) -> Settings:
        """To open it with."""
        return _settings(self.folder, self.url)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the gateway wrote about one request: rows by their tables, and the sections of the decision's entry."""

    rows: Mapping[str, Mapping[str, Any]]
    sections: Mapping[str, object]
    facts: Mapping[str, str]


@dataclass(slots=True)
class _Maker:
    gateway: Gateway
    kinds: tuple[_Kind, ...]
    n: int
    now: int
    chance: random.Random = field(default_factory=lambda: random.Random(25))

    @property
    def hubs(self) -> tuple[str, ...]:
        """Where anything but a contact with the front door goes."""
        council = self.gateway.council(COUNCIL)
        return tuple(sorted(council.hubs.keys() - {council.front_door}))

    def write(self, tx: Tx, first: int, last: int) -> None:
        """These decisions, number 0 being the oldest."""
        for number in range(first, last):
            (kind,) = self.chance.choices(self.kinds, _OFTEN)
            self._one(tx, kind, number, self.now - (self.n - 1 - number) * (YEARS * _YEAR // self.n))

    def _one(self, tx: Tx, kind: _Kind, number: int, at: int) -> None:
        own, facts = identity("referral", number), self._facts(kind)
        entry = make_entry(new_id(), COUNCIL, "decision.machine", at, kind.sections, self.gateway.salt, own)
        ids = {"referral": own, "at": at}
        sender = {"sender": self.chance.choice(("invented_academy", "social_care"))}
        # What was sent is not here, as after its disposal.
        own_row = {"id": own, "filed": "", "at": at, "request_gone": at, "supersedes": None}
        tx.insert(REFERRAL, kind.rows["referral"] | sender | own_row)
        token = name_token(self.gateway.keys[COUNCIL], name_of(number // 2), BORN)
        tx.insert(LOOKUP, {"council": COUNCIL, "token": token, "referral": own, "kind": "name_and_birth"})
        decided = kind.rows["decision"] | sender | ids | facts
        decided |= {"id": identity("decision", number), "entry": entry.rid}
        if decided["delivery"] is not None:
            decided |= {"hub": self.chance.choice(self.hubs)} if decided["outcome"] != "divert" else {}
            decided["delivery"] = identity("delivery", number)
            self._sent(tx, kind, decided["delivery"], decided["hub"], ids)
        else:
            open_still = number >= self.n - WAITING
            decided["state"] = "open" if open_still else "closed"
            self._held(tx, kind, decided["id"], ids, open_still)
        tx.insert(DECISION, decided)
        record_entry(tx, entry)

    def _facts(self, kind: _Kind) -> dict[str, str]:
        chosen = {
            "agreement": self.chance.choice(VOCABULARY["agreement"]),
            "human": "recorded" if self.chance.random() < 0.02 else "none",
            "protect": "address" if self.chance.random() < 0.02 else "none",
        }
        return chosen | {"facts": canonical({**kind.facts, **chosen}).decode()}

    def _sent(self, tx: Tx, kind: _Kind, delivery: str, hub: str, ids: Mapping[str, Any]) -> None:
        ended = ids["at"] + 2_000
        lane = f"{COUNCIL}/{hub}/{ids['referral']}"
        sent = {"id": delivery, "lane": lane, "state": "delivered", "attempts": 1, "payload": "", "ended_at": ended}
        tx.insert(DELIVERY, kind.rows["delivery"] | ids | sent | {"hub": hub})
        tried = {"council": COUNCIL, "delivery": delivery, "fence": 1, "n": 1, "started_at": ids["at"] + 1_000}
        tx.insert(ATTEMPT, tried | {"ended_at": ended, "result": "delivered", "status": 201, "why": "", "entry": ""})

    def _held(self, tx: Tx, kind: _Kind, decision: str, ids: Mapping[str, Any], open_still: bool) -> None:
        """A hold, and the telling of it: of those that ended both stay where they are."""
        at, hour = ids["at"], 3_600_000
        clock = kind.rows["clock"] | {"id": identity("clock", int(decision[-16:], 16)), "referral": ids["referral"]}
        clock |= {"decision": decision, "started_at": at, "due_at": at + 8 * hour, "next_at": at + 8 * hour}
        if not open_still:
            clock |= {"state": "stopped", "ended_at": at + hour, "ended_by": "ruth.lane", "why": "decided"}
        tx.insert(CLOCK, clock)
        told = {name: clock[name] for name in ("council", "referral", "kind", "delivery")}
        rang = {"id": new_id(), "role": "hub_duty", "why": "due", "interrupts": 0, "entry": ""}
        tx.insert(ALARM, told | rang | {"at": at + hour, "tell_at": at + hour})


def make(folder: Path, n: int, say: Callable[[str], None], url: str = "") -> Large:
    """`n` decisions of one council in a new store. url: where, if that is not a file in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    url, now = url or f"sqlite:///{folder / 'store.db'}", time.time_ns() // 1_000_000
    with build(_settings(folder, url), load_checked(ROOT / "mappings")) as gateway:
        maker = _Maker(gateway, asyncio.run(_kinds(gateway)), n, now)
        for first in range(0, n, _TOGETHER):
            last = min(n, first + _TOGETHER)
            gateway.writer.run(Write(partial(maker.write, first=first, last=last)))
            say(f"making a store of {n:,} decisions: {last:,}")
        gateway.writer.run(gateway.sealer.seal_now())
    made = Large(folder, url, n, now - YEARS * _YEAR)
    (folder / _MADE).write_bytes(orjson.dumps({"url": url, "n": n, "began": made.began}))
    return made


def made_before(folder: Path) -> Large:
    """What `make` left there."""
    return Large(folder, **orjson.loads((folder / _MADE).read_bytes()))


def large_of(stand: Stand) -> Large:
    """The large store of this run: the one that was given, or one that is made now and kept for the next measure."""
    folder = Path(stand.scale.large) if stand.scale.large else stand.folder / "large"
    return made_before(folder) if (folder / _MADE).exists() else make(folder, stand.scale.entries, stand.say)


def identity(kind: str, number: int) -> str:
    """The id of one of the rows of a decision."""
    return f"{kind.encode().hex():0<16}{number:016x}"[-32:]


def name_of(child: int) -> str:
    """The name by which a child is found, who is born on `BORN`."""
    return f"child {child} nightingale"


def _settings(folder: Path, url: str) -> Settings:
    return Settings(store=url, keys=folder / "keys", secrets=folder / "secrets", demo=True)


async def _kinds(gateway: Gateway) -> tuple[_Kind, ...]:
    transport, found = httpx2.ASGITransport(create_app(gateway)), []
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for place, changes in enumerate(KINDS):
            source = {"system": "canonical", "record_id": f"{place:012d}"}
            headers = {"authorization": f"Bearer {TOKEN}", "idempotency-key": f"kind-{place}"}
            answer = await client.post("/v1/referrals", json=referral() | changes | {"source": source}, headers=headers)
            if answer.status_code != 202:
                raise ValueError(f"a request was not taken: {answer.status_code}")
            reference = answer.json()["receipts"][0]["referral"]
            found.append(await gateway.store.ask(COUNCIL, lambda connection, of=reference: _kind(connection, of)))
    return tuple(found)


def _kind(connection: Connection, of: str) -> _Kind:
    rows: dict[str, Mapping[str, Any]] = {
        "referral": connection.execute(select(REFERRAL).where(REFERRAL.c.id == of)).mappings().one()
    }
    for table in (DECISION, DELIVERY, CLOCK):
        asked = select(table).where(table.c.referral == of)
        asked = asked.where(CLOCK.c.kind.startswith("hold:")) if table is CLOCK else asked
        row = connection.execute(asked.limit(1)).mappings().first()
        if row is not None:
            rows[table.name] = row
    plain = {name: {key: row[key] for key in row if key != "seq"} for name, row in rows.items()}
    entry = entry_of(connection, COUNCIL, plain["decision"]["entry"])
    assert entry is not None, "a decision has its entry"
    sections = {part.name: orjson.loads(part.value) for part in entry.sections if part.name != ABOUT and part.value}
    return _Kind(plain, sections, orjson.loads(plain["decision"]["facts"]))


def main() -> None:
    """Make one, and say how long that took."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.large", description=__doc__)
    parser.add_argument("n", type=int, help="decisions")
    parser.add_argument("folder", type=Path, help="a new folder for its store and keys")
    parser.add_argument("--store", default="", help="a PostgreSQL database of its own, in place of a file")
    asked, began = parser.parse_args(), time.monotonic()
    make(asked.folder, asked.n, lambda words: _say(f"\r{words}"), asked.store)
    _say(f"\nmade in {time.monotonic() - began:,.0f} s\n")


def _say(words: str) -> None:
    sys.stderr.write(words)
    sys.stderr.flush()


if __name__ == "__main__":
    main()
