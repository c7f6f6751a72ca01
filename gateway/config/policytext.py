"""Reads a policy back from its text: what was published is what decides, whatever the files say now (settled 11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from contracts.adapter import Fault
from contracts.errors import ConfigError
from gateway.config.groups import Grouping, load_groups
from gateway.config.policy import Policy
from gateway.config.tables import load_policy

_OWN = "rules.yaml"
_GROUPS = "groups.yaml"
_HEAD = "policy.yaml"
_VERSION = re.compile(r"^version: .*$", re.MULTILINE)
_STARTS = re.compile(r"^effective_from: .*$", re.MULTILINE)


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


def joined(parts: Mapping[str, str]) -> str:
    """The text of these files, by plain name: what `files` takes apart."""
    return "".join(f"--- {name}\n{part.rstrip()}\n" for name, part in sorted(parts.items()))


def redated(text: str, version: str, starts: datetime) -> str:
    """The same words under another version, and from another day. Raises ConfigError where its head has neither."""
    parts = files(text)
    head, numbered = _VERSION.subn(f"version: {version}", parts.get(_HEAD, ""), count=1)
    head, dated = _STARTS.subn(f"effective_from: {starts.isoformat()}", head, count=1)
    if not numbered or not dated:
        fault = Fault(_HEAD, "", "a `version` and an `effective_from`, each on a line of its own", "Write both.")
        raise ConfigError("This policy has no day", (fault,))
    return joined(parts | {_HEAD: head})


def read_policy(text: str) -> tuple[Policy, Grouping]:
    """The policy and what its outcomes send. Raises ConfigError, naming the file of its text that is wrong."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        for name, part in files(text).items():
            (place / name).write_text(part, encoding="utf-8")
        own = place / _OWN
        try:
            return load_policy(place, own if own.exists() else None), load_groups(place / _GROUPS)
        except ConfigError as error:
            raise ConfigError(error.detail, tuple(map(named, error.faults))) from None


def named(fault: Fault) -> Fault:
    """A fault at its file's plain name: the folder that a text was unpacked in says nothing to anybody."""
    return replace(fault, position=Path(fault.position).name)


def place_in(text: str, file: str, key: str) -> str:
    """Where a key of the first level stands in one file of a text, as "file:line:column"."""
    lines = files(text).get(file, "").splitlines()
    return next((f"{file}:{n}:1" for n, line in enumerate(lines, 1) if line.startswith(f"{key}:")), f"{file}:1:1")
