"""The stories as they were written, of every trouble and of an ordinary fortnight, and what arrives of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.decision import Outcome
from tests.realistic.drawing import SETS
from tests.realistic.forms import Written, write

COUNCILS = ("hull", "leicester", "tower_hamlets", "derby", "kent")


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """One request, and what a sensible practitioner and an IG lead would want done with it.

    expect  outcomes either of them could live with
    to         the kind of door: early_help, front_door, panel, record
    never      words that may not reach any door but the front door
    flags      what a share must say beside itself
    first      what was expected before anybody knew the answers
    corrected  why something was added to `expect` since: the line that proved the story wrong; "" for nothing
    drawn      what the drawing of the fortnight gave it: plain, or a kind of trouble; "" in the other set
    """

    id: str
    council: str
    who: str
    story: str
    form: str
    has: Mapping[str, Any]
    first: frozenset[Outcome]
    expect: frozenset[Outcome]
    because: str
    to: str = "early_help"
    never: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    corrected: str = ""
    drawn: str = ""

    @property
    def ordinary(self) -> bool:
        """Whether its author, who knew no answer, would simply have sent it on."""
        return self.first <= {Outcome.SHARE, Outcome.SHARE_MINIMISED}

    @property
    def written(self) -> Written:
        """Its bytes, as they arrive."""
        return write(self.council, self.id, self.form, self.who, self.has)


@cache
def stories() -> tuple[Story, ...]:
    """Every trouble once or twice in every council: council by council, in the order they were written."""
    return tuple(_story(council, told) for council in COUNCILS for told in _told(f"{council}.yaml"))


@cache
def fortnight(name: str = "fortnight") -> tuple[Story, ...]:
    """Two hundred of an ordinary fortnight: form and kind as `drawing.py` drew them for this set."""
    return tuple(_story(council, told) for council in COUNCILS for told in _told(f"{name}/{council}.yaml"))


def written_sets() -> tuple[str, ...]:
    """The fortnights that somebody has written: those of `drawing.SETS` whose folder is here."""
    return tuple(name for name in SETS if (Path(__file__).parent / name).is_dir())


class _AsWritten(yaml.SafeLoader):
    """YAML in which only `true` and `false` are ticks, and `on` and a date are the words that were written."""


_AsWritten.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in rows if tag.rsplit(":", 1)[1] not in ("timestamp", "bool")]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_AsWritten.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), ["t", "f"])


def _told(place: str) -> list[dict[str, Any]]:
    text = (Path(__file__).parent / place).read_text(encoding="utf-8")
    told: list[dict[str, Any]] = yaml.load(text, Loader=_AsWritten)
    return told


def _story(council: str, told: Mapping[str, Any]) -> Story:
    expect = frozenset(map(Outcome, told["expect"] if isinstance(told["expect"], list) else [told["expect"]]))
    corrected = told.get("corrected", {"adds": "", "after": ""})
    return Story(
        council=council,
        first=frozenset(outcome for outcome in expect if outcome.value != corrected["adds"]),
        expect=expect,
        to=told.get("to", "early_help"),
        never=tuple(told.get("never", ())),
        flags=frozenset(told.get("flags", ())),
        corrected=corrected["after"],
        drawn=told.get("drawn", ""),
        **{word: told[word] for word in ("id", "who", "story", "form", "has", "because")},
    )
