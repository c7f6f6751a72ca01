"""A person says that a task is done: a record on both systems, a call that was made, a message that was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import bindparam, select

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotYourRole
from contracts.events import TOLD
from contracts.referral import Referral
from gateway.config.policy import Task
from gateway.flows.acting import Acting
from gateway.flows.decisions import timers
from gateway.flows.entry import write_entry
from gateway.flows.follow_up import happened
from gateway.flows.follow_up.happened import Happened
from gateway.flows.gateway import Gateway
from gateway.flows.holds.ending import stop
from gateway.flows.holds.held import LEAST, about, find
from gateway.store.tables import CLOCK, EVENT
from gateway.store.transaction import Tx
from gateway.store.writer import Write

BOTH: Final = "record_on_both_systems"
"""The task whose prepared text is copied into two systems, by two people."""

READERS: Final = "look_at_readers"
"""The task of those who watch who reads: each role has its own."""

ELSEWHERE: Final = {
    "review_break_glass": "Say what you found in its review: this task ends with that.",
}
"""Code of a task → where it is done, if not by saying so."""

HEADINGS: Final = {"Decision": "decision", "Rationale": "rationale", "Next Steps": "next_steps"}
"""Heading of the text that is copied → field of `Referral.step_down` (Kent, the record on both systems)."""

_CAME: Final = select(EVENT.c.code, EVENT.c.by).where(
    EVENT.c.referral == bindparam("of"), EVENT.c.code.in_(bindparam("codes", expanding=True))
)
_DIVERTS: Final = select(CLOCK.c.id).where(
    CLOCK.c.council == bindparam("council"),
    CLOCK.c.referral >= bindparam("called"),
    CLOCK.c.referral < bindparam("after"),
    CLOCK.c.kind == "clock:divert_acknowledged",
    CLOCK.c.state == "running",
)


async def done(gateway: Gateway, who: Acting, name: str, *, on: str = "", note: str = "") -> dict[str, object]:
    """Keep that a task is done, or one half of it. Raises NotYourRole, NoSuchAnswer, AnsweredAlready, NotFound.

    on    which of its events this is, where it takes several: `ehm` for `recorded_on_ehm`
    note  what the person writes beside it
    """

    def work(tx: Tx) -> dict[str, object]:
        clock = find(tx, who, name)
        if clock["kind"].startswith(("hold:", "timer:")):
            raise NoSuchAnswer("This is no task. A hold is decided, not done.")
        who.must_be_let("tasks.done", about(clock))
        if clock["state"] != "running":
            raise AnsweredAlready("This has ended already. Nothing was changed.")
        if about(clock) in ELSEWHERE:
            raise NoSuchAnswer(ELSEWHERE[about(clock)])
        if about(clock) == READERS and clock["owner"] != who.role:
            raise NotYourRole("Nobody looks at who watches them. Whoever it was given to must.")
        if about(clock) == "sample_decision" and clock["decided_by"] == who.name:
            raise NotYourRole("Nobody looks at their own decision. Somebody else must.")
        task = _task(gateway, clock)
        return _told(gateway, tx, who, clock, task, on, note) if task and task.stops else _ended(tx, who, clock, note)

    return await gateway.writer.submit(Write(work))


async def acknowledge(gateway: Gateway, who: Acting, referral: str) -> dict[str, object]:
    """Say that somebody at the front door has read a divert: nobody is rung about it again. Raises as `done` does."""

    def work(tx: Tx) -> dict[str, object]:
        asked = {"council": who.council.name, "called": referral, "after": f"{referral}g"}
        clocks = tx.execute(_DIVERTS, asked).scalars().all() if len(referral) >= LEAST else []
        if not clocks:
            raise AnsweredAlready("Nothing of that referral waits for the front door.")
        clock = find(tx, who, clocks[0])
        who.must_be_let("tasks.done", about(clock))
        task = gateway.policy(who.council.name).clocks[about(clock)]
        return _told(gateway, tx, who, clock, task, "", "")

    return await gateway.writer.submit(Write(work))


def to_copy(referral: Referral) -> dict[str, str]:
    """The prepared text of a step-down under its three headings, as it is pasted into both systems."""
    block = referral.step_down
    return {heading: getattr(block, name) or "" for heading, name in HEADINGS.items()} if block else {}


def _task(gateway: Gateway, clock: Mapping[str, Any]) -> Task | None:
    policy, (what, _, code) = gateway.policy(clock["council"]), clock["kind"].partition(":")
    tasks: Mapping[str, Task] = {"task": policy.tasks, "clock": policy.clocks}.get(what, {})
    return tasks.get(code)


def _told(
    gateway: Gateway, tx: Tx, who: Acting, clock: Mapping[str, Any], task: Task, on: str, note: str
) -> dict[str, object]:
    """The event that a task waits for, told by a person. Where it takes two, they are two people."""
    code = _meant(task, on)
    came = {row.code: row.by for row in tx.execute(_CAME, {"of": clock["referral"], "codes": list(task.stops)})}
    if code in came:
        raise AnsweredAlready(f"{came[code]} has said that already.")
    if task.all_of_them and who.name in came.values():
        raise NotYourRole("Two people confirm this, one for each system. You confirmed the other: a colleague must.")
    telling, words = f"{clock['referral']}/{code}", {"words": note} if note else {}
    one = Happened(telling, clock["referral"], "", "event", code, tx.now, who.name, words)
    entry = happened.keep(gateway, tx, who.council, one, {"task": clock["id"]}, who.said)
    timers.ended(tx, gateway.policy(who.council.name), clock["referral"], code, who.name)
    left = [TOLD[other] for other in task.stops if task.all_of_them and other not in came and other != code]
    say = f"Recorded: {TOLD[code]}" + (f" Still to come from a colleague: {' '.join(left)}" if left else "")
    return {"id": clock["id"], "state": "waits" if left else "done", "say": say, "entry": entry}


def _meant(task: Task, on: str) -> str:
    if not on and len(task.stops) == 1:
        return task.stops[0]
    meant = [code for code in task.stops if code == on or code.endswith(f"_{on}")] if on else []
    if len(meant) != 1:
        names = ", ".join(code.rpartition("_")[2] for code in task.stops)
        raise NoSuchAnswer(f"Say with --on which of them you did: {names}.")
    return meant[0]


def _ended(tx: Tx, who: Acting, clock: Mapping[str, Any], note: str) -> dict[str, object]:
    """A task that nothing else tells of: it is done when somebody says so."""
    stop(tx, clock["id"], who.name, "done")
    said = who.said | {"task": clock["id"], "kind": clock["kind"], "note": note}
    entry = write_entry(tx, who.council.name, clock["referral"], "task.done", said, section="human")
    return {"id": clock["id"], "state": "done", "say": "Done. It rings no more.", "entry": entry}
