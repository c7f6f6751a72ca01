"""Fair between councils: a council with a long queue keeps nobody else's messages back."""

from __future__ import annotations

from dataclasses import replace

from gateway.flows.decisions.permit import Terms
from gateway.flows.delivery.claim import claim
from gateway.store.tables import DELIVERY
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.builders import a_council, a_hub
from tests.conftest import Store
from tests.flows.outbox import COUNCIL, promise, terms_for

MANY = 10_000
OTHER = "leicester"
SLOTS = 4


def both() -> Terms:
    """Terms of a worker for two councils, each with a hub of its own that takes four messages at once."""
    own = terms_for({"early_help": {"in_flight": SLOTS}})
    hub = a_hub(name="early_help", secrets=("hull_hub",), in_flight=SLOTS)
    return replace(own, councils={**own.councils, OTHER: replace(a_council(name=OTHER), hubs={"early_help": hub})})


def queue(store: Store) -> None:
    """Ten thousand more of what one council was promised, all due before anything else."""
    promise(store, "first")
    (row,) = store.writer.run(Write(lambda tx: [dict(one._mapping) for one in tx.execute(DELIVERY.select())]))
    del row["seq"]

    def work(tx: Tx) -> None:
        for number in range(1, MANY):
            name = f"d-{number:05d}"
            tx.insert(DELIVERY, row | {"id": name, "lane": f"{COUNCIL}/early_help/{name}", "due_at": row["due_at"] - 1})

    store.writer.run(Write(work))


def test_ten_thousand_messages_of_one_council_keep_none_of_another_s_back(store: Store) -> None:
    queue(store)
    promise(store, "theirs", council=OTHER, lane=f"{OTHER}/early_help/theirs")
    taken = store.writer.run(Write(lambda tx: claim(tx, both()))).taken
    assert len([one for one in taken if one.council == COUNCIL]) == SLOTS
    assert [one.permit.delivery_id for one in taken if one.council == OTHER] == ["theirs"]


def test_a_queue_whose_slots_are_taken_keeps_none_of_another_s_back(store: Store) -> None:
    queue(store)
    assert len(store.writer.run(Write(lambda tx: claim(tx, both()))).taken) == SLOTS
    promise(store, "theirs", council=OTHER, lane=f"{OTHER}/early_help/theirs")
    taken = store.writer.run(Write(lambda tx: claim(tx, both()))).taken
    assert [one.permit.delivery_id for one in taken] == ["theirs"]
