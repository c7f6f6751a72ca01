"""Takes a hold or a task: others see who looks at it, and its clock runs on."""

from __future__ import annotations

from sqlalchemy import update

from contracts.errors import AnsweredAlready
from gateway.flows.acting import Acting
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.held import about, find
from gateway.store.tables import CLOCK
from gateway.store.transaction import Tx
from gateway.store.writer import Write


async def take(gateway: Gateway, who: Acting, name: str) -> dict[str, object]:
    """Say that this person looks at it. Whoever had taken it is told of by the record. Raises NotYourRole, NotFound."""

    def work(tx: Tx) -> dict[str, object]:
        clock = find(tx, who, name)
        what = clock["kind"].partition(":")[0]
        who.must_be_let("holds.take" if what == "hold" else "tasks.take", about(clock))
        if clock["state"] != "running":
            raise AnsweredAlready("This has ended already. Nothing was changed.")
        before = clock["taken_by"]
        if before != who.name:
            tx.execute(update(CLOCK).where(CLOCK.c.id == clock["id"]).values(taken_by=who.name))
            said = who.said | {"clock": clock["id"], "before": before}
            write_entry(tx, who.council.name, clock["referral"], f"{what}.taken", said, section="human")
        say = f"It is yours now. {before} had taken it before." if before not in ("", who.name) else "It is yours."
        return {"id": clock["id"], "taken_by": who.name, "say": f"{say} Its time runs on."}

    return await gateway.writer.submit(Write(work))
