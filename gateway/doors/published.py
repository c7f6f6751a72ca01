"""The published files in contracts/schemas: the referral, the payload a hub gets, and the HTTP door."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.config.published import schemas
from gateway.doors import openapi


def published() -> dict[str, bytes]:
    """File name → what it must hold."""
    door = json.dumps(openapi.document(), indent=2, ensure_ascii=False, sort_keys=True)
    return {**schemas(), "openapi.json": f"{door}\n".encode()}


def write_published(folder: Path) -> None:
    """Write them all."""
    for name, body in published().items():
        (folder / name).write_bytes(body)


def stale(folder: Path) -> list[str]:
    """Names of those that are missing or differ from what the code says."""
    return [
        name
        for name, body in published().items()
        if not (folder / name).exists() or (folder / name).read_bytes() != body
    ]
