"""Passes a hold or a task on to whoever is next, or lets it go, where the person who has it cannot decide it.

Clocks pass on by themselves what nobody takes (`ticks`). This is for what somebody has looked at. Its time runs on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import update

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotYourRole
from gateway.flows.access import person_may
from gateway.flows.acting import Acting, may_act
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.held import about, find
from gateway.path.alarms import tell_at, watch_of
from gateway.path.whose import covered
from gateway.store.chance import new_id
from gateway.store.tables import ALARM, CLOCK
from gateway.store.transaction import Tx
from gateway.store.writer import Write

_LEAST: Final = 10


def following(gateway: Gateway, who: Acting, clock: Mapping[str, Any]) -> str:
    """The role that is next after the one whose turn it is, and that may answer it; "" where nobody is."""
    council, policy = who.council, gateway.policy(who.council.name)
    watch = watch_of(clock["kind"], clock["owner"], policy, council)
    chain = [covered(role, council.roles) for role in (*watch.owners, *watch.tells)]
    here = max((chain.index(role) for role in (clock["owner"], who.role) if role in chain), default=-1)
    operation = "holds.decide" if clock["kind"].startswith("hold:") else "tasks.done"
    after = [role for role in chain[here + 1 :] if role not in (clock["owner"], who.role)]
    may = (role for role in after if person_may(operation, role, about(clock)))
    return next((role for role in may if set(may_act(council, role)) - {who.name}), "")


async def pass_on(gateway: Gateway, who: Acting, name: str, reason: str) -> dict[str, object]:
    """Put it before the next role, which hears of it. Raises NotYourRole, NotFound, NoSuchAnswer, AnsweredAlready."""
    if len(reason.strip()) < _LEAST:
        raise NoSuchAnswer("Write in a sentence why you pass it on: whoever has it next reads that.")

    def work(tx: Tx) -> dict[str, object]:
        clock = _running(tx, who, name)
        role = following(gateway, who, clock)
        if not role:
            raise NotYourRole("Nobody comes after you who may answer this. Ring your manager, and say why you cannot.")
        # Looked at next when its time is up: until then nobody's turn passes by itself.
        following_look = max(clock["next_at"], clock["due_at"])
        moved = {"owner": role, "taken_by": "", "next_at": following_look}
        tx.execute(update(CLOCK).where(CLOCK.c.id == clock["id"]).values(moved))
        said = who.said | {"clock": clock["id"], "to": role, "reason": reason.strip()}
        what = clock["kind"].partition(":")[0]
        entry = write_entry(tx, who.council.name, clock["referral"], f"{what}.passed", said, section="human")
        _tell(gateway, tx, who, clock, role, entry)
        title = who.council.roles[role].title
        return {"id": clock["id"], "owner": role, "say": f"It is with the {title} now, and they hear of it."}

    return await gateway.writer.submit(Write(work))


async def let_go(gateway: Gateway, who: Acting, name: str) -> dict[str, object]:
    """Take one's name off it again. Raises NotYourRole, NotFound, AnsweredAlready where it is not theirs."""

    def work(tx: Tx) -> dict[str, object]:
        clock = _running(tx, who, name)
        if clock["taken_by"] != who.name:
            raise AnsweredAlready("It is not yours. Nothing was changed.")
        # Whose turn it is now is looked at at once; that its time is up is told again when it would have been.
        freed = {"taken_by": "", "next_at": clock["next_at"] if clock["rung"] else tx.now}
        tx.execute(update(CLOCK).where(CLOCK.c.id == clock["id"]).values(freed))
        what = clock["kind"].partition(":")[0]
        said = who.said | {"clock": clock["id"]}
        write_entry(tx, who.council.name, clock["referral"], f"{what}.freed", said, section="human")
        return {"id": clock["id"], "say": "It is nobody’s now. Its time runs on."}

    return await gateway.writer.submit(Write(work))


def _running(tx: Tx, who: Acting, name: str) -> dict[str, Any]:
    clock = find(tx, who, name)
    who.must_be_let("holds.take" if clock["kind"].startswith("hold:") else "tasks.take", about(clock))
    if clock["state"] != "running":
        raise AnsweredAlready("This has ended already. Nothing was changed.")
    return clock


def _tell(gateway: Gateway, tx: Tx, who: Acting, clock: Mapping[str, Any], role: str, entry: str) -> None:
    """What interrupts does so at once; the rest is in the role's next digest (settled 45)."""
    council = who.council
    watch = watch_of(clock["kind"], role, gateway.policy(council.name), council)
    row = {name: clock[name] for name in ("council", "referral", "kind", "delivery")}
    told = {"id": new_id(), "role": role, "why": "passed", "interrupts": int(watch.interrupts), "entry": entry}
    tx.insert(ALARM, row | told | {"at": tx.now, "tell_at": tell_at(watch.interrupts, gateway.now(), council.hours)})
