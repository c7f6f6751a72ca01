"""Asks witnesses outside this deployment to sign each checkpoint, and keeps what they signed (governance 3.3, 3.6).

A witness that cannot be reached, or will not sign, never holds anything up: it alarms (settled 18, 34).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from contracts.errors import ConfigError, StoreUnavailable
from contracts.hub import HubAnswer, HubMessage
from gateway.flows.connections.outbound import WayOut, send
from gateway.flows.entry import write_entry
from gateway.flows.evidence.restoring import witness_is_ahead
from gateway.flows.gateway import Gateway
from gateway.flows.meanwhile import meanwhile
from gateway.path.answers import TransportTrouble
from gateway.record.note import WITNESS, BadNote, Key
from gateway.record.tree import consistency
from gateway.record.witnessing import asking, cosigned
from gateway.store.evidence import tiles_of
from gateway.store.tables import CHECKPOINT, WITNESSED
from gateway.store.transaction import Tx
from gateway.store.writer import Write

_LOG: Final = logging.getLogger(__name__)

EVERY: Final = 10.0
"""Seconds between two looks for a checkpoint that a witness has not signed."""

_NEWEST: Final = (
    select(CHECKPOINT.c.size, CHECKPOINT.c.note)
    .where(CHECKPOINT.c.council == bindparam("council"))
    .order_by(CHECKPOINT.c.size.desc())
    .limit(1)
)
_SIGNED: Final = select(func.max(WITNESSED.c.size)).where(
    WITNESSED.c.council == bindparam("council"), WITNESSED.c.witness == bindparam("witness")
)


@dataclass(frozen=True, slots=True)
class Seer:
    """One witness that is asked: its key, and the address that it answers at."""

    key: Key
    url: str


def seers(setting: tuple[str, ...]) -> tuple[Seer, ...]:
    """Witnesses as the setting names them, each `name+id+key@https://…`. Raises ConfigError."""
    found = []
    for one in setting:
        vkey, _, url = one.partition("@")
        try:
            key = Key.parse(vkey)
        except BadNote as fault:
            raise ConfigError(
                f"GATEWAY_WITNESSES: {fault}. Write each as its public key, @, and its address."
            ) from None
        if key.kind != WITNESS or not url:
            raise ConfigError("GATEWAY_WITNESSES: write each as a witness's public key, @, and its address.")
        found.append(Seer(key, url.rstrip("/")))
    return tuple(found)


@asynccontextmanager
async def witnessing(gateway: Gateway, way: WayOut) -> AsyncIterator[None]:
    """Ask every witness every few seconds, for as long as this is entered. Raises ConfigError."""
    round_ = Round(gateway, way, seers(gateway.settings.witnesses))

    async def look() -> None:
        while True:
            await round_.go()
            await asyncio.sleep(EVERY)

    if not round_.seers:
        yield
        return
    async with meanwhile(look()):
        yield


@dataclass(frozen=True, slots=True)
class Round:
    """Whom to ask, and how. `refusals`: why each witness would not sign last, so that it is recorded once."""

    gateway: Gateway
    way: WayOut
    seers: tuple[Seer, ...]
    refusals: dict[tuple[str, str], str] = field(default_factory=dict)

    async def go(self) -> None:
        """Have the newest checkpoint of every council signed by every witness that has not signed it yet."""
        for seer in self.seers:
            for council in self.gateway.keys:
                try:
                    await self._ask(council, seer)
                except StoreUnavailable:
                    return

    async def _ask(self, council: str, seer: Seer) -> None:
        matter = await self._matter(council, seer, None)
        if matter is None:
            return
        answer = await _sent(self.way, seer, matter)
        if isinstance(answer, HubAnswer) and answer.status == 409 and answer.body.strip().isdigit():
            size = int(answer.body)
            matter = await self._matter(council, seer, size)
            if matter is None:
                await self._is_ahead(council, seer, size)
                return
            answer = await _sent(self.way, seer, matter)
        if not isinstance(answer, HubAnswer) or answer.status >= 500:
            _LOG.warning("a witness was not reached", extra={"council": council})
        elif answer.status != 200:
            await self._refused(council, seer, f"status_{answer.status}")
        else:
            await self._keep(council, seer, matter, answer.body)

    async def _matter(self, council: str, seer: Seer, seen: int | None) -> _Matter | None:
        return await self.gateway.store.ask(council, lambda connection: _matter(connection, council, seer, seen))

    async def _keep(self, council: str, seer: Seer, matter: _Matter, body: bytes) -> None:
        try:
            cosigned(matter.note, body.decode(), seer.key)
        except (BadNote, UnicodeDecodeError):
            await self._refused(council, seer, "signature_does_not_hold")
            return
        line, size = body.decode(), matter.size
        await self.gateway.writer.submit(Write(lambda tx: _keep(tx, council, size, seer.key.name, line)))
        self.refusals.pop((council, seer.key.name), None)

    async def _is_ahead(self, council: str, seer: Seer, size: int) -> None:
        """It has signed more than there is: the store was brought back from a backup, and nothing may be sent."""
        await self._refused(council, seer, "has_seen_another_record")
        newest = await self.gateway.store.ask(
            council, lambda connection: connection.execute(_NEWEST, {"council": council}).first()
        )
        missing = size - (newest.size if newest else 0)
        await self.gateway.writer.submit(Write(lambda tx: witness_is_ahead(tx, council, missing)))

    async def _refused(self, council: str, seer: Seer, why: str) -> None:
        """A witness will not sign: the record and what it was shown before may differ. Somebody must look."""
        name = seer.key.name
        if self.refusals.get((council, name)) == why:
            return
        self.refusals[council, name] = why
        _LOG.error("a witness will not sign", extra={"council": council, "why": why})
        said = {"witness": name, "why": why}
        entry = Write(lambda tx: write_entry(tx, council, "", "witness.refused", said, "witness"))
        await self.gateway.writer.submit(entry)


@dataclass(frozen=True, slots=True)
class _Matter:
    """A checkpoint to be signed: its size and note, what the witness is thought to have seen, and the proof."""

    size: int
    note: str
    old: int
    proof: tuple[bytes, ...]


def _matter(connection: Connection, council: str, seer: Seer, seen: int | None) -> _Matter | None:
    """What to ask; None if there is nothing to sign, or the witness has seen more than there is."""
    newest = connection.execute(_NEWEST, {"council": council}).first()
    if newest is None:
        return None
    signed = connection.execute(_SIGNED, {"council": council, "witness": seer.key.name}).scalar() or 0
    if seen is None and signed >= newest.size:
        return None
    old = signed if seen is None else seen
    if old > newest.size:
        return None
    proof = consistency(old, newest.size, tiles_of(connection, council)) if old else ()
    return _Matter(newest.size, newest.note, old, proof)


async def _sent(way: WayOut, seer: Seer, matter: _Matter) -> HubAnswer | TransportTrouble:
    body = asking(matter.old, matter.proof, matter.note)
    message = HubMessage("POST", "/add-checkpoint", {"content-type": "text/plain"}, body)
    return await send(way, seer.url, message, time.monotonic() + way.deadline)


def _keep(tx: Tx, council: str, size: int, name: str, line: str) -> None:
    """Keep the signature beside its checkpoint, once."""
    if (tx.execute(_SIGNED, {"council": council, "witness": name}).scalar() or 0) < size:
        tx.insert(WITNESSED, {"council": council, "witness": name, "size": size, "line": line, "at": tx.now})
