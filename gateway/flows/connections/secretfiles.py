"""Reads the deployment's secrets: a file each, in one folder, so that none of them is ever a setting or in YAML."""

from __future__ import annotations

from pathlib import Path


def read_secret(folder: Path, name: str) -> str:
    """A secret, from a file of that name. Raises KeyError if there is none, or what it holds is not ASCII."""
    try:
        return (folder / name).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise KeyError(name) from None
