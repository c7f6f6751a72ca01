"""docs/connect-a-hub.md: every setting of every way is in it, and what it says to write and type works."""

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters import HUBS
from adapters.formats.signing import fit
from gateway.config.cases import load_cases
from gateway.config.councilfiles import HubsFile
from gateway.config.councils import load_councils
from gateway.config.hubchecks import TRUST, hub_faults
from gateway.config.yamlfile import load
from gateway.doors.api import ROUTES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "connect-a-hub.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", HUBS)
def test_every_setting_of_a_way_stands_in_its_row_and_no_other(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \|[^|]*\|([^|]*)\|([^|]*)\|$", PAGE, re.MULTILINE)
    needs, may = (tuple(re.findall(r"`(\w+)`", cell)) for cell in row)
    trust = TRUST if HUBS[name].CARRIED == "http" else ()
    assert (needs, set(may)) == (HUBS[name].NEEDS, {*HUBS[name].MAY, *trust})


def test_every_hub_that_is_shown_is_one_that_the_gateway_takes(tmp_path: Path) -> None:
    shown = [block for block in blocks("yaml") if block.startswith("hubs:")]
    ways = set()
    for number, block in enumerate(shown):
        (path := tmp_path / f"{number}.yaml").write_text(block)
        loaded = load(path, HubsFile)
        assert list(hub_faults(loaded)) == []
        ways |= {hub.adapter for hub in loaded.model.hubs.values()}
    assert ways == set(HUBS) - {"fhir_message"}


def test_the_table_that_is_shown_is_one_that_the_gateway_takes(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "mappings" / "councils" / "hull", tmp_path / "hull")
    (table,) = (block for block in blocks("yaml") if block.startswith("cases:"))
    (tmp_path / "hull" / "cases.yaml").write_text(table)
    assert list(load_cases(tmp_path, load_councils(tmp_path))["hull"]) == ["early_help_cases"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("number", [0, 1], ids=["a shared secret", "a key of ours"])
def test_what_is_typed_makes_a_secret_that_can_sign(tmp_path: Path, number: int) -> None:
    typed = [block for block in blocks("console") if "openssl" in block]
    ran = subprocess.run(
        ["bash", "-euc", typed[number]], cwd=tmp_path, check=True, timeout=60, capture_output=True, text=True
    )
    secret = (tmp_path / "invented_family_hub").read_text().strip()
    assert fit(secret)
    assert ran.stdout == (f"whpk_{public_half(secret)}\n" if number else "")


def public_half(secret: str) -> str:
    key = Ed25519PrivateKey.from_private_bytes(b64decode(secret.removeprefix("whsk_")))
    return b64encode(key.public_key().public_bytes_raw()).decode()


def test_every_door_that_is_shown_is_there() -> None:
    known = {re.sub(r"\{\w+\}", "{}", path) for _, path, *_ in ROUTES}
    shown = {re.sub(r"\$ID|collecting_hub", "{}", path) for path in re.findall(r"gateway\.example(/v1\S+)", PAGE)}
    assert len(shown) == 3
    assert shown <= known
