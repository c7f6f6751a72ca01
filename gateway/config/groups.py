"""Reads `mappings/sharing/groups.yaml`: to which group each field of a referral belongs, and which groups may go where.

The file is held against the referral's own schema: a field without a group, or with two, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from contracts.adapter import Fault
from gateway.config.fields import Kind, person_leaves, referral_leaves
from gateway.config.yamlfile import Keys, Loaded, Part, load, refuse, unknown

Sending = Literal["share", "share_minimised", "advice_only", "divert"]
PersonKind = Literal["child", "carer", "sibling", "alleged_harm", "professional", "third_party"]
Protects = Literal["address", "do_not_inform", "sealed"]

ABOUT: Final = "about"
"""The theme of whatever is about a person elsewhere in the referral."""


class Given(Part):
    """What one outcome sends: always, and only where a hub's file names it."""

    given: tuple[str, ...]
    on_request: tuple[str, ...]


class Protected(Part):
    """The fields one protection flag covers."""

    person: tuple[str, ...]
    referral: tuple[str, ...]


class GroupsFile(Part):
    """`mappings/sharing/groups.yaml` as it stands."""

    groups: Mapping[str, str]
    always: tuple[str, ...]
    if_needed: tuple[str, ...]
    if_agreed: tuple[str, ...]
    outcomes: Mapping[Sending, Given]
    duties: Mapping[str, tuple[str, ...]]
    members: Mapping[str, tuple[str, ...]]
    fields: Mapping[str, tuple[str, ...]]
    public_referrer: tuple[str, ...]
    person: Mapping[str, tuple[str, ...]]
    people: Mapping[PersonKind, Mapping[str, str]]
    about: tuple[str, ...]
    whole: tuple[str, ...]
    protected: Mapping[Protects, Protected]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One field that holds a value. `covered_by` names the protection flags that keep it back."""

    group: str
    kind: Kind
    covered_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of the referral, or each item of a list of them.

    group  the one group of everything below, "" if there are several or if items are about somebody
    about  the field that says whom an item is about, "" if none does
    whole  items go whole or not at all
    """

    fields: Mapping[str, Leaf | Branch]
    group: str = ""
    about: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Grouping:
    """The file, compiled and checked.

    titles   group → what it holds, in the file's order
    given    outcome → groups it sends; on_request: those it sends where a hub's file names them
    duties   statutory duty → groups that may go under it without agreement (`always` not repeated)
    members  kind of panel member → groups it may have (settled 50)
    root     the referral without its people; public_root: the same where a member of the public refers
    people   reason to be in the record → the fields of such a person
    about    the same → group of what is about them elsewhere; role: group of their mere presence
    digest   SHA-256 of the file, 64 hex digits
    """

    titles: Mapping[str, str]
    always: frozenset[str]
    if_needed: frozenset[str]
    if_agreed: frozenset[str]
    given: Mapping[str, frozenset[str]]
    on_request: Mapping[str, frozenset[str]]
    duties: Mapping[str, frozenset[str]]
    members: Mapping[str, frozenset[str]]
    root: Branch
    public_root: Branch
    people: Mapping[str, Branch]
    about: Mapping[str, str]
    role: Mapping[str, str]
    digest: str

    def at_the_table(self, members: Iterable[str]) -> frozenset[str]:
        """What every one of these members may have; everything where nobody sits. A kind nobody knows may nothing."""
        nothing = frozenset[str]()
        return frozenset(self.titles).intersection(*(self.members.get(kind, nothing) for kind in members))

    def most(self, outcome: str) -> frozenset[str]:
        """Every group this outcome may ever send to any hub."""
        return self.given[outcome] | self.on_request[outcome]


def load_groups(path: Path | str) -> Grouping:
    """The field groups of this file. Raises ConfigError with file, line and column of every fault."""
    loaded = load(path, GroupsFile)
    refuse(_faults(loaded))
    file = loaded.model
    fields = {path: group for group, paths in file.fields.items() for path in paths}
    private = {
        path: group if path in file.public_referrer else "referrer_private"
        for path, group in fields.items()
        if path.startswith("referrer/")
    }
    root = _tree(file, fields, referral_leaves(), "referral")
    return Grouping(
        titles=file.groups,
        always=frozenset(file.always),
        if_needed=frozenset(file.if_needed),
        if_agreed=frozenset(file.if_agreed),
        given={outcome: frozenset(groups.given) for outcome, groups in file.outcomes.items()},
        on_request={outcome: frozenset(groups.on_request) for outcome, groups in file.outcomes.items()},
        duties={duty: frozenset(groups) for duty, groups in file.duties.items()},
        members={kind: frozenset(groups) for kind, groups in file.members.items()},
        root=root,
        public_root=_tree(file, fields | private, referral_leaves(), "referral"),
        people={kind: _person(file, themes) for kind, themes in file.people.items()},
        about={kind: themes[ABOUT] for kind, themes in file.people.items()},
        role={kind: themes["role"] for kind, themes in file.people.items()},
        digest=loaded.digest,
    )


def _person(file: GroupsFile, themes: Mapping[str, str]) -> Branch:
    groups = {path: themes[theme] for theme, paths in file.person.items() for path in paths}
    return _tree(file, groups, person_leaves(), "person")


def _tree(
    file: GroupsFile, groups: Mapping[str, str], kinds: Mapping[str, Kind], of: Literal["person", "referral"]
) -> Branch:
    """Paths and their groups as nested branches."""
    covered: dict[str, frozenset[str]] = {}
    for flag, protected in file.protected.items():
        for path in getattr(protected, of):
            covered[path] = covered.get(path, frozenset()) | {flag}
    leaves = {path: Leaf(group, kinds[path], covered.get(path, frozenset())) for path, group in groups.items()}
    about = dict(path.split("/") for path in file.about) if of == "referral" else {}
    return _branch(leaves, about, file.whole if of == "referral" else (), "")


def _branch(leaves: Mapping[str, Leaf], about: Mapping[str, str], whole: Iterable[str], name: str) -> Branch:
    below: dict[str, dict[str, Leaf]] = {}
    fields: dict[str, Leaf | Branch] = {}
    for path, leaf in leaves.items():
        first, _, rest = path.partition("/")
        if rest:
            below.setdefault(first, {})[rest] = leaf
        else:
            fields[first] = leaf
    for first, inner in below.items():
        fields[first] = _branch(inner, about, whole, first if not name else f"{name}/{first}")
    groups = {field.group for field in fields.values()}
    uniform = groups.pop() if len(groups) == 1 and name not in about else ""
    return Branch(fields, uniform, about.get(name, ""), name in whole)


def _faults(loaded: Loaded[GroupsFile]) -> Iterator[Fault]:
    file = loaded.model
    yield from _complete(loaded, "outcomes", get_args(Sending), file.outcomes)
    yield from _complete(loaded, "people", get_args(PersonKind), file.people)
    yield from _complete(loaded, "protected", get_args(Protects), file.protected)
    yield from _coverage(loaded, "fields", file.fields, referral_leaves())
    yield from _coverage(loaded, "person", file.person, person_leaves())
    themes = (*file.person, ABOUT)
    for kind, groups in file.people.items():
        yield from _complete(loaded, "people", themes, groups, kind)
        yield from _known(loaded, groups, themes, ("people", kind), names=True)
        for theme, group in groups.items():
            yield from _known(loaded, (group,), file.groups, ("people", kind, theme), single=True)
    for keys, names in _groups_named(file):
        yield from _known(loaded, names, file.groups, keys)
    yield from _known(loaded, file.fields, file.groups, ("fields",), names=True)
    for keys, paths, leaves in _paths_named(file):
        yield from _known(loaded, paths, leaves, keys)
    yield from _always(loaded)


def _groups_named(file: GroupsFile) -> Iterator[tuple[Keys, tuple[str, ...]]]:
    yield ("always",), file.always
    yield ("if_needed",), file.if_needed
    yield ("if_agreed",), file.if_agreed
    for outcome, groups in file.outcomes.items():
        yield ("outcomes", outcome, "given"), groups.given
        yield ("outcomes", outcome, "on_request"), groups.on_request
    for kind, names in file.members.items():
        yield ("members", kind), names
    for duty, names in file.duties.items():
        yield ("duties", duty), names


def _paths_named(file: GroupsFile) -> Iterator[tuple[Keys, tuple[str, ...], Iterable[str]]]:
    referral, person = referral_leaves(), person_leaves()
    yield ("public_referrer",), file.public_referrer, [path for path in referral if path.startswith("referrer/")]
    yield ("about",), file.about, [path for path, kind in referral.items() if kind == "ref" and path.count("/") == 1]
    yield ("whole",), file.whole, {path.partition("/")[0] for path in referral if "/" in path}
    for flag, protected in file.protected.items():
        yield ("protected", flag, "person"), protected.person, person
        yield ("protected", flag, "referral"), protected.referral, referral


def _complete(
    loaded: Loaded[GroupsFile], section: str, wanted: Iterable[str], given: Iterable[str], *inside: str
) -> Iterator[Fault]:
    missing = [name for name in wanted if name not in set(given)]
    if missing:
        yield loaded.fault(section, *inside, expected=f"{', '.join(missing)} here too", remedy="Add what is missing.")


def _known(
    loaded: Loaded[GroupsFile],
    given: Iterable[str],
    known: Iterable[str],
    keys: Keys,
    *,
    names: bool = False,
    single: bool = False,
) -> Iterator[Fault]:
    """A fault for every name that is not known: a name of a group, or a value in a list or alone."""
    known = list(known)
    for place, word in enumerate(given):
        if word not in known:
            at = loaded.at_name(*keys, word) if names else loaded.at(*keys, *(() if single else (place,)))
            yield Fault(at, "", "a name from this file or a field of the referral", unknown(word, known))


def _coverage(
    loaded: Loaded[GroupsFile], section: str, given: Mapping[str, tuple[str, ...]], leaves: Mapping[str, Kind]
) -> Iterator[Fault]:
    """Every leaf of the schema exactly once, and nothing that is no leaf."""
    seen: dict[str, str] = {}
    for group, paths in given.items():
        yield from _known(loaded, paths, leaves, (section, group))
        for place, path in enumerate(paths):
            if path in seen:
                remedy = f"`{path}` is already in `{seen[path]}`. Keep it in one of them."
                yield loaded.fault(section, group, place, expected="each field in one place", remedy=remedy)
            seen.setdefault(path, group)
    missing = [path for path in leaves if path not in seen]
    if missing:
        remedy = "Decide who may have it, and add it to one group."
        fault = loaded.fault(section, expected=f"{', '.join(missing)} here too", remedy=remedy)
        yield Fault(loaded.at_name(section), "", fault.expected, fault.remedy)


def _always(loaded: Loaded[GroupsFile]) -> Iterator[Fault]:
    file = loaded.model
    for outcome, groups in file.outcomes.items():
        missing = [group for group in file.always if group not in groups.given]
        if missing and outcome != "advice_only":
            expected = f"{', '.join(missing)} among what {outcome} gives"
            yield loaded.fault("outcomes", outcome, "given", expected=expected, remedy="`always` goes with every copy.")
