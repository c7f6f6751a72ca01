"""The published files in contracts/schemas: the referral, the payload a hub gets, the HTTP door, and our FHIR."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adapters.formats.fhir.definitions import capability_statement, code_systems, message_definitions
from gateway.config.published import schemas
from gateway.doors import openapi


def published() -> dict[str, bytes]:
    """File name → what it must hold."""
    door = openapi.document()
    spoken = {f"fhir/{one['resourceType']}-{one['id']}.json": _written(one) for one in _fhir()}
    return {**schemas(), "openapi.json": _written(door, sort_keys=True), **spoken}


def _fhir() -> tuple[dict[str, Any], ...]:
    """What this gateway speaks, its messages, and its code systems as one collection."""
    entries = [{"fullUrl": one["url"], "resource": one} for one in code_systems()]
    lists = {"resourceType": "Bundle", "id": "code-systems", "type": "collection", "entry": entries}
    return capability_statement(), *message_definitions(), lists


def _written(value: dict[str, Any], *, sort_keys: bool = False) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, sort_keys=sort_keys) + "\n").encode()


def write_published(folder: Path) -> None:
    """Write them all."""
    for name, body in published().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(body)


def stale(folder: Path) -> list[str]:
    """Names of those that are missing or differ from what the code says."""
    return [
        name
        for name, body in published().items()
        if not (folder / name).exists() or (folder / name).read_bytes() != body
    ]
