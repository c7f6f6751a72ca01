"""The life of a policy: rehearsed, approved by two people in two roles, published for a day to come (settled 11).

A file is a proposal. Approvals are entries of the record that name the SHA-256 of its words; on publishing the words
are kept, and from its day on the store says what is in force. What only tightens may start at once with one approval;
what may loosen anything never does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, bindparam, select

from contracts.adapter import Fault
from contracts.errors import ConfigError, NotApproved, StoreUnavailable
from gateway.config.policy import Policy
from gateway.config.policytext import named, place_in, read_policy
from gateway.flows.access import APPROVERS
from gateway.flows.acting import Acting
from gateway.flows.decisions.said import ENGINE
from gateway.flows.gateway import Gateway
from gateway.flows.inforce import InForce, Publication
from gateway.flows.meanwhile import meanwhile
from gateway.path import proving
from gateway.path.loosening import loosened
from gateway.record.entries import make_entry
from gateway.store.sealer import record_entry
from gateway.store.tables import POLICY, POLICY_ACT, PROPOSAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

AT_ONCE: Final = 15_000
"""Milliseconds until a policy that starts at once decides: by then every process has seen it (`REFRESH`)."""

_LOG: Final = logging.getLogger(__name__)

REFRESH: Final = 5.0
"""Seconds between two looks at what is published."""

_PUBLISHED: Final = select(POLICY.c.digest, POLICY.c.starts).where(POLICY.c.council == bindparam("council"))
_TEXTS: Final = select(POLICY.c.digest, POLICY.c.text).where(
    POLICY.c.council == bindparam("council"), POLICY.c.digest.in_(bindparam("digests", expanding=True))
)
_IN_FORCE: Final = (
    select(POLICY.c.text)
    .where(POLICY.c.council == bindparam("council"), POLICY.c.starts <= bindparam("now"))
    .order_by(POLICY.c.starts.desc(), POLICY.c.seq.desc())
    .limit(1)
)
_ACTS: Final = select(POLICY_ACT.c.kind, POLICY_ACT.c.role, POLICY_ACT.c.by).where(
    POLICY_ACT.c.council == bindparam("council"), POLICY_ACT.c.digest == bindparam("digest")
)
_AUTHOR: Final = select(PROPOSAL.c.by).where(
    PROPOSAL.c.council == bindparam("council"), PROPOSAL.c.digest == bindparam("digest")
)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an act on a policy. starts: ms UTC from which it decides, 0 for an approval."""

    digest: str
    say: str
    starts: int = 0


@lru_cache(maxsize=8)
def check(text: str) -> Policy:
    """A proposal, proven to have no gap, no row that can never decide, and to keep its promises. Raises ConfigError.

    Words that are proven stay so: each step on their way asks, and the proof is made once.
    """
    policy, _ = read_policy(text)
    faults = proving.faults(policy)
    if faults:
        raise ConfigError("This policy may not be used", tuple(map(named, faults)))
    return policy


async def approve(gateway: Gateway, person: Acting, text: str) -> Done:
    """Record that somebody approves these words. Repeating it changes nothing.

    Raises ConfigError, NotYourRole, and NotApproved for who put them forward, or approved them in the other role.
    """
    person.must_be_let("policy.approve")
    policy, council = await asyncio.to_thread(check, text), person.council.name

    def work(tx: Tx) -> None:
        which = {"council": council, "digest": policy.digest}
        if tx.execute(_AUTHOR, which).scalar() == person.name:
            raise NotApproved(f"{person.name} put it forward. Others must approve it.")
        approved = {act.role for act in tx.execute(_ACTS, which) if (act.kind, act.by) == ("approved", person.name)}
        if approved - {person.role}:
            raise NotApproved(f"{person.name} approved it in the other role. Another person must approve it in this.")
        if not approved:
            note(gateway, tx, person, policy, "approved")

    await gateway.writer.submit(Write(work))
    return Done(policy.digest, f"{person.name} approves {policy.id} {policy.version} as {person.role}.")


async def publish(gateway: Gateway, person: Acting, text: str, *, at_once: bool = False) -> Done:
    """Put a policy in force from its own day, or at once if it only tightens.

    Raises ConfigError, NotYourRole, and NotApproved with what is missing.
    """
    person.must_be_let("policy.publish")
    policy, council = await asyncio.to_thread(check, text), person.council.name
    rules = gateway.rules
    assert isinstance(rules, InForce)
    first = not rules.published(council)
    looser = () if first else loosened(rules[council].policy, policy)

    def work(tx: Tx) -> int:
        starts = _starts(policy, tx.now, first, at_once)
        which = {"council": council, "digest": policy.digest}
        author = tx.execute(_AUTHOR, which).scalar()
        acts = [tuple(act) for act in tx.execute(_ACTS, which) if (act.kind, act.by) != ("approved", author)]
        approved = _ready(acts, looser, at_once=at_once, first=first)
        _publish(gateway, tx, council, policy, starts, person.said | {"approved": approved, "loosens": len(looser)})
        return starts

    starts = await gateway.writer.submit(Write(work))
    await refresh(gateway)
    return Done(policy.digest, f"{policy.id} {policy.version} is published.", starts)


def publish_own(gateway: Gateway) -> None:
    """A demonstration is its own council: it publishes the policy of its files, where another or none decides."""
    for council in gateway.catalogue.councils:
        gateway.writer.run(Write(lambda tx, council=council: _publish_filed(gateway, tx, council)))  # type: ignore[misc]


def _publish_filed(gateway: Gateway, tx: Tx, council: str) -> None:
    policy = gateway.catalogue.policies[council]
    standing = tx.execute(_PUBLISHED.order_by(POLICY.c.seq.desc()).limit(1), {"council": council}).first()
    if standing is None or standing.digest != policy.digest:
        _publish(gateway, tx, council, policy, tx.now, {"by": "demonstration", "approved": [], "loosens": 0})


def _publish(gateway: Gateway, tx: Tx, council: str, policy: Policy, starts: int, said: dict[str, object]) -> None:
    sections = {
        "actors": {"engine": ENGINE, "by": said["by"]},
        "policy": {"id": policy.id, "version": policy.version, "sha256": policy.digest, "from": starts},
        "published": said,
    }
    entry = make_entry(str(uuid4()), council, "policy.published", tx.now, sections, gateway.salt)
    record_entry(tx, entry)
    tx.insert(
        POLICY,
        {
            "council": council,
            "digest": policy.digest,
            "text": policy.text,
            "starts": starts,
            "published_by": said["by"],
            "entry": entry.rid,
            "at": tx.now,
        },
    )


def note(
    gateway: Gateway,
    tx: Tx,
    person: Acting,
    policy: Policy,
    kind: str,
    said: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Record an act on a policy that is not in force: `approved` or `rehearsed`."""
    council = person.council.name
    sections = {
        "actors": {"engine": ENGINE, "by": person.name},
        "policy": {"id": policy.id, "version": policy.version, "sha256": policy.digest},
        kind: {**person.said, **said},
    }
    entry = make_entry(str(uuid4()), council, f"policy.{kind}", tx.now, sections, gateway.salt)
    record_entry(tx, entry)
    acts = tx.execute(_ACTS, {"council": council, "digest": policy.digest}).all()
    if (kind, person.role, person.name) not in [tuple(act) for act in acts]:
        act = {"council": council, "digest": policy.digest, "kind": kind, "role": person.role, "by": person.name}
        tx.insert(POLICY_ACT, act | {"entry": entry.rid, "at": tx.now})


def _starts(policy: Policy, now: int, first: bool, at_once: bool) -> int:
    """The instant from which it decides. Nothing is ever decided by a policy that was not yet published."""
    starts = int(policy.effective_from.timestamp() * 1_000)
    if at_once or (first and starts <= now):
        return now if first else now + AT_ONCE
    if starts <= now:
        expected = "a day to come: nothing is decided again for days that are over"
        fault = Fault(
            place_in(policy.text, "policy.yaml", "effective_from"),
            "",
            expected,
            "Write a later day, and have it approved again.",
        )
        raise ConfigError("This policy starts in the past", (fault,))
    return starts


def _ready(acts: list[tuple[str, str, str]], looser: tuple[str, ...], *, at_once: bool, first: bool) -> list[str]:
    """Who approved it, as `role: name`. Raises NotApproved."""
    names = {role: name for kind, role, name in acts if kind == "approved" and role in APPROVERS}
    if at_once and looser:
        raise NotApproved(f"It may loosen something, so it cannot start at once: {looser[0]}")
    if at_once and names and not first:
        return [f"{role}: {name}" for role, name in sorted(names.items())]
    missing = [role for role in APPROVERS if role not in names]
    if missing:
        raise NotApproved(f"It is not approved yet by: {', '.join(missing)}. Run: gateway policy approve")
    if len(set(names.values())) < len(APPROVERS):
        raise NotApproved("One person approved it in both roles. Another must approve it in one of them.")
    if not first and not any(kind == "rehearsed" for kind, _, _ in acts):
        raise NotApproved("Nobody has rehearsed it on what came before. Run: gateway policy rehearse")
    return [f"{role}: {name}" for role, name in sorted(names.items())]


def words_in_force(connection: Connection, council: str, now: int) -> str:
    """The words that decide at this instant, ms UTC; "" where none are published."""
    return connection.execute(_IN_FORCE, {"council": council, "now": now}).scalar() or ""


def words_of(connection: Connection, council: str, digest: str) -> str:
    """The words of a policy that was published at some time, by their SHA-256; "" for one nobody knows."""
    found = connection.execute(_TEXTS, {"council": council, "digests": [digest]}).first()
    return found.text if found else ""


@asynccontextmanager
async def refreshing(gateway: Gateway) -> AsyncIterator[None]:
    """Look every few seconds at what is published, for as long as this is entered."""

    async def look() -> None:
        while True:
            await asyncio.sleep(REFRESH)
            try:
                await refresh(gateway)
            except (StoreUnavailable, ConfigError) as error:
                _LOG.warning("what is published could not be read", extra={"problem": error.slug()})

    async with meanwhile(look()):
        yield


async def refresh(gateway: Gateway) -> None:
    """Go by what the store says is published. Raises StoreUnavailable, ConfigError."""
    for council in gateway.rules:
        await gateway.store.ask(council, lambda connection, council=council: _take(gateway, connection, council))  # type: ignore[misc]


def refresh_now(gateway: Gateway) -> None:
    """`refresh`, before there is an event loop."""
    for council in gateway.rules:
        with gateway.store.read(council) as connection:
            _take(gateway, connection, council)


def _take(gateway: Gateway, connection: Connection, council: str) -> None:
    rules = gateway.rules
    if not isinstance(rules, InForce):
        return
    rows = connection.execute(_PUBLISHED.order_by(POLICY.c.seq), {"council": council})
    publications = tuple(Publication(row.digest, row.starts) for row in rows)
    missing = sorted(rules.missing(council, publications))
    found = connection.execute(_TEXTS, {"council": council, "digests": missing}) if missing else ()
    rules.take(council, publications, {row.digest: row.text for row in found})
