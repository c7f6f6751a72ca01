"""A zip that leaves piece by piece: what is in memory is one document at a time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from typing import Any

from contracts.errors import NotFound
from gateway.flows.gateway import Gateway
from gateway.store import content


class _Sink(io.RawIOBase):
    """What a zip is written to, and taken from as it comes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """It takes bytes, and cannot go back."""
        return True

    def write(self, data: Any) -> int:
        """Keep these until they are taken."""
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        """What came since the last time."""
        found, self._parts = b"".join(self._parts), []
        return found


async def pieces(
    gateway: Gateway, council: str, first: Sequence[tuple[str, bytes]], files: Sequence[tuple[str, str]]
) -> AsyncIterator[bytes]:
    """Name and bytes of what stands at hand, then name and content of each document, read one after the other."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in first:
            archive.writestr(name, body)
        yield sink.taken()
        for name, where in files:
            kept = await gateway.store.ask(council, lambda connection, of=where: content.get(connection, council, of))  # type: ignore[misc]
            if kept is None:
                raise NotFound("A document was taken away meanwhile.")
            archive.writestr(name, kept, zipfile.ZIP_STORED)
            yield sink.taken()
    yield sink.taken()
