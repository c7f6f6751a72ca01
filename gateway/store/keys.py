"""The deployment's keys, one set for each council, and the digests and signatures made with them.

A key folder holds `<council>.identifier` and `<council>.lookup` (32 bytes, as hex) and `<council>.signing` (an Ed25519
seed, as hex), each mode 0400. The identifier key is never rotated: it makes the ids that a sender keeps. Beside them
are `<council>.data.1`, `.2` and so on, the data keys that content is sealed with (`vault`): the highest number seals.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from contracts.errors import StoreRefused
from gateway.record.note import LOG, Key
from gateway.store.tables import META
from gateway.store.transaction import Tx
from gateway.store.vault import KEY, DataKey, data_key, key_path, keys_in, read_key

KINDS: Final = ("identifier", "lookup", "signing")


@dataclass(frozen=True, slots=True)
class CouncilKeys:
    """One council's keys. Nothing secret is ever printed.

    record  the public half of the signing key, named for the council's record: what people pin
    """

    council: str
    record: Key
    identifier: bytes = field(repr=False)
    lookup: bytes = field(repr=False)
    signing: Ed25519PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Ed25519 over these bytes."""
        return self.signing.sign(message)


def load_keys(folder: Path, councils: Iterable[str], origin: str, *, create: bool) -> Mapping[str, CouncilKeys]:
    """The keys of these councils.

    origin  first part of each record's name: `<origin>/<council>`
    create  make what is missing: for a demonstration, and for the first start of a gateway on SQLite; never elsewhere

    Raises StoreRefused for a key that is missing, short, or open to other users.
    """
    if create:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {council: _council_keys(folder, council, origin, create) for council in councils}


def make_data_key(folder: Path, council: str, number: int) -> DataKey:
    """A new data key of a council, which seals from now on if its number is the highest. Raises StoreRefused."""
    path = key_path(folder, council, number)
    return data_key(council, number, path, _key(path, create=True))


def check_keys(tx: Tx, keys: Mapping[str, CouncilKeys]) -> None:
    """That these are the identifier keys this store began with; new councils are noted. Raises StoreRefused.

    With another key, what a sender sends again would become a second referral.
    """
    known = {row.name: row.value for row in tx.execute(select(META.c.name, META.c.value))}
    for council, own in keys.items():
        name, value = f"identifier {council}", _digest(own.identifier, "stamp").hex()
        if name not in known:
            tx.insert(META, {"name": name, "value": value})
        elif known[name] != value:
            raise StoreRefused(
                f"The identifier key of {council} is not the one this store began with. Restore it from the key backup."
            )


def referral_id(keys: CouncilKeys, sender: str, key: str, number: int) -> str:
    """The id of record `number` of what a sender sent under an idempotency key: the same however often it is sent,
    even after a restore (settled 22). 32 hex digits."""
    return _digest(keys.identifier, "referral", sender, key, str(number)).hex()[:32]


def key_digest(keys: CouncilKeys, sender: str, key: str) -> str:
    """An idempotency key as it is stored, in its scope of council and sender."""
    return _digest(keys.identifier, "idempotency key", sender, key).hex()


def fingerprint(keys: CouncilKeys, content_type: str, body: bytes) -> str:
    """Of the bytes and their content type, for telling a repeat from a change (P5)."""
    return fingerprint_of(keys, content_type, sha256(body).hexdigest())


def fingerprint_of(keys: CouncilKeys, content_type: str, digest: str) -> str:
    """The same, of bytes whose SHA-256 is this, as hex in small letters."""
    return _digest(keys.identifier, "fingerprint", content_type, digest).hex()


def child_token(keys: CouncilKeys, sender: str, source: str, digest: str, number: int) -> str:
    """Stands for record `number` of exactly the bytes of a SHA-256, for whoever confirms its child. 16 hex digits."""
    return _digest(keys.identifier, "child", sender, source, digest, str(number)).hex()[:16]


def lookup_token(keys: CouncilKeys, kind: str, value: str) -> str:
    """A normalised name and date, or an identifier, as search and duplicates know it: never the value."""
    return _digest(keys.lookup, kind, value).hex()


def browser_token(keys: CouncilKeys, text: str) -> str:
    """Over what a browser keeps for us for a while, so that it comes back as it went. 64 hex digits."""
    return _digest(keys.lookup, "browser", text).hex()


def _digest(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA-256 over the parts, each with its length before it, so that no two lists of parts read the same."""
    message = b"".join([b"%d:%s" % (len(part), part) for part in map(str.encode, parts)])
    # RFC 2104, because `hmac.digest` lets go of the interpreter however short the message is.
    inner, outer = _begun(key)
    inner, outer = inner.copy(), outer.copy()
    inner.update(message)
    outer.update(inner.digest())
    digest: bytes = outer.digest()
    return digest


@lru_cache(maxsize=256)
def _begun(key: bytes) -> tuple[Any, Any]:
    """SHA-256 over the key's inner pad and over its outer one, for keys of at most 64 bytes."""
    padded = key.ljust(64, b"\0")
    return tuple(sha256(bytes(byte ^ mask for byte in padded)) for mask in (0x36, 0x5C))  # type: ignore[return-value]


def _council_keys(folder: Path, council: str, origin: str, create: bool) -> CouncilKeys:
    identifier, lookup, seed = (_key(folder / f"{council}.{kind}", create) for kind in KINDS)
    if not any(key.council == council for key in keys_in(folder)):
        _key(key_path(folder, council, 1), create)
    signing = Ed25519PrivateKey.from_private_bytes(seed)
    record = Key(f"{origin}/{council}", LOG, signing.public_key().public_bytes_raw())
    return CouncilKeys(council, record, identifier, lookup, signing)


def _key(path: Path, create: bool) -> bytes:
    if create and not path.exists():
        _write(path, secrets.token_bytes(KEY))
    return read_key(path)


def _write(path: Path, key: bytes) -> None:
    """Whole or not at all: a key half written by a killed process would lock the gateway out. One that another process
    made meanwhile stays: it may have sealed with it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.hex().encode() + b"\n")
        file.flush()
        os.fsync(descriptor)
    try:
        os.link(draft, path)  # unlike a rename it never takes the place of a key that is there
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        if not path.exists():
            draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
