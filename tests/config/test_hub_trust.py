"""What a hub may say of its certificate: authorities of its own, and the one key that it must have."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from gateway.config.councils import load_councils

OURS = Path(__file__).parents[2] / "mappings" / "councils"
PIN = f"sha256/{'A' * 43}="
SECRETS = "    secrets: [hull_locality_west]\n"


def loaded(folder: Path, settings: str) -> dict[str, object]:
    """The first hub's settings, with these written under it. Raises ConfigError."""
    shutil.copytree(OURS, folder / "councils")
    path = folder / "councils" / "hull" / "hubs.yaml"
    text = path.read_text(encoding="utf-8")
    assert SECRETS in text
    path.write_text(text.replace(SECRETS, f"{SECRETS}    settings: {settings}\n", 1), encoding="utf-8")
    return dict(load_councils(folder / "councils")["hull"].hubs["locality_west"].settings)


def test_a_hub_may_have_authorities_of_its_own_and_one_key(tmp_path: Path) -> None:
    settings = f'{{ca: /etc/hull.pem, pin: "{PIN}"}}'
    assert loaded(tmp_path, settings) == {"ca": "/etc/hull.pem", "pin": PIN}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("{ca: hull.pem}", "a file of this machine"),
        ('{pin: "sha256/AAAA"}', "sha256/ and a digest"),
        (f'{{pin: "md5/{"A" * 43}="}}', "sha256/ and a digest"),
        ("{pins: x}", "a setting of this adapter"),
    ],
)
def test_what_is_no_file_or_no_pin_is_told_where_it_stands(tmp_path: Path, settings: str, expected: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, settings)
    (fault,) = refused.value.faults
    assert fault.expected == expected
    assert "hubs.yaml:10:" in fault.position
