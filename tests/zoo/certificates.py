"""Certificates of the zoo's peers: a good one, and those that are wrong in one way each."""

from __future__ import annotations

import ssl
import warnings
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from tests.zoo.behaviours import Name


@dataclass(frozen=True, slots=True)
class Tls:
    """A peer's TLS before and after it was put right, and what the council's settings say of it."""

    wrong: ssl.SSLContext | None
    right: ssl.SSLContext
    settings: dict[str, str]


@cache
def tls_of(kind: Name, folder: Path) -> Tls | None:
    """What a peer with this kind of TLS shows; None for one that speaks plain HTTP, as a demonstration's hubs do."""
    if not kind:
        return None
    good = _made(folder / f"{kind}.pem")
    right = _server(folder / f"{kind}.pem")
    trusted = {"ca": str(folder / f"{kind}.pem")}
    if kind == "self_signed":
        return Tls(right, right, {})
    if kind == "other_key":
        return Tls(right, right, trusted | {"pin": _pin(ec.generate_private_key(ec.SECP256R1()))})
    if kind == "plain":
        return Tls(None, right, trusted | {"pin": _pin(good)})
    wrong_file = folder / f"{kind}-wrong.pem"
    _made(wrong_file, days=-2 if kind == "expired" else 1, address=kind != "other_name")
    wrong = _server(wrong_file if kind in ("expired", "other_name") else folder / f"{kind}.pem")
    if kind in ("expired", "other_name"):
        trusted = {"ca": str(wrong_file)}
    if kind == "old_tls":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            wrong.set_ciphers("DEFAULT:@SECLEVEL=0")
            wrong.minimum_version = wrong.maximum_version = ssl.TLSVersion.TLSv1_1
    if kind == "asks_for_ours":
        wrong.verify_mode = ssl.CERT_REQUIRED
        wrong.load_verify_locations(folder / f"{kind}.pem")
    if kind == "only_h2":
        wrong.set_alpn_protocols(["h2"])
    return Tls(wrong, right, trusted)


def _server(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def _made(pem: Path, days: int = 1, address: bool = True) -> ec.EllipticCurvePrivateKey:
    """A certificate that signs itself, until so many days from now."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Zoo")])
    names = [x509.IPAddress(ip_address("127.0.0.1"))] if address else [x509.DNSName("other.example")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return key


def _pin(key: ec.EllipticCurvePrivateKey) -> str:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "sha256/" + b64encode(sha256(public).digest()).decode()
