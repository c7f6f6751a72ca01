"""The daily manifest as a signed note: three lines, the last of them canonical JSON, and the council's signature.

Its second line is a day, so no checkpoint can be taken for it, nor it for a checkpoint, though one key signs both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from gateway.record.canonical import canonical
from gateway.record.note import BadNote, Key, Sign, open_note, signature_line

VERSION: Final = 1
"""Of what a manifest says; it names it itself, as `manifest`."""


def sign_manifest(key: Key, sign: Sign, said: Mapping[str, Any]) -> str:
    """A manifest as text. `said` names its `day`, and holds ids, codes and numbers only."""
    whole = {"manifest": VERSION, **said}
    body = f"{_first(key)}\n{said['day']}\n{canonical(whole).decode()}\n"
    return f"{body}\n{signature_line(key, sign, body)}"


def open_manifest(note: str, key: Key) -> dict[str, Any]:
    """What a manifest says. Raises BadNote unless this council's own key signed it, as a manifest."""
    body, _ = open_note(note.replace("\r\n", "\n"), (key,))
    lines = body.split("\n")
    if len(lines) != 4 or lines[0] != _first(key):
        raise BadNote("this is no manifest of that council")
    said: dict[str, Any] = json.loads(lines[2])
    if said.get("day") != lines[1] or said.get("manifest") != VERSION:
        raise BadNote("this manifest is of another day, or of another version")
    return said


def _first(key: Key) -> str:
    return f"{key.name}/manifest"
