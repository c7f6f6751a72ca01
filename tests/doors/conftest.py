"""A gateway, its HTTP door and its command line, for every test of the doors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.config.catalogue import Catalogue
from gateway.doors.cli import main
from tests.running import catalogue, demo_urls, door, gateway

__all__ = ["catalogue", "demo_urls", "door", "gateway"]


@pytest.fixture
def store_urls(tmp_path: Path) -> tuple[str, str]:
    """A new store on SQLite: what differs between the stores is tested with the flows."""
    return f"sqlite:///{tmp_path}/gateway.db", ""


class Told(NamedTuple):
    """What one command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All of it, wherever it went."""
        return self.out + self.err


Run = Callable[..., Told]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`gateway …` in this process, which never ends in a traceback."""

    def run(*words: object) -> Told:
        monkeypatch.setattr("sys.argv", ["gateway", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        told = Told(code, *capsys.readouterr())
        assert "Traceback" not in told.err
        return told

    return run


def have_read(monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue, *modules: str) -> None:
    """The verbs of these modules find the catalogue loaded already."""
    for module in modules:
        for name in ("load_checked", "load_catalogue"):
            if hasattr(__import__(f"gateway.doors.cli.{module}", fromlist=["main"]), name):
                monkeypatch.setattr(f"gateway.doors.cli.{module}.{name}", lambda root: catalogue)
