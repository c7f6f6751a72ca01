"""The campaign's hub knows a signature by itself: of either kind, by a secret it has, and by no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

from adapters.formats.signing import signed
from tests.campaign.keyring import Keyring

BODY = b'{"a": 1}'


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    """Two rotations of a hub's secret: the first new one is a key of ours, the second is shared."""
    ring = Keyring(tmp_path)
    (tmp_path / "secrets" / ring.secrets[0]).write_text("whsec_" + "A" * 43 + "=\n", encoding="ascii")
    ring.all_known()
    ring.add()
    ring.add()
    return ring


def takes(ring: Keyring, *names: str, body: bytes = BODY) -> bool:
    values = [(ring.secrets_in / name).read_text().strip() for name in names]
    return ring.knows(make_mocked_request("POST", "/in", headers=signed(BODY, "d", 1, values)), body)


def test_either_kind_is_known_alone_and_beside_another(ring: Keyring) -> None:
    newest, own, shared = ring.secrets
    assert all(takes(ring, *names) for names in ((newest,), (own,), (shared,), (newest, own), (own, shared)))


def test_other_bytes_and_a_secret_that_it_forgot_are_turned_away(ring: Keyring) -> None:
    newest, own, shared = ring.secrets
    ring.forget_at_hub()
    assert takes(ring, newest, own)
    assert not takes(ring, own, shared)
    assert not takes(ring, newest, body=BODY + b" ")


def test_both_keys_are_listed_for_a_while_and_then_the_newer_alone(ring: Keyring) -> None:
    senders = ring.mappings / "councils" / "hull" / "senders.yaml"
    both = senders.read_text(encoding="utf-8")
    ring.drop()
    alone = senders.read_text(encoding="utf-8")
    assert len(alone) < len(both)
    assert len(ring.keys) == len(ring.secrets) == 1
