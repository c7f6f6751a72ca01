"""The rules in force: those published for this instant, or where none are, the files as they are (settled 11)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.config.policytext import read_policy
from gateway.path.course import Rules


def _now() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Publication:
    """A policy that a council published: SHA-256 of its text, and the instant, ms UTC, from which it decides."""

    digest: str
    starts: int


class InForce(Mapping[str, Rules]):
    """Council → what it decides with now. It changes by itself at the instant from which a policy was published."""

    def __init__(self, filed: Mapping[str, Rules], now: Callable[[], int] = _now) -> None:
        """filed: each council's rules with the policy of its files; now: ms UTC."""
        self._filed, self._now = filed, now
        self._published: dict[str, tuple[tuple[int, Rules], ...]] = {}

    def __getitem__(self, council: str) -> Rules:
        published = self._published.get(council, ())
        now = self._now() if published else 0
        standing = [rules for starts, rules in published if starts <= now]
        return standing[-1] if standing else self._filed[council]

    def __iter__(self) -> Iterator[str]:
        return iter(self._filed)

    def __len__(self) -> int:
        return len(self._filed)

    def filed(self, council: str) -> Rules:
        """The rules as the files propose them."""
        return self._filed[council]

    def of(self, council: str, digest: str) -> Rules:
        """The rules of the policy with this digest, whenever it was in force; those of now where nobody has it."""
        known = (rules for _, rules in self._published.get(council, ()) if rules.policy.digest == digest)
        return next(known, self[council])

    def published(self, council: str) -> bool:
        """Whether a policy that somebody published decides now: without one, nothing is delivered."""
        now = self._now()
        return any(starts <= now for starts, _ in self._published.get(council, ()))

    def missing(self, council: str, publications: tuple[Publication, ...]) -> frozenset[str]:
        """Digests of policies that are published and not known here yet."""
        return frozenset(one.digest for one in publications) - self._digests(council)

    def take(self, council: str, publications: tuple[Publication, ...], texts: Mapping[str, str]) -> None:
        """Go by these publications from now on. `texts` has the words of those that were missing."""
        known = {rules.policy.digest: rules for _, rules in self._published.get(council, ())}
        filed = self._filed[council]
        known[filed.policy.digest] = filed
        for digest, text in texts.items():
            policy, groups = read_policy(text)
            known[digest] = replace(filed, policy=policy, groups=groups)
        every = sorted(publications, key=lambda one: one.starts)  # of two that start together, the later one decides
        self._published[council] = tuple((one.starts, known[one.digest]) for one in every)

    def _digests(self, council: str) -> frozenset[str]:
        known = {rules.policy.digest for _, rules in self._published.get(council, ())}
        return frozenset(known | {self._filed[council].policy.digest})
