"""Seals content with AES-256-GCM: a key of its own for each row, kept beside it, wrapped by its council's data key.

A key for each row, because what is erased must stay erased: with the row goes the only copy of its key, and with an
old data key goes whatever old backups hold. Rotation writes 48 new bytes a row and never opens a body. A row is bound
to its council, its id and its kind, so that none can be put in another's place.

Stored is one byte of format, 8 that name the data key, a nonce of 12, the wrapped key of 48, and the body with its tag
of 16. The nonce is random, and serves both keys: the row's own seals nothing else, ever.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.errors import ContentUnreadable, StoreRefused
from gateway.store.chance import salt

PLAIN: Final = b"\x00"
"""Format of content as it came: what a gateway without data keys writes, and wrote before there were any."""
SEALED: Final = b"\x01"
ID: Final = 8
"""Bytes of a data key's id."""

LOOK: Final = 60.0
"""Seconds until the key folder is read again: a key made by another process is sealed with from then on."""

_NONCE: Final = 12
_WRAPPED: Final = 48
_NAMED: Final = 1 + ID
_WRAP: Final = _NAMED + _NONCE
_BODY: Final = _WRAP + _WRAPPED
_FILE: Final = re.compile(r"(.+)\.data\.([1-9][0-9]{0,5})")


@dataclass(frozen=True, slots=True)
class DataKey:
    """One of a council's data keys: the highest number seals, the others only open."""

    council: str
    number: int
    id: bytes
    path: Path
    wrap: AESGCM = field(repr=False)


def data_key(council: str, number: int, path: Path, secret: bytes) -> DataKey:
    """A data key of 32 bytes. Its id begins a hash of it, so that it is found whatever its file is called."""
    return DataKey(council, number, sha256(b"ehg/data-key/v1\0" + secret).digest()[:ID], path, AESGCM(secret))


class Vault:
    """The data keys in one folder. It looks again for keys it does not know, and each minute."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._keys: Mapping[str, tuple[DataKey, ...]] = {}
        self._looked = -LOOK

    def keys(self, council: str) -> tuple[DataKey, ...]:
        """A council's data keys, the one that seals first; none where there are none. Raises StoreRefused."""
        now = time.monotonic()
        if now - self._looked >= LOOK:
            self.look()
        return self._keys.get(council, ())

    def look(self) -> None:
        """Read the folder again."""
        found: dict[str, list[DataKey]] = {}
        for key in () if self._folder is None else keys_in(self._folder):
            found.setdefault(key.council, []).append(key)
        self._keys = {council: tuple(sorted(keys, key=lambda key: -key.number)) for council, keys in found.items()}
        self._looked = time.monotonic()

    def seal(self, council: str, content: str, kind: str, body: bytes) -> bytes:
        """As it is stored under this id; as it came where the council has no data key."""
        keys = self.keys(council)
        if not keys:
            return PLAIN + body
        own, nonce, about = salt(), salt()[:_NONCE], _about(council, content, kind)
        named = SEALED + keys[0].id
        wrapped = keys[0].wrap.encrypt(nonce, own, named + about)
        return b"".join((named, nonce, wrapped, AESGCM(own).encrypt(nonce, body, about)))

    def unseal(self, council: str, content: str, kind: str, stored: bytes) -> bytes:
        """As it was put. Raises ContentUnreadable: altered, of another row, or its key is not here."""
        if stored[:1] == PLAIN:
            return stored[1:]
        own, nonce, about = (
            self._own(council, content, kind, stored),
            stored[_NAMED:_WRAP],
            _about(council, content, kind),
        )
        try:
            return AESGCM(own).decrypt(nonce, stored[_BODY:], about)
        except InvalidTag:
            raise _altered(content) from None

    def rewrap(self, council: str, content: str, kind: str, stored: bytes) -> bytes:
        """The same under the data key that seals now; what was plain is sealed. Raises ContentUnreadable."""
        keys = self.keys(council)
        if stored[:1] == PLAIN:
            return self.seal(council, content, kind, stored[1:])
        if not keys or stored[1:_NAMED] == keys[0].id:
            return stored
        own, nonce = self._own(council, content, kind, stored), stored[_NAMED:_WRAP]
        named = SEALED + keys[0].id
        wrapped = keys[0].wrap.encrypt(nonce, own, named + _about(council, content, kind))
        return named + nonce + wrapped + stored[_BODY:]

    def _own(self, council: str, content: str, kind: str, stored: bytes) -> bytes:
        if stored[:1] != SEALED:
            raise ContentUnreadable("This content was sealed by a newer gateway. Run that one.")
        named = stored[1:_NAMED]
        key = self._named(council, named)
        if key is None:
            raise ContentUnreadable(
                f"Content {content} is sealed with data key {named.hex()} of {council}, which is not in the key "
                "folder. Restore it from the key backup."
            )
        try:
            return key.wrap.decrypt(
                stored[_NAMED:_WRAP], stored[_WRAP:_BODY], stored[:_NAMED] + _about(council, content, kind)
            )
        except (InvalidTag, ValueError):
            raise _altered(content) from None

    def _named(self, council: str, name: bytes) -> DataKey | None:
        for _ in range(2):
            for key in self.keys(council):
                if key.id == name:
                    return key
            self.look()  # another process may have made it just now
        return None


NO_KEYS: Final = Vault(None)
"""Of a store that was opened without a key folder."""


@cache
def vault_in(folder: Path) -> Vault:
    """The data keys of this folder, the same object for whoever asks in this process."""
    return Vault(folder)


def keys_in(folder: Path) -> tuple[DataKey, ...]:
    """Every data key in a folder; none where there is none. Raises StoreRefused for one that may not be used."""
    found = []
    for path in sorted(folder.glob("*.data.*")):
        named = _FILE.fullmatch(path.name)
        if named is None:
            continue
        try:
            found.append(data_key(named[1], int(named[2]), path, read_key(path)))
        except StoreRefused:
            if path.exists():
                raise
            # It was forgotten between the listing and the look: content that needs it says so by itself.
    return tuple(found)


def key_path(folder: Path, council: str, number: int) -> Path:
    """Where a data key is kept."""
    return folder / f"{council}.data.{number}"


KEY: Final = 32


def read_key(path: Path) -> bytes:
    """A key of 32 bytes written as hex. Raises StoreRefused for one that is missing, short or open to other users."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise StoreRefused(
            f"The key {path} is missing. Restore it from the key backup, or make new keys: gateway keys make"
        ) from None
    except PermissionError:
        raise StoreRefused(f"The key {path} cannot be read by this user. Give it to the user that runs this.") from None
    with os.fdopen(descriptor, "rb") as file:
        if os.fstat(descriptor).st_mode & 0o077:
            raise StoreRefused(f"The key {path} can be read by other users. Run: chmod 0400 {path}")
        text = file.read(1024)
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY:
        raise StoreRefused(f"The key {path} is not 32 bytes written as hex. Restore it from the key backup.")
    return key


def _about(council: str, content: str, kind: str) -> bytes:
    return f"{council}\0{content}\0{kind}".encode()


def _altered(content: str) -> ContentUnreadable:
    return ContentUnreadable(
        f"Content {content} cannot be opened: it was changed, or put in another's place. Run: gateway record verify"
    )
