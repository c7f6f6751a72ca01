"""P22: rehearsing a proposed policy on stored decisions, beside reading the same facts and deciding nothing.

Hardly two decisions hold the same facts: that is the dearest case, since equal ones are decided once. Counted is
processor time. The cost is linear if ten times the decisions take no more than ten times as long.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from contracts.decision import Outcome
from gateway.config.policy import Policy
from gateway.flows.policy.rehearse import Days, rehearsed
from gateway.record.canonical import canonical
from gateway.store.columns import Text
from gateway.store.engine import open_engine
from gateway.store.tables import DECISION
from tests.bench.deciding import decisions, policy
from tests.bench.goals import GOALS, Measured, pairs
from tests.bench.stand import Stand
from tests.bench.written import open_store

COUNCIL: Final = "hull"
DECISIONS: Final = 100_000
LOOSENED: Final = "A-201"
"""The rule that the proposal loosens: whoever it held is shared about instead."""


def measure(stand: Stand, large: int = DECISIONS) -> list[Measured]:
    """The tenth, the whole and the floor in turn."""
    small = large // 10
    stand.say(f"making {large:,} decisions")
    store, now = make_decisions(stand.folder, large), policy()
    proposal = loosened(now)
    times: dict[str, list[float]] = {name: [] for name in ("floor", "small", "large")}
    for turn in range(min(3, stand.scale.rounds)):
        stand.say(f"rehearsing {large:,} decisions, round {turn + 1}")
        times["floor"].append(_timed(lambda: read(store, large)))
        times["small"].append(_timed(lambda: rehearse(store, now, proposal, small)))
        times["large"].append(_timed(lambda: rehearse(store, now, proposal, large)))
    store.unlink()
    each = f"{median(times['large']) / large * 1e6:,.1f} µs each"
    tenth = f"{median(times['small']) / small * 1e6:,.1f} µs each"
    floor = f"{median(times['floor']) / large * 1e6:,.1f} µs each"
    note = f"{large:,} decisions, hardly two with the same facts; {LOOSENED} loosened; processor time."
    tenths = [seconds * large / small for seconds in times["small"]]
    return [
        Measured(GOALS["P22"], each, tenth, pairs(times["large"], tenths), note),
        Measured(GOALS["P22 read"], each, floor, pairs(times["large"], times["floor"])),
    ]


def make_decisions(folder: Path, n: int) -> Path:
    """A store that holds `n` decisions of one council, the first at instant 0, one each millisecond."""
    store, chance = folder / "decisions.db", random.Random(22)
    open_engine(f"sqlite:///{store}", demo=True).close()
    known = {fact: sorted(values) for fact, values in policy().vocabulary.items()}
    given = dict(decisions()[0].facts.values)
    filled = {"id": "", "council": COUNCIL, "facts": "", "at": 0}
    row = {one.name: filled.get(one.name, "words" if isinstance(one.type, Text) else 1) for one in DECISION.columns}
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join(f":{name}" for name in row)
    with closing(open_store(store)) as connection:
        connection.execute("BEGIN")
        for number in range(n):
            facts = given | {fact: chance.choice(values) for fact, values in known.items() if chance.random() < 0.3}
            own = {"id": f"d{number}", "at": number, "facts": canonical(facts).decode()}
            connection.execute(f"INSERT INTO decision ({names}) VALUES ({marks})", row | own)
        connection.execute("COMMIT")
    return store


def loosened(now: Policy) -> Policy:
    """The same policy with one rule that shares the least instead of holding."""
    tables = tuple(
        replace(table, rules=tuple(
            replace(rule, outcome=Outcome.SHARE_MINIMISED, hit=replace(rule.hit, outcome=Outcome.SHARE_MINIMISED))
            if rule.id == LOOSENED else rule
            for rule in table.rules
        ))
        for table in now.tables
    )  # fmt: skip
    return replace(now, tables=tables)


def rehearse(store: Path, now: Policy, proposal: Policy, n: int) -> int:
    """The product's rehearsal of the first `n`. Answers how many would have been treated differently."""
    opened = open_engine(f"sqlite:///{store}", demo=True, read_only=True)
    try:
        done = rehearsed(opened, COUNCIL, now, proposal, Days(0, n))
    finally:
        opened.close()
    if done.replayed != n:
        raise ValueError(f"{done.replayed:,} of {n:,} decisions were rehearsed")
    return done.differing


def read(store: Path, n: int) -> int:
    """The floor: the same facts through plain SQLite, parsed and counted. Answers how many."""
    with closing(open_store(store)) as connection:
        rows = connection.execute("SELECT id, referral, facts FROM decision WHERE at < ? ORDER BY at, id", (n,))
        return sum(bool(json.loads(facts)) for _, _, facts in rows)


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
