"""An outbox of invented promises, a judge that goes by the family's epoch, and ways to look at what became of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update

from contracts.council import Council
from contracts.delivery import HubClass
from gateway.demo.hub import StubHub
from gateway.flows.connections.destinations import Destinations
from gateway.flows.connections.outbound import WayOut
from gateway.flows.connections.transport import CheckedTransport
from gateway.flows.decisions.permit import Held, Permitted, Promised, Terms
from gateway.flows.delivery.claim import Claimed, claim
from gateway.flows.delivery.forward import Forwarder
from gateway.path.schedule import CURRENT
from gateway.store import content
from gateway.store.tables import ATTEMPT, DECISION, DELIVERY, ENTRY, LANE, PERMIT, REFERRAL, SUBMISSION
from gateway.store.transaction import Tx
from gateway.store.writer import Write, Writer
from tests.builders import a_council, a_hub
from tests.conftest import Store

COUNCIL = "hull"
SECRET = "whsec_" + "c2VjcmV0" * 4
DEADLINE = 0.3
"""Seconds, where a hub is meant to be too slow."""
PATIENT = 10.0
"""Seconds, where a busy machine must not make it so."""


def inputs(epoch: int) -> str:
    """What was true at this epoch of the family's agreement."""
    return sha256(f"policy/1/{epoch}".encode()).hexdigest()


@dataclass
class EpochJudge:
    """Permits what was promised at the family's present epoch. Decided again, it holds, or does as `again` says."""

    again: Callable[[Tx, Promised], Permitted | Held] = lambda tx, promised: Held("agreement_withdrawn")
    asked_again: list[str] = field(default_factory=list)

    def inputs(self, tx: Tx, promised: Promised) -> str:
        return inputs(promised.epoch)

    def redecide(self, tx: Tx, promised: Promised) -> Permitted | Held:
        self.asked_again.append(promised.id)
        return self.again(tx, promised)


def council_with(hubs: dict[str, dict[str, Any]]) -> dict[str, Council]:
    """One council with these hubs: name → changes."""
    made = {name: a_hub(**{"name": name, "secrets": ("hull_hub",)} | changes) for name, changes in hubs.items()}
    return {COUNCIL: replace(a_council(name=COUNCIL), hubs=made)}


def terms_for(hubs: dict[str, dict[str, Any]], **changes: Any) -> Terms:
    """Terms of a worker for these hubs, with no jitter."""
    given = {
        "judge": EpochJudge(),
        "secret": {"hull_hub": SECRET}.__getitem__,
        "demo": True,
        "jitter": lambda: 0.0,
        "window": PATIENT,
    }
    return Terms(council_with(hubs), **given | changes)


def promise(
    store: Store, name: str, hub: str = "early_help", *, subject: str = "", referral: str = "", **changes: Any
) -> str:
    """Promise one delivery, as accepting a referral does. Returns its id."""
    body = json.dumps({"delivery": name, "surname": "Fernsby"}).encode()

    def work(tx: Tx) -> None:
        of = referral or f"r-{name}"
        if not referral:
            _accept(tx, of)
        row = {
            "id": name, "council": COUNCIL, "referral": of, "hub": hub, "kind": "referral", "urgent": 0,
            "lane": f"{COUNCIL}/{hub}/{subject or name}", "state": "due", "due_at": tx.now, "attempts": 0, "fence": 0,
            "schedule": CURRENT, "hub_class": HubClass.A, "rungs": 0, "lost": 0, "early": 0, "planned_at": None,
            "passed": 0, "lease_until": None, "payload": content.put(tx, COUNCIL, "payload", body),
            "digest": sha256(body).hexdigest(), "inputs": inputs(1), "why": "", "at": tx.now, "ended_at": None,
        }  # fmt: skip
        tx.insert(DELIVERY, row | changes)

    store.writer.run(Write(work))
    return name


def _accept(tx: Tx, referral: str) -> None:
    submission = {
        "id": f"s-{referral}", "council": COUNCIL, "sender": "school", "key": referral, "fingerprint": "f",
        "source": "canonical", "state": "accepted", "status": 202, "answer": b"{}", "raw": None, "test": 0,
        "at": tx.now,
    }  # fmt: skip
    tx.insert(SUBMISSION, submission)
    tx.insert(
        REFERRAL,
        {
            "id": referral, "council": COUNCIL, "sender": "school", "source": "canonical",
            "submission": f"s-{referral}", "version": 1, "epoch": 1, "filed": "", "facts_by_people": "",
            "purpose": "request", "test": 0, "at": tx.now,
        },
    )  # fmt: skip


def decide(store: Store, delivery: str, valid_until: int | None) -> None:
    """A promised decision behind a delivery, with the instant at which it stops being valid."""
    row = {
        "id": f"x-{delivery}", "council": COUNCIL, "referral": f"r-{delivery}", "version": 1, "subject": "child",
        "hub": "early_help", "purpose": "request", "outcome": "share", "state": "promised", "deciding": "", "flags": "",
        "facts": "{}", "policy": "p", "inputs": inputs(1), "valid_until": valid_until, "delivery": delivery,
        "entry": "e", "by": "machine", "at": 0, "test": 0, "sender": "school", "agreement": "", "human": "",
        "protect": "",
    }  # fmt: skip
    store.writer.run(Write(lambda tx: tx.insert(DECISION, row)))


def withdraw(store: Store, delivery: str) -> None:
    """The family withdraws: its epoch rises."""
    bump = update(REFERRAL).where(REFERRAL.c.id == f"r-{delivery}").values(epoch=REFERRAL.c.epoch + 1)
    store.writer.run(Write(lambda tx: tx.execute(bump) and None))


def change(store: Store, delivery: str, **values: Any) -> None:
    """Change a delivery's columns by hand: a lease that has run out, a time that has come."""
    statement = update(DELIVERY).where(DELIVERY.c.id == delivery).values(**values)
    store.writer.run(Write(lambda tx: tx.execute(statement) and None))


def rows(store: Store, table: Any, *where: Any) -> list[Any]:
    """Rows of a table as another connection sees them: only what is committed."""
    with store.opened.read(COUNCIL) as connection:
        asked = select(table).where(*where)
        return list(connection.execute(asked.order_by(table.c.seq) if "seq" in table.c else asked).all())


def delivery(store: Store, name: str) -> Any:
    return rows(store, DELIVERY, DELIVERY.c.id == name)[0]


def state(store: Store, name: str) -> tuple[str, str]:
    """State and why."""
    row = delivery(store, name)
    return row.state, row.why


def attempts(store: Store, name: str) -> list[tuple[str, str]]:
    """Result and why of each attempt, in order."""
    found = sorted(rows(store, ATTEMPT, ATTEMPT.c.delivery == name), key=lambda row: row.fence)
    return [(row.result, row.why) for row in found]


def permits(store: Store, name: str) -> list[Any]:
    return sorted(rows(store, PERMIT, PERMIT.c.delivery == name), key=lambda row: row.fence)


def entries(store: Store, name: str) -> list[str]:
    """Types of the record's entries about a promise, in order."""
    found = sorted(rows(store, ENTRY, ENTRY.c.referral == f"r-{name}"), key=lambda row: row.seq)
    return [row.type for row in found]


def lane(store: Store, hub: str = "early_help") -> Any:
    return rows(store, LANE, LANE.c.hub == hub)[0]


def claim_now(store: Store, terms: Terms) -> tuple[Claimed, ...]:
    """One claim by a worker that then does nothing."""
    return store.writer.run(Write(lambda tx: claim(tx, terms))).taken


def run(store: Store, stub: StubHub, *names: str, wanted: str = "delivered", **changes: Any) -> None:
    """Run a worker against one hub until these deliveries are in the state wanted."""

    async def go() -> None:
        hub = {name: changes.pop(name) for name in tuple(changes) if name in HUB_CHANGES}
        async with stub, forwarding(store, terms_for({"early_help": hub_at(stub, **hub)}, **changes)):
            await until(in_state(store, names, wanted))

    asyncio.run(go())


HUB_CHANGES = frozenset({"hub_class", "confirmed", "adapter", "in_flight", "secrets"})


@asynccontextmanager
async def a_way_out(deadline: float = PATIENT) -> AsyncIterator[WayOut]:
    transport = CheckedTransport(Destinations(demo=True))
    try:
        yield WayOut(transport, deadline, 0.02, demo=True, destinations=Destinations(demo=True))
    finally:
        await transport.aclose()


@asynccontextmanager
async def forwarding(
    store: Store, terms: Terms, writer: Writer | None = None, deadline: float = PATIENT, **changes: Any
) -> AsyncIterator[Forwarder]:
    """A worker that is running."""
    async with a_way_out(deadline) as way:
        worker = Forwarder(writer or store.writer, terms, way, **{"poll": 0.05, "grace": 1.0} | changes)
        running = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            await worker.stop()
            await running


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something is so. Fails when it does not become so."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


def in_state(store: Store, names: Iterable[str], wanted: str) -> Callable[[], bool]:
    return lambda: all(delivery(store, name).state == wanted for name in names)


def hub_at(stub: StubHub, hub_class: HubClass = HubClass.A, **changes: Any) -> dict[str, Any]:
    """A council's settings for a stub hub."""
    return {"url": stub.url, "hub_class": hub_class} | changes


def a_stub(*arguments: Any, **settings: Any) -> StubHub:
    return StubHub(*arguments, **{"secrets": (SECRET,), "delay": 1.0} | settings)
