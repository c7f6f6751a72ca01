"""What a council's people do when keys are due: a hub's secret, a sender's key, in files and in the configuration."""

from __future__ import annotations

import base64
import hmac
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes, token_hex

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.bench.processes import ROOT
from tests.campaign.oracles import COUNCIL
from tests.campaign.senders import TOKEN

SECRET = "hull_locality_west"
"""The secret of the hub that has most of what is sent, as the council's files name it at first."""

_SHARED, _OWN = "whsec_", "whsk_"


class Keyring:
    """A council's configuration in a folder of its own, its hub's secret and its sender's key.

    keys   the sender's keys that the configuration lists; secrets: names of the hub's, newest first
    known  secrets that the hub takes just now
    """

    def __init__(self, folder: Path) -> None:
        self.mappings, self.secrets_in = folder / "mappings", folder / "secrets"
        shutil.copytree(ROOT / "mappings", self.mappings)
        self._council = self.mappings / "councils" / COUNCIL
        self._hubs, self._senders = self._text("hubs.yaml"), self._text("senders.yaml")
        self._demo = sha256(TOKEN.encode()).hexdigest()
        assert self._hubs.count(f"[{SECRET}]") == 1
        assert self._senders.count(f"[{self._demo}]") == 1
        self.keys, self.secrets = [TOKEN], [SECRET]
        self.known: tuple[str, ...] = ()
        self._made = 0
        self.secrets_in.mkdir(mode=0o700)

    @property
    def settings(self) -> Mapping[str, str]:
        """Settings with which the gateway reads it."""
        return {"GATEWAY_MAPPINGS": str(self.mappings), "GATEWAY_SECRETS": str(self.secrets_in)}

    def all_known(self) -> None:
        """The hub, which stands for all of them, knows every secret there is."""
        self.known = tuple(path.read_text().strip() for path in sorted(self.secrets_in.iterdir()))

    def add(self) -> None:
        """A new secret and a new key beside the old. The hub is told of its secret before anything signs with it."""
        self._made += 1
        name, value = f"{SECRET}_{self._made}", _new_secret(own=self._made % 2 == 1)
        (self.secrets_in / name).write_text(f"{value}\n", encoding="ascii")
        self.secrets, self.known = [name, *self.secrets], (value, *self.known)
        self.keys = [f"campaign-{token_hex(16)}", *self.keys]
        self._write()

    def forget_at_hub(self) -> None:
        """The hub takes the newest secret alone, and those of other hubs."""
        old = {(self.secrets_in / name).read_text().strip() for name in self.secrets[1:]}
        self.known = tuple(secret for secret in self.known if secret not in old)

    def drop(self, *, keep_old_key: bool = False) -> str:
        """Take the old ones' names out. Returns the key that counts no more. keep_old_key: a planted bug."""
        old = self.keys[-1]
        self.secrets, self.keys = self.secrets[:1], self.keys if keep_old_key else self.keys[:1]
        self._write()
        self.keys = self.keys[:1]
        return old

    def tidy(self) -> None:
        """Delete the secrets that no process names any more."""
        for path in self.secrets_in.glob(f"{SECRET}*"):
            if path.name not in self.secrets:
                path.unlink()

    def knows(self, request: web.Request, body: bytes) -> bool:
        """Whether one of the secrets that the hub knows signed this, checked without the gateway's own code."""
        about = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + body
        signatures = [part.partition(",") for part in request.headers["webhook-signature"].split()]
        return any(_holds(kind, said, secret, about) for kind, _, said in signatures for secret in self.known)

    def _text(self, name: str) -> str:
        return (self._council / name).read_text(encoding="utf-8")

    def _write(self) -> None:
        digests = ", ".join(sha256(key.encode()).hexdigest() for key in self.keys)
        self._replace("hubs.yaml", self._hubs.replace(f"[{SECRET}]", f"[{', '.join(self.secrets)}]"))
        self._replace("senders.yaml", self._senders.replace(f"[{self._demo}]", f"[{digests}]"))

    def _replace(self, name: str, text: str) -> None:
        draft = self._council / f".{name}"
        draft.write_text(text, encoding="utf-8")
        draft.rename(self._council / name)


def _new_secret(*, own: bool) -> str:
    return f"{_OWN if own else _SHARED}{base64.b64encode(token_bytes(32)).decode()}"


def _holds(kind: str, said: str, secret: str, about: bytes) -> bool:
    """Standard Webhooks: `v1` is HMAC-SHA256 with a secret that both know, `v1a` Ed25519 with a key of the sender's."""
    raw, signature = base64.b64decode(secret.partition("_")[2]), base64.b64decode(said)
    if kind == "v1" and secret.startswith(_SHARED):
        return hmac.compare_digest(hmac.digest(raw, about, "sha256"), signature)
    if kind == "v1a" and secret.startswith(_OWN):
        public: Ed25519PublicKey = Ed25519PrivateKey.from_private_bytes(raw).public_key()
        try:
            public.verify(signature, about)
        except InvalidSignature:
            return False
        return True
    return False
