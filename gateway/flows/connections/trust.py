"""Whom a TLS connection outward trusts: this machine's authorities or a hub's own, and the one key it may have.

Verification and the host's name are always checked: nothing in the gateway switches either off.
"""

from __future__ import annotations

import binascii
import ssl
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate

from contracts.adapter import Plain


@dataclass(frozen=True, slots=True)
class Trust:
    """What one hub's connection must show.

    ca   PEM file of the authorities that may have signed for it; "" for those this machine trusts
    pin  `sha256/` and the base64 of the digest of its public key (RFC 7469), "" for any key
    """

    ca: str = ""
    pin: str = ""


MACHINE: Final = Trust()
"""The authorities this machine trusts, and any key."""


def trust_of(settings: Mapping[str, Plain]) -> Trust:
    """What a hub's settings say of it."""
    return Trust(str(settings.get("ca") or ""), str(settings.get("pin") or ""))


@lru_cache(maxsize=256)
def context_of(trust: Trust) -> ssl.SSLContext:
    """TLS 1.2 or newer, made once. Raises OSError or ValueError for a file or a pin that cannot be read."""
    context = ssl.create_default_context(cafile=trust.ca or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if trust.pin:
        _pin(context, _digest(trust.pin))
    return context


def _digest(pin: str) -> bytes:
    kind, _, digest = pin.partition("/")
    try:
        wanted = b64decode(digest, validate=True)
    except binascii.Error:
        wanted = b""
    if kind != "sha256" or len(wanted) != 32:
        raise ValueError("a pin is sha256/ and 44 characters of base64")
    return wanted


def _pin(context: ssl.SSLContext, wanted: bytes) -> None:
    """Have every handshake end with a look at the key, before a byte of content."""

    class PinnedObject(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            _check(self.getpeercert(True), wanted)

    class PinnedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            _check(self.getpeercert(True), wanted)

    context.sslobject_class = PinnedObject
    context.sslsocket_class = PinnedSocket


def _check(certificate: bytes | None, wanted: bytes) -> None:
    if certificate is None or key_digest(certificate) != wanted:
        raise ssl.SSLCertVerificationError("the certificate's key is not the one that was written down")


def key_digest(certificate: bytes) -> bytes:
    """SHA-256 of a DER certificate's public key, as its SubjectPublicKeyInfo."""
    key: Any = load_der_x509_certificate(certificate).public_key()
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
