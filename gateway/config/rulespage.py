"""Writes `docs/rules.md`: each rule of the guidance, what it says, where it lives, and which tests carry it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from gateway.config.placing import TITLES, Placing, Where

_HEAD: Final = """# Where the councils' rules live

This page is made from `rules.yaml`, `guidance.yaml`, `named.yaml` and the tests: `gateway rules --write docs/rules.md`.
`make check` fails if it is old, if a place is not there, or if a rule has no place or no test.

*Line* is the line of the council's document the guidance was read from. Under *Where*, `council`, `hubs`, `routes`,
`timers`, `outcomes`, `rules`, `senders` and `people` are the files of that council's folder under `mappings/councils/`;
`t1` to `t6` are the tables of `mappings/sharing/`; any other is a path. *Out* says whose work a rule is instead.
*To come* is ours, and not there yet. Tests stand under `tests/`.
"""
_KINDS: Final = {
    "systems": "Systems and documents that are named",
    "forms": "Forms",
    "roles": "Roles",
    "outcomes": "What a hub can answer",
    "gaps": "What no document says",
}


def page(placing: Placing) -> str:
    """The whole page as Markdown."""
    return "\n".join((_HEAD, *_summary(placing), *_rules(placing), *_named(placing)))


def _summary(placing: Placing) -> Iterator[str]:
    every = [where for rules in placing.rules.values() for where in rules.values()]
    placed = sum(isinstance(where, list) for where in every)
    out = sum(isinstance(where, dict) and "out" in where for where in every)
    yield f"{len(every)} rules: {placed} have their place, {out} are out, {len(every) - placed - out} are to come.\n"
    named = chain.from_iterable(councils.values() for councils in placing.named.values())
    to_come = [
        f"* {name}: {where['missing']}"
        for names in chain(placing.rules.values(), named)
        for name, where in names.items()
        if isinstance(where, dict) and "missing" in where
    ]
    if to_come:
        yield "To come:\n"
        yield from to_come
        yield ""


def _rules(placing: Placing) -> Iterator[str]:
    for section, rules in placing.rules.items():
        said = placing.says[section]
        yield f"## {TITLES[section]}\n"
        yield from _table("Rule", "Line", "What it says", "Where", "Tests")
        for rule, where in rules.items():
            tests = ", ".join(f"`{file}`" for file in placing.carried.get(rule, ()) if isinstance(where, list))
            yield _line(f"`{rule}`", said[rule].get("line", ""), said[rule]["says"], _where(where), tests)
        yield ""


def _named(placing: Placing) -> Iterator[str]:
    for kind, councils in placing.named.items():
        yield f"## {_KINDS[kind]}\n"
        yield from _table("Council", "Name", "Where")
        for council, names in councils.items():
            yield from (_line(TITLES[council], name, _where(where)) for name, where in names.items())
        yield ""


def _where(where: Where) -> str:
    if isinstance(where, Mapping):
        return f"Out. {where['out']}" if "out" in where else f"To come. {where['missing']}"
    return "; ".join(" ".join(f"`{part}`" for part in place.split(" ", 1)) for place in where)


def _table(*heads: str) -> Iterator[str]:
    yield _line(*heads)
    yield _line(*("---" for _ in heads))


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
