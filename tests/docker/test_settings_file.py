"""The settings file of the image names every setting, with a value that the gateway takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings import Settings, load_settings

FILE = Path(__file__).parents[2] / "docker" / "gateway.env"
PLACES = {"store", "reader_store", "mappings", "keys", "secrets", "demo"}
"""What the compose file or the image sets, or what is for a demonstration."""

LINES = [line.partition("=") for line in FILE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]


def test_it_names_every_setting_and_nothing_else() -> None:
    named = {name.removeprefix("GATEWAY_").lower() for name, _, _ in LINES}
    assert named == set(Settings.model_fields) - PLACES


def test_its_values_are_taken_and_are_the_defaults_but_for_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, _, value in LINES:
        monkeypatch.setenv(name, value)
    taken = load_settings()
    for name, _, _ in LINES:
        monkeypatch.delenv(name)
    default = Settings()
    different = {name for name in Settings.model_fields if getattr(taken, name) != getattr(default, name)}
    assert different - PLACES == {"host"}
