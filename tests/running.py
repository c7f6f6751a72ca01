"""A whole gateway for tests: the demonstration's catalogue on a new store, its real writer, and the HTTP door to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest
from sqlalchemy import func, select, text

from gateway.config.catalogue import Catalogue
from gateway.demo.doors import Doors, on_stubs, stub_doors
from gateway.doors.api import create_app
from gateway.doors.serving import working
from gateway.flows.gateway import Gateway
from gateway.main import build, load_checked
from gateway.settings import Settings
from gateway.store.content import opened
from gateway.store.tables import CONTENT, METADATA
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.builders import a_child, a_mother, an_agreement

T = TypeVar("T")
ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "mappings" / "sources"
HULL = "demo-hull-school"
"""A school of Hull: canonical referrals and pupil exports."""
LEICESTER = "demo-leicester-ehm"
TOWER_HAMLETS = "demo-tower-hamlets-school"
FORMS = "demo-tower-hamlets-forms"
"""Tower Hamlets' own GOV.UK form."""
JSON = "application/json"
ZIP = "application/zip"


def a_hull_referral(**changes: Any) -> dict[str, Any]:
    """A request from Hull's invented academy: complete, agreed, and shared by Hull's rules."""
    document: dict[str, Any] = {
        "council": "hull",
        "purpose": "request",
        "source": {"system": "canonical", "record_id": "T-1"},
        "referrer": {
            "kind": "professional",
            "name": "Sam Okoro",
            "role": "Pastoral lead",
            "agency": "Invented Academy",
        },
        "family": {"locality": "West"},
        "people": [a_child(), a_mother()],
        "relationships": [{"person": "mother", "to": "child", "kind": "PAM", "parental_responsibility": True}],
        "harm": {"level": "none_declared"},
        "reason": "Maya is late most mornings and her mother asks for help with routines.",
        "needs": [{"code": "attendance", "whose": "child"}],
        "requested_services": [{"code": "hu_parenting_support"}],
        "agreements": [an_agreement(informed_of="What Early Help is, and that the Locality Hub will see this.")],
        "sharing_limits": [],
    }
    return document | changes


def as_bytes(document: object) -> bytes:
    """JSON as a sender would write it."""
    return json.dumps(document).encode()


@dataclass
class Door:
    """The HTTP door of one gateway, without a network between."""

    gateway: Gateway

    async def ask(
        self, method: str, path: str, *, key: str | None = HULL, headers: Mapping[str, str] | None = None, **how: Any
    ) -> httpx2.Response:
        """One request. `key` is the sender's, None for nobody."""
        sent = {"authorization": f"Bearer {key}"} if key is not None else {}
        transport = httpx2.ASGITransport(create_app(self.gateway), raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, headers={**sent, **(headers or {})}, **how)

    def get(self, path: str, **how: Any) -> httpx2.Response:
        """GET, and wait for the answer."""
        return asyncio.run(self.ask("GET", path, **how))

    def post(self, path: str, content: bytes = b"", **how: Any) -> httpx2.Response:
        """POST, and wait for the answer."""
        return asyncio.run(self.ask("POST", path, content=content, **how))

    def refer(self, document: object = None, *, once: str = "first", **how: Any) -> httpx2.Response:
        """POST one canonical referral under the idempotency key `once`: a source record of its own for each key."""
        content = document if isinstance(document, bytes) else as_bytes(document or a_hull_referral())
        if not isinstance(document, bytes):
            content = content.replace(b'"record_id": "T-1"', f'"record_id": "T-{once}"'.encode())
        headers = {"content-type": JSON, "idempotency-key": once} | dict(how.pop("headers", {}))
        return self.post("/v1/referrals", content, headers=headers, **how)

    def submit(self, source: str, content: bytes, *, kind: str, once: str = "first", **how: Any) -> httpx2.Response:
        """POST a source's own bytes."""
        headers = {"content-type": kind, "idempotency-key": once} | dict(how.pop("headers", {}))
        return self.post(f"/v1/submissions/{source}", content, headers=headers, **how)

    def accepted(self, document: object = None, **how: Any) -> str:
        """The id of one canonical referral that was accepted."""
        response = self.refer(document, **how)
        assert response.status_code == 202, response.text
        return str(response.json()["receipts"][0]["referral"])


def counts(gateway: Gateway) -> dict[str, int]:
    """How many rows each table holds, of every council."""
    return gateway.writer.run(
        Write(
            lambda tx: {
                table.name: int(tx.execute(select(func.count()).select_from(table)).scalar_one())
                for table in METADATA.sorted_tables
            }
        )
    )


def rows(gateway: Gateway, table: str) -> list[dict[str, Any]]:
    """Every row of one table, in the order in which they came where the table has one; what is sealed in it opened."""
    of = METADATA.tables[table]
    # PostgreSQL moves a row that is changed, and would answer in another order now and then.
    asked = select(of).order_by(of.c.seq) if "seq" in of.c else select(of)

    def work(tx: Tx) -> list[dict[str, Any]]:
        found = tx.execute(asked).all()
        return [row._asdict() | ({"body": opened(tx, row)} if table == CONTENT.name else {}) for row in found]

    return gateway.writer.run(Write(work))


@contextmanager
def running(catalogue: Catalogue, folder: Path, urls: tuple[str, str], **settings: object) -> Iterator[Gateway]:
    """A demonstration's gateway on a new store, without a worker."""
    given: dict[str, Any] = {
        "store": urls[0],
        "reader_store": urls[1],
        "keys": folder / "keys",
        "secrets": folder / "secrets",
        "demo": True,
        "poll": 0.02,
        "send_deadline": 2.0,
        **settings,
    }
    with build(Settings(**given), catalogue) as gateway:
        yield gateway


@asynccontextmanager
async def delivering(
    catalogue: Catalogue, folder: Path, urls: tuple[str, str], **settings: object
) -> AsyncIterator[tuple[Door, Doors]]:
    """A gateway with its worker, and a stub hub on loopback for each of its hubs."""
    async with stub_doors(catalogue, folder / "secrets") as doors:
        standing = on_stubs(catalogue, {name: stub.url for name, stub in doors.items()})
        with running(standing, folder, urls, **settings) as gateway:
            async with working(gateway, alone=True) as worked:
                yield Door(worked), doors


async def until(seen: Callable[[], T | Coroutine[Any, Any, T]], seconds: float = 10.0) -> T:
    """What `seen` answers, once it is true. Fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            found = seen()
            value = await found if asyncio.iscoroutine(found) else found
            if value:
                return value
            await asyncio.sleep(0.01)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """Everything under mappings/, loaded once."""
    return load_checked(ROOT / "mappings")


@pytest.fixture
def demo_urls(store_urls: tuple[str, str], request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Where a demonstration's new store may be opened: the writer's URL, and the reader's ("" on SQLite)."""
    if store_urls[0].startswith("sqlite"):
        yield store_urls
        return
    owner = request.getfixturevalue("postgresql_owner")
    owner.execute(_STAMP, {"kind": "demonstration"})
    yield store_urls
    owner.execute(_STAMP, {"kind": "live"})


@pytest.fixture
def gateway(catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]) -> Iterator[Gateway]:
    """A demonstration's gateway, once on SQLite and once on PostgreSQL."""
    with running(catalogue, tmp_path, demo_urls) as gateway:
        yield gateway


@pytest.fixture
def door(gateway: Gateway) -> Door:
    """Its HTTP door."""
    return Door(gateway)


on_sqlite = pytest.mark.parametrize("store_urls", ["sqlite"], indirect=True)
"""For what has nothing to do with the kind of store."""

_STAMP = text("UPDATE meta SET value = :kind WHERE name = 'kind'")
