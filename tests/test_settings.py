"""A setting that is misspelt or wrong is refused at start, in words and without its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import ConfigError
from gateway.settings import Settings, demo_settings, load_settings, shipped_mappings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("GATEWAY_"):
            monkeypatch.delenv(name)


def test_the_environment_sets_what_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "8123")
    assert load_settings().port == 8123


def test_what_the_command_line_says_counts_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "8123")
    assert load_settings(port=9000).port == 9000


def test_a_misspelt_setting_is_told_the_nearest_right_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_MAPINGS", "/somewhere")
    with pytest.raises(ConfigError) as refused:
        load_settings()
    (fault,) = refused.value.faults
    assert (fault.position, fault.remedy) == (
        "environment variable GATEWAY_MAPINGS",
        "Did you mean GATEWAY_MAPPINGS?",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "secret-text"), ("PORT", "0"), ("PORT", "70000"), ("DEMO", "secret-text"), ("PERMIT_WINDOW", "-1")],
)
def test_a_value_that_cannot_be_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"GATEWAY_{name}", value)
    with pytest.raises(ConfigError) as refused:
        load_settings()
    (fault,) = refused.value.faults
    assert fault.position == f"environment variable GATEWAY_{name}"
    assert "secret-text" not in f"{fault} {refused.value}"


@pytest.mark.parametrize("value", ["a.example,[::1]", "a.example, [::1]", '["a.example","[::1]"]'])
def test_hosts_are_listed_with_commas_or_as_json(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("GATEWAY_ALLOWED_HOSTS", value)
    assert load_settings().allowed_hosts == ("a.example", "[::1]")


def test_a_demonstration_shares_neither_store_nor_keys_with_a_live_gateway(tmp_path: Path) -> None:
    live, demo = load_settings(), demo_settings(tmp_path)
    assert demo.demo
    assert not {live.store, live.keys, live.secrets} & {demo.store, demo.keys, demo.secrets}


def test_without_any_setting_a_gateway_listens_on_this_machine_alone() -> None:
    assert (Settings().host, Settings().demo) == ("127.0.0.1", False)


def test_the_mappings_that_are_shipped_are_there() -> None:
    assert (shipped_mappings() / "councils").is_dir()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_says_what_it_is_for(name: str) -> None:
    assert Settings.model_fields[name].description
