"""Reads a policy back from its text: what was published is what decides, whatever the files say now (settled 11)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.config.groups import Grouping, load_groups
from gateway.config.policy import Policy
from gateway.config.tables import load_policy

_OWN = "rules.yaml"
_GROUPS = "groups.yaml"


def files(text: str) -> dict[str, str]:
    """The files of a policy's text, by name. A name is a plain file name: anything else is no policy's text."""
    parts: dict[str, str] = {}
    name = ""
    for line in text.splitlines(keepends=True):
        if line.startswith("--- "):
            name = Path(line[4:].strip()).name
            parts[name] = ""
        else:
            parts[name] = parts.get(name, "") + line
    return parts


def read_policy(text: str) -> tuple[Policy, Grouping]:
    """The policy and what its outcomes send. Raises ConfigError, naming the file of its text that is wrong."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        for name, part in files(text).items():
            (place / name).write_text(part, encoding="utf-8")
        own = place / _OWN
        return load_policy(place, own if own.exists() else None), load_groups(place / _GROUPS)
