"""Signed notes: how a record's checkpoints are written, signed and believed (c2sp.org/signed-note, tlog-checkpoint,
tlog-cosignature)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.evidence import Checkpoint
from gateway.record.canonical import base64_bytes, base64_text
from gateway.record.tree import HASH

LOG: Final = 0x01
WITNESS: Final = 0x04
MOST_SIGNATURES: Final = 64

Sign = Callable[[bytes], bytes]
"""Ed25519 over these bytes, wherever the private key lives: `Ed25519PrivateKey.sign` is one."""

_NAME = re.compile(r"[^\s+]+")
_CONTROLS: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")
_BODY = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/=]+)\n(?:[^\n]+\n)*")


class BadNote(ValueError):
    """The note must not be believed: its form is wrong, or a pinned key did not sign it."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key that may sign notes.

    kind    LOG (0x01, signs checkpoints) or WITNESS (0x04, cosigns them)
    public  the 32 bytes of RFC 8032
    """

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """First 4 bytes of SHA-256(name || 0x0A || kind || public)."""
        return sha256(b"%s\n%c%s" % (self.name.encode(), self.kind, self.public)).digest()[:4]

    @property
    def vkey(self) -> str:
        """The text to publish and to pin."""
        return f"{self.name}+{self.id.hex()}+{base64_text(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, vkey: str) -> Key:
        """Reads a vkey. Raises BadNote when its parts do not belong together."""
        name, _, rest = vkey.partition("+")
        key_id, _, material = rest.partition("+")
        try:
            data = base64_bytes(material)
        except ValueError:
            raise BadNote("a vkey ends in base64") from None
        if not _NAME.fullmatch(name) or len(data) != 33 or data[0] not in (LOG, WITNESS):
            raise BadNote("a vkey is name+id+key, and the key an Ed25519 log or witness key")
        key = cls(name, data[0], data[1:])
        if key.id.hex() != key_id:
            raise BadNote("the vkey's id does not belong to its name and key: it was mistyped")
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that held: whose, and for a witness when, in POSIX seconds."""

    key: Key
    at: int | None = None


def signature_line(key: Key, sign: Sign, body: str) -> str:
    """The log's own signature on a note."""
    return _line(key, sign(body.encode()))


def cosignature_line(key: Key, sign: Sign, body: str, at: int) -> str:
    """A witness's signature on a checkpoint it found consistent at `at`, POSIX seconds (cosignature/v1)."""
    return _line(key, at.to_bytes(8, "big") + sign(_cosigned(body, at)))


def open_note(note: str, keys: Iterable[Key]) -> tuple[str, tuple[Signature, ...]]:
    """The note's text and which of `keys` signed it. Signatures of other keys are ignored.

    Raises BadNote if the form is wrong, a signature of one of `keys` does not hold, or none of them signed.
    """
    text, blank, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not blank or lines.pop() or not 0 < len(lines) <= MOST_SIGNATURES or _has_controls(note):
        raise BadNote("a note is text, a blank line, then signature lines")
    body, pinned = text + "\n", {(key.name, key.id): key for key in keys}
    held = []
    for line in lines:
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise BadNote("a signature line is a dash, a name and base64")
        try:
            data = base64_bytes(parts[2])
        except ValueError:
            raise BadNote("a signature is not base64") from None
        key = pinned.get((parts[1], data[:4]))
        if key is not None:
            held.append(_held(key, data[4:], body))
    if not held:
        raise BadNote("no pinned key signed this")
    return body, tuple(held)


def checkpoint_body(origin: str, size: int, root: bytes) -> str:
    """The three lines that a checkpoint signs."""
    return f"{origin}\n{size}\n{base64_text(root)}\n"


def sign_checkpoint(key: Key, sign: Sign, size: int, root: bytes) -> Checkpoint:
    """A checkpoint of the record that `key` is named for, with its log's signature."""
    body = checkpoint_body(key.name, size, root)
    return Checkpoint(key.name, size, root, f"{body}\n{signature_line(key, sign, body)}")


def read_checkpoint(note: str) -> Checkpoint:
    """What a checkpoint says, believed by nobody yet: check it with `open_checkpoint`. Raises BadNote."""
    lines = _BODY.fullmatch(note.rpartition("\n\n")[0] + "\n")
    if lines is None:
        raise BadNote("a checkpoint is three lines: origin, size, root")
    try:
        root = base64_bytes(lines[3])
    except ValueError:
        raise BadNote("a checkpoint's root is base64") from None
    if len(root) != HASH:
        raise BadNote("a checkpoint's root is 32 bytes")
    return Checkpoint(lines[1], int(lines[2]), root, note)


def open_checkpoint(note: str, key: Key, origin: str, witnesses: Sequence[Key] = ()) -> Checkpoint:
    """A checkpoint of `origin` signed by `key`. Raises BadNote for any other.

    A cosignature of one of `witnesses` must hold where there is one; `open_note` says which of them signed.
    """
    _, held = open_note(note, (key, *witnesses))
    checkpoint = read_checkpoint(note)
    if all(signature.key != key for signature in held):
        raise BadNote("the log's own key did not sign this")
    if checkpoint.origin != origin:
        raise BadNote("this checkpoint belongs to another record")
    return checkpoint


def _line(key: Key, signature: bytes) -> str:
    return f"— {key.name} {base64_text(key.id + signature)}\n"


def _held(key: Key, signature: bytes, body: str) -> Signature:
    at, message = None, body.encode()
    if key.kind == WITNESS:
        at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        message = _cosigned(body, at)
    try:
        _public(key.public).verify(signature, message)
    except InvalidSignature:
        raise BadNote(f"the signature of {key.name} does not hold") from None
    return Signature(key, at)


@lru_cache(maxsize=16)
def _public(material: bytes) -> Ed25519PublicKey:
    """The key that a whole record is checked with, made once."""
    return Ed25519PublicKey.from_public_bytes(material)


def _cosigned(body: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{body}".encode()


def _has_controls(note: str) -> bool:
    return _CONTROLS.search(note) is not None
