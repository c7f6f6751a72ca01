"""One accepted submission whose rows were made ready where there is no store: all that is left is to write them."""

from __future__ import annotations

from typing import Any, NamedTuple

from gateway.flows.decisions import lineage as versions
from gateway.flows.gateway import Gateway
from gateway.flows.submissions import standing
from gateway.flows.submissions.accepting import Turn
from gateway.flows.submissions.sent import Answer, Sent
from gateway.store.transaction import Apart, AskedApart, Made, Tx
from gateway.store.vault import vault_in
from gateway.store.versions import Lineage
from gateway.store.writer import Write


class Prepared(NamedTuple):
    """Rows of a submission that came, as far as was known, for the first time; of plain values, so that it travels.

    row       of the submission
    lineages  source records that nothing may have been made of yet
    policies  digests of those it was decided by
    """

    row: dict[str, Any]
    lineages: tuple[Lineage, ...]
    policies: tuple[str, ...]
    made: Made

    def decided_by(self, policy: str) -> bool:
        """Whether all of it was decided by the policy of this digest."""
        return all(digest == policy for digest in self.policies)

    def write(self, gateway: Gateway, sent: Sent) -> Write[Answer | None]:
        """The write that accepts it. Answers None, and writes nothing, where it is not as it was thought to be."""
        key = self.row["council"], self.row["sender"], self.row["key"]

        def work(tx: Tx) -> Answer | None:
            before = tx.submission(key)
            if before is not None:
                settled = standing.answer(gateway, tx, sent, self.row, before)
                return settled if isinstance(settled, Answer) else None
            if versions.unknown_to(tx, dict.fromkeys(self.lineages)) is not None:
                return None
            tx.take(self.made)
            return Answer(202, self.row["answer"])

        return Write(work, (key,), self.lineages)


def prepare(gateway: Gateway, turn: Turn) -> Prepared | None:
    """A turn as rows; None where it does not end with this one write, or is more than rows."""
    if turn.row["state"] != "accepted" or any(turn.batch.expected.values()):
        return None
    tx = Apart(turn.row["at"], vault_in(gateway.settings.keys))
    try:
        turn.insert(gateway, tx)
    except AskedApart:
        return None
    policies = {one.row["policy"] for done in turn.batch.filings for one in done.decided}
    return Prepared(turn.row, tuple(turn.batch.expected), tuple(policies), tx.made())
