"""Every version of a council's policy that anybody here can read: in force, to come, earlier, put forward, on disk.

The list is read whole: a council has a few versions a year, whatever it decides by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal

from sqlalchemy import Connection, bindparam, select

from contracts.errors import NotFound
from gateway.config.policy import Policy, Rule
from gateway.config.policytext import read_policy
from gateway.flows.acting import Acting
from gateway.flows.entry import sections_of
from gateway.flows.gateway import Gateway
from gateway.flows.policy import proposing
from gateway.path.versus import Versus, versus
from gateway.store import content
from gateway.store.tables import POLICY, POLICY_ACT, PROPOSAL

State = Literal["in_force", "to_come", "before", "proposed", "aside", "filed"]
"""Decides now; decides from a day to come; decided earlier; put forward; put aside; only in the files of this machine,
whether published by nobody yet or other than what is in force."""

_PUBLISHED: Final = (
    select(POLICY).where(POLICY.c.council == bindparam("council")).order_by(POLICY.c.starts, POLICY.c.seq)
)
_PROPOSED: Final = select(PROPOSAL).where(PROPOSAL.c.council == bindparam("council")).order_by(PROPOSAL.c.at.desc())
_ACTS: Final = (
    select(POLICY_ACT)
    .where(POLICY_ACT.c.council == bindparam("council"), POLICY_ACT.c.digest == bindparam("digest"))
    .order_by(POLICY_ACT.c.at, POLICY_ACT.c.role)
)


@dataclass(frozen=True, slots=True)
class Version:
    """One policy and where it stands. Times in ms UTC.

    starts, until  from when and before when it decides, or did; None for what was never published, or goes on
    by, at, entry  who put it in force, or put it forward, and when; "" and None for what only files have
    why            what whoever put it forward wrote; "" where nobody did
    """

    policy: Policy
    state: State
    starts: int | None = None
    until: int | None = None
    by: str = ""
    at: int | None = None
    entry: str = ""
    why: str = ""
    proposed_by: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of its words."""
        return self.policy.digest


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody approved a policy or rehearsed it; `said` is what the record keeps of it."""

    kind: str
    role: str
    by: str
    at: int
    entry: str
    said: Mapping[str, Any]


async def versions(gateway: Gateway, who: Acting) -> tuple[Version, ...]:
    """Every version: the one in force first, then what is to come, what is put forward, and the earlier ones, newest
    first. Raises NotYourRole."""
    who.must_be_let("policy.list")
    council = who.council.name
    return await gateway.store.ask(council, lambda connection: _versions(gateway, connection, council))


async def version(gateway: Gateway, who: Acting, digest: str) -> Version:
    """One version. Raises NotYourRole, NotFound."""
    found = next((one for one in await versions(gateway, who) if one.digest == digest), None)
    if found is None:
        raise NotFound("There is no policy of that name here.")
    return found


async def published(gateway: Gateway, council: str) -> tuple[Version, ...]:
    """Every version that was published, the first first: for everybody, so nothing of who put it forward or why."""
    found = await gateway.store.ask(council, lambda connection: _published(gateway, connection, council))
    return tuple(replace(one, why="", proposed_by="", by="") for one in found)


def since(found: Sequence[Version], policy: Policy) -> Mapping[str, Version]:
    """Rule → the version with which it came as it reads in this policy: the first of those that have it unchanged up to
    this one. `found` as `published` gives it."""
    place = next((place for place, one in enumerate(found) if one.digest == policy.digest), None)
    if place is None:
        return {}
    came = {rule.id: found[place] for rule in rules_of(policy)}
    same = {rule.id: _bare(rule) for rule in rules_of(policy)}
    for one in reversed(found[:place]):
        there = {rule.id: _bare(rule) for rule in rules_of(one.policy)}
        same = {rule: bare for rule, bare in same.items() if there.get(rule) == bare}
        came |= dict.fromkeys(same, one)
    return came


def rules_of(policy: Policy) -> Iterator[Rule]:
    """Every row of a policy, in the order of its tables."""
    for table in policy.tables:
        yield from table.rules


def _bare(rule: Rule) -> Rule:
    """A row without the place it stands at in its file."""
    return replace(rule, position="")


async def acts(gateway: Gateway, who: Acting, digest: str) -> tuple[Act, ...]:
    """Who approved and who rehearsed these words, the first first. Raises NotYourRole."""
    who.must_be_let("policy.list")
    council = who.council.name

    def read(connection: Connection) -> tuple[Act, ...]:
        rows = connection.execute(_ACTS, {"council": council, "digest": digest}).all()
        said = [sections_of(connection, council, row.entry).get(row.kind, {}) for row in rows]
        return tuple(
            Act(row.kind, row.role, row.by, row.at, row.entry, one) for row, one in zip(rows, said, strict=True)
        )

    return await gateway.store.ask(council, read)


@lru_cache(maxsize=16)
def read(text: str) -> Policy:
    """The policy of a text, read once: to read one takes a third of a second."""
    return read_policy(text)[0]


@lru_cache(maxsize=16)
def _compared(old: str, new: str) -> Versus:
    return versus(read(old), read(new))


async def compared(gateway: Gateway, who: Acting, old: Policy, new: Policy) -> Versus:
    """Everything in which two versions differ. Raises NotYourRole."""
    who.must_be_let("policy.list")
    return await gateway.store.ask(who.council.name, lambda _: _compared(old.text, new.text))


def before(found: Sequence[Version], one: Version) -> Version | None:
    """What it takes, or took, the place of: what decided before it, or decides now. None for the first."""
    if one.starts is None:
        published = any(other.state == "in_force" for other in found)
        deciding = "in_force" if published else "filed"  # until something is published, the files decide
        return next((other for other in found if other.state == deciding and other is not one), None)
    earlier = [other for other in found if other.starts is not None and other.starts < one.starts]
    return max(earlier, key=lambda other: other.starts or 0, default=None)


def overdue(one: Version, today: date) -> tuple[str, ...]:
    """A sentence for each day of review that is over."""
    return tuple(one.policy.overdue(today))


def _versions(gateway: Gateway, connection: Connection, council: str) -> tuple[Version, ...]:
    published = _published(gateway, connection, council)
    digests = {one.digest for one in published}
    proposed = [one for one in _proposed(connection, council) if one.digest not in digests]
    filed = proposing.on_disk(gateway, council)
    if not any(one.state == "in_force" for one in published):
        filed = gateway.policy(council)  # until something is published, the files decide
    only = filed is not None and filed.digest not in digests | {one.digest for one in proposed}
    every = [*published, *proposed, *([Version(filed, "filed")] if only and filed is not None else [])]
    return tuple(sorted(every, key=lambda one: (_ORDER[one.state], -(one.starts or one.at or 0))))


_ORDER: Final[Mapping[State, int]] = {"in_force": 0, "to_come": 1, "proposed": 2, "filed": 3, "before": 4, "aside": 5}


def _published(gateway: Gateway, connection: Connection, council: str) -> list[Version]:
    rows, now = connection.execute(_PUBLISHED, {"council": council}).all(), gateway.now()
    standing = max((place for place, row in enumerate(rows) if row.starts <= now), default=-1)
    forward = {one.digest: one for one in _proposed(connection, council)}
    found = []
    for place, row in enumerate(rows):
        state: State = "in_force" if place == standing else "before" if place < standing else "to_come"
        until = rows[place + 1].starts if place + 1 < len(rows) else None
        put = forward.get(row.digest)
        why, by = (put.why, put.by) if put else ("", "")
        found.append(Version(read(row.text), state, row.starts, until, row.published_by, row.at, row.entry, why, by))
    return found


def _proposed(connection: Connection, council: str) -> list[Version]:
    found = []
    for row in connection.execute(_PROPOSED, {"council": council}):
        why = (content.get(connection, council, row.said) or b"").decode()
        state: State = "proposed" if row.ended_at is None else "aside"
        found.append(Version(read(row.text), state, None, None, row.by, row.at, row.entry, why, row.by))
    return found
