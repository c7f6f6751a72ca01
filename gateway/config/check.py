"""Checks everything under `mappings/` and says of every mistake where it is and what would be right.

It is what `gateway check` prints, and it stops at nothing: one wrong file hides no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

from contracts.adapter import Fault
from contracts.council import Council
from contracts.enquiry import SOURCE
from contracts.errors import ConfigError
from gateway.config.asking import load_asking
from gateway.config.cases import load_cases
from gateway.config.codes import CodeList, load_codes
from gateway.config.councilchecks import Words
from gateway.config.councilfiles import SendersFile
from gateway.config.councils import load_councils
from gateway.config.forms import load_form
from gateway.config.groups import Grouping, load_groups
from gateway.config.mappings import Mappings, load_mappings
from gateway.config.pickups import CANONICAL, load_pickups
from gateway.config.policy import Policy
from gateway.config.retention import load_schedule
from gateway.config.screens import load_screens
from gateway.config.tables import load_policy
from gateway.config.yamlfile import load, refuse, unknown

T = TypeVar("T")
PolicyCheck = Callable[[Policy], Iterable[Fault]]

_PARTS: Final = ("codes", "sources", "sharing", "councils")


def check_all(root: Path, prove: PolicyCheck = lambda policy: ()) -> tuple[Fault, ...]:
    """Every fault of every file under `root`, in the order of files and lines; none means that it can be used.

    `prove` checks the policy of each council: `gateway.path.proving.faults`.
    """
    try:
        refuse(_faults(root, prove))
    except ConfigError as error:
        return error.faults
    return ()


def _faults(root: Path, prove: PolicyCheck) -> Iterator[Fault]:
    missing = [part for part in _PARTS if not (root / part).is_dir()]
    for part in missing:
        remedy = "Point GATEWAY_MAPPINGS, or --mappings, at a folder like the one that comes with the gateway."
        yield Fault(str(root / part), "", f"a folder `{part}`", remedy)
    if missing:
        return
    found: list[Fault] = []
    codes = _tried(found, lambda: load_codes(root / "codes"))
    mappings = _tried(found, lambda: load_mappings(root / "sources", codes)) if codes is not None else None
    groups = _tried(found, lambda: load_groups(root / "sharing" / "groups.yaml"))
    words = _words(codes, groups)
    councils = _tried(found, lambda: load_councils(root / "councils", words))
    cases = _tried(found, lambda: load_cases(root / "councils", councils)) if councils is not None else None
    if councils is not None and mappings is not None and cases is not None:
        _tried(found, lambda: load_pickups(root / "councils", councils, mappings, cases))
    _tried(found, lambda: load_screens(root / "screens.yaml"))
    _tried(found, lambda: load_asking(root))
    _tried(found, lambda: load_policy(root / "sharing"))
    for place in sorted((root / "councils").iterdir()):
        if (rules := place / "rules.yaml").is_file():
            found += _policy_faults(root / "sharing", rules, prove)
        _tried(found, lambda place=place: load_form(place))  # type: ignore[misc]
        _tried(found, lambda place=place: load_schedule(place))  # type: ignore[misc]
    yield from found
    if mappings is not None and councils is not None:
        strangers = list(_between(mappings, councils.values()))
        yield from strangers
        for name in () if strangers else councils:  # else a misspelt council would make its senders wrong too
            yield from _sender_faults(root / "councils" / name / "senders.yaml", name, mappings)


def _words(codes: Mapping[str, CodeList] | None, groups: Grouping | None) -> Words:
    """What councils' files may name; where a file cannot be read, what it would say is not checked."""
    lists = codes or {}
    services = [code for name, one in lists.items() if name.startswith("requested_service_") for code in one.labels]
    needs = tuple(lists["need"].labels) if "need" in lists else ()
    return Words(
        needs=needs,
        services=("none", "unknown", *services) if services else (),
        groups=groups.titles if groups else (),
        members=groups.members if groups else (),
    )


def _policy_faults(sharing: Path, rules: Path, prove: PolicyCheck) -> list[Fault]:
    found: list[Fault] = []
    policy = _tried(found, lambda: load_policy(sharing, rules))
    return [*found, *(prove(policy) if policy is not None else ())]


def _between(mappings: Mappings, councils: Iterable[Council]) -> Iterator[Fault]:
    """What only shows when mappings and councils are held against each other."""
    names = [council.name for council in councils]
    for mapping in mappings.by_key.values():
        if mapping.council and mapping.council not in names:
            expected = "a council of `mappings/councils/`"
            yield Fault(mapping.position, "", expected, unknown(mapping.council, names))


def _sender_faults(path: Path, council: str, mappings: Mappings) -> Iterator[Fault]:
    """A sender may send from what this council can read, and from what asks: an export alone is never a request."""
    readable = sorted(
        {source for source, _, place in mappings.by_key if place in ("", council)}
        - {mapping.source for mapping in mappings.by_key.values() if mapping.match}
    )
    senders = load(path, SendersFile)
    for name, row in senders.model.senders.items():
        for number, source in enumerate(row.sources):
            if source not in (CANONICAL, SOURCE, *readable):
                expected = f"a source that asks {council} for help, {CANONICAL} or {SOURCE}"
                remedy = unknown(source, [CANONICAL, SOURCE, *readable])
                yield senders.fault("senders", name, "sources", number, expected=expected, remedy=remedy)


def _tried(found: list[Fault], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except ConfigError as error:
        found += error.faults
        return None
