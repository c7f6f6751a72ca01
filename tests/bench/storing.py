"""What a store grows by: rows and bytes of accepted and delivered referrals, on SQLite and on PostgreSQL.

`python -m tests.bench.storing 1000` prints one table for each. `docs/sizing.md` reckons with it. The referrals are the
bench's own, of three kilobytes, each about another child; every one is delivered, and the record is signed at the end.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from sqlalchemy import Connection, create_engine, make_url, text

from gateway.demo.doors import on_stubs, stub_doors
from gateway.doors.api import create_app
from gateway.doors.serving import working
from gateway.flows.gateway import Gateway
from gateway.main import load_checked
from gateway.store.engine import initialise
from gateway.store.postgresql import READER, WRITER
from gateway.store.tables import METADATA
from tests.bench import family
from tests.bench.scaling import make, server
from tests.bench.stand import TOKEN
from tests.running import ROOT, counts, running, until

CLIENTS = 16


@dataclass(frozen=True, slots=True)
class Size:
    """What a store holds: rows and bytes of each table, and bytes in all with what is not a table's."""

    rows: Mapping[str, int]
    tables: Mapping[str, int]
    whole: int
    log: int = 0


def of_sqlite(path: Path) -> Size:
    """The file's tables with their indexes, once the write-ahead log is written into it."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        whole = connection.scalar(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"))
        size = Size(_rows(connection), {}, int(whole or 0))
    engine.dispose()
    return size


def of_postgresql(owner: str) -> Size:
    """The tables with their indexes and what was moved out of line, and bytes of write-ahead log since the start."""
    engine = create_engine(make_url(owner).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        tables = {
            table.name: int(connection.scalar(text("SELECT pg_total_relation_size(:name)"), {"name": table.name}) or 0)
            for table in METADATA.sorted_tables
        }
        whole = connection.scalar(text("SELECT pg_database_size(current_database())"))
        log = connection.scalar(text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"))
        size = Size(_rows(connection), tables, int(whole or 0), int(log or 0))
    engine.dispose()
    return size


def _rows(connection: Connection) -> dict[str, int]:
    return {
        table.name: int(connection.scalar(text(f"SELECT count(*) FROM {table.name}")) or 0)
        for table in METADATA.sorted_tables
    }


async def fill(folder: Path, urls: tuple[str, str], first: int, n: int) -> None:
    """Have `n` referrals accepted, delivered and signed for."""
    catalogue = load_checked(ROOT / "mappings")
    async with stub_doors(catalogue, folder / "secrets") as doors:
        standing = on_stubs(catalogue, {name: stub.url for name, stub in doors.items()})
        with running(standing, folder, urls) as gateway:
            async with working(gateway, alone=True) as worked:
                await _send(worked, first, n)
                await until(lambda: _all_delivered(worked, first + n), 600)
                await asyncio.to_thread(worked.writer.run, worked.sealer.seal_now())


async def _send(gateway: Gateway, first: int, n: int) -> None:
    left = iter(range(first, first + n))
    transport = httpx2.ASGITransport(create_app(gateway))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:

        async def one_after_another() -> None:
            for number in left:
                headers = {
                    "authorization": f"Bearer {TOKEN}",
                    "content-type": "application/json",
                    "idempotency-key": str(number),
                }
                answer = await client.post("/v1/referrals", content=family.body(number), headers=headers)
                assert answer.status_code == 202, answer.text

        await asyncio.gather(*(one_after_another() for _ in range(CLIENTS)))


async def _all_delivered(gateway: Gateway, n: int) -> bool:
    await asyncio.sleep(0.5)
    return await asyncio.to_thread(lambda: counts(gateway)["attempt"]) >= n


def grown(folder: Path, urls: tuple[str, str], size: Callable[[], Size], n: int) -> tuple[Size, Size]:
    """The store with a few referrals, which is what every store has, and with `n` more."""
    asyncio.run(fill(folder, urls, 0, CLIENTS))
    before = size()
    asyncio.run(fill(folder, urls, CLIENTS, n))
    return before, size()


def told(name: str, before: Size, after: Size, n: int) -> Iterator[str]:
    """Lines for a person, for each referral."""
    yield f"{name}: {(after.whole - before.whole) / n:,.0f} bytes a referral, of {n:,} accepted and delivered"
    if after.log:
        yield f"  write-ahead log: {(after.log - before.log) / n:,.0f} bytes a referral"
    rows = {table: (count - before.rows[table]) / n for table, count in after.rows.items()}
    yield f"  rows: {sum(rows.values()):.2f} a referral"
    for table, count in sorted(rows.items(), key=lambda one: -one[1]):
        if count:
            held = (after.tables.get(table, 0) - before.tables.get(table, 0)) / n
            yield f"  {table:<12} {count:6.2f} rows" + (f" {held:8,.0f} bytes" if after.tables else "")


@contextmanager
def _postgresql() -> Iterator[tuple[str, tuple[str, str]]]:
    with server() as url:
        owner = make_url(url).set(database="storing").render_as_string(hide_password=False)
        make(url, "storing")
        initialise(owner, demo=True)
        own = make_url(owner)
        yield (
            owner,
            (
                own.set(username=WRITER).render_as_string(hide_password=False),
                own.set(username=READER).render_as_string(hide_password=False),
            ),
        )


def main(n: int) -> None:
    """Print what both stores grow by."""
    with tempfile.TemporaryDirectory() as one:
        folder = Path(one)
        path = folder / "gateway.db"
        for line in told("SQLite", *grown(folder, (f"sqlite:///{path}", ""), lambda: of_sqlite(path), n), n):
            sys.stdout.write(f"{line}\n")
    with tempfile.TemporaryDirectory() as other, _postgresql() as (owner, urls):
        for line in told("PostgreSQL", *grown(Path(other), urls, lambda: of_postgresql(owner), n), n):
            sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
