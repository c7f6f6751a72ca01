"""A gateway and its HTTP door, for every test of the doors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import catalogue, demo_urls, door, gateway

__all__ = ["catalogue", "demo_urls", "door", "gateway"]


@pytest.fixture
def store_urls(tmp_path: Path) -> tuple[str, str]:
    """A new store on SQLite: what differs between the stores is tested with the flows."""
    return f"sqlite:///{tmp_path}/gateway.db", ""
