"""Adds what an export says to a referral, as JSON: it fills what is empty, and never changes what was said.

Nothing is lost without a reason: every place of the addition either got a place in the referral or a reason why not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.config.fields import person_leaves, referral_leaves
from gateway.path.attendance import BLOCK
from gateway.path.mapping import CHILD
from gateway.path.matching import folded

Tree = dict[str, Any]

SAID: Final = "the referral says something else, and that stays"
KNOWN: Final = "the referral already says it"
OTHER_TOTALS: Final = "the totals of another system stand already"
NO_ROOM: Final = "the referral has as many people as it can hold"

_PEOPLE: Final = 60
_REFS: Final = frozenset(
    path.rsplit("/", 1)[-1]
    for leaves in (referral_leaves(), person_leaves())
    for path, kind in leaves.items()
    if kind == "ref"
)


@dataclass(slots=True)
class Added:
    """What became of an addition, by its own pointers.

    moved    pointer → where it is in the referral now; what is under it moved with it
    left     pointer → why it was left out
    differs  pointers of what the referral says otherwise
    """

    moved: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    differs: list[str] = field(default_factory=list)

    def now(self, pointer: str) -> tuple[str, str]:
        """Where a place of the addition is now, or "" and why it is nowhere."""
        names = pointer.split("/")
        for end in range(len(names), 1, -1):
            head = "/".join(names[:end])
            if head in self.left:
                return "", self.left[head]
            if head in self.moved:
                return "/".join([self.moved[head], *names[end:]]), ""
        return "", KNOWN


def add(tree: Tree, addition: Mapping[str, Any], child: str, totals: bool) -> Added:
    """Add to the referral what a record says of `child`. `totals`: its attendance may stand beside what is there."""
    added = Added()
    ids = {CHILD: child}
    for number, person in enumerate(addition.get("people", ())):
        _person(tree, addition, number, person, ids, added, totals)
    for name, value in addition.items():
        if name == "relationships":
            _relationships(tree, value, ids, added)
        elif name != "people":
            _fill(tree, {name: _renamed(value, ids)}, "", "", added)
    return added


def _person(
    tree: Tree, addition: Mapping[str, Any], number: int, person: Tree, ids: dict[str, str], added: Added, totals: bool
) -> None:
    people: list[Tree] = tree.setdefault("people", [])
    own, at = person["id"], f"/people/{number}"
    known = ids.get(own) or next(_same(tree, addition, person, ids[CHILD]), None)
    if known is not None:
        ids[own] = known
        place = next(place for place, one in enumerate(people) if one["id"] == known)
        said = {name: value for name, value in person.items() if name not in ("id", "roles" if own == CHILD else "id")}
        _protect(people[place], said)
        _fill_person(people[place], said, at, f"/people/{place}", added, totals)
    elif len(people) >= _PEOPLE:
        added.left[at] = NO_ROOM
    else:
        ids[own] = _new_id(own, (one["id"] for one in people))
        added.moved[at] = f"/people/{len(people)}"
        people.append({**person, "id": ids[own]})


def _fill_person(into: Tree, said: Tree, at: str, to: str, added: Added, totals: bool) -> None:
    """Attendance is one thing: it goes whole, or where another system's stands already, not at all."""
    school = dict(said.get("education", {}))
    block = {name: school.pop(name) for name in BLOCK if name in school}
    rest = {name: value for name, value in said.items() if name != "education"} | (
        {"education": school} if school else {}
    )
    _fill(into, rest, at, to, added)
    if not block:
        return
    here = into.setdefault("education", {})
    codes = block.pop("sessions_by_code", ())
    if totals:
        _fill(here, block, f"{at}/education", f"{to}/education", added)
        _count(here, codes, f"{at}/education/sessions_by_code", f"{to}/education/sessions_by_code", added)
        return
    for name, value in {**block, "sessions_by_code": codes}.items():
        added.left[f"{at}/education/{name}"] = OTHER_TOTALS
        if name.startswith("sessions_") and here.get(name, value) != value:
            added.differs.append(f"{at}/education/{name}")


def _count(here: Tree, codes: Iterable[Tree], at: str, to: str, added: Added) -> None:
    """Sessions of one code add up, whether a register or a table of sums told of them."""
    counts: list[Tree] = here.get("sessions_by_code", [])
    for number, counted in enumerate(codes):
        named = (counted.get("code"), counted.get("as_stated"))
        same = [place for place, one in enumerate(counts) if (one.get("code"), one.get("as_stated")) == named]
        place = same[0] if same else len(counts)
        added.moved[f"{at}/{number}"] = f"{to}/{place}"
        if not same:
            counts.append(dict(counted))
        elif "sessions" in counted:
            counts[place]["sessions"] = counts[place].get("sessions", 0) + counted["sessions"]
        here["sessions_by_code"] = counts


def _relationships(tree: Tree, new: Iterable[Tree], ids: Mapping[str, str], added: Added) -> None:
    there: list[Tree] = tree.setdefault("relationships", [])
    for number, relation in enumerate(new):
        at, renamed = f"/relationships/{number}", _renamed(relation, ids)
        ends = (renamed["person"], renamed["to"])
        same = [place for place, one in enumerate(there) if (one["person"], one["to"]) == ends]
        if same:
            said = {name: value for name, value in renamed.items() if name not in ("person", "to")}
            _fill(there[same[0]], said, at, f"/relationships/{same[0]}", added)
        elif not {one["id"] for one in tree.get("people", ())}.issuperset(ends):
            added.left[at] = NO_ROOM
        else:
            added.moved[at] = f"/relationships/{len(there)}"
            there.append(renamed)


def _fill(into: Tree, said: Mapping[str, Any], at: str, to: str, added: Added) -> None:
    for name, value in said.items():
        here, there, old = f"{at}/{name}", f"{to}/{name}", into.get(name)
        if isinstance(value, dict):
            _fill(into.setdefault(name, {}), value, here, there, added)
        elif isinstance(value, list):
            _append(into.setdefault(name, []), name, value, here, there, added)
        elif old is None:
            into[name] = value
            added.moved[here] = there
        elif _told(old) == _told(value) or name.endswith("as_stated"):
            added.moved[here] = there
        else:
            added.left[here] = SAID
            if not (name == "first_name" and _told(old) == _told(said.get("preferred_name"))):
                added.differs.append(here)


def _append(items: list[Any], name: str, new: Iterable[Any], at: str, to: str, added: Added) -> None:
    for number, item in enumerate(new):
        same = [place for place, old in enumerate(items) if _alike(name, old, item)]
        added.moved[f"{at}/{number}"] = f"{to}/{same[0] if same else len(items)}"
        if not same:
            items.append(item)


def _alike(name: str, old: Any, new: Any) -> bool:
    """Whether a list that has `old` already says `new`."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return bool(_told(old) == _told(new))
    if name == "phones":
        return _digits(old) == _digits(new)
    if name == "identifiers":
        return old.get("system") == new.get("system") and _close(old.get("value")) == _close(new.get("value"))
    if name == "addresses":
        told = {key: value for key, value in new.items() if key != "protected"}
        return all(_close(old.get(key)) == _close(value) for key, value in told.items())
    return bool(old == new)


def _same(tree: Tree, addition: Mapping[str, Any], person: Tree, child: str) -> Iterator[str]:
    """Ids of those in the referral who are this person: of one name, and related to the child in one way."""
    name, kind = _name(person), _kind(addition, person["id"], CHILD)
    if name:
        for one in tree["people"]:
            if one["id"] != child and _name(one) == name and kind and _kind(tree, one["id"], child) == kind:
                yield one["id"]


def _kind(tree: Mapping[str, Any], person: str, to: str) -> str:
    found = (one.get("kind", "") for one in tree.get("relationships", ()) if (one["person"], one["to"]) == (person, to))
    return next(found, "")


def _name(person: Tree) -> str:
    full = person.get("full_name") or f"{person.get('first_name', '')} {person.get('surname', '')}"
    return folded(full)


def _protect(person: Tree, said: Tree) -> None:
    """Where one address of somebody is protected, another that an export adds is protected too."""
    if any(address.get("protected") for address in person.get("addresses", ())) and "addresses" in said:
        said["addresses"] = [{**address, "protected": True} for address in said["addresses"]]


def _renamed(value: Any, ids: Mapping[str, str], name: str = "") -> Any:
    """The value with the referral's own names for people."""
    if isinstance(value, dict):
        return {key: _renamed(part, ids, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_renamed(part, ids, name) for part in value]
    return ids.get(value, value) if name in _REFS and isinstance(value, str) else value


def _new_id(wanted: str, taken: Iterable[str]) -> str:
    used, stem, number = set(taken), wanted.rstrip("0123456789").rstrip("-"), 1
    while f"{stem}-{number}" in used:
        number += 1
    return f"{stem}-{number}"


def _told(value: Any) -> Any:
    return folded(value) if isinstance(value, str) else value


def _close(value: Any) -> Any:
    return "".join(folded(value).split()) if isinstance(value, str) else value


def _digits(phone: Tree) -> str:
    return "".join(char for char in phone.get("number", "") if char.isdigit()).removeprefix("44").lstrip("0")
