"""A witness as a small HTTP server: it runs somewhere else than the gateway, and keeps one file for each record.

POST /add-checkpoint (c2sp.org/tlog-witness). What it signs is on the disk before it answers.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from contracts.errors import ConfigError
from gateway.record.note import WITNESS, Key
from gateway.record.witnessing import Answer, Seen, witness

LARGEST: Final = 16_384
"""Bytes of one request: a checkpoint, its signatures and 63 hashes."""


class Witness:
    """One witness. `folder` holds its key and what it has seen; two processes never share it."""

    def __init__(self, folder: Path, name: str, logs: Iterable[Key]) -> None:
        """Raises ConfigError for a folder that other users can read."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            raise ConfigError(f"Other users can read {folder}. Run: chmod 700 {folder}")
        self._folder, self._logs = folder, {log.name: log for log in logs}
        self._private = _private(folder / "witness.key")
        self.key = Key(name, WITNESS, self._private.public_key().public_bytes_raw())
        self._seen = {origin: found for origin in self._logs if (found := self._read(origin)) is not None}
        self._turn = asyncio.Lock()

    async def answer(self, body: bytes) -> Answer:
        """What it says to one request. One at a time, so that no two are signed beside each other."""
        async with self._turn:
            origin, answer = witness(body, self._logs, self._seen, self.key, self._private.sign, int(time.time()))
            if answer.seen is not None and answer.seen != self._seen.get(origin):
                self._write(origin, answer.seen)
                self._seen[origin] = answer.seen
            return answer

    def _place(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hexdigest()[:32]}.seen"

    def _read(self, origin: str) -> Seen | None:
        place = self._place(origin)
        if not place.exists():
            return None
        try:
            said = json.loads(place.read_text(encoding="ascii"))
            return Seen(int(said["size"]), b64decode(said["root"], validate=True))
        except (ValueError, KeyError, TypeError):
            raise ConfigError(f"{place} cannot be read. Restore it: a witness that forgets is none.") from None

    def _write(self, origin: str, seen: Seen) -> None:
        place = self._place(origin)
        draft = place.with_suffix(".new")
        with open(draft, "w", encoding="ascii") as file:
            json.dump({"origin": origin, "size": seen.size, "root": b64encode(seen.root).decode()}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(place)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def create_witness(own: Witness) -> Starlette:
    """Its HTTP server."""

    async def add_checkpoint(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                return PlainTextResponse("A checkpoint is smaller than that.\n", 413)
        answer = await own.answer(bytes(body))
        kind = "text/x.tlog.size" if answer.status == 409 else "text/plain"
        return Response(answer.text, answer.status, media_type=kind)

    return Starlette(routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"])])


def _private(place: Path) -> Ed25519PrivateKey:
    """Its key, made when it first starts."""
    if not place.exists():
        with open(place, "wb", opener=lambda path, flags: os.open(path, flags | os.O_EXCL, 0o600)) as file:
            file.write(Ed25519PrivateKey.generate().private_bytes_raw())
            file.flush()
            os.fsync(file.fileno())
    raw = place.read_bytes()
    if len(raw) != 32 or place.stat().st_mode & 0o077:
        raise ConfigError(f"{place} is no key of a witness, or other users can read it.")
    return Ed25519PrivateKey.from_private_bytes(raw)
