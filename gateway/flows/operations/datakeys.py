"""Changes the data key that a council's content is sealed with, and counts what each key still seals."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contracts.errors import StoreRefused
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.store.keys import make_data_key
from gateway.store.rewrapping import in_use, rewrap_next
from gateway.store.vault import LOOK, DataKey
from gateway.store.writer import Write

ROTATED: Final = "keys.rotated"
"""Type of the entry that says which key seals from now on."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A data key, how many rows it seals, and whether new rows are sealed with it."""

    number: int
    id: str
    rows: int
    seals: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Every data key of a council, the one that seals first; rows that are not sealed; rows whose key is not here."""

    keys: tuple[Standing, ...]
    plain: int
    lost: int


def standing(gateway: Gateway, council: str) -> Told:
    """What is sealed with what. Raises StoreUnavailable."""
    vault = gateway.store.vault
    vault.look()
    with gateway.store.read(gateway.council(council).name) as connection:
        rows = in_use(connection, council)
    keys = vault.keys(council)
    told = tuple(Standing(key.number, key.id.hex(), rows[key.id.hex()], key is keys[0]) for key in keys)
    plain = rows[""]
    return Told(told, plain, rows.total() - plain - sum(key.rows for key in told))


def rotate(gateway: Gateway, council: str, progress: Callable[[int], None] = lambda rows: None) -> int:
    """Make a new data key and have it seal everything of a council. Returns how many rows were rewrapped.

    Nothing is lost if it stops half-way: the old key stays, and `encrypt` goes on.
    """
    gateway.council(council)
    vault = gateway.store.vault
    vault.look()
    before = vault.keys(council)
    made = make_data_key(gateway.settings.keys, council, before[0].number + 1 if before else 1)
    vault.look()
    said = {"seals": made.id.hex(), "number": made.number, "before": before[0].id.hex() if before else ""}
    gateway.writer.run(Write(lambda tx: write_entry(tx, council, "", ROTATED, said, section="key")))
    return encrypt(gateway, council, progress)


def encrypt(gateway: Gateway, council: str, progress: Callable[[int], None] = lambda rows: None) -> int:
    """Have the data key that seals now seal everything of a council, batch by batch. Returns how many rows changed.

    Raises ContentUnreadable at a row that cannot be opened; the batches before it stay done.
    """
    gateway.council(council)
    last, changed = "", 0
    while True:
        last, more = gateway.writer.run(Write(lambda tx, after=last: rewrap_next(tx, council, after)))  # type: ignore[misc]
        changed += more
        if not last:
            return changed
        progress(changed)


def forget(gateway: Gateway, council: str, number: int) -> DataKey:
    """Destroy a data key that seals nothing here any more: what older backups hold under it is then gone for good.

    Raises StoreRefused for the key that seals, one that is still needed, and one replaced so lately that a running
    process may not know it yet.
    """
    told = standing(gateway, council)
    keys = gateway.store.vault.keys(council)
    key = next((one for one in keys if one.number == number), None)
    if key is None:
        raise StoreRefused(f"{council} has no data key {number}. Run: gateway keys list --council {council}")
    rows = next(one.rows for one in told.keys if one.number == number)
    if key is keys[0] or rows:
        raise StoreRefused(f"Data key {number} of {council} is still needed. Run: gateway keys rotate")
    if time.time() - keys[0].path.stat().st_mtime < 2 * LOOK:
        raise StoreRefused("Another process may still seal with it. Try again in two minutes.")
    key.path.unlink()
    gateway.store.vault.look()
    return key
