"""Walks a referral once: keeps what one copy may hold, and lists the pointer and the reason of everything else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from contracts.decision import Withheld
from gateway.config.groups import Branch, Leaf
from gateway.path.protection import Guarded
from gateway.path.screening import screened

GONE: Final = object()
"""Nothing of this is in the copy."""

REASONS: Final[Mapping[str, str]] = {
    "not_for_outcome": "What was decided does not cover this kind of information.",
    "not_for_hub": "This hub does not take this kind of information.",
    "not_agreed": "The family did not agree to this kind of information, or no duty covers it.",
    "not_needed": "The record does not say why this person's details are needed.",
    "refused": "This person refused.",
    "family_limit": "The family chose not to share this.",
    "protected": "A protection flag covers this.",
    "holds_protected": "This text holds something that is protected.",
    "unread": "Nobody has read this text against what must not be shared.",
    "about_somebody": "This is about a person whose details are not sent.",
    "names_somebody": "This would tell of a person who is not in what goes.",
    "other_identifier": "The sharing agreement does not name this identifier.",
    "nameless": "A nameless enquiry holds nothing by which somebody could be known.",
    "screened_out": "The screen found something here by which somebody could be known.",
    "not_screened": "The screen has not looked at this.",
    "points_at_withheld": "This tells where a part that is not sent came from.",
}
"""Why something stays, in a sentence for the sender and the IG lead. A recipient is never told (settled 40)."""

FLAG_RULES: Final = {"address": "M-604", "do_not_inform": "M-605", "sealed": "M-601"}
"""Protection flag → the rule it belongs to."""

Because = tuple[str, str]
"""A key of REASONS, and the rule or field group that kept it back."""


_ITEM_BY_ITEM: Final = frozenset({"identifiers", "provenance"})
"""Lists of which an item may stay though its group goes."""


class Scope(NamedTuple):
    """What applies to one part of the referral.

    allowed  groups that may go here; flags: protection flags that cover it; limited: it lies under a sharing limit
    """

    allowed: frozenset[str]
    flags: frozenset[str] = frozenset()
    limited: bool = False


@dataclass(slots=True)
class Copy:
    """One copy in the making. Without `careful`, parts that lie in one allowed group are taken as they stand.

    kept_back   why a group is in no part of this copy; otherwise: why one that is stays back for the person at hand
    limits      pointers under a sharing limit; `always`: groups that no limit reaches
    guards      rule and protected values
    unread      why prose waits for a reader, None if it does not; `unread_but`: groups it does not wait in
    absent      people who are not in this copy at all
    unshown     people whose details are not, and the group that keeps them
    identifier  the one identifier system that may go, None for all
    nameless    what a nameless enquiry keeps back of a text or line at this pointer, None if it is another outcome
    """

    allowed: frozenset[str]
    kept_back: Mapping[str, Because]
    always: frozenset[str]
    otherwise: str = "not_needed"
    careful: bool = False
    limits: frozenset[str] = frozenset()
    guards: tuple[tuple[str, Guarded], ...] = ()
    flags: frozenset[str] = frozenset()
    unread: Because | None = None
    unread_but: frozenset[str] = frozenset()
    absent: Collection[str] = ()
    unshown: Mapping[str, str] = field(default_factory=dict)
    identifier: str | None = None
    nameless: Callable[[str, str], Because | None] | None = None
    withheld: list[Withheld] = field(default_factory=list)

    def withhold(self, pointer: str, because: Because) -> object:
        """Note one element that stays."""
        self.withheld.append(Withheld(pointer, *because))
        return GONE

    def because(self, group: str) -> Because:
        """Why this group stays."""
        return self.kept_back.get(group, (self.otherwise, group))

    def keeps_for_family(self, pointer: str, group: str) -> bool:
        """Whether a sharing limit covers this field, whatever else may keep it back."""
        covered = any(pointer == limit or pointer.startswith(f"{limit}/") for limit in self.limits)
        return covered or self.kept_back.get(group, ("", ""))[0] == "family_limit"

    def part(
        self,
        value: Mapping[str, Any],
        node: Branch,
        pointer: str,
        scope: Scope,
    ) -> dict[str, Any]:
        """What remains of one part."""
        kept: dict[str, Any] = {}
        careful, allowed = self.careful, scope.allowed
        for name, inner in value.items():
            below = node.fields[name]
            group = below.group
            if group and not careful and name not in _ITEM_BY_ITEM:
                if group in allowed:
                    kept[name] = inner
                else:
                    self.withhold(f"{pointer}/{name}", self.because(group))
                continue
            at = f"{pointer}/{name}"
            taken = self._taken(inner, below, at, self._within(scope, at) if self.limits else scope)
            if taken is not GONE:
                kept[name] = taken
        return kept

    def _within(self, scope: Scope, at: str) -> Scope:
        return scope._replace(limited=True) if at in self.limits else scope

    def _taken(self, value: Any, node: Leaf | Branch, at: str, scope: Scope) -> Any:
        if isinstance(node, Leaf):
            return self._leaf(value, node, at, scope)
        if isinstance(value, list):
            items = [self._item(item, node, f"{at}/{place}", scope) for place, item in enumerate(value)]
            return [item for item in items if item is not GONE] or GONE
        return self.part(value, node, at, scope) or GONE

    def _item(self, item: Mapping[str, Any], node: Branch, at: str, scope: Scope) -> Any:
        """One item of a list: whom it is about decides first, then its fields."""
        because = self._about(item, node, at)
        if because is not None:
            return self.withhold(at, because)
        before = len(self.withheld)
        kept = self.part(item, node, at, self._within(scope, at) if self.limits else scope)
        if node.whole and len(self.withheld) > before:
            first = self.withheld[before]
            del self.withheld[before:]
            return self.withhold(at, (first.reason, first.rule))
        return kept or GONE

    def _about(self, item: Mapping[str, Any], node: Branch, at: str) -> Because | None:
        if self.identifier is not None and "system" in item and item["system"] != self.identifier:
            return "other_identifier", "child_identifier"
        if node.about:
            for person in _listed(item.get(node.about)):
                if person in self.unshown:
                    return "about_somebody", self.unshown[person]
        if at.startswith("/relationships/") and (item["person"] in self.absent or item["to"] in self.absent):
            return "names_somebody", "relationships"
        if at.startswith("/provenance/") and any(self._touching(item["pointer"])):
            return "points_at_withheld", "provenance"
        return None

    def _touching(self, pointer: str) -> Iterator[bool]:
        """Whether each part withheld so far is what the pointer names, lies in it, or holds it."""
        for withheld in self.withheld:
            yield f"{withheld.pointer}/".startswith(f"{pointer}/") or f"{pointer}/".startswith(f"{withheld.pointer}/")

    def _leaf(self, value: Any, leaf: Leaf, at: str, scope: Scope) -> Any:
        if leaf.group not in scope.allowed:
            return self.withhold(at, self.because(leaf.group))
        if not self.careful:
            return value
        if leaf.kind == "ref" and isinstance(value, list) and not scope.limited:
            return self._refs(value, at)
        because = self._kept_back(value, leaf, at, scope)
        return value if because is None else self.withhold(at, because)

    def _refs(self, value: list[str], at: str) -> Any:
        here = []
        for place, person in enumerate(value):
            if person in self.absent:
                self.withhold(f"{at}/{place}", ("names_somebody", "people"))
            else:
                here.append(person)
        return here or GONE

    def _kept_back(self, value: Any, leaf: Leaf, at: str, scope: Scope) -> Because | None:
        """Why a value of an allowed group stays after all, None if it goes."""
        if leaf.group not in self.always and (scope.limited or self._limited_inside(at)):
            return "family_limit", "HU-C03"
        covered = leaf.covered_by & scope.flags
        if covered:
            return "protected", FLAG_RULES[min(covered)]
        if leaf.kind == "ref":
            return ("names_somebody", "people") if value in self.absent else None
        if leaf.kind in ("prose", "line"):
            return self._text(value, leaf, at)
        return self.nameless(at, leaf.kind) if self.nameless else None

    def _text(self, value: Any, leaf: Leaf, at: str) -> Because | None:
        if leaf.kind == "prose" and self.unread is not None and leaf.group not in self.unread_but:
            return self.unread
        if self.guards:
            prose = screened(at, leaf.kind)
            for rule, values in self.guards:
                if any(values.within(text, prose) for text in _listed(value)):
                    return "holds_protected", rule
        return self.nameless(at, leaf.kind) if self.nameless else None

    def _limited_inside(self, at: str) -> bool:
        """Whether a limit points into this leaf: at one name of a list of names."""
        return any(limit.startswith(f"{at}/") for limit in self.limits)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
